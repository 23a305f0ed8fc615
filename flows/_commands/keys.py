"""Commands about keys: a party's own; what is agreed and what an epoch needs stand in ``keys_agreed`` and ``keys_epoch``."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands import keys_agreed, keys_epoch
from flows._commands._shown import console, one_clear_line
from linkage.protocol.key_files import save_private
from linkage.protocol.party_keys import new_party_keys
from linkage.protocol.passphrases import passphrase_from
from linkage.protocol.process_guard import guard_process
from linkage.protocol.public_keys import save_public

app = typer.Typer(
    no_args_is_help=True, help="Keys: a party's own, the signed agreement, an epoch's key. docs/how-to-ceremony.md walks through."
)

PassphraseFile = Annotated[Path | None, typer.Option(help="Read the passphrase from this file.")]
PassphraseVariable = Annotated[str | None, typer.Option(help="Read the passphrase from this environment variable.")]


def say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command(epilog="Example: `trilink keys new mx --out keys`")
def new(
    party: Annotated[str, typer.Argument(help="The party's name in the agreement.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the two files.")],
    passphrase_file: PassphraseFile = None,
    passphrase_variable: PassphraseVariable = None,
) -> None:
    """Make a party's signing and sealing keys, the private half encrypted under a passphrase (asked for unless given)."""
    with one_clear_line():
        guard_process()
        passphrase = passphrase_from(passphrase_file, passphrase_variable, True, twice=True)
        keys = new_party_keys(party)
        out.mkdir(parents=True, exist_ok=True)
        save_private(out / f"{party}.private.json", keys, passphrase)
        public = save_public(out, keys.public())
        say(f"{out / f'{party}.private.json'}  keep this at home")
        say(f"{public}  send this to the other parties")
        say(f"fingerprint {keys.public().fingerprint()}  read it to them by telephone (`trilink keys fingerprint` spells it)")


app.command("fingerprint", epilog="Example: `trilink keys fingerprint mx.public.toml agreement.toml`")(keys_agreed.fingerprint)
app.command("enrol", epilog="Example: `trilink keys enrol configs/agreement.toml mx.public.toml ca.public.toml --out agreement.toml`")(
    keys_agreed.enrol
)
app.command("sign-agreement", epilog="Example: `trilink keys sign-agreement configs/owners/mx.toml`")(keys_agreed.sign)
app.command("verify-agreement", epilog="Example: `trilink keys verify-agreement agreement.toml`")(keys_agreed.verify)
app.command("contribute", epilog="Example: `trilink keys contribute configs/owners/mx.toml --epoch 2026-11 --out exchange`")(
    keys_epoch.contribute
)
