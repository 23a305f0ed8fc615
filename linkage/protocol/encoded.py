"""Encoded postings: all that a package says about records."""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Words


class EncodedPostings(Guarded):
    """One row per posting, sorted by token, then id.

    ``tokens`` and ``ids``: (n, 2) 64-bit halves; ``passes`` (n,); ``presence`` (n,) one bit per filter in agreement order;
    ``filters``: packed bits by filter name, (n, length / 64), all zero where missing.
    """

    __slots__ = ("filters", "ids", "passes", "presence", "tokens")

    def __init__(
        self,
        tokens: NDArray[np.uint64],
        ids: NDArray[np.uint64],
        passes: NDArray[np.uint8],
        presence: NDArray[np.uint32],
        filters: dict[str, Words],
    ) -> None:
        self.tokens, self.ids, self.passes, self.presence, self.filters = tokens, ids, passes, presence, filters

    def __len__(self) -> int:
        return int(self.passes.size)

    def shown(self) -> str:
        return f"{len(self)} postings, hidden"
