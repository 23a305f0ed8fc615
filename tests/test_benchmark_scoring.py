"""The benchmark's scoring: clusters hold one record per owner, every true pair counts, and the best cut is the best there is."""

from itertools import combinations

import pandas as pd
import pytest

from benchmarks.scoring import KEY, best_f1, score
from benchmarks.single_link import joined
from linkage.lab.evaluation import pair

A1, A2, B1, B2, C1 = ("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1")

JOINS = [  # pairs in order, what each brings together
    ([(A1, B1), (A2, B2)], [[(A1, B1)], [(A2, B2)]]),
    ([(A1, B1), (A1, B2)], [[(A1, B1)], []]),  # the second of an owner is refused
    ([(A1, B1), (A1, B1)], [[(A1, B1)], []]),  # nothing is joined twice
    ([(A1, B1), (B1, C1)], [[(A1, B1)], [(A1, C1), (B1, C1)]]),  # a link of links is a pair too
    ([(A1, C1), (B1, C1), (A2, B1)], [[(A1, C1)], [(A1, B1), (B1, C1)], []]),  # refused through the third owner
]


@pytest.mark.parametrize(("pairs", "wanted"), JOINS)
def test_what_joins(pairs: list[tuple[tuple[str, str], tuple[str, str]]], wanted: list[list[object]]) -> None:
    assert [sorted(new) for new in joined(pairs)] == wanted


def test_the_best_cut_is_found() -> None:
    true = {pair("suspect", *A1, *B1), pair("suspect", *A2, *B2)}
    right, other, wrong = pair("suspect", *A1, *B1), pair("suspect", *A2, *B2), pair("suspect", *A2, *C1)
    assert best_f1([right, other, wrong], true) == 1.0
    assert best_f1([right, wrong, other], true) == pytest.approx(4 / 6)  # a cluster takes the false link first: three pairs more
    assert best_f1([], true) == 0.0
    assert best_f1([wrong], set()) == 0.0


def test_pairs_never_compared_count_as_missed_and_implied_ones_as_decided() -> None:
    truth = pd.DataFrame(
        [
            ("a", "suspect", "1", "x"),
            ("b", "suspect", "1", "x"),
            ("c", "suspect", "1", "x"),
            ("a", "suspect", "2", "y"),
            ("b", "suspect", "2", "y"),
        ],
        columns=["owner", "entity", "record_id", "entity_id"],
    )
    rows = [
        ("suspect", *A1, *B1, 9.0, 1),
        ("suspect", *B1, *C1, 8.0, 1),
        ("suspect", *A1, *C1, float("nan"), 1),
        ("suspect", *A2, *C1, -3.0, 0),
    ]
    found = score(pd.DataFrame(rows, columns=[*KEY, "score", "decided"]), truth, "suspect")
    assert found.true_pairs == 4
    assert (found.decided["links"], found.decided["precision"], found.decided["recall"]) == (3, 1.0, 0.75)
    assert found.best_f1 == pytest.approx(6 / 7)


def test_the_order_of_the_pairs_changes_nothing() -> None:
    rows = [("suspect", *left, *right, 1.0, 0) for left, right in combinations([A1, A2, B1, B2, C1], 2) if left[0] != right[0]]
    table = pd.DataFrame(rows, columns=[*KEY, "score", "decided"])
    truth = pd.DataFrame([("a", "suspect", "1", "x"), ("b", "suspect", "1", "x")], columns=["owner", "entity", "record_id", "entity_id"])
    assert score(table, truth, "suspect") == score(table[::-1], truth, "suspect")
