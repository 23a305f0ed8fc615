"""Intervals of 95 %: Wilson's for shares, resampled entities for F1.

Wilson takes pairs as independent of each other. Pairs of one entity are not, so F1's interval comes from drawing whole entities again
[Efron1979]: a true pair belongs to its entity, a false link half to each of the two that it joins.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.intervals import CONFIDENCE, Interval, wilson

Counts = NDArray[np.int64]

RESAMPLES, SEED = 1000, 1
MANY_KINDS = 2000  # of entities; beyond it the draws come from the normal limit, which the sums then have reached


class Outcomes(NamedTuple):
    """Of each entity: right links, false links in halves, and true pairs that were missed; each (entities,)."""

    right: Counts
    false_halves: Counts
    missed: Counts


def ratio(part: float, whole: float) -> float | None:
    """`part / whole`, or null when there is no whole."""
    return part / whole if whole else None


def f1_of(right: int, links: int, true: int) -> float | None:
    """The harmonic mean of precision and recall; null without links and without true pairs."""
    return ratio(2 * right, links + true)


def f1_interval(outcomes: Outcomes) -> Interval:
    """F1 of resampled entities, from the 2.5th to the 97.5th percentile; null without pairs. Same counts in any order, same interval.

    Where every draw has the same F1 (a handful of links, all right) drawing again tells nothing. Then it is Wilson's interval of the share
    of right pairs among all pairs that are true or linked, which is F1 by another name: F1 = 2 q / (1 + q).
    """
    kinds, entities = _kinds(outcomes)
    if not len(kinds):
        return None
    right, halves, missed = _resampled(kinds, entities).T
    pairs = 2 * right + halves / 2 + missed
    f1 = np.divide(2 * right, pairs, out=np.zeros(len(pairs)), where=pairs > 0)
    if np.ptp(f1) > 0:
        tail = (1 - CONFIDENCE) / 2
        return [float(end) for end in np.quantile(f1, (tail, 1 - tail))]
    hits, false, lost = (int(total) for total in entities @ kinds)
    ends = wilson(hits, hits + false // 2 + lost)
    return None if ends is None else [2 * end / (1 + end) for end in ends]


def _kinds(outcomes: Outcomes) -> tuple[Counts, Counts]:
    """Distinct outcomes of entities that have any pair, in order, and how many entities have each."""
    table = np.stack(outcomes, axis=1)
    table = table[table.any(axis=1)]
    if not len(table):
        return table, np.zeros(0, dtype=np.int64)
    return _counted(table)


def _counted(table: Counts) -> tuple[Counts, Counts]:
    """Distinct rows, sorted, with their counts: `np.unique` over an axis, without its slow comparison of rows."""
    ordered = table[np.lexsort(table.T[::-1])]
    first = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    places = np.flatnonzero(first)
    return ordered[places], np.diff(np.append(places, len(ordered)))


def _resampled(kinds: Counts, entities: Counts) -> NDArray[np.float64]:
    """Sums over as many entities as there are, drawn with replacement, shape (resamples, 3).

    Entities with the same outcome are exchangeable: how many of each kind are drawn is multinomial.
    """
    rng, total = np.random.default_rng(SEED), int(entities.sum())
    shares = entities / total
    if len(kinds) <= MANY_KINDS:
        return np.asarray(rng.multinomial(total, shares, size=RESAMPLES) @ kinds, dtype=float)
    mean = shares @ kinds
    spread = (kinds - mean).T @ ((kinds - mean) * shares[:, None])
    return np.maximum(rng.multivariate_normal(total * mean, total * spread, size=RESAMPLES), 0.0)


def rounded(interval: Sequence[float] | None) -> Interval:
    """To six decimals, as figures are written."""
    return None if interval is None else [round(end, 6) for end in interval]
