"""The words that give a number or a code its meaning, in all our languages.

They come from Babel's locale data (CLDR: currencies, units of time, months, weekdays) and from
``data/entities/words``, one YAML file a language, with what CLDR does not have. Terms are read as in
:mod:`cs_assist.triage.signals`: folded, with ``*`` where a word may go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.markets.market import market_codes
from cs_assist.triage.formats import tracking_formats
from cs_assist.triage.signals import fold, folded

DATA = Path(__file__).parent / "data" / "entities" / "words"
SIGNS = DATA.parent / "signs.yaml"
#: How a language writes street and house number.
Shape = Literal[
    "number_name", "number_word", "word_number", "name_word", "joined", "thai", "japanese", "chinese", "korean"
]  # fmt: skip
#: Roles of the words that say what a code is.
NAMING = {"order_number", "order", "tracking", "carrier", "phone", "coupon", "code", "sku", "unless"}
#: The longest term that may follow or precede a number.
REACH = 28
_PLURAL = {"one", "two", "zero", "few", "many", "other"}
_UNITS = ("minute", "hour", "day", "week", "month", "year")


class Street(BaseModel):
    """The street words of a language, and how it writes an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: Shape
    words: tuple[str, ...]


class WordFile(BaseModel):
    """One language's words; those in ``own`` count only where the message is read as that language.

    ``unless`` names codes that are no order number; ``numero`` is "no." between a word and its number, ``also`` joins two
    numbers, ``thousand`` multiplies an amount; ``numbered`` stands before ("size 10/12") and ``counted`` after ("8/10 stars")
    what is no date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    order_number: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    tracking: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    coupon: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    sku: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    duration: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    piece: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    numero: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    thousand: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    street: Street
    own: tuple[str, ...] = ()


class SignFile(BaseModel):
    """The money signs that need their market, and the codes that need their capitals.

    ``dotted`` may have a full stop before the number; ``tails`` are what alone makes a price of the number before them,
    by market or language.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    source: str
    local: dict[str, str]
    dotted: frozenset[str]
    tails: dict[str, str]
    capitals_only: frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """A term found in a text: what it means there, and its span in the folded text."""

    role: str
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Use:
    role: str
    language: str | None
    open_start: bool
    open_end: bool
    name: str


def is_glued(char: str) -> bool:
    """Tell whether words of this character's script stand without spaces, or take endings without one."""
    return "\u0e00" <= char <= "\u0e7f" or "\u3005" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3"


