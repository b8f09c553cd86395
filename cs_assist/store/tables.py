"""The tables of a store in a database, as the newest migration leaves them."""

from __future__ import annotations

import hashlib

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, UniqueConstraint

from cs_assist.types import without_surrogates

#: Raised with every migration; a store with a higher number was written by a newer release.
SCHEMA = 2
_LONGEST_NAME = 1000  # bytes: PostgreSQL indexes two such names in one row of at most 2,704 bytes
_HASHED = "sha256:"

metadata = MetaData()
meta = Table("cs_meta", metadata, Column("name", String(40), primary_key=True), Column("value", String(200)))
#: Version 0, without a state, is a conversation of which there are only events.
conversations = Table(
    "cs_conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_id", Text, index=True),
    Column("market", String(40)),
    Column("channel", String(40)),
    Column("updated_at", String(40), index=True),
)
#: ``ids`` are the two real ids, where one of them had to be hashed.
events = Table(
    "cs_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", Text, nullable=False, index=True),
    Column("message_id", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("ids", Text),
    UniqueConstraint("conversation_id", "message_id"),
)
keys = Table(
    "cs_customer_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),
    Column("key", Text, nullable=False),
    Column("customer_id", Text, nullable=False, index=True),
    Column("linked_at", String(40), nullable=False),
    UniqueConstraint("kind", "key", "customer_id"),
)
holds = Table(
    "cs_holds",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", String(40), nullable=False),
    Column("until", String(40)),
)


def column_key(name: str) -> str:
    """Return what stands for an id in an indexed column: the id itself, or its hash where no database would take it.

    Example:
        >>> column_key("<a.b@mail.example>")
        '<a.b@mail.example>'
        >>> column_key("a" * 2000)[:12]
        'sha256:c4a70'
    """
    name = without_surrogates(name)
    if "\x00" not in name and len(name.encode()) <= _LONGEST_NAME and not name.startswith(_HASHED):
        return name
    return _HASHED + hashlib.sha256(name.encode()).hexdigest()
