"""Variant rows as features, on disk at home: written chunk by chunk, read at random while postings are encoded.

The files lie in a folder that only the owner reads and that is removed with everything in it when the package is sealed. They are
mapped, not loaded: the system keeps in memory what it has room for, however many rows there are.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.owner.feature_rows import FeatureTable
from linkage.owner.features import feature_table
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class FeatureStore(Guarded):
    """Features of all variants so far; ``rows`` and ``records`` count them."""

    __slots__ = ("_features", "_folder", "_rule", "records", "rows")

    def __init__(self, folder: Path, rule: EntityRule) -> None:
        folder.mkdir(mode=0o700)
        self._folder, self._rule = folder, rule
        self.rows, self.records, self._features = 0, 0, 0

    def append(self, variants: Variants, records: int) -> None:
        """Add the variants of the next ``records`` records; their numbers follow on those before."""
        table = feature_table(variants, self._rule)
        _write(self._folder / "records", table.records + self.records)
        _write(self._folder / "starts", table.starts + self._features)
        _write(self._folder / "counts", table.counts)
        _write(self._folder / "elements", table.elements)
        self.rows += variants.count
        self.records += records
        self._features += table.elements.size

    def table(self) -> FeatureTable:
        """Everything so far, mapped from disk."""
        records, starts = (_mapped(self._folder / name, np.int64) for name in ("records", "starts"))
        counts = _mapped(self._folder / "counts", np.int32).reshape(-1, len(self._rule.filter_names))
        return FeatureTable(records, starts, counts, _mapped(self._folder / "elements", np.uint64))


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("ab") as file:
        array.tofile(file)


def _mapped(path: Path, kind: type[np.generic]) -> NDArray[Any]:
    if not path.exists() or not path.stat().st_size:
        return np.zeros(0, dtype=kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r"))
