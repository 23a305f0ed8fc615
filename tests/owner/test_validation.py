"""Validation: one bad row costs one row, one bad cell one value, and the quarantine never quotes either."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.profile import Source
from linkage.owner.reading import RawRow, read_source
from linkage.owner.validation import Quarantine, validate
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import read_agreement
from tests.made_lists import AGREEMENT_FILE

SUSPECT = read_agreement(AGREEMENT_FILE).entities["suspect"]
Entries = list[tuple[int, str, str]]


def validated(text: str, folder: Path, **options: Any) -> tuple[CanonicalRecords, Quarantine, int]:
    path = folder / "suspect.csv"
    path.write_text(text, encoding="utf-8")
    source = Source(path=path, **options)
    return validate(*read_source(source), source, SUSPECT)


def entries(quarantine: Quarantine) -> Entries:
    """Row, field, consequence; reasons are the normalisers' business."""
    return [(row, field, consequence) for row, field, _, consequence in sorted(quarantine.entries)]


ROWS: list[tuple[str, str, list[str], Entries]] = [
    ("good", "A,Gil,1985-02-28", ["A"], []),
    ("no id", ",Gil,1985-02-28", [], [(2, "record_id", "row left out")]),
    ("spaces for an id", "  ,Gil,1985-02-28", [], [(2, "record_id", "row left out")]),
    ("spaces around an id", " A ,Gil,1985-02-28", ["A"], []),
    ("an id twice", "A,Gil,1985\nA,Paz,1986\nB,Sol,1987", ["A", "B"], [(3, "record_id", "row left out")]),
    ("nothing usable", "A,,", [], [(2, "", "row left out")]),
    ("null words only", "A,N/A,unknown", [], [(2, "", "row left out")]),
    ("a bad date costs no name", "A,Gil,31/02/1985", ["A"], [(2, "date_of_birth", "value left out")]),
    ("a bad date and nothing else", "A,,31/02/1985", [], [(2, "", "row left out"), (2, "date_of_birth", "value left out")]),
    ("one of two dates is bad", "A,Gil,1985|1985-13", ["A"], [(2, "date_of_birth", "value left out")]),
    ("a ragged row", "A,Gil\nB,Paz,1986", ["B"], [(2, "", "row left out")]),
    ("a zero byte", "A,G\0il,1985\nB,Paz,1986", ["A", "B"], []),
]


@pytest.mark.parametrize(("case", "rows", "ids", "left_out"), ROWS, ids=[case for case, *_ in ROWS])
def test_what_a_bad_row_costs(case: str, rows: str, ids: list[str], left_out: Entries, tmp_path: Path) -> None:
    records, quarantine, read = validated(f"record_id,surname_1,date_of_birth\n{rows}\n", tmp_path)
    assert records.ids == ids
    assert entries(quarantine) == left_out
    assert read == rows.count("\n") + 1
    assert {len(column) for column in records.cells.values()} == {len(ids)}


def test_one_bad_row_among_a_thousand(tmp_path: Path) -> None:
    rows = [f"{number},Gil,1985-02-28" for number in range(1000)]
    rows[500] = "500,Gil"
    records, quarantine, read = validated("\n".join(["record_id,surname_1,date_of_birth", *rows]), tmp_path)
    assert (len(records.ids), read) == (999, 1000)
    assert quarantine.csv() == 'row,field,reason,consequence\n502,,"2 cells, the header has 3",row left out\n'
    assert quarantine.counts() == {"row left out: : 2 cells, the header has 3": 1}


CANARIES = ("Xyzzyplugh", "31/12/2999 Qwghlm", "4815162342-Zzyzx", "Frobnitz@nowhere@twice")


def test_the_quarantine_never_quotes_a_value(tmp_path: Path) -> None:
    """Every field with an impossible cell, every way in which a row fails."""
    header = ["record_id", *SUSPECT.fields]
    rows = [[canary, *([canary] * len(SUSPECT.fields))] for canary in CANARIES]
    lines = [",".join(cells) for cells in [header, *rows, rows[0], rows[1][:-1], ["", *rows[2][1:]]]]
    records, quarantine, _ = validated("\n".join(lines), tmp_path)
    assert len(quarantine.entries) > 30
    shown = f"{quarantine.csv()} {quarantine.counts()} {quarantine!r} {records!r}".casefold()
    for canary in CANARIES:
        assert not any(word.casefold() in shown for word in canary.replace("/", " ").split() if len(word) > 2)


