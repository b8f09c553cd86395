from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_assist.conversation.waiting import awaited, came_late, is_silent, later
from cs_assist.types import Conversation, Decision, Draft, Findings, Outcome

START = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
SILENCE = 72 * HOUR


@pytest.mark.parametrize(
    ("hours", "late", "last"),
    [(0, True, 10), (9, True, 10), (10, False, 10), (11, False, 11), (-62, True, 10), (-63, False, -63)],
)
def test_what_is_a_little_older_came_late(hours: int, late: bool, last: int) -> None:
    now, latest = START + hours * HOUR, START + 10 * HOUR
    assert came_late(now, latest, silence=SILENCE) is late
    assert later(latest, now, SILENCE) == START + last * HOUR
    assert later(None, now, SILENCE) == now


@pytest.mark.parametrize(
    ("state", "hours", "silent"),
    [
        ({}, 1000, False),
        ({"updated_at": START}, 72, False),
        ({"updated_at": START}, 73, True),
        ({"updated_at": START, "assigned_at": START + 80 * HOUR}, 81, False),
        ({"updated_at": START, "assigned_at": START + 80 * HOUR}, 153, True),
        ({"updated_at": START, "holder": "pending", "promised_at": START + 278 * HOUR}, 277, False),
        ({"updated_at": START, "holder": "pending", "promised_at": START + 278 * HOUR}, 350, False),
        ({"updated_at": START, "holder": "pending", "promised_at": START + 278 * HOUR}, 351, True),
        ({"updated_at": START, "holder": "bot", "promised_at": START + 278 * HOUR}, 73, True),
    ],
)
def test_silence_begins_when_something_last_happened_or_was_promised(state: dict[str, Any], hours: int, silent: bool) -> None:
    assert is_silent(Conversation(id="c", **state), START + hours * HOUR, SILENCE) is silent


@pytest.mark.parametrize(
    ("state", "decision", "waiting", "promised"),
    [
        ({}, {"action": "draft"}, 10, 12),
        ({"waiting_since": START, "promised_at": START + HOUR}, {"action": "draft"}, 0, 1),
        ({"waiting_since": START, "promised_at": START + HOUR}, {"action": "handover"}, 0, 12),
        ({"waiting_since": START, "promised_at": START + HOUR, "held": True}, {"action": "handover"}, 0, 1),
        ({"waiting_since": START, "promised_at": START + HOUR}, {"action": "reply"}, None, None),
        ({"waiting_since": START, "promised_at": START + HOUR}, {"action": "ask"}, None, None),
        ({"waiting_since": START, "promised_at": START + HOUR}, {"action": "ignore"}, 0, 1),
        ({"waiting_since": START, "promised_at": START + HOUR, "passed_over": "own"}, {"action": "ignore"}, 0, 1),
    ],
)
def test_an_answer_ends_the_wait_and_a_handover_promises_anew(
    make_decision: Callable[..., Decision], state: dict[str, Any], decision: dict[str, Any], waiting: int | None,
    promised: int | None,
) -> None:  # fmt: skip
    made = make_decision(**decision, due_at=START + 12 * HOUR)
    before = Conversation(id="c", **state)
    outcome = Outcome(message_id="1", action=made.action, triage=None, conversation=before, findings=Findings(), decision=made,
                      reply=Draft(text="", language="en", source="none"))  # fmt: skip
    after = before.model_copy(update=awaited(before, outcome, START + 10 * HOUR))
    expected = [None if hours is None else START + hours * HOUR for hours in (waiting, promised)]
    assert [after.waiting_since, after.promised_at] == expected
