"""Does the evidence have the single facts that a reply states: amounts, dates, names, codes?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise, product
from typing import Literal

from babel.core import get_global

from cs_assist.guard.derived import follows, holds, is_worked_out, same_unit
from cs_assist.guard.evidence import MEASURES, Evidence, evidence_of, family, minutes_of
from cs_assist.guard.facts import Fact, Reading
from cs_assist.guard.spoken import base, data
from cs_assist.guard.statements import stated
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["Fault", "Level", "holds", "same_unit", "unborne"]

Level = Literal["block", "warn"]

#: Minutes.
_HALF_DAY = 720
#: An hour in days, and seconds of a day.
_HOUR, _SECONDS = Decimal(1) / 24, 86_400
#: Digits from which a number names something, however it is grouped.
_LONG = 8
_DAY_AND_MONTH = re.compile(r"([0-3]?\d)[./]([01]?\d)")
#: Up to here a number without a unit counts things.
_COUNT = 100
#: Digits from which a customer's bare number may be a price.
_PRICE = 4
#: Characters between the ends of a range.
_SPAN = 8
#: Ends of what is read as a temperature and may be a strength: Vietnamese gives that of drinks in degrees.
_BARE_DEGREE = ("độ", "°")
#: A number in front of a line.
_NUMBERED = re.compile(r"(?:^|\n) ?\d{1,2}[.)] ")
#: Amounts that are added up; months of a year.
_PARTS, _YEAR = 12, 12


@dataclass(frozen=True)
class Fault:
    """One finding, in the normalised text; ``kind`` names the rule."""

    kind: str
    severity: Level
    start: int
    end: int
    message: str


def unborne(
    reading: Reading, known: Evidence, customer: Evidence, on: date | None, *, day_first: bool | None = None
) -> Iterator[Fault]:
    """Yield the facts of a reply that its evidence (or, where it counts, the customer) does not have.

    ``day_first``: which of the two readings of "3/12" its readers take.
    """
    for fact in reading.facts:
        if fact.soft or _is_idle(fact, reading):
            continue
        if fact.kind == "date" and len(fact.values) > 1 and day_first is not None:
            fact = replace(fact, values=(fact.values[0 if day_first else 1],))
        if fact.kind == "day of month":
            if _is_known_day(int(fact.values[0]), known, customer):
                continue
            fact = replace(fact, kind="number")
        kind = family(fact.kind)
        level = _level(fact, kind, reading, known, on)
        if level is None or _is_time_of_day(fact, known) or _is_part(fact, kind, reading, known) or _is_of_seconds(fact, known):
            continue
        if kind == "count" and fact.values[0] in customer.written:
            continue
        echoed = kind in ("duration", "money") or kind in MEASURES
        if echoed and (_is_compared(fact, kind, reading, known, customer) or _is_told(fact, kind, customer)):
            continue
        if kind in ("duration", "number", "count") and all(value in known.spoken for value in _written(fact, reading)):
            continue
        if kind == "money" and is_worked_out(fact, reading, known, customer):
            continue
        if follows(fact, kind, reading, together(known, customer, reading), on):
            continue
        if kind in ("money", "number") and _is_computed(fact, kind, together(known, customer, reading)):
            level = "warn"
        if (
            kind in ("number", "code", "date", "size", "weekday", "year", "month", "time")
            and _level(fact, kind, reading, customer, on) is None
        ):
            continue  # the customer's own words, said back
        if kind == "country":
            named = _level(fact, kind, reading, customer, on) is None
            if (named or fact.values[0] in _home(reading.languages[0])) and not _is_of_trade(fact, reading):
                continue  # where the customer uses the goods
            level = "warn" if named else level
        private = kind in ("link", "email", "phone", "code")
        shown = "it" if private else f"'{reading.seen.text[fact.start : fact.end]}'"
        yield Fault("time" if kind == "duration" else kind, level, fact.start, fact.end, f"{shown} ({kind}) is in no evidence")


def _is_idle(fact: Fact, reading: Reading) -> bool:
    """Whether a number says nothing to check: one of a thing ("1枚"), the number of a line in a list."""
    if fact.kind != "number" or fact.range:
        return False
    return fact.values == ("1",) or bool(_NUMBERED.search(reading.seen.text, max(0, fact.start - 2), fact.end + 2))


def together(known: Evidence, customer: Evidence, reading: Reading) -> Evidence:
    """Return the evidence and what the customer says as one: a date of the one and a duration of the other make a third."""
    texts = tuple(one.text for part in (known, customer) for one in part.readings)
    return evidence_of(texts, reading.languages[0])


#: What a sentence is about where a country in it says whereto and wherefrom goods go, or who pays what.
_TRADE = frozenset(
    ["deliver", "dispatch", "abroad", "duty", "postage", "express", "return", "refund", "stock", "repair", "warranty", "cod"]
)


_CLAUSE = re.compile(r"[,;:、،，(–—](?!\d)")


def _is_of_trade(fact: Fact, reading: Reading) -> bool:
    """Whether the clause of a fact speaks of sending, customs, returns or stock."""
    _, statements = stated(reading.text, reading.languages[0])
    about = next((one for one in statements if one.start <= fact.start < one.end), None)
    if about is None:
        return True
    text = reading.seen.text
    start = max((match.end() for match in _CLAUSE.finditer(text, about.start, fact.start)), default=about.start)
    behind = _CLAUSE.search(text, fact.end, about.end)
    end = behind.start() if behind else about.end
    return any(start <= hit[0] < end for name in about.topics & _TRADE for hit in about.hits[name])


@lru_cache(maxsize=32)
def _home(language: str) -> frozenset[str]:
    """Return the country where most people that read a language live, by CLDR's likely subtags."""
    likely = get_global("likely_subtags")
    tag = likely.get(language.replace("-", "_")) or likely.get(base(language)) or ""
    return frozenset([tag.rsplit("_", 1)[-1]])


