"""Ask each owner which of its linked postings are one record, and take the answers in.

The rules of this room:
1. An answer is opened under the agreement, the epoch and the clock, and its parts are agreed ones.
2. It speaks of postings that we asked its sender about and of no others, each in one group; it may leave some out.
3. A group has postings, and names that no other group of the answer has, or two records would pass for one.
4. All of the answers given come in, or none, and then nothing is written; an answer counts once, and a rerun continues.
5. Once the lists are sealed the run is closed for answers: the owners' lists would not hold their links.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes, words_of
from linkage.protocol.regrouping import LARGEST, MEMBERS, REQUEST, groups_schema, read_part
from linkage.protocol.sealing import Draft, open_sealed, seal
from linkage.unit.classification import POSSIBLE
from linkage.unit.intake import Intake
from linkage.unit.state import RunState

Parts = dict[str, bytes]


class Groups:
    """An owner's answer about an entity type: posting ids with their group numbers, and each group's names by column, (groups, 2)."""

    __slots__ = ("columns", "ids", "numbers")

    def __init__(self, ids: pa.Array, numbers: NDArray[np.int64], columns: dict[str, NDArray[np.uint64]]) -> None:
        self.ids, self.numbers, self.columns = ids, numbers, columns

    @classmethod
    def none(cls) -> "Groups":
        return cls(pa.array([], pa.binary(16)), np.zeros(0, np.int64), {})

    def of(self, ids: pa.ChunkedArray) -> NDArray[np.int64]:
        """Group number of each posting id, -1 where the owner did not answer for it."""
        place = pc.fill_null(pc.index_in(ids, value_set=self.ids), -1).to_numpy()
        return np.asarray(np.append(self.numbers, -1)[place])


def read_possible(path: Path) -> pa.Table:
    """Pairs of posting ids that reached possible match, with their pattern code."""
    with pa.OSFile(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    return table.cast(POSSIBLE)


def asked_ids(state: RunState) -> dict[str, dict[str, pa.Array]]:
    """Distinct posting ids of all possible matches, sorted, by owner and entity type."""
    columns: dict[str, dict[str, list[pa.ChunkedArray]]] = {}
    for entity, left, right in state.jobs():
        table = read_possible(state.possible(entity, left, right))
        for owner, side in ((left, "left"), (right, "right")):
            columns.setdefault(owner, {}).setdefault(entity, []).append(table[side])
    return {owner: {entity: _distinct(found) for entity, found in sorted(entities.items())} for owner, entities in sorted(columns.items())}


def _distinct(columns: list[pa.ChunkedArray]) -> pa.Array:
    ids = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.binary(16)).unique()
    return ids.take(pc.sort_indices(ids))


def write_requests(state: RunState, by: PartyKeys, out: Path) -> dict[str, int]:
    """Seal one request per owner with the ids of its possible matches, sorted; returns ids by owner."""
    out.mkdir(parents=True, exist_ok=True)
    agreement, asked, counts = state.agreement, asked_ids(state), {}
    state.mark("asked")
    for owner, entities in asked.items():
        counts[owner] = sum(map(len, entities.values()))
        path = request_path(out, state.epoch, owner)
        if not path.exists():
            lifetime = timedelta(days=agreement.exchange.message_days)
            draft = Draft("regroup_request", agreement.fingerprint, state.epoch, {"postings": counts[owner]}, lifetime)
            parts = {f"{entity}.arrow": table_bytes(pa.table([ids], schema=REQUEST)) for entity, ids in entities.items()}
            seal(draft, parts, public_keys_of(agreement, owner), by, path)
    return counts


def request_path(folder: Path, epoch: str, owner: str) -> Path:
    return folder / f"regroup-request.{epoch}.{owner}.sealed"


def take_answers(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep the owners' answers; returns groups by owner. An owner that does not answer has no links in this run."""
    state = intake.state
    asked = asked_ids(state)
    arrived = [_verified(intake, path, asked) for path in sorted(paths)]
    intake.received.record_all([manifest for manifest, _ in arrived], state.run)
    for manifest, parts in arrived:
        folder = state.answer(manifest.sender)
        folder.mkdir(exist_ok=True, mode=0o700)
        for name, data in parts.items():
            with written_whole(folder / name) as file:
                file.write(data)
    return {owner: sum(len(read_groups(state, owner, entity).columns.get("pseudonym", [])) for entity in state.entities())
            for owner in state.agreement.owners if state.answer(owner).is_dir()}  # fmt: skip


def _verified(intake: Intake, path: Path, asked: dict[str, dict[str, pa.Array]]) -> tuple[Manifest, Parts]:
    """Rules 1 to 3 and 5 for one answer."""
    state, problem = intake.state, ""
    owners = {owner: public_keys_of(state.agreement, owner) for owner in state.agreement.owners}
    with open_sealed(path, intake.by, owners, intake.expectation("regroup_answer")) as message:
        parts, sender = message.read_parts(LARGEST), message.manifest.sender
    if state.is_marked("listed") and not state.answer(sender).is_dir():
        raise InvalidPackage(f"{path.name}: too late, the lists of epoch {state.epoch} are sealed")
    try:
        _check_answer(state, sender, parts, asked.get(sender, {}))
    except InvalidPackage as error:
        problem = str(error)
    if problem:
        raise InvalidPackage(f"{path.name}: {problem}")
    return message.manifest, parts


def _check_answer(state: RunState, sender: str, parts: Parts, asked: dict[str, pa.Array]) -> None:
    agreed = {name for entity in state.agreement.entities for name in _part_names(entity)}
    if not parts.keys() <= agreed:
        raise InvalidPackage(f"answer of {sender}: has a part that no answer has")
    for entity in sorted(state.agreement.entities):
        groups = _checked(state, sender, entity, parts)
        known = asked.get(entity, pa.array([], pa.binary(16)))
        strangers = int(pc.sum(pc.invert(pc.is_in(groups.ids, value_set=known))).as_py() or 0)
        if strangers:
            raise InvalidPackage(f"answer of {sender}: speaks of {strangers} postings of {entity} that we did not ask about")


def read_groups(state: RunState, owner: str, entity: str) -> Groups:
    """What the owner answered about an entity type; nothing when it did not."""
    paths = [state.answer(owner) / name for name in _part_names(entity)]
    return _checked(state, owner, entity, {path.name: path.read_bytes() for path in paths if path.exists()})


def _part_names(entity: str) -> tuple[str, str]:
    return f"{entity}.groups.arrow", f"{entity}.postings.arrow"


def _checked(state: RunState, owner: str, entity: str, parts: Parts) -> Groups:
    """An answer's two parts about an entity type, under rules 2 and 3."""
    names = _part_names(entity)
    if not any(name in parts for name in names):
        return Groups.none()
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
    ids = members["id"].combine_chunks()
    ids = ids if isinstance(ids, pa.Array) else pa.concat_arrays(ids.chunks)
    return Groups(ids, numbers, {name: words_of(table[name], 2) for name in table.column_names})
