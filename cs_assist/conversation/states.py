"""Who holds a conversation: one table of states, events and what may be sent.

``bot → pending → human → resolved/closed``, and from there, with the customer's next message, back to the ``bot``
in a new episode: *reopened*. The table is total: every event has a row in every state, so that no order of
events ends in silence. ``docs/conversations.md`` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cs_assist.types import Action, Conversation, Holder

STATES: tuple[Holder, ...] = ("bot", "pending", "human", "resolved", "closed")


class Happening(StrEnum):
    """What can happen to a conversation."""

    CUSTOMER = "customer writes"
    SILENCE = "customer writes after the silence"
    HANDOVER = "handed over"
    AGENT = "agent writes"
    ASSIGN = "a person takes it"
    QUEUE = "put back in the queue"
    RETURN = "given back"
    RESOLVE = "resolved"
    CLOSE = "closed"


_ANY = frozenset({Action.REPLY, Action.ASK, Action.HANDOVER, Action.DRAFT, Action.IGNORE})
#: A draft goes to the person who holds the conversation; nothing goes to the customer.
_DRAFTS = frozenset({Action.DRAFT, Action.IGNORE})


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Args:
        to: The state afterwards.
        may: What may be done with a message that finds the conversation so.
        reopens: Whether a new episode begins: without strikes, unanswered questions and repetitions.
        forgives: Whether the strikes begin anew within the same episode.
    """

    to: Holder
    may: frozenset[Action]
    reopens: bool = False
    forgives: bool = False


_H = Happening
_TAKEN = Row("human", _DRAFTS, forgives=True)
_QUEUED = Row("pending", _DRAFTS, forgives=True)
_BACK = Row("bot", _ANY, forgives=True)
_DONE = Row("resolved", _DRAFTS, forgives=True)
_SHUT = Row("closed", _DRAFTS, forgives=True)
_AGAIN = Row("bot", _ANY, reopens=True)
_TOLD = Row("human", _DRAFTS)
#: The notice of a handover may leave only while nobody has taken the conversation.
_WAITS = Row("pending", frozenset({Action.HANDOVER, Action.DRAFT, Action.IGNORE}))

TABLE: dict[tuple[Holder, Happening], Row] = {
    ("bot", _H.CUSTOMER): Row("bot", _ANY),
    ("bot", _H.SILENCE): _AGAIN,
    ("bot", _H.HANDOVER): _WAITS,
    ("bot", _H.AGENT): _TOLD,
    ("bot", _H.ASSIGN): _TAKEN,
    ("bot", _H.QUEUE): _QUEUED,
    ("bot", _H.RETURN): _BACK,
    ("bot", _H.RESOLVE): _DONE,
    ("bot", _H.CLOSE): _SHUT,
    ("pending", _H.CUSTOMER): Row("pending", _DRAFTS),
    ("pending", _H.SILENCE): _AGAIN,
    ("pending", _H.HANDOVER): _WAITS,
    ("pending", _H.AGENT): _TOLD,
    ("pending", _H.ASSIGN): _TAKEN,
    ("pending", _H.QUEUE): _QUEUED,
    ("pending", _H.RETURN): _BACK,
    ("pending", _H.RESOLVE): _DONE,
    ("pending", _H.CLOSE): _SHUT,
    ("human", _H.CUSTOMER): Row("human", _DRAFTS),
    ("human", _H.SILENCE): Row("human", _DRAFTS, reopens=True),
    ("human", _H.HANDOVER): Row("human", _DRAFTS),
    ("human", _H.AGENT): _TOLD,
    ("human", _H.ASSIGN): _TAKEN,
    ("human", _H.QUEUE): _QUEUED,
    ("human", _H.RETURN): _BACK,
    ("human", _H.RESOLVE): _DONE,
    ("human", _H.CLOSE): _SHUT,
    ("resolved", _H.CUSTOMER): _AGAIN,
    ("resolved", _H.SILENCE): _AGAIN,
    ("resolved", _H.HANDOVER): _WAITS,
    ("resolved", _H.AGENT): Row("human", _DRAFTS, reopens=True),
    ("resolved", _H.ASSIGN): Row("human", _DRAFTS, reopens=True),
    ("resolved", _H.QUEUE): Row("pending", _DRAFTS, reopens=True),
    ("resolved", _H.RETURN): _AGAIN,
    ("resolved", _H.RESOLVE): _DONE,
    ("resolved", _H.CLOSE): _SHUT,
    ("closed", _H.CUSTOMER): _AGAIN,
    ("closed", _H.SILENCE): _AGAIN,
    ("closed", _H.HANDOVER): _WAITS,
    ("closed", _H.AGENT): Row("human", _DRAFTS, reopens=True),
    ("closed", _H.ASSIGN): Row("human", _DRAFTS, reopens=True),
    ("closed", _H.QUEUE): Row("pending", _DRAFTS, reopens=True),
    ("closed", _H.RETURN): _AGAIN,
    ("closed", _H.RESOLVE): _DONE,
    ("closed", _H.CLOSE): _SHUT,
}
#: What puts a conversation into each state, where somebody asks for the state itself.
_BY_TARGET: dict[Holder, Happening] = {
    "bot": _H.RETURN,
    "pending": _H.QUEUE,
    "human": _H.ASSIGN,
    "resolved": _H.RESOLVE,
    "closed": _H.CLOSE,
}


def step(state: Conversation, happening: Happening) -> Conversation:
    """Return ``state`` after something happened to it; version and turns are the caller's to change.

    Example:
        >>> step(Conversation(id="c", strikes=2), Happening.HANDOVER).holder
        'pending'
        >>> step(Conversation(id="c", holder="closed", strikes=2), Happening.CUSTOMER).episode
        2
    """
    row = TABLE[state.holder, happening]
    update: dict[str, object] = {"holder": row.to, "held": not row.may & {Action.REPLY, Action.ASK}}
    if row.forgives or row.reopens:
        update |= {"strikes": 0, "unanswered": 0}
    if row.reopens:
        update |= {"episode": state.episode + 1, "waiting_since": None, "promised_at": None, "tier": "front_line"}
    return state.model_copy(update=update)


def happening_for(holder: Holder) -> Happening:
    """Return what puts a conversation into a state.

    Example:
        >>> happening_for("human").value
        'a person takes it'
    """
    return _BY_TARGET[holder]


def may_send(holder: Holder, action: Action) -> bool:
    """Tell whether a text of an outcome may leave, asked immediately before it does.

    A reply or a question may leave while the conversation is the bot's; the notice of a handover while it
    waits for a person and nobody has taken it.

    Example:
        >>> may_send("bot", Action.REPLY), may_send("human", Action.REPLY), may_send("pending", Action.HANDOVER)
        (True, False, True)
    """
    if action is Action.HANDOVER:
        return holder == TABLE["bot", Happening.HANDOVER].to
    row = TABLE[holder, Happening.CUSTOMER]
    return action in (Action.REPLY, Action.ASK) and action in row.may and not row.reopens
