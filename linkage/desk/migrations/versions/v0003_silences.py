"""Links that are shown from a day on, and those that are not to be shown until another."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("links", sa.Column("shown_from", sa.String(10), nullable=False, server_default=""))
    op.create_table(
        "silences",
        sa.Column("link_id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String, primary_key=True),
        sa.Column("until", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
