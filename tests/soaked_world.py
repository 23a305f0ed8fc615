"""Four parties in folders and processes of their own, round after round, whole or hurt by a fault; new keys, withdrawals, expiry."""

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import tomlkit

from flows._parties import profile_and_agreement
from flows.owner import at_home, expire_flow, withdraw_flow
from flows.unit import expire_flow as unit_expire_flow
from flows.watch.watcher import Outcome, moved
from linkage.lab.parties import secret_of
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol import rotation
from linkage.protocol.agreement_signatures import sign_agreement
from linkage.protocol.enrolment import enrol
from linkage.protocol.key_files import load_private, save_private
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_comparison import accused, compare
from linkage.protocol.ledger_notes import note_rotated, note_signed
from linkage.protocol.ledger_verification import read_ledger, verify
from linkage.protocol.party_keys import SECRET_BYTES, SECRET_PARTS, PartyKeys
from linkage.protocol.party_profile import ledger_of, unlock
from linkage.protocol.rotation import rotation_path
from linkage.protocol.statements import save_statement
from tests.party_processes import OWNERS, PARTIES, UNIT, Hurt, Party, write_parties, write_profile

AGREEMENT = Path(__file__).resolve().parents[1] / "configs" / "agreement.toml"
FAULTS = (
    "killed", "full disk", "stalled mailbox", "clock ahead", "late party", "absent party", "lying package", "notes lost", "home locked",
    "delivered twice",
)  # fmt: skip
HURT_FOR = 4  # passes
FULL = 20_000  # bytes: no file gets longer on the full disk
SPAN = timedelta(days=15)
Links = set[tuple[str, str, str]]  # two record ids, and the band


@dataclass(frozen=True)
class Fault:
    """``what`` is one of ``FAULTS``; to whom; ``size`` is what it needs of chance."""

    what: str
    party: str
    size: int


