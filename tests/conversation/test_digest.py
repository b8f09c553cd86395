from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_assist.conversation import digest
from cs_assist.types import Conversation, Entity, Message, Order, Triage, Turn

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def said(text: str, intent: str | None = None, **more: Any) -> Turn:
    return Turn(role="customer", text=text, intent=intent, **more)


def test_matters_are_told_in_the_customers_last_words_with_how_often() -> None:
    turns = [
        said("Hi!", "greeting"), said("Where is it?", "order_status"), said("A-1", "order_status", bare=True),
        said("gone", "order_status", deleted=True), Turn(role="bot", text="On its way."), said("Still not here!", "order_status"),
        said("A person, please.", "human_request"),
    ]  # fmt: skip
    found = digest.matters(turns, intent="human_request", text="")
    assert [(m.intent, m.quote, m.count) for m in found] == [
        ("order_status", "Still not here!", 2), ("human_request", "A person, please.", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([said("Hello", "greeting")], [("greeting", "Hello")]),
        ([], [("praise", "Thanks")]),
        ([said("?!", "spam")], [("praise", "Thanks")]),
    ],
)  # fmt: skip
def test_where_there_is_no_matter_the_message_is_told(turns: list[Turn], expected: list[tuple[str, str]]) -> None:
    assert [(m.intent, m.quote) for m in digest.matters(turns, intent="praise", text="Thanks")] == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("電話番号は090-1234-5678です。返事がありません。", "電話番号は090-1234-5678です。返事がありません。"),
        ("Hello there. " * 30 + "When does A-1 come? Thanks.", "When does A-1 come?"),
        ("हमें बताइए। " * 40 + "ऑर्डर A-1 कब आएगा?", "ऑर्डर A-1 कब आएगा?"),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_short_text_is_told_whole_of_a_long_one_what_it_asks(text: str, key: str) -> None:
    assert digest.key_sentence(text) == key


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("We will write within 24 hours.", 24),
        ("Wir melden uns innerhalb von 2 Tagen.", 48),
        ("Nous reviendrons vers vous sous 3 à 5 jours.", 120),
        ("3日以内にご連絡します。", 72),
        ("سنتواصل معكم خلال 24 ساعة.", 24),
        ("We will write within 3 working days.", None),  # nobody has counted the holidays
        ("We will write soon.", None),
    ],
)
def test_a_promise_is_due_when_its_words_say_so(text: str, hours: int | None) -> None:
    found = digest.promises([Turn(role="agent", text=text, at=NOW), said("We will see.")], language="en")
    assert [(p.text, p.said_at) for p in found] == [(text, NOW)]
    assert found[0].due_at == (NOW + timedelta(hours=hours) if hours else None)


ORDER = Order(number="PL-2610-47715", tracking="JD014600003", status="shipped")


@pytest.mark.parametrize(
    ("named", "known"),
    [((), True), (("PL261047715",), True), (("JD014600003",), True), (("PL261047799",), False)],
)
def test_the_order_last_known_is_told_unless_another_is_meant(named: tuple[str, ...], known: bool) -> None:
    state = Conversation(
        id="c", order=ORDER, turns=(said("Where?", orders=("X1",)), said("Where is it?", orders=named)) if named else ()
    )
    assert digest.last_order(Message(id="1"), state) == (ORDER if known else None)
    own = Order(number="B-2")
    assert digest.last_order(Message(id="1", order=own), state) == own


def test_each_value_is_told_once_the_newest_first(make_triage: Callable[..., Triage]) -> None:
    def value(kind: str, text: str) -> Entity:
        return Entity(type=kind, value=text, start=0, end=1)

    new, old = [value("order_number", "pl-1 2")], [value("order_number", "PL-12"), value("money", "5 €")]
    assert [e.value for e in digest.newest_first([new, old])] == ["pl-1 2", "5 €"]
    assert digest.newest_first([]) == ()
