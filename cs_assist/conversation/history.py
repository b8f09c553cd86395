"""History that matters: how often this customer came about the same, and what they were given for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Protocol

from cs_assist.conversation.cues import load_cues
from cs_assist.types import Conversation, Customer, Intent, Note, Turn

log = logging.getLogger(__name__)
_PROBLEMS = {Intent.DELIVERY_DELAYED, Intent.NOT_RECEIVED, Intent.ITEM_DAMAGED, Intent.ITEM_WRONG_OR_MISSING}
_OFTEN = 2  # from here on it is worth a line
_LONGEST = 200  # characters of a line of the customer relationship system's


class Crm(Protocol):
    """A seller's own system that knows customers, asked for each message that names one.

    It is asked while the customer waits: it must answer at once, and from memory rather than over a network. Where it
    raises, its lines are missing and the log has the type of the error.
    """

    def notes(self, customer: Customer) -> Sequence[str]:
        """Return lines for the person who takes over, in their language, the most important first."""
        ...


def told_by(crm: Crm | None, customer: Customer | None) -> tuple[str, ...]:
    """Return what the seller's own system says of a customer; nothing where it fails."""
    if crm is None or customer is None:
        return ()
    try:
        return tuple(line for line in crm.notes(customer) if isinstance(line, str))
    except Exception as exc:  # noqa: BLE001 - a seller's own code: whatever it raises costs its lines, never the message
        log.error("the customer relationship system failed: %s", type(exc).__name__)
        return ()


def notes_of(
    state: Conversation, others: Sequence[Conversation], orders: Sequence[str], *, vip: bool, told: Sequence[str]
) -> tuple[Note, ...]:
    """Return what of a customer's history a person should know.

    Args:
        state: The conversation, the new message counted in.
        others: The customer's other conversations.
        orders: The orders that the message is about; by default those named last in the conversation.
        vip: Whether the seller marked the customer.
        told: What the seller's own system says.
    """
    mine = [turn for turn in state.turns if turn.role == "customer"]
    about = set(orders) or set(next((turn.orders for turn in reversed(mine) if turn.orders), ()))
    said = list(_all_turns(state, others))
    customers = [(place, turn) for place, turn in said if turn.role == "customer"]
    related = [(place, turn) for place, turn in customers if not about or not turn.orders or about & set(turn.orders)]
    contacts = {place for place, turn in customers if not about or about & set(turn.orders)}
    changes = sum(turn.intent == Intent.CHANGE_ADDRESS for _, turn in related)
    problems = {place for place, turn in related if turn.intent in _PROBLEMS}
    shop = [turn for _, turn in said if turn.role in ("bot", "agent")]
    amends = [(line, turn.at) for turn in shop for line in load_cues().made_amends(turn.text)]
    notes = [Note(kind="vip")] if vip else []
    if len(contacts) >= _OFTEN:
        notes.append(Note(kind="contacts", count=len(contacts), text=", ".join(sorted(about))))
    if changes >= _OFTEN:
        notes.append(Note(kind="address_changes", count=changes))
    if len(problems) >= _OFTEN:
        notes.append(Note(kind="delivery_problems", count=len(problems)))
    if amends:
        last = max((at for _, at in amends if at is not None), default=None)
        notes.append(Note(kind="compensation", count=len(amends), text=amends[-1][0][:_LONGEST], at=last))
    usual = next((other.language for other in reversed(others) if other.language), None)
    if usual and state.language and usual != state.language:
        notes.append(Note(kind="language", text=usual))
    return (*notes, *(Note(kind="crm", text=line[:_LONGEST]) for line in told))


def _all_turns(state: Conversation, others: Sequence[Conversation]) -> Iterator[tuple[tuple[str, int], Turn]]:
    """Yield each turn with the contact that it belongs to: where it was said, and in which episode."""
    for conversation in (*others, state):
        for turn in conversation.turns:
            yield (turn.said_in or conversation.id, turn.episode), turn
