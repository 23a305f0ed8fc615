"""Which of several comparisons of the same two records agrees best, before any weight is known.

An owner that counts its own pairs and the unit that compares two owners' must choose alike, or the counts would stand for other pairs than
those that are decided on. So the choice rests on the agreement alone: the sum over the filters of log2(m / u) under the default
distributions of the levels. Ties go to the lower code.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import Codes, levels_of

Floats = NDArray[np.float64]


def default_m(levels: int) -> Floats:
    """Expected share of each level among matches, missing (0) left out: mostly full agreement, halving downwards."""
    shares = np.concatenate([[0.0, 0.08], 0.5 ** np.arange(levels - 2, 0, -1)])
    shares[-1] = 2.0
    return np.asarray(shares / shares.sum())


def default_u(levels: int) -> Floats:
    """Before any pair was counted: agreement is rare among non-matches."""
    shares = np.concatenate([[0.0, 1.0], 0.3 ** np.arange(1, levels - 1)])
    return np.asarray(shares / shares.sum())


def agreeing(codes: Codes, rule: EntityRule) -> Floats:
    """Default weight of each pattern, shape (patterns,)."""
    levels, total = levels_of(codes, rule), np.zeros(codes.size)
    for at, name in enumerate(rule.filter_names):
        sizes = rule.filters[name].codes
        weights = np.concatenate([[0.0], np.log2(default_m(sizes)[1:] / default_u(sizes)[1:])])
        total += weights[levels[:, at]]
    return total


def best_of_each(pairs: NDArray[np.int64], codes: Codes, rule: EntityRule) -> NDArray[np.int64]:
    """Index of the comparison that agrees best for each distinct pair, in order of the pairs; ``pairs`` and ``codes`` (comparisons,)."""
    distinct, place = np.unique(codes, return_inverse=True)
    order = np.lexsort((codes, -agreeing(distinct, rule)[place.reshape(-1)], pairs))
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = pairs[order][1:] != pairs[order][:-1]
    return np.asarray(order[fresh])
