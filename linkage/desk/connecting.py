"""Connecting to a desk's database: careful settings of SQLite, one transaction in which the database is made ready."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from linkage.protocol.errors import TrilinkError

T = TypeVar("T")

BUSY_SECONDS = 20


def url_of(place: str | Path) -> URL:
    return make_url(place if isinstance(place, str) and "://" in place else f"sqlite:///{place}")


def opened(place: str | Path, prepare: Callable[[Connection], T], settings: tuple[str, ...] = ("foreign_keys=ON",)) -> tuple[Engine, T]:
    """An engine whose database ``prepare`` has seen, in one transaction."""
    url = url_of(place)
    engine = sa.create_engine(url, pool_size=16, max_overflow=16)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", partial(_careful, settings=settings))
        event.listen(engine, "begin", _write_from_the_start)
    problem = ""
    try:
        with engine.begin() as connection:
            return engine, prepare(connection)
    except sa.exc.SQLAlchemyError as error:
        problem = type(error).__name__
    raise TrilinkError(f"the desk's database does not open ({problem}): check its URL, its server and its rights")


def _careful(connection: "sa.engine.interfaces.DBAPIConnection", _: ConnectionPoolEntry, settings: tuple[str, ...]) -> None:
    """Readers beside one writer, commits that survive a power cut, references that hold."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "synchronous=FULL", *settings, f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _write_from_the_start(connection: Connection) -> None:
    """SQLite takes its write lock at once where a transaction will write: two that both read first would fail, not wait."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("looking") else "BEGIN IMMEDIATE")
