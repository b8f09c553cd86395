"""What is kept of each thing that happens in a conversation: enough to decide it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from cs_assist.store.base import Event
from cs_assist.types import Conversation, ModelUse, Note, Outcome


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
        **_known(state),
        **_asked_of(outcome.model),
    }


def by_whom(by: str | None) -> dict[str, JsonValue]:
    """Return who did something, as an event keeps it; nothing where that was not told."""
    return {} if by is None else {"by": by}


def _known(state: Conversation | None) -> dict[str, JsonValue]:
    """Return what was known beyond the conversation: of the customer what counts, in no words, and of the same question."""
    if state is None:
        return {}
    known: dict[str, JsonValue] = {"notes": [_note(note) for note in state.notes]}
    return known | ({"same_as": state.same_as, "answer_there": state.answer_there} if state.same_as else {})


def _note(note: Note) -> JsonValue:
    return note.model_dump(mode="json", exclude={"text"}, exclude_defaults=True)


def _asked_of(use: ModelUse | None) -> dict[str, JsonValue]:
    """Return which models were asked with which prompts, and why none of their words were used."""
    if use is None:
        return {}
    asked = dict.fromkeys((one.model, one.prompt_id, one.prompt_version) for one in use.usage)
    prompts: list[JsonValue] = [{"model": model, "prompt": prompt, "version": version} for model, prompt, version in asked]
    return {"model": {"calls": use.calls, "prompts": prompts, "downgraded": use.downgraded}}
