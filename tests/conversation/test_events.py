from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from cs_assist.conversation.events import by_whom, detail_of, make_event
from cs_assist.types import Action, Conversation, Decision, Draft, Fault, Findings, ModelUse, Note, Outcome, Usage

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


def decided(made: Decision, **more: object) -> Outcome:
    told = {"message_id": "1", "action": made.action, "triage": None, "conversation": None, "findings": Findings(),
            "decision": made, "reply": Draft(text="", language="und", source="none")}  # fmt: skip
    return Outcome.model_validate({**told, **more})


def test_an_event_says_which_models_were_asked_with_which_prompts(make_decision: Callable[..., Decision]) -> None:
    def usage(prompt: str, version: int) -> Usage:
        return Usage(
            model="maker/small-1", prompt_id=prompt, prompt_version=version, prompt_tokens=10, completion_tokens=5,
            cost=Decimal(0), currency="USD", seconds=0.1, cached=False, exact=True, repaired_parse=False,
        )  # fmt: skip

    use = ModelUse(calls=4, usage=(usage("draft", 3), usage("draft", 3), usage("intent", 1)), downgraded="number_unsupported")
    detail = detail_of(decided(make_decision(), model=use))
    prompts = [{"model": "maker/small-1", "prompt": name, "version": version} for name, version in (("draft", 3), ("intent", 1))]
    assert detail["model"] == {"calls": 4, "prompts": prompts, "downgraded": "number_unsupported"}
    assert "model" not in detail_of(decided(make_decision()))


def test_an_event_keeps_what_was_known_of_a_customer_and_no_word_of_it(make_decision: Callable[..., Decision]) -> None:
    notes = (Note(kind="vip"), Note(kind="compensation", count=2, text="10 euros for Ana Quagmire", at=NOW),
             Note(kind="crm", text="married to Tom"))  # fmt: skip
    state = Conversation(id="c", notes=notes, same_as="mail", answer_there="It is on its way.")
    detail = detail_of(decided(make_decision(), conversation=state))
    assert detail["notes"] == [
        {"kind": "vip"}, {"kind": "compensation", "count": 2, "at": "2026-11-23T12:00:00Z"}, {"kind": "crm"}
    ]  # fmt: skip
    assert (detail["same_as"], detail["answer_there"]) == ("mail", "It is on its way.")
    assert "same_as" not in detail_of(decided(make_decision(), conversation=Conversation(id="c")))


def test_who_is_not_told_is_not_kept() -> None:
    assert (by_whom("agent-17"), by_whom(None)) == ({"by": "agent-17"}, {})