class Vocabulary:
    """All terms, made ready once.

    Attributes:
        after: What a folded term means after a number: ``money``, ``duration`` or ``quantity``, each with
            the language that it is bound to, if any.
        signs: Money signs that need their market, and codes that need their capitals.
        before: Folded money signs and codes that may precede a number.
        ranges: Two numbers with a word or dash for "to" between them, at the end of a text.
        numero: A word for "number" with its full stop.
        label: All that may stand between a label and the number on the line below it, with the group ``numero``.
        joint: What stands between two numbers of a list.
        thousand: A word for "thousand" and the like at its place, as the group ``word``.
        thousands: Such a word, folded, with the languages that it belongs to.
        streets: Folded street words of each shape.
    """

    def __init__(self, files: Sequence[WordFile], carriers: Mapping[str, Sequence[str]], signs: SignFile) -> None:
        self.signs = signs
        self.after: dict[str, dict[str | None, str]] = {}
        self.before: set[str] = set()
        self.streets: dict[str, list[str]] = {}
        self.thousands: dict[str, set[str]] = {}
        self._uses: dict[str, list[_Use]] = {}
        self.before |= signs.dotted - set(signs.local.values())
        for code in sorted(_currencies()):
            self._money(code.lower(), None)
            self.before.add(code.lower())
        for file in files:
            self._read(file)
        for name, words in carriers.items():
            for word in words:
                self._use("carrier", word, None, name)
        words = _any_of(w for f in files for w in f.to)
        self.ranges = re.compile(rf"(?<![\d.,/])\d{{1,6}}(?:[.,]\d{{1,3}})?\s{{0,2}}(?:[-–—~〜]|{words})\s{{0,2}}$")
        numero = rf"(?<!\w)(?:{_any_of(w for f in files for w in f.numero)})"
        self.numero = re.compile(rf"{numero}\.(?=\s|$)")
        ending = r"[^\W\d\u0e00-\u0e7f\u3005-\u9fff\uac00-\ud7a3]{0,4}"  # "заказа:"
        self.label = re.compile(rf"{ending}(?:[\s:#(,]{{0,6}}(?P<numero>{numero})(?!\w)\.?)?[\s:#(]{{0,8}}(?:\n\s?[-*•]\s?)?")
        also = _any_of(w for f in files for w in (*f.also, _and(f.language)))
        self.joint = re.compile(rf"\s?(?:[,;、&+–\n]\s{{0,2}}(?:[-*•]\s)?(?:(?:{also})\s?)?|(?:{also})\s?)")
        for file in files:
            for term in file.thousand:
                self.thousands.setdefault(folded(term), set()).add(file.language)
        self.thousand = re.compile(rf"[ -]?(?P<word>{_any_of(self.thousands)})")
        self._terms = ahocorasick.Automaton()
        for literal, uses in self._uses.items():
            self._terms.add_word(literal, (len(literal), uses))
        self._terms.make_automaton()

    def _read(self, file: WordFile) -> None:
        own = {folded(term) for term in file.own}

        def bound(term: str) -> str | None:
            return file.language if folded(term.strip("*")) in own else None

        def bound_number(term: str) -> str | None:
            # Short ones are words of another sort elsewhere: Turkish "on", Hindi "do", Italian "sei".
            literal = folded(term)
            return file.language if literal.isascii() and len(literal) < 4 else bound(term)

        for role in (*sorted(NAMING - {"carrier"}), "date", "duration", "numbered", "counted"):
            for term in getattr(file, role):
                self._use(role, term, bound(term))
        for term in file.number:
            self._use("number", term, bound_number(term))
        for term in file.unit:
            self._after("duration", term, bound(term))
        for term in file.piece:
            self._after("quantity", term, bound(term))
        for term in file.money:
            self._money(folded(term), bound(term))
        for term in file.street.words:
            self._use("street", term, bound(term), file.street.shape)
            self.streets.setdefault(file.street.shape, []).append(folded(term))
        for role, term, only in _babel(file.language):
            language = only or bound(term)
            if role == "money":
                self._money(folded(term), language)
            elif role == "sign":
                self.before.add(folded(term))
                self._money(folded(term), language)
            elif role == "unit":
                self._after("duration", term, language)
            else:
                self._use(role, term, language)

    def _use(self, role: str, term: str, language: str | None, name: str = "") -> None:
        literal = folded(term.strip("*"))
        joined = name == "joined"
        starts, ends = is_glued(literal[0]), is_glued(literal[-1])
        use = _Use(role, language, starts or joined, term.endswith("*") or ends or literal.endswith("."), name)
        uses = self._uses.setdefault(literal, [])
        if use not in uses:
            uses.append(use)

    def _after(self, role: str, term: str, language: str | None) -> None:
        self.after.setdefault(folded(term), {}).setdefault(language, role)

    def _money(self, literal: str, language: str | None) -> None:
        self.after.setdefault(literal, {})[language] = "money"

    def find(self, folded: str, language: str | None) -> list[Word]:
        """Return the terms in ``folded``, in order, longer ones before those that they hold."""
        found: list[Word] = []
        for last, (length, uses) in self._terms.iter(folded):
            start, end = last + 1 - length, last + 1
            starts = start == 0 or not _goes_on(folded[start - 1], folded[start])
            ends = end == len(folded) or not _goes_on(folded[end], folded[last])
            for use in uses:
                if (starts or use.open_start) and (ends or use.open_end) and use.language in (None, language):
                    found.append(Word(use.role, start, end, use.name))
        kept: list[Word] = []
        for word in sorted(set(found), key=lambda word: (word.start, -word.end, word.role)):
            inside = kept and word.end <= kept[-1].end and (word.start, word.end) != (kept[-1].start, kept[-1].end)
            if not inside:
                kept.append(word)
        return kept

    def role_after(self, folded: str, at: int, language: str | None) -> tuple[str, int] | None:
        """Return what the longest term at ``at`` makes of the number before it, and where it ends."""
        stretch = folded[at : at + REACH]
        for length in range(len(stretch), 0, -1):
            term = stretch[:length]
            roles = self.after.get(term)
            if not roles:
                continue
            role = roles.get(language) or roles.get(None)
            end = at + length
            if role and (end == len(folded) or is_glued(term[-1]) or not _goes_on(folded[end], term[-1])):
                return role, end
        return None

    def sign_before(self, folded: str, at: int, market: str | None) -> int | None:
        """Return where the longest money sign or code that ends at ``at`` begins."""
        for length in range(min(6, at), 0, -1):
            sign = folded[at - length : at]
            start = at - length
            known = sign in self.before or sign == self.signs.local.get(market or "")
            if known and (start == 0 or not sign[0].isalpha() or not _goes_on(folded[start - 1], sign[0])):
                return start
        return None


def _any_of(terms: Iterable[str]) -> str:
    """Return a regular expression for any of some terms, folded, the longest first."""
    return "|".join(sorted({re.escape(folded(term)) for term in terms}, key=len, reverse=True))


def _goes_on(char: str, beside: str) -> bool:
    """Tell whether ``char`` continues the word that ``beside`` belongs to: letters do, unless the script changes."""
    if not (char.isalnum() or char == "_" or "\u0900" <= char <= "\u0dff"):
        return False
    if char.isdigit() != beside.isdigit():
        return False
    return is_glued(char) == is_glued(beside)


