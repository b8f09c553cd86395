from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import DataFileError
from cs_assist.markets.market import load_market
from cs_assist.policy.compensation import Compensation, load_compensation
from cs_assist.types import Conversation, Intent, Message, Note, Offer, Order, Triage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILE = """\
once_in_days: 90
ceiling: {EUR: 20, USD: 20, JPY: 3000}
offers:
  - {kind: coupon, intents: [delivery_delayed], from_tier: slight, granted_by: bot, amount: {EUR: 5, JPY: 500}, code: SORRY5}
  - {kind: partial_refund, intents: [delivery_delayed], from_tier: formal, granted_by: front_line, percent: 10}
  - {kind: refund, intents: [not_received], from_tier: slight, granted_by: team_lead}
  - {kind: replacement, intents: [item_damaged, not_received], from_tier: slight, granted_by: bot}
  - {kind: gift, intents: [item_damaged], from_tier: grave, granted_by: supervisor, markets: [US]}
"""
Offers = Callable[..., list[tuple[Any, ...]]]


def load(folder: Path, text: str) -> Compensation:
    path = folder / "amends.yaml"
    path.write_text(text, encoding="utf-8")
    return load_compensation(path)


def row(offer: Offer) -> tuple[Any, ...]:
    return offer.kind, offer.amount, offer.currency, offer.granted_by


@pytest.fixture
def offers(make_triage: Callable[..., Triage], tmp_path: Path) -> Offers:
    def run(intent: str, tier: str = "formal", *, text: str = FILE, **more: Any) -> list[tuple[Any, ...]]:
        total, market = more.get("total"), more.get("market", "DE")
        order = Order(number="1", total=total, currency=more.get("currency", "EUR")) if total is not None else None
        found = load(tmp_path, text)(
            Message(id="1", order=order),
            make_triage(intent=intent, intents=((intent, 0.9),)),
            Conversation(id="c", notes=more.get("notes", ())),
            reason=more.get("reason", "needs_hands"),
            tier=tier,  # type: ignore[arg-type]
            market=load_market(market) if market else None,
            now=NOW,
        )
        return [row(offer) for offer in found]

    return run


COUPON = ("coupon", Decimal(5), "EUR", "bot")


def test_without_a_file_nothing_is_ever_offered(make_triage: Callable[..., Triage]) -> None:
    for intent in Intent:
        triage = make_triage(intent=intent.value, intents=((intent.value, 1.0),))
        rest: dict[str, Any] = {"reason": "x", "tier": "grave", "market": load_market("US"), "now": NOW}
        assert load_compensation(None)(Message(id="1"), triage, Conversation(id="c"), **rest) == ()


def test_an_offer_needs_its_intent_and_its_tier(offers: Offers) -> None:
    assert offers("delivery_delayed", "slight") == [COUPON]
    assert offers("delivery_delayed", "none") == []
    assert offers("size_advice", "grave") == []


def test_a_percentage_is_reckoned_from_the_orders_total_and_needs_it(offers: Offers) -> None:
    part = ("partial_refund", Decimal("4.99"), "EUR", "front_line")
    assert part in offers("delivery_delayed", total=Decimal("49.99"))
    assert offers("delivery_delayed") == [COUPON]


def test_yen_have_no_decimals(offers: Offers) -> None:
    found = offers("delivery_delayed", total=Decimal(4995), currency="JPY", market="JP")
    assert ("partial_refund", Decimal(499), "JPY", "front_line") in found


def test_what_is_worth_more_than_the_ceiling_is_a_supervisors(offers: Offers) -> None:
    assert ("refund", Decimal(20), "EUR", "team_lead") in offers("not_received", total=Decimal(20))
    assert ("refund", Decimal("20.01"), "EUR", "supervisor") in offers("not_received", total=Decimal("20.01"))


def test_a_currency_without_a_ceiling_or_an_amount_is_never_offered(offers: Offers) -> None:
    assert offers("delivery_delayed", total=Decimal(50), currency="SEK") == []
    assert offers("delivery_delayed", market="US") == []
    assert offers("delivery_delayed", market=None) == []


def test_a_market_may_have_its_own(offers: Offers) -> None:
    assert ("gift", None, None, "supervisor") in offers("item_damaged", "grave", market="US")
    assert ("gift", None, None, "supervisor") not in offers("item_damaged", "grave", market="DE")


@pytest.mark.parametrize("reason", ["legal_threat", "safety_issue", "data_exposed", "self_harm"])
def test_what_is_grave_is_never_met_with_an_offer(reason: str, offers: Offers) -> None:
    assert offers("delivery_delayed", "grave", reason=reason) == []


