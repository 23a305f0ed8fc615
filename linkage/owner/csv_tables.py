"""CSV files, row by row, so that one bad row costs one row.

The rules of this room:
1. A row that cannot be read at all (wrong number of cells, bytes that are not of the declared encoding) arrives with a reason in place
   of its cells.
2. A quote that is never closed swallows no rows: where the lines that it takes in do not make a row, they are read again one by one.
"""

import csv
from collections.abc import Iterator
from typing import TextIO

from linkage.owner.raw_rows import RawRow, bad_bytes
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource
from linkage.protocol.guarded import Guarded

LARGEST_CELL = 100_000
MARKS = {
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a ZIP or Excel file", b"\x1f\x8b": "gzip",
    b"\xd0\xcf\x11\xe0": "an old Excel file", b"PAR1": "Parquet",
}  # fmt: skip


def read_csv(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """Header and rows; the header is row 1."""
    _check_beginning(source)
    csv.field_size_limit(LARGEST_CELL)
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    errors = "surrogateescape" if source.encoding == "utf-8" else "replace"
    file = source.file.open(encoding=encoding, errors=errors, newline="")
    rows = _csv_rows(_Lines(file), source.delimiter)
    first = next(rows, None)
    if first is None or first.reason or not any(first.cells):
        file.close()
        raise InvalidSource(f"{source.file}: no header row")
    header = [cell.strip() for cell in first.cells]
    return header, _checked(file, rows, len(header), source.encoding)


def _check_beginning(source: Source) -> None:
    with source.file.open("rb") as file:
        beginning = file.read(4)
    for mark, name in MARKS.items():
        if beginning.startswith(mark):
            raise InvalidSource(f"{source.file}: looks like {name}, expected CSV in {source.encoding}")


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
            else:
                reason = bad_bytes(row.cells, encoding)
                yield RawRow(row.number, [], reason) if reason else row
