"""What is kept of each thing that happens in a conversation: enough to decide it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from cs_assist.store.base import Event
from cs_assist.types import Outcome


def make_event(conversation_id: str, name: str, kind: str, now: datetime, detail: Mapping[str, JsonValue]) -> Event:
    """Return an event; ``name`` is the message's id, or what else happens only once."""
    return Event(conversation_id=conversation_id, message_id=name, kind=kind, at=now.isoformat(), detail=dict(detail))


def detail_of(outcome: Outcome) -> dict[str, JsonValue]:
    """Return what was decided about a message and from what, as an event keeps it."""
    triage, decision, state = outcome.triage, outcome.decision, outcome.conversation
    return {
        "action": outcome.action.value,
        "reason": decision.reason,
        "reasons": list(decision.reasons),
        "priority": decision.priority,
        "queue": decision.queue,
        "tier": decision.tier,
        "due_at": decision.due_at.isoformat(),
        "reply": outcome.reply.text,
        "citations": list(outcome.reply.citations),
        "language": triage.language if triage else None,
        "intent": triage.intent if triage else None,
        "emotion": triage.emotion.value if triage else None,
        "p_dissatisfied": triage.p_dissatisfied if triage else None,
        "strikes": state.strikes if state else None,
        "asked": state.asked if state else None,
        "keys": list(state.keys) if state else [],
        "fault": outcome.fault.stage if outcome.fault else None,
    }
