from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from cs_assist.conversation.events import detail_of, make_event
from cs_assist.types import Action, Decision, Draft, Fault, Findings, Outcome

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_an_outcome_without_a_reading_is_kept_with_its_fault(make_decision: Callable[..., Decision]) -> None:
    outcome = Outcome(
        message_id="1",
        action=Action.HANDOVER,
        triage=None,
        conversation=None,
        findings=Findings(),
        decision=make_decision(action="handover", reason="fault"),
        reply=Draft(text="", language="und", source="none"),
        fault=Fault(stage="understand", error="OSError"),
    )
    detail = detail_of(outcome)
    assert (detail["action"], detail["reason"], detail["fault"], detail["intent"]) == ("handover", "fault", "understand", None)
    event = make_event("c", "m1", "handled", NOW, detail)
    assert json.loads(event.model_dump_json())["detail"] == detail
