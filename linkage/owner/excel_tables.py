"""Excel workbooks (.xlsx), read as a stream.

The rules of this room:
1. One sheet, its header in one row. A header with an empty cell between names (as merged cells leave it) is refused: nobody can say
   what stands below it.
2. A formula counts by the result that Excel stored. One that was never calculated has none, and its cell is refused.
3. Dates are dates by their number format and become ISO; an error (#N/A, #REF!) is an empty cell.
4. A number of more than 15 digits is refused: Excel has rounded it. Such a column must hold text.
"""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from linkage.owner.csv_tables import LARGEST_CELL
from linkage.owner.raw_rows import RawRow, text_of
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource
from linkage.protocol.guarded import Guarded

warnings.filterwarnings("ignore", module="openpyxl")  # some quote the cell

EXACT = 10**15
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
NO_RESULT = "a formula without a stored result (open the file in Excel and save it)"
ROUNDED = "a number of more than 15 digits, which Excel has rounded (format the column as text)"
OVERLONG = "an overlong cell"

Cells = tuple[Any, ...]


class _Book(Guarded):
    """An open workbook and one sheet of it: stored results, and what was typed where there are formulas."""

    __slots__ = ("_books", "typed", "values")

    def __init__(self, path: Path, named: str | None) -> None:
        self._books = [load_workbook(path, read_only=True, data_only=True)]
        sheet = _sheet(self._books[0], path, named)
        self.values = _rows(sheet)
        self.typed: Iterator[Cells] | None = None
        if _has_formulas(sheet):
            self._books.append(load_workbook(path, read_only=True, data_only=False))
            self.typed = _rows(self._books[1][sheet.title])

    def close(self) -> None:
        for book in self._books:
            book.close()


def read_excel(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """Header and rows; a row's number is that of the sheet."""
    book = _opened(source)
    rows = _numbered(book, source.file)
    header: list[str] = []
    for number, cells, _ in rows:
        if number == source.header_row:
            header = [text_of(cell, source.separator).strip() for cell in cells]
            break
    while header and not header[-1]:
        header.pop()
    problem = _header_problem(header, source.header_row)
    if problem:
        book.close()
        raise InvalidSource(f"{source.path}: {problem}")
    return header, _checked(book, rows, len(header), source.separator)


def _opened(source: Source) -> _Book:
    problem = ""
    try:
        return _Book(source.file, source.sheet)
    except InvalidSource as error:
        problem = str(error)
    except Exception:  # whatever openpyxl, zipfile and expat make of a file that is none
        problem = f"{source.path}: not an Excel workbook (.xlsx)"
    raise InvalidSource(problem)


def _sheet(book: Any, path: Path, named: str | None) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    if named is None and len(names) != 1:
        raise InvalidSource(f"{path}: has {len(names)} sheets; the profile must say which one as sheet")
    if named is not None and named not in names:
        raise InvalidSource(f"{path}: has no sheet of the name that the profile says")
    sheet = book[named or names[0]]
    sheet.reset_dimensions()  # some writers leave a wrong size, and rows would be lost
    return sheet


def _rows(sheet: Any) -> Iterator[Cells]:
    rows: Iterator[Cells] = sheet.iter_rows(values_only=True)
    return rows


def _has_formulas(sheet: Any) -> bool:
    """Whether any cell of the sheet holds a formula, by its raw XML: much faster than reading the cells twice."""
    with sheet.parent._archive.open(sheet._worksheet_path) as file:
        before = b""
        while block := file.read(1 << 20):
            if FORMULA.search(before + block):
                return True
            before = block[-16:]
    return False


def _header_problem(header: list[str], row: int) -> str:
    if not header:
        return f"no header row (row {row} is empty; the profile may name another one as header_row)"
    if not all(header):
        return f"row {row} has an empty cell between column names, as merged cells leave it: every column needs its name in that row"
    return ""


def _numbered(book: _Book, path: Path) -> Iterator[tuple[int, Cells, Cells]]:
    """Row number, values, and what was typed; any damage on the way is one clean error."""
    number = 0
    while True:
        number += 1
        damaged, cells, typed = False, (), ()
        try:
            cells = next(book.values)
            typed = next(book.typed) if book.typed else ()
        except StopIteration:
            return
        except Exception:  # expat and zipfile on damaged files; they quote what they could not read
            damaged = True
        if damaged:
            raise InvalidSource(f"{path}: a damaged Excel workbook, at or after row {number}")
        yield number, cells, typed


def _checked(book: _Book, rows: Iterator[tuple[int, Cells, Cells]], width: int, separator: str) -> Iterator[RawRow]:
    try:
        for number, cells, typed in rows:
            if any(cell is not None for cell in cells[width:]):
                yield RawRow(number, [], f"cells beyond the {width} columns that have a name")
            elif any(cell is not None for cell in cells) or any(cell is not None for cell in typed):
                yield _row(number, cells[:width] + (None,) * (width - len(cells)), typed[:width], separator)
    finally:
        book.close()


def _row(number: int, cells: Cells, typed: Cells, separator: str) -> RawRow:
    refused = {at: NO_RESULT for at, cell in enumerate(typed) if cells[at] is None and cell is not None}
    texts = []
    for at, cell in enumerate(cells):
        text = "" if isinstance(cell, str) and cell.startswith("#") and cell in ERRORS else text_of(cell, separator)
        if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT:
            refused[at] = ROUNDED
        if len(text) > LARGEST_CELL:
            refused[at] = OVERLONG
        texts.append("" if at in refused else text)
    return RawRow(number, texts, "", refused)


ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
