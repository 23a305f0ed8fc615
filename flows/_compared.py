"""In a rehearsal alone: which pairs of records were compared, by the unit's pairs of postings and the owners' crosswalks together."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flows.owner import open_owner
from linkage.lab.distinct_pairs import DistinctPairs
from linkage.lab.judged_pairs import PAIR_COLUMNS, true_pair_table
from linkage.lab.measures import Compared
from linkage.owner.crosswalk import Crosswalk, crosswalk_path, read_crosswalk
from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.atomic_files import scratch_folder
from linkage.protocol.party_profile import unlock
from linkage.protocol.postings import read_table
from linkage.unit.classification import ID_COLUMN
from linkage.unit.comparison import PAIRS
from linkage.unit.state import RunState

Numbers = NDArray[np.int64]
Job = tuple[str, str, str]  # entity, left owner, right owner


def open_crosswalk(out: Path, owner: str, entity: str, epoch: str) -> tuple[Crosswalk, Pseudonyms]:
    """An owner's crosswalk, and its names for records."""
    profile, agreement = open_owner(out / "parties" / owner / "profile.toml")
    by = unlock(profile)
    path = crosswalk_path(profile.home, epoch, entity)
    return read_crosswalk(path, agreement, epoch, by, datetime.now(UTC)), Pseudonyms(by)


def compared_pairs(out: Path, state: RunState, epoch: str, truth: pd.DataFrame) -> Compared:
    """The true pairs that were compared, and how many pairs were; one partition is in memory at a time."""
    true = true_pair_table(truth)
    found, counts = [pd.DataFrame(columns=PAIR_COLUMNS)], {}
    sides_of = [(entity, owner) for entity in state.entities() for owner in state.present(entity)]
    sizes = {(entity, owner): len(open_crosswalk(out, owner, entity, epoch)[0].record_ids) for entity, owner in sides_of}
    for job in state.jobs():
        sides = [open_crosswalk(out, owner, job[0], epoch)[0] for owner in job[1:]]
        of_job = true[(true["entity"] == job[0]) & (true["owner_a"] == job[1]) & (true["owner_b"] == job[2])]
        met, counts[job] = _of_job(state, job, sides, of_job)
        found.append(of_job[met])
    return Compared(pd.concat(found, ignore_index=True), counts, sizes)


def _of_job(state: RunState, job: Job, sides: list[Crosswalk], true: pd.DataFrame) -> tuple[NDArray[np.bool_], int]:
    """Which of the true pairs were compared, shape (true pairs,), and the number of distinct pairs of records that were."""
    paths = sorted(state.pairs(*job).glob("*.arrow"))
    places = [pd.Index(side.record_ids).get_indexer(pd.Index(true[f"record_{letter}"])) for side, letter in zip(sides, "ab", strict=True)]
    width = max(len(sides[1].record_ids), 1)
    wanted = np.where((places[0] < 0) | (places[1] < 0), -1, places[0] * width + places[1])
    met = np.zeros(len(wanted), dtype=bool)
    with scratch_folder(state.folder, "compared") as scratch:
        expected = sum(int(read_table(path, PAIRS).num_rows) for path in paths)
        distinct = DistinctPairs(scratch, len(sides[0].record_ids) * width, expected)
        for keys in _keys(state, job, sides, paths):
            distinct.add(keys)
            met |= np.isin(wanted, keys)
        return met, distinct.count()


def _keys(state: RunState, job: Job, sides: list[Crosswalk], paths: list[Path]) -> Iterator[NDArray[np.int64]]:
    """Left record number times right records, plus right record number; of each compared pair, partition by partition.

    Entities of several records were compared as all of them.
    """
    entity, *owners = job
    ids = [side.ids for side in sides]
    only_ids = pa.ipc.IpcReadOptions(included_fields=[ID_COLUMN])
    for path in paths:
        table, rows = read_table(path, PAIRS), []
        for side, owner, column, known in zip(sides, owners, ("left", "right"), ids, strict=True):
            with pa.OSFile(str(state.package(owner, entity) / path.name)) as source:
                postings = pa.ipc.open_file(source, options=only_ids).read_all()["id"]
            places = pc.index_in(postings, value_set=known).to_numpy()
            rows.append(side.entities[places[table[column].to_numpy()]].astype(np.int64))
        left, right = _record_pairs(rows[0], rows[1], sides)
        yield left * max(len(sides[1].record_ids), 1) + right


def _record_pairs(left: Numbers, right: Numbers, sides: list[Crosswalk]) -> tuple[Numbers, Numbers]:
    """All pairs of records, one of each entity, of paired entities."""
    (first, many), (other_first, other_many) = (_first_and_many(side, numbers) for side, numbers in zip(sides, (left, right), strict=True))
    pairs = many * other_many
    place = np.arange(int(pairs.sum())) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    width = np.repeat(other_many, pairs)
    return np.repeat(first, pairs) + place // width, np.repeat(other_first, pairs) + place % width


def _first_and_many(side: Crosswalk, numbers: Numbers) -> tuple[Numbers, Numbers]:
    spans = side.spans()
    return spans[numbers], np.diff(spans)[numbers]
