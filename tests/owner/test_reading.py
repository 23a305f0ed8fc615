"""Reading tables: what owners' exports look like, and what a bad row costs."""

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkage.owner.profile import Source
from linkage.owner.reading import LARGEST_CELL, RawRow, read_source
from linkage.protocol.errors import InvalidSource

Read = tuple[list[str], list[tuple[int, list[str] | str]]]


def read(path: Path, **options: Any) -> Read:
    """Header and, for each row, its number and cells, or why it has none."""
    header, rows = read_source(Source(path=path, **options))
    return header, [(row.number, row.reason or row.cells) for row in rows]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "suspect.csv"
    path.write_bytes(content)
    return path


HEADER, MUNOZ = ["record_id", "name"], [(2, ["1", "Muñoz"])]
READ: list[tuple[str, bytes, dict[str, Any], list[tuple[int, list[str] | str]]]] = [
    ("UTF-8", "record_id,name\n1,Muñoz\n".encode(), {}, MUNOZ),
    ("UTF-8 with a mark", "\ufeffrecord_id,name\n1,Muñoz\n".encode(), {}, MUNOZ),
    ("latin-1", "record_id,name\n1,Muñoz\n".encode("latin-1"), {"encoding": "latin-1"}, MUNOZ),
    ("cp1252", "record_id,name\n1,O’Brien €\n".encode("cp1252"), {"encoding": "cp1252"}, [(2, ["1", "O’Brien €"])]),
    ("a byte cp1252 does not have", b"record_id,name\n1,A\x81\n", {"encoding": "cp1252"}, [(2, ["1", "A\ufffd"])]),
    ("semicolons", b"record_id;name\n1;a,b\n", {"delimiter": ";"}, [(2, ["1", "a,b"])]),
    ("tabs", b"record_id\tname\n1\ta b\n", {"delimiter": "\t"}, [(2, ["1", "a b"])]),
    ("bars", b"record_id|name\n1|a\n", {"delimiter": "|"}, [(2, ["1", "a"])]),
    ("Windows line ends", b"record_id,name\r\n1,a\r\n2,b\r\n", {}, [(2, ["1", "a"]), (3, ["2", "b"])]),
    ("old Mac line ends", b"record_id,name\r1,a\r2,b", {}, [(2, ["1", "a"]), (3, ["2", "b"])]),
    ("no end of line at the end", b"record_id,name\n1,a", {}, [(2, ["1", "a"])]),
    ("spaces in the header", b" record_id , name \n1,a\n", {}, [(2, ["1", "a"])]),
    ("quotes", b'record_id,name\n1,"a, ""b"""\n', {}, [(2, ["1", 'a, "b"'])]),
    ("a cell of two lines", b'record_id,name\n1,"a\nb"\n2,c\n', {}, [(2, ["1", "a\nb"]), (3, ["2", "c"])]),
    ("quotes inside a cell", b'record_id,name\n1,the "Slim"\n', {}, [(2, ["1", 'the "Slim"'])]),
    ("badly doubled quotes", b'record_id,name\n1,"the "Slim" one"\n2,b\n', {}, [(2, ["1", 'the Slim" one"']), (3, ["2", "b"])]),
    ("a quote never closed", b'record_id,name\n1,"a\n2,b\n3,c\n', {}, [(2, ["1", "a"]), (3, ["2", "b"]), (4, ["3", "c"])]),
    (
        "a quote never closed, good ones later", b'record_id,name\n1,"a\n2,b\n3,"c"\n4,"d"\n', {},
        [(2, ["1", "a"]), (3, ["2", "b"]), (4, ["3", "c"]), (5, ["4", "d"])],
    ),
    ("a quote never closed in the last row", b'record_id,name\n1,a\n2,"b', {}, [(2, ["1", "a"]), (3, ["2", "b"])]),
    ("blank lines", b"record_id,name\n\n1,a\n\n\n2,b\n", {}, [(3, ["1", "a"]), (6, ["2", "b"])]),
    ("a short and a long row", b"record_id,name\n1\n2,b,c\n3,d\n", {}, [
        (2, "1 cells, the header has 2"), (3, "3 cells, the header has 2"), (4, ["3", "d"]),
    ]),
    ("a zero byte", b"record_id,name\n1,a\0b\n2,c\n", {}, [(2, ["1", "a\0b"]), (3, ["2", "c"])]),
    ("bad bytes in one row", b"record_id,name\n1,Mu\xf1oz\n2,b\n", {}, [
        (2, "bytes that are not utf-8 (declare the encoding in the profile)"), (3, ["2", "b"]),
    ]),
    ("a huge cell", b"record_id,name\n1," + b"a" * (LARGEST_CELL + 1) + b"\n2,b\n", {}, [
        (2, "not CSV (an overlong or badly quoted cell)"), (3, ["2", "b"]),
    ]),
    ("a header only", b"record_id,name\n", {}, []),
    ("empty columns at the end", b"record_id,name,,\n1,a,,\n", {}, [(2, ["1", "a", "", ""])]),
    ("a column that begins with PK", b"PK_NO,record_id\n1,a\n", {}, [(2, ["1", "a"])]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "content", "options", "rows"), READ, ids=[case for case, *_ in READ])
def test_csv(case: str, content: bytes, options: dict[str, Any], rows: list[tuple[int, list[str] | str]], tmp_path: Path) -> None:
    header, found = read(written(tmp_path, content), **options)
    assert "record_id" in header
    assert found == rows


def test_a_quote_that_swallows_a_thousand_rows_swallows_none(tmp_path: Path) -> None:
    lines = ["record_id,name", '0,"a', *(f"{number},{'x' * 200}" for number in range(1, 1001))]
    _, rows = read(written(tmp_path, "\n".join(lines).encode()))
    assert [cells[0] for _, cells in rows] == [str(number) for number in range(1001)]


