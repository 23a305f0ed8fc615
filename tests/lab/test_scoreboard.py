"""The scoreboard on cases small enough to check by hand, against slow twins, and whatever the order of the tables."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from linkage.lab.measures import Compared
from linkage.lab.own_estimates import LISTED
from linkage.lab.results import Results
from linkage.lab.scoreboard import Said, quality_of, scoreboard
from tests import reference_scoreboard as reference
from tests.lab.judged_tables import CLUSTERED, LINKED, MARKED, RULE, SILENT, TRUTHS, Link, results

# Three people: Ana at all three owners, Bob at mx and us, Cal at ca alone. True pairs: Ana 3, Bob 1.
TRUTH = [("ca", "c1", "ana"), ("ca", "c3", "cal"), ("mx", "m1", "ana"), ("mx", "m2", "bob"), ("us", "u1", "ana"), ("us", "u2", "bob")]
LINKS: list[Link] = [
    ("ca", "c1", "mx", "m1", 0.999),  # Ana, right, band A
    ("mx", "m2", "us", "u2", 0.95),  # Bob, right, band B
    ("us", "u2", "ca", "c3", 0.92),  # Cal is not Bob, band B; written with its owners the other way round
    ("ca", "c1", "us", "u1", 0.6),  # Ana, right, band C, which is not released
]
CLUSTERS = [("1", "ca", "c1"), ("1", "mx", "m1"), ("1", "us", "u1"), ("2", "ca", "c3"), ("2", "mx", "m2"), ("2", "us", "u2")]
FOUND = pd.DataFrame(
    [("suspect", "ca", "c1", "mx", "m1"), ("suspect", "mx", "m2", "us", "u2"), ("suspect", "ca", "c1", "us", "u1")],
    columns=["entity", "owner_a", "record_a", "owner_b", "record_b"],
)
COMPARED = Compared(
    FOUND,
    {("suspect", "ca", "mx"): 1, ("suspect", "ca", "us"): 2, ("suspect", "mx", "us"): 3},
    {("suspect", "ca"): 2, ("suspect", "mx"): 2, ("suspect", "us"): 2},
)


def measured(tables: Results, compared: Compared | None = COMPARED, said: Said = SILENT) -> Any:
    return scoreboard(tables, compared, said, RULE)["entities"]["suspect"]


def figures(found: Any) -> tuple[Any, ...]:
    return tuple(found[name] for name in ("links", "right", "precision", "recall", "f1"))


def test_bands_are_cumulative_and_the_default_decision_is_policy() -> None:
    found = measured(results(LINKS, TRUTH))
    assert figures(found["bands"]["A"]) == (1, 1, 1.0, 0.25, 0.4)
    assert figures(found["bands"]["B"]) == (3, 2, 2 / 3, 0.5, 4 / 7)
    assert figures(found["bands"]["C"]) == (4, 3, 0.75, 0.75, 0.75)
    assert found["default"] == found["bands"]["B"]


def test_every_pair_of_owners_has_its_own_figures() -> None:
    pairs = measured(results(LINKS, TRUTH))["by_owner_pair"]
    assert {name: figures(found["default"]) for name, found in pairs.items()} == {
        "ca-mx": (1, 1, 1.0, 1.0, 1.0),
        "ca-us": (1, 0, 0.0, 0.0, 0.0),
        "mx-us": (1, 1, 1.0, 0.5, 2 / 3),
    }
    assert [pairs[name]["candidate_pairs"] for name in ("ca-mx", "ca-us", "mx-us")] == [1, 2, 3]
    assert pairs["mx-us"]["pairs_completeness"] == 1 / 2


def test_blocking_is_measured_over_all_true_and_all_possible_pairs() -> None:
    found = measured(results(LINKS, TRUTH))
    assert (found["true_pairs"], found["pairs_completeness"], found["candidate_pairs"]) == (4, 3 / 4, 6)
    assert found["reduction_ratio"] == 1 - 6 / 12


def test_what_nobody_knows_of_blocking_is_null_and_said() -> None:
    board = scoreboard(results(LINKS, TRUTH, CLUSTERS), None, SILENT, RULE)
    found = board["entities"]["suspect"]
    assert (found["pairs_completeness"], found["candidate_pairs"], found["reduction_ratio"]) == (None, None, None)
    assert [warning["code"] for warning in board["warnings"]] == ["blocking_unknown"]


def test_a_slice_and_its_complement_share_the_pairs_out() -> None:
    both = measured(results(LINKS, TRUTH, traits=[("us", "u2", "alias_used"), ("us", "u9", "alias_used")]))["slices"]["alias_used"]
    assert figures(both["within"]) == (2, 1, 0.5, 1.0, 2 / 3)  # Bob's pair is found, Cal's link is wrong
    assert figures(both["others"]) == (1, 1, 1.0, 1 / 3, 0.5)  # of Ana's three pairs one is released
    assert (both["records"], both["within"]["true_pairs"], both["others"]["true_pairs"]) == (1, 1, 3)


def test_clusters_by_hand() -> None:
    """Ana exactly; Bob with Cal in one cluster. Of its pairs mx-us alone is right."""
    found = measured(results(LINKS, TRUTH, CLUSTERS))["clusters"]
    assert figures(found["pairwise"]) == (6, 4, 4 / 6, 1.0, 0.8)
    assert (found["true_clusters"], found["exact"], found["under_merged"]) == (2, 1, 0)
    assert (found["made_clusters"], found["over_merged"]) == (2, 1)
    assert found["b_cubed"]["precision"] == pytest.approx((3 + 2 / 3 + 2 / 3 + 1 / 3) / 6)
    assert found["b_cubed"]["recall"] == 1.0


def test_calibration_by_hand() -> None:
    found = measured(results(LINKS, TRUTH))["calibration"]
    assert found["brier"] == pytest.approx((0.001**2 + 0.05**2 + 0.92**2 + 0.4**2) / 4)
    assert found["brier_of_base_rate"] == 0.75 * 0.25
    assert [(row["from"], row["links"], row["right"]) for row in found["bins"]] == [(0.6, 1, 1), (0.9, 1, 0), (0.95, 1, 1), (0.999, 1, 1)]


def test_the_units_own_estimates_against_the_truth() -> None:
    listed = pd.DataFrame([("suspect", "ca", "us", "B", 1, 90)], columns=["entity", *LISTED])
    said = Said({"suspect": {("ca", "mx"): 1.2, ("ca", "us"): 1.0, ("mx", "us"): 1.8}}, listed)
    found = measured(results(LINKS, TRUTH), said=said)
    own = found["estimates"]
    assert (own["matches"]["estimate"], own["matches"]["truth"], own["right_links"]["truth"]) == (4.0, 4, 2)
    assert own["precision"]["estimate"] == pytest.approx((0.999 + 0.95 + 0.92) / 3)
    assert own["recall"]["estimate"] == pytest.approx((0.999 + 0.95 + 0.92) / 4)
    assert own["bands"]["B"]["truth"] == 0.5
    assert own["by_owner_pair"]["ca-us"]["listed"] == [{"band": "B", "links": 1, "estimate": 0.9, "truth": 0.0, "error": 0.9}]
    assert found["by_owner_pair"]["ca-mx"]["expected_matches"] == 1.2


def test_the_curve_cuts_like_links_together_and_knows_the_best_cut() -> None:
    found = measured(results([*LINKS, ("ca", "c3", "mx", "m2", 0.95)], TRUTH))["curve"]
    assert [(point["probability"], point["links"], point["right"]) for point in found["points"]] == [
        (0.999, 1, 1), (0.95, 3, 2), (0.92, 4, 2), (0.6, 5, 3),
    ]  # fmt: skip
    assert found["best"]["links"] == 5


def test_nothing_to_measure_is_null_and_no_error() -> None:
    board = scoreboard(results([], [("ca", "c1", "ana")]), COMPARED, SILENT, RULE)
    found = board["entities"]["suspect"]
    assert figures(found["default"]) == (0, 0, None, None, None)
    assert (found["default"]["f1_interval"], found["pairs_completeness"], found["curve"]["best"]) == (None, None, None)
    assert (found["calibration"]["brier"], found["clusters"]["exact_share"], found["slices"]) == (None, None, {})


def test_the_fixed_figures_of_quality_json() -> None:
    quality = quality_of(scoreboard(results(LINKS, TRUTH), COMPARED, SILENT, RULE))["suspect"]
    assert set(quality) == {"true_pairs", "candidate_pairs", "pairs_completeness", "reduction_ratio", "bands", "default", "by_owner_pair"}
    assert quality["default"] == {"links": 3, "precision": 2 / 3, "recall": 0.5, "f1": 4 / 7}
    assert set(quality["by_owner_pair"]["ca-mx"]["bands"]) == {"A", "B", "C"}


@settings(deadline=None, max_examples=60)
@given(LINKED, TRUTHS, CLUSTERED, MARKED)
def test_the_slow_twin_agrees(links: list[Link], truth: Any, clusters: Any, marked: Any) -> None:
    entity_of = {(owner, record): identity for owner, record, identity in truth}
    found = measured(results(links, truth, clusters, marked))
    true = reference.true_pairs(entity_of)
    best: dict[frozenset[tuple[str, str]], float] = {}
    for a, i, b, j, probability in links:
        pair = frozenset([(a, i), (b, j)])
        best[pair] = max(best.get(pair, 0.0), probability)
    decided = {pair for pair, probability in best.items() if probability >= 0.9}
    wanted = reference.quality(decided, true)
    assert {name: found["default"][name] for name in wanted} == wanted
    traits = {(owner, record) for owner, record, _ in marked}
    if found["slices"]:
        for name, inside in (("within", True), ("others", False)):
            chosen = [{pair for pair in pairs if bool(pair & traits) == inside} for pairs in (decided, true)]
            wanted = reference.quality(*chosen)
            assert {key: found["slices"]["marked"][name][key] for key in wanted} == wanted
    _clusters_agree(found["clusters"], clusters, entity_of)
    brier = [(probability - (pair in true)) ** 2 for pair, probability in best.items()]
    assert found["calibration"]["brier"] == (pytest.approx(np.mean(brier)) if brier else None)


def _clusters_agree(found: Any, clusters: Any, entity_of: dict[tuple[str, str], str]) -> None:
    label_of = {(owner, record): cluster for cluster, owner, record in clusters}
    records = {*entity_of, *label_of}
    made, true = reference.groups(label_of, records), reference.groups(entity_of, records)
    wanted = reference.quality(reference.true_pairs(label_of), reference.true_pairs(entity_of))
    assert {name: found["pairwise"][name] for name in wanted} == wanted
    assert {name: found[name] for name in reference.whole_clusters(made, true)} == reference.whole_clusters(made, true)
    assert (found["b_cubed"]["precision"], found["b_cubed"]["recall"]) == pytest.approx(reference.b_cubed(made, true))


@settings(deadline=None, max_examples=25)
@given(LINKED, TRUTHS, CLUSTERED)
def test_the_order_of_rows_changes_nothing(links: list[Link], truth: Any, clusters: Any) -> None:
    tables = results(links, truth, clusters)
    turned = Results(*(table.iloc[::-1].reset_index(drop=True) for table in tables[:5]), tables.traits_from)
    assert scoreboard(tables, COMPARED, SILENT, RULE) == scoreboard(turned, COMPARED, SILENT, RULE)


def test_owners_without_records_make_no_pair() -> None:
    found = measured(results([("ca", "c1", "zz", "z1", 0.99)], TRUTH))
    assert sorted(found["by_owner_pair"]) == ["ca-mx", "ca-us", "mx-us"] and found["default"]["links"] == 1
