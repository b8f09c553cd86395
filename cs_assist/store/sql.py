"""The store in a database: SQLite by default, PostgreSQL by URL. One table of states, one of events.

Personal data kept: the text of the latest messages and replies inside the state. There is no erasure yet.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from cs_assist.errors import MissingExtraError, StoreError, StoreReadOnlyError, StoreVersionError
from cs_assist.store.base import Event
from cs_assist.types import Conversation

SCHEMA = 1
_OPENING_ATTEMPTS = 20
_metadata = MetaData()
_meta = Table("cs_meta", _metadata, Column("name", String(40), primary_key=True), Column("value", String(200)))
_states = Table(
    "cs_conversations",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
)
_events = Table(
    "cs_events",
    _metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", Text, nullable=False, index=True),
    Column("message_id", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    UniqueConstraint("conversation_id", "message_id"),
)


class SqlStore:
    """Conversations in a database that several processes may share.

    SQLite runs in WAL mode and waits up to ten seconds for another process's write.

    Args:
        url: A SQLAlchemy URL, such as ``sqlite:////var/lib/shop/state.db``.

    Raises:
        StoreReadOnlyError: The SQLite file or its folder cannot be written.
        StoreVersionError: A newer release wrote it.
        MissingExtraError: The extra ``postgres`` is not installed.
        StoreError: It cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            if self.url.drivername == "postgresql":  # SQLAlchemy would take psycopg2, the extra brings psycopg
                self.url = self.url.set(drivername="postgresql+psycopg")
        except ArgumentError as exc:
            raise StoreError(f"'{url}' is no database URL.", hint="Such as sqlite:////var/lib/shop/state.db") from exc
        self._engine = _open(self.url)
        try:
            found = self._prepare()
            if found > SCHEMA:
                raise StoreVersionError(
                    f"the store '{self.url.database}' has schema {found}, this release knows up to {SCHEMA}.",
                    hint="Update cs-assist, or choose another database_url.",
                )
        except SQLAlchemyError as exc:
            self.close()
            raise _as_store_error(exc, self.url) from exc
        except StoreVersionError:
            self.close()
            raise

    def _prepare(self) -> int:
        """Make the tables where they are missing and return the schema's number.

        Several workers may open a new file at once; whoever comes second finds the tables half made or
        the file locked, and looks again.
        """
        for attempt in range(_OPENING_ATTEMPTS):
            try:
                _metadata.create_all(self._engine)
                with self._engine.begin() as connection:
                    found = connection.execute(select(_meta.c.value).where(_meta.c.name == "schema")).scalar()
                    if found is None:
                        connection.execute(insert(_meta).values(name="schema", value=str(SCHEMA)))
                return int(found or SCHEMA)
            except (IntegrityError, OperationalError, ProgrammingError) as exc:
                busy = any(word in str(exc) for word in ("already exists", "locked", "UNIQUE", "unique"))
                if not busy or attempt == _OPENING_ATTEMPTS - 1:
                    raise
                time.sleep(0.05 * (attempt + 1))
        raise StoreError(f"the store '{self.url.database}' stays locked.", hint="Close the other process.")

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None for a new conversation."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(select(_states.c.state).where(_states.c.id == conversation_id)).first()
        except SQLAlchemyError as exc:
            raise _as_store_error(exc, self.url) from exc
        return Conversation.model_validate_json(row[0]) if row else None

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether a message was already handled."""
        query = select(_events.c.number).where(_events.c.conversation_id == conversation_id, _events.c.message_id == message_id)
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).first() is not None
        except SQLAlchemyError as exc:
            raise _as_store_error(exc, self.url) from exc

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save state and event in one transaction; False where another worker was faster."""
        state = conversation.model_dump_json()
        try:
            with self._engine.begin() as connection:
                if conversation.version == 1:
                    connection.execute(insert(_states).values(id=conversation.id, version=1, state=state))
                else:
                    changed = connection.execute(
                        update(_states)
                        .where(_states.c.id == conversation.id, _states.c.version == conversation.version - 1)
                        .values(version=conversation.version, state=state)
                    )
                    if changed.rowcount != 1:
                        return False
                detail = json.dumps(event.detail, ensure_ascii=False)
                connection.execute(insert(_events).values(**event.model_dump(exclude={"detail"}), detail=detail))
        except IntegrityError:
            return False
        except SQLAlchemyError as exc:
            raise _as_store_error(exc, self.url) from exc
        return True

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreReadOnlyError(f"the folder of '{url.database}' cannot be made: {exc}.", hint=_WRITABLE) from exc
    try:
        engine = create_engine(url, connect_args={"timeout": 10} if url.get_backend_name() == "sqlite" else {})
    except ImportError as exc:
        if url.get_backend_name() == "postgresql":
            raise MissingExtraError("postgres", needed_for=f"a store at '{url.render_as_string()}'") from exc
        raise StoreError(
            f"the store '{url.render_as_string()}' needs a driver: {exc}.", hint="Install it, or use SQLite."
        ) from exc
    except SQLAlchemyError as exc:
        raise StoreError(f"the store '{url.render_as_string()}' cannot be opened: {exc}.", hint="Check database_url.") from exc
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def _pragmas(connection: object, _: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

    return engine


_WRITABLE = "Set CS_ASSIST_STATE_DIR or CS_ASSIST_DATABASE_URL to a place that can be written."


def _as_store_error(exc: SQLAlchemyError, url: URL) -> StoreError:
    text = str(getattr(exc, "orig", None) or exc)
    if "readonly" in text or "unable to open" in text or "Permission denied" in text:
        return StoreReadOnlyError(f"the store '{url.database}' cannot be written: {text}.", hint=_WRITABLE)
    return StoreError(f"the store '{url.database}' failed: {text}.", hint="Check that the database is up and not damaged.")
