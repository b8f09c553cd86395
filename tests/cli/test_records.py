from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_assist.cli.lines import Line
from cs_assist.cli.records import to_message, to_moment, to_turns
from cs_assist.errors import MessageError
from cs_assist.types import Message, Turn

LABELS: list[dict[str, Any]] = [
    {"foo": 1},
    {"id": 7, "created_at": "gestern", "via": {"channel": "web"}},
    {"emotion": "wütend", "intent": ["a"], "dissatisfied": "very", "episode": None},
    {"channel": "zendesk", "orders": 5, "citations": "x", "bare": [], "deleted": "no"},
]


@pytest.mark.parametrize("extra", LABELS)
@pytest.mark.parametrize("text", ["Where is it?", "¿Dónde está?", "荷物はどこ?", "أين طردي؟", ""])
def test_a_turn_of_the_history_may_carry_what_a_helpdesk_keeps_beside_it(extra: dict[str, Any], text: str) -> None:
    history = [{"role": "customer", "text": text, **extra}, {"role": "agent", "text": "One moment."}]
    message = to_message(Line(1, {"text": "hi", "history": history}))
    assert isinstance(message, Message)
    assert message.history == (Turn(role="customer", text=text), Turn(role="agent", text="One moment."))


def test_when_a_turn_was_said_is_kept() -> None:
    at = "2026-11-20T09:00:00+01:00"
    message = to_message(Line(1, {"text": "hi", "history": [{"role": "customer", "text": "x", "at": at, "by": "Ada"}]}))
    assert isinstance(message, Message)
    assert message.history[0].at == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("history", "key"),
    [
        ([{"role": "customer"}], "history.0.text"),
        ([{"role": "customer", "text": "x"}, {"text": "y", "foo": 1}], "history.1.role"),
        ([{"role": "customer", "text": 5}], "history.0.text"),
        ([{"role": "customer", "text": "x", "at": "gestern"}], "history.0.at"),
        ([["customer", "x"]], "history.0"),
        (["role text"], "history.0"),
        ("role", "history"),
        ({"role": "customer", "text": "x"}, "history"),
    ],
)
def test_what_is_no_turn_is_named(history: object, key: str) -> None:
    found = to_message(Line(1, {"text": "hi", "history": history}))
    assert isinstance(found, MessageError)
    assert f"key '{key}':" in found.message


@pytest.mark.parametrize("extra", LABELS)
def test_the_turns_of_a_dialogue_are_read_in_the_same_way(extra: dict[str, Any]) -> None:
    assert to_turns([{"role": "bot", "text": "Hallo", **extra}]) == [Turn(role="bot", text="Hallo")]
    assert to_turns([]) == []


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (None, "key 'turns' is missing"),
        (3, "key 'turns' is 3; a list"),
        ({"role": "bot"}, "key 'turns' is {"),
        (["role text"], "key 'turns.0' is no object"),
        ([{"role": "bot", "text": "x"}, None], "key 'turns.1' is no object"),
        ([{"role": "bot", "text": "x"}, {"role": "queen", "text": "x"}], "key 'turns.1.role'"),
        ([{"role": "bot", "text": "x"}] * 2 + [{"role": "bot"}], "key 'turns.2.text'"),
    ],
)
def test_a_turn_that_is_wrong_is_named_with_its_place(turns: object, said: str) -> None:
    found = to_turns(turns)
    assert isinstance(found, MessageError)
    assert said in found.message


def test_a_moment_without_an_offset_is_utc_and_one_with_it_is_kept() -> None:
    assert to_moment("2026-11-23T09:30") == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert to_moment("2026-11-23T09:30:00+09:00").utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize("value", ["", "soon", 5, None, [], "1969-12-31", "3000-01-01T00:00Z", "23.11.2026"])
def test_what_is_no_moment_is_told_with_its_key_and_how_to_write_one(value: object) -> None:
    with pytest.raises(MessageError, match=r"key 'received_at' is") as caught:
        to_moment(value, key="received_at")
    assert "2026-" in caught.value.hint


def test_a_line_whose_id_is_null_is_a_message_of_its_own() -> None:
    ids = {message.id for n in (1, 2) if isinstance(message := to_message(Line(n, {"id": None, "text": "Hello"})), Message)}
    assert ids == {"1", "2"}


def test_an_empty_id_is_refused() -> None:
    error = to_message(Line(1, {"id": "", "text": "My battery caught fire"}))
    assert isinstance(error, MessageError)
    assert "'id'" in str(error)
