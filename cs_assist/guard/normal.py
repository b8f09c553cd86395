"""A copy of a text in one form for all scripts, that knows where each of its characters stood."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["Normal", "looks_latin", "normal"]

#: A base character keeps at most this many marks in one cluster: the normaliser sorts a cluster's marks
#: in quadratic time (30 is what UAX #15 calls stream-safe).
_MAX_CLUSTER = 32
#: Unseen characters that are not of the category "format": fillers, joiners, variation selectors; and what draws a key or a
#: circle around the character before it.
_UNSEEN = frozenset(
    [
        0x034F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x180F),
        *range(0x20DD, 0x20E5),
        *range(0xFE00, 0xFE10),
    ]
)
#: What NFKC leaves apart or pulls apart although a reader sees one thing.
_SAME = {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "‐": "-", "‑": "-", "İ": "i", "\u0e33": "\u0e33", "\u0eb3": "\u0eb3"}
#: White letters on black discs and squares, from A on.
_SAME |= {chr(first + at): chr(ord("a") + at) for first in (0x1F150, 0x1F170) for at in range(26)}
#: Digits in circles that NFKC leaves as they are.
_SAME |= {
    chr(at): str(unicodedata.digit(chr(at))) for first in (0x24F5, 0x2776, 0x2780, 0x278A) for at in range(first, first + 9)
} | {"\u24ff": "0"}
_PLAIN, _DROPPED, _JOINS = 0, 1, 2

#: Letters of other scripts, and modified Latin ones, that pass for a Latin letter.
#: From general knowledge of the shapes; deliberately one to one, so that a span stays a span.
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕһԁԛԝѡьвнкмтгпєзбџӏү" + "αεορχινυκτβμηωρςωϲϳ" + "ıɩɑɡɢʜɪʟɴʀꜱʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢøđłħŧƙɓɗ" + "օոսհցքгд",
    "aeopcyxijshdqwwbbhkmtrnejbuiy" + "aeopxivuktbunwpcwcj" + "iiagghilnrsyacdejkmoptuvwzodlhtkbd" + "onuhgprd",
)
#: The letters that flags are spelled with.
_LOOK_ALIKE |= {0x1F1E6 + at: ord("a") + at for at in range(26)}


class Normal:
    """``text`` normalised for matching, with the way back.

    ``Normal(text).text`` is in NFKC (full-width and circled forms become plain ones), in lower case, without
    zero-width and other unseen characters, with the digits of every script as 0-9, with ``'`` for every
    apostrophe and ``-`` for every hyphen (dashes stay). Thai and Lao AM stay one character, and ``İ`` is ``i``.

    Args:
        text: Any text.
        homoglyphs: Also write letters that look like Latin ones (Cyrillic, Greek, Armenian, small capitals,
            letters with accents) as these. What comes out is for finding Latin words only.

    Example:
        >>> seen = Normal("Ｗｈａｔ\u200bｓＡｐｐ ٢٤")
        >>> seen.text, seen.span(0, 8)
        ('whatsapp 24', (0, 9))
    """

    __slots__ = ("_ends", "_length", "_starts", "text")

    def __init__(self, text: str, *, homoglyphs: bool = False) -> None:
        self._length = len(text)
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None
        if text.isascii():
            self.text = text.lower()
            return
        if not homoglyphs and all(map(_alone, set(text))):
            self.text = "".join(map(_shown, text))
            return
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for start, end, shown in _clusters(text):
            if homoglyphs:
                shown = _latin(shown)
            parts.append(shown)
            starts += [start] * len(shown)
            ends += [end] * len(shown)
        self.text = "".join(parts)
        self._starts, self._ends = starts, ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that ``text[start:end]`` came from, in whole characters.

        An empty span stays empty.

        Raises:
            ValueError: The span is not inside ``text``.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"({start}, {end}) is not inside a text of {len(self.text)} characters")
        if self._starts is None or self._ends is None:
            return start, end
        first = self._starts[start] if start < len(self._starts) else self._length
        return first, self._ends[end - 1] if end > start else first


def looks_latin(char: str) -> bool:
    """Tell whether a character is no plain Latin letter but passes for one."""
    return _latin(char) != char


def normal(text: str) -> str:
    """Return ``Normal(text).text``: for a pattern or a word that is looked for in such a text."""
    return Normal(text).text


def _clusters(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and normal form of each character with its marks."""
    held, first, last = "", 0, 0
    for at, char in enumerate(text):
        kind = _kind(char)
        if kind == _DROPPED:
            if held and unicodedata.category(char) in ("Mn", "Me"):
                last = at + 1  # it belongs to the character before it, and goes where that goes
            continue
        if held and (kind == _PLAIN or len(held) >= _MAX_CLUSTER):
            yield first, last, _shown(held)
            held = ""
        if not held:
            first = at
        held += char
        last = at + 1
    if held:
        yield first, last, _shown(held)


@lru_cache(maxsize=16384)
def _kind(char: str) -> int:
    if unicodedata.category(char) == "Cf" or ord(char) in _UNSEEN or 0xE0100 <= ord(char) <= 0xE01EF:
        return _DROPPED
    if char in _SAME:
        return _PLAIN
    # A half-width sound mark is no mark by itself, its normal form is; Hangul vowels and finals join a syllable.
    joins = unicodedata.combining(unicodedata.normalize("NFKC", char)[0]) or 0x1160 < ord(char) <= 0x11FF
    return _JOINS if joins else _PLAIN


@lru_cache(maxsize=16384)
def _alone(char: str) -> bool:
    """Tell whether a character stands for one character wherever it is: then no way back is needed."""
    return _kind(char) == _PLAIN and len(_shown(char)) == 1


@lru_cache(maxsize=16384)
def _shown(cluster: str) -> str:
    if cluster in _SAME:
        return _SAME[cluster]
    form = unicodedata.normalize("NFKC", cluster)
    form = "".join(_SAME.get(char, char) for char in form).lower()
    return "".join(char if char.isascii() else str(unicodedata.decimal(char, char)) for char in form)


@lru_cache(maxsize=16384)
def _latin(cluster: str) -> str:
    bare = unicodedata.normalize("NFD", cluster)
    base = bare[0].translate(_LOOK_ALIKE) if bare else ""
    return base if base.isascii() and base.isalpha() else cluster
