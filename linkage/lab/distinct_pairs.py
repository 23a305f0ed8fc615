"""How many distinct pairs a long stream of pairs holds, in bounded memory: keys go to files by range, each range is counted by itself."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
AT_ONCE = 4_000_000  # keys in memory, about, when a range is counted


class DistinctPairs:
    """Counts distinct keys in 0..`limit`; about `expected` keys will come. `scratch` is an empty folder that the caller removes."""

    def __init__(self, scratch: Path, limit: int, expected: int, at_once: int = AT_ONCE) -> None:
        self._files = [scratch / f"{number:05d}.keys" for number in range(expected // at_once + 1)]
        self._edges = np.linspace(0, max(limit, 1), len(self._files) + 1).astype(np.int64)[1:-1]

    def add(self, keys: Keys) -> None:
        """Take keys in, shape (n,), in any order and as often as they come."""
        ordered = np.unique(keys)
        for path, part in zip(self._files, np.split(ordered, np.searchsorted(ordered, self._edges)), strict=True):
            if part.size:
                with path.open("ab") as file:
                    file.write(part.tobytes())

    def count(self) -> int:
        """Distinct keys so far."""
        return sum(int(np.unique(np.fromfile(path, dtype=np.int64)).size) for path in self._files if path.exists())
