"""Self-training on planted mixtures: what was planted is found, and where there is nothing, nothing is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.non_matches import NonMatches
from linkage.unit.training import Model, PairGroup, compete, train
from linkage.unit.weights import Evidence
from tests.reference_unit import competed
from tests.unit.made_rules import YES_NO, codes_of, rule_of

M = (0.92, 0.85, 0.95, 0.8, 0.9, 0.88)  # share of agreement among matches, by filter
U = (0.05, 0.02, 0.1, 0.01, 0.02, 0.05)  # and among non-matches
RULE = rule_of(dict.fromkeys("abcdef", YES_NO))
SIZE = 400  # records of each owner


def drawn(chance: np.random.Generator, agree: tuple[float, ...], count: int) -> np.ndarray:
    """Pattern codes of pairs whose filters agree independently."""
    levels = 1 + (chance.random((count, len(agree))) < agree)
    return levels @ 3 ** np.arange(len(agree))


def planted(matches: int, seed: int = 1) -> tuple[Model, PairGroup, np.ndarray]:
    """A model trained on all pairs of two tables whose first records match one to one; matching pairs come first."""
    chance = np.random.default_rng(seed)
    left, right = np.divmod(np.arange(SIZE * SIZE), SIZE)
    true = (left == right) & (left < matches)
    order = np.argsort(~true, kind="stable")
    pairs = np.concatenate([drawn(chance, M, matches), drawn(chance, U, SIZE * SIZE - matches)])
    codes, patterns = np.unique(pairs, return_inverse=True)
    group = PairGroup(left[order], right[order], patterns, np.zeros(pairs.size, dtype=np.uint8))
    samples = [NonMatches.of(codes[:0], drawn(chance, U, SIZE * (SIZE - 1) // 2), 0, SIZE * (SIZE - 1) // 2) for _ in range(2)]
    return train(Evidence(RULE, samples, (SIZE, SIZE)), codes, [group]), group, codes


@pytest.mark.parametrize("matches", [40, 200, 360, SIZE])
def test_the_planted_number_of_matches_is_found(matches: int) -> None:
    model, group, codes = planted(matches)
    assert model.matches == pytest.approx(matches, rel=0.1)
    linked = compete(group, model.odds(codes)) >= 0.5
    assert linked[:matches].mean() > 0.9
    assert linked[matches:].sum() <= 0.05 * matches


def test_the_planted_shares_are_learned() -> None:
    model, _, _ = planted(300)
    agree, disagree = (model.weights.by_group(codes_of(RULE, [(level,) * 6]))[0] for level in (2, 1))
    for at in range(6):
        assert agree[at] == pytest.approx(np.log2(M[at] / U[at]), abs=0.2)
        assert 2.0 ** disagree[at] * (1 - U[at]) == pytest.approx(1 - M[at], abs=0.05)


def test_where_there_are_no_matches_none_are_found() -> None:
    model, group, codes = planted(0)
    assert model.matches < 0.01 * SIZE
    assert (compete(group, model.odds(codes)) >= 0.5).sum() <= 1


def test_no_pairs_at_all_train_without_a_word() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    samples = [NonMatches.of(nothing, nothing, 0, 0)] * 2
    model = train(Evidence(RULE, samples, (1, 1)), nothing, [])
    assert model.matches == 0.5
    assert model.odds(nothing).size == 0


def test_training_is_the_same_every_time() -> None:
    first, second = (planted(100)[0] for _ in range(2))
    codes = np.arange(3**6)
    assert first.matches == second.matches
    assert first.weights.of(codes).tolist() == second.weights.of(codes).tolist()


def test_partitions_train_as_one() -> None:
    """Blocks lie in one partition each, so it must not matter how many partitions there are."""
    chance = np.random.default_rng(3)
    pairs = np.concatenate([drawn(chance, M, 300), drawn(chance, U, 300)])
    codes, patterns = np.unique(pairs, return_inverse=True)
    left, right = np.arange(600), np.arange(600)
    passes = np.zeros(600, dtype=np.uint8)
    evidence = Evidence(RULE, [NonMatches.of(codes[:0], drawn(chance, U, 9_000), 0, 44_850)] * 2, (300, 300))
    halves = [PairGroup(left[part], right[part], patterns[part], passes[part]) for part in (slice(0, 250), slice(250, 600))]
    whole, split = (train(evidence, codes, groups).matches for groups in ([PairGroup(left, right, patterns, passes)], halves))
    assert whole == pytest.approx(split)


def test_meeting_in_more_passes_is_not_more_matches() -> None:
    """Every true pair meets in three passes; the number of matches is that of records all the same."""
    chance = np.random.default_rng(4)
    pairs = np.concatenate([drawn(chance, M, 400), drawn(chance, U, 2_000)])
    codes, patterns = np.unique(pairs, return_inverse=True)
    sides = np.arange(3 * pairs.size)
    passes = np.repeat(np.arange(3, dtype=np.uint8), pairs.size)
    evidence = Evidence(RULE, [NonMatches.of(codes[:0], drawn(chance, U, 9_000), 0, 499_500)] * 2, (1000, 1000))
    model = train(evidence, codes, [PairGroup(sides, sides, np.tile(patterns, 3), passes)])
    assert model.matches == pytest.approx(400, rel=0.1)


def group_of(pairs: list[tuple[int, int]]) -> PairGroup:
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return PairGroup(left, right, np.arange(len(pairs)), np.zeros(len(pairs), dtype=np.uint8))


def test_two_candidates_that_look_the_same_halve() -> None:
    assert compete(group_of([(0, 0), (0, 1)]), np.array([1e6, 1e6])) == pytest.approx([0.5, 0.5], abs=1e-5)


def test_a_pair_alone_has_its_own_odds() -> None:
    assert compete(group_of([(0, 0), (1, 1)]), np.array([3.0, 1e30])) == pytest.approx([0.75, 1.0])


@settings(deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.floats(1e-6, 1e9), min_size=1, max_size=12))
def test_competition_is_that_of_the_slow_twin(odds: dict[tuple[int, int], float]) -> None:
    found = compete(group_of(list(odds)), np.array(list(odds.values())))
    assert found == pytest.approx(competed([(left, right, one) for (left, right), one in odds.items()]), rel=1e-3, abs=1e-9)
