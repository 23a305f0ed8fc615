"""Entities of several records were compared as all of their records: the pairs that a rehearsal counts."""

import numpy as np
import pyarrow as pa
import pytest

from flows._compared import _record_pairs
from linkage.owner.crosswalk import RECORDS, Crosswalk

PAIRED = [  # sizes of the left entities, of the right ones, pairs of entities, pairs of records
    ([1, 1], [1, 1], [(1, 0)], [(1, 0)]),
    ([2, 1], [1, 2], [(0, 1), (1, 0)], [(0, 1), (0, 2), (1, 1), (1, 2), (2, 0)]),
    ([1], [1], [], []),
]


def crosswalk(sizes: list[int]) -> Crosswalk:
    rows = [(entity, f"R{entity}.{number}", "") for entity, size in enumerate(sizes) for number in range(size)]
    records = pa.table([list(column) for column in zip(*rows, strict=True)], schema=RECORDS)
    return Crosswalk(pa.array([], pa.binary(16)), np.zeros(0, np.uint32), records.combine_chunks())


@pytest.mark.parametrize(("left", "right", "entities", "records"), PAIRED)
def test_every_pair_of_records(left: list[int], right: list[int], entities: list[tuple[int, int]], records: list[tuple[int, int]]) -> None:
    a, b = np.array(entities, dtype=np.int64).reshape(-1, 2).T
    found = _record_pairs(a, b, [crosswalk(left), crosswalk(right)])
    assert list(zip(*(side.tolist() for side in found), strict=True)) == records
