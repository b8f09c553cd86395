from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest

from cs_assist.markets.market import load_market
from cs_assist.reply.apology import TIERS, Apology, apology_for
from cs_assist.types import Conversation, Decision, Hit, Intent, Order, Triage

TODAY = date(2026, 11, 23)
LATE, EARLY = date(2026, 11, 20), date(2026, 11, 30)
CROSS = {"dissatisfied": True, "intensity": 0.3}
FURIOUS = {"dissatisfied": True, "intensity": 0.9}
Weigh = Callable[..., Apology]


@pytest.fixture
def weigh(make_triage: Callable[..., Triage], make_decision: Callable[..., Decision]) -> Weigh:
    def run(intent: str = "item_damaged", market: str | None = None, **given: Any) -> Apology:
        order, strikes, reason = given.pop("order", None), given.pop("strikes", 0), given.pop("reason", "needs_hands")
        return apology_for(
            make_triage(intent=intent, intents=((intent, 0.9),), **given),
            Conversation(id="c", strikes=strikes),
            make_decision(action="draft", reason=reason),
            market=load_market(market) if market else None,
            order=order,
            today=TODAY,
        )

    return run


def parcel(status: str, promised: date | None = LATE, **more: Any) -> Order:
    return Order(number="A-1", status=status, promised_date=promised, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "tier", "fault"),
    [
        ({"intent": "size_advice"}, "none", "nobody"),
        ({}, "slight", "ours"),
        (CROSS, "formal", "ours"),
        (FURIOUS, "grave", "ours"),
        ({**CROSS, "strikes": 2}, "grave", "ours"),
        ({"intent": "order_status", **CROSS}, "slight", "nobody"),
        ({"intent": "order_status", **CROSS, "strikes": 2}, "grave", "ours"),
        ({"intent": "delivery_delayed"}, "slight", "nobody"),
        ({"intent": "delivery_delayed", **FURIOUS, "strikes": 2}, "grave", "nobody"),
        ({"intent": "delivery_delayed", "order": parcel("shipped")}, "slight", "carrier"),
        ({"intent": "delivery_delayed", "order": parcel("processing")}, "slight", "ours"),
        ({"intent": "delivery_delayed", "order": parcel("shipped", EARLY)}, "none", "nobody"),
        ({"intent": "order_status", "order": parcel("shipped")}, "slight", "carrier"),
        ({"intent": "order_status", "order": parcel("shipped", EARLY)}, "none", "nobody"),
        ({"intent": "order_status", "order": parcel("held_at_customs")}, "slight", "nobody"),
        ({"intent": "delivery_delayed", "order": parcel("pending", LATE, placed_at=EARLY)}, "slight", "nobody"),
        ({"market": "DE"}, "slight", "ours"),
        ({"market": "DE", **CROSS}, "slight", "ours"),
        ({"market": "JP"}, "formal", "ours"),
        ({"market": "JP", **CROSS}, "formal", "ours"),
        ({"market": "JP", **FURIOUS}, "grave", "ours"),
    ],
)
def test_regret_follows_fault_severity_repetition_and_market(given: dict[str, Any], tier: str, fault: str, weigh: Weigh) -> None:
    found = weigh(**given)
    assert (found.tier, found.fault) == (tier, fault)
    assert bool(found.why) or found.tier == "none"


@pytest.mark.parametrize("threat", [{"intent": "legal_threat"}, {"reason": "legal_threat"}, {"hits": "legal_threat"}])
@pytest.mark.parametrize("market", ["DE", "US", "JP", None])
def test_a_threat_meets_compassion_and_never_an_admission(threat: dict[str, str], market: str | None, weigh: Weigh) -> None:
    given: dict[str, Any] = dict(threat)
    if "hits" in given:
        given["hits"] = (Hit(signal="legal_threat", language="en", start=0, end=1),)
    found = weigh(market=market, strikes=3, **{**FURIOUS, **given})
    assert found.fault == "nobody"
    assert found.tier in ("slight", "formal")


def test_more_dissatisfaction_never_lowers_the_regret(weigh: Weigh) -> None:
    for intent, market in product(Intent, ("DE", "US", "JP")):
        rising = [weigh(intent=intent.value, market=market, **state) for state in ({}, CROSS, FURIOUS)]
        heights = [TIERS.index(found.tier) for found in rising]
        assert heights == sorted(heights), (intent, market)


def test_a_sparing_market_never_gets_more_than_a_generous_one(weigh: Weigh) -> None:
    for intent, state in product(Intent, ({}, CROSS, FURIOUS, {**CROSS, "strikes": 2})):
        german, japanese = (TIERS.index(weigh(intent=intent.value, market=code, **state).tier) for code in ("DE", "JP"))
        assert german <= japanese
