"""Features by variant row: what one row gives to all its filters lies side by side, for postings come in the order of random tokens.

A posting needs everything of one row and nothing of its neighbours. By filter and distinct value, as features are worked out, that would
be a look into three places of memory for each filter; by row it is one.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.guarded import Guarded

Numbers = NDArray[np.int64]


class FeatureColumn(Guarded):
    """What a field gives to a filter: ``codes`` (rows,) number the distinct values, -1 where missing; features as in ``Features``."""

    __slots__ = ("codes", "elements", "offsets")

    def __init__(self, codes: NDArray[np.int32], offsets: Numbers, elements: NDArray[np.uint64]) -> None:
        self.codes, self.offsets, self.elements = codes, offsets, elements


class FeatureTable(Guarded):
    """Variant rows as features: ``records`` (rows,) is the record each belongs to, rising.

    A row's features begin at ``starts`` (rows,) of ``elements`` and stand filter by filter; ``counts`` (rows, filters) says how many.
    """

    __slots__ = ("counts", "elements", "records", "starts")

    def __init__(self, records: Numbers, starts: Numbers, counts: NDArray[np.int32], elements: NDArray[np.uint64]) -> None:
        self.records, self.starts, self.counts, self.elements = records, starts, counts, elements

    def shown(self) -> str:
        return f"{self.records.size} variants, hidden"

    def firsts(self) -> Numbers:
        """The first variant row of each record."""
        return np.flatnonzero(np.diff(self.records, prepend=-1))


def in_rows(records: Numbers, filters: list[list[FeatureColumn]]) -> FeatureTable:
    """The columns of each filter, put together row by row."""
    counts = np.zeros((records.size, len(filters)), dtype=np.int32)
    for number, columns in enumerate(filters):
        for column in columns:
            _count(column.codes, column.offsets, counts[:, number])
    ends = np.cumsum(counts.sum(axis=1, dtype=np.int64))
    starts = ends - counts.sum(axis=1)
    elements, places = np.empty(int(ends[-1]) if ends.size else 0, dtype=np.uint64), starts.copy()
    for columns in filters:
        for column in columns:
            _place(column.codes, column.offsets, column.elements, (elements, places))
    return FeatureTable(records, starts, counts, elements)


@njit(nogil=True, cache=True)
def _count(codes, offsets, counts):  # type: ignore[no-untyped-def]
    for row in range(codes.size):
        if codes[row] >= 0:
            counts[row] += offsets[codes[row] + 1] - offsets[codes[row]]


@njit(nogil=True, cache=True)
def _place(codes, offsets, features, out):  # type: ignore[no-untyped-def]
    """Append the features of each row where it has got to."""
    elements, places = out
    for row in range(codes.size):
        if codes[row] >= 0:
            for at in range(offsets[codes[row]], offsets[codes[row] + 1]):
                elements[places[row]] = features[at]
                places[row] += 1
