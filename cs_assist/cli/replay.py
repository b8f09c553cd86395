"""``cs-assist replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import write
from cs_assist.errors import UnknownConversationError


def command(
    state: Annotated[Path, typer.Argument(metavar="STATE_DB", help="SQLite file of the store.")],
    conversation: Annotated[str, typer.Argument(metavar="CONVERSATION", help="Its id in the helpdesk.")],
    index: options.Index,
    debug: options.Debug = False,
) -> None:
    r"""Decide a stored conversation anew, message by message, and say where the outcome differs.

    Each line is an event: {id, kind, at, action, reason, decided, same, differences: [[what, then, now]…], versions}.
    A conversation that was found to be part of another's case is followed into it.
    Nothing is written to the store. Exit code 0 where everything came out the same, 1 where something differs.

    Example: cs-assist replay state.db 4711 --index kb_index/index
    """
    from cs_assist.assistant import Assistant
    from cs_assist.config import load_settings
    from cs_assist.replay import events_of, replay
    from cs_assist.store.base import MemoryStore
    from cs_assist.store.sql import SqlStore

    url = options.sqlite_url(state)
    settings = load_settings()
    store = SqlStore(url, key=settings.store_key.get_secret_value())
    try:
        events = events_of(store, conversation)
    finally:
        store.close()
    if not events:
        raise UnknownConversationError(f"no conversation '{conversation}' in '{state}'.", hint="Check the id.")
    differs = False
    assistant = Assistant(settings, index=index, store=MemoryStore())
    for replayed in replay(assistant, events):
        differs = differs or not replayed.same
        write(replayed.as_object())
    if differs:
        raise typer.Exit(1)
