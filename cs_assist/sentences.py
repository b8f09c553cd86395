"""Where a text may be cut: after a whole sentence, in any script that is answered in.

A cut is missed rather than made in the wrong place: "on 3. September" and "z. B. Handtücher" are one piece each.
Nothing is ever cut within a grapheme: a mark that belongs to the sign before it (Unicode's general category M, the
joiners, the skin tones) may not follow a cut. That is all of UAX #29 that can matter after a full stop, a particle or
a line's end, so no library for graphemes is needed; the tests compare it with one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CLOSING = "\"'”’»)\\]」』）】"
#: Full stops before a space; wide ones wherever they stand; Thai's particles of politeness, which end a sentence; line ends.
_END = re.compile(
    rf"(?:(?P<stop>[.!?…؟।۔]+)[{_CLOSING}]*(?=\s|$)|[。！？｡]+[{_CLOSING}]*|(?<=[\u0e00-\u0e7f])(?:ครับ|ค่ะ|คะ)(?=\s|$)|(?=\n)|$)"
)
_WORD = re.compile(r"[^\W_]\S{0,40}$")
_GAP = re.compile(r"\s*")
#: Short words that a full stop shortens and a capital may follow; general knowledge of the languages' usage.
_SHORTENED = frozenset((
    "dr", "mr", "mrs", "ms", "prof", "st", "nr", "no", "nos", "art", "tel", "bzw", "ca", "inkl", "exkl", "zzgl", "evtl",
    "ggf", "vgl", "abs", "str", "sr", "sra", "srta", "dott", "sig", "ing", "núm", "pág", "tél", "env", "max", "min", "mld",
    "mio", "ул", "руб", "стр", "тел", "им", "hal", "yth", "bpk", "sdr", "dll", "dsb", "vb", "vs", "bkz", "cad", "sok",
    "mah", "ul", "pkt", "tzw", "np", "obj", "bl", "afb", "incl", "excl",
))  # fmt: skip
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the places, in characters, at which a sentence of ``text`` is over; its end is the last of them.

    Example:
        >>> list(sentence_ends("It left on 3. May. Thank you."))
        [18, 29]
    """
    last = 0
    for match in _END.finditer(text):
        if match.end() > last and _whole(text, match):
            last = match.end()
            yield last


def shorten(text: str, limit: int) -> str:
    """Return the sentences at the beginning of ``text`` that fit into ``limit`` characters; empty where not even one does.

    Example:
        >>> shorten("One. Two. Three.", 10)
        'One. Two.'
    """
    if len(text.rstrip()) <= limit:
        return text.rstrip()
    end = 0
    for place in sentence_ends(text):
        if place > limit:
            break
        end = place
    return text[:end].rstrip()


def beginning(text: str, limit: int) -> str:
    """Return as much of the beginning of ``text`` as fits into ``limit`` characters: whole sentences, else whole words.

    Example:
        >>> beginning("One. Two. Three.", 10), beginning("One two three", 9)
        ('One. Two.', 'One two')
    """
    if len(text) <= limit:
        return text
    return shorten(text, limit) or text[:limit].rpartition(" ")[0].rstrip() or text[:limit]


def sentences_of(text: str, start: int, end: int) -> str:
    """Return the whole sentences of ``text`` that the characters from ``start`` to ``end`` stand in.

    Example:
        >>> sentences_of("Hello. Where is it? I want a person.", 22, 23)
        'I want a person.'
    """
    ends = [0, *sentence_ends(text)]
    first = max((place for place in ends if place <= start), default=0)
    last = min((place for place in ends if place >= end), default=len(text))
    return text[first:last].strip()


def _whole(text: str, match: re.Match[str]) -> bool:
    after = text[match.end() : match.end() + 1]
    if after and (after in _JOINERS or unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff"):
        return False
    if match["stop"] is None:
        return True
    gap = _GAP.match(text, match.end())
    first = text[gap.end() : gap.end() + 1] if gap else ""
    if not first or (gap and "\n" in gap.group()):
        return True
    if first.islower():
        return False
    if match["stop"] != ".":
        return True
    word = _WORD.search(text[max(0, match.start() - 40) : match.start()])
    before = word.group() if word else ""
    return not (len(before) <= 1 or before[-1].isdigit() or "." in before or before.casefold() in _SHORTENED)
