"""The merge join against its slow twin."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.unit.blocking import candidate_pairs
from tests.reference_unit import joined

TOKENS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12).map(sorted)  # few values, so that they meet
HALVES = {0: 0, 1: 2**63, 2: 2**64 - 1}  # unsigned: the largest half is not below zero


def halves(tokens: list[tuple[int, int]]) -> np.ndarray:
    return np.array([(HALVES[high], HALVES[low]) for high, low in tokens], dtype=np.uint64).reshape(-1, 2)


@settings(deadline=None)  # kernels are compiled at first use
@given(TOKENS, TOKENS)
def test_the_join_finds_the_pairs_of_the_double_loop(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    pairs = candidate_pairs(halves(left), halves(right))
    found = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
    assert len(pairs) == len(found)
    assert found == joined(left, right)


def test_equal_high_halves_are_not_enough() -> None:
    assert len(candidate_pairs(halves([(1, 0)]), halves([(1, 1)]))) == 0


def test_every_posting_meets_every_posting_of_its_block() -> None:
    assert len(candidate_pairs(halves([(1, 1)] * 7), halves([(0, 1), *[(1, 1)] * 5, (2, 0)]))) == 35
