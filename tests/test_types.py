from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from cs_assist.types import (
    LANGUAGES,
    Conversation,
    Message,
    Order,
    Triage,
    Turn,
    same_language,
)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("es", "es", True),
        ("es-419", "es", True),
        ("pt", "pt-BR", True),
        ("en", "en-GB", True),
        ("zh-Hans", "zh-Hant", False),
        ("zh-Hant", "zh-Hant-HK", True),
        ("hi", "hi-Latn", False),
        ("id", "ms", False),
        ("und", "en", False),
    ],
)
def test_regional_styles_are_one_language_and_scripts_are_two(left: str, right: str, same: bool) -> None:
    assert same_language(left, right) is same
    assert same_language(right, left) is same


def test_the_served_languages_are_sorted_and_unique() -> None:
    assert list(LANGUAGES) == sorted(set(LANGUAGES))


def test_a_message_without_a_conversation_is_one_of_its_own() -> None:
    assert Message(id="7").conversation == "7"
    assert Message(id="7", conversation_id="c").conversation == "c"


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (Message, {"id": "1", "colour": "red"}),
        (Message, {"id": "1", "channel": "fax"}),
        (Message, {"id": "1", "platform": "Own Shop"}),
        (Message, {"id": "1", "platform": ""}),
        (Message, {"id": "1", "received_at": datetime(2026, 1, 1)}),
        (Message, {"text": "no id"}),
        (Order, {"number": "1", "currency": "euro"}),
        (Order, {"number": "1", "total": "-1"}),
        (Order, {"number": "1", "status": "lost"}),
        (Order, {"number": "1", "items": [{"name": "a", "quantity": 0}]}),
        (Turn, {"role": "boss", "text": "x"}),
        (Turn, {"role": "bot", "text": "x", "at": datetime(2026, 1, 1)}),
    ],
)
def test_a_record_refuses_what_does_not_fit(record: type, values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        record(**values)


@pytest.mark.parametrize("platform", ["own_shop", "amazon", "mercado_libre", "some_new_one", None])
def test_any_well_formed_platform_is_accepted(platform: str | None) -> None:
    assert Message(id="1", platform=platform).platform == platform


def test_a_record_cannot_be_edited() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Message(id="1").text = "x"


def test_the_probability_of_the_intent_is_that_of_the_ranking(make_triage: Callable[..., Triage]) -> None:
    triage = make_triage(intent="not_received", intents=(("order_status", 0.3), ("not_received", 0.25)))
    assert triage.p_intent == 0.25


def test_only_the_shops_own_turns_count_as_said() -> None:
    turns = [Turn(role=role, text=role) for role in ("customer", "bot", "system", "agent")]
    assert Conversation(id="c", turns=tuple(turns)).said() == "bot\nagent"


def test_a_conversation_survives_its_way_through_json() -> None:
    at = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    state = Conversation(id="c", strikes=1, turns=(Turn(role="customer", text="où? 哪里\u0000", at=at),), updated_at=at)
    assert Conversation.model_validate_json(state.model_dump_json()) == state


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({}, ""),
        ({"placed_at": "2026-11-24"}, ""),
        ({"placed_at": "2026-11-25"}, "in the future"),
        ({"placed_at": "2026-11-20", "promised_date": "2026-11-19"}, "before it was placed"),
        ({"placed_at": "2026-11-20", "promised_date": "2026-11-20"}, ""),
        ({"total": 5}, "without a currency"),
        ({"total": 5, "currency": "EUR"}, ""),
    ],
)
def test_what_cannot_be_true_of_an_order_is_told(fields: dict[str, Any], doubt: str) -> None:
    doubts = Order(number="1", **fields).doubts(date(2026, 11, 23))
    assert bool(doubts) is bool(doubt)
    assert doubt in " ".join(doubts)


@pytest.mark.parametrize(
    "fields",
    [
        {"total": -1, "currency": "EUR"},
        {"total": "NaN", "currency": "EUR"},
        {"currency": "euro"},
        {"items": [{"name": "Lamp", "quantity": 0}]},
        {"items": [{"name": "x" * 501}]},
        {"carrier": "x" * 101},
        {"placed_at": "2026-02-30"},
        {"status": "lost"},
    ],
)
def test_what_can_be_no_value_of_an_order_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        Order(number="1", **fields)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-20T23:30:00-05:00", 20),
        ("2026-11-21T00:10:00+08:00", 21),
        ("2026-11-20T10:00:00.123Z", 20),
        ("2026-11-20 10:00:00 UTC", 20),
        ("2026-11-20T10:00", 20),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), 20),
        ("2026-11-20", 20),
        (date(2026, 11, 20), 20),
        ("", None),
    ],
)
def test_an_orders_day_is_the_one_that_its_timestamp_names(written: object, day: int | None) -> None:
    order = Order.model_validate({"number": "1", "placed_at": written, "promised_date": written})
    assert (order.placed_at, order.promised_date) == ((date(2026, 11, day) if day else None,) * 2)


@pytest.mark.parametrize("written", ["2026-02-30T10:00:00Z", "yesterday", "20.11.2026", "2026-11-20 or so"])
def test_what_names_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="promised_date"):
        Order.model_validate({"number": "1", "promised_date": written})


@pytest.mark.parametrize(
    ("status", "promised", "late"),
    [("shipped", "2026-11-22", True), ("shipped", "2026-11-23", False), ("delivered", "2026-11-22", False),
     (None, "2026-11-22", False),
     ("held_at_customs", "2026-11-22", True), ("shipped", None, False)],
)  # fmt: skip
def test_an_order_is_overdue_only_while_it_is_under_way(status: str | None, promised: str | None, late: bool) -> None:
    assert Order.model_validate({"number": "1", "status": status, "promised_date": promised}).overdue(date(2026, 11, 23)) is late


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_a_message_without_an_id_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Message(id=name, text="Hello")
