"""Stated rules for what must never be missed, on top of the learned heads and reported as such.

One YAML file a language in ``data/signals``. A rule names a signal and the terms that show it:

- ``any``: one of these terms is enough;
- ``near``: one term of each list, in any order, all within ``within`` characters;
- ``unless``: a term within the same stretch of text that takes the hit back.

A term is literal text. ``*`` at its end (or start) lets the word go on there. Text and terms are
folded before they are compared: case, width, Latin diacritics, Arabic vowel signs and invisible
characters do not count. All searches are alternations of literals, so the time is linear.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml

DATA = Path(__file__).parent / "data" / "signals"
SignalName = Literal["safety_issue", "legal_threat", "human_request", "data_exposed", "self_harm"]
_DROPPED = re.compile("[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe0f]")
_LATIN = {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ё": "е", "’": "'", "‘": "'", "`": "'", "´": "'"}
_LATIN |= {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"}
_CONTEXT = 60  # characters around a hit in which an ``unless`` term takes it back


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    signal: SignalName
    any: tuple[str, ...] = ()
    near: tuple[tuple[str, ...], ...] = ()
    within: int = Field(default=40, ge=5, le=200)
    unless: tuple[str, ...] = ()

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
    """One language's rules; ``bare`` lists short answers that say neither yes nor no to the service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    word_boundaries: bool = True
    rules: tuple[Rule, ...]
    bare: tuple[str, ...]


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


def _is_ideograph(text: str) -> bool:
    return bool(text) and "\u3040" <= text[0] <= "\u9fff"


def _pattern(terms: tuple[str, ...], boundaries: bool) -> re.Pattern[str]:
    parts = []
    for term in terms:
        literal = re.escape(fold(term.strip("*").strip())[0]).replace(r"\ ", r"\s")
        spaced = boundaries and not _is_ideograph(term.strip("*"))
        before = "" if term.startswith("*") or not spaced else r"(?<!\w)"
        after = "" if term.endswith("*") or not spaced else r"(?!\w)"
        parts.append(before + literal + after)
    return re.compile("|".join(sorted(parts, key=len, reverse=True)))


class _Compiled:
    def __init__(self, rule: Rule, language: str, boundaries: bool) -> None:
        self.signal = rule.signal
        self.language = language
        self.within = rule.within
        self.lists = [_pattern(terms, boundaries) for terms in ((rule.any,) if rule.any else rule.near)]
        self.unless = _pattern(rule.unless, boundaries) if rule.unless else None

    def find(self, folded: str) -> tuple[int, int] | None:
        for start, end in self._candidates(folded):
            if self.unless is None:
                return start, end
            if not self.unless.search(folded, max(0, start - _CONTEXT), min(len(folded), end + _CONTEXT)):
                return start, end
        return None

    def _candidates(self, folded: str) -> list[tuple[int, int]]:
        spans = [[m.span() for m in pattern.finditer(folded)] for pattern in self.lists]
        if not all(spans):
            return []
        first, *others = spans
        found = []
        for span in first:
            start, end = span
            for other in others:
                near = _nearest(other, span, self.within)
                if near is None:
                    break
                start, end = min(start, near[0]), max(end, near[1])
            else:
                found.append((start, end))
        return found


def _nearest(spans: list[tuple[int, int]], to: tuple[int, int], within: int) -> tuple[int, int] | None:
    """Return the span nearest to ``to`` that does not overlap it and is at most ``within`` away."""
    at = bisect_left(spans, to)
    best: tuple[int, tuple[int, int]] | None = None
    for candidate in spans[max(0, at - 2) : at + 3]:
        gap = max(candidate[0] - to[1], to[0] - candidate[1])
        if 0 <= gap <= within and (best is None or gap < best[0]):
            best = gap, candidate
    return best[1] if best else None


class Signals:
    """The compiled rules of all languages.

    Rules of every language are tried on every message: a safety report must not be missed because
    the language was misread, and customers mix languages.
    """

    def __init__(self, directory: Path = DATA) -> None:
        files = [load_yaml(path, SignalFile) for path in sorted(directory.glob("*.yaml"))]
        self._rules = [_Compiled(rule, f.language, f.word_boundaries) for f in files for rule in f.rules]
        self._bare = {_squeeze(text) for f in files for text in f.bare}
        self.languages = frozenset(f.language for f in files)

    def find(self, text: str) -> list[SignalHit]:
        """Return the first hit of each signal in ``text``, with spans in ``text``."""
        folded, places = fold(text)
        hits: dict[str, SignalHit] = {}
        for rule in self._rules:
            if rule.signal in hits:
                continue
            span = rule.find(folded)
            if span:
                hits[rule.signal] = SignalHit(rule.signal, rule.language, places[span[0]], places[span[1] - 1] + 1)
        return list(hits.values())

    def is_bare(self, text: str) -> bool:
        """Tell whether ``text`` is only a short answer ("ok", "yes", a number, a photo)."""
        squeezed = _squeeze(text)
        letters = sum(c.isalpha() for c in squeezed)
        has_code = any(c.isdigit() for c in squeezed) and letters <= 4
        return squeezed in self._bare or has_code or not letters


def _squeeze(text: str) -> str:
    folded = fold(text)[0]
    return " ".join("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded).split())


@cache
def load_signals(directory: Path = DATA) -> Signals:
    """Return the shipped rules, read once."""
    return Signals(directory)
