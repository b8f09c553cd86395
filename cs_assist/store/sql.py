"""The store in a database: SQLite by default, PostgreSQL by URL.

Personal data kept: the latest turns inside the state, whatever the events' details hold, customers' hashed
keys, and reasons of holds. docs/privacy-and-retention.md says how they are encrypted, erased and let lapse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from cs_assist.config import Settings
from cs_assist.errors import CsAssistError
from cs_assist.store.base import Event, moment, stamp
from cs_assist.store.cipher import Cipher
from cs_assist.store.customers import SqlCustomers, whose
from cs_assist.store.database import Database
from cs_assist.store.migrate import prepare
from cs_assist.store.tables import column_key, conversations, events, meta
from cs_assist.store.tables import keys as customer_keys
from cs_assist.types import Conversation, without_surrogates

_KEY_CHECK = "key_check"
_NEW_CONVERSATION = text(
    "INSERT INTO cs_conversations (id, version, state, updated_at) VALUES (:id, 0, '', :at) ON CONFLICT (id) DO NOTHING"
)
_NEW_KEY = text(
    "INSERT INTO cs_customer_keys (kind, key, customer_id, linked_at) VALUES (:kind, :key, :customer_id, :at)"
    " ON CONFLICT (kind, key, customer_id) DO NOTHING"
)
_SAVED = select(conversations.c.state).where(conversations.c.id == bindparam("name"))
_EVENT = select(events.c.number).where(
    events.c.conversation_id == bindparam("name"), events.c.message_id == bindparam("message")
)  # fmt: skip
_LOOK = _SAVED.add_columns(_EVENT.exists())
_REPLACE = (
    update(conversations)
    .where(conversations.c.id == bindparam("name"), conversations.c.version == bindparam("before"))
    .values(
        {column: bindparam(column) for column in ("version", "state", "customer_id", "market", "channel")}
        | {"updated_at": func.coalesce(bindparam("touched"), conversations.c.updated_at)}
    )
)
_NEW_STATE = insert(conversations)
_NEW_EVENT = insert(events)
_EVENT_COLUMNS = [column for column in events.c if column is not events.c.number]
#: Both of a save's writes in one statement, which PostgreSQL takes and SQLite does not.
_REPLACE_AND_ADD = _NEW_EVENT.from_select(
    _EVENT_COLUMNS,
    select(*(bindparam(column.name, type_=column.type) for column in _EVENT_COLUMNS)).select_from(
        _REPLACE.returning(conversations.c.id).cte("replaced")
    ),
).execution_options(preserve_rowcount=True)
_NEW_META = text("INSERT INTO cs_meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING")


class SqlStore(SqlCustomers):
    """Conversations in a database that several processes may share.

    SQLite runs in WAL mode and waits up to ten seconds for another process's write. A store that an older
    release wrote is upgraded where it stands.

    Args:
        url: A SQLAlchemy URL, such as ``sqlite:////var/lib/shop/state.db``.
        key: Fernet keys that encrypt the texts, newest first, separated by commas; empty encrypts nothing.

    Raises:
        StoreReadOnlyError: The SQLite file or its folder cannot be written.
        StoreVersionError: A newer release wrote it.
        StoreKeyError: It is encrypted and ``key`` does not open it, or ``key`` is no key.
        MissingExtraError: The extra ``postgres`` or ``encryption`` is not installed.
        StoreError: It cannot be opened.
    """

    def __init__(self, url: str, *, key: str = "") -> None:
        cipher = Cipher(key)
        super().__init__(Database(url), cipher)
        self.url = self._database.url
        try:
            prepare(self._database)
            self._check_key()
        except CsAssistError:
            self.close()
            raise

    def _check_key(self) -> None:
        """Refuse a wrong key when the store is opened, not in the middle of a conversation."""
        with self._database.writing() as connection:
            if self._cipher:
                connection.execute(_NEW_META, {"name": _KEY_CHECK, "value": self._cipher.seal(_KEY_CHECK)})
            sealed = connection.execute(select(meta.c.value).where(meta.c.name == _KEY_CHECK)).scalar()
            self._cipher.open(sealed or "")

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None for a new conversation."""
        with self._database.reading() as connection:
            sealed = connection.execute(_SAVED, {"name": column_key(conversation_id)}).scalar()
        return self._state(conversation_id, sealed or "")

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether the conversation has an event of this id."""
        names = {"name": column_key(conversation_id), "message": column_key(message_id)}
        with self._database.reading() as connection:
            return connection.execute(_EVENT, names).first() is not None

    def look(self, conversation_id: str, message_id: str) -> tuple[Conversation | None, bool]:
        """Return the state last saved, and whether the conversation has an event of this id, with one statement."""
        names = {"name": column_key(conversation_id), "message": column_key(message_id)}
        with self._database.reading() as connection:
            row = connection.execute(_LOOK, names).first()
        return (self._state(conversation_id, row[0]), bool(row[1])) if row else (None, False)

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save state and event in one transaction; False where another worker was faster."""
        name, touched = column_key(conversation.id), moment(conversation, event)
        values: dict[str, Any] = {
            "version": conversation.version,
            # What is not known is not written: of a turn, that is most.
            "state": self._cipher.seal(conversation.model_dump_json(exclude_none=True)),
            "customer_id": conversation.customer_id,
            "market": conversation.market,
            "channel": conversation.channel,
        }
        happened = self._row(event)  # made ready before the transaction: other writers wait for its end
        replaced = {**values, "name": name, "before": conversation.version - 1, "touched": touched}
        try:
            if conversation.version > 1 and not self._database.is_sqlite:
                with self._database.writing(alone=True) as connection:
                    return connection.execute(_REPLACE_AND_ADD, {**replaced, **happened}).rowcount == 1
            with self._database.writing() as connection:
                if connection.execute(_REPLACE, replaced).rowcount != 1:
                    if conversation.version != 1:
                        return False
                    connection.execute(_NEW_STATE, {**values, "id": name, "updated_at": touched})
                connection.execute(_NEW_EVENT, happened)
        except IntegrityError:
            return False
        return True

    def record(self, event: Event) -> bool:
        """Add an event that changes no state; False where the conversation has one of its id."""
        name, at, happened = column_key(event.conversation_id), moment(None, event), self._row(event)
        touched = conversations.c.updated_at
        newer = case((or_(touched.is_(None), touched < at), at), else_=touched) if at else touched
        try:
            with self._database.writing() as connection:
                # Always written to, also where nothing changes: the row's lock keeps an erasure from passing by.
                changed = connection.execute(update(conversations).where(conversations.c.id == name).values(updated_at=newer))
                if changed.rowcount == 0:
                    connection.execute(_NEW_CONVERSATION, {"id": name, "at": at})
                connection.execute(_NEW_EVENT, happened)
        except IntegrityError:
            return False
        return True

    def _row(self, event: Event) -> dict[str, str | None]:
        ids = [event.conversation_id, event.message_id]
        one, two = (column_key(name) for name in ids)
        detail = self._cipher.seal(without_surrogates(json.dumps(event.detail, ensure_ascii=False)))
        hashed = json.dumps(ids) if [one, two] != ids else None
        return {"conversation_id": one, "message_id": two, "kind": event.kind, "at": event.at, "detail": detail, "ids": hashed}

    def events(self, conversation_id: str) -> tuple[Event, ...]:
        """Return all events of a conversation in the order in which they were added."""
        with self._database.reading() as connection:
            return self._events(connection, column_key(conversation_id))

    def link(self, customer_id: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Note that a customer is known under ``keys``; returns everybody known under them."""
        linked = self._linked(keys)
        missing = [(kind, key) for kind, key in keys.items() if (kind, key, customer_id) not in linked]
        if missing:
            at = stamp(datetime.now(UTC))
            rows = [{"kind": kind, "key": key, "customer_id": customer_id, "at": at} for kind, key in missing]
            with self._database.writing() as connection:
                connection.execute(_NEW_KEY, rows)
            linked = self._linked(keys)
        return tuple(dict.fromkeys(customer for _, _, customer in linked))

    def customer_of(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Return the customers known under any of ``keys``, the one linked first in front."""
        return tuple(dict.fromkeys(customer for _, _, customer in self._linked(keys)))

    def keys_of(self, customer_id: str) -> tuple[tuple[str, str], ...]:
        """Return what a customer is known under, as pairs of kind and hashed value, the one linked first in front."""
        row = customer_keys.c
        query = select(row.kind, row.key).where(row.customer_id == customer_id).order_by(row.number)
        with self._database.reading() as connection:
            return tuple((kind, key) for kind, key in connection.execute(query))

    def _linked(self, keys: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Return kind, key and customer of everybody known under any of ``keys``, the one linked first in front."""
        if not keys:
            return []
        row = customer_keys.c
        any_of = or_(*(and_(row.kind == kind, row.key == key) for kind, key in keys.items()))
        query = select(row.kind, row.key, row.customer_id).where(any_of).order_by(row.number)
        with self._database.reading() as connection:
            return [(kind, key, customer) for kind, key, customer in connection.execute(query)]

    def conversations_of(self, customer_id: str, *, since: datetime | None = None) -> tuple[Conversation, ...]:
        """Return a customer's conversations, the one that was quiet longest first."""
        query = select(conversations.c.id, conversations.c.state).where(whose(customer_id), conversations.c.version > 0)
        if since is not None:
            query = query.where(conversations.c.updated_at >= stamp(since))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(conversations.c.updated_at.nulls_first(), conversations.c.id)).all()
        return tuple(state for name, sealed in rows if (state := self._state(name, sealed)))

    def encrypt(self) -> int:
        """Seal every text with the newest key; returns the texts written. Older keys may be dropped afterwards."""
        written = super().encrypt()
        with self._database.writing() as connection:
            connection.execute(delete(meta).where(meta.c.name == _KEY_CHECK))
        self._check_key()
        return written

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def open_store(settings: Settings) -> SqlStore:
    """Return the store that the settings name, with their key.

    Raises:
        StoreError: It cannot be opened; :class:`SqlStore` says for which reasons.
    """
    return SqlStore(settings.database, key=settings.store_key.get_secret_value())
