"""How many matches weigh too little, on planted matches of which everyone knows how they err."""

import numpy as np
import pytest

from linkage.unit.unlike import share_unlike
from linkage.unit.weights import Evidence, PatternCounts, Weights
from tests.unit.made_rules import YES_NO, codes_of, rule_of, sample_of

FILTERS = dict.fromkeys("abcd", YES_NO)
RULE = rule_of(FILTERS)
ALIKE = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.95}  # share of agreement of each filter among matches
NEEDED = [2, 3]  # filters that must agree


def weights_of() -> Weights:
    """Each filter weighs about the same, so that a match weighs by how many filters agree."""
    strangers = {tuple(1 + (number >> at & 1) for at in range(4)): 1000 if number == 0 else 40 for number in range(16)}
    matches = codes_of(RULE, [(2, 2, 2, 2), (1, 1, 1, 1)])
    order = np.argsort(matches)
    return Evidence(RULE, [sample_of(RULE, strangers)], (100, 100)).weights(PatternCounts(matches[order], np.array([80.0, 20.0])[order]))


def planted(missing: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Codes of matches who err independently, and how many filters of each agree; ``missing`` have no d."""
    chance = np.random.default_rng(3)
    agree = chance.random((count, 4)) < list(ALIKE.values())
    levels = 1 + agree.astype(np.int64)
    levels[chance.random(count) < missing, 3] = 0
    return codes_of(RULE, [tuple(row) for row in levels.tolist()]), (levels == 2).sum(axis=1)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("needed", NEEDED)
def test_the_share_that_is_lost_is_found_from_those_that_are_not(needed: int, missing: float) -> None:
    weights = weights_of()
    codes, _ = planted(missing)
    weighs = weights.of(codes)
    lightest = float(np.median(weights.of(codes_of(RULE, [(2,) * needed + (1,) * (4 - needed)]))))
    linked = codes[weighs >= lightest]
    lost = 1.0 - linked.size / codes.size
    assert share_unlike(linked, np.ones(linked.size), weights, lightest) == pytest.approx(lost, abs=0.02)


def test_links_without_any_error_tell_nothing_of_those_that_have_some() -> None:
    """The limit of the method: where all four must agree, nobody knows how often they do not."""
    codes, agreeing = planted(0.0)
    linked, weights = codes[agreeing == 4], weights_of()
    assert linked.size < 0.6 * codes.size
    assert share_unlike(linked, np.ones(linked.size), weights, float(weights.of(linked).min())) == 0.0


def test_nothing_is_lost_where_everything_is_linked() -> None:
    codes, _ = planted(0.0, 500)
    assert share_unlike(codes, np.ones(500), weights_of(), -1000.0) == 0.0


def test_without_links_nothing_is_said() -> None:
    assert share_unlike(np.zeros(0, np.int64), np.zeros(0), weights_of(), 0.0) == 0.0


def test_it_is_repeatable() -> None:
    codes, agreeing = planted(0.3, 2000)
    linked, weights = codes[agreeing >= 3], weights_of()
    lightest = float(weights.of(linked).min())
    first = share_unlike(linked, np.ones(linked.size), weights, lightest)
    assert first == share_unlike(linked, np.ones(linked.size), weights_of(), lightest)
    assert first > 0.05
