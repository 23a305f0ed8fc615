"""Probabilities against own pairs, on planted worlds in which everyone knows who is a relative: what is said is what is true."""

from typing import NamedTuple

import numpy as np
import pytest

from linkage.protocol.non_matches import NonMatches
from linkage.unit.calibration import Calibrated, calibrate
from linkage.unit.training import Model, PairGroup, compete, train
from linkage.unit.weights import Evidence, PatternCounts
from tests.unit.made_rules import YES_NO, rule_of

FILTERS = dict.fromkeys("abcdefghijklmn", YES_NO)
RULE = rule_of(FILTERS, [sorted(FILTERS)])
SAME = (0.95,) * 6 + (0.85,) * 8  # share of agreement of each filter among matches
RELATED = (0.95,) * 6 + (0.35,) * 8  # among relatives, of whom some are named and born nearly alike
STRANGE = (0.05, 0.02, 0.1, 0.01, 0.02, 0.05, 0.05) * 2
SIZE = 3000  # records of each owner
POSSIBLE = 0.02


class World(NamedTuple):
    """What was learned of two owners, and which of their pairs are matches."""

    model: Model
    evidence: Evidence
    group: PairGroup
    codes: np.ndarray
    true: np.ndarray

    def calibrated(self) -> Calibrated:
        return calibrate(self.model, self.evidence, self.group, self.codes, POSSIBLE)


def drawn(chance: np.random.Generator, agree: tuple[float, ...], count: int) -> np.ndarray:
    return (1 + (chance.random((count, len(agree))) < agree)) @ 3 ** np.arange(len(agree))


def world(matches: int, relatives: int, at_home: int, seed: int = 1) -> World:
    """Two owners with ``matches``, ``relatives`` between them and ``at_home`` inside each; everybody meets a stranger too."""
    chance = np.random.default_rng(seed)
    pairs = np.concatenate([drawn(chance, SAME, matches), drawn(chance, RELATED, relatives), drawn(chance, STRANGE, SIZE)])
    left = np.concatenate([np.arange(matches), np.resize(chance.permutation(SIZE), relatives), np.arange(SIZE)])
    right = np.concatenate([np.arange(matches), np.resize(chance.permutation(SIZE), relatives), chance.permutation(SIZE)])
    samples = []
    for _ in range(2):
        met = np.concatenate([drawn(chance, RELATED, at_home), drawn(chance, STRANGE, SIZE)])
        samples.append(NonMatches.of(met, drawn(chance, STRANGE, 20_000), met.size, SIZE * (SIZE - 1) // 2))
    codes, patterns = np.unique(pairs, return_inverse=True)
    group = PairGroup(left, right, patterns.reshape(-1), np.zeros(pairs.size, dtype=np.uint8))
    evidence = Evidence(RULE, samples, (SIZE, SIZE))
    return World(train(evidence, codes, [group]), evidence, group, codes, np.arange(pairs.size) < matches)


def said_and_true(made: World, odds: np.ndarray) -> tuple[float, float, int]:
    """Precision of the links as the probabilities say it, as it is, and how many links there are."""
    probability = compete(made.group, odds)
    linked = probability >= 0.5
    return float(probability[linked].mean()), float(made.true[linked].mean()), int(linked.sum())


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("relatives", [1000, 2000, 4000])
def test_the_unit_is_not_too_hopeful_however_many_relatives_there_are(relatives: int, seed: int) -> None:
    """As many relatives between the owners as inside each, and twice or half as many, which the owners' own pairs alone cannot know."""
    made = world(600, relatives, 1000, seed)
    found = made.calibrated()
    said, true, links = said_and_true(made, found.odds)
    assert found.basis.own_pairs and not found.basis.diverged
    assert links > 350
    assert -0.12 < said - true < 0.03


def test_without_own_pairs_it_is() -> None:
    """The positive control."""
    made = world(600, 4000, 1000, 2)
    said, true, _ = said_and_true(made, made.model.odds(made.codes))
    assert said - true > 0.05


def test_the_ratio_of_false_pairs_to_own_pairs_is_found() -> None:
    ratios = [world(600, relatives, 1000).calibrated().basis.ratio for relatives in (1000, 2000, 4000)]
    assert ratios == pytest.approx([0.5, 1.0, 2.0], rel=0.4)


def test_pairs_that_lost_make_the_number_of_false_ones_unsure() -> None:
    """Where many have a match many relatives lose to it, and nobody knows how many of them might have won."""
    few, many = (world(matches, 2000, 1000).calibrated().basis.error for matches in (300, 1000))
    assert few < 0.5 < 0.7 < many


def test_self_training_that_took_relatives_for_matches_is_found_out_and_the_agreement_decides() -> None:
    """Nobody matches, and the model believes that 600 do and that matches look as relatives do."""
    made = world(0, 2000, 1000)
    alike, counts = np.unique(drawn(np.random.default_rng(9), RELATED, 300), return_counts=True)
    diverged = Model(made.evidence.weights(PatternCounts(alike, counts.astype(float))), 600.0, (SIZE, SIZE), made.model.strangers)
    found = calibrate(diverged, made.evidence, made.group, made.codes, POSSIBLE)
    assert (compete(made.group, diverged.odds(made.codes)) >= 0.5).sum() > 100
    assert found.basis.diverged
    assert found.model.matches == pytest.approx(RULE.overlap * SIZE)
    assert (compete(made.group, found.odds) >= 0.5).sum() == 0


def test_where_everybody_matches_everybody_is_linked() -> None:
    made = world(SIZE, 1000, 1000)
    said, true, links = said_and_true(made, made.calibrated().odds)
    assert links > 0.95 * SIZE
    assert said == pytest.approx(true, abs=0.02)


def test_too_few_own_pairs_tell_nothing_and_the_model_stays() -> None:
    made = world(200, 0, 0)
    found = made.calibrated()
    assert not found.basis.own_pairs
    assert found.odds.tolist() == made.model.odds(made.codes).tolist()


def test_own_pairs_that_foretell_more_false_pairs_than_there_are_pairs_are_not_believed() -> None:
    """Boxes of guns: inside each owner hundreds agree in everything but the last digit, between them nobody does."""
    made = world(200, 300, 300)
    alike = np.full(900, 2 * (3 ** np.arange(len(SAME))).sum())
    met = np.concatenate([drawn(np.random.default_rng(5), RELATED, 300), alike])
    samples = [NonMatches.of(met, np.zeros(0, np.int64), met.size, SIZE * (SIZE - 1) // 2)] * 2
    boxes = Evidence(RULE, samples, (SIZE, SIZE))
    boxes.u = made.evidence.u  # weights that know nothing of boxes
    found = calibrate(made.model, boxes, made.group, made.codes, POSSIBLE)
    assert not found.basis.own_pairs
    assert found.odds.tolist() == made.model.odds(made.codes).tolist()


def test_surer_weights_are_never_less_probable() -> None:
    made = world(200, 1000, 500)
    found = made.calibrated()
    order = np.argsort(found.model.weights.of(made.codes), kind="stable")
    assert (np.diff(found.odds[order]) >= -1e-12).all()


def test_no_pairs_at_all() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    evidence = Evidence(RULE, [NonMatches.of(nothing, nothing, 0, 0)] * 2, (1, 1))
    group = PairGroup(nothing, nothing, nothing, np.zeros(0, dtype=np.uint8))
    assert calibrate(train(evidence, nothing, []), evidence, group, nothing, POSSIBLE).odds.size == 0
