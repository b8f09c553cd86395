"""Numbers with what they count, read out of a sentence: money, times, shares, measures, dates."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

UNITS = Path(__file__).parent / "data" / "units.yaml"

#: A number as it is written in our markets: 1.234,56 1 234,56 1'234.50 1,23,456 12.5.
NUMBER = re.compile(
    r"\d{1,2}(?:,\d{2}){1,4},\d{3}(?:\.\d{1,2})?(?!\d)|"
    r"\d{1,3}(?:[.,'’ \u00a0\u202f٬]\d{3}(?!\d))+(?:[.,٫]\d{1,2}(?!\d))?|\d{1,12}(?:[.,٫]\d{1,2}(?!\d))?"
)
#: What binds two numbers to a range: a dash, or one short word such as "to", "bis", "から".
_BINDER = re.compile(r"\s?(?:[-–—~〜～]|[^\W\d_]{1,6})\s?")
_GAP = re.compile(r"[\s-]{0,2}")
_WORD = re.compile(r"[^\W\d_]{3,30}")
#: Letters that an ending may add to a unit's word.
_ENDING = 3
_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?:(?P<year>\d{4})\s?[年년]\s?)?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]"),
)
#: Minutes, hours and weeks are compared as days, years as months.
_FACTORS = {
    "minute": ("time day", Decimal(1) / 1440),
    "hour": ("time day", Decimal(1) / 24),
    "day": ("time day", Decimal(1)),
    "week": ("time day", Decimal(7)),
    "working_day": ("time working day", Decimal(1)),
    "month": ("time month", Decimal(1)),
    "year": ("time month", Decimal(12)),
}


class _Units(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    times: dict[str, tuple[str, ...]]
    percent: tuple[str, ...]
    currencies: dict[str, str]
    codes: tuple[str, ...]
    capitals_only: tuple[str, ...]
    money_words: dict[str, str]
    measures: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Quantity:
    """One number, or the two ends of a range, and what it counts.

    ``kind`` is ``money EUR``, ``time day``, ``time working day``, ``time month``, ``percent``, a measure
    (``length mm``, ``weight g`` …), ``date``, or ``count`` with the word that follows; numbers of different kinds
    cannot be compared. ``values`` are plain decimals, or a date as
    ``MM-DD`` or ``YYYY-MM-DD``. ``start`` and ``end`` are where number and unit stand.
    """

    kind: str
    values: tuple[str, ...]
    start: int
    end: int


def quantities(text: str, *, language: str) -> list[Quantity]:
    """Return the numbers of a sentence that say what they count, in order.

    A number without a unit or a word behind it is left out, and so is one that is written as a word.

    Args:
        text: One sentence, or one row of a table.
        language: BCP 47; names the months of dates.

    Example:
        >>> [(q.kind, q.values) for q in quantities("Within 2 to 3 weeks, for €4.90", language="en")]
        [('time day', ('14', '21')), ('money EUR', ('4.9',))]
    """
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    found = list(_dates(text, language))
    bound: list[Decimal] = []  # the first ends of a range whose unit is still to come
    begin = 0
    matches = [m for m in NUMBER.finditer(text) if not any(q.start < m.end() and m.start() < q.end for q in found)]
    for number, match in enumerate(matches):
        if not bound:
            begin = match.start()
        unit = unit_after(text, match.end())
        following = matches[number + 1] if number + 1 < len(matches) else None
        if unit is None and not bound and following and _BINDER.fullmatch(text, match.end(), following.start()):
            bound = [to_decimal(match[0])]
            continue
        quantity = _quantity(text, begin, [*bound, to_decimal(match[0])], match.end(), unit)
        bound = []
        if quantity:
            found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def _quantity(text: str, start: int, numbers: list[Decimal], end: int, unit: tuple[str, Decimal, int] | None) -> Quantity | None:
    before = None if unit else currency_before(text, start)
    unit = (before[0], Decimal(1), end) if before else unit
    if unit:
        kind, factor, end = unit
        return Quantity(kind, tuple(plain(number * factor) for number in numbers), start, end)
    left = text[start - 1 : start]
    word = _WORD.match(text, _GAP.match(text, end).end())  # type: ignore[union-attr]  # matches the empty text, too
    if word is None or (left.isascii() and left.isalnum()):  # a code such as K1
        return None
    return Quantity(f"count {word[0].casefold()}", tuple(map(plain, numbers)), start, word.end())


def unit_after(text: str, end: int) -> tuple[str, Decimal, int] | None:
    """Return kind, factor and end of the unit or currency that follows a number which ends at ``end``.

    The kinds are those of :class:`Quantity`; the number times the factor is what is compared.

    Example:
        >>> unit_after("2 weeks", 1)
        ('time day', Decimal('7'), 7)
    """
    place = _GAP.match(text, end).end()  # type: ignore[union-attr]  # matches the empty text, too
    folded = text[place : place + 32].casefold()
    for row in _words().get(folded[:1], ()):
        if folded.startswith(row.word) and _ends_well(folded, row.word, 0 if row.exact else _ENDING):
            return row.kind, row.factor, place + len(row.word)
    tail = text[place : place + 8]
    for sign, currency in _signs().get(tail[:1], ()):
        if tail.startswith(sign) and _ends_well(tail, sign, 0):
            return f"money {currency}", Decimal(1), place + len(sign)
    return None


def currency_before(text: str, start: int) -> tuple[str, int] | None:
    """Return kind and start of a currency that stands in front of a number which starts at ``start``."""
    head = text[max(0, start - 8) : start].rstrip()
    for sign, currency in _last_signs().get(head[-1:], ()):
        if head.endswith(sign):
            before = head[: -len(sign)][-1:]
            if not (sign[0].isalpha() and before.isalnum() and before < "\u0e00" and sign[0].isascii()):
                return f"money {currency}", max(0, start - 8) + len(head) - len(sign)
    return None


def _ends_well(tail: str, word: str, ending: int) -> bool:
    """Whether at most ``ending`` letters follow a word; signs, and scripts that may have no spaces, have no such end."""
    if not word[-1].isalpha() or "\u0e00" <= word[-1] <= "\u0eff" or "\u3000" <= word[-1] <= "\ud7ff":
        return True
    rest = tail[len(word) : len(word) + ending + 1]
    if word[-1] < "\u0370" and "\u0e00" <= rest[:1] <= "\ud7ff" and not "\u1e00" <= rest[:1] <= "\u1fff":
        return True  # "1.24kg이고": the next word begins in a script that needs no space
    return len(rest) <= ending or not rest.isalpha()


@dataclass(frozen=True)
class _Word:
    word: str
    kind: str
    factor: Decimal
    exact: bool


@lru_cache(maxsize=1)
def _words() -> dict[str, list[_Word]]:
    """Return the words for units by their first character, the longer before the shorter."""
    units = _units()
    rows = [(word, *_FACTORS[name]) for name, several in units.times.items() for word in several]
    rows += [(word, "percent", Decimal(1)) for word in units.percent]
    rows += [(word, f"money {code}", Decimal(1)) for word, code in units.money_words.items()]
    rows += [(word, kind, Decimal(factor)) for kind, several in units.measures.items() for word, factor in several.items()]
    words: dict[str, list[_Word]] = defaultdict(list)
    for word, kind, factor in sorted(rows, key=lambda row: -len(row[0])):
        folded = word.casefold()
        words[folded[:1]].append(_Word(folded.rstrip(), kind, factor, exact=folded.endswith(" ")))
    return words


@lru_cache(maxsize=1)
def _signs() -> dict[str, list[tuple[str, str]]]:
    return _by_place(0)


@lru_cache(maxsize=1)
def _last_signs() -> dict[str, list[tuple[str, str]]]:
    return _by_place(-1)


def _by_place(place: int) -> dict[str, list[tuple[str, str]]]:
    """Return the signs of currencies by the character at one place of them; small letters where these are no word."""
    units = _units()
    signs = {**units.currencies, **{code: code for code in units.codes}}
    signs |= {sign.lower(): currency for sign, currency in signs.items() if sign.lower() not in units.capitals_only}
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for sign, currency in sorted(signs.items(), key=lambda row: -len(row[0])):
        found[sign[place]].append((sign, currency))
    return found


@lru_cache(maxsize=1)
def _units() -> _Units:
    return load_yaml(UNITS, _Units)


def _dates(text: str, language: str) -> Iterator[Quantity]:
    taken: set[int] = set()
    months, named = months_of(language)
    for pattern in (*_DATES, *named):
        for match in pattern.finditer(text):
            places = set(range(*match.span()))
            if taken & places:
                continue
            parts = match.groupdict()
            month = months.get(parts["month"]) or int(parts["month"])
            day = int(parts["day"])
            if 1 <= month <= 12 and 1 <= day <= 31:
                taken |= places
                year = f"{parts['year']}-" if parts.get("year") else ""
                yield Quantity("date", (f"{year}{month:02}-{day:02}",), *match.span())


@lru_cache(maxsize=64)
def months_of(language: str) -> tuple[dict[str, int], tuple[re.Pattern[str], ...]]:
    """Return a language's names of the months, and the patterns of its dates (names by CLDR)."""
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return {}, ()
    names = {
        form: number
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in locale.months[context][width].items()
        for form in (name, name.capitalize())
        if not name[:1].isdigit()
    }
    if not names:
        return {}, ()
    month = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    year = r"(?:,?\s(?:de\s|del\s)?(?P<year>\d{4})(?!\d))?"
    return names, (
        re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:\.|º|er|st|nd|rd|th)?\s(?:de\s|of\s)?(?P<month>{month})(?!\w){year}"),
        re.compile(rf"(?<!\w)(?P<month>{month})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\w){year}"),
    )


def to_decimal(number: str) -> Decimal:
    """Return a written number; a single separator before three digits is one of thousands."""
    parts = re.split(r"[^\d]", number)
    if len(parts) > 1 and len(parts[-1]) != 3:
        return Decimal("".join(parts[:-1]) + "." + parts[-1])
    return Decimal("".join(parts))


def plain(value: Decimal) -> str:
    """Return a number in its shortest form: ``4.9`` for 4.90."""
    text = f"{value:.4f}"
    return text.rstrip("0").rstrip(".")
