"""Learning m and the number of matches without labels: one-to-one self-training.

Each round weighs the pairs, lets the pairs of one posting (or record) compete, counts the patterns of the probable matches, and learns m
from them. A pair's probability is its odds against all pairs that share a side with it, and against no match at all:
p = o / (1 + Σ odds of the left side + Σ odds of the right side - o).
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.similarity import Codes
from linkage.unit.weights import Comparisons, Floats, PatternCounts, Weights, weights_from

ROUNDS = 8
START_OVERLAP = 0.1  # of the smaller owner's records, before anything is learned
LARGEST_ODDS = 2.0**200


class PairGroup:
    """Pairs among which sides compete: dense numbers of the left and right side, index of the pattern, pass number; (pairs,)."""

    __slots__ = ("left", "passes", "patterns", "right")

    def __init__(
        self, left: NDArray[np.int64], right: NDArray[np.int64], patterns: NDArray[np.int64], passes: NDArray[np.uint8]
    ) -> None:
        self.left, self.right, self.patterns, self.passes = left, right, patterns, passes


class Model:
    """What was learned for two owners: weights and the expected number of matches among ``pairs`` possible pairs."""

    __slots__ = ("matches", "pairs", "weights")

    def __init__(self, weights: Weights, matches: float, pairs: float) -> None:
        self.weights, self.matches, self.pairs = weights, matches, pairs

    def odds(self, codes: Codes) -> Floats:
        """Prior odds times the likelihood ratio of each pattern, shape (patterns,)."""
        share = min(self.matches / self.pairs, 0.5) if self.pairs else 0.0
        exponent = np.minimum(self.weights.of(codes) + np.log2(max(share, 1e-15) / (1.0 - share)), 200.0)
        return np.asarray(np.exp2(exponent))


def compete(group: PairGroup, odds: Floats) -> Floats:
    """Match probability of each pair after competition, shape (pairs,); ``odds`` by pattern."""
    if not group.left.size:
        return np.zeros(0)
    own = odds[group.patterns]
    left = np.bincount(group.left, own)
    right = np.bincount(group.right, own)
    return np.asarray(own / (1.0 + left[group.left] + right[group.right] - own))


def train(comparisons: Comparisons, u: list[Floats], codes: Codes, groups: list[PairGroup], sizes: tuple[int, int]) -> Model:
    """Self-training over pair groups with the distinct pattern ``codes``; ``sizes`` are the owners' record counts."""
    pairs = float(sizes[0]) * float(sizes[1])
    nothing = PatternCounts(codes[:0], np.zeros(0))
    model = Model(weights_from(comparisons, nothing, u), START_OVERLAP * min(sizes), pairs)
    for _ in range(ROUNDS):
        odds = model.odds(codes)
        expected = np.zeros(codes.size)
        by_pass = np.zeros(256)
        for group in groups:
            probability = compete(group, odds)
            expected += np.bincount(group.patterns, probability, minlength=codes.size)
            by_pass += np.bincount(group.passes, probability, minlength=256)
        matches = PatternCounts(codes, expected)
        model = Model(weights_from(comparisons, matches, u), float(max(by_pass.max(), 0.5)), pairs)
    return model
