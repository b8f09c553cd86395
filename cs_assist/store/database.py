"""The connection to a store's database: opening it, reading, writing, and what its faults mean."""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from cs_assist.errors import MissingExtraError, StoreError, StoreReadOnlyError
from cs_assist.store.tables import conversations, events, holds, keys

#: Seconds to wait for another process's write, or for a server to answer; ``?timeout=`` in a SQLite URL says otherwise.
WAIT = 10
_WRITABLE = "Set CS_ASSIST_STATE_DIR or CS_ASSIST_DATABASE_URL to a place that can be written."
#: The execution option that says how a transaction of SQLite's begins.
_BEGIN = "cs_assist_begin"
#: Under which name a connection to PostgreSQL notes when it was last used, and for how many seconds it is trusted then.
_USED, _SILENT = "cs_assist_used", 10


class Database:
    """One database of SQLite or PostgreSQL, with connections that several threads may use.

    SQLite runs in WAL mode, waits up to ten seconds for another process's write, and overwrites what it
    deletes. A connection to PostgreSQL that broke while it was idle is replaced.

    Raises:
        StoreError: ``url`` is no URL, or its database cannot be opened.
        StoreReadOnlyError: The SQLite file's folder cannot be made.
        MissingExtraError: The extra ``postgres`` is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            if self.url.drivername == "postgresql":  # SQLAlchemy would take psycopg2, the extra brings psycopg
                self.url = self.url.set(drivername="postgresql+psycopg")
        except ArgumentError as exc:
            raise StoreError(f"'{url}' is no database URL.", hint="Such as sqlite:////var/lib/shop/state.db") from exc
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _open(self.url)
        self._writer = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        # A statement that stands alone needs no transaction: on PostgreSQL that spares two of three messages to the server.
        alone: dict[str, Any] = {_BEGIN: ""} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._alone = self.engine.execution_options(**alone)

    @contextmanager
    def reading(self, *, together: bool = False) -> Iterator[Connection]:
        """Give a connection to read with; whatever the database says becomes a StoreError.

        Args:
            together: Read with several statements in one transaction.
        """
        try:
            with (self.engine if together else self._alone).connect() as connection:
                yield connection
        except SQLAlchemyError as exc:
            raise as_store_error(exc, self.url) from exc

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """Give a connection whose writes become true together at the end, or not at all.

        Args:
            alone: There is one statement only, which needs no transaction around it.

        Raises:
            IntegrityError: SQLAlchemy's own: another worker was faster.
        """
        try:
            with (self._alone if alone else self._writer).begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as exc:
            raise as_store_error(exc, self.url) from exc

    def wipe(self, *, thoroughly: bool) -> bool:
        """Take the bytes of deleted rows out of the database's files.

        SQLite overwrites them when it deletes; here its log is emptied. ``thoroughly`` also writes the
        file, or PostgreSQL's tables, anew, while other writers wait. PostgreSQL's own log (WAL) and backups
        are beyond reach.

        Returns:
            False where another process kept its view of the data open for too long.
        """
        try:
            if self.is_sqlite:
                with self.engine.connect().execution_options(**{_BEGIN: ""}) as connection:
                    if thoroughly:
                        connection.exec_driver_sql("VACUUM")
                    return not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"SET lock_timeout = '{WAIT}s'")
                try:
                    for table in (conversations, events, keys, holds):
                        connection.exec_driver_sql(f"VACUUM {'(FULL)' if thoroughly else ''} {table.name}")
                finally:
                    connection.exec_driver_sql("RESET lock_timeout")
        except OperationalError as exc:
            if "lock" in str(exc.orig):
                return False
            raise as_store_error(exc, self.url) from exc
        except SQLAlchemyError as exc:
            raise as_store_error(exc, self.url) from exc
        return True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _open(url: URL) -> Engine:
    options: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            try:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as exc:
                raise StoreReadOnlyError(f"the folder of '{url.database}' cannot be made: {exc}.", hint=_WRITABLE) from exc
        options = {} if "timeout" in url.query else {"connect_args": {"timeout": WAIT}}
    elif url.get_backend_name() == "postgresql":
        options = {} if "connect_timeout" in url.query else {"connect_args": {"connect_timeout": WAIT}}
    try:
        engine = create_engine(url, **options)
    except ImportError as exc:
        if url.get_backend_name() == "postgresql":
            raise MissingExtraError("postgres", needed_for=f"a store at '{url.render_as_string()}'") from exc
        raise StoreError(
            f"the store '{url.render_as_string()}' needs a driver: {exc}.", hint="Install it, or use SQLite."
        ) from exc
    except SQLAlchemyError as exc:
        raise StoreError(f"the store '{url.render_as_string()}' cannot be opened: {exc}.", hint="Check database_url.") from exc
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    elif url.get_backend_name() == "postgresql":
        _replace_broken(engine)
    return engine


def _replace_broken(engine: Engine) -> None:
    """Replace connections that broke while nobody used them, without asking the server each time.

    A server that ends a connection says so, and that can be heard without a word to it. It is asked only where there is
    something to hear, or where a connection was idle for so long that the network may have dropped it in silence.
    """

    @event.listens_for(engine, "checkin")
    def _put_back(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        used = record.info.get(_USED)
        if used is None or (time.monotonic() - used < _SILENT and not _is_heard(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as exc:
            raise InvalidatePoolError from exc


def _is_heard(connection: Any) -> bool:
    """Tell whether the server has sent something that nobody asked for, such as that it goes."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin below, also before reading and before DDL
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
        if statement:
            connection.exec_driver_sql(statement)


def as_store_error(exc: SQLAlchemyError, url: URL) -> StoreError:
    """Return what a fault of the database means, with the file or database named and no password."""
    text = str(getattr(exc, "orig", None) or exc).strip()
    if any(words in text for words in ("readonly", "read-only transaction", "unable to open", "Permission denied")):
        return StoreReadOnlyError(f"the store '{url.database}' cannot be written: {text}.", hint=_WRITABLE)
    hint = "Check that the database is up and not damaged."
    if "locked" in text:
        hint = "Another process keeps it locked: end that process, or give the message again later."
    elif "malformed" in text or "not a database" in text:
        hint = "The file is damaged: put it aside, and restore a backup or begin with a new file."
    elif "is full" in text or "No space left" in text:
        hint = "Make room on the disk, then give the message again."
    return StoreError(f"the store '{url.database}' failed: {text}.", hint=hint)
