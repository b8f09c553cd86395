"""Where a message's matter begins: behind "Hello", "Sehr geehrte Damen und Herren" and "亲，".

A greeting says little of what is asked, and much to a reader of short texts: "Hello, my mug is broken" looks like
"Hello, how are you?". The heads are trained on, and read, what stands behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import groupby

from cs_assist.triage.mail_terms import load_terms
from cs_assist.triage.signals import fold

_HEAD = 200  # characters: no salutation is longer
_MOST = 4  # "Hello! Good evening, dear team,"
_MOST_WORDS = 6
_STOP = re.compile(r"\s*[,،;:.!~…\-–—、，。！：；～\n]")
_CALL = re.compile(r"\s*[?？]")  # "Hello? My parcel!" is impatient, and greets nobody
_BETWEEN = re.compile(r"[\s,،;:.!~…\-–—、，。！：；～^☺️]+|[\U0001f300-\U0001faff]+")
_WORD = re.compile(r"[^\s\d,،;:!?~…–—、，。！：；～()\"]+(?<![.-])")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def without_salutation(text: str) -> str:
    """Return ``text`` from where its matter begins, or all of it where it only greets.

    Greetings in any of the served languages are known, and whom they name.

    Example:
        >>> without_salutation("Hi Anna, the lamp is broken")
        'the lamp is broken'
        >>> without_salutation("Good morning!")
        'Good morning!'
    """
    folded, places = fold(text[:_HEAD])
    at = 0
    for _ in range(_MOST):
        start = _past(folded, at)
        end = _salutation(folded, start, text, places)
        if end is None:
            break
        at = end
    begin = _past(folded, at) if at else 0
    rest = text[places[begin] :] if begin < len(places) else text[_HEAD:]
    return rest if begin and re.search(r"\w", rest) else text


def _past(folded: str, at: int) -> int:
    while between := _BETWEEN.match(folded, at):
        at = between.end()
    return at


def _salutation(folded: str, at: int, text: str, places: Sequence[int]) -> int | None:
    """Return where the salutation that begins at ``at`` ends."""
    terms = load_terms()
    for term in _by_initial().get(folded[at : at + 1], ()):
        end = at + len(term)
        if not folded.startswith(term, at):
            continue
        while folded[end : end + 1] == term[-1] and term[-1].isascii():
            end += 1  # "heyyy"
        if term[-1].isalnum() and folded[end : end + 1].isalnum() and not _UNSPACED.match(term[-1]):
            continue  # the word goes on: "history" is no "hi"
        named = _addressee(folded, end, text, places)
        if _CALL.match(folded, named) or (term in terms.openers and named == end and not _STOP.match(folded, end)):
            continue  # "dear" alone speaks to nobody
        return named
    return None


def _addressee(folded: str, at: int, text: str, places: Sequence[int]) -> int:
    """Return where whom the greeting names ends, ``at`` where nobody is named."""
    sure = end = at
    for _ in range(_MOST_WORDS):
        particle = next((word for word in _unspaced() if folded.startswith(word, end)), None)
        if particle:
            sure = end = end + len(particle)
            continue
        start = end + folded.startswith(" ", end)
        word = _WORD.match(folded, start)
        if word is None or start == end:
            break
        known = word[0] in load_terms().addressees
        if not known and not _is_name(text[places[start] : places[word.end() - 1] + 1]):
            break
        end = word.end()
        if (known and sure == start - 1) or _STOP.match(folded, end):
            sure = end
    return sure


def _is_name(word: str) -> bool:
    return unicodedata.category(word[0]) == "Lu" and (len(word) == 1 or word != word.upper())


@cache
def _by_initial() -> dict[str, list[str]]:
    """Return greetings and openers by their first character, the longest first."""
    terms = load_terms()
    every = sorted({*terms.greetings, *terms.openers}, key=lambda term: (term[0], -len(term), term))
    return {initial: list(group) for initial, group in groupby(every, key=lambda term: term[0])}


@cache
def _unspaced() -> list[str]:
    return sorted((word for word in load_terms().addressees if _UNSPACED.match(word)), key=lambda word: (-len(word), word))
