"""A small world of parties, honest and lying: real keys, tables, packages, requests, answers and lists, without the flow engine.

After python-tuf's repository simulator: a test takes what an honest party sends, changes what it likes, and seals it again.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows._engines import run_units
from linkage.owner.at_home import AtHome
from linkage.owner.keys import EncodingKey
from linkage.owner.profile import OwnerProfile
from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.regrouping import answer_request
from linkage.owner.release import Release, release_package
from linkage.owner.withdrawal import seal_withdrawals
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol.agreement import Agreement
from linkage.protocol.ledger import FILE, HEAD_FILE, Ledger
from linkage.protocol.ledger_notes import note_rotated
from linkage.protocol.linked_cases import PART, LinkedCaseList, read_list
from linkage.protocol.manifest import Draft
from linkage.protocol.party_keys import PartyKeys, renewed
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.received import Received
from linkage.protocol.sealing import Expectation, _Drawn, _seal, open_sealed
from linkage.unit.asking import request_path, write_requests
from linkage.unit.classification import possible_matches
from linkage.unit.comparison import compare_partition
from linkage.unit.forgetting import forget
from linkage.unit.history import remember
from linkage.unit.intake import Intake, take_in
from linkage.unit.issuing import last_issued, list_path
from linkage.unit.linking import Decided, decide, write_results
from linkage.unit.lists import write_lists
from linkage.unit.recalling import seal_recalls, take_withdrawals
from linkage.unit.regrouping import take_answers
from linkage.unit.state import RunState
from tests.small_world import small_agreement
from tests.vectors.make_sealing import keys_for_tests

EPOCH = "2026-11"
NOW = datetime.now(UTC) + timedelta(hours=2)  # the receivers' clock: what a slow test seals is not from the future
UNIT = "joint-team"

Tables = dict[str, dict[str, list[dict[str, str]]]]  # owner -> entity -> records
Link = tuple[str, str]  # two record ids, in the order of their owners' names


def epoch_key(word: str = "agreed") -> EncodingKey:
    return EncodingKey(hashlib.sha256(f"test-only epoch key, {word}".encode()).digest())


class Letter:
    """A sealed message taken apart: everything a sender decides, rightly or not."""

    def __init__(self, draft: Draft, parts: dict[str, bytes], by: PartyKeys, to: PublicKeys) -> None:
        self.kind, self.agreement, self.epoch, self.lifetime = draft.kind, draft.agreement, draft.epoch, draft.lifetime
        self.body: dict[str, Any] = dict(draft.body)
        self.parts, self.by, self.to, self.created = parts, by, to, NOW

    def seal(self, path: Path) -> Path:
        """Another message with what the letter says now: another id, another content key."""
        draft = Draft(self.kind, self.agreement, self.epoch, self.body, self.lifetime)
        chance = hashlib.sha512(str(path).encode()).digest()
        path.parent.mkdir(parents=True, exist_ok=True)
        _seal(draft, self.parts, (self.by, self.to), path, _Drawn(chance[:32], chance[32:48], self.created))
        return path


Lie = Callable[[Letter], object]


class Parties:
    """Two or more owners with their tables, under one agreement, in one epoch; the unit is made by ``unit``."""

    def __init__(
        self, folder: Path, tables: Tables, *, epoch: str = EPOCH, agreement: dict[str, Any] | None = None, deduplicate: bool = True
    ) -> None:
        self.folder, self.tables, self.epoch, self.deduplicate = folder, tables, epoch, deduplicate
        self.keys = {party: keys_for_tests(party) for party in [*tables, UNIT]}
        self.agreement: Agreement = small_agreement(self.keys, agreement or {})
        for owner, entities in tables.items():
            for entity, rows in entities.items():
                _write_csv(folder / owner / f"{entity}.csv", rows)

    def at_home(self, owner: str, *, withhold: Sequence[str] = (), home: str = "home") -> AtHome:
        base = self.folder / owner
        withheld = base / "withhold.txt"
        withheld.write_text("\n".join(withhold), encoding="utf-8")
        (base / home).mkdir(exist_ok=True)
        profile = OwnerProfile(
            format="trilink/owner-profile/v1", party=owner, agreement=base / "unused.toml", home=base / home,
            keys={"private": base / "unused.json"}, withhold=withheld,
            sources={entity: {"path": base / f"{entity}.csv", "deduplicate": self.deduplicate} for entity in self.tables[owner]},
        )  # fmt: skip
        return AtHome(profile, self.agreement, self.keys[owner], NOW)

    def package(self, owner: str, entity: str = "suspect", *, key: str = "agreed", largest: int = 100, home: str = "home") -> Path:
        """The owner's package, made once; honest as long as nobody asks for another key or size."""
        path = self.folder / "sealed" / f"package.{owner}.{entity}.{key}.{largest}.{home}.sealed"
        if not path.exists():
            declared = {name: {entity: largest} for name in self.tables}
            release = Release(
                self.at_home(owner, home=home).profile, self.agreement, self.keys[owner], (self.epoch, epoch_key(key), declared)
            )
            release_package(release, entity, path)
        return path

    def packages(self) -> list[Path]:
        return [self.package(owner, entity) for owner, entities in sorted(self.tables.items()) for entity in sorted(entities)]

    def letter(self, path: Path, kind: str = "package", to: str = UNIT) -> Letter:
        """An honest message, opened by the one it is for."""
        senders = {name: keys.public() for name, keys in self.keys.items()}
        with open_sealed(path, self.keys[to], senders, Expectation(kind, self.agreement.fingerprint, None, NOW)) as message:
            manifest, parts = message.manifest, message.read_parts()
        draft = Draft(kind, manifest.agreement, manifest.epoch, manifest.body, manifest.expires - manifest.created)
        return Letter(draft, parts, self.keys[manifest.sender], self.keys[to].public())

    def lying(self, path: Path, lie: Lie, kind: str = "package", to: str = UNIT) -> Path:
        """The honest message at ``path`` with a lie in it, sealed again beside it."""
        letter = self.letter(path, kind, to)
        lie(letter)
        name = hashlib.sha256(repr((path.name, letter.body, sorted(letter.parts.items()), letter.created)).encode()).hexdigest()[:8]
        return letter.seal(path.with_name(f"{path.name}.{name}.lying"))

    def unit(self, name: str = "unit", *, run: str = "run", former: bool = False) -> "Unit":
        return Unit(self, self.folder / name, run, former=former)

    def answer(self, owner: str, request: Path, *, withhold: Sequence[str] = ()) -> Path:
        """The owner's answer to a request, beside it, made once."""
        out = request.with_name(request.name.replace("request", "answer"))
        if not out.exists():
            if self.letter(request, "regroup_request", owner).body["number"] == 1:
                self.forget_questions(owner)
            answer_request(self.at_home(owner, withhold=withhold), request, out)
        return out

    def withdraw(self, owner: str, *wishes: Wish) -> list[Path]:
        """The owner's withdrawals to the unit, sealed just now."""
        at_home, out = self.at_home(owner), self.folder / "withdrawals"
        before = set(out.glob("*.sealed"))
        note_withdrawn(at_home, wishes, "entered by mistake", "error")
        seal_withdrawals(at_home, out)
        return sorted(set(out.glob(f"*.{owner}.*.sealed")) - before)

    def rotate(self, *parties: str, changes: dict[str, Any] | None = None) -> None:
        """New keys of these parties, in an agreement that may have other rules as well; the ledgers go on under them."""
        for party in parties:
            fresh = renewed(self.keys[party])
            home = self.folder / "unit" if party == UNIT else self.at_home(party).profile.home
            note_rotated(Ledger(home, self.keys[party], self.agreement), fresh.public(), NOW)
            self.keys[party] = fresh
        self.agreement = small_agreement(self.keys, changes or {})

    def forget_questions(self, owner: str) -> None:
        """So that another unit of the same tests may ask too."""
        home = self.at_home(owner).profile.home
        for path in [home / FILE, home / HEAD_FILE, *home.glob("epochs/*/answered.*")]:
            path.unlink(missing_ok=True)

    def record_of(self, entity: str = "suspect") -> dict[bytes, str]:
        """The unit's name of every record -> its record id."""
        names = {owner: Pseudonyms(self.keys[owner]) for owner in self.tables}
        rows = [(owner, row["record_id"]) for owner, entities in self.tables.items() for row in entities.get(entity, [])]
        return {names[owner].record(UNIT, entity, record): record for owner, record in rows}

    def links(self, decided: Iterable[Decided], entity: str = "suspect") -> set[Link]:
        """What was linked, by record id."""
        name = self.record_of(entity)
        pairs = [pair for one in decided if one.entity == entity for pair in one.clusters.links]
        return {(name[pair.left[1]], name[pair.right[1]]) for pair in pairs}


