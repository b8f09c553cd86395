"""The turns of a conversation: in their place, whatever order they arrive in, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from unicodedata import normalize

from cs_assist.types import Conversation, Turn


def place(turns: Sequence[Turn], turn: Turn, *, silence: timedelta) -> tuple[tuple[Turn, ...], bool]:
    """Return the turns with one more in the place of its time, and whether that is the end.

    A turn that is older than the latest by more than ``silence`` comes from a clock that was set, not from the
    post: it goes to the end.
    """
    at = len(turns)
    last = turns[-1].at if turns else None
    if turn.at is not None and last is not None and timedelta(0) < last - turn.at <= silence:
        while at and (before := turns[at - 1].at) is not None and before > turn.at:
            at -= 1
    return (*turns[:at], turn, *turns[at:]), at == len(turns)


def replaced(turns: Sequence[Turn], edited: str | None, turn: Turn) -> tuple[tuple[Turn, ...], bool]:
    """Return the turns with an edited one in the place of the first wording, and whether that was there."""
    if edited is None or not any(old.id == edited and old.role == turn.role for old in turns):
        return tuple(turns), False
    new = turn.model_copy(update={"id": edited})
    return tuple(
        new.model_copy(update={"at": old.at, "episode": old.episode}) if old.id == edited and old.role == turn.role else old
        for old in turns
    ), True


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
