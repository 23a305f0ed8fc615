"""Epoch after epoch without a person, with turnover in the tables and faults drawn at random, beside a twin to which nothing happens.

After every epoch both worlds must list the same links, the truth must be met, the ledgers must verify and fit each other, and neither
memory nor hidden files may have grown.
"""

import csv
import fcntl
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import combinations
from pathlib import Path
from typing import Any

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.party_processes import OWNERS, PARTIES, UNIT
from tests.soaked_world import FAULTS, SPAN, Fault, World, expired, withdrawn

SUSPECTS, HELD = 80, 0.75  # people whom an owner knows, and how many of them stand in its table at a time


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
                world.call(party, expired)
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
