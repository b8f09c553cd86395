"""The words of a name in scripts that put spaces between words: which stretch of a text is one."""

from __future__ import annotations

import re
from typing import NamedTuple

from cs_assist.guard.private_words import Reading, glued, words

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963"
PART = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}'\u200c·-](?=\w)|[{_MARKS}]){{0,40}}")
_GAP = re.compile(r"\. ?| (?:a/[lp]|[sd]/o) | |-|, (?=[A-Z]\.)| ?・ ?| ?· ?")
_VOWELS = re.compile("[\u064b-\u0652]")
MAX_WORDS = 4


class Name(NamedTuple):
    """Where a name stands, and of how many words it is, small ones not counted."""

    start: int
    end: int
    size: int


def is_capital(part: str) -> bool:
    """Tell whether a word begins with a capital."""
    return part[0].isupper() or part[0].istitle()


def is_uncased(part: str) -> bool:
    """Tell whether a word's script has no capitals."""
    return part[0].lower() == part[0].upper()


def is_given(reading: Reading, name: Name) -> bool:
    """Tell whether the first word of a name is a known given name."""
    part = PART.match(reading.low, name.start)
    return part is not None and part.end() <= name.end and _VOWELS.sub("", part.group()) in words().given


def take(
    reading: Reading, at: int, *, sure: bool = False, small: bool = False, lead: bool = True, most: int = MAX_WORDS
) -> Name | None:
    """Return the name that begins at ``at``; None where none does.

    Args:
        reading: The text.
        at: Where the name begins.
        sure: Whether words that are mostly no names may be one, written with capitals ("April", "Will").
        small: Whether it may be written in small letters.
        lead: Whether it may begin with a small word ("van der Berg").
        most: Words at most; small words of a name ("van der") do not count.
    """
    text, low = reading.text, reading.low
    end, count, held = at, 0, at
    while count < most:
        part = PART.match(text, held)
        if part is None or glued(part.group()[0]) or reading.begins(part.start(), "title"):
            break
        written, plain = part.group(), low[part.start() : part.end()]
        particle = plain in words().parts.particles
        allowed = (sure and is_capital(written)) or (count and "vi" in reading.languages)
        unlike = written.lower() in reading.not_names and not allowed
        if unlike and (not particle or (not count and not _capital_follows(reading, part.end()))):
            break
        if particle and small and len(plain) == 1 and not is_capital(written):
            break  # "rocío y vivo en ..."
        if particle and not is_capital(written):
            if not count and not small and not (lead and _may_lead(reading, plain, part.end())):
                break
        elif is_capital(written) or is_uncased(written) or (small and len(written) > 1):
            if count and plain.startswith("و") and plain not in words().given:
                break  # Arabic "and" is glued to the word that it begins
            count, end = count + 1, part.end()
        else:
            break
        gap = _GAP.match(text, part.end())
        if gap is None or (gap.group().startswith(".") and len(written) > 2):
            break
        held = gap.end()
        if text[end : end + 1] == "." and len(written) == 1:
            end += 1
    return Name(at, end, count) if count else None


def _capital_follows(reading: Reading, end: int) -> bool:
    part = PART.match(reading.text, end + 1)
    return part is not None and (is_capital(part.group()) or part.group() in words().parts.particles)


def _may_lead(reading: Reading, plain: str, end: int) -> bool:
    """Tell whether a small word may begin a name: "van den Berg", "de la Fuente"; "de" alone in Dutch only."""
    part = PART.match(reading.text, end + 1)
    if part is None:
        return False
    if plain in ("de", "la") and "nl" not in reading.languages:
        return part.group() in ("la", "los", "las", "le")
    return (plain in words().parts.leading or plain in ("de", "la", "los")) and (
        is_capital(part.group()) or part.group() in words().parts.particles
    )


def known_part(reading: Reading, name: Name) -> tuple[int, int]:
    """Return the sure part of a name in a script without capitals.

    It is the first word with the next if that is known too, or begins with the Arabic article as surnames do.
    """
    parts = list(PART.finditer(reading.text, name.start, name.end))
    keep = 1
    for part in parts[1:3]:
        plain = reading.low[part.start() : part.end()]
        if plain not in words().given and not (plain.startswith("ال") and keep < 2):
            break
        keep += 1
    return name.start, parts[keep - 1].end()
