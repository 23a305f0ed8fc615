"""What is expected of links, on clusters small enough to count by hand."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.protocol.agreement import DecisionRule
from linkage.unit.calibration import Basis
from linkage.unit.estimates import FEWEST, Learned, estimate, precision_interval, remarks, triangles
from linkage.unit.nodes import WeighedPair
from tests.unit.weighed import name, pairs_of

RULE = DecisionRule(bands={"A": 0.99, "B": 0.9, "C": 0.5}, release="C", possible=0.02)
OWN = Basis(own_pairs=True, ratio=1.0, error=0.2)


def link(left: str, right: str, probability: float = 0.95) -> WeighedPair:
    """``ca1`` is record 1 of owner ca."""
    return WeighedPair((left[:2], name(left[2:])), (right[:2], name(right[2:])), 10.0, probability, 0)


TRIANGLES = [  # links, and by owners: pairs of records that a third one joins, and how many of them are links
    ([("ca1", "mx1"), ("ca1", "us1"), ("mx1", "us1")], {("ca", "mx"): (1, 1), ("ca", "us"): (1, 1), ("mx", "us"): (1, 1)}),
    ([("ca1", "mx1"), ("mx1", "us1")], {("ca", "us"): (1, 0)}),  # they must be the same, and nobody linked them
    ([("ca1", "mx1"), ("ca2", "us2")], {}),
    ([("ca1", "mx1"), ("mx1", "us1"), ("ca2", "mx2"), ("ca2", "us2"), ("mx2", "us2")],
     {("ca", "mx"): (1, 1), ("ca", "us"): (2, 1), ("mx", "us"): (1, 1)}),
    ([("ca1", "mx1"), ("mx1", "us1"), ("ca1", "uk1"), ("uk1", "us1")],
     {("ca", "us"): (1, 0), ("mx", "uk"): (1, 0)}),  # joined twice, missed once
]  # fmt: skip


@pytest.mark.parametrize(("links", "expected"), TRIANGLES)
def test_triangles(links: list[tuple[str, str]], expected: dict[tuple[str, str], tuple[int, int]]) -> None:
    assert triangles(pairs_of(link(*sorted(ends)) for ends in links)) == expected


RECORDS = [owner + number for owner in ("ca", "mx", "uk", "us") for number in "12"]
LINKS = st.sets(st.sampled_from([ends for ends in combinations(RECORDS, 2) if ends[0][:2] != ends[1][:2]]))


@given(LINKS)
def test_triangles_are_those_that_one_finds_by_trying_all(links: set[tuple[str, str]]) -> None:
    """The slow twin: every two records of different owners, and every third one."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for a, b in combinations(RECORDS, 2):
        near = [{other for ends in links if one in ends for other in ends if other != one} for one in (a, b)]
        if a[:2] != b[:2] and near[0] & near[1]:
            seen, linked = counts.get((a[:2], b[:2]), (0, 0))
            counts[a[:2], b[:2]] = seen + 1, linked + ((a, b) in links)
    assert triangles(pairs_of(link(*ends) for ends in links)) == counts


def test_precision_is_the_mean_probability_and_recall_of_two_owners_the_share_of_the_expected_matches() -> None:
    links = [link(f"ca{number}", f"mx{number}", 0.99 if number < 60 else 0.6) for number in range(100)]
    found = estimate(pairs_of(links), {("ca", "mx"): Learned(90.0, OWN)}, RULE)
    right = 60 * 0.99 + 40 * 0.6
    assert (found["links"], found["precision"], found["recall"]) == (100, round(right / 100, 4), round(right / 90, 4))
    assert found["recall_from"] == "compared pairs"
    assert {band: row["links"] for band, row in found["bands"].items()} == {"A": 60, "B": 0, "C": 40}
    assert [(row["probability"], row["links"]) for row in found["cuts"]][:3] == [(0.5, 100), (0.6, 100), (0.7, 60)]
    (pair,) = found["owner_pairs"]
    assert (pair["owner_a"], pair["owner_b"], pair["basis"], pair["diverged"]) == ("ca", "mx", "own pairs", False)
    assert pair["expected_matches"] == 90.0


