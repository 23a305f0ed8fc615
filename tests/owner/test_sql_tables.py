"""SQL queries as sources: SQLite everywhere, and a real PostgreSQL where it is installed."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("psycopg")

from linkage.owner.reading import read_source
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource
from tests.postgresql import PASSWORD, USER, postgresql

SECRET = "Qwghlm-Zzyzx"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture
def ask(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Header and rows of a query on the real server."""
    monkeypatch.setenv("TRILINK_TEST_DB", PASSWORD)

    def asked(query: str, **options: Any) -> tuple[list[str], list[tuple[int, list[str] | str]]]:
        source = Source(**({"format": "sql", "url": server, "query": query, "password_variable": "TRILINK_TEST_DB"} | options))
        header, rows = read_source(source)
        return header, [(row.number, row.reason or row.cells) for row in rows]

    return asked


def test_typed_cells_become_text(ask: Any) -> None:
    header, rows = ask(
        """select 7 as record_id, 'Muñoz'::text as name, date '1985-02-28' as born, timestamp '1999-12-31 23:59' as seen,
        12.50::numeric as price, true as known, null::text as nothing, array['a','b'] as both, 'NaN'::float8 as odd, 3.0::float8 as whole,
        '50% of :all' as marks"""
    )
    assert header == ["record_id", "name", "born", "seen", "price", "known", "nothing", "both", "odd", "whole", "marks"]
    assert rows == [(1, ["7", "Muñoz", "1985-02-28", "1999-12-31", "12.50", "yes", "", "a|b", "", "3", "50% of :all"])]


