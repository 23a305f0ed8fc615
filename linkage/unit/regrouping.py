"""Take the owners' answers in: which of the asked postings are one record.

The rules of this room:
1. An answer is opened under the agreement, the epoch and the clock, and its parts are agreed ones.
2. It speaks of postings that its request asked its sender about and of no others, each in one group; it may leave some out.
3. A group has postings, and names that no other group of the owner has, or two records would pass for one; a group that an earlier
   answer had as well has the names that it had.
4. All of the answers given come in, or none, and then nothing is written; an answer counts once, and a rerun continues.
5. Groups are numbered by their pseudonyms over all answers, so that their order, hence what is decided about two owners, does not
   depend on how many answers there were.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.protocol.atomic_files import folder_whole
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import words_of
from linkage.protocol.regrouping import LARGEST, MEMBERS, group_parts, groups_schema, read_count, read_part
from linkage.protocol.sealing import open_sealed
from linkage.unit.asked import NO_IDS, IdsByEntity, questions
from linkage.unit.classification import POSSIBLE
from linkage.unit.intake import Intake
from linkage.unit.state import RunState
from linkage.unit.withdrawn import withdrawn_ids

Parts = dict[str, bytes]


class Groups:
    """An owner's answers about an entity type: posting ids with their group numbers, and each group's names by column, (groups, 2)."""

    __slots__ = ("columns", "ids", "numbers")

    def __init__(self, ids: pa.Array, numbers: NDArray[np.int64], columns: dict[str, NDArray[np.uint64]]) -> None:
        self.ids, self.numbers, self.columns = ids, numbers, columns

    @classmethod
    def none(cls) -> "Groups":
        return cls(NO_IDS, np.zeros(0, np.int64), {})

    def of(self, ids: pa.ChunkedArray) -> NDArray[np.int64]:
        """Group number of each posting id, -1 where the owner did not answer for it."""
        place = pc.fill_null(pc.index_in(ids, value_set=self.ids), -1).to_numpy()
        return np.asarray(np.append(self.numbers, -1)[place])


def take_answers(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep the owners' answers; returns groups by owner. An owner that does not answer has no links in this run."""
    state = intake.state
    arrived = [_verified(intake, path) for path in sorted(paths)]
    _check_together(state, arrived)
    intake.received.record_all([manifest for manifest, _ in arrived], state.run)
    for manifest, parts in arrived:
        _keep(state.answer(manifest.sender, manifest.body["number"]), parts)
    return {owner: sum(len(read_groups(state, owner, entity).columns.get("pseudonym", [])) for entity in sorted(state.agreement.entities))
            for owner in state.agreement.owners if state.answers(owner)}  # fmt: skip


def read_groups(state: RunState, owner: str, entity: str) -> Groups:
    """What the owner answered about an entity type in all its answers; nothing when it did not."""
    return _merged(state, owner, entity, [_parts_in(folder) for folder in state.answers(owner)])