MAP_THEM = "name the columns as agreed, or map them (docs/how-to-own-tables.md)"

REFUSED: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("empty", b"", {}, "no header row"),
    ("a blank first line", b"\nrecord_id\n1\n", {}, "no header row"),
    ("no record_id", b"id,name\n1,a\n", {}, "no column record_id, which the profile names as record_id; " + MAP_THEM),
    ("another delimiter", b"record_id;name\n1;a\n", {}, "no column record_id, which the profile names as record_id; " + MAP_THEM),
    ("a column twice", b"record_id,name,name\n1,a,b\n", {}, "two columns have the same name"),
    ("UTF-16", "record_id,name\n".encode("utf-16"), {}, "looks like UTF-16, expected CSV in utf-8"),
    (
        "UTF-16 without a mark",
        "record_id,name\n".encode("utf-16-le"),
        {},
        "no column record_id, which the profile names as record_id; " + MAP_THEM,
    ),
    ("gzip", b"\x1f\x8b\x08\0rest", {}, "looks like gzip, expected CSV in utf-8"),
    ("old Excel", b"\xd0\xcf\x11\xe0rest", {}, "looks like an old Excel file, expected CSV in utf-8"),
    ("Parquet", b"PAR1rest", {}, "looks like Parquet, expected CSV in utf-8"),
    ("CSV named Parquet", b"record_id\n1\n", {"format": "parquet"}, "not a Parquet file"),
    ("empty Parquet", b"", {"format": "parquet"}, "not a Parquet file"),
]


@pytest.mark.parametrize(("case", "content", "options", "says"), REFUSED, ids=[case for case, *_ in REFUSED])
def test_what_is_no_table_at_all(case: str, content: bytes, options: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InvalidSource) as caught:
        read(path, **options)
    assert str(caught.value) == f"{path}: {says}"
    assert caught.value.__context__ is None


def test_excel_and_zip_named_csv(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "suspect.csv", "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InvalidSource, match="looks like a ZIP or Excel file"):
        read(tmp_path / "suspect.csv")


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_no_such_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="no such file"):
        read(tmp_path / name)


def parquet(folder: Path, columns: dict[str, pa.Array]) -> Path:
    pq.write_table(pa.table(columns), folder / "table.parquet")
    return folder / "table.parquet"


TYPED: list[tuple[str, pa.Array, list[str]]] = [
    ("text", pa.array(["Muñoz", "", None]), ["Muñoz", "", ""]),
    ("text of few values", pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
    ("text marked as bytes", pa.array(["Muñoz".encode(), b"\xff", None]), ["Muñoz", "\ufffd", ""]),
    ("whole numbers", pa.array([7, 0, None]), ["7", "0", ""]),
    ("whole numbers with gaps, as pandas has them", pa.array([7.0, float("nan"), None]), ["7", "", ""]),
    ("numbers", pa.array([101.6, 1e21, -0.5]), ["101.6", "1000000000000000000000", "-0.5"]),
    ("decimals", pa.array([Decimal("101.60"), None, Decimal("7.00")]), ["101.60", "", "7.00"]),
    ("yes and no", pa.array([True, False, None]), ["yes", "no", ""]),
    ("days", pa.array([date(1985, 2, 28), None, date(1, 1, 1)]), ["1985-02-28", "", "0001-01-01"]),
    ("moments", pa.array([datetime(1985, 2, 28, 23, 59), None, None]), ["1985-02-28", "", ""]),
    ("moments to the nanosecond", pa.array([1, None, 10**18], pa.timestamp("ns")), ["1970-01-01", "", "2001-09-09"]),
    ("lists", pa.array([["a", "b"], [], None]), ["a;b", "", ""]),
    ("lists with gaps", pa.array([["a", None], [None], ["b"]]), ["a;", "", "b"]),
]


@pytest.mark.parametrize(("case", "column", "texts"), TYPED, ids=[case for case, *_ in TYPED])
def test_parquet(case: str, column: pa.Array, texts: list[str], tmp_path: Path) -> None:
    path = parquet(tmp_path, {"record_id": pa.array([1, 2, 3]), "cell": column})
    header, rows = read(path, format="parquet", separator=";")
    assert header == ["record_id", "cell"]
    assert rows == [(number, [str(number), text]) for number, text in enumerate(texts, start=1)]


def test_one_impossible_moment_costs_one_row(tmp_path: Path) -> None:
    """Arrow can hold the year 300,000; Python cannot."""
    moments = pa.array([0, 9_400_000_000_000, 86_400], pa.timestamp("s"))
    _, rows = read(parquet(tmp_path, {"record_id": pa.array(["1", "2", "3"]), "seen": moments}), format="parquet")
    assert rows == [(1, ["1", "1970-01-01"]), (2, "a date or time that no calendar has"), (3, ["3", "1970-01-02"])]


def test_a_damaged_parquet_file_is_one_clean_refusal(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"record_id": pa.array([f"XYZZY{number}" for number in range(1000)])})
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes(400) + content[440:])
    with pytest.raises(InvalidSource, match="a damaged Parquet file") as caught:
        read(path, format="parquet")
    assert caught.value.__context__ is None


def test_an_empty_parquet_table_has_no_rows(tmp_path: Path) -> None:
    assert read(parquet(tmp_path, {"record_id": pa.array([], pa.string())}), format="parquet") == (["record_id"], [])


def test_a_row_cannot_be_shown() -> None:
    assert "XYZZY" not in f"{RawRow(2, ['XYZZY'])!r} {RawRow(2, ['XYZZY'])}"
