"""The schema of release 0.1.0, whose databases call themselves version 1. A frozen copy: the tables of today are in ``store.py``."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

metadata = sa.MetaData()

sa.Table("facts", metadata, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False))

sa.Table(
    "users", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("password", sa.String, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("locked_until", sa.Float, nullable=False),
)  # fmt: skip

sa.Table(
    "grants", metadata,
    sa.Column("user_id", sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("case_id", sa.String, primary_key=True),
)  # fmt: skip

sa.Table(
    "sessions", metadata,
    sa.Column("token_digest", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("form_key", sa.String(64), nullable=False),
    sa.Column("began", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)  # fmt: skip

sa.Table(
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

sa.Table(
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
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("awaiting", sa.Boolean, nullable=False),
    sa.Column("flagged", sa.Boolean, nullable=False),
    sa.Index("ix_links_order", "band", "entity", "link_id"),
    sa.Index("ix_links_status", "status", "band"),
)  # fmt: skip

sa.Table(
    "own_records", metadata,
    sa.Column("link_id", sa.ForeignKey("links.link_id"), primary_key=True),
    sa.Column("record_id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, nullable=False),
    sa.Index("ix_own_case", "case_id", "link_id"),
)  # fmt: skip

sa.Table(
    "decisions", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("settles", sa.Boolean, nullable=False),
)  # fmt: skip

sa.Table(
    "notes", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("link_id", sa.ForeignKey("links.link_id"), nullable=False, index=True),
    sa.Column("user_id", sa.ForeignKey("users.id"), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)  # fmt: skip

sa.Table(
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

sa.Table(
    "request_events", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("user_name", sa.String, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("said", sa.JSON, nullable=False),
)  # fmt: skip

sa.Table(
    "outbox", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("epoch", sa.String, nullable=False),
    sa.Column("request_id", sa.String(32), nullable=False),
    sa.Column("sealed_words", sa.LargeBinary),
    sa.Column("sealed", sa.Float),
)  # fmt: skip

sa.Table(
    "arrived", metadata,
    sa.Column("nonce", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)  # fmt: skip

sa.Table(
    "journal", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("user_name", sa.String, nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("link_id", sa.String(32)),
    sa.Column("count", sa.Integer),
)  # fmt: skip


def upgrade() -> None:
    metadata.create_all(op.get_bind())
