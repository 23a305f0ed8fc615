"""Every row of the threat model that says what stands in an adversary's way names a test, and the tests that it names are there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "threat-model.md"
NAME = re.compile(r"`(test_\w+)(\.py)?`")


class Row(NamedTuple):
    """A line of a table with a column *test*: the adversary's way, and what its last cell says."""

    way: str
    test: str


def rows(text: str) -> Iterator[Row]:
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[-1] == "test":
            inside = True
        elif inside and set(cells[-1]) != {"-"}:
            yield Row(cells[0], cells[-1])


def functions() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("test_*.py"))
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def files() -> set[str]:
    return {path.stem for path in (ROOT / "tests").rglob("test_*.py")}


def missing(text: str) -> list[str]:
    """Tests that a text names and nobody has written."""
    known, modules = functions(), files()
    return sorted({name for name, ending in NAME.findall(text) if name not in (modules if ending else known)})


ROWS = list(rows(DOCUMENT.read_text(encoding="utf-8")))


@pytest.mark.parametrize("row", ROWS, ids=[row.way[:60] for row in ROWS])
def test_a_row_names_its_test(row: Row) -> None:
    assert NAME.search(row.test), f"{row.way}: no test is named"


def test_the_tests_that_are_named_exist() -> None:
    assert len(ROWS) >= 30
    assert missing(DOCUMENT.read_text(encoding="utf-8")) == []


def test_the_search_finds_a_row_without_a_test_and_a_test_that_is_not_there() -> None:
    table = """
| way | stands | test |
|---|---|---|
| stealing | prevented | `test_no_such_thing`, `test_rows.py` |
| lying | detected | we hope |
"""
    assert [bool(NAME.search(row.test)) for row in rows(table)] == [True, False]
    assert missing(table) == ["test_no_such_thing", "test_rows"]
