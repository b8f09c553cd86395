"""The words that say what stands beside them: labels of numbers, introductions of names, parts of addresses.

They come from ``data/privacy/words``, one YAML file a language, and ``data/privacy/places.yaml``. All
languages are looked for in one pass, for what a person gives away does not depend on the language that
they were thought to write. Terms are compared without case; without accents too, where the term is long
or the language fits.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.normal import Normal

DATA = Path(__file__).parent / "data" / "privacy"
#: How far a label reaches to the value after it, and to the one before it.
AFTER, BEFORE = 40, 8
#: A label that reaches its value over nothing but these says what it is.
_LINK = re.compile(
    r"[\s:=#\"'«»“”„()\[\]*.,>–—-]*(?:(?:"
    r"is|are|was|it's|its|n°|no|nr|number|num|id|ist|lautet|war|est|et|le|la|es|el|e|é|è|il|jest|to|är|er|on|adalah|ialah|nya|iaitu|yaitu"
    r"|là|la|hai|h|है|هو|هي|:|это|не|saya|şu|olan|of mine|at|on|under|unter|au|al|pod|op|på|di|no seguinte|via"
    r"|คือ|ของฉันคือ|ของผมคือ|ครับ|は|が|を|是|為|为|係|叫|은|는|이|가|를|을|으로|로|으로는|的)[\s:=#\"'«“„(\[*.–-]*){0,2}",
)
_BREAK = re.compile(r"[!?。！？;]|\.\s|\n")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_DIGIT = re.compile(r"[0-9]")
_LOOSE_ACCENTS = 6
#: Arabic "and", "so", "in", "for" are glued to the word that they begin.
_ARABIC_PREFIXES = frozenset("وفبل")
#: Letters of a Turkish term, at least, that may take endings.
_STEM = 8
_TITLES = frozenset(["mr", "mr.", "mrs", "ms", "ms.", "dr", "dr."])
_UNDER = {
    "đ": "d",
    "ł": "l",
    "ø": "o",
    "ı": "i",
    "ħ": "h",
    "æ": "a",
    "œ": "o",
    "ё": "е",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ى": "ي",
    "ة": "ه",
}

LABELS = frozenset(
    [
        "order_number",
        "number",
        "order",
        "tracking",
        "phone",
        "name",
        "address",
        "card",
        "iban",
        "password",
        "pin",
        "birth",
        "id",
        "passport",
        "other",
        "carrier",
    ]
)
_NUMBERED = frozenset(["order", "tracking", "phone", "card", "iban", "id", "passport"])
ANCHORS = frozenset(["intro", "weak", "recipient", "title", "suffix", "greeting", "closing", "kin"])
PLACES = frozenset(["street_before", "street_after", "street_joined", "unit", "pobox", "country", "city"])


class _Bare(dict[int, str]):
    """A table for ``str.translate``: letters without their accents, one for one."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char not in _UNDER and "\u0900" <= char <= "\uffff" and not "\u1e00" <= char <= "\u1fff":
            bare = char
        else:
            bare = _UNDER.get(char) or unicodedata.normalize("NFD", char)[0]
        self[code] = bare
        return bare


_BARE = _Bare()


def bare(text: str) -> str:
    """Return a text in :class:`~cs_assist.guard.normal.Normal` form without accents; its length stays."""
    return text.translate(_BARE)


class WordFile(BaseModel):
    """One language's words; those in ``own`` count only where the text is read as that language, or in its markets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    markets: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    intro: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    greetings: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    not_names: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    streets: dict[str, tuple[str, ...]] = {}
    own: tuple[str, ...] = ()


class PlaceFile(BaseModel):
    """Countries, large cities and regions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    countries: tuple[str, ...]
    cities: tuple[str, ...]
    regions: frozenset[str]
    starts: dict[str, tuple[str, ...]]
    chinese: dict[str, tuple[str, ...]]
    small: frozenset[str]
    heads: frozenset[str]
    trunk_zero: frozenset[str]