@dataclass
class World:
    """Four parties in one folder; every two of them share a folder of their own, a lane, that can break."""

    folder: Path
    seed: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    running: dict[str, Party] = field(default_factory=dict)
    failures: int = 0
    off: set[str] = field(default_factory=set)

    def begin(self) -> "World":
        document = tomlkit.parse(AGREEMENT.read_text(encoding="utf-8"))
        document["keys"]["epoch_days"] = SPAN.days - 1
        self.folder.mkdir(parents=True)
        (self.folder / "template.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
        write_parties(self.folder, self.folder / "template.toml", self.seed)
        for party in PARTIES:
            for other in PARTIES:
                (self.folder / "post" / party / other).mkdir(parents=True, exist_ok=True)
        return self

    def home(self, party: str) -> Path:
        return self.folder / "parties" / party

    def lane(self, party: str, to: str) -> Path:
        return self.folder / "post" / party / to

    def start(self, epoch: str) -> None:
        """Profiles that name this epoch, and whoever does not run yet."""
        for party in PARTIES:
            others = [other for other in PARTIES if other != party]
            expects = 'expects = { ca = ["suspect"], mx = ["suspect"], us = ["suspect"] }'
            watch = expects if party == UNIT else f'epochs = ["{epoch}"]\nlists = "lists"'
            ways = {other: self.address(party, other) for other in others}
            write_profile(self.home(party), ways, [self.address(other, party) for other in others], watch, self.access(party))
            if party not in self.running:
                self.running[party] = self.machine(party)

    def address(self, party: str, to: str) -> str:
        return str(self.lane(party, to))

    def access(self, party: str) -> str:
        """A line of the profile that says how the party gets at addresses; folders need none."""
        return ""

    def machine(self, party: str) -> Party:
        return Party(self.home(party), self.seed)

    def runs(self) -> tuple[str, ...]:
        """Whose machines are on."""
        return tuple(party for party in PARTIES if party not in self.off)

    def settle(self, fault: Fault | None = None) -> None:
        """Rounds, five minutes apart, until nothing moves and nothing is hurt; then two days later once more, for what was put off."""
        quiet = passes = 0
        while quiet < 2:
            passes += 1
            assert passes < 80, "the parties never come to rest"
            hurt = fault if passes <= HURT_FOR else None
            outcomes = self._pass(hurt)
            self.failures += sum(one.state == "failed" for one in outcomes)
            if hurt is None and not moved(outcomes):
                quiet, self.now = quiet + 1, self.now + timedelta(days=2)
            self.now += timedelta(minutes=5)

    def _pass(self, fault: Fault | None) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for party in self.runs():
            what, size = (fault.what, fault.size) if fault is not None and fault.party == party else ("", 0)
            hurt = Hurt(size if what == "killed" else 0, FULL if what == "full disk" else 0)
            ahead = timedelta(hours=3) if what == "clock ahead" else timedelta()
            outcomes += self.running[party].round(self.now + ahead, hurt)
        return outcomes

    def call(self, party: str, what: Any, *arguments: Any) -> Any:
        return self.running[party].call(self.now, what, *arguments)

    def rotate(self, party: str) -> None:
        """New keys of a party in a new agreement that all sign."""
        self.call(party, _rotated)
        statement = rotation_path(self.home(party) / "new", party)
        fresh = self.folder / "agreement-next.toml"
        enrol(self.home(party) / "agreement.toml", [statement], fresh)
        for one in PARTIES:
            shutil.copy(fresh, self.home(one) / "agreement.toml")
        shutil.copy(self.home(party) / "new" / "private.json", self.home(party) / "private.json")
        self.running[party].end()  # a process that has opened the old keys keeps them
        self.running[party].begin()
        for one in PARTIES:
            self.call(one, _signed)
        for one in PARTIES:
            for other in PARTIES:
                if one != other:
                    shutil.copy(self.home(one) / f"agreement.{one}.signature.json", self.home(other))

    def links(self, epoch: str, without: frozenset[str] = frozenset()) -> Links:
        """Every link on the lists of an epoch, named by both its records; each must stand on both its owners' lists."""
        ends: dict[str, dict[str, tuple[str, str]]] = {}
        for owner in set(OWNERS) - without:
            path = self.home(owner) / "lists" / epoch / "linked-cases.json"
            rows = json.loads(path.read_text(encoding="utf-8"))["links"] if path.exists() else []
            for row in rows:
                if row["other"]["owner"] not in without:
                    ends.setdefault(row["link_id"], {})[owner] = (row["own"]["record_id"], row["band"])
        assert all(len(found) == 2 for found in ends.values()), "a link on one list alone"
        return {(*sorted(record for record, _ in found.values()), next(iter(found.values()))[1]) for found in ends.values()}  # type: ignore[misc]

    def hidden(self) -> int:
        """Files and folders that no one finished."""
        return sum(path.name.endswith((".begun", ".unfinished")) for path in self.folder.rglob(".*"))

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def check_ledgers(self) -> None:
        ledgers = [read_ledger(self.home(party) / "home" / FILE) for party in PARTIES]
        for ledger in ledgers:
            verify(ledger)
        assert accused(compare(ledgers)) == []

    def end(self) -> None:
        for party in self.running.values():
            party.end()


def _rotated(home: Path, now: datetime) -> None:
    profile, agreement = profile_and_agreement(home / "profile.toml")
    keys, ledger = unlock(profile), ledger_of(profile, agreement, "keys")
    with mock.patch.object(rotation, "renewed", _renewed):
        fresh, statement = rotation.rotate(keys, now)
    shutil.rmtree(home / "new", ignore_errors=True)
    (home / "new").mkdir()
    save_private(home / "new" / "private.json", fresh, (home / "passphrase").read_bytes(), scrypt_n=2**14)
    save_statement(rotation_path(home / "new", home.name), statement)
    note_rotated(ledger, fresh.public(), now)


def _renewed(old: PartyKeys) -> PartyKeys:
    """The same new keys in both worlds: they stand in the agreement, whose fingerprint is in the epoch's key."""
    fresh = SECRET_BYTES - SECRET_PARTS["storage"]
    return PartyKeys(old.party, secret_of(0, f"after {old.public().fingerprint()}", fresh) + old._part("storage"))


def _signed(home: Path, now: datetime) -> None:
    profile, agreement = profile_and_agreement(home / "profile.toml")
    keys = load_private(home / "private.json", (home / "passphrase").read_bytes())
    sign_agreement(home / "agreement.toml", keys, now)
    note_signed(ledger_of(profile, agreement, "keys"), agreement, now)


def withdrawn(home: Path, now: datetime, record: str) -> None:
    with at_home(home / "profile.toml", "withdraw") as owner:
        note_withdrawn(owner, [Wish("record", record, "suspect")], "a test", "error")
    withdraw_flow(str(home / "profile.toml"), str(home / "outbox"))


def expired(home: Path, now: datetime) -> None:
    if home.name == UNIT:
        unit_expire_flow(str(home / "profile.toml"))
    else:
        expire_flow(str(home / "profile.toml"), [str(path) for path in sorted((home / "lists").glob("*"))])
