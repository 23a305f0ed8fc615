"""Pairs as sets, for benchmarks, on cases small enough to check by hand."""

import pandas as pd
import pytest

from linkage.lab.evaluation import Pair, decision_quality, pair, true_pairs

# Three people: Ana at all three owners, Bob at mx and twice at us, Cal at ca alone.
TRUTH = pd.DataFrame(
    [
        ("ca", "suspect", "c1", "ana"),
        ("ca", "suspect", "c3", "cal"),
        ("mx", "suspect", "m1", "ana"),
        ("mx", "suspect", "m2", "bob"),
        ("us", "suspect", "u1", "ana"),
        ("us", "suspect", "u2", "bob"),
        ("us", "suspect", "u9", "bob"),
    ],
    columns=["owner", "entity", "record_id", "entity_id"],
)
ANA = [pair("suspect", "ca", "c1", "mx", "m1"), pair("suspect", "us", "u1", "ca", "c1"), pair("suspect", "mx", "m1", "us", "u1")]
BOB = [pair("suspect", "us", "u2", "mx", "m2"), pair("suspect", "mx", "m2", "us", "u9")]
STRANGERS = pair("suspect", "ca", "c3", "us", "u2")


def test_duplicates_at_one_owner_make_a_true_pair_each_and_none_together() -> None:
    assert true_pairs(TRUTH) == {*ANA, *BOB}


DECIDED: list[tuple[list[Pair], float | None, float]] = [  # links, precision, recall
    ([], None, 0.0),
    ([ANA[0]], 1.0, 0.2),
    ([ANA[0], STRANGERS], 0.5, 0.2),
    ([*ANA, *BOB], 1.0, 1.0),
]


@pytest.mark.parametrize(("links", "precision", "recall"), DECIDED)
def test_decisions(links: list[Pair], precision: float | None, recall: float) -> None:
    found = decision_quality(set(links), true_pairs(TRUTH))
    assert (found["precision"], found["recall"]) == (precision, recall)


def test_nothing_against_nothing_is_null() -> None:
    assert decision_quality(set(), set()) == {"links": 0, "precision": None, "recall": None, "f1": None}
