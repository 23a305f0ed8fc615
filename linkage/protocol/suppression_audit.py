"""What can be worked out about withheld cells by whoever knows the published table, the rules, and linear programming.

The attacker knows that counts are whole, that they add up before rounding and after, that a published count came from one of the two
multiples' neighbourhood, that no published count rests on fewer recoveries than the agreement's cases, and that a published 0 is 0.
Whole numbers are relaxed: the ranges are those of linear programming.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_array, csr_array, eye_array

from linkage.protocol.controlled_rounding import Counts, Floats, sums
from linkage.protocol.suppression import SOME, Flags, Protection


class Seen(NamedTuple):
    """A published table: rounded counts, which of them are withheld (their counts are not looked at), the base, the fewest cases."""

    counts: Counts
    hidden: Flags
    base: int
    least: int


def ranges(seen: Seen, places: Iterable[int]) -> Iterator[tuple[float, float]]:
    """The lowest and highest true count that each of the cells (numbered row by row) may have had."""
    equations, limits, difference = _system(seen)
    size = seen.counts.size
    for place in places:
        aim = np.zeros(2 * size)
        aim[place] = 1.0
        ends = [
            linprog(
                sign * aim, A_eq=equations, b_eq=np.zeros(equations.shape[0]), A_ub=difference,
                b_ub=np.full(difference.shape[0], seen.base - 1), bounds=limits, method="highs",
            )
            for sign in (1.0, -1.0)
        ]  # fmt: skip
        if ends[0].status != 0:
            raise ValueError("a published table that no table can have come from")
        yield float(ends[0].fun), -float(ends[1].fun) if ends[1].status == 0 else np.inf


def _system(seen: Seen) -> tuple[csr_array, Floats, csr_array]:
    """Unknown are the true counts, then the rounded ones: equations of both, bounds of both, and how far they are apart at most."""
    size, shown = seen.counts.size, ~seen.hidden.ravel()
    counts = seen.counts.ravel()
    limits = np.zeros((2 * size, 2))
    limits[:, 1] = np.inf
    near = np.c_[np.maximum(counts - seen.base + 1, seen.least), counts + seen.base - 1]
    limits[:size][shown] = np.where((counts == 0)[:, None], 0, near)[shown]
    limits[size:][shown] = np.c_[counts, counts][shown]
    one, sides = eye_array(size), sums(seen.counts.shape)
    return block_array([[sides, None], [None, sides]]).tocsr(), limits, block_array([[one, -one], [-one, one]]).tocsr()


def undone(seen: Seen, true: Counts, wanted: Protection) -> list[int]:
    """Withheld cells whose range does not reach as far above and below the true count as it should."""
    places = np.flatnonzero(seen.hidden & (wanted.above + wanted.below > 0)).tolist()
    counts = true.ravel()
    highest, lowest = counts + wanted.above.ravel() - SOME, counts - wanted.below.ravel() + SOME
    found = zip(places, ranges(seen, places), strict=True)
    return [place for place, (low, high) in found if high < highest[place] or low > lowest[place]]
