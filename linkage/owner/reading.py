"""Read a table at home: CSV or Parquet, row by row, so that one bad row costs one row.

The rules of this room:
1. A row that cannot be read at all (wrong number of cells, bytes that are not of the declared encoding) arrives with a reason in place
   of its cells.
2. A quote that is never closed swallows no rows: where the lines that it takes in do not make a row, they are read again one by one.
3. A file that cannot be read at all is one InvalidSource.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.owner.profile import Source
from linkage.protocol.errors import InvalidSource
from linkage.protocol.guarded import Guarded

LARGEST_CELL = 100_000
MARKS = {
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a ZIP or Excel file", b"\x1f\x8b": "gzip",
    b"\xd0\xcf\x11\xe0": "an old Excel file", b"PAR1": "Parquet",
}  # fmt: skip


class RawRow(Guarded):
    """One row as read: its number in the file (the header is row 1), its cells, or why it has none."""

    __slots__ = ("cells", "number", "reason")

    def __init__(self, number: int, cells: list[str], reason: str = "") -> None:
        self.number, self.cells, self.reason = number, cells, reason


def read_source(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """Header, and an iterator over the rows; a Parquet file has no header row, its first row is row 1."""
    if not source.path.is_file():
        raise InvalidSource(f"{source.path}: no such file")
    header, rows = _parquet(source) if source.format == "parquet" else _csv(source)
    named = [name for name in header if name]
    if len(set(named)) != len(named):
        raise InvalidSource(f"{source.path}: two columns have the same name")
    if source.record_id not in header:
        raise InvalidSource(f"{source.path}: no column {source.record_id}, which the profile names as record_id")
    return header, rows


def _csv(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    _check_beginning(source)
    csv.field_size_limit(LARGEST_CELL)
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    errors = "surrogateescape" if source.encoding == "utf-8" else "replace"
    file = source.path.open(encoding=encoding, errors=errors, newline="")
    rows = _csv_rows(_Lines(file), source.delimiter)
    first = next(rows, None)
    if first is None or first.reason or not any(first.cells):
        file.close()
        raise InvalidSource(f"{source.path}: no header row")
    header = [cell.strip() for cell in first.cells]
    return header, _checked(file, rows, len(header), source.encoding)


def _check_beginning(source: Source) -> None:
    with source.path.open("rb") as file:
        beginning = file.read(4)
    for mark, name in MARKS.items():
        if beginning.startswith(mark):
            raise InvalidSource(f"{source.path}: looks like {name}, expected CSV in {source.encoding}")


class _Lines(Guarded):
    """The lines of a file, which remember what was ``taken`` since the last row and can be read ``again``."""

    __slots__ = ("_again", "_file", "taken")

    def __init__(self, file: TextIO) -> None:
        self._file, self._again = file, list[str]()
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._file)
        self.taken.append(line)
        return line

    def first_alone(self) -> str:
        """The first of the taken lines, without its end; the others are to be read again."""
        first, *others = self.taken
        self._again += reversed(others)
        return first.rstrip("\r\n")


def _csv_rows(lines: _Lines, delimiter: str) -> Iterator[RawRow]:
    """Rule 2: strict first, which tells good rows of many lines from bad ones; then leniently, line by line."""
    strict = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        lines.taken.clear()
        cells: list[str] | None = None
        try:
            cells = next(strict)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if cells is None:
            cells = _lenient(lines.first_alone(), delimiter)
        yield RawRow(number, cells or [], "" if cells is not None else "not CSV (an overlong or badly quoted cell)")


def _lenient(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return None


def _checked(file: TextIO, rows: Iterator[RawRow], width: int, encoding: str) -> Iterator[RawRow]:
    with file:
        for row in rows:
            if row.reason or row.cells == []:
                if row.reason:
                    yield row
                continue
            if len(row.cells) != width:
                yield RawRow(row.number, [], f"{len(row.cells)} cells, the header has {width}")
            elif any("\udc80" <= letter <= "\udcff" for cell in row.cells if not cell.isascii() for letter in cell):
                yield RawRow(row.number, [], f"bytes that are not {encoding} (declare the encoding in the profile)")
            else:
                yield row


def _parquet(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    file = None
    try:
        file = pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError):
        file = None
    if file is None:
        raise InvalidSource(f"{source.path}: not a Parquet file")
    return list(file.schema_arrow.names), _parquet_rows(file, source)


def _parquet_rows(file: pq.ParquetFile, source: Source) -> Iterator[RawRow]:
    number = 0
    for batch in _batches(file, source.path):
        for cells in zip(*(_column(column, source.separator) for column in batch.columns), strict=True):
            number += 1
            readable = [cell for cell in cells if cell is not None]
            reason = "" if len(readable) == len(cells) else "a date or time that no calendar has"
            yield RawRow(number, [] if reason else readable, reason)


def _batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.RecordBatch]:
    batches = file.iter_batches(batch_size=16_384)
    while True:
        batch = None
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (pa.ArrowException, OSError):
            batch = None
        if batch is None:
            raise InvalidSource(f"{path}: a damaged Parquet file")
        yield batch


def _column(column: pa.Array, separator: str) -> list[str | None]:
    """A column's cells as text; None for a moment outside the years 1 to 9999, which Arrow can hold and Python cannot."""
    cells: list[str | None] = []
    try:
        cells = [_text(cell, separator) for cell in column.to_pylist()]
    except (ValueError, OverflowError):
        cells = [_moment(scalar, separator) for scalar in column]
    return cells


def _moment(scalar: pa.Scalar, separator: str) -> str | None:
    try:
        return _text(scalar.as_py(), separator)
    except (ValueError, OverflowError):
        return None


def _text(cell: object, separator: str) -> str:
    """A typed cell as the text that a CSV file would hold; whole floats lose their point (a column with gaps turns 7 into 7.0)."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bytes):  # text, as some writers mark it
        return cell.decode("utf-8", "replace")
    if isinstance(cell, list):
        return separator.join(_text(part, separator) for part in cell)
    return str(cell)
