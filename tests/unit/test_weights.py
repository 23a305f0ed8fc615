"""Match weights, worked by hand: three patterns of two filters, then the rules of the room one by one."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.agreeing import default_m, default_u
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from linkage.unit.distributions import DEFAULT_PAIRS, STEADY_PAIRS
from linkage.unit.weights import Evidence, PatternCounts, Weights, comparisons_of, hit_together
from tests import reference_unit as twin
from tests.reference_unit import Levels
from tests.unit.made_rules import YES_NO, codes_of, counted, rule_of, sample_of

TWO = rule_of({"a": YES_NO, "b": YES_NO})
GROUPED = rule_of({"a": YES_NO, "b": YES_NO}, [["a", "b"]])
NONE = {(1, 1): 0}


def weights_of(rule: EntityRule, non_matches: dict[Levels, int], matches: dict[Levels, float]) -> Weights:
    return Evidence(rule, [sample_of(rule, non_matches)], (1000, 1000)).weights(PatternCounts(*counted(rule, matches)))


def weight(weights: Weights, rule: EntityRule, *patterns: Levels) -> list[float]:
    return weights.of(codes_of(rule, patterns)).tolist()


def test_three_patterns_by_hand() -> None:
    """100 non-matches and 20 matches, each with four pairs of the default distribution in addition.

    Default m: disagree 0.08 / 2.08, agree 2 / 2.08; default u: disagree 1 / 1.3, agree 0.3 / 1.3.
    """
    weights = weights_of(TWO, {(1, 1): 90, (2, 1): 6, (1, 2): 4}, {(2, 2): 16, (2, 1): 3, (1, 2): 1})
    m_a, m_b = (19 + 4 * 2 / 2.08) / 24, (17 + 4 * 2 / 2.08) / 24
    u_a, u_b = (6 + 4 * 0.3 / 1.3) / 104, (4 + 4 * 0.3 / 1.3) / 104
    agree_a, agree_b = log2(m_a / u_a), log2(m_b / u_b)
    differ_a, differ_b = log2((1 - m_a) / (1 - u_a)), log2((1 - m_b) / (1 - u_b))
    expected = [agree_a + agree_b, agree_a + differ_b, differ_a + differ_b]
    assert weight(weights, TWO, (2, 2), (2, 1), (1, 1)) == pytest.approx(expected)


def test_agreement_speaks_for_and_disagreement_against_a_match_before_anything_is_learned() -> None:
    best, worst = weight(weights_of(TWO, NONE, NONE), TWO, (2, 2), (1, 1))
    assert best > 0 > worst


@pytest.mark.parametrize("levels", [3, 4, 6, 9])
def test_defaults_are_distributions_over_what_is_present(levels: int) -> None:
    for default in (default_m(levels), default_u(levels)):
        assert default.sum() == pytest.approx(1.0)
        assert default[0] == 0.0
        assert (default[1:] > 0).all()
    assert default_m(levels)[-1] == max(default_m(levels))
    assert default_u(levels)[1] == max(default_u(levels))


def test_what_no_non_match_ever_had_counts_as_half_a_pair() -> None:
    """Nine in a million would be too bold a guess from 400 pairs, nought would be certainty."""
    weights = weights_of(GROUPED, {(1, 1): 400}, {(2, 2): 1000})
    agree = (1000 + 4 * 2 / 2.08) / 1004
    assert weight(weights, GROUPED, (2, 2)) == pytest.approx([log2(agree * agree / (0.5 / 400))])


def test_what_one_error_hits_is_learned_jointly_and_leans_on_what_the_filters_say_apart() -> None:
    """The same, of two filters with one label."""
    rule = rule_of({"a": YES_NO, "b": YES_NO}, [["a", "b"]], {"a": "name", "b": "name"})
    agree = (1000 + 4 * 2 / 2.08) / 1004
    m = 0.7 * 1.0 + 0.3 * (agree * agree * agree) ** 0.5
    assert weight(weights_of(rule, {(1, 1): 400}, {(2, 2): 1000}), rule, (2, 2)) == pytest.approx([log2(m / (0.5 / 400))])


def test_errors_hit_filters_of_one_label_or_one_field() -> None:
    """Surname and whole name hold one field, house and street have one label; a date stands alone. Filters are in name order."""
    rule = rule_of(dict.fromkeys(("date", "house", "street", "surname", "whole"), YES_NO), (), {"house": "address", "street": "address"})
    whole = rule.filters["whole"].model_copy(update={"fields": ["given", "surname"]})
    rule = rule.model_copy(update={"filters": rule.filters | {"whole": whole}})
    assert hit_together(rule, (0, 1, 2, 3, 4)) == [[0], [1, 2], [3, 4]]
    assert hit_together(rule, (1, 3)) == [[0], [1]]


def test_chains_of_companies_that_lie_at_one_owner_do_not_devalue_a_name_between_owners() -> None:
    """Both owners together hold 400 pairs of equal names among two million; 40 met between the two, which make two million as well."""
    rule = rule_of({"a": YES_NO}).model_copy(update={"between": True})
    codes = codes_of(rule, [(1,), (2,)])
    sample = NonMatches(codes, np.array([600, 200]), np.array([100, 0]), (800, 1_000_000))
    evidence = Evidence(rule, [sample, sample], (1000, 2000))
    matches, seen = PatternCounts(*counted(rule, {(2,): 100.0})), PatternCounts(*counted(rule, {(1,): 900.0, (2,): 40.0}))
    before, after = (weight(one.weights(matches), rule, (2,), (1,)) for one in (evidence, evidence.between(seen)))
    scale = 2_000_000 / (1000 * 2000)
    assert after[0] - before[0] == pytest.approx(log2((400 + STEADY_PAIRS) / (40 * scale + STEADY_PAIRS)))
    assert after[1] - before[1] == pytest.approx(log2((1200 + STEADY_PAIRS) / (900 * scale + STEADY_PAIRS)))


def test_between_owners_nothing_is_learned_where_the_agreement_does_not_say_so() -> None:
    evidence = Evidence(TWO, [sample_of(TWO, {(1, 1): 400})], (20, 20))
    assert evidence.between(PatternCounts(*counted(TWO, {(2, 2): 1.0}))) is evidence


MISSING = [  # pattern, the pattern that must weigh the same because the rest says nothing
    ((2, 0), (2,)),
    ((0, 2), (2,)),
    ((1, 0), (1,)),
    ((0, 0), ()),
]


@pytest.mark.parametrize("rule", [TWO, GROUPED], ids=["apart", "grouped"])
def test_a_missing_filter_says_nothing(rule: EntityRule) -> None:
    weights = weights_of(rule, {(1, 1): 90, (2, 1): 6, (1, 2): 6}, {(2, 2): 16, (2, 1): 3, (1, 2): 3})
    alone = rule_of({"a": YES_NO})
    single = weights_of(alone, {(1,): 96, (2,): 6}, {(2,): 19, (1,): 3})
    for pattern, same in MISSING:
        expected = weight(single, alone, same) if same else [0.0]
        assert weight(weights, rule, pattern) == pytest.approx(expected)


def test_fields_in_a_group_count_once() -> None:
    """Two names for the same thing: apart they would weigh twice what they say."""
    non_matches, matches = {(1, 1): 990, (2, 2): 10}, {(2, 2): 100.0}
    alone = rule_of({"a": YES_NO})
    once = weight(weights_of(alone, {(1,): 990, (2,): 10}, {(2,): 100.0}), alone, (2,))[0]
    apart = weight(weights_of(TWO, non_matches, matches), TWO, (2, 2))[0]
    grouped = weight(weights_of(GROUPED, non_matches, matches), GROUPED, (2, 2))[0]
    assert apart == pytest.approx(2 * once)
    assert grouped == pytest.approx(once, abs=0.15)


def test_filters_that_agree_together_are_found_to_be_one_comparison() -> None:
    together = sample_of(TWO, {(1, 1): 9_890, (2, 2): 100, (2, 1): 5, (1, 2): 5})
    by_chance = sample_of(TWO, {(1, 1): 8_100, (2, 2): 100, (2, 1): 900, (1, 2): 900})
    too_few = sample_of(TWO, {(1, 1): 9_940, (2, 2): 50, (2, 1): 5, (1, 2): 5})
    one_sampled = NonMatches(codes_of(TWO, [(1, 1), (2, 2)]), np.array([0, 0]), np.array([999, 1]), (0, 1_000_000))
    assert comparisons_of(TWO, [by_chance, too_few, one_sampled]) == [(0,), (1,)]  # the last stands for a thousand pairs and is one
    assert comparisons_of(TWO, [by_chance, together]) == [(0, 1)]


def test_a_number_that_is_borrowed_in_the_family_says_little_beside_the_surname() -> None:
    """Of a million pairs at home 110 share a number, 100 of them a surname too, as one pair in a thousand does by chance."""
    non_matches = {(1, 1): 998_890, (2, 2): 100, (2, 1): 1_000, (1, 2): 10}
    evidence = Evidence(TWO, [sample_of(TWO, non_matches)], (1000, 1000))
    alone = rule_of({"a": YES_NO})
    number, surname = ({(1,): 1_000_000 - agree, (2,): agree} for agree in (110, 1_100))
    apart = sum(weight(weights_of(alone, one, {(2,): 900.0}), alone, (2,))[0] for one in (number, surname))
    joined = weight(evidence.weights(PatternCounts(*counted(TWO, {(2, 2): 900.0}))), TWO, (2, 2))[0]
    by_chance = 110 * 1_100 / 1_000_000
    assert evidence.groups == [(0, 1)]
    assert apart - joined == pytest.approx(log2(100 / by_chance), abs=0.1)


def test_the_stratum_that_met_stands_for_itself_and_the_sample_for_the_rest() -> None:
    """Ten pairs met and all were counted; five of the 90 others were."""
    codes = codes_of(TWO, [(1, 1), (2, 2)])
    sample = NonMatches(codes, np.array([2, 8]), np.array([4, 1]), (10, 100))
    assert sample.weighted().tolist() == [2 + 4 * 18, 8 + 1 * 18]


PATTERNS = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2))
COUNTS = st.dictionaries(PATTERNS, st.integers(1, 500), min_size=1, max_size=12)
THREE = {"a": YES_NO, "b": [0.9, 0.5], "c": YES_NO}


@settings(deadline=None, max_examples=50)
@given(COUNTS, COUNTS)
def test_ungrouped_weights_are_those_of_the_slow_twin(non_matches: dict[Levels, int], matches: dict[Levels, int]) -> None:
    rule = rule_of(THREE)
    sizes = [rule.filters[name].codes for name in rule.filter_names]

    def m(at: int, level: int) -> float:
        return twin.share(matches, at, level, default_m(sizes[at]), DEFAULT_PAIRS)

    def u(at: int, level: int) -> float:
        present = sum(count for levels, count in non_matches.items() if levels[at])
        return max(twin.share(non_matches, at, level, default_u(sizes[at]), DEFAULT_PAIRS), 0.5 / max(present, 1))

    patterns = sorted({*matches, *non_matches})
    expected = [twin.weight(levels, m, u) for levels in patterns]
    weights = Evidence(rule, [sample_of(rule, non_matches)], (9, 9)).weights(PatternCounts(*counted(rule, matches)))
    if len(comparisons_of(rule, [sample_of(rule, non_matches)])) == 3:
        assert weight(weights, rule, *patterns) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(COUNTS, st.lists(PATTERNS, min_size=1, max_size=12), st.randoms())
def test_weights_depend_neither_on_order_nor_on_company(matches: dict[Levels, int], patterns: list[Levels], chance: object) -> None:
    rule = rule_of(THREE, [["a", "b"]])
    weights = weights_of(rule, {(1, 1, 1): 90, (2, 3, 1): 6}, dict(matches))
    together = weight(weights, rule, *patterns)
    assert together == [weight(weights, rule, pattern)[0] for pattern in patterns]
    assert np.isfinite(together).all()
    shuffled = list(matches.items())
    chance.shuffle(shuffled)
    assert weight(weights_of(rule, {(1, 1, 1): 90, (2, 3, 1): 6}, dict(shuffled)), rule, *patterns) == together
