"""Stated rules, on top of the learned heads and reported as such: what must never be missed, and set phrases of displeasure.

One YAML file a language in ``data/signals``. A rule names a signal and the terms that show it:

- ``any``: one of these terms is enough;
- ``near``: one term of each list, in any order, all within ``within`` characters;
- ``unless``: a term within the same stretch of text that takes the hit back;
- ``words``: only in a sentence of at most so many words. "This is unacceptable." says what the customer thinks; within a
  long sentence the same words may be about a neighbour or a cheat, or not be meant.

A term is literal text. ``*`` at its end (or start) lets the word go on there. Text and terms are
folded before they are compared: case, width, Latin diacritics, Arabic vowel signs and invisible
characters do not count. All terms are literals found in one pass, so the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import ahocorasick
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.sentences import sentences_of

DATA = Path(__file__).parent / "data" / "signals"
SignalName = Literal["safety_issue", "legal_threat", "human_request", "data_exposed", "self_harm", "displeased"]
_DROPPED = re.compile("[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe0f]")
_LATIN = {
    "ı": "i",
    "ł": "l",
    "đ": "d",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ё": "е",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
}
_LATIN |= {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"}
_LETTERS_A_WORD = 3  # where no spaces tell
_CONTEXT = 60  # characters around a hit in which an ``unless`` term takes it back


class Rule(BaseModel):
    """One signal and the terms that show it; the module's docstring says how they are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: SignalName
    any: tuple[str, ...] = ()
    near: tuple[tuple[str, ...], ...] = ()
    within: int = Field(default=40, ge=5, le=200)
    unless: tuple[str, ...] = ()
    words: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        if bool(self.any) == bool(self.near):
            raise ValueError("a rule has either 'any' or 'near'")
        if self.near and (len(self.near) < 2 or not all(self.near)):
            raise ValueError("'near' needs at least two lists, none of them empty")
        for term in (*self.any, *self.unless, *(t for terms in self.near for t in terms)):
            if len(term.strip("*").strip()) < 2 and not _is_ideograph(term.strip("*")):
                raise ValueError(f"term {term!r} is too short to be safe")
        return self


class SignalFile(BaseModel):
    """One language's rules; ``bare`` lists short answers that say neither yes nor no to the service, ``thanks`` thanks alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    word_boundaries: bool = True
    rules: tuple[Rule, ...]
    bare: tuple[str, ...]
    thanks: tuple[str, ...]


@dataclass(frozen=True)
class SignalHit:
    """A rule that fired, with the span of the original text that made it fire."""

    signal: SignalName
    language: str
    start: int
    end: int


def fold(text: str) -> tuple[str, list[int]]:
    """Return ``text`` folded for comparison and, for each folded character, its place in ``text``.

    Example:
        >>> fold("ÉTÉ")[0]
        'ete'
    """
    if text.isascii():
        return text.lower(), list(range(len(text)))
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char.isascii():
            out.append(char.lower())
            places.append(place)
            continue
        for piece in _fold_char(char):
            out.append(piece)
            places.append(place)
    return "".join(out), places


class _Folded(dict[int, str]):
    """A table for ``str.translate``: each character folded."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = shown = char.lower() if char.isascii() else _fold_char(char)
        return shown


_FOLDED = _Folded()


def folded(text: str) -> str:
    """Return the first of what :func:`fold` returns, in a fraction of its time: for terms, which are many and need no places.

    Example:
        >>> folded("ÉTÉ")
        'ete'
    """
    return text.lower() if text.isascii() else text.translate(_FOLDED)


@cache
def _fold_char(char: str) -> str:
    if _DROPPED.match(char):
        return ""
    folded = unicodedata.normalize("NFKC", char).casefold()
    pieces = []
    for piece in folded:
        if piece in _LATIN:
            pieces.append(_LATIN[piece])
            continue
        base = unicodedata.normalize("NFD", piece)[0]
        latin = base.isascii() and base.isalpha()
        if unicodedata.combining(piece) and "\u0300" <= piece <= "\u036f":
            continue
        pieces.append(base if latin else piece)
    return "".join(pieces)


def _writes_syllables(char: str) -> bool:
    """Whether a letter is an ideograph, kana or Hangul."""
    return "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


def _is_ideograph(text: str) -> bool:
    return bool(text) and "\u3040" <= text[0] <= "\u9fff"


class _Use(NamedTuple):
    """One use of a literal: in which rule's which list, and where the word may go on."""

    rule: int
    part: int
    open_start: bool
    open_end: bool


_UNLESS = -1
#: Letters that may stand beside the digits of a code or an amount.
_CODE_LETTERS = 4
_ANGRY = frozenset("😠😡🤬😤👎🖕💢")
_CALLED_OUT = frozenset("!！")