class NameFile(BaseModel):
    """What names of persons are made of besides the names themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    particles: frozenset[str]
    leading: frozenset[str]
    nouns: frozenset[str]
    no_surnames: frozenset[str]
    things: frozenset[str]


class Found(NamedTuple):
    """A value that was found: how certain it is (0 most), its type, and its span in the normal text."""

    tier: int
    type: str
    start: int
    end: int


class Word(NamedTuple):
    """A term found in a text: what it means there, its span, and the language that it belongs to, if any."""

    role: str
    start: int
    end: int
    name: str


class _Use(NamedTuple):
    role: str
    name: str
    exact: str
    own: bool


def glued(char: str) -> bool:
    """Tell whether words of this character's script stand without spaces, or take endings without one."""
    return "\u0e00" <= char <= "\u0e7f" or "\u3005" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


def goes_on(char: str, beside: str) -> bool:
    """Tell whether ``char`` continues the word that ``beside`` belongs to: letters do, unless the script changes."""
    if not (char.isalnum() or char == "_" or "\u0900" <= char <= "\u0dff" or unicodedata.combining(char)):
        return False
    return char.isdigit() == beside.isdigit() and glued(char) == glued(beside)


class Words:
    """All terms, made ready once.

    Attributes:
        markets: The markets of each language.
        given: Given names.
        surnames: Surnames of the languages that write them first, by language.
        places: Countries, cities and regions, and the small words in their names.
        parts: What names of persons are made of besides the names themselves.
    """

    def __init__(
        self,
        files: Sequence[WordFile],
        places: PlaceFile,
        parts: NameFile,
        listed: Mapping[str, Iterable[str]],
        first_names: Iterable[str] = (),
    ) -> None:
        self.markets = {file.language: file.markets for file in files}
        self.places = places
        self.parts = parts
        self._not_names = {file.language: frozenset(Normal(word).text for word in file.not_names) for file in files}
        self.given = {bare(Normal(word).text) for file in files for word in file.given} | set(first_names)
        self.surnames = {file.language: tuple(Normal(w).text for w in file.surnames) for file in files}
        self._uses: dict[str, set[_Use]] = {}
        for file in files:
            self._read(file)
        for role, terms in listed.items():
            for term in terms:
                self._use(role, "", term, own=False)
        self._terms = ahocorasick.Automaton()
        for literal, uses in self._uses.items():
            self._terms.add_word(literal, (len(literal), tuple(sorted(uses))))
        self._terms.make_automaton()

    def _read(self, file: WordFile) -> None:
        own = {Normal(term).text for term in file.own}
        listed = {
            **file.labels,
            "intro": file.intro,
            "weak": file.weak,
            "recipient": file.recipients,
            "title": file.titles,
            "kin": file.kin,
            "suffix": file.suffixes,
            "greeting": file.greetings,
            "closing": file.closings,
            **{f"street_{key}" if key in ("before", "after", "joined") else key: words for key, words in file.streets.items()},
        }
        for role, terms in listed.items():
            for term in terms:
                # Titles of two or three letters are words elsewhere: "pak", "da", "dr" without its point.
                short = role in ("title", "suffix") and term.isascii() and len(term) <= 3 and term not in _TITLES
                self._use(role, file.language, term, own=short or Normal(term).text in own)

    def _use(self, role: str, name: str, term: str, *, own: bool) -> None:
        exact = Normal(term).text
        self._uses.setdefault(bare(exact), set()).add(_Use(role, name, exact, own))

    @cache  # noqa: B019 - there is one vocabulary, and it lives as long as the process
    def not_names(self, languages: frozenset[str]) -> frozenset[str]:
        """Return the words that are no name though they stand where one would: of some languages and English; or of all."""
        return frozenset().union(*(self._not_names[tag] for tag in ({*languages, "en"} if languages else self._not_names)))

    @cache  # noqa: B019 - as above
    def no_endings(self, languages: frozenset[str]) -> tuple[str, ...]:
        """Return those of :meth:`not_names` that a longer word may end with, in scripts that glue words together."""
        return tuple(word for word in self.not_names(languages) if glued(word[-1]))

    def find(self, low: str, exact: str, home: frozenset[str]) -> list[Word]:
        """Return the terms in a text, in order of their ends.

        Args:
            low: The text in normal form without accents.
            exact: The same with them.
            home: The languages whose own words count.
        """
        found: list[Word] = []
        plain = exact.isascii()
        for last, (length, uses) in self._terms.iter(low):
            start, end = last + 1 - length, last + 1
            opens = start == 0 or not goes_on(low[start - 1], low[start]) or glued(low[start])
            # Korean writes spaces: only endings are glued to a word there, and suffixes to a name.
            arabic = start > 0 and low[start - 1] in _ARABIC_PREFIXES and (start == 1 or not low[start - 2].isalpha())
            inside = start > 0 and "\uac00" <= low[start] <= "\ud7a3" and "\uac00" <= low[start - 1] <= "\ud7a3"
            closes = end == len(low) or not goes_on(low[end], low[last]) or glued(low[last]) or low[last] in ".:"
            for use in uses:
                if use.name == "tr" and not closes and length >= _STEM and use.role in LABELS and low[last + 1].isalpha():
                    closes = True  # "siparişimdeki": endings are glued to the word
                begins = opens or use.role == "street_joined" or (arabic and use.name == "ar")
                if not closes or not begins or (inside and use.role != "suffix"):
                    continue
                same = exact[start:end] == use.exact
                known = use.name in home
                if use.own and not known and (use.exact.isascii() or not same):
                    continue
                # Other accents make another word; none at all may be laziness, where the word is long or the whole text so.
                if not same and (low[start:end] != exact[start:end] or (length < _LOOSE_ACCENTS and not (known and plain))):
                    continue
                found.append(Word(use.role, start, end, use.name))
        return found