@cache
def _currencies() -> set[str]:
    """Return the currencies of our markets, by Babel's territory data."""
    from babel.numbers import get_territory_currencies

    return {str(code) for market in market_codes() for code in get_territory_currencies(market)} | {"RMB", "NTD"}


def _and(tag: str) -> str:
    """Return the language's "and", or the sign that it has for it."""
    from babel import Locale

    return str(Locale.parse(tag.replace("-", "_")).list_patterns["standard"]["2"]).format("", "").strip()


def _babel(tag: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield (role, term, language that it is bound to) for what CLDR knows of a language."""
    from babel import Locale

    locale = Locale.parse(tag.replace("-", "_"))
    data: Any = locale._data  # the plural names and the units have no other door
    for code in _currencies():
        symbol = locale.currency_symbols.get(code, "")
        if symbol and symbol.upper() != code and len(symbol) > 1:
            yield "sign", symbol, None
        names = dict(data["currency_names_plural"].get(code) or {})
        for name in {*names.values(), locale.currencies.get(code, "")}:
            if len(name) > 1:
                yield "money", name, None
    for unit in _UNITS:
        forms = data["unit_patterns"].get(f"duration-{unit}", {})
        for form in ("long", "short"):
            for key, pattern in dict(forms.get(form) or {}).items():
                if key not in _PLURAL:
                    continue
                term = pattern.replace("{0}", "").strip(" \u00a0\u202f.")
                if "{0}" not in pattern and key == "two":  # Arabic's dual; its singular is any "day"
                    yield "duration", term, None
                elif "{0}" in pattern and (len(term) > 1 or (term and is_glued(term))):
                    yield "unit", term, None
    for context in ("format", "stand-alone"):
        for width, names in dict(locale.months[context]).items():
            for name in dict(names).values() if width != "narrow" else ():
                if name[0].isdigit():
                    continue  # "3月" is a number and a sign
                abbreviated = width == "abbreviated" and tag != "en"
                yield "month", name.strip("."), tag if abbreviated and len(name.strip(".")) < 5 else None
        for name in dict(locale.days[context]["wide"]).values():
            yield "date", name, None


@cache
def vocabulary() -> Vocabulary:
    """Return the shipped vocabulary, read once."""
    return Vocabulary(
        [load_yaml(path, WordFile) for path in sorted(DATA.glob("*.yaml"))],
        {carrier.name: carrier.names for carrier in tracking_formats()},
        load_yaml(SIGNS, SignFile),
    )


@dataclass(frozen=True)
class Reading:
    """A text made ready for finding values: itself, folded, and the words that give values their meaning.

    ``plain`` is the text character by character, with the usual hyphens, spaces, digits and Latin letters for the wide and
    the typeset ones, so that its spans are the text's. ``naming`` has the words that say what a code beside them is, with
    spans in ``text``, none inside another; ``folded_words`` has all others, with spans in ``folded``.
    """

    text: str
    plain: str
    folded: str
    places: list[int]
    naming: tuple[Word, ...]
    folded_words: tuple[Word, ...]
    has_digit: bool
    market: str | None
    language: str | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of ``folded`` stands in ``text``."""
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was found: how certain it is (0 most), its type, and its span in the text."""

    tier: int
    type: str
    start: int
    end: int


_DIGIT = re.compile(r"\d")
# A wide comma or full stop parts two numbers; a narrow one may stand within one.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，．"}
_PLAIN |= dict.fromkeys((0x00A0, 0x2007, 0x2009, 0x202F, 0x3000), 0x20) | dict.fromkeys((0x2010, 0x2011, 0x2212, 0xFE63), 0x2D)
#: A typeset dash stands for a hyphen inside a number alone: elsewhere it parts a sentence.
_DASH = "[\u2012-\u2015ー]"
_DASHED = re.compile(rf"(?<![A-Z\d])[A-Z\d]{{1,20}}(?:{_DASH}\d{{1,20}}){{1,5}}")


def _hyphened(number: re.Match[str]) -> str:
    """Return a number with hyphens for its dashes; two of the same length are the ends of a range: "12345–12349"."""
    parts = re.split(_DASH, number[0])
    is_range = len(parts) == 2 and number[0][0].isdigit() and len(parts[0]) == len(parts[1])
    return number[0] if is_range else "-".join(parts)


def read(text: str, *, market: str | None, language: str | None) -> Reading:
    """Return ``text`` made ready; regional styles of a language ("es-419") are read as the language."""
    plain = _DASHED.sub(_hyphened, text.translate(_PLAIN))
    folded, places = fold(text)
    folded = folded.replace("\u2010", "-")
    base = {"es-419": "es", "pt-BR": "pt"}.get(language or "", language)
    words = vocabulary().find(folded, base)
    naming = tuple(Word(w.role, places[w.start], places[w.end - 1] + 1, w.name) for w in words if w.role in NAMING)
    others = tuple(word for word in words if word.role not in NAMING)
    return Reading(text, plain, folded, places, naming, others, bool(_DIGIT.search(folded)), market, base)
