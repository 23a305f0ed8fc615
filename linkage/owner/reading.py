"""Read a table at home: CSV or Parquet, row by row, so that one bad row costs one row.

A row that cannot be read at all (wrong number of cells, bytes that are not of the declared encoding) arrives with a reason in place of
its cells. A file that cannot be read at all is one InvalidSource.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.owner.profile import Source
from linkage.protocol.errors import InvalidSource
from linkage.protocol.guarded import Guarded

LARGEST_CELL = 100_000
MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a ZIP or Excel file", b"\x1f\x8b": "gzip"}


class RawRow(Guarded):
    """One row as read: its number in the file (the header is row 1), its cells, or why it has none."""

    __slots__ = ("cells", "number", "reason")

    def __init__(self, number: int, cells: list[str], reason: str = "") -> None:
        self.number, self.cells, self.reason = number, cells, reason


def read_source(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """Header, and an iterator over the rows."""
    if not source.path.is_file():
        raise InvalidSource(f"{source.path}: no such file")
    header, rows = _parquet(source.path) if source.format == "parquet" else _csv(source)
    if len(set(header)) != len(header):
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
    reader = csv.reader(file, delimiter=source.delimiter)
    first = next(_lines(reader, 0), None)
    if first is None or first.reason or not any(first.cells):
        file.close()
        raise InvalidSource(f"{source.path}: no header row")
    header = [cell.strip() for cell in first.cells]
    return header, _checked(file, _lines(reader, 1), len(header), source.encoding)


def _check_beginning(source: Source) -> None:
    with source.path.open("rb") as file:
        beginning = file.read(4)
    for mark, name in MARKS.items():
        if beginning.startswith(mark):
            raise InvalidSource(f"{source.path}: looks like {name}, expected CSV in {source.encoding}")


def _lines(reader: Iterator[list[str]], start: int) -> Iterator[RawRow]:
    number = start
    while True:
        number += 1
        unreadable = False
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            unreadable = True
        yield RawRow(number, cells, "not CSV (an overlong or badly quoted cell)" if unreadable else "")


def _checked(file: object, rows: Iterator[RawRow], width: int, encoding: str) -> Iterator[RawRow]:
    with file:  # type: ignore[attr-defined]
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


def _parquet(path: Path) -> tuple[list[str], Iterator[RawRow]]:
    file = None
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        unreadable = True
    else:
        unreadable = False
    if unreadable or file is None:
        raise InvalidSource(f"{path}: not a Parquet file")
    return list(file.schema_arrow.names), _parquet_rows(file)


def _parquet_rows(file: pq.ParquetFile) -> Iterator[RawRow]:
    number = 0
    for batch in file.iter_batches(batch_size=16_384):
        columns = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            yield RawRow(number, [_text(cell) for cell in cells])


def _text(cell: object) -> str:
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
    if isinstance(cell, list):
        return "|".join(_text(part) for part in cell)
    return str(cell)
