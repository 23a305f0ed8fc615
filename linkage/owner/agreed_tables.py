"""From a local table to one whose columns are agreed fields, still as text: columns renamed, put together, taken apart.

The rules of this room:
1. A column is found by its name, whatever its accents and capitals. One that the profile names must be there; one that a ready-made
   mapping names may be absent, and is reported.
2. A field without a column of its own that is called as the field is takes that one.
3. Whole names are taken apart by the same rules as aliases are (``full_names``); null words make no names.
4. What is not mapped does not go on.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from linkage.owner.full_names import split_full_name
from linkage.owner.headers import find_column
from linkage.owner.raw_rows import RawRow
from linkage.owner.reading import read_source
from linkage.owner.sources import ColumnRule, Source
from linkage.protocol.entity_rules import EntityRule, FieldRule
from linkage.protocol.errors import InvalidSource

ISSUED = frozenset({"passport", "driver_licence"})
NAME_PARTS = ("given_names", "surname_1", "surname_2")
_NUMBER = re.compile(r"\s*(\d{1,9}(?:[.,]\d{1,9})?)\s*(?:\"|''|in\.?|inch(?:es)?|pulg(?:adas?)?\.?|po\.?|pouces?)?\s*", re.IGNORECASE)

Cell = Callable[[list[str]], str]
"""Makes an agreed cell of a local row."""


class AgreedTable(NamedTuple):
    """``header`` and ``rows`` in agreed names; ``source`` as they are to be validated; how many local columns were ignored;
    ``absent``: fields whose columns a mapping names and the table lacks."""

    header: list[str]
    rows: Iterator[RawRow]
    source: Source
    ignored: int
    absent: list[str]


class _Columns:
    """The header, and which of its columns are used."""

    def __init__(self, header: list[str], source: Source) -> None:
        self.header, self.used, self._where = header, set[int](), source.where

    def find(self, name: str) -> int | None:
        at = find_column(self.header, name)
        if at is not None:
            self.used.add(at)
        return at

    def require(self, name: str) -> int:
        at = self.find(name)
        if at is None:
            raise InvalidSource(f"{self._where}: no column {name}, which the profile or its mapping names")
        return at


def read_agreed(source: Source, rule: EntityRule) -> AgreedTable:
    """Read a source in agreed names. Raises InvalidSource when a column that the profile names is not there."""
    header, rows = read_source(source)
    columns = _Columns(header, source)
    places, absent = _places(columns, source, rule)
    cells = {name: _cell(columns, name, at, source, rule) for name, at in places.items()} | _taken_apart(columns, source)
    ignored = len(header) - len(columns.used)
    standing = {at[0]: name for name, at in places.items()}
    if len(standing) == len(cells) and not any(cells.values()) and not source.constants:
        return AgreedTable([standing.get(at, "") for at in range(len(header))], rows, source.agreed(), ignored, absent)
    made = _Made(places, cells, source.constants)
    return AgreedTable(made.header, map(made.row, rows), source.agreed(), ignored, absent)


def _places(columns: _Columns, source: Source, rule: EntityRule) -> tuple[dict[str, list[int]], list[str]]:
    """Agreed name -> where its local columns stand, and the fields whose columns are absent, as they may be."""
    places = {"record_id": [columns.require(source.record_id)]}
    must = "case_id" in source.model_fields_set and "case_id" not in source.optional
    case = columns.require(source.case_id) if must else columns.find(source.case_id)
    if case is not None:
        places["case_id"] = [case]
    elsewhere = {*source.constants, *(NAME_PARTS if source.full_name else NAME_PARTS[1:] if source.surnames else ())}
    absent = []
    for field in rule.fields:
        written = source.columns.get(field)
        if written is None:
            if field in columns.header and field not in elsewhere:
                places[field] = [columns.require(field)]
            continue
        look = columns.find if field in source.optional else columns.require
        standing = [at for at in map(look, written.columns) if at is not None]
        if standing and all(look(name) is not None for name in written.only):
            places[field] = standing
        else:
            absent.append(field)
    return places, absent


class _Made:
    """Makes agreed rows: a cell of each name by its own function, or as it stands."""

    def __init__(self, places: dict[str, list[int]], cells: dict[str, Cell | None], constants: dict[str, str]) -> None:
        self.header = [*cells, *(name for name in constants if name not in cells)]
        self._constants = [constants[name] for name in self.header[len(cells) :]]
        self._blank = [""] * len(self._constants)
        self._places = [places.get(name, []) for name in cells]
        self._makers = [maker or _standing(places[name][0]) for name, maker in cells.items()]

    def row(self, row: RawRow) -> RawRow:
        if row.reason:
            return row
        cells = [make(row.cells) for make in self._makers]
        refused = row.refused and {
            at: reason for at, places in enumerate(self._places) for place in places if (reason := row.refused.get(place, ""))
        }
        described = any(cell.strip() for name, cell in zip(self.header, cells, strict=False) if name not in ("record_id", "case_id"))
        return RawRow(row.number, cells + (self._constants if described else self._blank), "", refused)


def _standing(at: int) -> Cell:
    return lambda row: row[at]


def _cell(columns: _Columns, name: str, places: list[int], source: Source, rule: EntityRule) -> Cell | None:
    """The function that makes the cell; None where it is a local cell as it stands."""
    written = source.columns.get(name)
    if written is None or written.plain:
        return None
    field = rule.fields[name]
    issued = field.kind in ISSUED and len(written.columns) > 1
    cell = _joined(places, _joint(written, field, source.separator), _nulls(source), issued)
    if written.scale:
        cell = _scaled(cell, written.scale)
    for column, words in written.only.items():
        cell = _only_where(columns.require(column), frozenset(word.strip().casefold() for word in words), cell)
    return cell


def _joint(columns: ColumnRule, field: FieldRule, separator: str) -> str:
    if columns.join is not None:
        return columns.join
    if field.kind in ISSUED:
        return ":"
    return separator if field.many != "no" or field.replaces else " "


def _joined(places: list[int], joint: str, nulls: frozenset[str], issued: bool) -> Cell:
    def joined(row: list[str]) -> str:
        parts = [row[at].strip() for at in places]
        if issued and not parts[-1]:
            return ""
        return joint.join(part for part in parts if part and part.casefold() not in nulls)

    return joined


def _only_where(at: int, words: frozenset[str], cell: Cell) -> Cell:
    return lambda row: cell(row) if row[at].strip().casefold() in words else ""


def _scaled(cell: Cell, scale: float) -> Cell:
    """A number in another unit; text that is not one number goes on as it is and is judged there."""

    def scaled(row: list[str]) -> str:
        text = cell(row)
        match = _NUMBER.fullmatch(text)
        return f"{float(match[1].replace(',', '.')) * scale:.3f}" if match else text

    return scaled


def _taken_apart(columns: _Columns, source: Source) -> dict[str, Cell | None]:
    column = source.full_name or source.surnames
    if column is None:
        return {}
    at, known, nulls = columns.require(column), dict[str, tuple[str, ...]](), _nulls(source)

    def parts(text: str) -> tuple[str, ...]:
        if text not in known:
            whole = f"{text}, Ana" if source.surnames else text  # surnames stand before a comma
            known[text] = ("", "", "") if text.strip().casefold() in nulls else tuple(part or "" for part in split_full_name(whole))
        return known[text]

    numbers = range(3) if source.full_name else range(1, 3)
    return {NAME_PARTS[number]: _part(parts, at, number) for number in numbers}


def _part(parts: Callable[[str], tuple[str, ...]], at: int, number: int) -> Cell:
    return lambda row: parts(row[at])[number]


def _nulls(source: Source) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in source.null_words)
