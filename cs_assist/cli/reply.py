"""``cs-assist reply``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, View, run
from cs_assist.cli.records import outcome_object, to_message
from cs_assist.errors import CsAssistError, StoreError

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

    Input line: a triage line plus optional order: {…} facts, name, conversation_id and now (ISO 8601). With --state, give each
    line an id: what has none is a new message in every run.

    Example: cs-assist reply --index kb_index/index examples/inbox.jsonl
    """
    from cs_assist.assistant import Assistant
    from cs_assist.config import load_settings
    from cs_assist.store.base import MemoryStore
    from cs_assist.store.sql import open_store

    settings = load_settings(**({"database_url": options.sqlite_url(state, there=False)} if state else {}))
    assistant = Assistant(settings, index=index, store=open_store(settings) if state else MemoryStore())

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            if isinstance(message, CsAssistError):
                yield message
                continue
            if state and line.value.get("id") is None:  # a line's number is another message's in the next run
                message = message.model_copy(update={"id": f"{line.number}-{uuid4().hex}"})
            outcome = assistant.handle(message)
            if outcome.fault and outcome.conversation is None:
                why = f"the message could not be stored ({outcome.fault.error}); nothing may be sent."
                yield StoreError(why, hint="Give the line again when the store can be written.")
            else:
                yield {**outcome_object(outcome), "id": line.id}

    run(source, answer, batch=8, what="messages", view=None if as_json else VIEW)
