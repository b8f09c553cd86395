"""``cs-assist customers``: what the store holds on people, and for how long."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import write
from cs_assist.config import Settings, load_settings
from cs_assist.errors import MessageError, StoreKeyError, UnknownCustomerError

if TYPE_CHECKING:
    from cs_assist.store.sql import SqlStore

app = typer.Typer(help="Hand out, erase and let lapse what is held on customers.", no_args_is_help=True)

Key = Annotated[
    str,
    typer.Argument(
        help="A customer's id, e-mail address, phone number with its country code, or a conversation's id.",
        show_default=False,
    ),
]
State = Annotated[Path | None, typer.Option(help="SQLite file of the store; by default the settings' database.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted and delete nothing.")]


@app.command()
def erase(key: Key, state: State = None, debug: options.Debug = False) -> None:
    r"""Delete everything that is held on a customer, out of the database's files too.

    Example: cs-assist customers erase ada@mail.example
    """
    with _opened(state) as (store, settings):
        customer = _found(store, settings, key)
        _tell({"customer": customer, **store.erase(customer).model_dump()})


@app.command()
def export(
    key: Key,
    out: Annotated[Path, typer.Option(help="JSON file to write; only its owner may read it.")],
    state: State = None,
    debug: options.Debug = False,
) -> None:
    r"""Write everything that is held on a customer to a file.

    Example: cs-assist customers export ada@mail.example --out ada.json
    """
    with _opened(state) as (store, settings):
        held = store.export(_found(store, settings, key))
        database = Path(store.url.database or "")
    if out.is_file() and database.is_file() and out.samefile(database):
        raise MessageError(f"'{out}' is the store itself.", hint="Name another file.")
    try:
        with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            if out.is_file():
                out.chmod(0o600)  # one that was there before may be open to others
            json.dump(held, file, ensure_ascii=False, indent=1)
            file.write("\n")
    except OSError as exc:
        raise MessageError(f"'{out}' cannot be written: {exc}.", hint="Name a file in a folder that can be written.") from exc
    parts = held["conversations"]
    counts = {"conversations": len(parts), "events": sum(len(part["events"]) for part in parts)}
    _tell({"customer": held["customer_id"], "file": str(out), **counts})


@app.command()
def hold(
    key: Key,
    reason: Annotated[str, typer.Option(help="Why the data must be kept; erasure repeats it.")],
    until: Annotated[datetime | None, typer.Option(help="Day or moment (UTC) when it ends by itself.")] = None,
    state: State = None,
    debug: options.Debug = False,
) -> None:
    r"""Refuse to delete a customer's data (a legal hold), until it is released or a date has come.

    Example: cs-assist customers hold ada@mail.example --reason "court case 7 C 12/26"
    """
    with _opened(state) as (store, settings):
        customer = _found(store, settings, key)
        store.hold(customer, reason, until.replace(tzinfo=UTC) if until else None)
        _tell({"customer": customer, "held": True})


@app.command()
def release(key: Key, state: State = None, debug: options.Debug = False) -> None:
    r"""End a hold.

    Example: cs-assist customers release ada@mail.example
    """
    with _opened(state) as (store, settings):
        customer = _found(store, settings, key)
        _tell({"customer": customer, "held": False, "was_held": store.release(customer)})


@app.command()
def purge(dry_run: DryRun = False, state: State = None, debug: options.Debug = False) -> None:
    r"""Delete the conversations that are older than retention_days and retention_days_by allow.

    To be run once a day, such as from cron. Without either setting nothing is deleted.

    Example: cs-assist customers purge --dry-run
    """
    from cs_assist.store.retention import Retention

    with _opened(state) as (store, settings):
        _tell({"dry_run": dry_run, **store.purge(datetime.now(UTC), Retention.of(settings), dry_run=dry_run).model_dump()})


@app.command()
def encrypt(state: State = None, debug: options.Debug = False) -> None:
    r"""Encrypt every text in the store with the newest key of store_key, after one was set or changed.

    Example: cs-assist customers encrypt
    """
    with _opened(state) as (store, settings):
        if not settings.store_key.get_secret_value():
            raise StoreKeyError("no store_key is set.", hint="Set CS_ASSIST_STORE_KEY; docs/privacy-and-retention.md says how.")
        _tell({"texts": store.encrypt()})


@contextmanager
def _opened(state: Path | None) -> Iterator[tuple[SqlStore, Settings]]:
    from cs_assist.store.sql import open_store

    settings = load_settings(**({"database_url": options.sqlite_url(state)} if state else {}))
    store = open_store(settings)
    try:
        yield store, settings
    finally:
        store.close()


def _found(store: SqlStore, settings: Settings, key: str) -> str:
    """Return the one customer whom ``key`` means: by id (also a conversation's), or by what they are known under.

    Raises:
        UnknownCustomerError: Nothing is held under it, or it is shared by several customers.
    """
    from cs_assist.conversation.identity import open_identity
    from cs_assist.types import Customer

    known = store.load(key)
    if known is not None and known.customer_id is not None:
        return known.customer_id
    held = store.export(key)
    if held["conversations"] or held["keys"] or held["hold"]:
        return key
    told = Customer(email=key if "@" in key else None, phone=None if "@" in key else key)
    hashed = open_identity(settings).keys(told)
    found = store.customer_of(hashed)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownCustomerError(
            f"'{key}' belongs to {len(found)} customers: {', '.join(found)}.", hint="Give the id of the one that is meant."
        )
    raise UnknownCustomerError(
        f"nothing is held under '{key}'.", hint="Give a customer's id, e-mail address or phone number, or a conversation's id."
    )


def _tell(what: dict[str, Any]) -> None:
    write(what)