def test_as_many_matches_of_two_owners_never_met_as_met_once() -> None:
    links = [link(f"ca{number}", f"mx{number}", 1.0) for number in range(80)]
    found = estimate(pairs_of(links), {("ca", "mx"): Learned(80.0, OWN, met_once=20.0)}, RULE)
    assert (found["expected_matches"], found["recall"]) == (100.0, 0.8)
    low, high = found["recall_interval"]
    assert low < 0.75 < 0.8 < 0.9 < high + 0.05


def test_recall_comes_from_triangles_where_there_are_enough() -> None:
    """Of 40 that mx joins, ca and us are linked to each other in 30: a quarter of their matches is lost."""
    links = [link(f"ca{number}", f"mx{number}", 1.0) for number in range(40)] + [link(f"mx{n}", f"us{n}", 1.0) for n in range(40)]
    links += [link(f"ca{number}", f"us{number}", 1.0) for number in range(30)]
    learned = {owners: Learned(41.0, OWN) for owners in (("ca", "mx"), ("ca", "us"), ("mx", "us"))}
    found = estimate(pairs_of(links), learned, RULE)
    by_owners = {(row["owner_a"], row["owner_b"]): row for row in found["owner_pairs"]}
    assert by_owners["ca", "us"]["recall"] == 0.75
    assert by_owners["ca", "us"]["expected_matches"] == 40.0
    low, high = by_owners["ca", "us"]["recall_interval"]
    assert low < 0.75 < high and high - low < 0.3
    assert by_owners["ca", "mx"]["recall"] == 1.0  # all 30 that us joins
    assert found["recall"] == pytest.approx(110 / 120, abs=1e-4)
    assert found["recall_from"] == "triangles"


def test_a_few_triangles_tell_nothing() -> None:
    links = [link(f"ca{n}", f"mx{n}") for n in range(FEWEST - 1)] + [link(f"mx{n}", f"us{n}") for n in range(FEWEST - 1)]
    found = estimate(pairs_of(links), {owners: Learned(19.0, OWN) for owners in (("ca", "mx"), ("mx", "us"))}, RULE)
    assert found["recall_from"] == "compared pairs"


INTERVALS = [  # links, false ones, relative error of their number; what must lie inside, what outside
    ((100, 0.0, 0.0), (0.97, 1.0), 0.95),
    ((100, 10.0, 0.0), (0.85, 0.94), 0.80),
    ((1000, 100.0, 0.0), (0.885, 0.915), 0.87),
    ((1000, 100.0, 0.5), (0.81, 0.98), 0.78),  # hardly anything was counted
]


@pytest.mark.parametrize(("given", "inside", "outside"), INTERVALS)
def test_the_less_was_counted_the_wider_the_interval(given: tuple[int, float, float], inside: tuple[float, float], outside: float) -> None:
    interval = precision_interval(*given)
    assert interval is not None
    assert interval[0] <= inside[0] and inside[1] <= interval[1] and outside < interval[0]


def test_without_links_nothing_is_said() -> None:
    found = estimate(pairs_of([]), {("ca", "mx"): Learned(0.0, None)}, RULE)
    assert (found["links"], found["precision"], found["precision_interval"], found["recall"]) == (0, None, None, None)
    assert found["owner_pairs"][0]["basis"] == "nothing"
    assert estimate(pairs_of([]), {}, RULE)["owner_pairs"] == []


def test_divergence_is_one_line_for_two_owners() -> None:
    learned = {("ca", "mx"): Learned(5.0, OWN._replace(diverged=True)), ("ca", "us"): Learned(5.0, OWN)}
    (line,) = remarks({"entities": {"suspect": estimate(pairs_of([link("ca1", "mx1")]), learned, RULE)}})
    assert line.startswith("suspect, ca and mx: self-training diverged") and line.endswith("(1 links)")
