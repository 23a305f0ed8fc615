"""Databases are kept by Alembic from here on; version 2 in their facts keeps releases that do not know it from opening them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

facts = sa.table("facts", sa.column("key", sa.String), sa.column("value", sa.String))


def upgrade() -> None:
    op.execute(facts.delete().where(facts.c.key == "version"))
    op.execute(facts.insert().values(key="version", value="2"))
