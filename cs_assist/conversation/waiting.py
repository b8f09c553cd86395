"""How long: since when nothing happened, since when a customer waits for a person, and what was promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from cs_assist.types import Action, Conversation, Outcome


def came_late(now: datetime, latest: datetime | None, *, silence: timedelta) -> bool:
    """Tell whether something is older than the latest, by no more than ``silence``: more is a clock that was set."""
    return latest is not None and timedelta(0) < latest - now <= silence


def is_silent(state: Conversation, now: datetime, silence: timedelta) -> bool:
    """Tell whether an episode is over because nothing happened for so long.

    What people did with the conversation is no silence, and while a customer waits for a person it begins when the person
    was promised.
    """
    promised = state.promised_at if state.holder == "pending" else None
    moments = [moment for moment in (state.updated_at, state.assigned_at, promised) if moment is not None]
    return bool(moments) and now - max(moments) > silence


def awaited(state: Conversation, outcome: Outcome, now: datetime) -> dict[str, object]:
    """Return since when the customer waits for a person, and until when one was promised, after an outcome.

    What is answered is promised no more; who is handed over is promised anew.
    """
    if state.passed_over or outcome.action is Action.IGNORE:
        return {}
    if outcome.action not in (Action.HANDOVER, Action.DRAFT):
        return {"waiting_since": None, "promised_at": None}
    anew = outcome.action is Action.HANDOVER and not state.held
    promised = None if anew else state.promised_at
    return {"waiting_since": state.waiting_since or now, "promised_at": promised or outcome.decision.due_at}


def later(before: datetime | None, now: datetime, silence: timedelta) -> datetime:
    """Return when something was last said: a message that came late does not turn the clock back, a set clock does."""
    return before if before is not None and came_late(now, before, silence=silence) else now
