"""A record as the set of ways in which it may be met: one variant for each name and claimed date or serial.

Aliases replace the fields that the agreement names; several claimed dates multiply with the names, up to a limit. Columns are
held as codes into distinct values, so that every later step works once per distinct value.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded


class Numbering(dict[Any, int]):
    """Numbers things in the order in which they are first asked for; a thing that means nothing is -1."""

    def __init__(self, nothing: object) -> None:
        super().__init__({nothing: -1})

    def __missing__(self, thing: object) -> int:
        number = self[thing] = len(self) - 1
        return number

    def of_all(self, things: Iterable[object]) -> NDArray[np.int32]:
        """The number of each; Python is called for those alone that are new."""
        return np.fromiter(map(self.__getitem__, things), dtype=np.int32)

    def numbered(self) -> list[Any]:
        """The things that have a number, in its order."""
        return list(self)[1:]


class Column(Guarded):
    """One field: ``codes`` (rows,) into ``values``, -1 where missing; a set's values are joined with ``|``."""

    __slots__ = ("codes", "values")

    def __init__(self, codes: NDArray[np.int32], values: list[str]) -> None:
        self.codes, self.values = codes, values

    @classmethod
    def of(cls, cells: list[str | None]) -> "Column":
        numbering = Numbering(None)
        return cls(numbering.of_all(cells), numbering.numbered())

    @classmethod
    def of_values(cls, cells: list[tuple[object, ...]]) -> "Column":
        """Of claimed values, those of a cell joined; distinct cells are joined once."""
        numbering = Numbering(())
        codes = numbering.of_all(cells)
        column = cls.of(list(map(_joined, numbering.numbered())))
        return cls(np.append(column.codes, np.int32(-1))[codes], column.values)

    def shown(self) -> str:
        return f"{self.codes.size} cells, hidden"


class CanonicalRecords(Guarded):
    """Validated, normalised records of one entity type.

    ``ids`` and ``cases`` are the owner's own references; ``cells[field][record]`` is a tuple of canonical values, maybe empty;
    the canonical value of a full name that replaces other fields is a tuple of its parts. ``entities``, rising from 0 without a gap,
    numbers the entity of each record: every record is its own until duplicates are merged.
    """

    __slots__ = ("cases", "cells", "entities", "ids")

    def __init__(
        self, ids: list[str], cases: list[str], cells: dict[str, list[tuple[object, ...]]], entities: list[int] | None = None
    ) -> None:
        self.ids, self.cases, self.cells = ids, cases, cells
        self.entities = list(range(len(ids))) if entities is None else entities

    def count(self) -> int:
        """How many entities the records are."""
        return self.entities[-1] + 1 if self.entities else 0

    def extend(self, others: "CanonicalRecords") -> None:
        """Append records with the same fields."""
        before = self.count()
        self.entities += [before + entity for entity in others.entities]
        self.ids += others.ids
        self.cases += others.cases
        for field, column in self.cells.items():
            column += others.cells[field]

    def chosen(self, numbers: Sequence[int], entities: list[int] | None = None) -> "CanonicalRecords":
        """The numbered records, in that order."""
        cells = {field: [column[number] for number in numbers] for field, column in self.cells.items()}
        return CanonicalRecords([self.ids[number] for number in numbers], [self.cases[number] for number in numbers], cells, entities)

    def of_entities(self, numbers: Iterable[int]) -> "CanonicalRecords":
        """The records of the numbered entities, which are numbered from 0 in that order; ``numbers`` rise."""
        place = {int(entity): number for number, entity in enumerate(numbers)}
        rows = [row for row, entity in enumerate(self.entities) if entity in place]
        return self.chosen(rows, [place[self.entities[row]] for row in rows])

    def slices(self, size: int) -> Iterator["CanonicalRecords"]:
        """The same records, about ``size`` at a time, no entity cut in two."""
        start, total = 0, len(self.ids)
        while start < total:
            end = min(start + size, total)
            while end < total and self.entities[end] == self.entities[end - 1]:
                end += 1
            first = self.entities[start]
            yield self.chosen(range(start, end), [entity - first for entity in self.entities[start:end]])
            start = end

    def references(self) -> list[list[tuple[str, str]]]:
        """Record and case ids of each entity."""
        found: list[list[tuple[str, str]]] = [[] for _ in range(self.count())]
        for entity, own in zip(self.entities, zip(self.ids, self.cases, strict=True), strict=True):
            found[entity].append(own)
        return found

    def shown(self) -> str:
        return f"{len(self.ids)} records, hidden"