@pytest.mark.parametrize(("days", "granted_by"), [(89, "team_lead"), (91, "bot"), (None, "team_lead")])
def test_who_was_compensated_lately_is_offered_nothing_by_the_bot(days: int | None, granted_by: str, offers: Offers) -> None:
    note = Note(kind="compensation", count=1, at=NOW - timedelta(days=days) if days else None)
    assert offers("delivery_delayed", "slight", notes=(note,)) == [("coupon", Decimal(5), "EUR", granted_by)]


def test_what_the_market_likes_best_comes_first(offers: Offers) -> None:
    text = "ceiling: {EUR: 20, USD: 20}\noffers:\n" + "".join(
        f"  - {{kind: {kind}, intents: [item_damaged], from_tier: slight, granted_by: bot{more}}}\n"
        for kind, more in (("written_apology", ""), ("gift", ""), ("replacement", ""), ("coupon", ", amount: {EUR: 5, USD: 5}"))
    )
    for code in ("DE", "US"):
        liked = load_market(code).compensation.order
        kinds = [kind for kind, *_ in offers("item_damaged", text=text, market=code)]
        assert kinds == sorted(kinds, key=lambda kind: liked.index(kind) if kind in liked else 99)
        assert len(kinds) == 4


@given(total=st.decimals(0, 100_000, places=2), percent=st.integers(1, 100))
def test_no_offer_is_worth_more_than_the_order_or_unreckoned(total: Decimal, percent: int, tmp_path_factory: Any) -> None:
    rule = f"{{kind: partial_refund, intents: [complaint], from_tier: slight, granted_by: bot, percent: {percent}}}"
    ladder = load(tmp_path_factory.getbasetemp(), f"ceiling: {{EUR: 50}}\noffers: [{rule}]\n")
    triage = Triage(text="x", language="en", languages=(), intent="complaint", intents=(("complaint", 1.0),), emotion="angry",
                    emotions=(), intensity=1, dissatisfied=True, p_dissatisfied=1, urgency="normal", priority="P3")  # fmt: skip
    found = ladder(Message(id="1", order=Order(number="1", total=total, currency="EUR")), triage, Conversation(id="c"),
                   reason="needs_hands", tier="formal", market=None, now=NOW)  # fmt: skip
    for offer in found:
        assert offer.amount is not None
        assert 0 < offer.amount <= total
        assert offer.amount <= 50 or offer.granted_by == "supervisor"


RULE = "{kind: coupon, intents: [complaint], from_tier: slight, granted_by: bot, amount: {EUR: 5}}"


@pytest.mark.parametrize(
    ("text", "line", "key", "problem"),
    [
        (f"ceiling: {{EUR: 20}}\noffer: [{RULE}]", 1, "offers", "Field required"),
        ("ceiling: {EUR: 20}\noffers: []", 2, "offers", ""),
        (f"ceiling: {{EUR: -20}}\noffers: [{RULE}]", 1, "ceiling.EUR", "greater than 0"),
        (f"ceiling: {{EUR: 20000000000}}\noffers: [{RULE}]", 1, "ceiling.EUR", "less than"),
        (f"ceiling: {{XYZ: 20}}\noffers: [{RULE}]", 1, "ceiling", "no ISO 4217 currency"),
        (f"ceiling: {{EUR: .nan}}\noffers: [{RULE}]", 1, "ceiling.EUR", ""),
        (f"ceiling: {{EUR: 4}}\noffers:\n  - {RULE}", 3, "offers.0.amount.EUR", "more than the ceiling of 4"),
        (f"ceiling: {{USD: 4}}\noffers:\n  - {RULE}", 3, "offers.0.amount.EUR", "EUR has no ceiling"),
        (
            f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('EUR: 5', 'EUR: 5.001')}",
            3,
            "offers.0.amount",
            "more than 2 decimals",
        ),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('complaint', 'complaints')}", 3, "offers.0.intents.0", ""),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('bot', 'robot')}", 3, "offers.0.granted_by", ""),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('slight', 'none')}", 3, "offers.0.from_tier", ""),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('coupon', 'gift')}", 3, "offers.0", "a gift has no amount"),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('amount: {EUR: 5}', 'percent: 101')}", 3, "offers.0.percent", ""),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace(', amount: {EUR: 5}', '')}", 3, "offers.0", "needs an amount"),
        (f"ceiling: {{EUR: 20}}\noffers:\n  - {RULE.replace('amount', 'percent: 5, amount')}", 3, "offers.0", "both"),
        (f"offers:\n  - {RULE.replace('amount: {EUR: 5}', 'percent: 5')}", 2, "offers.0", "needs a ceiling"),
    ],
)
def test_a_fault_of_the_file_names_file_key_and_line(text: str, line: int, key: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=problem or ".") as caught:
        load(tmp_path, text)
    assert (caught.value.path.name, caught.value.line) == ("amends.yaml", line)
    assert caught.value.key.startswith(key)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        load_compensation(tmp_path / "none.yaml")
