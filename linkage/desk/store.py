"""The desk's database: accounts, linked cases, decisions, requests. SQLite by default, PostgreSQL by URL.

Everything that a person decided is appended and never changed: what a link's status is follows from its decisions, in order
(``decisions.py``). What the database holds of the other countries is what the linked-case list says of them: references, desks, field
classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from linkage.protocol.errors import TrilinkError

VERSION = "1"
BUSY_SECONDS = 20

metadata = sa.MetaData()

facts = sa.Table("facts", metadata, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False))

users = sa.Table(
    "users", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("password", sa.String, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("locked_until", sa.Float, nullable=False, default=0.0),
)  # fmt: skip

grants = sa.Table(
    "grants", metadata,
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("case_id", sa.String, primary_key=True),
)  # fmt: skip

sessions = sa.Table(
    "sessions", metadata,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("form_key", sa.String(64), nullable=False),
    sa.Column("began", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)  # fmt: skip

lists = sa.Table(
    "lists", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("epoch", sa.String, nullable=False),
    sa.Column("run", sa.String, nullable=False),
    sa.Column("released", sa.String, nullable=False),
    sa.Column("expires", sa.String, nullable=False),
    sa.Column("caution", sa.String, nullable=False),
    sa.Column("estimates", sa.JSON, nullable=False),
    sa.Column("imported", sa.Float, nullable=False),
)  # fmt: skip

links = sa.Table(
    "links", metadata,
    sa.Column("link_id", sa.String(32), primary_key=True),
    sa.Column("list_id", sa.ForeignKey("lists.id"), nullable=False, index=True),
    sa.Column("first_list_id", sa.ForeignKey("lists.id"), nullable=False),
    sa.Column("entity", sa.String, nullable=False),
    sa.Column("band", sa.String, nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("country", sa.String, nullable=False),
    sa.Column("contact_desk", sa.String, nullable=False),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("case_reference", sa.String(32), index=True),
    sa.Column("cluster_id", sa.String(32), nullable=False, index=True),
    sa.Column("cluster", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("case_links", sa.JSON, nullable=False),
    sa.Column("status", sa.String(20), nullable=False, default="candidate"),
    sa.Column("awaiting", sa.Boolean, nullable=False, default=False),
    sa.Column("flagged", sa.Boolean, nullable=False, default=False),
    sa.Column("shown_from", sa.String(10), nullable=False, default=""),
    sa.Index("ix_links_order", "band", "entity", "link_id"),
    sa.Index("ix_links_status", "status", "band"),
)  # fmt: skip

own_records = sa.Table(
    "own_records", metadata,
    sa.Column("link_id", sa.ForeignKey("links.link_id"), primary_key=True),
    sa.Column("record_id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, nullable=False),
    sa.Index("ix_own_case", "case_id", "link_id"),
)  # fmt: skip

decisions = sa.Table(
    "decisions", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("settles", sa.Boolean, nullable=False, default=False),
)  # fmt: skip

notes = sa.Table(
    "notes", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)  # fmt: skip

requests = sa.Table(
    "requests", metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("epoch", sa.String, nullable=False),
    sa.Column("link_id", sa.String(32), nullable=False, index=True),
    sa.Column("entity", sa.String, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
    sa.Column("asked_by", sa.ForeignKey("users.id")),
)  # fmt: skip

request_events = sa.Table(
    "request_events", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("user_name", sa.String, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("said", sa.JSON, nullable=False),
)  # fmt: skip

outbox = sa.Table(
    "outbox", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("epoch", sa.String, nullable=False),
    sa.Column("request_id", sa.String(32), nullable=False),
    sa.Column("sealed_words", sa.LargeBinary),
    sa.Column("sealed", sa.Float),
)  # fmt: skip

arrived = sa.Table(
    "arrived", metadata,
    sa.Column("nonce", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)  # fmt: skip

silences = sa.Table(
    "silences", metadata,
    sa.Column("link_id", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String, primary_key=True),
    sa.Column("until", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)  # fmt: skip

journal = sa.Table(
    "journal", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("user_name", sa.String, nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("link_id", sa.String(32)),
    sa.Column("count", sa.Integer),
)  # fmt: skip


class Store:
    """The database of one desk; a ``change`` is written whole or not at all, a ``look`` keeps nobody waiting."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._looking = engine, engine.execution_options(looking=True)

    @contextmanager
    def change(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        with self._looking.begin() as connection:
            yield connection


def open_store(place: str | Path) -> Store:
    """Open the database of a URL or a SQLite file, and make its tables if it is new. Another version's is refused."""
    url = make_url(place if isinstance(place, str) and "://" in place else f"sqlite:///{place}")
    engine = sa.create_engine(url, pool_size=16, max_overflow=16)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _careful)
        event.listen(engine, "begin", _write_from_the_start)
    problem = ""
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            found = connection.scalar(sa.select(facts.c.value).where(facts.c.key == "version"))
            if found is None:
                connection.execute(facts.insert().values(key="version", value=VERSION))
    except sa.exc.SQLAlchemyError as error:
        problem = type(error).__name__
    if problem:
        raise TrilinkError(f"the desk's database does not open ({problem}): check its URL, its server and its rights")
    if found not in (None, VERSION):
        raise TrilinkError(f"the desk's database is of version {found} and this release reads version {VERSION}")
    return Store(engine)


def _careful(connection: "sa.engine.interfaces.DBAPIConnection", _: ConnectionPoolEntry) -> None:
    """Readers beside one writer, commits that survive a power cut, references that hold."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _write_from_the_start(connection: Connection) -> None:
    """SQLite takes its write lock at once where a transaction will write: two that both read first would fail, not wait."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("looking") else "BEGIN IMMEDIATE")
