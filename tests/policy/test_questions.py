from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cs_assist.policy.questions import missing
from cs_assist.reply.phrases import load_phrases
from cs_assist.types import Message, Triage


@pytest.mark.parametrize(
    ("intent", "text", "given", "ask"),
    [
        ("size_advice", "Which size should I take?", {}, "size"),
        ("size_advice", "I usually wear 38, which size should I take?", {}, None),
        ("size_advice", "我平时穿３８码", {}, None),
        ("usage_help", "It does not work", {}, "error"),
        ("usage_help", "When I press the red button for three seconds the lamp blinks twice and goes out again", {}, None),
        ("payment_failed", "Payment fails", {}, "payment"),
        ("bulk_order", "We need lamps for our office", {}, "quantity"),
        ("bulk_order", "We need 40 lamps", {}, None),
        ("item_damaged", "It is broken", {}, "photo"),
        ("shipping_coverage", "Do you deliver to me?", {}, "destination"),
        ("shipping_coverage", "Do you deliver to me?", {"market": "DE"}, None),
        ("return_policy", "Can I return it?", {}, None),
        ("usage_help", "It does not work", {"p": 0.5}, None),
        ("usage_help", "It does not work", {"unsure": True}, None),
    ],
)
def test_only_what_is_missing_is_asked(
    intent: str, text: str, given: dict[str, Any], ask: str | None, make_triage: Callable[..., Triage]
) -> None:
    message = Message(id="1", market=given.pop("market", None))
    triage = make_triage(text=text, intent=intent, intents=((intent, given.pop("p", 0.9)),), **given)
    assert missing(message, triage) == ask
    assert ask is None or hasattr(load_phrases("en").ask, ask)
