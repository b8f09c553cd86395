from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cs_assist.reply.offers import offer_lines
from cs_assist.reply.phrases import load_phrases
from cs_assist.reply.scene import Scene
from cs_assist.types import Offer, OfferKind

COUPON = Offer(kind="coupon", amount=Decimal(5), currency="EUR", code="SORRY5", granted_by="bot")
Make = Callable[..., Scene]


def lines(make_scene: Make, *offers: Offer, action: str = "draft", reason: str = "needs_hands", **more: Any) -> list[str]:
    decision = {"action": action, "reason": reason, "offers": offers}
    return offer_lines(make_scene("de", "DE", decision=decision, **more))


def test_an_offer_has_the_sellers_amount_and_code(make_scene: Make) -> None:
    (line,) = lines(make_scene, COUPON)
    assert "5,00\xa0€" in line
    assert "SORRY5" in line


@pytest.mark.parametrize("kind", ["coupon", "refund", "partial_refund", "replacement", "gift", "written_apology"])
def test_every_kind_has_its_words(kind: OfferKind, make_scene: Make) -> None:
    money = {"amount": Decimal(5), "currency": "EUR"} if kind in ("coupon", "refund", "partial_refund") else {}
    scene_lines = lines(make_scene, Offer(kind=kind, granted_by="bot", **money))  # type: ignore[arg-type]
    wordings = [text for where, text in load_phrases("de").lines() if where == f"offer.{kind}"]
    assert scene_lines[0] in [text.format(amount="5,00\xa0€") for text in wordings]


@pytest.mark.parametrize("granted_by", ["front_line", "team_lead", "supervisor"])
def test_what_a_person_must_grant_is_not_in_the_text(granted_by: str, make_scene: Make) -> None:
    assert lines(make_scene, COUPON.model_copy(update={"granted_by": granted_by})) == []


@pytest.mark.parametrize(
    ("action", "reason"), [("handover", "dissatisfied"), ("ask", "bare"), ("draft", "suspected"), ("draft", "order_doubtful")]
)
def test_nothing_is_offered_where_a_person_decides(action: str, reason: str, make_scene: Make) -> None:
    assert lines(make_scene, COUPON, action=action, reason=reason) == []


def test_at_most_two_are_offered_in_the_decisions_order(make_scene: Make) -> None:
    gift, apology = (Offer(kind=kind, granted_by="bot") for kind in ("gift", "written_apology"))  # type: ignore[arg-type]
    both = lines(make_scene, gift, COUPON, apology)
    assert len(both) == 2
    assert "SORRY5" in both[1]


def test_an_offer_is_made_once_in_a_conversation(make_scene: Make) -> None:
    (said,) = lines(make_scene, COUPON)
    assert lines(make_scene, COUPON, said=said) == []


def test_what_the_seller_allows_is_evidence(make_scene: Make) -> None:
    scene = make_scene("en", "US", decision={"action": "draft", "offers": (COUPON,)})
    assert offer_lines(scene) == scene.evidence
    assert "€5.00" in scene.evidence[0]
