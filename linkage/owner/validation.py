"""Validate and normalise rows; what cannot be used is quarantined with row, field and reason, and the rest goes on.

The rules of this room:
1. A row without its own id, with an id seen before, withdrawn, or without any usable field is left out.
2. A cell that cannot be understood is left out, its row stays: a bad birth date must not cost the name.
3. A reason never quotes the value. The row number and the field are enough to find it at home.
4. Distinct cells are normalised once.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress, islice

from linkage.owner.dates import LATEST, normalise_date, normalise_iso_date
from linkage.owner.full_names import split_full_name
from linkage.owner.missing import is_missing
from linkage.owner.normalisation import normalise
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.remembered import Remembered
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule, FieldRule
from linkage.protocol.errors import InvalidValue

Values = tuple[object, ...]
Gone = Callable[[str, str], bool]
ROWS = 20_000  # of a chunk
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
    """Normalises the cells of one field, each distinct text once; what a text comes to is its values and why some of it was left out."""

    def __init__(self, field: str, rule: FieldRule, source: Source) -> None:
        self._many = rule.many != "no" or bool(rule.replaces)
        self._separator = source.separator
        self._nulls = {word.strip().casefold() for word in source.null_words}
        self._words = {word.strip().casefold(): agreed for word, agreed in source.values.get(field, {}).items()}
        self._closed = field in source.closed
        self._function = _normaliser(rule, tuple(source.dates.get(field, ())))
        self.known: Remembered[tuple[Values, str]] = Remembered(self._normalised)

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


class Validation:
    """Validates the rows of one table, chunk by chunk: what a chunk holds is let go before the next one is read.

    ``quarantine``, ``withdrawn`` (ids) and ``read``, the number of rows so far, tell what became of them. Only the row ids and the
    quarantine stay in memory.
    """

    def __init__(self, header: list[str], rows: Iterator[RawRow], source: Source, rule: EntityRule, gone: Gone | None = None) -> None:
        """``gone``: whether a record of this id and case has been withdrawn."""
        place = {name: number for number, name in enumerate(header)}
        self._id = place[source.record_id]
        self._case = place.get(source.case_id)
        self._no_case = {word.strip().casefold() for word in source.null_words}
        self._cells = {
            field: (place[source.column(field)], _Cells(field, rule.fields[field], source))
            for field in rule.fields
            if source.column(field) in place
        }
        self._rows, self._seen, self._gone = rows, set[str](), gone
        self.withdrawn = set[str]()
        self.quarantine, self.read = Quarantine(), 0

    def chunks(self, size: int) -> Iterator[CanonicalRecords]:
        """Canonical records of every ``size`` rows, in file order."""
        while chunk := list(islice(self._rows, size)):
            self.read += len(chunk)
            yield self._canonical([row for row in chunk if self._has_cells_and_id(row)])

    def _has_cells_and_id(self, row: RawRow) -> bool:
        if row.reason:
            self.quarantine.row(row.number, "", row.reason)
            return False
        record_id = row.cells[self._id].strip()
        if not record_id or record_id in self._seen:
            self.quarantine.row(row.number, "record_id", "seen before" if record_id else "empty")
            return False
        self._seen.add(record_id)
        if self._gone is not None and self._gone(record_id, "" if self._case is None else self._case_of(row.cells[self._case])):
            self.quarantine.row(row.number, "record_id", "withdrawn")
            self.withdrawn.add(record_id)
            return False
        return True

    def _canonical(self, rows: list[RawRow]) -> CanonicalRecords:
        columns: dict[str, list[Values]] = {}
        for field, (place, cells) in self._cells.items():
            answers = cells.known.of_all([row.cells[place] for row in rows])
            columns[field] = [values for values, _ in answers]
            for row, (_, reason) in zip(rows, answers, strict=True):
                if reason or row.refused:
                    self._leave_out(row, field, row.refused.get(place, reason))
        usable = [any(values) for values in zip(*columns.values(), strict=True)] if columns else [False] * len(rows)
        for row, found in zip(rows, usable, strict=True):
            if not found:
                self.quarantine.row(row.number, "", "no usable field")
        kept = list(compress(rows, usable))
        cases = ["" if self._case is None else self._case_of(row.cells[self._case]) for row in kept]
        return CanonicalRecords(
            [row.cells[self._id].strip() for row in kept],
            cases,
            {field: list(compress(column, usable)) for field, column in columns.items()},
        )

    def _leave_out(self, row: RawRow, field: str, reason: str) -> None:
        if reason:
            self.quarantine.value(row.number, field, reason)

    def _case_of(self, text: str) -> str:
        """The case reference; empty where it is a null word, which would make one case of strangers' records."""
        case = text.strip()
        return "" if is_missing(case, "code") or case.casefold() in self._no_case else case


def validate(header: list[str], rows: Iterator[RawRow], source: Source, rule: EntityRule) -> tuple[CanonicalRecords, Quarantine, int]:
    """All canonical records of a small table in file order, what was quarantined, and how many rows were read."""
    validation = Validation(header, rows, source, rule)
    records = CanonicalRecords([], [], {field: [] for field in rule.fields if source.column(field) in header})
    for chunk in validation.chunks(ROWS):
        records.extend(chunk)
    return records, validation.quarantine, validation.read
