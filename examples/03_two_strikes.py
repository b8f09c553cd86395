"""One conversation until a person takes over: two dissatisfied messages in a row are enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cs_assist import Assistant, MemoryStore, Message
from cs_assist.conversation.packet import to_markdown

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TEXTS = (
    "My suitcase should have been here a week ago and nobody helps me. I am really annoyed!",
    "You still have not answered my question. I am really fed up with this.",
    "So, what now?",
)


def main() -> None:
    """Handle three messages of one conversation, then give it back to the bot."""
    assistant = Assistant(store=MemoryStore())
    for number, text in enumerate(TEXTS):
        message = Message(
            id=f"m-{number}", text=text, market="US", conversation_id="ticket-7", received_at=START + timedelta(hours=number)
        )
        outcome = assistant.handle(message)
        if outcome.conversation is None:
            raise SystemExit(f"a stage failed: {outcome.fault}")
        print(f"{text}\n  -> {outcome.action.value} ({outcome.decision.reason}), strikes {outcome.conversation.strikes}")
        if outcome.action == "handover" and outcome.handover:
            print(f"\n--- the person reads ---\n{to_markdown(outcome.handover)}\n--- end ---\n")
    assistant.memory.assign("ticket-7", "bot", now=START + timedelta(hours=4))  # the person is done
    later = START + timedelta(hours=5)
    thanks = Message(id="m-9", text="Thank you, it is here now!", market="US", conversation_id="ticket-7", received_at=later)
    print(f"{thanks.text}\n  -> {assistant.handle(thanks).action.value}, written by the bot again")


if __name__ == "__main__":
    main()
