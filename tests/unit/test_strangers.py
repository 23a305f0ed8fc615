"""Pairs that are taken to be no matches: noted beside the possible matches, and what they are good for."""

from pathlib import Path

import numpy as np
import pytest

from linkage.protocol.non_matches import NonMatches
from linkage.unit.strangers import read_strangers, strangers_path, write_strangers
from linkage.unit.training import PairGroup, compete, train
from linkage.unit.weights import Evidence, PatternCounts
from tests.unit.made_rules import YES_NO, codes_of, rule_of


def test_what_is_written_is_read(tmp_path: Path) -> None:
    possible = tmp_path / "thing.a.b.arrow"
    write_strangers(possible, PatternCounts(np.array([3, 8]), np.array([0.25, 17.0])))
    assert strangers_path(possible).name == "thing.a.b.strangers.arrow"
    found = read_strangers(possible)
    assert (found.codes.tolist(), found.counts.tolist()) == ([3, 8], [0.25, 17.0])


PAIRS = 300  # records of each owner that met one of the other's


def linked(between: bool, sisters: int) -> float:
    """Mean probability of pairs that agree in the name alone: 100 pairs beside 100 that agree in the address too and 100 in nothing.

    Each owner holds ``sisters`` pairs of companies with equal names.
    """
    rule = rule_of({"name": YES_NO, "street": YES_NO}).model_copy(update={"between": between})
    patterns = codes_of(rule, [(2, 0), (2, 2), (1, 1)])
    codes, places = np.unique(np.repeat(patterns, 100), return_inverse=True)
    sides = np.arange(PAIRS)
    group = PairGroup(sides, sides, places, np.zeros(PAIRS, dtype=np.uint8))
    size, home = 6_000, codes_of(rule, [(2, 1), (1, 2), (1, 1)])
    met = np.repeat(home, [sisters, 500, 2_000])
    samples = [NonMatches.of(met, np.repeat(home[2:], 100_000), met.size, size * (size - 1) // 2)] * 2
    model = train(Evidence(rule, samples, (size, size)), codes, [group])
    return float(compete(group, model.odds(codes))[places == np.searchsorted(codes, patterns[0])].mean())


def test_sisters_at_home_that_do_not_show_between_owners_are_not_held_against_a_name() -> None:
    assert linked(between=False, sisters=1_000) < 0.3
    assert linked(between=True, sisters=1_000) > 2 * linked(between=False, sisters=1_000)


@pytest.mark.parametrize("between", [False, True])
def test_where_names_are_rare_at_home_nothing_needs_to_be_lowered(between: bool) -> None:
    assert linked(between, sisters=5) > 0.9
