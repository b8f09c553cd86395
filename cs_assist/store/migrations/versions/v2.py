"""Whose a conversation is, where and when it was last touched; customers' keys; legal holds; ids of any length."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from cs_assist.store.base import stamp
from cs_assist.store.tables import column_key

revision = "v2"
down_revision = "v1"

_BATCH = 500


def upgrade() -> None:
    """Add columns and tables, and fill the columns from what the states say."""
    for column in ("customer_id", "market", "channel", "updated_at"):
        op.add_column("cs_conversations", sa.Column(column, sa.Text if column == "customer_id" else sa.String(40)))
    for column in ("customer_id", "updated_at"):
        op.create_index(f"ix_cs_conversations_{column}", "cs_conversations", [column])
    op.add_column("cs_events", sa.Column("ids", sa.Text))
    op.create_table(
        "cs_customer_keys",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("linked_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("kind", "key", "customer_id"),
    )
    op.create_index("ix_cs_customer_keys_customer_id", "cs_customer_keys", ["customer_id"])
    op.create_table(
        "cs_holds",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("until", sa.String(40)),
    )
    _fill_conversations(op.get_bind())
    _fill_events(op.get_bind())


def _fill_conversations(bind: sa.Connection) -> None:
    ids = bind.execute(sa.text("SELECT id FROM cs_conversations")).scalars().all()
    one = sa.text("SELECT state FROM cs_conversations WHERE id = :id")
    change = sa.text("UPDATE cs_conversations SET id = :key, state = :state, updated_at = :at WHERE id = :id")
    for start in range(0, len(ids), _BATCH):
        rows = []
        for name in ids[start : start + _BATCH]:
            state = json.loads(bind.execute(one, {"id": name}).scalar_one())
            state.pop("duplicate", None)  # release 0.3 wrote it, always as false
            at = state.get("updated_at")
            rows.append(
                {
                    "id": name,
                    "key": column_key(name),
                    "state": json.dumps(state, ensure_ascii=False),
                    "at": stamp(datetime.fromisoformat(at)) if at else None,
                }
            )
        bind.execute(change, rows)


def _fill_events(bind: sa.Connection) -> None:
    """Hash the ids that are too long for an index, which SQLite took in release 0.3."""
    long = sa.text(
        "SELECT number, conversation_id, message_id FROM cs_events"
        " WHERE length(conversation_id) > 250 OR length(message_id) > 250"
        " OR conversation_id LIKE 'sha256:%' OR message_id LIKE 'sha256:%'"
    )
    change = sa.text("UPDATE cs_events SET conversation_id = :one, message_id = :two, ids = :ids WHERE number = :number")
    for number, *ids in bind.execute(long).all():
        one, two = (column_key(name) for name in ids)
        if [one, two] != ids:
            bind.execute(change, {"number": number, "one": one, "two": two, "ids": json.dumps(ids)})