def read_possible(path: Path) -> pa.Table:
    """Pairs of posting ids that reached possible match, with their pattern code."""
    with pa.OSFile(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    return table.cast(POSSIBLE)


def _keep(folder: Path, parts: Parts) -> None:
    """The answer's parts in their folder, which appears with all of them; one that is there stays."""
    if folder.is_dir():
        return
    with folder_whole(folder) as begun:
        for name, data in parts.items():
            (begun / name).write_bytes(data)


def _parts_in(folder: Path) -> Parts:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.arrow"))}


def _verified(intake: Intake, path: Path) -> tuple[Manifest, Parts]:
    """Rules 1 to 3 for one answer."""
    state, problem = intake.state, ""
    owners = {owner: public_keys_of(state.agreement, owner) for owner in state.agreement.owners}
    with open_sealed(path, intake.by, owners, intake.expectation("regroup_answer")) as message:
        parts, sender = message.read_parts(LARGEST), message.manifest.sender
    number = read_count(message.manifest.body, "number", path.name, least=1)
    asked = {question.number: question.ids for question in questions(state, sender)}
    if number not in asked:
        raise InvalidPackage(f"{path.name}: answers request {number}, which we never sent to {sender} in epoch {state.epoch}")
    try:
        _check_answer(state, sender, parts, asked[number])
    except InvalidPackage as error:
        problem = str(error)
    if problem:
        raise InvalidPackage(f"{path.name}: {problem}")
    return message.manifest, parts


def _check_answer(state: RunState, sender: str, parts: Parts, asked: IdsByEntity) -> None:
    agreed = {name for entity in state.agreement.entities for name in group_parts(entity)}
    if not parts.keys() <= agreed:
        raise InvalidPackage(f"answer of {sender}: has a part that no answer has")
    for entity in sorted(state.agreement.entities):
        groups = _merged(state, sender, entity, [parts])
        known = pa.concat_arrays([asked.get(entity, NO_IDS), withdrawn_ids(state, sender, entity)])  # an answer may have been on its way
        strangers = int(pc.sum(pc.invert(pc.is_in(groups.ids, value_set=known))).as_py() or 0)
        if strangers:
            raise InvalidPackage(f"answer of {sender}: speaks of {strangers} postings of {entity} that we did not ask about")


def _check_together(state: RunState, arrived: list[tuple[Manifest, Parts]]) -> None:
    """Rule 3 over what an owner answered before and what has arrived now."""
    for owner in sorted({manifest.sender for manifest, _ in arrived}):
        fresh = {manifest.body["number"]: parts for manifest, parts in arrived if manifest.sender == owner}
        kept = {int(folder.name): _parts_in(folder) for folder in state.answers(owner)}
        for entity in sorted(state.agreement.entities):
            _merged(state, owner, entity, [parts for _, parts in sorted((fresh | kept).items())])


def _merged(state: RunState, owner: str, entity: str, answers: list[Parts]) -> Groups:
    """Rule 5: the answers' groups as one, in the order of their pseudonyms."""
    found = [checked for parts in answers if (checked := _checked(state, owner, entity, parts)) is not None]
    if not found:
        return Groups.none()
    rows = pa.concat_tables([table for table, _ in found]).combine_chunks()
    names = rows["pseudonym"].unique()
    names = names.take(pc.sort_indices(names))
    place = pc.index_in(rows["pseudonym"], value_set=names).to_numpy().astype(np.int64)
    first = np.full(len(names), -1)
    first[place[::-1]] = np.arange(len(rows))[::-1]
    groups = rows.take(pa.array(first))
    if not groups.take(pa.array(place)).equals(rows):
        raise InvalidPackage(f"answer of {owner}: names a group of {entity} otherwise than an earlier answer")
    for column in groups.column_names:
        if not column.startswith("case") and pc.count_distinct(groups[column]).as_py() != len(groups):
            raise InvalidPackage(f"answer of {owner}: gives two groups of {entity} the same {column}")
    starts = np.cumsum([0, *(len(table) for table, _ in found)])
    numbers = np.concatenate([
        place[start + members["group"].to_numpy().astype(np.int64)] for start, (_, members) in zip(starts.tolist(), found, strict=False)
    ])  # fmt: skip
    ids = pa.concat_arrays([NO_IDS, *(chunk for _, members in found for chunk in members["id"].chunks)])
    return Groups(ids, numbers, {name: words_of(groups[name], 2) for name in groups.column_names})


def _checked(state: RunState, owner: str, entity: str, parts: Parts) -> tuple[pa.Table, pa.Table] | None:
    """An answer's groups and members of an entity type, under rules 2 and 3; None where it says nothing of it."""
    names = group_parts(entity)
    if not any(name in parts for name in names):
        return None
    if not all(name in parts for name in names):
        raise InvalidPackage(f"answer of {owner}: incomplete about {entity}")
    table = read_part(parts[names[0]], groups_schema(state.agreement, owner), names[0])
    members = read_part(parts[names[1]], MEMBERS, names[1])
    numbers = members["group"].to_numpy().astype(np.int64)
    if pc.count_distinct(members["id"]).as_py() != len(members):
        raise InvalidPackage(f"answer of {owner}: puts a posting of {entity} into two groups")
    if not np.array_equal(np.unique(numbers), np.arange(len(table))):
        raise InvalidPackage(f"answer of {owner}: has a group of {entity} without postings, or postings without their group")
    for column in table.column_names:
        if not column.startswith("case") and pc.count_distinct(table[column]).as_py() != len(table):
            raise InvalidPackage(f"answer of {owner}: gives two groups of {entity} the same {column}")
    return table, members
