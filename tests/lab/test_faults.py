"""Planted faults: each is said in plain words, and no figure is a division by zero."""

from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from linkage.lab.results import Results
from linkage.lab.scoreboard import scoreboard
from tests.lab.judged_tables import RULE, SILENT, Link, results

PEOPLE = range(20)
TRUTH = [(owner, f"{owner}{number}", f"person {number}") for number in PEOPLE for owner in ("ca", "mx")]
RIGHT: list[Link] = [("ca", f"ca{number}", "mx", f"mx{number}", 0.995) for number in PEOPLE]
CLUSTERS = [(str(number), owner, f"{owner}{number}") for number in PEOPLE for owner in ("ca", "mx")]
EVERYTHING: list[Link] = [("ca", f"ca{one}", "mx", f"mx{other}", 0.995) for one in PEOPLE for other in PEOPLE]
SWAPPED: list[Link] = [("mx", left, "ca", right, chance) for _, left, _, right, chance in RIGHT]


def said(tables: Results) -> dict[str, Any]:
    warnings = scoreboard(tables, None, SILENT, RULE)["warnings"]
    assert all(warning["text"] and warning["count"] > 0 for warning in warnings)
    return {warning["code"]: warning for warning in warnings if warning["code"] != "blocking_unknown"}


def test_an_honest_matcher_is_left_alone() -> None:
    assert said(results(RIGHT, TRUTH, CLUSTERS)) == {}


PLANTED = [  # links, what is found, how many
    ([], "nothing_linked", 20),
    (EVERYTHING, "everything_linked", 400),
    (EVERYTHING, "too_sure", 400),
    (SWAPPED, "wrong_owner", 40),
    (SWAPPED, "owners_swapped", 20),
    (SWAPPED, "nothing_right", 20),
    ([*RIGHT, ("ca", "ca0", "mx", "nobody", 0.995)], "unknown_records", 1),
    ([*RIGHT, *RIGHT[:3]], "repeated_links", 3),
    ([*RIGHT, ("mx", "mx4", "ca", "ca4", 0.995)], "repeated_links", 1),
    ([*RIGHT, ("ca", "ca0", "mx", "mx1", 1.5)], "impossible_probability", 1),
    ([*RIGHT, ("ca", "ca0", "mx", "mx1", -0.5)], "impossible_probability", 1),
    ([*RIGHT, ("ca", "ca0", "mx", "mx1", 0.1)], "unknown_band", 1),
    ([*RIGHT, ("ca", "ca0", "ca", "ca1", 0.995)], "same_owner", 1),
    ([*RIGHT, ("ca", "ca0", "mx", "mx1", 0.995)], "links_across_clusters", 1),
]  # fmt: skip


@pytest.mark.parametrize(("links", "code", "count"), PLANTED, ids=[f"{code}-{count}" for _, code, count in PLANTED])
def test_planted_faults_are_found(links: list[Link], code: str, count: int) -> None:
    found = said(results(links, TRUTH, CLUSTERS))
    assert found[code]["count"] == count


def test_owners_that_share_their_record_ids_are_found_swapped_by_the_truth() -> None:
    """Both owners number their records from 0, in different orders, so that no id is unknown anywhere."""
    at_mx = {(7 * number + 3) % 20: str(number) for number in PEOPLE}
    truth = [("ca", str(one), f"person {one}") for one in PEOPLE] + [("mx", at_mx[one], f"person {one}") for one in PEOPLE]
    links: list[Link] = [("ca", str(one), "mx", at_mx[one], 0.995) for one in PEOPLE]
    turned: list[Link] = [("mx", left, "ca", right, chance) for _, left, _, right, chance in links]
    assert "owners_swapped" not in said(results(links, truth))
    found = said(results(turned, truth))
    assert "wrong_owner" not in found and found["owners_swapped"]["count"] == 16  # four fit either way


def test_three_owners_whose_names_went_round_are_found() -> None:
    truth = [(owner, f"{owner}{number}", f"person {number}") for number in PEOPLE for owner in ("ca", "mx", "us")]
    other = {"ca": "mx", "mx": "us", "us": "ca"}
    links: list[Link] = [
        (other[a], f"{a}{number}", other[b], f"{b}{number}", 0.995) for number in PEOPLE for a, b in combinations(other, 2)
    ]
    assert {"wrong_owner", "owners_swapped", "nothing_right"} <= said(results(links, truth)).keys()


def test_what_is_wrong_with_the_truth_is_said() -> None:
    odd = [*TRUTH, ("ca", "ca0", "person 1"), ("ca", "ca99", "")]
    found = said(results(RIGHT, odd, CLUSTERS))
    assert found["truth_contradicts_itself"]["count"] == found["truth_without_entity"]["count"] == 1
    tables = results(RIGHT, TRUTH, CLUSTERS)
    fewer = tables._replace(records=tables.records[tables.records["record_id"] != "mx3"])
    assert said(fewer)["truth_about_absent_records"]["count"] == 1
    assert "no_true_pairs" in said(results([], TRUTH[:1]))


def test_links_of_a_type_without_truth_are_said_to_be_unmeasured() -> None:
    tables = results(RIGHT, TRUTH, CLUSTERS)
    guns = tables.links.head(2).assign(entity="firearm")
    assert said(tables._replace(links=pd.concat([tables.links, guns])))["no_truth_for_type"]["count"] == 2


def test_a_band_that_does_not_fit_its_probability_is_said_but_rounding_is_none() -> None:
    tables = results([*RIGHT, ("ca", "ca0", "mx", "mx1", 0.99)], TRUTH)
    wrong = tables.links.assign(band="B")
    assert said(tables._replace(links=wrong.head(20)))["misplaced_band"]["count"] == 20
    rounded = wrong.tail(1)  # 0.9899999 is written as 0.990000, and is in band B
    assert "misplaced_band" not in said(tables._replace(links=rounded))


def test_nobody_is_named() -> None:
    links = [*EVERYTHING, *SWAPPED, ("ca", "SECRET-1", "mx", "SECRET-2", 7.0)]
    assert "SECRET" not in str(scoreboard(results(links, TRUTH, CLUSTERS), None, SILENT, RULE))
