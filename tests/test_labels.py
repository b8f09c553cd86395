from __future__ import annotations

from collections import Counter

import pytest

from cs_assist.labels import INTENT_GROUPS, Action, Emotion, Intent, Urgency


def test_the_taxonomy_has_forty_intents_in_ten_groups() -> None:
    assert len(Intent) == 40
    assert list(INTENT_GROUPS) == [intent.value for intent in Intent]
    assert Counter(INTENT_GROUPS.values())["returns"] == 8
    assert len(set(INTENT_GROUPS.values())) == 10


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


def test_a_label_is_its_own_text() -> None:
    assert f"{Emotion.ANGRY} {Urgency.HIGH} {Action.ASK}" == "angry high ask"