def test_the_quarantine_as_csv_is_in_row_order(tmp_path: Path) -> None:
    _, quarantine, _ = validated('record_id,surname_1,date_of_birth\nA,Gil,no\n,Gil,1985\nB,Gil,"ne,ver"\n', tmp_path)
    table = list(csv.DictReader(io.StringIO(quarantine.csv())))
    assert [(entry["row"], entry["field"], entry["consequence"]) for entry in table] == [
        ("2", "date_of_birth", "value left out"), ("3", "record_id", "row left out"), ("4", "date_of_birth", "value left out")
    ]  # fmt: skip
    assert all(entry["reason"] for entry in table)


def cells_of(options: dict[str, Any], field: str, text: str) -> tuple[object, ...]:
    header = ["record_id", options.get("columns", {}).get(field, field)]
    rows: Iterable[RawRow] = [RawRow(2, ["A", text]), RawRow(3, ["B", text])]
    records, _, _ = validate(header, iter(rows), Source(path=Path("none"), **options), SUSPECT)
    return records.cells[field][0] if records.ids else ()


CELLS: list[tuple[str, dict[str, Any], str, str, tuple[object, ...]]] = [
    ("a declared date format", {"dates": {"date_of_birth": ["%d/%m/%Y"]}}, "date_of_birth", "28/02/1985", ("19850228",)),
    ("one of two formats", {"dates": {"date_of_birth": ["%d/%m/%Y", "%Y"]}}, "date_of_birth", "1985", ("1985",)),
    ("ISO where nothing is declared", {}, "date_of_birth", "1985-02", ("198502",)),
    ("after the latest date of the agreement", {}, "date_of_birth", "2027-05-01", ()),
    ("the same in a declared format", {"dates": {"date_of_birth": ["%d/%m/%Y"]}}, "date_of_birth", "01/05/2027", ()),
    ("a short year is not in the future", {"dates": {"date_of_birth": ["%d/%m/%y"]}}, "date_of_birth", "03/04/30", ("19300403",)),
    ("several dates", {}, "date_of_birth", "1985|1986|1985", ("1985", "1986")),
    ("another separator", {"separator": ";"}, "date_of_birth", "1985;1986", ("1985", "1986")),
    ("a bar in a single-valued cell", {}, "surname_1", "Gil|Paz", ("GIL PAZ",)),
    ("a null word of our own", {"null_words": ["Xx"]}, "surname_1", " xX ", ()),
    ("a value of our own", {"values": {"sex": {"Hombre": "M"}}}, "sex", " hombre ", ("M",)),
    ("a column of our own", {"columns": {"surname_1": "PATERNO"}}, "surname_1", "Muñoz", ("MUNOZ",)),
    ("a full name in its parts", {}, "aliases", "Ana Gil Paz|Eva Sol", (("ANA", "GIL", "PAZ"), ("EVA", "SOL", None))),
    ("nothing between separators", {}, "monikers", "| |Slim||", ("SLIM",)),
]


@pytest.mark.parametrize(("case", "options", "field", "text", "values"), CELLS, ids=[case for case, *_ in CELLS])
def test_cell(case: str, options: dict[str, Any], field: str, text: str, values: tuple[object, ...]) -> None:
    assert cells_of(options, field, text) == values


def test_cases_are_kept_and_may_be_absent(tmp_path: Path) -> None:
    records, _, _ = validated("record_id,case_id,surname_1\nA, C-1 ,Gil\nB,,Paz\n", tmp_path)
    assert records.cases == ["C-1", ""]
    records, _, _ = validated("record_id,surname_1\nA,Gil\n", tmp_path)
    assert records.cases == [""]


def test_columns_nobody_agreed_on_stay_unread(tmp_path: Path) -> None:
    records, quarantine, _ = validated("record_id,surname_1,weight\nA,Gil,XYZZY\n", tmp_path)
    assert (list(records.cells), quarantine.entries) == (["surname_1"], [])
