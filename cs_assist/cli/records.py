"""The machine contract's objects, to and from the library's records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from cs_assist.cli.lines import Line, explain, shown
from cs_assist.errors import CsAssistError, MessageError
from cs_assist.markets.market import find_market
from cs_assist.types import Findings, Message, Outcome, Triage, Turn

Json = dict[str, Any]
_EXAMPLE = 'Example: {"id": "1", "text": "Where is my parcel?"}'
_MOMENT = "Write it as in 2026-11-23T09:30:00Z."
_MESSAGE_KEYS = {
    "text",
    "html",
    "market",
    "channel",
    "platform",
    "language",
    "name",
    "history",
    "order",
    "conversation_id",
    "customer",
    "author",
    "edits",
}
#: What a caller knows of an earlier turn; the rest of :class:`Turn` is what the library itself reads in it.
_TURN_KEYS = ("role", "text", "at")


def to_message(line: Line, *, need_text: bool = True) -> Message | CsAssistError:
    """Return the message of an input line, or what is wrong with it; unknown keys are passed over, those of turns too."""
    value = {key: line.value[key] for key in _MESSAGE_KEYS & line.value.keys() if line.value[key] is not None}
    if isinstance(value.get("history"), list):
        value["history"] = [_known_keys(turn) for turn in value["history"]]
    if need_text and not isinstance(value.get("text", value.get("html")), str):
        found = next((value[key] for key in ("text", "html") if key in value), None)
        what = "is missing" if found is None else f"is {shown(found)}"
        return MessageError(f"key 'text' {what}; a string was expected.", hint=_EXAMPLE)
    try:
        for key in ("now", "received_at"):
            if line.value.get(key) not in (None, ""):
                value["received_at"] = to_moment(line.value[key], key=key)
                break
        message = Message.model_validate({**value, "id": str(line.number if line.id is None else line.id)})
        if message.market:
            find_market(message.market)
            message = message.model_copy(update={"market": message.market.strip().upper()})
    except ValidationError as exc:
        return explain(exc)
    except CsAssistError as exc:
        return exc
    return message


def _known_keys(turn: Any) -> Any:
    """Return a turn of a history without the keys that are passed over (a helpdesk's ids, labels)."""
    return {key: turn[key] for key in _TURN_KEYS if key in turn} if isinstance(turn, dict) else turn


def to_moment(value: object, *, key: str = "now") -> datetime:
    """Return an ISO 8601 moment; one without an offset is taken as UTC.

    Raises:
        MessageError: It is none, or is none of the years 1970 to 2999, in which due times can be reckoned.
    """
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as exc:
        raise MessageError(f"key '{key}' is '{value}'; an ISO 8601 moment was expected.", hint=_MOMENT) from exc
    if not 1970 <= moment.year <= 2999:
        raise MessageError(f"key '{key}' is '{value}'; a moment of the years 1970 to 2999 was expected.", hint=_MOMENT)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def to_day(value: object) -> date:
    """Return the day of an ISO date or moment; today where there is none.

    Raises:
        MessageError: It is neither.
    """
    if value is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as exc:
        raise MessageError(f"key 'date' is '{value}'; an ISO date was expected.") from exc


def to_turns(value: Any) -> list[Turn] | MessageError:
    """Return the turns of a dialogue; other keys of a turn (labels, say) are passed over."""
    if not isinstance(value, list):
        what = "is missing" if value is None else f"is {shown(value)}"
        return MessageError(f"key 'turns' {what}; a list of {{role, text}} was expected.")
    turns = []
    for number, turn in enumerate(value):
        if not isinstance(turn, dict):
            return MessageError(f"key 'turns.{number}' is no object; each turn must be an object {{role, text}}.")
        try:
            turns.append(Turn.model_validate({key: turn[key] for key in ("role", "text") if key in turn}))
        except ValidationError as exc:
            return explain(exc, within=f"turns.{number}")
    return turns


def triage_object(triage: Triage) -> Json:
    """Return a triage as the contract has it."""
    return {
        "language": triage.language,
        "languages": [list(pair) for pair in triage.languages],
        "intent": triage.intent,
        "intents": [list(pair) for pair in triage.intents],
        "emotion": triage.emotion.value,
        "emotions": [list(pair) for pair in triage.emotions],
        "intensity": triage.intensity,
        "dissatisfied": triage.dissatisfied,
        "p_dissatisfied": triage.p_dissatisfied,
        "urgency": triage.urgency.value,
        "entities": [entity.model_dump() for entity in triage.entities],
        "flags": list(triage.flags),
        "priority": triage.priority,
        "secondary": [list(pair) for pair in triage.secondary],
        "unsure": triage.unsure,
        "hits": [hit.model_dump() for hit in triage.hits],
    }


def findings_object(findings: Findings) -> Json:
    """Return what a search found as the contract has it."""
    keys = {"doc_id", "title", "score", "p_answers", "text", "language", "url", "answer"}
    return {
        "passages": [passage.model_dump(include=keys) for passage in findings.passages],
        "p_answerable": findings.p_answerable,
        "answerable": findings.answerable,
    }


def outcome_object(outcome: Outcome) -> Json:
    """Return an outcome as the contract has it."""
    decision = outcome.decision
    return {
        "id": outcome.message_id,
        "action": outcome.action.value,
        "triage": triage_object(outcome.triage) if outcome.triage else None,
        "reply": {
            "text": outcome.reply.text,
            "language": outcome.reply.language,
            "citations": list(outcome.reply.citations),
            "source": outcome.reply.source,
        },
        "findings": [finding.model_dump() for finding in outcome.checks],
        "handover": outcome.handover.model_dump(mode="json") if outcome.handover else None,
        "reasons": [decision.reason, *decision.reasons],
        "due_at": decision.due_at.isoformat(),
        "send_at": decision.send_at.isoformat() if decision.send_at else None,
    }