def _is_known_day(day: int, known: Evidence, customer: Evidence) -> bool:
    """Whether a day of a month is that of a known date, or of one that the evidence's dates and durations make."""
    dates = [value for other in (*known.facts.get("date", ()), *customer.facts.get("date", ())) for value in other.values]
    return day in known.monthly or any(int(value[-2:]) == day for value in (*dates, *known.due))


def _is_time_of_day(fact: Fact, known: Evidence) -> bool:
    """Whether a number, an hour or a time is one of the evidence's: "13 uur" for 13:00, 16:00 for "16-19 h"."""
    if fact.kind == "number" and not known.timed:
        return False
    minutes = [set(minutes_of(Fact(fact.kind, (value,), 0, 0))) for value in fact.values] if fact.kind != "time" else []
    if fact.kind == "time":
        minutes = [set(map(int, fact.values))]
    if fact.kind == "number" or fact.kind == "time day":
        minutes = [several | {at + _HALF_DAY for at in several if at < _HALF_DAY} for several in minutes]  # "6 مساء"
    return bool(minutes) and all(several & known.clock for several in minutes)


def _is_of_seconds(fact: Fact, known: Evidence) -> bool:
    """Whether some minutes are a number of the evidence as seconds, which are no unit of ours: "a minute and a half", 90 s."""
    if fact.kind != "time day" or fact.range or Decimal(fact.values[0]) >= _HOUR:
        return False
    return any(plain(Decimal(value) / _SECONDS) == fact.values[0] for value in known.bare)


def _written(fact: Fact, reading: Reading) -> tuple[str, ...]:
    """Return the numbers of a fact as they stand, before they were turned into days."""
    numbers = tuple(plain(to_decimal(match.group())) for match in NUMBER.finditer(reading.seen.text[fact.start : fact.end]))
    return numbers or fact.values


def _is_told(fact: Fact, kind: str, customer: Evidence) -> bool:
    """Whether the customer states (and does not ask) it: "it broke after six years"."""
    return any(
        (family(said.kind) == kind and same_unit(fact.kind, said.kind) and holds(fact, said, loose=True))
        or (kind == "money" and said.kind == "number" and said.values == fact.values and len(said.values[0]) >= _PRICE)
        for statement in customer.statements
        if not statement.asks
        for said in statement.facts
    )


def _is_computed(fact: Fact, kind: str, known: Evidence) -> bool:
    """Whether an amount is the sum, the difference, a multiple or a share of others that are known.

    A number without a unit may be made of those of any kind: "288 kr used, so 212 are left".
    """
    given = dict.fromkeys(
        Decimal(value)
        for name, others in known.facts.items()
        if name == kind or (kind == "number" and name in ("money", "count", *MEASURES))
        for other in others
        if kind == "number" or same_unit(fact.kind, other.kind)
        for value in other.values
    )
    units = list(given)[:_PARTS]
    counts = [Decimal(value) for value in known.bare if value.isdigit() and 1 < int(value) <= _COUNT][:_PARTS]
    shares = [Decimal(value) / 100 for other in known.facts.get("percent", ()) for value in other.values][:_PARTS]
    pairs = [*product(units, units), *(product(units, (Decimal(-1) * unit for unit in units)))]
    made = {abs(a + b) for a, b in pairs} | {a * b for a, b in product(units, (*counts, *shares))}
    return not fact.range and Decimal(fact.values[0]) in made


