"""Excel workbooks as sources: real files, made here, with what real ones hold."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from linkage.owner.reading import read_source
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource

Rows = list[tuple[int, list[str] | str, dict[int, str]]]


def workbook(folder: Path, *rows: list[Any], change: Callable[[Workbook], None] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(folder / "table.xlsx")
    return folder / "table.xlsx"


def read(path: Path, **options: Any) -> tuple[list[str], Rows]:
    header, rows = read_source(Source(path=path, format="excel", **options))
    return header, [(row.number, row.reason or row.cells, dict(row.refused)) for row in rows]


CELLS = [  # what is typed, its text, why it is refused
    ("Muñoz", "Muñoz", ""),
    ("00123", "00123", ""),  # a number as text keeps its zeros
    (7, "7", ""),
    (7.0, "7", ""),
    (101.6, "101.6", ""),
    (True, "yes", ""),
    (None, "", ""),
    (datetime(1985, 2, 28), "1985-02-28", ""),
    (date(1999, 12, 31), "1999-12-31", ""),
    (time(23, 59), "23:59:00", ""),
    ("#N/A", "", ""),
    ("#1 suspect", "#1 suspect", ""),
    (123456789012345678, "", "a number of more than 15 digits"),
    (1e308, "", "a number of more than 15 digits"),
    ("x" * 10_000, "x" * 10_000, ""),
    ("a;b,c|d", "a;b,c|d", ""),
    ("'=1+1", "'=1+1", ""),
    ("=HYPERLINK(\"http://x\")", "", "a formula without a stored result"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "text", "refused"), CELLS, ids=[str(typed)[:20] for typed, *_ in CELLS])
def test_a_cell(typed: Any, text: str, refused: str, tmp_path: Path) -> None:
    header, rows = read(workbook(tmp_path, ["record_id", "cell"], ["A", typed]))
    ((number, cells, reasons),) = rows
    assert (header, number, cells) == (["record_id", "cell"], 2, ["A", text])
    assert reasons.get(1, "").startswith(refused) and bool(reasons) == bool(refused)


def test_a_formula_counts_by_its_stored_result(tmp_path: Path) -> None:
    """openpyxl stores no results; Excel does, so the result is put into the file as Excel would."""
    path = workbook(tmp_path, ["record_id", "name"], ["A", '=CONCATENATE("MU","ÑOZ")'])
    changed = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b"</f><v" in content
                for empty in (b"<v />", b"<v/>", b"<v></v>"):  # as the XML library at hand writes it
                    content = content.replace(b"</f>" + empty, "</f><v>MUÑOZ</v>".encode())
                content = content.replace(b'<c r="B2">', b'<c r="B2" t="str">')
            new.writestr(name, content)
    assert read(changed)[1] == [(2, ["A", "MUÑOZ"], {})]


def test_row_numbers_are_the_sheet_s_and_blank_rows_are_none(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["record_id", "name"], ["A", "x"], [None, None], ["B", "y"])
    assert read(path)[1] == [(2, ["A", "x"], {}), (4, ["B", "y"], {})]


def test_a_short_row_is_filled_and_a_long_one_costs_itself(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["record_id", "name"], ["A"], ["B", "y", "z"], ["C", "y", None])
    assert read(path)[1] == [(2, ["A", ""], {}), (3, "cells beyond the 2 columns that have a name", {}), (4, ["C", "y"], {})]


def test_the_header_may_stand_lower(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["Registro de personas"], [None], [" record_id ", "name"], ["A", "x"])
    assert read(path, header_row=3) == (["record_id", "name"], [(4, ["A", "x"], {})])
    with pytest.raises(InvalidSource, match="no column record_id"):
        read(path)


def test_one_sheet_of_several_by_name(tmp_path: Path) -> None:
    def second(book: Workbook) -> None:
        book.create_sheet("Armas").append(["record_id"])

    path = workbook(tmp_path, ["record_id", "name"], ["A", "x"], change=second)
    assert read(path, sheet="Armas") == (["record_id"], [])
    with pytest.raises(InvalidSource, match="has 2 sheets; the profile must say which one as sheet"):
        read(path)
    with pytest.raises(InvalidSource, match="has no sheet of the name"):
        read(path, sheet="Personas")


def test_merged_and_blank_headers_are_refused(tmp_path: Path) -> None:
    def merged(book: Workbook) -> None:
        book.active.merge_cells("B1:C1")

    path = workbook(tmp_path, ["record_id", "name", None, "born"], ["A", "x", "y", "1985"], change=merged)
    with pytest.raises(InvalidSource, match="row 1 has an empty cell between column names, as merged cells leave it"):
        read(path)
    with pytest.raises(InvalidSource, match="no header row"):
        read(workbook(tmp_path, [None, None], ["record_id", "name"]))
    with pytest.raises(InvalidSource, match="two columns have the same name"):
        read(workbook(tmp_path, ["record_id", "name", "name"]))


def test_what_is_no_workbook(tmp_path: Path) -> None:
    for content in (b"", b"record_id\n1\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"):
        (tmp_path / "x.xlsx").write_bytes(content)
        with pytest.raises(InvalidSource, match="not an Excel workbook") as caught:
            read(tmp_path / "x.xlsx")
        assert caught.value.__context__ is None


def test_damage_inside_is_one_clean_refusal(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["record_id", "name"], *([str(number), "Qwghlm"] for number in range(50)))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if name == "xl/worksheets/sheet1.xml" else content)
    with pytest.raises(InvalidSource, match="a damaged Excel workbook, at or after row") as caught:
        read(broken)
    assert "Qwghlm" not in str(caught.value) and caught.value.__context__ is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # pytest undoes the filter that the room sets
def test_an_impossible_date_is_an_empty_cell_and_says_nothing(tmp_path: Path) -> None:
    def impossible(book: Workbook) -> None:
        book.active["B2"] = 10**9
        book.active["B2"].number_format = "yyyy-mm-dd"

    path = workbook(tmp_path, ["record_id", "born"], ["A", None], change=impossible)
    assert read(path)[1] == [(2, ["A", ""], {})]
    done = subprocess.run([sys.executable, "-c", READS, path], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("2\n", "")  # openpyxl would warn, and quote the number


READS = """
import sys
from linkage.owner.reading import read_source
from linkage.owner.sources import Source
print(*(row.number for row in read_source(Source(path=sys.argv[1], format="excel"))[1]))
"""
ROOT = Path(__file__).resolve().parents[2]


def test_a_wrong_size_in_the_file_loses_no_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["record_id", "name"], ["A", "x"], ["B", "y"])
    wrong = tmp_path / "wrong.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(wrong, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B3"', b'ref="A1"'))
    assert [cells for _, cells, _ in read(wrong)[1]] == [["A", "x"], ["B", "y"]]
