"""Cases that are silent at the other desks, whatever links lists bring."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "silent_cases",
        sa.Column("case_id", sa.String, primary_key=True),
        sa.Column("until", sa.String(10), nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
    )
