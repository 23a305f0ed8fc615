"""Evaluation on cases small enough to check by hand."""

import pandas as pd
import pytest

from linkage.lab.evaluation import Compared, FoundPair, Measures, evaluate, evaluate_clusters, true_pairs

# Three people: Ana at all three owners, Bob at mx and us, Cal at ca alone. True pairs: Ana 3, Bob 1.
TRUTH = pd.DataFrame(
    [
        ("ca", "suspect", "c1", "ana"),
        ("ca", "suspect", "c3", "cal"),
        ("mx", "suspect", "m1", "ana"),
        ("mx", "suspect", "m2", "bob"),
        ("us", "suspect", "u1", "ana"),
        ("us", "suspect", "u2", "bob"),
    ],
    columns=["owner", "entity", "record_id", "entity_id"],
)
SIZES = {("suspect", "ca"): 2, ("suspect", "mx"): 2, ("suspect", "us"): 2}
COLUMNS = ["entity", "owner_a", "record_a", "owner_b", "record_b", "band"]
FOUND: set[FoundPair] = {("suspect", "ca", "c1", "mx", "m1"), ("suspect", "mx", "m2", "us", "u2"), ("suspect", "us", "u1", "ca", "c1")}
COMPARED = Compared(FOUND, {("suspect", "ca", "mx"): 1, ("suspect", "us", "ca"): 2, ("suspect", "mx", "us"): 3}, SIZES)


def quality(*links: tuple[str, ...], compared: Compared = COMPARED) -> Measures:
    table = pd.DataFrame([("suspect", *link) for link in links], columns=COLUMNS)
    measures: Measures = evaluate(table, TRUTH, compared, ["A", "B", "C"], {"A", "B"})["suspect"]
    return measures


def test_bands_are_cumulative_and_the_default_decision_is_policy() -> None:
    found = quality(
        ("ca", "c1", "mx", "m1", "A"),  # Ana, right
        ("mx", "m2", "us", "u2", "B"),  # Bob, right
        ("ca", "c3", "us", "u2", "B"),  # Cal is not Bob
        ("ca", "c1", "us", "u1", "C"),  # Ana, right
    )
    assert found["true_pairs"] == 4
    assert found["bands"]["A"] == {"links": 1, "precision": 1.0, "recall": 0.25, "f1": 0.4}
    assert found["bands"]["B"] == {"links": 3, "precision": 2 / 3, "recall": 0.5, "f1": 4 / 7}
    assert found["bands"]["C"] == {"links": 4, "precision": 0.75, "recall": 0.75, "f1": 0.75}
    assert found["default"] == found["bands"]["B"]


def test_every_pair_of_owners_has_its_own_figures() -> None:
    pairs = quality(("ca", "c3", "us", "u2", "A"), ("mx", "m1", "us", "u1", "A"))["by_owner_pair"]
    assert set(pairs) == {"ca-mx", "ca-us", "mx-us"}
    assert pairs["ca-mx"]["default"] == {"links": 0, "precision": None, "recall": 0.0, "f1": 0.0}
    assert pairs["ca-us"]["default"] == {"links": 1, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert pairs["mx-us"]["default"] == {"links": 1, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    assert [pairs[name]["candidate_pairs"] for name in ("ca-mx", "ca-us", "mx-us")] == [1, 2, 3]


def test_blocking_is_measured_over_all_true_and_all_possible_pairs() -> None:
    found = quality()
    assert found["pairs_completeness"] == 3 / 4
    assert found["candidate_pairs"] == 6
    assert found["reduction_ratio"] == 1 - 6 / 12
    assert found["by_owner_pair"]["mx-us"]["pairs_completeness"] == 1 / 2


def test_swapped_owners_and_repeated_links_change_nothing() -> None:
    once = quality(("ca", "c1", "mx", "m1", "A"))
    assert quality(("mx", "m1", "ca", "c1", "A"), ("ca", "c1", "mx", "m1", "A")) == once


def test_no_links_at_all() -> None:
    assert quality()["default"] == {"links": 0, "precision": None, "recall": 0.0, "f1": 0.0}


def test_everything_linked() -> None:
    records = [("ca", "c1"), ("ca", "c3"), ("mx", "m1"), ("mx", "m2"), ("us", "u1"), ("us", "u2")]
    everything = [(a, i, b, j, "A") for a, i in records for b, j in records if a < b]
    assert quality(*everything)["default"] == {"links": 12, "precision": 4 / 12, "recall": 1.0, "f1": 0.5}


def test_a_link_to_a_record_that_the_truth_does_not_know_is_false() -> None:
    assert quality(("ca", "c9", "mx", "m1", "A"))["default"]["precision"] == 0.0


def test_nothing_to_measure_is_null_and_no_error() -> None:
    alone = TRUTH[TRUTH["owner"] == "ca"]
    found = evaluate(pd.DataFrame(columns=COLUMNS), alone, Compared((), {}, {("suspect", "ca"): 2}), ["A"], {"A"})["suspect"]
    nothing = {"links": 0, "precision": None, "recall": None, "f1": None}
    assert found["default"] == found["bands"]["A"] == nothing
    assert (found["pairs_completeness"], found["reduction_ratio"], found["by_owner_pair"]) == (None, None, {})


def test_entity_types_are_kept_apart() -> None:
    guns = pd.DataFrame([("ca", "firearm", "c1", "g1"), ("mx", "firearm", "m1", "g1")], columns=TRUTH.columns)
    links = pd.DataFrame([("firearm", "ca", "c1", "mx", "m1", "A")], columns=COLUMNS)
    sizes = SIZES | {("firearm", "ca"): 1, ("firearm", "mx"): 1}
    found = evaluate(links, pd.concat([TRUTH, guns]), Compared((), {}, sizes), ["A"], {"A"})
    assert found["firearm"]["default"]["f1"] == 1.0
    assert found["suspect"]["default"]["links"] == 0


def test_duplicates_at_one_owner_make_a_true_pair_each() -> None:
    twice = pd.concat([TRUTH, pd.DataFrame([("us", "suspect", "u9", "bob")], columns=TRUTH.columns)])
    assert ("suspect", ("mx", "m2"), ("us", "u9")) in true_pairs(twice)
    assert not any(left[0] == right[0] for _, left, right in true_pairs(twice))


@pytest.mark.parametrize(
    ("clusters", "precision", "recall"),
    [
        ([("1", "ca", "c1"), ("1", "mx", "m1"), ("1", "us", "u1")], 1.0, 0.75),
        ([("1", "ca", "c1"), ("1", "mx", "m1"), ("1", "us", "u2")], 1 / 3, 0.25),  # Bob's American record in Ana's cluster
        ([("1", "ca", "c1"), ("2", "mx", "m1")], None, 0.0),
    ],
)
def test_clusters_are_measured_by_their_pairs(clusters: list[tuple[str, str, str]], precision: float | None, recall: float) -> None:
    table = pd.DataFrame([("suspect", *row) for row in clusters], columns=["entity", "cluster_id", "owner", "record_id"])
    found = evaluate_clusters(table, TRUTH)["suspect"]
    assert (found["precision"], found["recall"]) == (precision, recall)
