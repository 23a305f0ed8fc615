"""The search must find what it looks for, or the canary test proves nothing."""

import base64
import pickle
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from linkage.protocol.postings import table_bytes
from tests.boundary.searching import key_spellings, leaks, spellings

WORD, KEY = "Zyxquñard", bytes(range(7, 39))

HIDING = {
    "plain.txt": WORD.encode(),
    "latin.txt": WORD.upper().encode("latin-1"),
    "wide.log": f"row {WORD} failed".encode("utf-16-le"),
    "escaped.json": b'{"name": "Zyxqu\\xf1ard"}',
    "pickle.bin": b"x" + base64.b64encode(pickle.dumps({"row": WORD})) + b"y",
    "part.arrow": table_bytes(pa.table({"name": [WORD]})),
    "key.bin": b"....." + KEY,
    "key.txt": KEY.hex().encode(),
    "key.json": b'"' + base64.b64encode(KEY) + b'"',
}


@pytest.mark.parametrize("name", HIDING)
def test_it_finds_what_hides(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HIDING[name])
    assert leaks([tmp_path], spellings(WORD) | key_spellings(KEY))


def test_it_finds_words_in_databases_and_file_names(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "runs.db") as database:
        database.execute("create table log (message text)")
        database.execute("insert into log values (?)", [f"task got {WORD}"])
    (tmp_path / f"{WORD}.csv").touch()
    assert len(leaks([tmp_path], spellings(WORD))) == 2


def test_it_finds_nothing_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "clean.json").write_text('{"count": 12}')
    assert leaks([tmp_path], spellings(WORD) | key_spellings(KEY)) == []
