"""Validate and normalise rows; what cannot be used is quarantined with row, field and reason, and the rest goes on.

The rules of this room:
1. A row without its own id, with an id seen before, or without any usable field is left out.
2. A cell that cannot be understood is left out, its row stays: a bad birth date must not cost the name.
3. A reason never quotes the value. The row number and the field are enough to find it at home.
4. Distinct cells are normalised once.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator

from linkage.owner.dates import LATEST, normalise_date, normalise_iso_date
from linkage.owner.full_names import split_full_name
from linkage.owner.missing import is_missing
from linkage.owner.normalisation import normalise
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule, FieldRule
from linkage.protocol.errors import InvalidValue

Values = tuple[object, ...]
ROW_LEFT_OUT, VALUE_LEFT_OUT = "row left out", "value left out"


class Quarantine:
    """What was left out: (row, field, reason, consequence); coordinates, never values."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str, str, str]] = []

    def row(self, number: int, field: str, reason: str) -> None:
        self.entries.append((number, field, reason, ROW_LEFT_OUT))

    def value(self, number: int, field: str, reason: str) -> None:
        self.entries.append((number, field, reason, VALUE_LEFT_OUT))

    def counts(self) -> dict[str, int]:
        """How many entries there are of each consequence and reason, by name."""
        counted = Counter(f"{consequence}: {field}: {reason}" for _, field, reason, consequence in self.entries)
        return dict(sorted(counted.items()))

    def csv(self) -> str:
        """The whole list as CSV, in row order."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["row", "field", "reason", "consequence"])
        writer.writerows(sorted(self.entries))
        return text.getvalue()


class _Cells:
    """Normalises the cells of one field, each distinct text once."""

    def __init__(self, field: str, rule: FieldRule, source: Source) -> None:
        self._many = rule.many != "no" or bool(rule.replaces)
        self._separator = source.separator
        self._nulls = {word.strip().casefold() for word in source.null_words}
        self._words = {word.strip().casefold(): agreed for word, agreed in source.values.get(field, {}).items()}
        self._closed = field in source.closed
        self._function = _normaliser(rule, tuple(source.dates.get(field, ())))
        self._known: dict[str, tuple[Values, str]] = {}

    def of(self, text: str) -> tuple[Values, str]:
        """Canonical values, and why some of the cell was left out ("" if none was)."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._normalised(text)
        return known

    def _normalised(self, text: str) -> tuple[Values, str]:
        values: list[object] = []
        reason = ""
        for part in text.split(self._separator) if self._many else [text]:
            plain = part.strip().casefold()
            if not plain or plain in self._nulls:
                continue
            try:
                value = self._function(self._words.get(plain, part))
            except InvalidValue as error:
                reason = str(error)
            else:
                if value is not None and self._closed and plain not in self._words:
                    reason = "not in the code table of this source"
                else:
                    values += [each for each in self._each(value) if each not in values]
        return tuple(values), reason

    def _each(self, value: object) -> list[object]:
        """A normaliser may find several values in one text (serials of frame and slide), joined with ``|``."""
        if value is None:
            return []
        return list(value.split("|")) if self._many and isinstance(value, str) else [value]


def _normaliser(rule: FieldRule, formats: tuple[str, ...]) -> Callable[[str], object]:
    if rule.kind == "date":
        latest = rule.latest or LATEST
        return lambda text: normalise_date(text, formats, latest) if formats else normalise_iso_date(text, latest)
    if rule.kind == "full_name" and rule.replaces:
        return _full_name
    return lambda text: normalise(rule.kind, text)


def _full_name(text: str) -> tuple[str | None, ...] | None:
    parts = split_full_name(text)
    return tuple(parts) if any(parts) else None


def validate(header: list[str], rows: Iterator[RawRow], source: Source, rule: EntityRule) -> tuple[CanonicalRecords, Quarantine, int]:
    """Canonical records in file order, what was quarantined, and how many rows were read."""
    quarantine = Quarantine()
    place = {name: number for number, name in enumerate(header)}
    cells = {field: _Cells(field, rule.fields[field], source) for field in rule.fields if source.column(field) in place}
    records = CanonicalRecords([], [], {field: [] for field in cells})
    seen: set[str] = set()
    read = 0
    for row in rows:
        read += 1
        reason = row.reason or _row_id_problem(row, place[source.record_id], seen)
        if reason:
            quarantine.row(row.number, "" if row.reason else "record_id", reason)
            continue
        values = {field: _values(row, field, place[source.column(field)], cell, quarantine) for field, cell in cells.items()}
        if not any(values.values()):
            quarantine.row(row.number, "", "no usable field")
            continue
        records.ids.append(row.cells[place[source.record_id]].strip())
        records.cases.append(_case(row.cells[place[source.case_id]], source) if source.case_id in place else "")
        for field, found in values.items():
            records.cells[field].append(found)
    return records, quarantine, read


def _case(text: str, source: Source) -> str:
    """The case reference; empty where it is a null word, which would make one case of strangers' records."""
    case = text.strip()
    unknown = is_missing(case, "code") or case.casefold() in {word.strip().casefold() for word in source.null_words}
    return "" if unknown else case


def _row_id_problem(row: RawRow, place: int, seen: set[str]) -> str:
    record_id = row.cells[place].strip()
    if not record_id:
        return "empty"
    if record_id in seen:
        return "seen before"
    seen.add(record_id)
    return ""


def _values(row: RawRow, field: str, place: int, cells: _Cells, quarantine: Quarantine) -> Values:
    values, reason = cells.of(row.cells[place])
    reason = row.refused.get(place, reason)
    if reason:
        quarantine.value(row.number, field, reason)
    return values