def test_rows_come_from_a_server_side_cursor(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 30,000 divides by zero. A client-side cursor would fail before the first row; ours has read two batches by then."""
    monkeypatch.setenv("TRILINK_TEST_DB", PASSWORD)
    query = "select n as record_id, 1 / (30000 - n) as share from (select generate_series(1, 40000) as n) as numbers"
    _, rows = read_source(Source(format="sql", url=server, query=query, password_variable="TRILINK_TEST_DB"))
    read: list[int] = []
    with pytest.raises(InvalidSource, match=r"cannot be converted as the query asks \(SQLSTATE 22012\)"):
        read.extend(row.number for row in rows)
    assert 10_000 <= len(read) < 30_000


REFUSED = [  # query, options, what is said
    ("select * from nowhere", {}, "no such table (SQLSTATE 42P01)"),
    ("select nothing from pg_class", {}, "no such column (SQLSTATE 42703)"),
    ("selekt 1", {}, "a syntax error in the query (SQLSTATE 42601)"),
    ("with new as (insert into pg_class select * from pg_class returning 1) select * from new", {}, "the database refused: "),
    ("drop table persons", {}, "a syntax error in the query (SQLSTATE 42601)"),
    (f"select '{SECRET}'::int as record_id", {}, "cannot be converted as the query asks (SQLSTATE 22P02)"),
    ("select 1 as n", {}, "no column record_id, which the profile names as record_id"),
    ("select 1 as record_id, 2 as record_id", {}, "two columns have the same name"),
    ("select 'infinity'::date as record_id", {}, "the database refused: "),
    ("select 1 as record_id", {"password_variable": "TRILINK_TEST_UNSET"}, "the environment variable TRILINK_TEST_UNSET is not set"),
]


@pytest.mark.parametrize(("query", "options", "says"), REFUSED, ids=[query[:24] for query, *_ in REFUSED])
def test_refusals_are_clean(query: str, options: dict[str, Any], says: str, ask: Any) -> None:
    with pytest.raises(InvalidSource) as caught:
        ask(query, **options)
    said = str(caught.value)
    assert said.startswith("postgresql database postgres: ") and says in said
    assert SECRET not in said and USER not in said and PASSWORD not in said
    assert caught.value.__context__ is None and caught.value.__cause__ is None


def test_the_transaction_can_only_read(ask: Any) -> None:
    assert ask("select 1 as record_id, current_setting('transaction_read_only') as reading")[1] == [(1, ["1", "on"])]


def test_a_wrong_password_is_refused_and_not_quoted(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRILINK_TEST_DB", SECRET)
    with pytest.raises(InvalidSource) as caught:
        ask("select 1 as record_id")
    assert SECRET not in str(caught.value) and USER not in str(caught.value)
    assert caught.value.__context__ is None


def test_the_password_may_come_from_the_driver_s_own_file(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pgpass").write_text(f"127.0.0.1:*:*:{USER}:{PASSWORD}\n", encoding="utf-8")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    _, rows = read_source(Source(format="sql", url=server, query="select 'A' as record_id"))
    assert [row.cells for row in rows] == [["A"]]


def test_no_server_is_one_clean_refusal() -> None:
    with pytest.raises(InvalidSource, match="postgresql database none: the database refused") as caught:
        read_source(Source(format="sql", url="postgresql://nobody@127.0.0.1:1/none", query="select 1"))
    assert "nobody" not in str(caught.value) and caught.value.__context__ is None


def test_a_driver_that_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="the driver for this database is not installed"):
        read_source(Source(format="sql", url="mysql+mysqldb://nobody@127.0.0.1/none", query="select 1"))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "case? 1#.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table persons (id text, name text, born text, weight real)")
        rows = [("A", "Muñoz", "1985-02-28", 80.0), ("B", None, "", 1e308), ("C", "a\0b", "x" * 10_000, 7.5)]
        connection.executemany("insert into persons values (?, ?, ?, ?)", rows)
        connection.execute("insert into persons values ('D', cast(x'4d75f16f7a' as text), '', null)")
    connection.close()
    return path


def test_sqlite_by_path(database: Path) -> None:
    """A name in Latin-1 costs its row; a NUL, a huge number and a long cell go on to be judged."""
    header, rows = read_source(Source(format="sql", path=database, query="select id as record_id, name, born, weight from persons"))
    assert header == ["record_id", "name", "born", "weight"]
    read = [row.reason or row.cells for row in rows]
    assert read == [
        ["A", "Muñoz", "1985-02-28", "80"], ["B", "", "", str(int(1e308))], ["C", "a\0b", "x" * 10_000, "7.5"],
        "bytes that are not utf-8 (declare the encoding in the profile)",
    ]  # fmt: skip


def test_sqlite_is_opened_for_reading_only(database: Path) -> None:
    with pytest.raises(InvalidSource, match="SQLITE_READONLY"):
        read_source(Source(format="sql", path=database, query="insert into persons values ('E', '', '', 0) returning id as record_id"))


def test_a_statement_without_a_result(database: Path) -> None:
    with pytest.raises(InvalidSource, match="the query returns no rows; expected a SELECT"):
        read_source(Source(format="sql", path=database, query="begin"))


def test_no_sqlite_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="no such file"):
        read_source(Source(format="sql", path=tmp_path / "none.db", query="select 1"))
    assert list(tmp_path.iterdir()) == []


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"format": "sql", "query": "select 1"}, "either url"),
    ({"format": "sql", "url": "postgresql://a@h/d"}, "expected a query"),
    ({"format": "sql", "url": "postgresql://a@h/d", "path": "x.db", "query": "q"}, "either url"),
    ({"format": "sql", "url": f"postgresql://a:{SECRET}@h/d", "query": "q"}, "a password does not belong in a profile"),
    ({"format": "sql", "url": f"postgresql://a@h/d?password={SECRET}", "query": "q"}, "a password does not belong in a profile"),
    ({"format": "sql", "url": "nonsense", "query": "q"}, "expected dialect://"),
    ({"path": "x.csv", "query": "select 1"}, 'only for format = "sql"'),
]


@pytest.mark.parametrize(("options", "says"), BROKEN)
def test_what_a_profile_may_not_say(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Source(**options)
