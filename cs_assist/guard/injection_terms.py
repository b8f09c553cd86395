"""Words that attempts at the machine are made of, by class and language, found in one pass over a text.

The words are data (``data/injection/<language>.yaml``); which of them together mean what is learned from
labelled sentences (``training/train_injection.py``) and is the same for all languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

DATA = Path(__file__).parent / "data" / "injection"
#: The classes of words, in the order of the trained weights; then what any language has.
CLASSES = (
    "ignore", "prior", "rules", "own", "told", "strong", "void", "prompt", "show", "above", "secret", "model", "now", "persona",
    "free", "others", "private", "base", "ask", "reply", "put", "format", "only", "ai", "call", "tell", "user", "tricks", "root",
    "skip", "exec", "send", "data", "verb", "work", "fact", "mine",
)  # fmt: skip
FORMS = ("link", "mail", "quote", "question", "call_like", "number")
NAMES = CLASSES + FORMS
_SPACED = {
    "latin": ("en", "de", "es", "fr", "hi-Latn", "id", "it", "ms", "nl", "pl", "pt", "sv", "tr", "vi"),
    "cyrillic": ("ru",),
    "arabic": ("ar",),
    "devanagari": ("hi",),
}
_SOLID = {"thai": ("th",), "hangul": ("ko",), "han": ("zh",), "kana": ("ja",)}
_SCRIPTS = {
    "latin": re.compile(r"[a-z]{2}"),
    "cyrillic": re.compile("[а-яё]{2}"),
    "arabic": re.compile("[\u0621-\u064a]{2}"),
    "devanagari": re.compile("[\u0904-\u0939]"),
    "thai": re.compile("[\u0e01-\u0e2e]"),
    "hangul": re.compile("[\uac00-\ud7a3]"),
    "han": re.compile("[\u4e00-\u9fff]"),
    "kana": re.compile("[\u3041-\u30ff]"),
}
_FORMS = {
    "link": re.compile(r"https?://|www\.|\b[a-z0-9-]{2,40}\.(?:com|net|org|example|xyz|io|ru|cn|info|shop|site|online|top)\b"),
    "mail": re.compile(r"[a-z0-9]@[a-z0-9]"),
    "quote": re.compile('["“”„«»「『《‘]'),
    "question": re.compile("[?？؟]"),
    "call_like": re.compile(r"[a-z_]{3,30}\(|[{}]|\b(?:true|null)\b"),
    "number": re.compile(r"\d{3}"),
}
#: Arabic writes "and", "so", "for", "by" and the article onto the word that follows.
_PROCLITICS = frozenset("وفلبك")
_MIN_SQUEEZED = 5


class Word(NamedTuple):
    """One term: what follows its literal part, and whether it must end a word."""

    kind: int
    language: str
    tail: re.Pattern[str] | None
    whole: bool
    solid: bool


@dataclass(frozen=True)
class Hit:
    """A term found at ``text[start:end]``; ``kind`` is an index into :data:`NAMES`, no language means any."""

    start: int
    end: int
    kind: int
    language: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    terms: dict[str, tuple[str, ...]]


def find(text: str, *, squeezed: bool = False) -> list[Hit]:
    """Return the terms of all languages whose script ``text`` has, in the order of their ends.

    Args:
        text: Normalised text (``Normal(text).text``).
        squeezed: The text has lost its spaces: terms are then looked for without theirs, anywhere.
    """
    found: list[Hit] = []
    flat = "".join(" " if c.isspace() else c for c in text)
    for script, pattern in _SCRIPTS.items():
        if pattern.search(flat):
            found += _walk(flat, _automaton(script, squeezed), squeezed)
    if not squeezed:
        for name, pattern in _FORMS.items():
            kind = NAMES.index(name)
            found += [Hit(m.start(), m.end(), kind, "") for m in pattern.finditer(flat)]
    return found


def _walk(text: str, automaton: Any, squeezed: bool) -> Iterator[Hit]:
    for last, (length, words) in automaton.iter(text):
        start, end = last + 1 - length, last + 1
        begins = None
        for word in words:
            if not word.solid and not squeezed:
                if begins is None:
                    begins = _begins_word(text, start)
                if not begins:
                    continue
            stop = end
            if word.tail is not None:
                match = word.tail.match(text, end)
                if match is None:
                    continue
                stop = match.end()
            if word.whole and not squeezed and stop < len(text) and _joins(text[stop]):
                continue
            yield Hit(start, stop, word.kind, word.language)


def _begins_word(text: str, start: int) -> bool:
    if start == 0 or not _joins(text[start - 1]):
        return True
    if text[start - 1] in _PROCLITICS:
        return start == 1 or not _joins(text[start - 2])
    return text[start - 2 : start] == "ال" and (start == 2 or not _joins(text[start - 3]) or text[start - 3] in _PROCLITICS)


@lru_cache(maxsize=16384)
def _joins(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


@cache
def _automaton(script: str, squeezed: bool) -> Any:
    heads: dict[str, list[Word]] = defaultdict(list)
    solid = script in _SOLID
    for language in (_SOLID if solid else _SPACED)[script]:
        for name, terms in _load(language).items():
            for term in terms:
                head, word = _word(term, CLASSES.index(name), language, solid, squeezed)
                if not squeezed or len(head) >= (2 if solid else _MIN_SQUEEZED):
                    heads[head].append(word)
    automaton = ahocorasick.Automaton()
    for head, words in heads.items():
        automaton.add_word(head, (len(head), tuple(words)))
    automaton.make_automaton()
    return automaton


def _word(term: str, kind: int, language: str, solid: bool, squeezed: bool) -> tuple[str, Word]:
    """Return a term's literal beginning and the rest: ``*`` on a word stands for any ending, alone for up to three words."""
    if squeezed:
        term = term.replace(" ", "").split("*")[0]
    whole = not solid and not term.endswith("*") and language != "ar"
    head, star, rest = term.rstrip("*").partition("*")
    tail = None
    if star:
        pieces = [re.escape(piece) for piece in rest.split("*")]
        if head.endswith(" "):  # words of their own between the two parts
            head, pieces[0] = head.rstrip(), pieces[0].replace("\\ ", "", 1)
            tail = re.compile(r" (?:\S{1,30} ){0,3}" + r"\w{0,15}".join(pieces))
        else:
            tail = re.compile(r"\w{0,15}" + r"\w{0,15}".join(pieces))
    return head, Word(kind, language, tail, whole, solid)


@cache
def _load(language: str) -> dict[str, tuple[str, ...]]:
    return load_yaml(DATA / f"{language}.yaml", _File).terms


def languages() -> Sequence[str]:
    """Return the languages that have terms."""
    return sorted(path.stem for path in DATA.glob("*.yaml"))
