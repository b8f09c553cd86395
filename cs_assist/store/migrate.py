"""Bring a store's tables to the newest form, with alembic, wherever the library opens it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from cs_assist import __version__
from cs_assist.errors import StoreError, StoreVersionError
from cs_assist.store.database import WAIT, Database
from cs_assist.store.tables import SCHEMA, meta

_SCRIPTS = Path(__file__).parent / "migrations"
_alembic = threading.Lock()  # alembic's own state is one a process
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7178163)")  # any number that is ours


def prepare(database: Database) -> None:
    """Make or upgrade the tables in one transaction; several workers may do so at once.

    Raises:
        StoreVersionError: A newer release wrote the store.
        StoreError: It cannot be read or written, or is damaged.
    """
    deadline = time.monotonic() + WAIT
    while True:
        try:
            with database.writing() as connection:
                _upgrade(connection, database)
            return
        except StoreError as exc:
            # A new SQLite file is put into WAL mode by whoever is first; the others do not wait for that by themselves.
            if "locked" not in exc.message or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _upgrade(connection: Connection, database: Database) -> None:
    found = _schema(connection, database)
    if found < SCHEMA and not database.is_sqlite:
        connection.execute(_ONE_AT_A_TIME)
        found = _schema(connection, database)
    if found > SCHEMA:
        release = connection.execute(select(meta.c.value).where(meta.c.name == "release")).scalar()
        by = f" by release {release}" if release else ""
        raise StoreVersionError(
            f"the store '{database.url.database}' has schema {found}{by}, this release knows up to {SCHEMA}.",
            hint="Update cs-assist, or choose another database_url.",
        )
    if found == SCHEMA:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _alembic:
        if found == 1:
            command.stamp(config, "v1")
        command.upgrade(config, "head")
    for name, value in (("schema", str(SCHEMA)), ("release", __version__)):
        connection.execute(meta.delete().where(meta.c.name == name))
        connection.execute(meta.insert().values(name=name, value=value))


def _schema(connection: Connection, database: Database) -> int:
    if not inspect(connection).has_table(meta.name):
        return 0
    found = connection.execute(select(meta.c.value).where(meta.c.name == "schema")).scalar()
    if found is not None and not found.isdecimal():
        raise StoreError(f"the store '{database.url.database}' is damaged: its schema is '{found}'.", hint="Restore a backup.")
    return int(found or 0)
