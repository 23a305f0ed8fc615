"""What is in each field of the validated records, in counts: present, distinct, right and wrong check digits, incomplete dates."""

from collections import Counter
from typing import TypedDict

from linkage.owner.identifiers import check
from linkage.owner.validation import VALUE_LEFT_OUT, Quarantine
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule


class FieldCounts(TypedDict):
    """``present``: records that hold a value; ``distinct`` values; ``left_out``: cells not understood; of the values, how many have a
    right or a wrong check digit, and how many dates lack their day."""

    present: int
    distinct: int
    left_out: int
    right_digits: int
    wrong_digits: int
    partial_dates: int


def field_counts(records: CanonicalRecords, quarantine: Quarantine, rule: EntityRule) -> dict[str, FieldCounts]:
    """Counts of every field that the table has, in the agreement's order."""
    left_out = Counter(field for _, field, _, consequence in quarantine.entries if consequence == VALUE_LEFT_OUT)
    return {
        field: _counts(Counter(records.cells[field]), rule.fields[field].kind, left_out[field])
        for field in rule.fields
        if field in records.cells
    }


def _counts(cells: Counter[tuple[object, ...]], kind: str, left_out: int) -> FieldCounts:
    values: Counter[object] = Counter()
    for cell, count in cells.items():
        for value in cell:
            values[value] += count
    digits: Counter[bool | None] = Counter()
    partial = 0
    for value, count in values.items():
        if isinstance(value, str):
            digits[check(kind, value)] += count
            partial += count if kind == "date" and len(value) < 8 else 0
    return FieldCounts(
        present=cells.total() - cells[()], distinct=len(values), left_out=left_out,
        right_digits=digits[True], wrong_digits=digits[False], partial_dates=partial,
    )  # fmt: skip
