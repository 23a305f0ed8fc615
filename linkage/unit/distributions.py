"""Shares of a comparison's cells among matches and among non-matches, from counts of level patterns.

A comparison is a group of filters, a cell the levels of its filters. The rules of this room:
1. A missing filter says nothing: cells are compared among patterns with the same filters present, and counts of fuller patterns are
   projected on emptier ones.
2. Among matches one error hits the filters that hold the same fields or have the same label, and no others: somebody who moved is not
   therefore misspelt. So m of a cell is the product of its parts' shares, a part being such filters, and can be learned from few matches
   without taking relatives for a kind of error.
3. A joint cell of a part that was seen seldom leans on what its filters say apart: on the geometric mean of independence (their product)
   and full dependence (the least of them, the upper bound of Fréchet). Without that, a cell that starts out too small is never learned.
4. Among non-matches everything may go together (brothers share name and address), so u of a cell is what was counted, jointly; a cell
   that was seen too seldom has what its filters say apart, as if they were independent, and half a pair at the least. Where comparisons
   were joined because they depend on each other, it is never less than the product of what these say apart.
5. Where the agreement says so, u of a cell is lowered by as much as fewer pairs of it met between the two owners than at home, among as
   many pairs in all, be it a cell of agreement or not: that a pair met at all says more where few meet (ADR 0019 has the figures, and
   what is not understood).
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.agreeing import default_m, default_u
from linkage.protocol.similarity import Codes

Floats = NDArray[np.float64]
Levels = NDArray[np.int8]
Places = list[int]

DEFAULT_PAIRS = 4.0  # weight of a filter's default distribution, in pairs
APART = 0.3  # share of m that filters apart always keep in a joint cell
APART_PAIRS = 20.0  # and their weight in pairs, where matches are few
STEADY_PAIRS = 20.0  # added to both counts of rule 5, so that small ones correct little


def packed(cells: Levels, sizes: list[int]) -> Codes:
    """Each cell as one integer, shape (cells,); it fits, as pattern codes do."""
    return np.asarray(cells.astype(np.int64) @ np.cumprod([1, *sizes[:-1]], dtype=np.int64))


def distinct(codes: Codes) -> tuple[Codes, NDArray[np.int64]]:
    """Distinct integers, rising, and the place of each among them: as numpy's ``unique``, but only what is distinct is sorted."""
    encoded = pa.array(codes).dictionary_encode()
    values = encoded.dictionary.to_numpy()
    order = np.argsort(values)
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    return values[order], rank[encoded.indices.to_numpy()]


class CellCounts:
    """Counts of a comparison's cells, projected on whatever filters are present; kept, for u serves many rounds."""

    __slots__ = ("_counts", "_levels", "_projections", "_sizes")

    def __init__(self, levels: Levels, counts: Floats, sizes: list[int]) -> None:
        """``levels`` (patterns, members), ``counts`` (patterns,), ``sizes`` how many levels each member has, missing included."""
        self._levels, self._counts, self._sizes = levels, counts, sizes
        self._projections: dict[bytes, tuple[Codes, Floats, float]] = {}

    def of(self, cells: Levels, members: NDArray[np.int64]) -> tuple[Floats, float]:
        """How often each cell of the present ``members`` was counted, shape (cells,), and all cells of them together."""
        keys, counted, total = self._projected(members)
        if not keys.size:
            return np.zeros(len(cells)), 0.0
        wanted = packed(cells[:, members], [self._sizes[at] for at in members])
        place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
        return np.where(keys[place] == wanted, counted[place], 0.0), total

    def _projected(self, members: NDArray[np.int64]) -> tuple[Codes, Floats, float]:
        name = members.tobytes()
        if name not in self._projections:
            kept = (self._levels[:, members] > 0).all(axis=1)
            counts = self._counts[kept]
            keys, place = distinct(packed(self._levels[kept][:, members], [self._sizes[at] for at in members]))
            summed = np.asarray(np.bincount(place, counts, minlength=keys.size), dtype=np.float64)
            self._projections[name] = keys, summed, float(counts.sum())
        return self._projections[name]