def _is_part(fact: Fact, kind: str, reading: Reading, known: Evidence) -> bool:
    """Whether a fact stands for a part of another: one end of a range beside the other end, the day of a date.

    "from 60 cm to 95 cm" for 60-95 cm; "the 16th of November … on the 19th" in Chinese; "between 5 and 8 days", "3, 6 and
    12 months" where each number is the evidence's.
    """
    others = known.facts.get(kind, [])
    sentence = reading.sentence_of(fact.start)
    if not fact.range:
        for other in others:
            if other.range and same_unit(fact.kind, other.kind) and fact.values[0] == other.values[0]:
                ends = [near for near in reading.within(sentence) if same_unit(near.kind, fact.kind)]
                if any(near.values[-1] == other.values[-1] for near in ends):
                    return True
                behind = [
                    near for near in reading.within(sentence) if near.kind in ("count", "number") and near.start >= fact.end
                ]
                if any(near.start - fact.end <= _SPAN and near.values[0] == other.values[-1] for near in behind):
                    return True  # "يومين إلى ثلاثة"
    elif all(
        value in known.bare or any(same_unit(fact.kind, other.kind) and value == other.values[-1] for other in others)
        for value in fact.values
    ):
        return True
    if fact.kind == "time day" and reading.seen.text[fact.end - 1] in "日号號일":
        day = f"-{int(Decimal(fact.values[0])):02}"
        dates = (*known.due, *(value for other in known.facts.get("date", ()) for value in other.values))
        return any(value.endswith(day) for value in dates)
    return fact.kind == "time day" and not fact.range and Decimal(fact.values[0]) in known.apart


def _is_compared(fact: Fact, kind: str, reading: Reading, known: Evidence, customer: Evidence) -> bool:
    """Whether a customer's own amount is said back beside the evidence's: "up to 11 kg, so your 10 kg fit"."""
    if not any(same_unit(fact.kind, said.kind) and holds(fact, said, loose=True) for said in customer.facts.get(kind, ())):
        spoken = [plain(to_decimal(match.group())) for match in NUMBER.finditer(reading.seen.text[fact.start : fact.end])]
        if not spoken or not all(value in customer.bare for value in spoken):
            return False
    theirs = [other for other in known.facts.get(kind, ()) if other.kind == fact.kind or fact.kind.startswith("money")]
    theirs = [other for other in theirs if same_unit(fact.kind, other.kind)]
    return not theirs or any(
        same_unit(near.kind, other.kind)
        and near is not fact
        and (holds(near, other, loose=True) or near.values[0] in other.values)
        for near in reading.facts
        for other in theirs
    )


def _level(fact: Fact, kind: str, reading: Reading, known: Evidence, on: date | None) -> Level | None:
    """Return how grave it is that the evidence lacks a fact; None where it has it."""
    others = known.facts.get(kind, [])
    if kind in ("duration", "money", "percent") or kind in MEASURES:
        return _amount_level(fact, kind, reading, known, others)
    if kind == "number":
        return None if all(_is_known_number(value, fact, reading, known) for value in fact.values) else "block"
    if kind == "count":
        counts = [value for value in known.bare if value.isdigit() and 1 < int(value) <= _COUNT]
        if not counts or fact.values[0] in known.written:
            return None
        said = {int(near.values[0]) for near in reading.facts if near.kind in ("count", "number") and near.values[0] in counts}
        return None if any(str(whole - int(fact.values[0])) in known.written for whole in said) else "block"
    if kind == "month":
        dated = {value[-5:-3] for other in known.facts.get("date", ()) for value in other.values}
        return None if fact.values[0] in dated or any(fact.values == other.values for other in others) else "block"
    if kind == "year":
        dated = {value[:4] for other in known.facts.get("date", ()) for value in other.values if len(value) > 5}
        years = {str(on.year + step) for step in (-1, 0, 1)} if on else set()
        dated |= {value[:4] for value in known.due} | {value for other in others for value in other.values}
        return None if fact.values[0] in known.written | dated | years else "block"
    if kind == "date":
        dates = {value for other in others for value in other.values} | ({on.isoformat()} if on else set())
        same = any(a.endswith(b) or b.endswith(a) for a, b in product(fact.values, dates))
        return None if same or any(_is_due(value, known) for value in fact.values) else "block"
    if kind == "day":
        named = [near for near in reading.within(reading.sentence_of(fact.start)) if near.kind in ("weekday", "date")]
        if any(_level(near, near.kind, reading, known, on) is None for near in named):
            return None  # "tomorrow, Monday"
        return _day_level(fact, reading, known, on)
    if kind == "weekday":
        return _weekday_level(fact, known, on)
    if kind == "country":
        code = fact.values[0]
        union = known.wide and code in data().european_union
        return None if code in known.countries or union or (known.wide and not known.countries) else "block"
    if kind in ("code", "phone"):
        squeezed = fact.values[0][-9:] if kind == "phone" else fact.values[0]
        return None if squeezed in known.squeezed else "block"
    if kind == "link":
        return (
            None
            if any(value == fact.values[0] or value.startswith(fact.values[0] + "/") for o in others for value in o.values)
            else "block"
        )
    same = any(set(fact.values) & set(other.values) for other in others)
    if kind == "size" and re.search(rf"\d{re.escape(fact.values[0].lower())}(?![^\W_])", _texts(known)):
        return None  # "305XL"
    return None if same else "warn" if kind == "size" and not others else "block"


