"""Epoch after epoch without a person, with turnover in the tables and faults drawn at random, beside a twin to which nothing happens.

After every epoch both worlds must list the same links, the truth must be met, the ledgers must verify and fit each other, and neither
memory nor hidden files may have grown.
"""

import csv
import fcntl
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest import mock

import tomlkit

from flows._parties import profile_and_agreement
from flows.owner import at_home, expire_flow, withdraw_flow
from flows.unit import expire_flow as unit_expire_flow
from flows.watch.watcher import Outcome, moved
from linkage.lab.invention import invent
from linkage.lab.parties import secret_of
from linkage.lab.plan import plan
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
SUSPECTS, HELD = 80, 0.75  # people whom an owner knows, and how many of them stand in its table at a time
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


def _expired(home: Path, now: datetime) -> None:
    if home.name == UNIT:
        unit_expire_flow(str(home / "profile.toml"))
    else:
        expire_flow(str(home / "profile.toml"), [str(path) for path in sorted((home / "lists").glob("*"))])


class Soak:
    """The world that is hurt, its twin, and the people of whom both hold tables."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.draw = folder, random.Random(seed)
        invent(folder / "people", plan(str(SUSPECTS), 0.4, "typical", seed))
        self.hurt, self.twin = World(folder / "hurt", seed).begin(), World(folder / "twin", seed).begin()
        self.tables = {owner: _rows(folder / "people" / owner / "suspect.csv") for owner in OWNERS}
        same: dict[str, list[str]] = {}
        for row in _rows(folder / "people" / "truth.csv"):
            if row["entity"] == "suspect":
                same.setdefault(row["entity_id"], []).append(row["record_id"])
        self.true = {pair for records in same.values() for pair in combinations(sorted(records), 2) if pair[0][:2] != pair[1][:2]}
        self.held = {owner: {row["record_id"] for row in self._some(owner, HELD)} for owner in OWNERS}
        self.gone: set[str] = set()
        self.absent: frozenset[str] = frozenset()

    def epochs(self, count: int) -> Iterator[dict[str, Any]]:
        """One row of measures an epoch; ``AssertionError`` where anything is not as it should be."""
        for number in range(1, count + 1):
            yield self._epoch(f"2026-e{number:02d}", number)

    def _epoch(self, epoch: str, number: int) -> dict[str, Any]:
        self._turn_over()
        fault = Fault(self.draw.choice(FAULTS), self.draw.choice(PARTIES), self.draw.randint(1, 120))
        events = []
        now = max(self.twin.now, self.hurt.now)
        for world in (self.twin, self.hurt):
            world.now = now
            world.start(epoch)
        if number % 5 == 3:
            owner = self.draw.choice(OWNERS)
            events.append(f"new keys of {owner}")
            for world in (self.twin, self.hurt):
                world.rotate(owner)
        self.twin.settle()
        with self._happening(fault, epoch) as absent:
            self.hurt.settle(fault)
        if number % 4 == 2:
            events.append(self._withdraw(epoch))
        return self._measured(epoch, fault, (events, absent))

    def _measured(self, epoch: str, fault: Fault, happened: tuple[list[str], frozenset[str]]) -> dict[str, Any]:
        events, absent = happened
        expected, found = self.twin.links(epoch, absent), self.hurt.links(epoch, absent)
        assert found == expected, f"{epoch}, {fault}: only hurt {sorted(found - expected)}, only twin {sorted(expected - found)}"
        pairs = {(left, right) for left, right, _ in found}
        there = {record for owner in set(OWNERS) - absent for record in self.held[owner]} - self.gone
        true = {pair for pair in self.true if set(pair) <= there}
        for world in (self.twin, self.hurt):
            world.check_ledgers()
            for party in PARTIES:
                world.call(party, _expired)
            world.now += SPAN
        right = len(pairs & true)
        deaths = sum(party.deaths for party in self.hurt.running.values())
        return {
            "epoch": epoch, "fault": f"{fault.what} ({fault.party})", "also": ", ".join(events), "links": len(pairs),
            "precision": right / max(len(pairs), 1), "recall": right / max(len(true), 1), "deaths": deaths,
            "failed steps": self.hurt.failures,
            "left over": self.hurt.hidden(), "unit MiB": self.twin.running[UNIT].resident() / 1024,
            "owner MiB": max(self.twin.running[owner].resident() for owner in OWNERS) / 1024, "disk MiB": self.hurt.bytes() / 2**20,
        }  # fmt: skip

    @contextmanager
    def _happening(self, fault: Fault, epoch: str) -> Iterator[frozenset[str]]:
        """What a fault does outside of the processes; gives the owners whose package is not in when the epoch is looked at."""
        world, party = self.hurt, fault.party
        victim = party if party in OWNERS else "us"
        lanes = {
            "stalled mailbox": [world.lane(party, other) for other in PARTIES if other != party],
            "late party": [world.lane(victim, UNIT)], "absent party": [world.lane(victim, UNIT)],
        }.get(fault.what, [])  # fmt: skip
        lie = world.lane("us", UNIT) / f"package.{epoch}.us.firearm.sealed"
        for lane in lanes:
            lane.rename(lane.with_name(f"{lane.name}-away"))
            lane.touch()
        if fault.what == "lying package":
            older = sorted((world.home(UNIT) / "inbox").glob("package.*.sealed"))
            lie.write_bytes(older[0].read_bytes() if older else b"TRILINK of a kind that nobody knows")
        if fault.what == "notes lost":
            (world.home(party) / "home" / "watch.json").unlink(missing_ok=True)
        if fault.what == "delivered twice":
            shutil.rmtree(world.home(party) / "inbox", ignore_errors=True)
        with self._locked(party) if fault.what == "home locked" else nullcontext():
            if fault.what in ("stalled mailbox", "late party", "home locked"):
                world.settle()
        if fault.what != "absent party":
            self._mended(lanes)
        yield frozenset([victim]) if fault.what == "absent party" else frozenset()
        self._mended(lanes)
        for path in (lie, world.home(UNIT) / "inbox" / lie.name):
            path.unlink(missing_ok=True)

    def _mended(self, lanes: list[Path]) -> None:
        for lane in lanes:
            if lane.is_file():
                lane.unlink()
                lane.with_name(f"{lane.name}-away").rename(lane)

    @contextmanager
    def _locked(self, party: str) -> Iterator[None]:
        home = self.hurt.home(party) / "home"
        home.mkdir(exist_ok=True, mode=0o700)
        with (home / ".run.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _withdraw(self, epoch: str) -> str:
        """One linked record of mx goes from the lists of both worlds."""
        linked = sorted(record for link in self.twin.links(epoch) for record in link[:2] if record.startswith("mx"))
        record = self.draw.choice(linked)
        self.gone.add(record)
        for world in (self.twin, self.hurt):
            world.call("mx", withdrawn, record)
            world.settle()
            assert not any(record in link for link in world.links(epoch)), "a withdrawn record is on a list"
        return "a withdrawal"

    def _turn_over(self) -> None:
        """A fifth of each table is exchanged for others."""
        for owner in OWNERS:
            everybody = sorted(row["record_id"] for row in self.tables[owner])
            leaving = set(self.draw.sample(sorted(self.held[owner]), len(self.held[owner]) // 5))
            outside = sorted(set(everybody) - self.held[owner])
            coming = set(self.draw.sample(outside, min(len(leaving), len(outside))))
            self.held[owner] = (self.held[owner] - leaving) | coming
            rows = [row for row in self.tables[owner] if row["record_id"] in self.held[owner]]
            for world in (self.twin, self.hurt):
                with (world.home(owner) / "suspect.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)

    def _some(self, owner: str, share: float) -> list[dict[str, str]]:
        rows = self.tables[owner]
        return self.draw.sample(rows, round(len(rows) * share))

    def end(self) -> None:
        self.hurt.end()
        self.twin.end()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
