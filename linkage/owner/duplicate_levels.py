"""How candidate pairs of one table compare, field by field, with `recordlinkage`: in chunks of pairs, over compact columns.

The rules of this room:
1. A column is a number for each record into its distinct cells, so that a million records take four bytes each a field.
2. A missing value is no evidence: its level is NaN.
3. What is plain from the numbers is not looked at: a cell agrees with itself, and of two different single values none is shared.
4. Of the other pairs of a chunk, cells that meet more than once are compared once.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.owner.duplicate_rules import CERTAIN_OF_ITSELF, CONTRADICTING, Comparison, Texts, class_of, comparison_of, equal
from linkage.owner.variants import CanonicalRecords, Numbering
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

PAIRS = 250_000  # compared at a time

Codes = NDArray[np.int32]
Cell = tuple[object, ...]


class ComparedColumns(Guarded):
    """The columns that say something about identity: ``kinds`` by field, codes (records,) and distinct cells; code 0 is the missing one."""

    __slots__ = ("_cells", "_codes", "_single", "kinds")

    def __init__(self, records: CanonicalRecords, rule: EntityRule) -> None:
        self.kinds: dict[str, str] = {
            field: agreed.kind for field in records.cells if class_of((agreed := rule.fields[field]).kind) and not agreed.replaces
        }
        self._codes: dict[str, Codes] = {}
        self._cells: dict[str, list[Cell]] = {}
        self._single: dict[str, NDArray[np.bool_]] = {}
        for field in self.kinds:
            numbering = Numbering(())
            self._codes[field] = numbering.of_all(records.cells[field]) + np.int32(1)
            self._cells[field] = list(numbering)
            self._single[field] = np.fromiter((len(cell) == 1 for cell in numbering), dtype=bool)

    def shown(self) -> str:
        return f"{len(self.kinds)} columns, hidden"

    def levels(self, pairs: NDArray[np.int64]) -> Iterator[pd.DataFrame]:
        """Levels of the pairs (pairs, 2) by field, ``PAIRS`` rows at a time: 1 agrees, 0 contradicts, 0.5 neither, NaN missing."""
        import recordlinkage

        table = pd.DataFrame(self._codes)
        compare = recordlinkage.Compare()
        for field in self.kinds:
            compare.compare_vectorized(self._comparing(field), field, field, label=field)
        for start in range(0, len(pairs), PAIRS):
            chunk = pairs[start : start + PAIRS]
            index = pd.MultiIndex.from_arrays([chunk[:, 0], chunk[:, 1]])
            yield pd.DataFrame(compare.compute(index, table)).astype(np.float32)

    def contradict(self, left: int, right: int) -> bool:
        """Whether two records contradict each other, for pairs that no key brought together."""
        return any(self._contradict(field, left, right) for field, kind in self.kinds.items() if class_of(kind) in CONTRADICTING)

    def _contradict(self, field: str, left: int, right: int) -> bool:
        one, other = (self._cells[field][self._codes[field][number]] for number in (left, right))
        return bool(one and other) and _level(comparison_of(self.kinds[field]), one, other) == 0.0

    def _comparing(self, field: str) -> Callable[["pd.Series[int]", "pd.Series[int]"], "pd.Series[float]"]:
        comparison, cells, single = comparison_of(self.kinds[field]), self._cells[field], self._single[field]

        def compare(left: "pd.Series[int]", right: "pd.Series[int]") -> "pd.Series[float]":
            """Rules 2 to 4."""
            ones, others = left.to_numpy(dtype=np.int64), right.to_numpy(dtype=np.int64)
            levels, there = np.full(ones.size, np.nan), (ones > 0) & (others > 0)
            if comparison in CERTAIN_OF_ITSELF:
                same = there & (ones == others)
                levels[same], there = 1.0, there & ~same
            if comparison is equal:
                strangers = there & single[ones] & single[others]
                levels[strangers], there = 0.0, there & ~strangers
            asked = np.flatnonzero(there)
            meetings, places = np.unique(ones[asked] * len(cells) + others[asked], return_inverse=True)
            met = zip(*(side.tolist() for side in np.divmod(meetings, len(cells))), strict=True)
            levels[asked] = np.array([_level(comparison, cells[one], cells[other]) for one, other in met])[places]
            return pd.Series(levels, index=left.index)

        return compare


def _level(comparison: Comparison, left: Cell, right: Cell) -> float:
    return comparison(_texts(left), _texts(right))


def _texts(cell: Cell) -> Texts:
    return frozenset(map(str, cell))
