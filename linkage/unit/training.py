"""Learning m and the number of matches without labels: one-to-one self-training.

Each round weighs the pairs, lets the pairs of one posting (or record) compete, counts the patterns of the probable matches, and learns m
from them. A pair's probability is its odds against all pairs that share a side with it, and against no match at all:
p = o / (1 + Σ odds of the left side + Σ odds of the right side - o).
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.similarity import Codes
from linkage.unit.distributions import Floats
from linkage.unit.weights import Evidence, PatternCounts, Weights

ROUNDS, BETWEEN_ROUNDS = 8, 16  # the second where u is corrected too, which settles more slowly
START_OVERLAP = 0.1  # of the smaller owner's records, before anything is learned; more than there are, for who starts below never arrives
SHARPENED = 2.0  # power of the probabilities that m is learned from where matches are few; it falls to 1 where every record has one
STEADY_ROUNDS = 2  # before what meets between the owners says anything about u
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
    for number in range(BETWEEN_ROUNDS if evidence.rule.between else ROUNDS):
        power = SHARPENED - (SHARPENED - 1.0) * model.matches / smaller
        probable, likely, unlikely = _tallies(groups, model.odds(codes), codes.size, power)
        matches = min(max(float(probable.sum()), 0.5), smaller)
        apart = PatternCounts(codes, unlikely)
        known = evidence.between(apart) if number >= STEADY_ROUNDS and not strangers else evidence
        model = Model(known.weights(PatternCounts(codes, likely)), matches, evidence.sizes, strangers or apart)
    return model


def _tallies(groups: list[PairGroup], odds: Floats, patterns: int, power: float) -> Floats:
    """Expected matches of each pattern, those that m is learned from, and expected non-matches, shape (3, patterns).

    m is learned from probabilities sharpened by ``power``: of a thousand relatives with a tenth of a chance each, a hundred would otherwise
    teach m that matches look like relatives, which raises their chances, and so on. The number of matches is their plain sum.

    The same two records may meet in several passes, and nothing tells that they are the same: the pass that sees a pattern most often
    counts it, or pairs that agree in everything would count many times and m would think too little of those with errors.
    """
    by_pass: dict[int, Floats] = {}
    for group in groups:
        probability = compete(group, odds)
        counted = (probability, probability**power, 1.0 - probability)
        for number in np.unique(group.passes).tolist():
            here = group.passes == number
            counts = np.array([np.bincount(group.patterns[here], part[here], minlength=patterns) for part in counted])
            by_pass[number] = by_pass.get(number, np.zeros((3, patterns))) + counts
    return np.asarray(np.max(list(by_pass.values()), axis=0)) if by_pass else np.zeros((3, patterns))
