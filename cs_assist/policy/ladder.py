"""How high a matter goes: front line, team lead, supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cs_assist.types import Conversation, Message, Tier

TIERS: tuple[Tier, ...] = ("front_line", "team_lead", "supervisor")
#: Where each reason enters; the others enter at the front line.
_BY_REASON: dict[str, Tier] = {
    "dissatisfied": "team_lead",
    "human_request": "team_lead",
    "repeated": "team_lead",
    "vip": "team_lead",
    "amount": "team_lead",
    "legal_threat": "supervisor",
    "safety_issue": "supervisor",
    "data_exposed": "supervisor",
    "self_harm": "supervisor",
}
#: Conventions of the trade: a customer who waits a day for a person, or past the promised time, goes one step up,
#: as does one who asked once more or was dissatisfied once more after that should have called somebody.
_LONG_WAIT = timedelta(hours=24)
_MUCH = 5  # times the seller's amount
_ASKED = 4


@dataclass(frozen=True)
class Step:
    """A tier and why it is not a lower one."""

    tier: Tier
    why: tuple[str, ...] = ()


def climb(
    reason: str, message: Message, conversation: Conversation, *, strikes: int, amounts: Mapping[str, Decimal], now: datetime
) -> Step:
    """Return the tier of a matter; within an episode it never goes down.

    Args:
        reason: The decision's.
        message: Its order's total is compared with ``amounts``.
        conversation: How often was asked, how long is waited, which tier it has.
        strikes: Dissatisfied turns in a row that call a person.
        amounts: The seller's amounts, by currency.
        now: The moment of the message.
    """
    tier = _BY_REASON.get(reason, "front_line")
    why: list[str] = []
    up = 0
    if conversation.held and conversation.promised_at is not None and now > conversation.promised_at:
        up += 1
        why.append("the promised time has passed")
    elif conversation.held and conversation.waiting_since is not None and now - conversation.waiting_since >= _LONG_WAIT:
        up += 1
        why.append("the customer has waited a day for a person")
    if conversation.asked >= _ASKED or conversation.strikes > strikes:
        up += 1
        why.append("the customer has come back with it once more")
    share = over(message, amounts)
    if share >= 1:
        tier = max(tier, "team_lead", key=TIERS.index)
        why.append("the order's total reaches the seller's amount")
    if share >= _MUCH:
        tier = "supervisor"
    climbed = TIERS[min(TIERS.index(tier) + up, len(TIERS) - 1)]
    return Step(max(climbed, conversation.tier, key=TIERS.index), tuple(why))


def over(message: Message, amounts: Mapping[str, Decimal]) -> Decimal:
    """Return how many times the seller's amount an order's total is; 0 where either is not known.

    Example:
        >>> from cs_assist.types import Order
        >>> order = Order(number="1", total=Decimal(500), currency="EUR")
        >>> over(Message(id="1", order=order), {"EUR": Decimal(200)})
        Decimal('2.5')
    """
    order = message.order
    if order is None or order.total is None or order.currency is None or order.currency not in amounts:
        return Decimal(0)
    return order.total / amounts[order.currency]
