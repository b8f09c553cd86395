"""The turns of a conversation: in their place, whatever order they arrive in, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unicodedata import normalize

from cs_assist.conversation import names
from cs_assist.conversation.waiting import came_late
from cs_assist.types import Conversation, Message, Turn

#: Turns kept in the state; older ones are dropped. The events keep all of them.
KEPT_TURNS = 40
#: What is left of a turn that its author deleted.
GONE: dict[str, Any] = {"text": "", "deleted": True, "dissatisfied": None, "emotion": None, "orders": ()}
_EDITS = 10  # names of edits kept of a turn


def recent(history: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Return the latest turns of a history that a caller gives: as many as are kept."""
    return history[-KEPT_TURNS:]


def place(turns: Sequence[Turn], turn: Turn, *, silence: timedelta) -> tuple[tuple[Turn, ...], bool]:
    """Return the turns with one more in the place of its time, and whether that is the end.

    A turn that is older than the latest by more than ``silence`` comes from a clock that was set, not from the
    post: it goes to the end.
    """
    at = len(turns)
    last = turns[-1].at if turns else None
    if turn.at is not None and came_late(turn.at, last, silence=silence):
        while at and (before := turns[at - 1].at) is not None and before > turn.at:
            at -= 1
    return (*turns[:at], turn, *turns[at:]), at == len(turns)


def written(state: Conversation, message: Message) -> int | None:
    """Return where the turn stands that a message, or the one that it edits, wrote; None where there is none."""
    name = names.named(message.conversation, message.id if message.edits is None else message.edits, state.id)
    found = (i for i, turn in enumerate(state.turns) if turn.role == message.author and names.of_turn(turn, state.id) == name)
    return next(found, None)


def replaced(turns: Sequence[Turn], at: int, turn: Turn) -> tuple[Turn, ...]:
    """Return the turns with an edit's in the place of the first wording, which keeps its id, its time and its episode."""
    old = turns[at]
    kept = {"id": old.id, "at": old.at, "episode": old.episode, "edits": (*old.edits, *turn.edits)[-_EDITS:]}
    return (*turns[:at], turn.model_copy(update=kept), *turns[at + 1 :])


def wording(state: Conversation, name: str) -> Turn | None:
    """Return the turn that the message of this name wrote, in its first wording or by an edit; None where it is kept no more."""
    return next((turn for turn in state.turns if name == names.of_turn(turn, state.id) or name in turn.edits), None)


def still_asked(turn: Turn, name: str) -> bool:
    """Tell whether a turn still has the words of the message of this name: nobody has edited or deleted it since."""
    return not turn.deleted and (not turn.edits or turn.edits[-1] == name)


def agent_wrote(state: Conversation, then: Conversation, turn: Turn | None) -> bool:
    """Tell whether an agent has written something since ``then``, and after ``turn`` where that is still kept."""
    at = state.turns.index(turn) if turn is not None else 0
    return any(later.role == "agent" and later not in then.turns for later in state.turns[at:])


def strikes_of(turns: Sequence[Turn], state: Conversation) -> int:
    """Return the strikes of an episode, counted anew over its turns; turns that nobody read count as nothing."""
    strikes = 0
    since = state.counted_from
    for turn in turns:
        counts = turn.role == "customer" and turn.episode == state.episode and not turn.bare and turn.dissatisfied is not None
        if counts and (since is None or turn.at is None or turn.at >= since):
            strikes = strikes + 1 if turn.dissatisfied else 0
    return strikes


def text_of(text: str) -> str:
    r"""Return a text as far as two copies of it are alike on all channels.

    Example:
        >>> text_of(" Hello,\n\nyour parcel… ") == text_of("Hello, your parcel...")
        True
    """
    return " ".join(normalize("NFKC", text).split()).casefold()
