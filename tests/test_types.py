from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from cs_assist.types import (
    INTENT_GROUPS,
    LANGUAGES,
    Conversation,
    Intent,
    Message,
    Order,
    Triage,
    Turn,
    same_language,
)


def test_every_intent_has_a_group() -> None:
    assert set(INTENT_GROUPS) == {intent.value for intent in Intent}


@pytest.mark.parametrize(
    ("intent", "group"),
    [
        ("bulk_order", "presale"),
        ("place_order", "order"),
        ("cancel_order", "order"),
        ("not_received", "shipping"),
        ("return_policy", "returns"),
        ("not_as_described", "returns"),
        ("billing_issue", "payment"),
        ("invoice_request", "payment"),
        ("data_privacy", "account"),
        ("warranty_repair", "tech"),
        ("praise", "feedback"),
        ("safety_issue", "escalation"),
        ("out_of_scope", "other"),
    ],
)
def test_an_intent_is_in_its_taxonomy_group(intent: str, group: str) -> None:
    assert INTENT_GROUPS[intent] == group


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
