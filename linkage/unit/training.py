"""Learning m and the number of matches without labels: one-to-one self-training.

Each round weighs the pairs, lets the pairs of one posting (or record) compete, counts the patterns of the probable matches, and learns m
from them. A pair's probability is its odds against all pairs that share a side with it, and against no match at all:
p = o / (1 + Σ odds of the left side + Σ odds of the right side - o).
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.similarity import Codes
from linkage.unit.weights import Evidence, Floats, PatternCounts, Weights

ROUNDS = 8
START_OVERLAP = 0.1  # of the smaller owner's records, before anything is learned
UNMATCHED = 0.1  # the least share of an owner's records that is taken to have no match


class PairGroup:
    """Pairs among which sides compete: dense numbers of the left and right side, index of the pattern, pass number; (pairs,)."""

    __slots__ = ("left", "passes", "patterns", "right")

    def __init__(self, left: NDArray[np.int64], right: NDArray[np.int64], patterns: NDArray[np.int64], passes: NDArray[np.uint8]) -> None:
        self.left, self.right, self.patterns, self.passes = left, right, patterns, passes


class Model:
    """What was learned for two owners: weights, and the expected number of matches among records of the given ``sizes``."""

    __slots__ = ("matches", "sizes", "weights")

    def __init__(self, weights: Weights, matches: float, sizes: tuple[int, int]) -> None:
        self.weights, self.matches, self.sizes = weights, matches, sizes

    def odds(self, codes: Codes) -> Floats:
        """Odds of each pattern against both records being without a match, shape (patterns,).

        Matching is one-to-one, so the prior odds are matches over pairs of unmatched records [Sadinle2017], and not over all pairs:
        where most records have a match, one that is left over and fits is likely to be it. At least ``UNMATCHED`` are taken to be
        without, for the number of matches is itself an estimate.
        """
        left, right = (max(size - self.matches, UNMATCHED * size) for size in self.sizes)
        exponent = self.weights.of(codes) + np.log2(self.matches / max(left * right, 1.0))
        return np.asarray(np.exp2(np.minimum(exponent, 200.0)))


def compete(group: PairGroup, odds: Floats) -> Floats:
    """Match probability of each pair after competition, shape (pairs,); ``odds`` by pattern."""
    if not group.left.size:
        return np.zeros(0)
    own = odds[group.patterns]
    left = np.bincount(group.left, own)
    right = np.bincount(group.right, own)
    return np.asarray(own / (1.0 + left[group.left] + right[group.right] - own))


def train(evidence: Evidence, codes: Codes, groups: list[PairGroup]) -> Model:
    """Self-training over pair groups with the distinct pattern ``codes``."""
    smaller = float(min(evidence.sizes))
    model = Model(evidence.weights(PatternCounts(codes[:0], np.zeros(0))), START_OVERLAP * smaller, evidence.sizes)
    for _ in range(ROUNDS):
        expected = _expected(groups, model.odds(codes), codes.size)
        matches = min(max(float(expected.sum()), 0.5), smaller)
        model = Model(evidence.weights(PatternCounts(codes, expected)), matches, evidence.sizes)
    return model


def _expected(groups: list[PairGroup], odds: Floats, patterns: int) -> Floats:
    """Expected matches of each pattern, shape (patterns,).

    The same two records may meet in several passes, and nothing tells that they are the same: the pass that sees a pattern most often
    counts it, or pairs that agree in everything would count many times and m would think too little of those with errors.
    """
    by_pass: dict[int, Floats] = {}
    for group in groups:
        probability = compete(group, odds)
        for number in np.unique(group.passes).tolist():
            here = group.passes == number
            counts = np.bincount(group.patterns[here], probability[here], minlength=patterns)
            by_pass[number] = np.asarray(counts + by_pass.get(number, 0.0), dtype=np.float64)
    return np.max(list(by_pass.values()), axis=0) if by_pass else np.zeros(patterns)
