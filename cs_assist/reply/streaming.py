"""A model's text in pieces: placeholders that are cut in two, and sentences once it is whole."""

from __future__ import annotations

import re
from collections.abc import Callable

#: The longest placeholder, and a space within its brackets; what is longer is none.
_LONGEST = 40
_OPENING = re.compile(r"[\[［【][^\]］】]{0,40}$")
_END = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])\s*|\n+")


class Restoring:
    """Puts placeholders' values back into a text that comes in pieces, however they are cut.

    Example:
        >>> restoring = Restoring(lambda text: text.replace("[NAME_1]", "Ana"))
        >>> [restoring.push(piece) for piece in ("Hi [NA", "ME_1], ", "bye")] + [restoring.rest()]
        ['Hi ', 'Ana, ', 'bye', '']
    """

    def __init__(self, restore: Callable[[str], str]) -> None:
        self._restore, self._held = restore, ""

    def push(self, piece: str) -> str:
        """Return what is ready with ``piece``; an opened bracket is held until it is closed, or too long for one."""
        self._held += piece
        opened = _OPENING.search(self._held)
        at = opened.start() if opened and len(self._held) - opened.start() < _LONGEST else len(self._held)
        ready, self._held = self._held[:at], self._held[at:]
        return self._restore(ready)

    def rest(self) -> str:
        """Return what is still held."""
        ready, self._held = self._held, ""
        return self._restore(ready)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text.

    Example:
        >>> sentences_of("It costs 5.90 EUR. Danke!")
        ['It costs 5.90 EUR.', 'Danke!']
    """
    return [said.strip() for said in _END.split(text) if said.strip()]
