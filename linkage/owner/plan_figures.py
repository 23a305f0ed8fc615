"""Figures of a blocking plan: how many records share tokens, which passes are worth their postings, and how sure a share is."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]

CONFIDENCE = 1.96  # standard deviations: 95 % of a normal distribution


class Sharing(NamedTuple):
    """Tokens in order: for each posting the number of its token (n,), and how many records share it (n,)."""

    token: Numbers
    records: Numbers


def sharing(tokens: Tokens, owners: Numbers) -> Sharing:
    """Of postings sorted by token, then row; ``owners`` (rows,) is the record of each variant row, rising."""
    first = np.ones(tokens.rows.size, dtype=bool)
    first[1:] = (tokens.halves[1:] != tokens.halves[:-1]).any(axis=1)
    another = first.copy()
    another[1:] |= np.diff(owners[tokens.rows]) != 0
    number = np.cumsum(first) - 1
    return Sharing(number, np.bincount(number, weights=another).astype(np.int64)[number] if number.size else number)


def in_turn(met: Flags, costs: Numbers) -> list[tuple[int, int]]:
    """The passes in greedy order, each with the pairs that it adds to those before it.

    ``met`` is (passes, pairs): which pass brings which pair together; ``costs`` (passes,) are postings. Next is always who adds most, then
    who costs least, then who comes first; so the order ends with passes that add nothing, those without postings last of all.
    """
    left, order = list(range(len(met))), list[tuple[int, int]]()
    missing = np.ones(met.shape[1], dtype=bool)
    while left:
        adds = {number: int((met[number] & missing).sum()) for number in left}
        best = min(left, key=lambda number: (-adds[number], not costs[number], int(costs[number]), number))
        order.append((best, adds[best]))
        missing &= ~met[best]
        left.remove(best)
    return order


def by_itself(met: Flags) -> Numbers:
    """Pairs that each pass alone brings together: what would be lost without it."""
    return np.asarray((met & (met.sum(axis=0) == 1)).sum(axis=1), dtype=np.int64)


def interval(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share [Wilson1927]; 0 to 1 where nothing was counted."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, CONFIDENCE**2
    middle = share + square / (2 * total)
    spread = CONFIDENCE * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, (middle - spread) / (1 + square / total)), min(1.0, (middle + spread) / (1 + square / total))
