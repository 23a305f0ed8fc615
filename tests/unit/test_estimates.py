"""What is expected of links, on clusters small enough to count by hand."""

from collections.abc import Iterable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.protocol.agreement import DecisionRule
from linkage.unit.calibration import Basis
from linkage.unit.estimates import FEWEST, Learned, Row, estimate, precision_interval, remarks, triangles
from linkage.unit.nodes import Pairs, WeighedPair
from tests.unit.weighed import name, pairs_of

RULE = DecisionRule(bands={"A": 0.99, "B": 0.9, "C": 0.5}, release="C", possible=0.02)
OWN = Basis(own_pairs=True, ratio=1.0, error=0.2)


def link(left: str, right: str, probability: float = 0.95) -> WeighedPair:
    """``ca1`` is record 1 of owner ca."""
    return WeighedPair((left[:2], name(left[2:])), (right[:2], name(right[2:])), 10.0, probability, 0)


TRIANGLES = [  # links, pairs that met besides, and by owners: pairs of records that a third one joins, and how many of them met
    ([("ca1", "mx1"), ("ca1", "us1"), ("mx1", "us1")], [], {("ca", "mx"): (1, 1), ("ca", "us"): (1, 1), ("mx", "us"): (1, 1)}),
    ([("ca1", "mx1"), ("mx1", "us1")], [], {("ca", "us"): (1, 0)}),  # they must be the same, and never met
    ([("ca1", "mx1"), ("mx1", "us1")], [("ca1", "us1")], {("ca", "us"): (1, 1)}),  # they met, and nobody linked them
    ([("ca1", "mx1"), ("ca2", "us2")], [], {}),
    ([("ca1", "mx1"), ("mx1", "us1"), ("ca2", "mx2"), ("ca2", "us2"), ("mx2", "us2")], [("ca2", "us1")],
     {("ca", "mx"): (1, 1), ("ca", "us"): (2, 1), ("mx", "us"): (1, 1)}),
    ([("ca1", "mx1"), ("mx1", "us1"), ("ca1", "uk1"), ("uk1", "us1")], [],
     {("ca", "us"): (1, 0), ("mx", "uk"): (1, 0)}),  # joined twice, missed once
]  # fmt: skip


def joined(links: Iterable[tuple[str, str]], besides: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    every = pairs_of([*(link(*sorted(ends)) for ends in links), *(link(*sorted(ends), 0.1) for ends in besides)])
    return triangles(every.chosen(every.probabilities > 0.5), every)


@pytest.mark.parametrize(("links", "besides", "expected"), TRIANGLES)
def test_triangles(links: list[tuple[str, str]], besides: list[tuple[str, str]], expected: dict[tuple[str, str], tuple[int, int]]) -> None:
    assert joined(links, besides) == expected


RECORDS = [owner + number for owner in ("ca", "mx", "uk", "us") for number in "12"]
LINKS = st.sets(st.sampled_from([ends for ends in combinations(RECORDS, 2) if ends[0][:2] != ends[1][:2]]))


@given(LINKS, LINKS)
def test_triangles_are_those_that_one_finds_by_trying_all(links: set[tuple[str, str]], besides: set[tuple[str, str]]) -> None:
    """The slow twin: every two records of different owners, and every third one."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for a, b in combinations(RECORDS, 2):
        near = [{other for ends in links if one in ends for other in ends if other != one} for one in (a, b)]
        if a[:2] != b[:2] and near[0] & near[1]:
            seen, met = counts.get((a[:2], b[:2]), (0, 0))
            counts[a[:2], b[:2]] = seen + 1, met + ((a, b) in links | besides)
    assert joined(links, besides - links) == counts


def estimated(links: Pairs, learned: dict[tuple[str, str], Learned]) -> Row:
    """Where links are all that met."""
    return estimate(links, links, learned, RULE)


def test_precision_is_the_mean_probability_and_recall_of_two_owners_the_share_of_the_expected_matches() -> None:
    links = [link(f"ca{number}", f"mx{number}", 0.99 if number < 60 else 0.6) for number in range(100)]
    found = estimated(pairs_of(links), {("ca", "mx"): Learned(90.0, OWN)})
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
    found = estimated(pairs_of(links), {("ca", "mx"): Learned(80.0, OWN, met_once=20.0)})
    assert (found["expected_matches"], found["recall"]) == (100.0, 0.8)


def test_nothing_or_twice_as_many_may_not_have_been_found() -> None:
    """Of 10,000 matches, where chance is small, 2,000 were not found, or 0 to 4,000."""
    links = [link(f"ca{number}", f"mx{number}", 1.0) for number in range(8000)]
    low, high = estimated(pairs_of(links), {("ca", "mx"): Learned(10_000.0, OWN)})["recall_interval"]
    assert (low, high) == (pytest.approx(8000 / 12_000, abs=0.03), pytest.approx(1.0, abs=0.05))


def test_triangles_tell_how_many_never_met_where_there_are_enough() -> None:
    """Of 240 whom mx joins, ca and us have 180 as links and 36 more that met: a tenth of their matches never did."""
    many = FEWEST + 40
    links = [link(f"ca{number}", f"mx{number}", 1.0) for number in range(many)] + [link(f"mx{n}", f"us{n}", 1.0) for n in range(many)]
    links += [link(f"ca{number}", f"us{number}", 1.0) for number in range(180)]
    met = [*links, *(link(f"ca{number}", f"us{number}", 0.2) for number in range(180, 216))]
    learned = {owners: Learned(250.0, OWN, met_once=100.0) for owners in (("ca", "mx"), ("ca", "us"), ("mx", "us"))}
    every = pairs_of(met)
    found = estimate(every.chosen(every.probabilities > 0.5), every, learned, RULE)
    by_owners = {(row["owner_a"], row["owner_b"]): row for row in found["owner_pairs"]}
    assert by_owners["ca", "us"]["expected_matches"] == pytest.approx(250 * 240 / 216, abs=0.1)
    assert by_owners["ca", "us"]["recall_from"] == "triangles"
    assert by_owners["ca", "mx"]["expected_matches"] == 350.0  # 180 triangles are too few
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
    found = estimated(pairs_of([]), {("ca", "mx"): Learned(0.0, None)})
    assert (found["links"], found["precision"], found["precision_interval"], found["recall"]) == (0, None, None, None)
    assert found["owner_pairs"][0]["basis"] == "nothing"
    assert estimated(pairs_of([]), {})["owner_pairs"] == []


def test_divergence_is_one_line_for_two_owners() -> None:
    learned = {("ca", "mx"): Learned(5.0, OWN._replace(diverged=True)), ("ca", "us"): Learned(5.0, OWN)}
    (line,) = remarks({"entities": {"suspect": estimated(pairs_of([link("ca1", "mx1")]), learned)}})
    assert line.startswith("suspect, ca and mx: self-training diverged") and line.endswith("(1 links)")