class Variants(Guarded):
    """Variant rows: ``records`` (rows,) is the entity each belongs to, rising; ``columns`` by field."""

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
        mixed = np.zeros(self.count, dtype=np.int64)
        for column in columns:
            mixed = np.unique(mixed * (len(column.values) + 1) + column.codes + 1, return_inverse=True)[1]
        _, example = np.unique(mixed, return_index=True)  # a row of each combination
        parts = [[column.values[code] for column in columns if (code := int(column.codes[row])) >= 0] for row in example]
        joined = Column.of([" ".join(words) or None for words in parts])
        return Column(joined.codes[mixed], joined.values)

    def firsts(self) -> NDArray[np.int64]:
        """The first variant row of each record."""
        return np.flatnonzero(np.diff(self.records, prepend=-1))


def variants_of(records: CanonicalRecords, rule: EntityRule) -> Variants:
    """All variants, the recorded name and first value first, at most ``rule.max_variants`` a record.

    Most records are met in one way only; Python walks through the choices of the others alone.
    """
    choosing = _with_a_choice(records, rule)
    extra = {number: _distinct(_rows(records, rule, number), rule.max_variants) for number in choosing}
    counts = np.ones(len(records.ids), dtype=np.int64)
    counts[choosing] = [len(rows) for rows in extra.values()]
    owners = np.repeat(np.arange(counts.size), counts)
    chosen = np.flatnonzero(np.isin(owners, choosing))
    rows = [row for found in extra.values() for row in found]
    columns = {}
    for name, field in rule.fields.items():
        if not field.replaces:
            column = Column.of_values([*records.cells.get(name, ()), *(() if row.get(name) is None else (row[name],) for row in rows)])
            own, others = np.split(column.codes, [column.codes.size - len(rows)])
            codes = own[owners] if own.size else np.full(owners.size, -1, dtype=np.int32)
            codes[chosen] = others
            columns[name] = Column(codes, column.values)
    return _merged(records, Variants(owners, columns), rule.max_variants)


def _merged(records: CanonicalRecords, variants: Variants, limit: int) -> Variants:
    """The variants of an entity's records together, each once, at most ``limit``; where every record is its own, nothing changes."""
    entities = np.array(records.entities, dtype=np.int64)[variants.records]
    several = {entity for entity, count in Counter(records.entities).items() if count > 1}
    kept = np.ones(variants.count, dtype=bool)
    seen: dict[int, set[tuple[int, ...]]] = {}
    for row in np.flatnonzero(np.isin(entities, list(several))).tolist():
        known = seen.setdefault(int(entities[row]), set())
        cells = tuple(int(column.codes[row]) for column in variants.columns.values())
        kept[row] = cells not in known and len(known) < limit
        if kept[row]:
            known.add(cells)
    return Variants(entities[kept], {name: Column(column.codes[kept], column.values) for name, column in variants.columns.items()})


def _with_a_choice(records: CanonicalRecords, rule: EntityRule) -> list[int]:
    """Records with an alias, or with several claimed values, rising."""
    found: set[int] = set()
    for field, column in records.cells.items():
        if rule.fields[field].replaces:
            found.update(number for number, values in enumerate(column) if values)
        elif rule.fields[field].many == "variants":
            found.update(number for number, values in enumerate(column) if len(values) > 1)
    return sorted(found)


def _joined(values: tuple[object, ...]) -> str | None:
    """The cell of a record without a choice; a set's values are one."""
    return "|".join(map(str, values)) or None


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
