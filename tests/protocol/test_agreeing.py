"""Which comparison of two records agrees best before weights are known; by the slow twin too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.protocol.agreeing import agreeing, best_of_each
from tests.reference import agreeing as slowly
from tests.unit.made_rules import YES_NO, codes_of, rule_of

RULE = rule_of({"a": YES_NO, "b": [0.9, 0.5], "c": YES_NO})
PATTERNS = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2))

BETTER = [  # (a, b, c) of the comparison that speaks for two records, and of another
    ((2, 3, 2), (2, 3, 1)),
    ((2, 3, 0), (2, 3, 1)),  # what is missing is no disagreement
    ((0, 3, 0), (0, 2, 0)),
    ((0, 3, 0), (2, 1, 2)),  # one agreement, before two with a conflict
]


@pytest.mark.parametrize(("better", "worse"), BETTER)
def test_what_agrees_better_speaks_for_the_records(better: tuple[int, ...], worse: tuple[int, ...]) -> None:
    codes = codes_of(RULE, [worse, better])
    assert best_of_each(np.array([7, 7]), codes, RULE).tolist() == [1]


@given(st.lists(st.tuples(st.integers(0, 4), PATTERNS), max_size=25))
def test_best_of_each_pair_is_that_of_the_slow_twin(comparisons: list[tuple[int, tuple[int, ...]]]) -> None:
    pairs = np.array([pair for pair, _ in comparisons], dtype=np.int64)
    codes = codes_of(RULE, [pattern for _, pattern in comparisons])
    assert agreeing(codes, RULE) == pytest.approx([slowly(code, RULE) for code in codes.tolist()])
    chosen = best_of_each(pairs, codes, RULE)
    assert pairs[chosen].tolist() == sorted(set(pairs.tolist()))
    for at in chosen.tolist():
        rivals = codes[pairs == pairs[at]].tolist()
        assert slowly(int(codes[at]), RULE) == pytest.approx(max(slowly(code, RULE) for code in rivals))
