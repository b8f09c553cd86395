"""One conversation, message after message, as several tests have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cs_assist.config import load_settings
from cs_assist.conversation.identity import Identity
from cs_assist.conversation.memory import Memory
from cs_assist.conversation.repetition import Repetition
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.store.base import MemoryStore
from cs_assist.types import Conversation, Decision, Draft, Findings, Message, Outcome, Triage

ENCODER = OnnxEncoder()
HOUR = timedelta(hours=1)
ANA = {"email": "Ana@Example.com", "phone": "+49 170 1234567"}
CHAT: dict[str, Any] = {"conversation_id": "wa", "channel": "whatsapp", "customer": ANA}
MOODS: dict[str, dict[str, bool]] = {
    "upset": {"dissatisfied": True},
    "content": {"dissatisfied": False},
    "bare": {"bare": True, "dissatisfied": False},
    "bare but upset": {"bare": True, "dissatisfied": True},
}


class Talk:
    """One conversation, message after message, with a store of its own."""

    def __init__(self, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], start: datetime) -> None:
        self.store = MemoryStore()
        repetition = Repetition(ENCODER)
        self.memory = Memory(
            self.store, load_settings(), repetition=repetition, identity=Identity(b"secret"), versions={"encoder": "e@1"}
        )
        self.make = make_triage
        self.now = start
        self._count = 0
        self._triage = make_triage
        self._decision = make_decision

    def read(
        self, mood: str = "content", *, message: dict[str, Any] | None = None, earlier: Sequence[str] = (), **triage: Any
    ) -> Conversation:
        """Return the conversation with a message counted in; nothing is saved."""
        self._count += 1
        told = self.told = Message(**{"id": f"m{self._count}", "conversation_id": "c", **(message or {})})
        before = [self._triage(**MOODS[name]) for name in earlier]
        return self.memory(told, self._triage(**{**MOODS[mood], **triage}), earlier=before, now=self.now)

    def save(self, state: Conversation, *, text: str = "An answer.", message_id: str = "", **decision: Any) -> bool:
        """Save what became of it."""
        made = self._decision(**decision)
        outcome = Outcome(
            message_id=message_id or f"m{self._count}",
            action=made.action,
            triage=None,
            conversation=state,
            findings=Findings(),
            decision=made,
            reply=Draft(text=text, language="en", source="composed" if text else "none"),
        )
        return self.memory.commit(state, outcome, self.told.model_copy(update={"id": outcome.message_id}), now=self.now)

    def say(self, mood: str = "content", *, after: timedelta = HOUR, **decision: Any) -> Conversation:
        """Read and save one message some time after the last."""
        self.now += after
        state = self.read(mood)
        assert self.save(state, **decision)
        return state
