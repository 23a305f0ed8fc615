"""Encoded postings: all that a package says about records."""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Tags, Words


class EncodedPostings(Guarded):
    """One row per posting, sorted by token, then id.

    ``tokens`` and ``ids``: (n, 2) 64-bit halves; ``passes`` (n,); ``tags`` (n, filters) in agreement order, equal in two postings of
    one block that both hold the field; ``filters``: packed bits by filter name, (n, length / 64), padded, random where missing.
    """

    __slots__ = ("filters", "ids", "passes", "tags", "tokens")

    def __init__(
        self,
        tokens: NDArray[np.uint64],
        ids: NDArray[np.uint64],
        passes: NDArray[np.uint8],
        tags: Tags,
        filters: dict[str, Words],
    ) -> None:
        self.tokens, self.ids, self.passes, self.tags, self.filters = tokens, ids, passes, tags, filters

    def __len__(self) -> int:
        return int(self.passes.size)

    def shown(self) -> str:
        return f"{len(self)} postings, hidden"
