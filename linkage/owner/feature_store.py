"""Variant rows as features, on disk at home: written chunk by chunk, read at random while postings are encoded.

The files lie in a folder that only the owner reads and that is removed with everything in it when the package is sealed. They are
mapped, not loaded: the system keeps in memory what it has room for, however many rows there are.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.owner.features import FeatureColumn, FeatureTable, feature_table
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class FeatureStore(Guarded):
    """Features of all variants so far; ``rows`` and ``records`` count them."""

    __slots__ = ("_ends", "_folder", "_rule", "records", "rows")

    def __init__(self, folder: Path, rule: EntityRule) -> None:
        folder.mkdir(mode=0o700)
        self._folder, self._rule = folder, rule
        self._ends: dict[str, tuple[int, int]] = {}  # column -> distinct values and features so far
        self.rows, self.records = 0, 0

    def append(self, variants: Variants, records: int) -> None:
        """Add the variants of the next ``records`` records; their numbers follow on those before."""
        table = feature_table(variants, self._rule)
        for name, columns in table.columns.items():
            for number, column in enumerate(columns):
                self._append(f"{name}.{number}", column)
        _write(self._folder / "records", table.records + self.records)
        self.rows += variants.count
        self.records += records

    def table(self) -> FeatureTable:
        """Everything so far, mapped from disk."""
        columns = {
            name: [self._column(f"{name}.{number}") for number in range(len(self._rule.filters[name].fields))]
            for name in self._rule.filter_names
        }
        return FeatureTable(_mapped(self._folder / "records", np.int64), columns)

    def _append(self, name: str, column: FeatureColumn) -> None:
        if name not in self._ends:
            self._ends[name] = 0, 0
            _write(self._folder / f"{name}.offsets", np.zeros(1, dtype=np.int64))
        values, features = self._ends[name]
        _write(self._folder / f"{name}.codes", np.where(column.codes >= 0, column.codes + np.int32(values), np.int32(-1)))
        _write(self._folder / f"{name}.offsets", column.offsets[1:] + features)
        _write(self._folder / f"{name}.elements", column.elements)
        self._ends[name] = values + column.offsets.size - 1, features + column.elements.size

    def _column(self, name: str) -> FeatureColumn:
        codes, offsets, elements = (self._folder / f"{name}.{part}" for part in ("codes", "offsets", "elements"))
        return FeatureColumn(_mapped(codes, np.int32), _mapped(offsets, np.int64), _mapped(elements, np.uint64))


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("ab") as file:
        array.tofile(file)


def _mapped(path: Path, kind: type[np.generic]) -> NDArray[Any]:
    if not path.exists() or not path.stat().st_size:
        return np.zeros(0, dtype=kind)
    return np.asarray(np.memmap(path, dtype=kind, mode="r"))