def _texts(known: Evidence) -> str:
    return "\n".join(reading.seen.text for reading in known.readings)


def _is_known_number(value: str, fact: Fact, reading: Reading, known: Evidence) -> bool:
    if value in known.written or (len(value) >= _LONG and value.isdigit() and value in known.squeezed):
        return True
    short = _DAY_AND_MONTH.fullmatch(reading.seen.text, fact.start, fact.end)
    if short is None:
        return False
    dates = {one[-5:] for other in known.facts.get("date", ()) for one in other.values}
    return f"{int(short[2]):02}-{int(short[1]):02}" in dates  # "on 19.11"


def _is_due(value: str, known: Evidence) -> bool:
    """Whether a date is one that the evidence's dates and durations make, or one of its days of each month."""
    if any(made.endswith(value) for made in known.due | known.each_month):
        return True
    return not known.dates and int(value[-2:]) in known.monthly


def _amount_level(fact: Fact, kind: str, reading: Reading, known: Evidence, others: Iterable[Fact]) -> Level | None:
    level: Level = "block"
    for other in others:
        if not same_unit(fact.kind, other.kind):
            continue
        if holds(fact, other, loose=kind in MEASURES):
            return None
        if fact.kind == other.kind and other.range and not fact.range and fact.values[0] == other.values[0]:
            level = "warn"  # "from 3 days" may be said of 3-5 days
    words = reading.seen.text[fact.start : fact.end]
    if words.endswith(_BARE_DEGREE) and any(fact.values == other.values for other in known.facts.get("percent", ())):
        return None
    said = _written(fact, reading)
    years = [plain(Decimal(value) / _YEAR) for value in fact.values] if fact.kind == "time month" else said
    return None if any(all(value in known.bare for value in several) for several in (said, years)) else level


def _day_level(fact: Fact, reading: Reading, known: Evidence, on: date | None) -> Level | None:
    """Judge "tomorrow": a promise where it is said of goods or money; harmless elsewhere, as "today" is."""
    step = int(fact.values[0])
    if step <= 0:
        return None
    dates = {value for other in known.facts.get("date", ()) for value in other.values}
    if on and any((on + timedelta(days=step)).isoformat().endswith(value) for value in dates):
        return None
    if any(fact.values == other.values for other in known.facts.get("day", ())):
        return None
    return None if any(other.values[-1] == fact.values[0] for other in known.facts.get("duration", ())) else "warn"


def _weekday_level(fact: Fact, known: Evidence, on: date | None) -> Level | None:
    day = int(fact.values[0])
    named = {int(other.values[0]) for other in known.facts.get("weekday", ())}
    if day in named:
        return None
    for statement in known.statements:
        days = [int(other.values[0]) for other in statement.facts if other.kind == "weekday"]
        if any(a < day < b for a, b in pairwise(days)):
            return None  # between Monday and Friday
    dates = [value for other in known.facts.get("date", ()) for value in other.values]
    for value in dates:
        year = value if len(value) > 5 else f"{on.year}-{value}" if on else ""
        try:
            if year and date.fromisoformat(year).weekday() == day:
                return None
        except ValueError:
            continue
    if known.dates and any(one.weekday() == day for one in known.days):
        return None  # the year of one date is that of the others
    return "block" if named or dates else "warn"
