"""Judge every customer turn of a finished dialogue with only what came before it, as an evaluation does."""

from __future__ import annotations

from datetime import UTC, datetime

from cs_assist import Assistant, MemoryStore, Message, Turn

DIALOGUE = (
    Turn(role="customer", text="My parcel was due on Monday. Where is it?"),
    Turn(role="bot", text="It is on its way."),
    Turn(role="customer", text="You said that last week. This is useless."),
    Turn(role="bot", text="We are sorry for the inconvenience."),
    Turn(role="customer", text="Sorry does not help me. I am fed up with you."),
)


def main() -> None:
    """Print one line a customer turn and the turn at which a person takes over."""
    assistant = Assistant(store=MemoryStore())
    context = Message(id="dialogue-1", market="US", channel="live_chat", received_at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    taken_over = None
    for index, outcome in assistant.converse(DIALOGUE, message=context):
        if outcome.triage is None or outcome.conversation is None:
            raise SystemExit(f"a stage failed: {outcome.fault}")
        print(
            f"turn {index}: {outcome.action.value:<9} p_dissatisfied {outcome.triage.p_dissatisfied:.2f} "
            f"strikes {outcome.conversation.strikes}  {DIALOGUE[index].text}"
        )
        if taken_over is None and outcome.action == "handover":
            taken_over = index
    print(f"a person takes over at turn {taken_over}")


if __name__ == "__main__":
    main()