class Unit:
    """The joint team's room: state, ledger and the steps of its flows."""

    def __init__(self, parties: Parties, home: Path, run: str, *, former: bool = False) -> None:
        self.parties, self.home = parties, home
        self.out = home / "out" / run
        state = RunState(home / run, parties.agreement, parties.epoch, former=former)
        self.intake = Intake(state, parties.keys[UNIT], Received(Ledger(home, parties.keys[UNIT], parties.agreement), NOW), NOW)

    @property
    def state(self) -> RunState:
        return self.intake.state

    def take_in(self, *paths: Path) -> dict[str, int]:
        return take_in(self.intake, paths)

    def compare(self, workers: int = 1) -> None:
        state, units = self.state, []
        for entity, left, right in state.jobs():
            folder = state.pairs(entity, left, right)
            folder.mkdir(parents=True, exist_ok=True)
            for part in sorted(state.package(left, entity).glob("part-*.arrow")):
                rule, diffusion = state.agreement.entities[entity], state.agreement.encoding.diffusion
                units.append((rule, diffusion, part, state.package(right, entity) / part.name, folder / part.name))
        run_units("threads", workers, compare_partition, units)

    def ask(self) -> dict[str, Path]:
        """Compare, find what is possible, and seal the requests; by owner the one that is not answered."""
        self.compare()
        for job in self.state.jobs():
            possible_matches(self.state, *job)
        asked = [name.split() for name in write_requests(self.state, self.intake.by, self.out)]
        return {owner: request_path(self.out, self.state.epoch, owner, int(number)) for owner, number in asked}

    def take_answers(self, *paths: Path) -> dict[str, int]:
        return take_answers(self.intake, paths)

    def forget(self, *withdrawals: Path) -> list[Decided]:
        """Forget what was withdrawn, seal recalls, and lists without it."""
        take_withdrawals(self.intake, withdrawals)
        forget(self.state)
        seal_recalls(self.intake, self.out)
        return self.decide()

    def decide(self) -> list[Decided]:
        """Decide, and write results and lists."""
        decided = [decide(self.state, entity) for entity in self.state.entities()]
        write_results(self.state, decided)
        remember(self.state, decided)
        write_lists(self.state, decided, self.intake.by, self.out, NOW)
        return decided

    def run(self, *packages: Path) -> list[Decided]:
        """The whole way with honest owners."""
        self.take_in(*(packages or self.parties.packages()))
        self.take_answers(*(self.parties.answer(owner, request) for owner, request in self.ask().items()))
        return self.decide()

    def list_of(self, owner: str) -> LinkedCaseList:
        """An owner's last list as it opens it."""
        letter = self.parties.letter(list_path(self.out, self.state.epoch, owner, last_issued(self.state, owner)), "list", owner)
        return read_list(letter.parts[PART], owner)

    def tree(self, *, ledger: bool = True) -> dict[str, bytes]:
        """Every file of the unit's home by name, with or without its ledger."""
        files = {str(path.relative_to(self.home)): path.read_bytes() for path in sorted(self.home.rglob("*")) if path.is_file()}
        return {name: content for name, content in files.items() if ledger or name not in (FILE, HEAD_FILE)}


def _write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        names = sorted({name for row in rows for name in row} | {"record_id", "case_id"})
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def days(count: int) -> timedelta:
    return timedelta(days=count)
