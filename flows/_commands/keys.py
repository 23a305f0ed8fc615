"""Commands about keys: make, enrol, contribute."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Epoch, Json, Profile, console, one_clear_line, run
from linkage.protocol.enrolment import enrol_keys
from linkage.protocol.party_keys import new_party_keys, passphrase_from, save_private
from linkage.protocol.public_keys import load_public, save_public

app = typer.Typer(no_args_is_help=True, help="Keys: make a party's own, enrol public ones in the agreement, contribute to an epoch key.")

PassphraseFile = Annotated[Path | None, typer.Option(help="Read the passphrase from this file.")]
PassphraseVariable = Annotated[str | None, typer.Option(help="Read the passphrase from this environment variable.")]


@app.command(epilog="Example: `trilink keys new mx --out keys`")
def new(
    party: Annotated[str, typer.Argument(help="The party's name in the agreement.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the two files.")],
    passphrase_file: PassphraseFile = None,
    passphrase_variable: PassphraseVariable = None,
) -> None:
    """Make a party's signing and sealing keys, the private half encrypted under a passphrase (asked for unless given)."""
    with one_clear_line():
        passphrase = passphrase_from(passphrase_file, passphrase_variable, True, twice=True)
        keys = new_party_keys(party)
        out.mkdir(parents=True, exist_ok=True)
        save_private(out / f"{party}.private.json", keys, passphrase)
        public = save_public(out, keys.public())
        console.print(f"{out / f'{party}.private.json'}  keep this at home", markup=False, highlight=False)
        console.print(f"{public}  send this to the other parties", markup=False, highlight=False)
        console.print(f"fingerprint {keys.public().fingerprint()}  read it to them over the phone", markup=False, highlight=False)


@app.command(epilog="Example: `trilink keys enrol configs/agreement.toml mx.public.toml ca.public.toml --out agreement.toml`")
def enrol(
    agreement: Annotated[Path, typer.Argument(help="The agreement to start from.", show_default=False)],
    public_keys: Annotated[list[Path], typer.Argument(help="Public key files, as `trilink keys new` writes them.", show_default=False)],
    out: Annotated[Path, typer.Option(help="File for the agreement with the keys in it.")],
) -> None:
    """Write public keys into an agreement; compare the printed fingerprints with what the parties say."""
    with one_clear_line():
        keys = [load_public(path) for path in public_keys]
        fingerprint = enrol_keys(agreement, keys, out)
        for one in keys:
            console.print(f"{one.party}  {one.fingerprint()}", markup=False, highlight=False)
        console.print(f"agreement {fingerprint}", markup=False, highlight=False)


@app.command(epilog="Example: `trilink keys contribute configs/owners/mx.toml --epoch 2026-11 --out exchange`")
def contribute(
    profile: Profile,
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed contributions, one per owner.")],
    as_json: Json = False,
) -> None:
    """Draw our part of the epoch key, seal it to every owner, and declare our sizes (rounded up)."""

    def step() -> dict[str, int]:
        from flows.owner import contribute_flow
        from linkage.owner.profile import read_owner_profile
        from linkage.protocol.party_profile import unlock

        unlock(read_owner_profile(profile), prompt=True)
        return contribute_flow(str(profile), epoch, str(out))

    run("declared", as_json, step)
