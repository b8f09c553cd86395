from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from cs_assist.config import load_settings
from cs_assist.reply.compose import Composer
from cs_assist.reply.order_words import true_lines, unsaid
from cs_assist.reply.phrases import phrase_languages
from cs_assist.reply.scene import Scene
from cs_assist.types import Conversation, Decision, Message, Order, Triage

SHIPPED = Order(number="PL-1", status="shipped", carrier="DHL", tracking="0034", promised_date=date(2026, 11, 30))
STATES = ("pending", "processing", "shipped", "out_for_delivery", "delivered", "cancelled", "returned", "refunded")
SceneOf = Callable[..., Scene]


@pytest.fixture
def scene(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], now: datetime) -> SceneOf:
    """Build what a reply about an order is written for."""

    def make(language: str, order: Order | None = SHIPPED) -> Scene:
        message, triage = Message(id="1", order=order), make_triage(language=language)
        decision = make_decision(reason="order_facts")
        return Composer(load_settings()).scene(message, triage, Conversation(id="c"), decision, market=None, now=now)

    return make


@pytest.mark.parametrize("language", sorted(phrase_languages()))
def test_the_banks_own_lines_may_be_said_and_those_of_another_state_may_not(language: str, scene: SceneOf) -> None:
    lines = {state: true_lines(scene(language, SHIPPED.model_copy(update={"status": state})))[0][0] for state in STATES}
    here = scene(language)
    for wordings in true_lines(here):
        assert unsaid(wordings, here) == []
    refused = unsaid(list(lines.values()), here)
    assert lines["shipped"] not in refused
    assert {lines["cancelled"], lines["delivered"], lines["refunded"]} <= set(refused)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Your order PL-1 is shipped, but it was lost."),
        ("en", "You need not pay for it."),
        ("en", "Your order PL-1 is currently marked as delivered."),
        ("fr", "Votre commande PL-1 a été annulée."),
        ("de", "Ihre Bestellung PL-1 wurde versandt, ist aber verloren gegangen."),
        ("ja", "ご注文 PL-1 は発送済みですが、紛失しました。"),
        ("th", "คำสั่งซื้อ PL-1 ถูกยกเลิก"),
        ("zh-Hans", "您的订单 PL-1 已丢失。"),
    ],
)
def test_what_is_not_so_is_refused_though_it_holds_no_figure(language: str, said: str, scene: SceneOf) -> None:
    assert unsaid([said], scene(language)) == [said]


def test_lines_may_be_joined_and_put_in_another_order(scene: SceneOf) -> None:
    here = scene("en")
    status, tracking, promised = (wordings[0] for wordings in true_lines(here))
    assert unsaid([f"{promised.rstrip('.')}; {tracking} {status}"], here) == []


def test_a_promised_day_that_is_past_is_no_promise(scene: SceneOf) -> None:
    late = scene("en", SHIPPED.model_copy(update={"promised_date": date(2026, 11, 1)}))
    promises = [line for wordings in true_lines(scene("en")) for line in wordings if "November 30" in line]
    assert promises
    assert unsaid(promises, late) == promises


@pytest.mark.parametrize("order", [None, Order(number="PL-1")])
def test_of_an_order_without_facts_nothing_may_be_said(order: Order | None, scene: SceneOf) -> None:
    assert unsaid(["It is on its way."], scene("en", order)) == ["It is on its way."]
