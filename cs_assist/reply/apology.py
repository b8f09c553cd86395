"""How much regret a matter calls for, and whose fault it is: what is ours is apologised for, the rest regretted.

The rule, in full. Whose fault: the order's facts first, then the intent (``FAULTS``); what failed again and again by our
own answers is ours too. How much: one step each for trouble, dissatisfaction, repetition and strong feeling, one less
where the market is sparing with apologies, one more where it is generous. The grave tier is kept for what is repeated
or strongly felt. A legal threat is met with compassion and never with an admission.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cs_assist.markets.market import Market
from cs_assist.types import ApologyTier, Conversation, Decision, Intent, Order, Triage

Fault = Literal["ours", "carrier", "nobody"]
TIERS: tuple[ApologyTier, ...] = ("none", "slight", "formal", "grave")
#: Intents that tell of trouble, whose fault it is as far as the intent alone says, and why.
FAULTS: dict[str, tuple[Fault, str]] = {
    Intent.ITEM_WRONG_OR_MISSING: ("ours", "we packed the parcel"),
    Intent.ITEM_DAMAGED: ("ours", "we owe an item that arrives whole"),
    Intent.NOT_AS_DESCRIBED: ("ours", "we described the item"),
    Intent.BILLING_ISSUE: ("ours", "we charged the amount"),
    Intent.DELIVERY_DELAYED: ("nobody", "where it is held up is not known"),
    Intent.NOT_RECEIVED: ("nobody", "where it is, is not known"),
    Intent.WARRANTY_REPAIR: ("nobody", "why it failed is not known"),
}
_DELIVERY = {Intent.DELIVERY_DELAYED, Intent.NOT_RECEIVED, Intent.ORDER_STATUS, Intent.CUSTOMS_DUTIES}
_LEGAL = "legal_threat"
_STRONG = 0.6
_REPEATED = {"dissatisfied", "repeated"}
_SCALE = {"sparing": -1, "standard": 0, "generous": 1}


@dataclass(frozen=True)
class Apology:
    """How much, for whose fault, and why."""

    tier: ApologyTier
    fault: Fault
    why: tuple[str, ...] = ()


def apology_for(
    triage: Triage, conversation: Conversation, decision: Decision, *, market: Market | None, order: Order | None, today: date
) -> Apology:
    """Return the regret that a reply shows.

    Args:
        triage: Intent, dissatisfaction, intensity.
        conversation: Strikes, and how often the same was asked.
        decision: Its reason tells a threat and a failed conversation.
        market: Its scale of apologies; without one, the standard.
        order: Its state may tell whose fault a delay is, or that there is none.
        today: The day of the message.
    """
    if decision.reason == _LEGAL or triage.intent == _LEGAL or any(hit.signal == _LEGAL for hit in triage.hits):
        return Apology("formal" if triage.dissatisfied else "slight", "nobody", ("a legal matter: compassion, no admission",))
    fault, trouble = fault_of(triage, order, today)
    repeated = conversation.strikes >= 2 or decision.reason in _REPEATED
    if repeated and not trouble:
        fault, trouble = "ours", "our answers have not helped"
    elif repeated and fault == "nobody" and triage.intent not in _DELIVERY:
        fault = "ours"
    strong = triage.dissatisfied and triage.intensity >= _STRONG
    steps = [
        why for holds, why in (
            (bool(trouble), trouble),
            (triage.dissatisfied, "the customer is dissatisfied"),
            (repeated, "not for the first time"),
            (strong, "it is felt strongly"),
        ) if holds
    ]  # fmt: skip
    if not steps:
        return Apology("none", fault)
    scale = market.tone.apology if market else "standard"
    height = len(steps) + _SCALE[scale]
    if fault == "ours" and (triage.dissatisfied or trouble):
        height = max(height, 1)  # even the most sparing market expects a word for what we broke
    height = min(height, 3 if repeated or strong else 2)
    why = (*steps, f"the market is {scale} with apologies") if scale != "standard" else tuple(steps)
    return Apology(TIERS[max(height, 0)], fault, why)


def fault_of(triage: Triage, order: Order | None, today: date) -> tuple[Fault, str]:
    """Return whose fault the trouble is, and what the trouble is; "" where nothing is known to have gone wrong."""
    if triage.intent in _DELIVERY and order is not None and not order.doubts(today):
        if order.status == "held_at_customs":
            return "nobody", "customs hold the parcel"
        if order.overdue(today):
            left = order.status in ("shipped", "out_for_delivery")
            return ("carrier", "the carrier is late") if left else ("ours", "it has not left us in time")
        if triage.intent == Intent.DELIVERY_DELAYED and order.under_way and order.promised_date is not None:
            return "nobody", ""  # it is on time
    return FAULTS.get(triage.intent, ("nobody", ""))
