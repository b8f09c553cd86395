"""Which messages ask for no answer of their own: echoes, the shop's own, and wordings that changed nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from unicodedata import category, normalize

from cs_assist.conversation.turns import text_of, written
from cs_assist.conversation.waiting import came_late
from cs_assist.types import Conversation, Message, PassedOver, Triage, Turn

#: The shop's own latest turns in which an echo is looked for; a shorter text may be anybody's.
_ECHOES, _SHORTEST_ECHO = 5, 15
_SHORTEST_SLIP = 5  # letters: of two shorter words that differ in one, both may be meant


def passed_over(
    message: Message, triage: Triage, state: Conversation, orders: Collection[str], *, withdrawn: bool, stale: bool
) -> PassedOver:
    """Return why a message asks for no answer; empty where it does.

    Nothing in which a stated rule fired is passed over, whatever became of it: a person looks.

    Args:
        message: The message.
        triage: What it is.
        state: The conversation before it.
        orders: What it names.
        withdrawn: Whether its author deleted it before it came.
        stale: Whether a later wording of it came first.
    """
    if _is_echo(message, triage, state):
        return "echo"
    if message.author != "customer":
        return "own"
    if triage.grave_hits:
        return ""
    if withdrawn:
        return "withdrawn"
    if stale:
        return "replaced"
    at = written(state, message)
    if message.edits is None or at is None or not answered(state, at):
        return ""
    return "edited" if _means_the_same(state.turns[at], triage, orders) else ""


def is_stale(message: Message, state: Conversation, now: datetime, *, silence: timedelta) -> bool:
    """Tell whether a later wording of a message stands in the conversation already.

    An edit's time says whether it is the later one, unless it is off by more than ``silence``: then a clock was set.
    """
    at = written(state, message)
    if at is None:
        return False
    turn = state.turns[at]
    return bool(turn.edits) if message.edits is None else came_late(now, turn.edited_at, silence=silence)


def answered(state: Conversation, at: int) -> bool:
    """Tell whether the shop has said something since a turn."""
    return any(turn.role in ("bot", "agent") for turn in state.turns[at:])


def only_spelled_anew(before: str, after: str) -> bool:
    """Tell whether two wordings differ in signs, spaces, case and slips of the pen only.

    A slip is one letter of a longer word in small letters, and never its first: names, numbers, short words, emoji and
    the words of scripts without small letters are as they were. What is added or left out is never a slip.

    Example:
        >>> only_spelled_anew("where is my percel", "Where is my parcel?")
        True
        >>> only_spelled_anew("Where is my parcel?", "Where is my other parcel?")
        False
    """
    one, two = _words(before), _words(after)
    return len(one) == len(two) and all(
        a.casefold() == b.casefold() or _is_slip(a, b) for a, b in zip(one, two, strict=True)
    )  # fmt: skip


def _is_echo(message: Message, triage: Triage, state: Conversation) -> bool:
    """Tell whether the shop's own words came back. What an agent says again is theirs: only the bot's words can echo there."""
    roles = ("bot",) if message.author == "agent" else ("bot", "agent")
    said = [text_of(turn.text) for turn in state.turns if turn.role in roles and turn.episode == state.episode][-_ECHOES:]
    text = text_of(triage.text)
    return text in said and (len(text) >= _SHORTEST_ECHO or message.author == "bot")


def _means_the_same(turn: Turn, triage: Triage, orders: Collection[str]) -> bool:
    """Tell whether an edit is read as the wording was that it replaces, and names nothing else."""
    possible = any(flag.startswith("possible:") for flag in triage.flags)
    read = (turn.intent, turn.dissatisfied) == (triage.intent, triage.dissatisfied) and set(orders) <= set(turn.orders)
    return read and not possible and only_spelled_anew(turn.text, triage.text)


def _words(text: str) -> list[str]:
    """Return words, numbers, and each symbol, such as an emoji, by itself; signs between them are left out."""
    kinds = [(char, category(char)[0]) for char in normalize("NFKC", text)]
    return "".join(char if kind in "LMN" else f" {char} " if kind == "S" else " " for char, kind in kinds).split()


def _is_slip(one: str, two: str) -> bool:
    """Tell whether a letter of a longer word, not the first, was left out, added, mistaken or swapped with the next."""
    shorter, longer = sorted((one, two), key=len)
    lower = shorter.islower() and longer.islower() and shorter.isalpha() and longer.isalpha()
    if not lower or len(shorter) < _SHORTEST_SLIP or len(longer) - len(shorter) > 1 or shorter[0] != longer[0]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[at:] == longer[at + 1 :]
    swapped = shorter[at : at + 2] == longer[at : at + 2][::-1]
    return shorter[at + 1 :] == longer[at + 1 :] or (swapped and shorter[at + 2 :] == longer[at + 2 :])