def by_presence(cells: Levels) -> list[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Which cells have the same filters present, and those filters; cells without any are left out."""
    masks = (cells > 0) @ (1 << np.arange(cells.shape[1], dtype=np.int64))
    return [(masks == mask, np.flatnonzero(cells[masks == mask][0])) for mask in np.unique(masks[masks > 0])]


class MatchShares:
    """m of a comparison's cells (rules 2 and 3)."""

    __slots__ = ("_parts",)

    def __init__(self, levels: Levels, counts: Floats, sizes: list[int], parts: list[Places]) -> None:
        """``parts`` places of the members that one error hits together."""
        self._parts = [(part, _MatchPart(levels[:, part], counts, [sizes[at] for at in part])) for part in parts]

    def shares(self, cells: Levels) -> Floats:
        """Share of each cell, shape (cells,); 1 where all of it is missing. Never zero."""
        return np.asarray(np.prod([shares.shares(cells[:, part]) for part, shares in self._parts], axis=0))


class _MatchPart:
    __slots__ = ("_counts", "_marginals")

    def __init__(self, levels: Levels, counts: Floats, sizes: list[int]) -> None:
        self._counts = CellCounts(levels, counts, sizes)
        self._marginals = [_marginal(levels[:, at], counts, default_m(size)) for at, size in enumerate(sizes)]

    def shares(self, cells: Levels) -> Floats:
        shares = np.ones(len(cells))
        for here, members in by_presence(cells):
            marginals = np.array([self._marginals[at][cells[here][:, at]] for at in members])
            apart = np.sqrt(marginals.prod(axis=0) * marginals.min(axis=0))
            if members.size > 1:
                counted, total = self._counts.of(cells[here], members)
                lean = max(APART, APART_PAIRS / (APART_PAIRS + total))
                apart = (1.0 - lean) * counted / max(total, 1e-9) + lean * apart
            shares[here] = np.maximum(apart, 1e-12)
        return shares


class NonMatchShares:
    """u of a comparison's cells (rules 4 and 5)."""

    __slots__ = ("_between", "_counts", "_marginals", "_met", "_parts")

    def __init__(self, levels: Levels, counts: Floats, sizes: list[int], parts: list[Places]) -> None:
        """``parts`` places of the members of each comparison that was joined; all of them in one where none was."""
        self._counts = CellCounts(levels, counts, sizes)
        self._marginals = [_marginal(levels[:, at], counts, default_u(size)) for at, size in enumerate(sizes)]
        self._parts: list[tuple[Places, NonMatchShares]] = []
        if len(parts) > 1:
            cut = [(part, levels[:, part], [sizes[at] for at in part]) for part in parts]
            self._parts = [(part, NonMatchShares(own, counts, size, [list(range(len(part)))])) for part, own, size in cut]
        self._met: CellCounts | None = None
        self._between: CellCounts | None = None

    def corrected(self, met: CellCounts, between: CellCounts) -> "NonMatchShares":
        """The same by rule 5, with the pairs that ``met`` at home, and what met ``between`` two owners, scaled to as many pairs in all."""
        other = NonMatchShares.__new__(NonMatchShares)
        other._counts, other._marginals, other._parts = self._counts, self._marginals, self._parts
        other._met, other._between = met, between
        return other

    def shares(self, cells: Levels, without: float = 0.0) -> Floats:
        """Share of each cell, shape (cells,), as if ``without`` pairs of it had not been counted; 1 where all is missing. Never zero."""
        shares, joined = np.ones(len(cells)), self._joined(cells, without)
        for here, members in by_presence(cells):
            counted, total = self._counts.of(cells[here], members)
            counted = np.maximum(counted - without, 0.0)
            apart = np.prod([self._marginals[at][cells[here][:, at]] for at in members], axis=0)
            least = joined[here] if self._parts else np.maximum(apart, 0.5 / max(total, 1.0))
            seen = counted / max(total, 1e-9) if members.size > 1 else apart
            shares[here] = np.maximum(seen, least) * self._rarer(cells[here], members)
        return shares

    def _joined(self, cells: Levels, without: float) -> Floats:
        """What the comparisons that were joined say apart, shape (cells,); 1 where none was."""
        return np.asarray(np.prod([np.ones(len(cells)), *(own.shares(cells[:, part], without) for part, own in self._parts)], axis=0))

    def _rarer(self, cells: Levels, members: NDArray[np.int64]) -> Floats:
        """How much rarer each cell is between owners than at home, at most 1, shape (cells,)."""
        if self._met is None or self._between is None:
            return np.ones(len(cells))
        met, between = (counts.of(cells, members)[0] + STEADY_PAIRS for counts in (self._met, self._between))
        return np.asarray(np.minimum(between / met, 1.0))


def _marginal(levels: Levels, counts: Floats, default: Floats) -> Floats:
    seen = np.bincount(levels, counts, minlength=default.size)
    share = seen + DEFAULT_PAIRS * default
    share[0] = 0.0
    return np.asarray(share / share.sum())
