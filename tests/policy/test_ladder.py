from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.policy.ladder import TIERS, climb
from cs_assist.types import Conversation, Message, Order, Tier

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AMOUNTS = {"EUR": Decimal(200)}


def tier(reason: str = "no_answer", total: int | None = None, **state: Any) -> Tier:
    order = Order(number="1", total=Decimal(total), currency="EUR") if total is not None else None
    return climb(reason, Message(id="1", order=order), Conversation(id="c", **state), strikes=2, amounts=AMOUNTS, now=NOW).tier


@pytest.mark.parametrize(
    ("expected", "given_"),
    [
        ("front_line", {}),
        ("team_lead", {"reason": "dissatisfied", "strikes": 2}),
        ("team_lead", {"reason": "repeated", "asked": 3}),
        ("supervisor", {"reason": "legal_threat"}),
        ("front_line", {"total": 199}),
        ("team_lead", {"total": 200}),
        ("supervisor", {"total": 1000}),
        ("supervisor", {"reason": "repeated", "asked": 4}),
        ("supervisor", {"reason": "dissatisfied", "strikes": 3}),
        ("team_lead", {"held": True, "promised_at": NOW - timedelta(minutes=1)}),
        ("front_line", {"held": True, "promised_at": NOW + timedelta(minutes=1)}),
        ("team_lead", {"held": True, "waiting_since": NOW - timedelta(hours=24)}),
        ("front_line", {"held": False, "promised_at": NOW - timedelta(days=1)}),
        ("supervisor", {"tier": "supervisor"}),
    ],
)
def test_reason_amount_repetition_and_waiting_lift_a_matter(expected: Tier, given_: dict[str, Any]) -> None:
    assert tier(**given_) == expected


@given(
    st.sampled_from(["no_answer", "dissatisfied", "legal_threat", "x"]),
    st.sampled_from(TIERS),
    st.integers(0, 9),
    st.integers(1, 9),
)
def test_within_an_episode_it_never_goes_down(reason: str, before: Tier, strikes: int, asked: int) -> None:
    assert TIERS.index(tier(reason, tier=before, strikes=strikes, asked=asked)) >= TIERS.index(before)


def test_a_step_up_says_why() -> None:
    held = Conversation(id="c", held=True, promised_at=NOW - timedelta(hours=1))
    step = climb("held_by_person", Message(id="1"), held, strikes=2, amounts={}, now=NOW)
    assert step.why == ("the promised time has passed",)
