from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cs_assist.errors import DataFileError
from cs_assist.reply.extras import AfterSales, extra_lines, load_after_sales, season_line
from cs_assist.reply.phrases import load_phrases
from cs_assist.reply.scene import Scene
from cs_assist.types import Order, OrderItem

FILE = """\
coupon: {code: THANKS5, amount: {USD: 5, BRL: 25}}
care_guides:
  - product: casserole
    links: {en: "https://shop.example/care", de: "https://shop.example/pflege"}
"""
DELIVERED = Order(number="A-1", status="delivered", items=(OrderItem(name="Orlando Casserole"),))
PRAISE = {"action": "reply", "reason": "praise"}
EID = datetime(2026, 3, 20, 12, tzinfo=UTC)
Make = Callable[..., Scene]


@pytest.fixture
def extras(tmp_path: Path) -> AfterSales:
    path = tmp_path / "after.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load_after_sales(path)


def scene_of(make_scene: Make, **given: Any) -> Scene:
    message = {"order": DELIVERED, **given.pop("message", {})}
    return make_scene(
        given.pop("language", "en"), given.pop("market", "US"), message=message, decision=given.pop("decision", PRAISE), **given
    )


def test_without_a_file_there_are_none(make_scene: Make) -> None:
    assert extra_lines(scene_of(make_scene), load_after_sales(None)) == []


def test_who_is_pleased_gets_a_guide_and_a_coupon(extras: AfterSales, make_scene: Make) -> None:
    scene = scene_of(make_scene)
    guide, coupon = extra_lines(scene, extras)
    assert "https://shop.example/care" in guide
    assert "$5.00" in coupon
    assert "THANKS5" in coupon
    assert scene.evidence == [guide, coupon]


@pytest.mark.parametrize(
    "given",
    [
        {"message": {"platform": "amazon"}},
        {"market": "DE"},
        {"market": None},
        {"dissatisfied": True},
        {"emotion": "anxious"},
        {"decision": {"action": "draft", "reason": "praise"}},
        {"decision": {"action": "reply", "reason": "answered"}},
        {
            "decision": {"action": "reply", "reason": "order_facts"},
            "message": {"order": DELIVERED.model_copy(update={"status": "shipped"})},
        },
    ],
)
def test_extras_are_only_for_settled_matters_where_they_are_welcome(
    given: dict[str, Any], extras: AfterSales, make_scene: Make
) -> None:
    assert extra_lines(scene_of(make_scene, **given), extras) == []


def test_a_delivered_order_is_settled(extras: AfterSales, make_scene: Make) -> None:
    assert len(extra_lines(scene_of(make_scene, decision={"action": "reply", "reason": "order_facts"}), extras)) == 2


def test_extras_are_said_once(extras: AfterSales, make_scene: Make) -> None:
    said = "\n".join(extra_lines(scene_of(make_scene), extras))
    assert extra_lines(scene_of(make_scene, said=said), extras) == []


def test_a_guide_is_for_what_was_bought_in_a_language_that_it_has(extras: AfterSales, make_scene: Make) -> None:
    other = DELIVERED.model_copy(update={"items": (OrderItem(name="Kettle"),)})
    assert not any("care" in line for line in extra_lines(scene_of(make_scene, message={"order": other}), extras))
    french = extra_lines(scene_of(make_scene, language="fr", market="CA"), extras)
    assert not any("shop.example" in line for line in french)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("coupon: {code: A5}", "coupon"),
        ("coupon: {code: A5, amount: {USD: 0}}", "coupon.amount.USD"),
        ("coupon: {code: A5, percent: 95}", "coupon.percent"),
        ("coupon: {code: 'A 5', percent: 5}", "coupon.code"),
        ("care_guides: [{product: Lamp, links: {en: 'http://x.example'}}]", "care_guides.0.links.en"),
        ("cupon: {}", "cupon"),
    ],
)
def test_a_fault_of_the_file_is_named(text: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "after.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_after_sales(path)
    assert (caught.value.key, caught.value.line) == (key, 1)


def test_a_season_is_wished_where_it_is_usual_and_once(make_scene: Make) -> None:
    given: dict[str, Any] = {"language": "ar", "market": "SA", "at": EID}
    wishes = [text for where, text in load_phrases("ar").lines() if where == "season.eid"]
    assert season_line(scene_of(make_scene, **given)) in wishes
    nowhere: list[dict[str, Any]] = [{"market": "DE"}, {"market": None}, {"at": datetime(2026, 11, 3, tzinfo=UTC)}]
    to_nobody = [{"dissatisfied": True}, {"tier": "slight"}, {"said": "مرحبا"}]
    for other in (*nowhere, *to_nobody, {"decision": {"action": "handover", "reason": "safety_issue"}}):
        assert season_line(scene_of(make_scene, **{**given, **other})) == ""