@cache
def words() -> Words:
    """Return the shipped words, read once."""
    from cs_assist.guard.national_ids import id_specs
    from cs_assist.guard.parcels import parcel_forms

    files = [load_yaml(path, WordFile) for path in sorted((DATA / "words").glob("*.yaml"))]
    places = load_yaml(DATA / "places.yaml", PlaceFile)
    listed: dict[str, Iterable[str]] = {
        "country": places.countries,
        "city": places.cities,
        "id": [label for spec in id_specs() for label in spec.labels],
        "carrier": parcel_forms().carriers,
    }
    lines = (DATA / "first_names.txt").read_text(encoding="utf-8").splitlines()
    first_names = [line for line in lines if not line.startswith("#")]
    return Words(files, places, load_yaml(DATA / "names.yaml", NameFile), listed, first_names)


@dataclass(frozen=True)
class Reading:
    """A text made ready: in normal form with its capitals (``text``), in small letters without accents (``low``).

    ``labels``, ``anchors`` and ``parts`` are the words that were found, in order: labels none inside another,
    anchors of names and parts of addresses as they come.
    """

    text: str
    low: str
    normal: Normal
    labels: tuple[Word, ...]
    anchors: tuple[Word, ...]
    parts: tuple[Word, ...]
    market: str | None
    regions: tuple[str, ...]
    languages: frozenset[str]
    not_names: frozenset[str]
    no_endings: tuple[str, ...]
    has_digit: bool
    japanese: bool
    _starts: frozenset[tuple[str, int]]

    def begins(self, at: int, *roles: str) -> bool:
        """Tell whether a word of one of some roles begins at ``at``."""
        return any((role, at) in self._starts for role in roles)

    def at_home(self, countries: Sequence[str]) -> bool:
        """Tell whether a form of one of ``countries`` is likely here: by the market, or by the language, or for want of both."""
        if not self.regions:
            return True
        return any(country in self.regions for country in countries)

    def labels_between(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the labels that begin in a stretch of the text."""
        return self.labels[bisect_left(self.labels, start, key=_start) : bisect_left(self.labels, end, key=_start)]

    def label(self, start: int, end: int, reach: int = AFTER) -> tuple[Word, bool] | None:
        """Return the label that says what stands at ``start``, and whether it does so directly.

        It is the nearest one before, with no end of a sentence and no other number between; or else one right after.
        """
        at = bisect_right(self.labels, start, key=_end)
        if at:
            before = self.labels[at - 1]
            gap = self.low[before.end : start]
            if len(gap) <= reach:
                if _LINK.fullmatch(gap) and gap.count("\n") <= 1:
                    return before, True
                if not _BREAK.search(gap.removeprefix(".")) and not any(char.isdigit() for char in gap):
                    return before, False
        at = bisect_left(self.labels, end, key=_start)
        if at < len(self.labels):
            after = self.labels[at]
            gap = self.low[end : after.start]
            if len(gap) <= BEFORE and not any(c.isdigit() or c in "!?。\n;,:." for c in gap) and after.role != "address":
                return after, False
        return None


def _start(word: Word) -> int:
    return word.start


def _end(word: Word) -> int:
    return word.end


def _longest(found: Iterable[Word], home: frozenset[str]) -> Iterator[Word]:
    """Yield words in order, none inside another; of two readings of one word, that of a language at home."""
    last: Word | None = None
    for word in sorted(found, key=lambda word: (word.start, -word.end, word.name not in home, word.role)):
        if last is None or word.end > last.end:
            if last is not None and word.start < last.end:
                continue
            yield word
            last = word


def _without_numbers(labels: tuple[Word, ...], low: str) -> tuple[Word, ...]:
    """Return labels without a "no." that only goes on with the label before it ("passport no.")."""
    pairs = zip((None, *labels), labels, strict=False)
    return tuple(
        word
        for before, word in pairs
        if word.role != "number" or before is None or before.role not in _NUMBERED or low[before.end : word.start].strip(" ")
    )


def _with_capitals(text: str, normal: Normal) -> str:
    """Return the normal form of ``text`` with its capitals."""
    exact = normal.text
    if not any(char.isupper() or char.istitle() for char in text):
        return exact
    source: Iterable[str] = text
    if len(text) != len(exact):
        source = (text[normal.span(at, at + 1)[0]] for at in range(len(exact)))
    return "".join(
        char.upper() if (origin.isupper() or origin.istitle()) and len(char.upper()) == 1 else char
        for char, origin in zip(exact, source, strict=True)
    )


def _longest_of_role(found: Iterable[Word]) -> list[Word]:
    """Return words in order, none inside another of the same role and language."""
    ends: dict[str, int] = {}
    kept = []
    for word in sorted(found, key=lambda word: (word.start, -word.end, word.name)):
        if word.end > ends.get(word.role + word.name, 0):
            ends[word.role + word.name] = word.end
            kept.append(word)
    return kept


def read(text: str, *, market: str | None, language: str | None) -> Reading:
    """Return ``text`` made ready for finding what is private."""
    normal = Normal(text)
    exact = normal.text
    cased = text if text.isascii() else _with_capitals(text, normal)
    low = bare(exact)
    known = words()
    base = {"es-419": "es", "pt-BR": "pt", "zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-TW": "zh-Hant"}.get(language or "", language)
    languages = {base} if base in known.markets else set()
    if market:
        languages |= {tag for tag, markets in known.markets.items() if market in markets}
    regions = tuple(dict.fromkeys((*([market] if market else ()), *known.markets.get(base or "", ()))))
    home = frozenset(tag for tag in languages if tag)
    found = known.find(low, exact, home)
    labels = _without_numbers(tuple(_longest((word for word in found if word.role in LABELS), home)), low)
    others = [word for word in found if word.role not in LABELS]
    return Reading(
        text=cased,
        low=low,
        normal=normal,
        labels=labels,
        anchors=tuple(_longest_of_role(word for word in others if word.role in ANCHORS)),
        parts=tuple(sorted((word for word in others if word.role in PLACES), key=_start)),
        market=market,
        regions=regions,
        languages=home,
        not_names=known.not_names(home),
        no_endings=known.no_endings(home),
        japanese="ja" in home or _KANA.search(exact) is not None,
        has_digit=_DIGIT.search(exact) is not None,
        _starts=frozenset((word.role, word.start) for word in (*labels, *others)),
    )
