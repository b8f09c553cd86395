"""Where is my order? Answered from the order's own facts; what is late or unclear becomes a draft for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cs_assist import Assistant, MemoryStore, Message, Order

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def main() -> None:
    """Ask the same question without facts, with good ones, and with a promise that was broken."""
    order = Order(
        number="PL-2611-40077", status="shipped", carrier="UPS", tracking="1Z999AA10123456784", promised_date=date(2026, 11, 27)
    )
    cases = {
        "no facts": None,
        "on its way": order,
        "late": order.model_copy(update={"promised_date": date(2026, 11, 20)}),
        "held at customs": order.model_copy(update={"status": "held_at_customs"}),
    }
    assistant = Assistant(store=MemoryStore())
    for name, facts in cases.items():
        message = Message(id=name, text="Where is my order?", market="US", channel="live_chat", order=facts, received_at=NOW)
        outcome = assistant.handle(message)
        print(f"{name}: {outcome.action.value} ({'; '.join(outcome.decision.reasons)})")
        print("".join(f"    {line}\n" for line in outcome.reply.text.splitlines()))


if __name__ == "__main__":
    main()
