"""Answer the sample inbox offline: a table on the terminal, every outcome in full in demo.html."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cs_assist import Assistant, MemoryStore, Message, Outcome, load_settings
from cs_assist.quality.page import outcomes_page

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # two in the morning: the sample articles are in force on this day
COLOURS = {"reply": "green", "draft": "yellow", "ask": "blue", "handover": "red", "ignore": "dim"}


def main() -> None:
    """Handle the messages in order and show what became of them."""
    started = time.perf_counter()
    lines = (ROOT / "examples" / "inbox.jsonl").read_text(encoding="utf-8").splitlines()
    messages = [Message.model_validate({**json.loads(line), "received_at": NOW}) for line in lines]
    # The sample shop's articles lie far apart, so answers are sent from a lower probability than the default's.
    settings = load_settings(shop_name="Papaya Lane", reply_at=0.8)
    assistant = Assistant(settings, index=ROOT / "kb_index" / "index", store=MemoryStore())
    pairs = [(message, assistant.handle(message)) for message in messages]
    show(pairs)
    page = ROOT / "demo.html"
    page.write_text(outcomes_page(pairs, title="Papaya Lane's inbox at two in the morning"), encoding="utf-8")
    print(f"{len(pairs)} messages in {time.perf_counter() - started:.1f} s; every outcome in full: {page.name}")


def show(pairs: list[tuple[Message, Outcome]]) -> None:
    """Print one row a message."""
    table = Table("message", "language", "intent", "emotion", "action", "reply's first line", title="Papaya Lane", expand=True)
    for _, outcome in pairs:
        triage = outcome.triage
        if triage is None:
            continue
        body = [line for line in outcome.reply.text.splitlines() if line.strip()]
        first = body[1] if len(body) > 1 else "".join(body)  # the line after the greeting says more
        action = f"[{COLOURS[outcome.action.value]}]{outcome.action.value}[/]"
        text = " ".join(triage.text.split())
        table.add_row(_cut(text, 60), triage.language, triage.intent, triage.emotion.value, action, _cut(first, 70))
    width = max(Console().width, 150)
    Console(width=width).print(table)


def _cut(text: str, limit: int) -> str:
    return (text if len(text) <= limit else text[: limit - 1] + "…").replace("[", "\\[")


if __name__ == "__main__":
    main()
