"""Forget what an owner has withdrawn: postings, pairs, answers, results, history and lists of the epoch, without a trace of it.

The rules of this room:
1. What is derived goes before what it was derived from, and every step may be repeated: a killed run is run again and forgets the rest.
2. Rows of compared pairs are places in a part; with a part that shrinks its comparisons go, and are made again when packages are linked
   next. Possible matches stay, without the withdrawn.
3. Results go as they are. They are decided again from what is left.
4. It is done again whenever something came in: an answer that was on its way may still name what is withdrawn.
"""

import csv
import shutil
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.atomic_files import deleted_for_good, folder_whole, sync_folder, written_whole
from linkage.protocol.postings import read_table, table_bytes
from linkage.protocol.regrouping import MEMBERS, REQUEST, group_parts, groups_schema
from linkage.unit.classification import POSSIBLE
from linkage.unit.snapshots import Members, forget_members
from linkage.unit.state import RunState
from linkage.unit.withdrawn import withdrawals, withdrawn_ids, withdrawn_names

RESULTS = ("links.csv", "clusters.csv", "explain.csv")
Held = set[tuple[str, str, bytes]]
"""Entity type, owner and pseudonym of what is withdrawn."""


def forget(state: RunState) -> int:
    """Delete every trace of what was withdrawn in this epoch; returns how many postings were deleted just now."""
    owners = sorted({one.owner for one in withdrawals(state)})
    gone: Held = set()
    deleted = 0
    for owner in owners:
        for entity in sorted(state.agreement.entities):
            ids, names = withdrawn_ids(state, owner, entity), withdrawn_names(state, owner, entity)
            gone |= {(entity, owner, name) for name in names}
            _forget_possible(state, owner, entity, ids)
            deleted += _forget_postings(state, owner, entity, ids)
            _forget_questions(state, owner, entity, ids)
            _forget_answers(state, owner, entity, ids)
    if gone:
        _forget_history(state, gone)
        if deleted or _is_in_results(state, gone):
            for name in RESULTS:
                deleted_for_good(state.result(name))
    return deleted


def _forget_possible(state: RunState, owner: str, entity: str, ids: pa.Array) -> None:
    for _, left, right in [job for job in state.jobs() if job[0] == entity and owner in job]:
        path, side = state.possible(entity, left, right), "left" if owner == left else "right"
        if path.exists():
            _rewrite(path, read_table(path, POSSIBLE), side, ids)


def _forget_postings(state: RunState, owner: str, entity: str, ids: pa.Array) -> int:
    """Rules 1 and 2; returns postings deleted."""
    deleted = 0
    for part in sorted(state.package(owner, entity).glob("part-*.arrow")):
        with pa.OSFile(str(part)) as source:
            table = pa.ipc.open_file(source).read_all()
        rows = int(pc.sum(pc.is_in(table["id"], value_set=ids)).as_py() or 0)
        if rows:
            for _, left, right in [job for job in state.jobs() if job[0] == entity and owner in job]:
                deleted_for_good(state.pairs(entity, left, right) / part.name)
            _rewrite(part, table, "id", ids)
        deleted += rows
    return deleted


def _forget_questions(state: RunState, owner: str, entity: str, ids: pa.Array) -> None:
    for path in sorted(state.asked(owner).glob(f"*/{entity}.arrow")):
        _rewrite(path, read_table(path, REQUEST), "id", ids)


def _forget_answers(state: RunState, owner: str, entity: str, ids: pa.Array) -> None:
    """A group goes with the last of its postings; the others are numbered anew, and their folder is exchanged whole."""
    groups_name, members_name = group_parts(entity)
    _settle(state.answer(owner, 1).parent)
    for folder in state.answers(owner):
        if not (folder / members_name).exists():
            continue
        members, groups = (
            read_table(folder / members_name, MEMBERS),
            read_table(folder / groups_name, groups_schema(state.agreement, owner)),
        )
        kept = _without(members, "id", ids)
        if len(kept) == len(members):
            continue
        numbers, places = np.unique(kept["group"].to_numpy(), return_inverse=True)
        kept = kept.set_column(1, "group", pa.array(places.astype(np.uint32)))
        _exchange(folder, {members_name: kept, groups_name: groups.take(pa.array(numbers))})


def _exchange(folder: Path, changed: dict[str, pa.Table]) -> None:
    """The same folder with other parts, whole; ``_settle`` ends what a killed run left."""
    fresh, old = _beside(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    with folder_whole(fresh) as begun:
        for path in sorted(folder.iterdir()):
            content = table_bytes(changed[path.name]) if path.name in changed else path.read_bytes()
            (begun / path.name).write_bytes(content)
    folder.replace(old)
    fresh.replace(folder)
    sync_folder(folder.parent)
    deleted_for_good(old)


def _settle(answers: Path) -> None:
    """An old folder that is still there was being exchanged: its successor was whole already."""
    for old in sorted(answers.glob(".*.old")):
        folder = answers / old.name.split(".")[1]
        if not folder.exists():
            _beside(folder)[0].replace(folder)
            sync_folder(answers)
        deleted_for_good(old)


def _beside(folder: Path) -> tuple[Path, Path]:
    return folder.with_name(f".{folder.name}.fresh"), folder.with_name(f".{folder.name}.old")


def _forget_history(state: RunState, gone: Held) -> None:
    """Links with a withdrawn end go, and withdrawn members leave their clusters."""
    kinds: dict[tuple[str, str], list[bytes]] = {}
    for entity, owner, name in sorted(gone):
        kinds.setdefault((entity, owner), []).append(name)

    def withdrawn(members: Members) -> pa.ChunkedArray:
        """Whether each member is withdrawn."""
        entities, owners, names = members
        found = [
            pc.and_(pc.and_(pc.equal(entities, entity), pc.equal(owners, owner)), pc.is_in(names, value_set=pa.array(of, pa.binary(16))))
            for (entity, owner), of in kinds.items()
        ]
        return reduce(pc.or_, found)

    forget_members(state.history, withdrawn)


def _is_in_results(state: RunState, gone: Held) -> bool:
    path = state.result("clusters.csv")
    if not path.exists():
        return False
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return any((entity, owner, bytes.fromhex(name)) in gone for entity, _, owner, name in rows)


def _rewrite(path: Path, table: pa.Table, column: str, ids: pa.Array) -> None:
    """The file without the rows whose id is withdrawn; untouched where there is none."""
    kept = _without(table, column, ids)
    if len(kept) < len(table):
        with written_whole(path) as file:
            file.write(table_bytes(kept))


def _without(table: pa.Table, column: str, ids: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[column], value_set=ids)))
