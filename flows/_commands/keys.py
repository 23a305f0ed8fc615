"""Commands about keys: a party's own; what is agreed and what an epoch needs stand in ``keys_agreed`` and ``keys_epoch``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows._commands import keys_agreed, keys_epoch, keys_kept
from flows._commands._shown import Profile, console, one_clear_line
from flows._noted import keys_and_ledger
from flows._parties import profile_and_agreement
from linkage.protocol.key_files import save_private
from linkage.protocol.ledger_notes import note_rotated
from linkage.protocol.party_keys import new_party_keys
from linkage.protocol.passphrases import passphrase_from
from linkage.protocol.process_guard import guard_process
from linkage.protocol.public_keys import save_public
from linkage.protocol.rotation import rotate as rotate_keys
from linkage.protocol.rotation import rotation_path
from linkage.protocol.statements import save_statement
from linkage.protocol.unlocking import split_keys

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


@app.command(epilog="Example: `trilink keys rotate configs/owners/mx.toml --out home/mx/2027`")
def rotate(
    profile: Profile,
    out: Annotated[Path, typer.Option(help="Folder for the new files, another than that of the old ones.")],
    passphrase_file: PassphraseFile = None,
    passphrase_variable: PassphraseVariable = None,
) -> None:
    """Make new keys and a statement, signed by the old ones, that they take their place; pseudonyms stay what they were.

    The old private file opens what was sealed to it: keep it. From now on the ledger goes on under the new keys alone, so rotate
    between two epochs, when nothing is under way. Stopped before it says the fingerprint, it is run again, into another folder.
    """
    with one_clear_line():
        keys, ledger = keys_and_ledger(*profile_and_agreement(profile))
        ledger.check()
        now = datetime.now(UTC)
        new_keys, statement = rotate_keys(keys, now)
        passphrase = passphrase_from(passphrase_file, passphrase_variable, True, twice=True)
        out.mkdir(parents=True, exist_ok=True)
        private = out / f"{new_keys.party}.private.json"
        save_private(private, new_keys, passphrase)
        save_public(out, new_keys.public())
        path = save_statement(rotation_path(out, new_keys.party), statement)
        note_rotated(ledger, new_keys.public(), now)
        say(f"{private}  keep this at home; name it in the profile when the new agreement is signed")
        say(f"{path}  send this to the other parties")
        say(f"fingerprint {new_keys.public().fingerprint()}")


@app.command("split", epilog="Example: `trilink keys split configs/unit.toml --shares 3 --threshold 2 --out shares`")
def split_passphrase(
    profile: Profile,
    out: Annotated[Path, typer.Option(help="Folder for the share files, one a person; carry them away from there.")],
    shares: Annotated[int, typer.Option(min=2, max=16, help="How many people get one.")] = 3,
    threshold: Annotated[int, typer.Option(min=2, max=16, help="How many of them open the keys together.")] = 2,
) -> None:
    """Put our key file under a new passphrase that nobody knows: any --threshold of --shares people open it together.

    The old passphrase opens the file no more; destroy copies of the file that it opens. Share files go into the profile (keys.shares), or
    their lines are typed when asked for.
    """
    with one_clear_line():
        ours, agreement = profile_and_agreement(profile)
        keys, ledger = keys_and_ledger(ours, agreement)
        ledger.check()
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in split_keys(ours.keys.private, keys, shares, threshold, out):
            say(f"{path}  for one person alone")
        facts = {"of": ours.party, "fingerprint": keys.public().fingerprint(), "counts": {"shares": shares, "threshold": threshold}}
        ledger.note("passphrase_split", facts, datetime.now(UTC))
        say(f"{threshold} of {shares} open {ours.keys.private.name} from now on")


app.command("revoke", epilog="Example: `trilink keys revoke configs/owners/ca.toml --party mx --why lost`")(keys_agreed.revoke_keys)
app.command("fingerprint", epilog="Example: `trilink keys fingerprint mx.public.toml agreement.toml`")(keys_agreed.fingerprint)
app.command("enrol", epilog="Example: `trilink keys enrol configs/agreement.toml mx.public.toml ca.public.toml --out agreement.toml`")(
    keys_agreed.enrol
)
app.command("sign-agreement", epilog="Example: `trilink keys sign-agreement configs/owners/mx.toml`")(keys_agreed.sign)
app.command("verify-agreement", epilog="Example: `trilink keys verify-agreement agreement.toml`")(keys_agreed.verify)
app.command("keep-agreement", epilog="Example: `trilink keys keep-agreement configs/owners/mx.toml agreement-2025.toml`")(keys_kept.keep)
app.command("contribute", epilog="Example: `trilink keys contribute configs/owners/mx.toml --epoch 2026-11 --out exchange`")(
    keys_epoch.contribute
)
