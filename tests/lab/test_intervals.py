"""Intervals against SciPy's, against the slow way of drawing entities again, and at their ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from linkage.lab import intervals
from linkage.lab.intervals import Outcomes, f1_interval
from linkage.protocol.intervals import wilson
from tests.reference_scoreboard import f1_draws


@given(st.integers(1, 5000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    interval = binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx([interval.low, interval.high], abs=1e-9)


def outcomes(rows: list[tuple[int, int, int]]) -> Outcomes:
    return Outcomes(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def test_without_pairs_there_is_no_interval() -> None:
    assert wilson(0, 0) is None
    assert f1_interval(outcomes([])) is None
    assert f1_interval(outcomes([(0, 0, 0)])) is None


@pytest.mark.parametrize("rows", [[(1, 0, 0)] * 6, [(1, 0, 0), (1, 0, 0), (1, 0, 0), (3, 0, 0)]], ids=["alike", "of two kinds"])
def test_six_right_links_do_not_prove_perfection(rows: list[tuple[int, int, int]]) -> None:
    low, high = f1_interval(outcomes(rows)) or []
    share, _ = wilson(6, 6) or []
    assert (low, high) == (pytest.approx(2 * share / (1 + share)), 1.0)


ENTITIES = [(1, 0, 0)] * 60 + [(3, 0, 0)] * 15 + [(0, 1, 1)] * 10 + [(1, 2, 2)] * 5 + [(0, 0, 3)] * 4


def test_counting_kinds_is_drawing_entities_again() -> None:
    draws = np.random.default_rng(3).integers(0, len(ENTITIES), (1500, len(ENTITIES))).tolist()
    slow = np.quantile(f1_draws(ENTITIES, draws), (0.025, 0.975))
    assert f1_interval(outcomes(ENTITIES)) == pytest.approx(slow, abs=0.02)


def test_the_normal_limit_says_the_same_of_many_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = f1_interval(outcomes(ENTITIES * 20))
    monkeypatch.setattr(intervals, "MANY_KINDS", 1)
    assert f1_interval(outcomes(ENTITIES * 20)) == pytest.approx(counted, abs=0.004)
