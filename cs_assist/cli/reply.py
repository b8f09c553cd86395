"""``cs-assist reply``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import outcome_object, to_message
from cs_assist.errors import CsAssistError

VIEW = View(
    ("id", "action", "why", "due", "reply"),
    lambda o: (o["action"], "; ".join(o["reasons"]), o["due_at"][:16], o["reply"]["text"]),
)


def command(
    index: options.Index,
    source: options.Source = None,
    state: Annotated[
        Path | None, typer.Option(help="SQLite file that remembers conversations; by default each run starts afresh.")
    ] = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Say what to do about each message, with the reply or the packet for a person.

    Input line: a triage line plus optional order: {…} facts, name, conversation_id and now (ISO 8601)

    Example: cs-assist reply --index kb_index/index examples/inbox.jsonl
    """
    from cs_assist.assistant import Assistant
    from cs_assist.config import load_settings
    from cs_assist.store.base import MemoryStore
    from cs_assist.store.sql import open_store

    settings = load_settings(**({"database_url": f"sqlite:///{state}"} if state else {}))
    assistant = Assistant(settings, index=index, store=open_store(settings) if state else MemoryStore())

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            if isinstance(message, CsAssistError):
                yield message
            else:
                yield {**outcome_object(assistant.handle(message)), "id": line.id}

    run(source, answer, batch=8, what="messages", view=None if as_json else VIEW)
