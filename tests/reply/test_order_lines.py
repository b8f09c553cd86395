from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cs_assist.guard.check import Guard, order_facts
from cs_assist.guard.context import Context
from cs_assist.reply.order_lines import order_lines
from cs_assist.reply.phrases import phrase_languages
from cs_assist.reply.scene import Scene
from cs_assist.types import Customer, Order, OrderItem

ORDER = Order(
    number="A-1001",
    status="shipped",
    carrier="DHL",
    tracking="JD014600003828",
    placed_at=date(2026, 11, 3),
    promised_date=date(2026, 11, 30),
    destination="Ghent, Belgium",
    items=(OrderItem(name="Lamp Orlando", quantity=2), OrderItem(name="Cable")),
    total=Decimal("1234.5"),
    currency="EUR",
)
LATE = date(2026, 11, 20)
Make = Callable[..., Scene]


def told(scene: Scene, **changes: Any) -> str:
    return "\n".join(order_lines(scene, ORDER.model_copy(update=changes)))


def test_a_letter_tells_the_facts_in_the_markets_formats(make_scene: Make) -> None:
    text = told(make_scene("de", "DE", intent="refund_status"))
    for fact in (
        "A-1001",
        "DHL",
        "JD014600003828",
        "3. November 2026",
        "30. November 2026",
        "2 × Lamp Orlando, 1 × Cable",
        "1.234,50\xa0€",
    ):
        assert fact in text


def test_a_chat_gets_the_state_the_parcel_and_the_day(make_scene: Make) -> None:
    text = told(make_scene("de", "DE", message={"channel": "live_chat"}))
    assert "30. November 2026" in text
    assert "Lamp" not in text
    assert "3. November 2026" not in text.replace("30. November 2026", "")


@pytest.mark.parametrize(
    ("missing", "gone"),
    [
        ({"carrier": None}, "JD0146"),
        ({"promised_date": None}, "30 November"),
        ({"items": ()}, "Lamp"),
        ({"placed_at": None}, "3 Nov"),
    ],
)
def test_a_fact_that_is_not_known_is_not_told(missing: dict[str, Any], gone: str, make_scene: Make) -> None:
    scene = make_scene("en", "GB")
    text = told(scene, **missing)
    assert gone not in text.replace("30 November", "" if gone == "3 Nov" else "30 November")
    assert gone in told(make_scene("en", "GB"))


def test_a_long_list_of_items_is_left_out_whole(make_scene: Make) -> None:
    assert "Lamp" not in told(make_scene(), items=tuple(OrderItem(name=f"Lamp {n}") for n in range(6)))


def test_total_and_destination_are_told_where_they_matter(make_scene: Make) -> None:
    known = {"customer": Customer(email="ana@example.com", verified=True)}
    assert "Ghent" not in told(make_scene(intent="order_status", message=known))
    assert "Ghent" in told(make_scene(intent="not_received", message=known))
    assert "Ghent" in told(make_scene(intent="order_status", message=known), status="held_at_customs")
    assert "Ghent" not in told(make_scene(intent="not_received")), "where somebody lives is told to no stranger"
    assert "1,234.50" not in told(make_scene(intent="order_status"))


def test_a_day_that_has_passed_is_told_as_passed_and_never_promised(make_scene: Make) -> None:
    ahead, passed = told(make_scene("en", "GB")), told(make_scene("en", "GB"), promised_date=LATE)
    assert "20 November 2026" in passed
    assert passed.replace("20 November", "30 November") != ahead
    assert "20 November 2026" not in told(make_scene("en", "GB"), promised_date=LATE, status="delivered")


@pytest.mark.parametrize("language", sorted(phrase_languages()))
def test_every_number_that_is_told_is_evidence(language: str, make_scene: Make) -> None:
    guard = Guard(lambda _: ("und", 0.0))
    for changes in ({}, {"promised_date": LATE}, {"status": "held_at_customs"}):
        scene = make_scene(language, None, intent="refund_status")
        text = told(scene, **changes)
        order = ORDER.model_copy(update=changes)
        context = Context(
            language=language, market=None, platform=None, channel="email", evidence=(*scene.evidence, *order_facts(order))
        )
        found = [f for f in guard.check(text, context, task_created=True) if f.rule.startswith("ungrounded")]
        assert found == [], text
