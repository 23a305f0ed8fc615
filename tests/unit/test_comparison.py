"""Comparison: filters in, level patterns out, and the files between."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.postings import postings_bytes
from linkage.protocol.similarity import levels_of
from linkage.protocol.tiles import typical_share
from linkage.unit.blocking import CandidatePairs
from linkage.unit.comparison import compare, compare_partition, read_pairs
from tests.reference_unit import differing_level
from tests.unit.made_rules import rule_of

RULE = rule_of({"a": [0.99, 0.75, 0.5], "b": [0.6]})
FILTER = st.integers(0, 2**12 - 1)  # 12 of the 64 bits are enough to have every level
FULL = 64 * typical_share(*RULE.filters["a"].shape)
ROWS = st.lists(st.tuples(FILTER, FILTER), min_size=1, max_size=6)


def postings(filters: list[tuple[int, int]], tokens: list[int] | None = None, strange: int = 0) -> EncodedPostings:
    """One posting per pair of filters ``a`` and ``b``; the tag of a filter without ones is nobody else's."""
    count = len(filters)
    halves = np.array([[0, token] for token in tokens or range(count)], dtype=np.uint64)
    ids = np.array([[0, number] for number in range(count)], dtype=np.uint64)
    columns = {name: np.array([[row[at]] for row in filters], dtype=np.uint64) for at, name in enumerate(("a", "b"))}
    held = np.concatenate([columns["a"], columns["b"]], axis=1) > 0
    nobody = 1 + np.arange(2 * count, dtype=np.uint16).reshape(count, 2) + np.uint16(strange)
    return EncodedPostings(halves, ids, np.zeros(count, dtype=np.uint8), np.where(held, np.uint16(0), nobody), columns)


@settings(deadline=None)  # kernels are compiled at first use
@given(ROWS, ROWS)
def test_levels_are_those_of_the_slow_twin(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    pairs = [(i, j) for i in range(len(left)) for j in range(len(right))]
    rows = np.array(pairs, dtype=np.uint32)
    vectors = compare(CandidatePairs(rows[:, 0].copy(), rows[:, 1].copy()), postings(left), postings(right, strange=100), RULE, 1)
    expected = [
        [differing_level(left[i][at], right[j][at], FULL, cuts) for at, cuts in enumerate(([0.99, 0.75, 0.5], [0.6]))] for i, j in pairs
    ]
    assert levels_of(vectors.codes, RULE).tolist() == expected


def test_a_filter_missing_on_either_side_is_level_zero() -> None:
    rows = np.zeros(1, dtype=np.uint32)
    for left, right in (((0, 7), (7, 7)), ((7, 7), (0, 7)), ((0, 7), (0, 7))):
        vectors = compare(CandidatePairs(rows, rows), postings([left]), postings([right], strange=100), RULE, 1)
        assert levels_of(vectors.codes, RULE).tolist() == [[0, 2]]


def test_a_partition_is_compared_once(tmp_path: Path) -> None:
    for name, filters in (("left", [(7, 7), (7, 7)]), ("right", [(7, 7)])):
        (tmp_path / name).write_bytes(postings_bytes(postings(filters, [5] * len(filters)), RULE))
    out = tmp_path / "out.arrow"
    assert compare_partition(RULE, 1, tmp_path / "left", tmp_path / "right", out) == 2
    assert [column.tolist() for column in (read_pairs(out).left, read_pairs(out).right)] == [[0, 1], [0, 0]]
    first = out.stat().st_mtime_ns
    (tmp_path / "left").unlink()  # a rerun does not read it again
    assert compare_partition(RULE, 1, tmp_path / "left", tmp_path / "right", out) == 2
    assert out.stat().st_mtime_ns == first


def test_a_partition_without_postings_has_no_pairs(tmp_path: Path) -> None:
    empty = EncodedPostings(
        np.zeros((0, 2), np.uint64), np.zeros((0, 2), np.uint64), np.zeros(0, np.uint8), np.zeros((0, 2), np.uint16),
        {name: np.zeros((0, 1), np.uint64) for name in ("a", "b")},
    )  # fmt: skip
    (tmp_path / "empty").write_bytes(postings_bytes(empty, RULE))
    assert compare_partition(RULE, 1, tmp_path / "empty", tmp_path / "empty", tmp_path / "out.arrow") == 0


def test_pairs_that_are_no_pairs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "part-0000.arrow").write_bytes(b"x")
    with pytest.raises(InvalidPackage, match="is not an Arrow file"):
        read_pairs(tmp_path / "part-0000.arrow")