class Signals:
    """The compiled rules of some files.

    Rules of every language are tried on every message: a safety report must not be missed because
    the language was misread, and customers mix languages. All terms are found in one pass (Aho-Corasick).
    """

    def __init__(self, files: Sequence[SignalFile]) -> None:
        self._rules = [(rule, f.language) for f in files for rule in f.rules]
        self._thanks = {_squeeze(text) for f in files for text in f.thanks}
        self._bare = {_squeeze(text) for f in files for text in f.bare} | self._thanks
        uses: dict[str, list[_Use]] = {}
        number = 0
        for file in files:
            for rule in file.rules:
                lists = [rule.any] if rule.any else list(rule.near)
                for part, terms in (*enumerate(lists), (_UNLESS, rule.unless)):
                    for term in terms:
                        literal, use = _use(term, number, part, spaced=file.word_boundaries)
                        uses.setdefault(literal, []).append(use)
                number += 1
        self._terms = ahocorasick.Automaton()
        for literal, found in uses.items():
            self._terms.add_word(literal, (len(literal), found))
        if uses:
            self._terms.make_automaton()

    def find(self, text: str) -> list[SignalHit]:
        """Return the first hit of each signal in ``text``, with spans in ``text``."""
        folded, places = fold(text)
        spans = self._spans(folded)
        hits: dict[str, SignalHit] = {}
        for number in sorted({number for number, part in spans if part != _UNLESS}):
            rule, language = self._rules[number]
            if rule.signal in hits:
                continue
            for first, last in _matches(rule, number, spans):
                start, end = places[first], places[last - 1] + 1
                if rule.words is None or _count_words(sentences_of(text, start, end)) <= rule.words:
                    hits[rule.signal] = SignalHit(rule.signal, language, start, end)
                    break
        return list(hits.values())

    def _spans(self, folded: str) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """Return, for each rule and list, the sorted spans of its terms in ``folded``."""
        spans: dict[tuple[int, int], list[tuple[int, int]]] = {}
        if not len(self._terms):
            return spans
        for last, (length, uses) in self._terms.iter(folded):
            start, end = last + 1 - length, last + 1
            starts_word = start == 0 or not _is_word(folded[start - 1])
            ends_word = end == len(folded) or not _is_word(folded[end])
            for use in uses:
                if (use.open_start or starts_word) and (use.open_end or ends_word):
                    spans.setdefault((use.rule, use.part), []).append((start, end))
        for found in spans.values():
            found.sort()
        return spans

    def is_bare(self, text: str) -> bool:
        """Tell whether ``text`` is only a short answer ("ok", "yes", a number, a photo).

        An angry sign is none. Nor are words around a number that are called out, or that are more than a unit or a size: of
        ideographs, kana and Hangul each counts as two letters.

        Example:
            >>> signals = load_signals()
            >>> [text for text in ("114-5520917", "M 38", "3個", "都3周了", "3 wks!!", "👍", "😡😡") if signals.is_bare(text)]
            ['114-5520917', 'M 38', '3個', '👍']
        """
        if has_angry_sign(text):
            return False
        squeezed = _squeeze(text)
        letters = sum(2 if _writes_syllables(c) else 1 for c in squeezed if c.isalpha())
        has_code = any(c.isdigit() for c in squeezed) and letters <= _CODE_LETTERS and _CALLED_OUT.isdisjoint(text)
        return squeezed in self._bare or has_code or not letters

    def is_thanks(self, text: str) -> bool:
        """Tell whether ``text`` only thanks, in a word or two.

        Example:
            >>> load_signals().is_thanks("Vielen Dank!")
            True
        """
        return _squeeze(text) in self._thanks


def _use(term: str, rule: int, part: int, *, spaced: bool) -> tuple[str, _Use]:
    literal = folded(term.strip("*").strip())
    glued = not spaced or _is_ideograph(literal)
    return literal, _Use(rule, part, term.startswith("*") or glued, term.endswith("*") or glued)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def _matches(rule: Rule, number: int, spans: dict[tuple[int, int], list[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
    """Yield the spans for which all lists of a rule are near each other and no ``unless`` is."""
    lists = [spans.get((number, part), []) for part in range(1 if rule.any else len(rule.near))]
    if not all(lists):
        return
    first, *others = lists
    denials = spans.get((number, _UNLESS), [])
    for span in first:
        start, end = span
        for other in others:
            near = _nearest(other, span, rule.within)
            if near is None:
                break
            start, end = min(start, near[0]), max(end, near[1])
        else:
            if not any(d_end > start - _CONTEXT and d_start < end + _CONTEXT for d_start, d_end in denials):
                yield start, end


def _count_words(text: str) -> int:
    """Return how many words a text has, where ideographs, kana, Hangul and Thai count as the letters that a word has."""
    close = sum(1 for char in text if _writes_syllables(char) or "\u0e00" <= char <= "\u0e7f")
    return max(len(text.split()), close // _LETTERS_A_WORD)


def _nearest(spans: list[tuple[int, int]], to: tuple[int, int], within: int) -> tuple[int, int] | None:
    """Return the span nearest to ``to`` that does not overlap it and is at most ``within`` away."""
    at = bisect_left(spans, to)
    best: tuple[int, tuple[int, int]] | None = None
    for candidate in spans[max(0, at - 2) : at + 3]:
        gap = max(candidate[0] - to[1], to[0] - candidate[1])
        if 0 <= gap <= within and (best is None or gap < best[0]):
            best = gap, candidate
    return best[1] if best else None


class _Parted(dict[int, str]):
    """A table for ``str.translate``: what is no part of a word becomes a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = shown = char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "
        return shown


_PARTED = _Parted()


def _squeeze(text: str) -> str:
    return " ".join(folded(text).translate(_PARTED).split())


def has_angry_sign(text: str) -> bool:
    """Tell whether ``text`` holds an emoji that is sent in anger."""
    return not _ANGRY.isdisjoint(text)


@cache
def load_signals(directory: Path = DATA) -> Signals:
    """Return the shipped rules, read once."""
    return Signals([load_yaml(path, SignalFile) for path in sorted(directory.glob("*.yaml"))])
