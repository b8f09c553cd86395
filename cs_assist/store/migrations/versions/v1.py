"""The tables of releases 0.1 to 0.3, which made them without a migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v1"
down_revision = None


def upgrade() -> None:
    """Make the tables; those that a worker of an old release left half made are kept."""
    op.create_table(
        "cs_meta",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(200)),
        if_not_exists=True,
    )
    op.create_table(
        "cs_conversations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "cs_events",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.UniqueConstraint("conversation_id", "message_id"),
        if_not_exists=True,
    )
    op.create_index("ix_cs_events_conversation_id", "cs_events", ["conversation_id"], if_not_exists=True)
