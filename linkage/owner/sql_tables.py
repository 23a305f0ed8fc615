"""The result of a SQL query, streamed from the server.

The rules of this room:
1. The query is the owner's own configuration and runs as it is, in a transaction that cannot write where the database can promise that.
2. The password comes from an environment variable that the profile names, or from the driver's own file (`~/.pgpass`); never from the
   profile.
3. Rows are fetched in batches through a server-side cursor: memory holds one batch.
4. Drivers quote values, queries and passwords in their errors; ours name the kind of failure and its SQLSTATE.
"""

import os
import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from linkage.owner.raw_rows import RawRow, bad_bytes, text_of
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource
from linkage.protocol.guarded import Guarded

BATCH = 5_000
KINDS = {
    "08": "no connection", "22": "a value in the data cannot be converted as the query asks", "25": "the transaction may only read",
    "28": "user or password refused", "3D": "no such database", "42": "the query is not right for this database",
    "53": "the server is out of resources", "57": "cancelled by the server",
}  # fmt: skip
BY_STATE = {
    "42501": "permission denied", "42601": "a syntax error in the query", "42703": "no such column", "42P01": "no such table",
    "25006": "the query writes; it may only read",
}  # fmt: skip


class _Query(Guarded):
    """An open connection and its result."""

    __slots__ = ("connection", "engine", "result")

    def __init__(self, source: Source) -> None:
        self.engine = _engine(source)
        self.connection: Connection = _reading_only(self.engine)
        try:
            self.result: CursorResult[Any] = self.connection.exec_driver_sql(source.query or "")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


def read_sql(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """The query's column names, and its rows; the first row is row 1."""
    query = _opened(source)
    if isinstance(query, str):
        raise InvalidSource(f"{source.where}: {query}")
    if not query.result.returns_rows:
        query.close()
        raise InvalidSource(f"{source.where}: the query returns no rows; expected a SELECT")
    return [str(name).strip() for name in query.result.keys()], _rows(query, source)  # noqa: SIM118  (a result, not a dict)


def _opened(source: Source) -> _Query | str:
    """The query under way, or why there is none."""
    problem = ""
    try:
        return _Query(source)
    except InvalidSource as error:
        problem = str(error)
    except Exception as error:  # drivers raise what they like
        problem = _kind(error)
    return problem


def _engine(source: Source) -> Engine:
    if source.path is not None:
        file = f"file:{source.path.resolve().as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
        engine = create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(file, uri=True, check_same_thread=False), poolclass=NullPool, hide_parameters=True
        )
        event.listen(engine, "connect", _bytes_as_they_are)
        return engine
    return create_engine(_with_password(make_url(source.url or ""), source), poolclass=NullPool, hide_parameters=True)


def _bytes_as_they_are(connection: Any, _: object) -> None:
    """SQLite's text may be of any encoding; bad bytes cost their row and not the table."""
    connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")


def _with_password(url: URL, source: Source) -> URL:
    if source.password_variable is None:
        return url
    password = os.environ.get(source.password_variable)
    if not password:
        raise InvalidSource(f"the environment variable {source.password_variable} is not set")
    return url.set(password=password)


def _reading_only(engine: Engine) -> Connection:
    options: dict[str, Any] = {"stream_results": True, "max_row_buffer": BATCH, "no_parameters": True}
    if engine.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    return engine.connect().execution_options(**options)


def _rows(query: _Query, source: Source) -> Iterator[RawRow]:
    number = 0
    try:
        for batch in _batches(query, source):
            for row in batch:
                number += 1
                cells = [text_of(cell, source.separator) for cell in row]
                reason = bad_bytes(cells, "utf-8")
                yield RawRow(number, [] if reason else cells, reason)
    finally:
        query.close()


def _batches(query: _Query, source: Source) -> Iterator[list[Any]]:
    while True:
        problem, batch = "", []
        try:
            batch = list(query.result.fetchmany(BATCH))
        except Exception as error:  # drivers raise what they like, and quote the value
            problem = _kind(error)
        if problem:
            raise InvalidSource(f"{source.where}: {problem}")
        if not batch:
            return
        yield batch


def _kind(error: Exception) -> str:
    """What failed, without a word of what the driver said."""
    cause: Any = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    if len(state) == 5 and state.isalnum():
        return f"the database refused: {BY_STATE.get(state) or KINDS.get(state[:2], 'an error')} (SQLSTATE {state})"
    if isinstance(cause, ImportError):
        return "the driver for this database is not installed (for PostgreSQL: pip install 'trilink[postgresql]')"
    name = getattr(cause, "sqlite_errorname", None)
    return f"the database refused: {name or type(cause).__name__}; what it said is withheld"
