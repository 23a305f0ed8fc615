"""Learning m and the number of matches without labels: one-to-one self-training.

Each round weighs the pairs, lets the pairs of one posting (or record) compete, counts the patterns of the probable matches, and learns m
from them. A pair's probability is its odds against all pairs that share a side with it, and against no match at all:
p = o / (1 + Σ odds of the left side + Σ odds of the right side - o).
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.similarity import Codes
from linkage.unit.distributions import Floats, distinct
from linkage.unit.weights import Evidence, PatternCounts, Weights

ROUNDS, BETWEEN_ROUNDS = 8, 16  # the second where u is corrected too, which settles more slowly
START_OVERLAP = 0.1  # of the smaller owner's records, before anything is learned; more than there are, for who starts below never arrives
SHARPENED = 2.0  # power of the probabilities that m is learned from where matches are few; it falls to 1 where every record has one
STEADY_ROUNDS = 2  # before what meets between the owners says anything about u
PASSES = 256  # more than an agreement has
UNMATCHED = 0.1  # the least share of an owner's records that is taken to have no match


class PairGroup:
    """Pairs among which sides compete: dense numbers of the left and right side, index of the pattern, pass number; (pairs,)."""

    __slots__ = ("left", "passes", "patterns", "right")

    def __init__(self, left: NDArray[np.int64], right: NDArray[np.int64], patterns: NDArray[np.int64], passes: NDArray[np.uint8]) -> None:
        self.left, self.right, self.patterns, self.passes = left, right, patterns, passes


class Model:
    """What was learned for two owners: weights, the expected number of matches among records of the given ``sizes``, and how many pairs of
    each pattern are taken to be none."""

    __slots__ = ("matches", "sizes", "strangers", "weights")

    def __init__(self, weights: Weights, matches: float, sizes: tuple[int, int], strangers: PatternCounts) -> None:
        self.weights, self.matches, self.sizes, self.strangers = weights, matches, sizes, strangers

    def odds(self, codes: Codes) -> Floats:
        """Odds of each pattern against both records being without a match, shape (patterns,).

        Matching is one-to-one, so the prior odds are matches over pairs of unmatched records [Sadinle2017], and not over all pairs:
        where most records have a match, one that is left over and fits is likely to be it. At least ``UNMATCHED`` are taken to be
        without, for the number of matches is itself an estimate.
        """
        return np.asarray(np.exp2(np.minimum(self.weights.of(codes) - self.threshold, 200.0)))

    @property
    def threshold(self) -> float:
        """The weight that outweighs the prior odds."""
        left, right = (max(size - self.matches, UNMATCHED * size) for size in self.sizes)
        return float(np.log2(max(left * right, 1.0) / self.matches))


def untrained(evidence: Evidence, strangers: PatternCounts) -> Model:
    """What the agreement says where nothing can be learned: default m, and its share of the smaller owner's records that match."""
    nothing = PatternCounts(strangers.codes[:0], np.zeros(0))
    matches = max(evidence.rule.overlap * min(evidence.sizes), 0.5)
    return Model(evidence.between(strangers).weights(nothing), matches, evidence.sizes, strangers)


def compete(group: PairGroup, odds: Floats) -> Floats:
    """Match probability of each pair after competition, shape (pairs,); ``odds`` by pattern."""
    if not group.left.size:
        return np.zeros(0)
    own = odds[group.patterns]
    left = np.bincount(group.left, own)
    right = np.bincount(group.right, own)
    return np.asarray(own / (1.0 + left[group.left] + right[group.right] - own))


def train(evidence: Evidence, codes: Codes, groups: list[PairGroup], strangers: PatternCounts | None = None) -> Model:
    """Self-training over pair groups with the distinct pattern ``codes``.

    ``strangers``: pairs that are taken to be no matches, by pattern, where they were counted over more pairs than these.
    """
    smaller = float(min(evidence.sizes))
    nothing = PatternCounts(codes[:0], np.zeros(0))
    evidence = evidence.between(strangers) if strangers else evidence
    model = Model(evidence.weights(nothing), START_OVERLAP * smaller, evidence.sizes, nothing)
    cells = _Cells(groups)
    for number in range(BETWEEN_ROUNDS if evidence.rule.between else ROUNDS):
        power = SHARPENED - (SHARPENED - 1.0) * model.matches / smaller
        probable, likely, unlikely = _tallies(cells, model.odds(codes), power)
        matches = min(max(float(probable.sum()), 0.5), smaller)
        apart = PatternCounts(codes, unlikely)
        known = evidence.between(apart) if number >= STEADY_ROUNDS and not strangers else evidence
        model = Model(known.weights(PatternCounts(codes, likely)), matches, evidence.sizes, strangers or apart)
    return model


class _Cells:
    """Distinct (pattern, pass) of the pairs of all groups, found once for all rounds: ``patterns`` (cells,) in rising order, and the cells
    that each group has, with the place of each of its pairs among them."""

    __slots__ = ("groups", "patterns")

    def __init__(self, groups: list[PairGroup]) -> None:
        found = [distinct(group.patterns * PASSES + group.passes) for group in groups]
        keys, places = distinct(np.concatenate([np.zeros(0, np.int64), *(keys for keys, _ in found)]))
        self.patterns = keys // PASSES
        cells = np.split(places, np.cumsum([own.size for own, _ in found])[:-1])
        self.groups = [(group, own, place) for group, own, (_, place) in zip(groups, cells, found, strict=False)]


def _tallies(cells: _Cells, odds: Floats, power: float) -> Floats:
    """Expected matches of each pattern, those that m is learned from, and expected non-matches, shape (3, patterns).

    m is learned from probabilities sharpened by ``power``: of a thousand relatives with a tenth of a chance each, a hundred would otherwise
    teach m that matches look like relatives, which raises their chances, and so on. The number of matches is their plain sum.

    The same two records may meet in several passes, and nothing tells that they are the same: the pass that sees a pattern most often
    counts it, or pairs that agree in everything would count many times and m would think too little of those with errors.
    """
    counts, most = np.zeros((3, cells.patterns.size)), np.zeros((3, odds.size))
    for group, own, place in cells.groups:
        probability = compete(group, odds)
        for at, part in enumerate((probability, probability**power, 1.0 - probability)):
            counts[at, own] += np.bincount(place, part, minlength=own.size)
    for at in range(3):
        np.maximum.at(most[at], cells.patterns, counts[at])
    return most
