"""What an episode was about: its matters in the customer's own words, its promises, what was given, the order last known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cs_assist.conversation.cues import load_cues, sentences
from cs_assist.conversation.repetition import plain
from cs_assist.labels import COURTESY
from cs_assist.quantities import quantities
from cs_assist.types import Conversation, Entity, Message, Order, Promise, Turn

_QUOTE = 240  # characters of somebody's own words in a line
_MOST = 5  # matters, promises


@dataclass(frozen=True)
class Matter:
    """What a customer asked for, how often, and in which words last."""

    intent: str
    quote: str
    count: int = 1
    at: datetime | None = None


def episode_of(conversation: Conversation) -> list[Turn]:
    """Return the turns of the episode that is going on."""
    return [turn for turn in conversation.turns if turn.episode == conversation.episode]


def matters(episode: Sequence[Turn], *, intent: str, text: str) -> list[Matter]:
    """Return what the customer asked for in an episode, the last matter last; greetings only where there is nothing else.

    Args:
        episode: Its turns.
        intent: What the message that calls a person is about.
        text: Its words, for where no turn has them.
    """
    found: dict[str, Matter] = {}
    for turn in episode:
        if turn.role != "customer" or turn.deleted or turn.bare or not (quote := key_sentence(turn.text)):
            continue
        about = turn.intent or intent
        count = found.pop(about).count + 1 if about in found else 1
        found[about] = Matter(about, quote, count, turn.at)
    asked = [matter for name, matter in found.items() if name not in COURTESY] or list(found.values())
    if not asked and (quote := key_sentence(text)):
        asked = [Matter(intent, quote)]
    return asked[-_MOST:]


def key_sentence(text: str) -> str:
    """Return a short text whole, of a long one the sentence that tells most: it asks, or names a number, or is the longest."""
    if len(text) <= _QUOTE:
        return short(text) if any(char.isalnum() for char in text) else ""
    parts = [part for part in sentences(text) if any(char.isalnum() for char in part)]
    if not parts:
        return ""
    return short(max(parts, key=lambda part: (part.endswith(("?", "？", "؟")), any(map(str.isdigit, part)), len(part))))


def promises(episode: Sequence[Turn], *, language: str) -> tuple[Promise, ...]:
    """Return what the shop said it would do, latest last; an agent's or the bot's word is the shop's.

    Where a sentence names one span of time, it is due that long after it was said; working days are not counted out.
    """
    found: dict[str, Promise] = {}
    for turn in episode:
        for line in load_cues().promises(turn.text) if turn.role in ("bot", "agent") else ():
            found[short(line)] = Promise(text=short(line), said_at=turn.at, due_at=_due(line, turn.at, language))
    return tuple(found.values())[-_MOST:]


def amends(episode: Sequence[Turn]) -> tuple[str, ...]:
    """Return the sentences in which the shop told of a compensation."""
    shop = [turn for turn in episode if turn.role in ("bot", "agent")]
    return tuple(dict.fromkeys(short(line) for turn in shop for line in load_cues().made_amends(turn.text)))


def last_order(message: Message, conversation: Conversation) -> Order | None:
    """Return the order of the message, else the one last known, unless the episode has since been about another."""
    if message.order is not None or conversation.order is None:
        return message.order
    named = [turn.orders for turn in episode_of(conversation) if turn.role == "customer" and turn.orders and not turn.deleted]
    its = {plain(number) for number in (conversation.order.number, conversation.order.tracking) if number}
    return conversation.order if not named or its & set(named[-1]) else None


def newest_first(groups: Sequence[Sequence[Entity]]) -> tuple[Entity, ...]:
    """Return the values of several turns, given from the newest to the oldest, each value once."""
    once: dict[tuple[str, str], Entity] = {}
    for entity in (entity for group in groups for entity in group):
        once.setdefault((entity.type, "".join(entity.value.casefold().split())), entity)
    return tuple(once.values())


def short(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _QUOTE else f"{text[: _QUOTE - 1]}…"


def _due(line: str, said_at: datetime | None, language: str) -> datetime | None:
    times = [found for found in quantities(line, language=language) if found.kind == "time day"]
    if said_at is None or len(times) != 1:
        return None
    return said_at + timedelta(days=min(float(Decimal(times[0].values[-1])), 366))
