"""The desks of two countries as an operator sets them up: profiles, key files, a signed agreement, and the folder between them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from flows.command_line import app
from linkage.desk.case_list import take_in
from linkage.desk.desk import Desk
from linkage.desk.store import Store, open_store
from linkage.protocol.agreement_signatures import sign_agreement, signature_path
from linkage.protocol.key_files import save_private
from tests.desk.browsing import serving
from tests.desk.made_desk import made_desk, open_accounts
from tests.desk.medium_lists import medium_list
from tests.made_lists import AGREEMENT_FILE, KEYS, agreement

Fill = Callable[[Store, str, Path], None]
"""Put links and accounts into an owner's new desk; the folder is its home."""


class Desks:
    """The desks of mx and us: profiles, addresses, and the folder between them. ``databases``: by owner a URL instead of a SQLite file."""

    def __init__(self, folder: Path, fill: Fill | None = None, databases: Mapping[str, str] | None = None) -> None:
        self.folder, self.addresses = folder, {"mx": "", "us": ""}
        self.profiles = {owner: _profile(folder, owner, fill or _by_hand, (databases or {}).get(owner, "")) for owner in self.addresses}

    @contextmanager
    def served(self) -> Iterator[None]:
        """Each desk in a server process of its own, whose address is noted."""
        with ExitStack() as servers:
            for owner, profile in self.profiles.items():
                self.addresses[owner] = servers.enter_context(serving(profile, self.folder / f"{owner}.log"))
            yield

    def command(self, owner: str, *words: str) -> str:
        done = CliRunner().invoke(app, ["desk", words[0], str(self.profiles[owner]), *words[1:]])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def carry(self, sender: str, receiver: str) -> None:
        self.command(sender, "send", "--out", str(self.folder / "between"))
        self.command(receiver, "receive", "--from", str(self.folder / "between"))


def _by_hand(store: Store, owner: str, home: Path) -> None:
    made_desk(home, owner, store=store, at=float(int(time.time())))


def from_the_medium_corpus(store: Store, owner: str, home: Path) -> None:
    """What the invented medium corpus' rehearsal gave this owner; everybody but the auditor may know of all of it."""
    take_in(Desk(store, agreement(), owner), medium_list(owner, home), "test")
    open_accounts(store, dict.fromkeys(("ana", "beto", "carla", "dora", "fina"), "*"))


def _profile(folder: Path, owner: str, fill: Fill, database: str) -> Path:
    home = folder / owner
    home.mkdir()
    fill(open_store(database or home / "desk.sqlite"), owner, home)
    (home / "passphrase").touch(mode=0o600)
    (home / "passphrase").write_text("of tests alone")
    save_private(home / "private.json", KEYS[owner], b"of tests alone", scrypt_n=2**14)
    text = AGREEMENT_FILE.read_text(encoding="utf-8")
    for party, rule in agreement().parties.items():
        keys = f'signing_key = "{rule.signing_key}"\nsealing_key = "{rule.sealing_key}"\n'
        text = text.replace(f"[parties.{party}]\n", f"[parties.{party}]\n{keys}")
    (folder / "agreement.toml").write_text(text, encoding="utf-8")
    for party, keys_of in KEYS.items():
        if not signature_path(folder / "agreement.toml", party).exists():
            sign_agreement(folder / "agreement.toml", keys_of, datetime.now(UTC))
    profile = home / "desk.toml"
    lines = ['format = "trilink/desk-profile/v1"', f'party = "{owner}"', 'agreement = "../agreement.toml"', 'home = "."']
    lines += [f'database = "{database}"'] if database else []
    lines += ["[keys]", 'private = "private.json"', 'passphrase_file = "passphrase"', "[ledger]", 'home = "."', 'who = "desk"']
    lines += ['legal_basis = "the agreement, art. 6"', 'purpose = "a test"', 'receipts = "../between"', ""]
    profile.write_text("\n".join(lines), encoding="utf-8")
    return profile
