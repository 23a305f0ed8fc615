"""Which cells of a table to withhold besides the sensitive ones, so that these cannot be worked out from the totals.

After Kelly, Golden and Assad [Kelly1992]: for each sensitive cell, the cheapest other table with the same published cells in which it is
larger by its protection, and one in which it is smaller; every cell that differs there is withheld. Whoever sees the rest cannot tell these
tables from the true one. Rules of this room:
1. The grand total is always published; a zero is no secret, but may be withheld for another cell's sake.
2. Large counts come first: what protects them often protects the small ones beside them.
3. Totals are dearer to withhold than cells, cells with much in them dearer than those with little.
4. The other tables can be rounded to the same published numbers: no count falls by more than what it was rounded to.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack
from scipy.sparse.csgraph import maximum_flow

from linkage.protocol.controlled_rounding import Counts, Floats, sums

Flags = NDArray[np.bool_]
DEAR_TOTAL, DEAR_ZERO = 20.0, 3.0
SOME = 1e-6  # less is no difference
ENDLESS = 2**30


class Protection(NamedTuple):
    """By how much each count must be able to be larger (``above``) and smaller (``below``) for all that is published."""

    above: Counts
    below: Counts


def protection(counts: Counts, rounded: Counts, sensitive: Flags, base: int, share: float) -> Protection:
    """A share of each sensitive count or the base, but no more than the whole table allows, and below no more than the count and its
    rounded one. Nothing where a count is not sensitive."""
    wanted = np.where(sensitive, np.maximum(base, np.ceil(share * counts).astype(np.int64)), 0)
    return Protection(np.minimum(wanted, counts.ravel()[-1] - counts), np.minimum(wanted, np.minimum(counts, rounded)))


def withheld(counts: Counts, rounded: Counts, sensitive: Flags, wanted: Protection) -> tuple[Flags, Protection]:
    """The sensitive cells and those that protect them, and the protection reached; all arrays have the table's shape, totals included.

    Above, nothing less than what is wanted will do, if it takes the whole table. Below, where a count's parts were all rounded to less,
    it is as much as these parts have room for.
    """
    hidden, room, below = sensitive.copy(), np.minimum(counts, rounded), wanted.below.copy()
    hidden[-1, -1] = False
    flat = counts.ravel()
    for place in sorted(np.flatnonzero(hidden).tolist(), key=lambda at: (-flat[at], at)):
        hidden |= _moved(counts, room, hidden, (place, int(wanted.above.ravel()[place])), whole=True)[0]
        more, reached = _moved(counts, room, hidden, (place, -int(wanted.below.ravel()[place])), whole=False)
        hidden |= more
        below.ravel()[place] = -reached
    return hidden, Protection(wanted.above, below)


def _moved(counts: Counts, room: Counts, hidden: Flags, asked: tuple[int, int], *, whole: bool) -> tuple[Flags, int]:
    """What else to hide so that a cell can change by so much (place, change), and the change: the largest possible, unless ``whole``."""
    place, change = asked
    step = 1 if change < 0 else -1
    for less in range(change, 0, step):
        if _can_change(room, hidden, place, less):
            return np.zeros_like(hidden), less
        differing = _differing(counts, room, hidden, (place, less))
        if differing is not None:
            return differing, less
        if whole:
            return np.asarray((np.arange(hidden.size) < hidden.size - 1).reshape(hidden.shape)), less
    return np.zeros_like(hidden), 0


def _can_change(room: Counts, hidden: Flags, place: int, change: int) -> bool:
    """Whether the cells that are hidden already let this one change so much: a flow through the table from its column back to its row.

    Rows and columns are nodes, cells are arcs both ways; a total stands on the other side of its equation, so its arcs are turned round.
    """
    row, column = divmod(place, room.shape[1])
    free = hidden.copy()
    free[row, column] = False
    rows, columns = np.nonzero(free)
    lows, highs = room[rows, columns], np.full(rows.size, ENDLESS)
    turned = _is_total(room.shape)[rows, columns]
    forward, backward = np.where(turned, lows, highs), np.where(turned, highs, lows)
    nodes = sum(room.shape)
    others = columns + room.shape[0]
    arcs = csr_array(
        (np.r_[forward, backward].astype(np.int32), (np.r_[rows, others], np.r_[others, rows])), shape=(nodes, nodes), dtype=np.int32
    )
    ends = (column + room.shape[0], row) if (change > 0) != bool(_is_total(room.shape)[row, column]) else (row, column + room.shape[0])
    return int(maximum_flow(arcs, *ends).flow_value) >= abs(change)


def _is_total(shape: tuple[int, ...]) -> Flags:
    """Cells that are the total of their row or their column, not of both."""
    found = np.zeros(shape, dtype=bool)
    found[-1] = True
    if shape[1] > 1:
        found[:, -1] = ~found[:, -1]
    return found


def _differing(counts: Counts, room: Counts, hidden: Flags, asked: tuple[int, int]) -> Flags | None:
    """Where the cheapest table differs in which a cell is larger by so much (place, change) and none is less than it can be."""
    size, (place, change) = counts.size, asked
    cost = np.where(hidden, 0.0, _costs(counts)).ravel()
    bounds = np.zeros((2 * size, 2))
    bounds[:size, 1], bounds[size:, 1] = np.inf, room.ravel()  # by how much a cell is larger, then by how much it is smaller
    bounds[[size - 1, 2 * size - 1]] = 0.0
    bounds[[place, place + size]] = [[max(change, 0)] * 2, [max(-change, 0)] * 2]
    equations = sums(counts.shape)
    found = linprog(
        np.r_[cost, cost], A_eq=hstack([equations, -equations]), b_eq=np.zeros(equations.shape[0]), bounds=bounds, method="highs-ds"
    )
    if found.status != 0:
        return None
    return np.asarray((found.x[:size] + found.x[size:] > SOME).reshape(counts.shape))


def _costs(counts: Counts) -> Floats:
    cost = np.where(counts > 0, 1.0 + np.log2(1.0 + counts), DEAR_ZERO)
    cost[-1] *= DEAR_TOTAL
    if counts.shape[1] > 1:
        cost[:-1, -1] *= DEAR_TOTAL
    return np.asarray(cost)
