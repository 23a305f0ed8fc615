"""Candidate pairs: postings of two owners that share a token."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.similarity import Rows


class CandidatePairs:
    """Rows of the left and right postings that met, shape (pairs,). A posting has one token, so it meets in one block only."""

    __slots__ = ("left", "right")

    def __init__(self, left: Rows, right: Rows) -> None:
        self.left, self.right = left, right

    def __len__(self) -> int:
        return int(self.left.size)


@njit(nogil=True, cache=True)
def _merge(left, right, out_left, out_right):  # type: ignore[no-untyped-def]
    """Merge join of sorted tokens; fills the outputs where they have room and returns how many pairs there are."""
    i, j, found = 0, 0, 0
    while i < left.shape[0] and j < right.shape[0]:
        if left[i, 0] < right[j, 0] or (left[i, 0] == right[j, 0] and left[i, 1] < right[j, 1]):
            i += 1
            continue
        if left[i, 0] != right[j, 0] or left[i, 1] != right[j, 1]:
            j += 1
            continue
        end_left, end_right = i, j
        while end_left < left.shape[0] and left[end_left, 0] == left[i, 0] and left[end_left, 1] == left[i, 1]:
            end_left += 1
        while end_right < right.shape[0] and right[end_right, 0] == right[j, 0] and right[end_right, 1] == right[j, 1]:
            end_right += 1
        for a in range(i, end_left):
            for b in range(j, end_right):
                if found < out_left.size:
                    out_left[found], out_right[found] = a, b
                found += 1
        i, j = end_left, end_right
    return found


def candidate_pairs(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> CandidatePairs:
    """All pairs of rows with equal tokens; both sides (n, 2) sorted by token. Pairs come block by block, in row order."""
    nothing = np.zeros(0, dtype=np.uint32)
    count = _merge(left, right, nothing, nothing)
    rows_left, rows_right = np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.uint32)
    _merge(left, right, rows_left, rows_right)
    return CandidatePairs(rows_left, rows_right)
