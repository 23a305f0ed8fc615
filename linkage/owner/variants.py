"""A record as the set of ways in which it may be met: one variant for each name and claimed date or serial.

Aliases replace the fields that the agreement names; several claimed dates multiply with the names, up to a limit. Columns are
held as codes into distinct values, so that every later step works once per distinct value.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class Column(Guarded):
    """One field: ``codes`` (rows,) into ``values``, -1 where missing; a set's values are joined with ``|``."""

    __slots__ = ("codes", "values")

    def __init__(self, codes: NDArray[np.int32], values: list[str]) -> None:
        self.codes, self.values = codes, values

    @classmethod
    def of(cls, cells: list[str | None]) -> "Column":
        numbering: dict[str, int] = {}
        codes = [-1 if cell is None else numbering.setdefault(cell, len(numbering)) for cell in cells]
        return cls(np.array(codes, dtype=np.int32), list(numbering))

    def shown(self) -> str:
        return f"{self.codes.size} cells, hidden"


class CanonicalRecords(Guarded):
    """Validated, normalised records of one entity type.

    ``ids`` and ``cases`` are the owner's own references; ``cells[field][record]`` is a tuple of canonical values, maybe empty;
    the canonical value of a full name that replaces other fields is a tuple of its parts.
    """

    __slots__ = ("cases", "cells", "ids")

    def __init__(self, ids: list[str], cases: list[str], cells: dict[str, list[tuple[object, ...]]]) -> None:
        self.ids, self.cases, self.cells = ids, cases, cells

    def shown(self) -> str:
        return f"{len(self.ids)} records, hidden"


class Variants(Guarded):
    """Variant rows: ``records`` (rows,) is the record each belongs to, rising; ``columns`` by field."""

    __slots__ = ("columns", "count", "records")

    def __init__(self, records: NDArray[np.int64], columns: dict[str, Column]) -> None:
        self.records, self.columns, self.count = records, columns, int(records.size)

    def shown(self) -> str:
        return f"{self.count} variants, hidden"

    def column(self, fields: str) -> Column | None:
        """The column of a field, or of ``field+other`` the words of those that are there; None when none of them was given."""
        columns = [self.columns[name] for name in fields.split("+") if name in self.columns]
        if len(columns) < 2:
            return columns[0] if columns else None
        cells, rows = np.unique(np.stack([column.codes for column in columns], axis=1), axis=0, return_inverse=True)
        parts = [[column.values[code] for column, code in zip(columns, cell, strict=True) if code >= 0] for cell in cells.tolist()]
        joined = Column.of([" ".join(words) or None for words in parts])
        return Column(joined.codes[rows.reshape(-1)], joined.values)

    def firsts(self) -> NDArray[np.int64]:
        """The first variant row of each record."""
        return np.flatnonzero(np.diff(self.records, prepend=-1))


def variants_of(records: CanonicalRecords, rule: EntityRule) -> Variants:
    """All variants, the recorded name and first value first, at most ``rule.max_variants`` a record."""
    plain = {name: field for name, field in rule.fields.items() if not field.replaces}
    owners: list[int] = []
    cells: dict[str, list[str | None]] = {name: [] for name in plain}
    for number in range(len(records.ids)):
        for row in _distinct(_rows(records, rule, number), rule.max_variants):
            owners.append(number)
            for name, column in cells.items():
                column.append(row.get(name))
    return Variants(np.array(owners, dtype=np.int64), {name: Column.of(column) for name, column in cells.items()})


def _distinct(rows: Iterator[dict[str, str | None]], limit: int) -> list[dict[str, str | None]]:
    """The first distinct rows, as many as the limit; a cell of a thousand dates costs no more than that."""
    found: dict[tuple[tuple[str, str | None], ...], dict[str, str | None]] = {}
    for row in rows:
        found.setdefault(tuple(sorted(row.items(), key=lambda item: item[0])), row)
        if len(found) == limit:
            break
    return list(found.values())


def _rows(records: CanonicalRecords, rule: EntityRule, number: int) -> Iterator[dict[str, str | None]]:
    """Every choice of claimed values under every name, fields in name order, so that the agreement's order changes nothing."""
    fixed: dict[str, str | None] = {}
    varying: list[list[tuple[str, str]]] = []
    names: list[dict[str, str | None]] = [{}]
    for field, column in sorted(records.cells.items()):
        values, field_rule = column[number], rule.fields[field]
        if not values:
            continue
        if field_rule.replaces:
            names += [dict(zip(field_rule.replaces, _parts(value), strict=False)) for value in values]
        elif field_rule.many == "variants" and len(values) > 1:
            varying.append([(field, str(value)) for value in values])
        else:
            fixed[field] = "|".join(str(value) for value in values)
    for choice in product(*varying):
        for name in names:
            yield {**fixed, **dict(choice), **name}


def _parts(value: object) -> tuple[str | None, ...]:
    return value if isinstance(value, tuple) else (str(value),)
