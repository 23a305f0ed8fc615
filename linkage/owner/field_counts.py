"""What is in each field of the validated records, in counts: present, distinct, right and wrong check digits, incomplete dates."""

from collections import Counter
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from linkage.owner.identifiers import check, has_check
from linkage.owner.validation import VALUE_LEFT_OUT, Quarantine
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class FieldCounts(TypedDict):
    """``present``: records that hold a value; ``distinct`` values; ``left_out``: cells not understood; of the values, how many have a
    right or a wrong check digit, and how many dates lack their day."""

    present: int
    distinct: int
    left_out: int
    right_digits: int
    wrong_digits: int
    partial_dates: int


class FieldTally(Guarded):
    """Counts the fields of a table chunk by chunk; of a distinct value eight bytes stay, of the others nothing."""

    __slots__ = ("_counts", "_distinct", "_rule")

    def __init__(self, rule: EntityRule, header: list[str]) -> None:
        self._rule = rule
        self._counts = {field: Counter[str]() for field in rule.fields if field in header}
        self._distinct = {field: np.zeros(0, dtype=np.uint64) for field in self._counts}

    def add(self, records: CanonicalRecords) -> None:
        """The next records."""
        for field, column in records.cells.items():
            cells = Counter(column)
            values: Counter[object] = Counter()
            for cell, count in cells.items():
                for value in cell:
                    values[value] += count
            self._counts[field]["present"] += cells.total() - cells[()]
            self._counts[field].update(_checked(values, self._rule.fields[field].kind))
            self._distinct[field] = np.union1d(self._distinct[field], _digests(values))

    def counts(self, quarantine: Quarantine) -> dict[str, FieldCounts]:
        """Counts of every field that the table has, in the agreement's order."""
        left_out = Counter(field for _, field, _, consequence in quarantine.entries if consequence == VALUE_LEFT_OUT)
        return {field: self._of(field, left_out[field]) for field in self._counts}

    def _of(self, field: str, left_out: int) -> FieldCounts:
        counts = self._counts[field]
        return FieldCounts(
            present=counts["present"], distinct=self._distinct[field].size, left_out=left_out,
            right_digits=counts["right"], wrong_digits=counts["wrong"], partial_dates=counts["partial"],
        )  # fmt: skip


def _checked(values: Counter[object], kind: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    if kind != "date" and not has_check(kind):
        return counts
    for value, count in values.items():
        if isinstance(value, str):
            fits = check(kind, value)
            counts["right"] += count if fits else 0
            counts["wrong"] += count if fits is False else 0
            counts["partial"] += count if kind == "date" and len(value) < 8 else 0
    return counts


def _digests(values: Counter[object]) -> NDArray[np.uint64]:
    """64 bits of each value: among a million two are the same by chance once in forty million tables."""
    texts = np.array([str(value) for value in values], dtype=object)
    return hash_array(texts, categorize=False)
