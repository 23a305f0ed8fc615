"""The desk's database: accounts, linked cases, decisions, requests. SQLite by default, PostgreSQL by URL.

Everything that a person decided is appended and never changed: what a link's status is follows from its decisions, in order
(``decisions.py``). What the database holds of the other countries is what the linked-case list says of them: references, desks, field
classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from linkage.desk.connecting import opened
from linkage.desk.schema import made_ready

metadata = sa.MetaData()


def _number() -> sa.Column[int]:
    """Rows count up from 1 in the order in which they were written."""
    return sa.Column("id", sa.Integer, primary_key=True)


def _text(name: str, longest: int | None = None, **rules: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest), nullable=False, **rules)


def _opaque(name: str, **rules: Any) -> sa.Column[str]:
    """128 bits in hex: links, references, requests, messages."""
    return _text(name, 32, **rules)


def _moment(name: str, **rules: Any) -> sa.Column[float]:
    """Seconds since 1970."""
    return sa.Column(name, sa.Float, nullable=False, **rules)


def _flag(name: str, default: bool) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, default=default)


def _document(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False)


facts = sa.Table("facts", metadata, sa.Column("key", sa.String, primary_key=True), _text("value"))

users = sa.Table(
    "users", metadata,
    _number(),
    _text("name", 64, unique=True),
    _text("password"),
    _text("role", 20), _text("language", 2),
    _flag("active", True),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    _moment("locked_until", default=0.0),
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
    _text("form_key", 64),
    _moment("began"), _moment("seen"),
)  # fmt: skip

lists = sa.Table(
    "lists", metadata,
    _number(),
    _text("digest", 64, unique=True),
    _text("epoch"), _text("run"),
    _text("released"), _text("expires"),
    _text("caution"),
    _document("estimates"),
    _moment("imported"),
)  # fmt: skip

links = sa.Table(
    "links", metadata,
    _opaque("link_id", primary_key=True),
    sa.Column("list_id", sa.ForeignKey("lists.id"), nullable=False, index=True),
    sa.Column("first_list_id", sa.ForeignKey("lists.id"), nullable=False),
    _text("entity"), _text("band"),
    _text("owner"),
    _text("country"), _text("contact_desk"),
    _opaque("reference"),
    sa.Column("case_reference", sa.String(32), index=True),
    _opaque("cluster_id", index=True),
    _document("cluster"), _document("fields"), _document("case_links"),
    _text("status", 20, default="candidate"),
    _flag("awaiting", False), _flag("flagged", False),
    _text("shown_from", 10, default=""),
    sa.Index("ix_links_order", "band", "entity", "link_id"),
    sa.Index("ix_links_status", "status", "band"),
)  # fmt: skip

own_records = sa.Table(
    "own_records", metadata,
    sa.Column("link_id", sa.ForeignKey("links.link_id"), primary_key=True),
    sa.Column("record_id", sa.String, primary_key=True),
    _text("case_id"),
    sa.Index("ix_own_case", "case_id", "link_id"),
)  # fmt: skip

decisions = sa.Table(
    "decisions", metadata,
    _number(),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    _moment("at"),
    _text("outcome", 20),
    sa.Column("reason", sa.Text, nullable=False),
    _flag("settles", False),
)  # fmt: skip

notes = sa.Table(
    "notes", metadata,
    _number(),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    _moment("at"),
    sa.Column("text", sa.Text, nullable=False),
)  # fmt: skip

requests = sa.Table(
    "requests", metadata,
    _opaque("id", primary_key=True),
    _text("direction", 3),
    _text("owner"), _text("epoch"),
    _opaque("link_id", index=True),
    _text("entity"),
    _text("state", 20, index=True),
    _moment("asked"), _moment("due"),
    sa.Column("asked_by", sa.ForeignKey("users.id")),
)  # fmt: skip

request_events = sa.Table(
    "request_events", metadata,
    _number(),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False, index=True),
    _moment("at"),
    _text("user_name"),
    _text("kind", 20),
    _document("said"),
)  # fmt: skip

outbox = sa.Table(
    "outbox", metadata,
    _number(),
    _text("owner"), _text("epoch"),
    _opaque("request_id"),
    sa.Column("sealed_words", sa.LargeBinary),
    sa.Column("sealed", sa.Float),
)  # fmt: skip

arrived = sa.Table(
    "arrived", metadata,
    _opaque("nonce", primary_key=True),
    _text("sender"), _moment("at"),
)  # fmt: skip

silences = sa.Table(
    "silences", metadata,
    _opaque("link_id", primary_key=True),
    sa.Column("owner", sa.String, primary_key=True),
    _text("until", 10),
    sa.Column("number", sa.Integer, nullable=False),
)  # fmt: skip

silent_cases = sa.Table(
    "silent_cases", metadata,
    sa.Column("case_id", sa.String, primary_key=True),
    _text("until", 10),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
)  # fmt: skip

journal = sa.Table(
    "journal", metadata,
    _number(),
    _moment("at"),
    _text("user_name"), _text("event", 40),
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
    """Open the database of a URL or a SQLite file, and make its tables if it is new. Another schema's is refused (``schema.py``)."""
    engine, _ = opened(place, made_ready)
    return Store(engine)
