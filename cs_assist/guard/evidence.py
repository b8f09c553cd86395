"""What is known for a reply: its pieces of evidence, read once."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import product
from typing import Literal

from cs_assist.guard.countries import is_wide
from cs_assist.guard.facts import Fact, Reading, read
from cs_assist.guard.normal import normal
from cs_assist.guard.spoken import TOKEN, data, numbers_anywhere
from cs_assist.guard.statements import Statement, told
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["MEASURES", "Evidence", "evidence_of", "family", "minutes_of"]

#: Characters of a piece of evidence that are read.
_MOST = 50_000
#: Days or months that are added to a date, and dates that this is done with.
_LONGEST, _FEW_DATES, _FEW_SPANS = 400, 12, 24
_LAST_DAY = 31
_ANY_YEAR, _WEEK = 2025, 5  # a year without a leap day; working days
#: Characters on each side of a number in which "of the month" makes a day of it.
_BESIDE = 24
MEASURES = ("length", "weight", "volume", "temperature", "power", "voltage", "charge", "energy", "data", "frequency")
_AMOUNTS = tuple(f"{kind} " for kind in ("money", *MEASURES))


@dataclass(frozen=True)
class Evidence:
    """What is known, read once: facts by kind, numbers as written, sentences."""

    readings: tuple[Reading, ...] = field(repr=False)
    pieces: tuple[tuple[Statement, ...], ...] = field(repr=False)  # the sentences of each text
    statements: tuple[Statement, ...] = field(repr=False)  # those of all texts
    facts: dict[str, list[Fact]] = field(repr=False)
    written: frozenset[str] = field(repr=False)
    squeezed: str = field(repr=False)
    wide: bool

    def has(self, *names: str) -> bool:
        """Whether any sentence has a phrase of one of these sets."""
        return any(statement.has(*names) for statement in self.statements)

    @cached_property
    def bare(self) -> frozenset[str]:
        """The numbers that stand without a unit, as in a table."""
        return frozenset(value for fact in self.facts.get("number", ()) for value in fact.values)

    @cached_property
    def clock(self) -> frozenset[int]:
        """The times of day, in minutes: also those written "10-18", "9.30" or "9-12 h"."""
        return frozenset(
            minutes
            for kind in ("time", "number", "duration")
            for fact in self.facts.get(kind, ())
            for minutes in minutes_of(fact)
        )

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The numbers that are said in words of any of our languages: where the evidence's own cannot be told."""
        return frozenset(value for reading in self.readings for value in numbers_anywhere(reading.seen.text))

    @cached_property
    def timed(self) -> bool:
        """Whether a time of day is named as such."""
        return "time" in self.facts

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The whole dates."""
        return tuple(day for fact in self.facts.get("date", ()) for value in fact.values if (day := _date(value)))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """All dates: one without a year in the years of the others or, where none has one, in any that has 365 days."""
        years = {day.year for day in self.dates} or {_ANY_YEAR}
        short = {value for fact in self.facts.get("date", ()) for value in fact.values if len(value) <= len("MM-DD")}
        guessed = (_date(f"{year}-{value}") for year in sorted(years) for value in sorted(short))
        return tuple(dict.fromkeys((*self.dates, *(day for day in guessed if day))))[:_FEW_DATES]

    @cached_property
    def due(self) -> frozenset[str]:
        """The dates that its dates and durations make together, as ``YYYY-MM-DD``.

        Months are those of the calendar; working days are counted as such and as days; a duration is counted back, too, where
        its sentence says "before".
        """
        ends: set[date] = set()
        for fact, back in self._spans:
            for value in fact.values:
                several = int(Decimal(value))
                for day in self.days if 0 < several <= _LONGEST else ():
                    for sign in (1, -1) if back else (1,):
                        if fact.kind == "time month":
                            ends.update(
                                end for end in (_months_on(day, sign * several), day + timedelta(30 * sign * several)) if end
                            )
                            # A year from 3 December ends with the second of the next one.
                            ends.update(end - timedelta(days=1) for end in [_months_on(day, sign * several)] if end)
                        else:
                            ends.add(day + timedelta(days=sign * several))
                            if fact.kind == "time working day":
                                ends.add(_working_days_on(day, sign * several))
        return frozenset(day.isoformat() for day in ends)

    @cached_property
    def _spans(self) -> tuple[tuple[Fact, bool], ...]:
        """The durations in days, working days and months, and whether their sentence counts back from something."""
        found: dict[tuple[str, tuple[str, ...]], tuple[Fact, bool]] = {}
        for reading in self.readings:
            for fact in reading.facts:
                if fact.kind in ("time day", "time working day", "time month") and len(found) < _FEW_SPANS:
                    start, end = reading.sentences[reading.sentence_of(fact.start)]
                    sentence = reading.seen.text[start:end]
                    key = fact.kind, fact.values
                    found[key] = fact, found.get(key, (fact, False))[1] or _says(sentence, "earlier")
        return tuple(found.values())

    @cached_property
    def monthly(self) -> frozenset[int]:
        """The days of a month on which something ends each month: "by the 15th of the month"."""
        return frozenset(
            int(Decimal(value))
            for reading in self.readings
            for fact in reading.facts
            if not fact.word
            and fact.kind in ("number", "time day")
            and (fact.kind == "number" or reading.seen.text[fact.end - 1] in "日号號일")
            for value in fact.values
            if value.isdigit() and int(value) <= _LAST_DAY and _says(_beside(reading, fact), "monthly")
        )

    @cached_property
    def each_month(self) -> frozenset[str]:
        """The dates that its days of each month are near its dates, as ``YYYY-MM-DD``."""
        firsts = {
            start for day in self.dates[:_FEW_DATES] for step in (-1, 0, 1) if (start := _months_on(day.replace(day=1), step))
        }
        return frozenset(f"{first:%Y-%m}-{day:02}" for first in firsts for day in self.monthly)

    @cached_property
    def apart(self) -> frozenset[int]:
        """The days between each two of its dates."""
        return frozenset(abs((a - b).days) for a, b in product(self.days, repeat=2) if a != b)

    @cached_property
    def countries(self) -> frozenset[str]:
        """The countries that are named."""
        return frozenset(value for fact in self.facts.get("country", ()) for value in fact.values)


@lru_cache(maxsize=256)
def evidence_of(texts: tuple[str, ...], language: str = "") -> Evidence:
    """Return some pieces of evidence, read for a reply in ``language``."""
    texts = tuple(text[:_MOST] for text in texts)
    readings = tuple(read(text, beside=language) for text in texts)
    facts: dict[str, dict[tuple[str, tuple[str, ...], bool], Fact]] = {}
    for reading in readings:
        for fact in reading.facts:
            facts.setdefault(family(fact.kind), {})[fact.kind, fact.values, fact.range] = fact
    written = frozenset(plain(to_decimal(match.group())) for reading in readings for match in NUMBER.finditer(reading.seen.text))
    spoken = frozenset(value for fact in facts.get("number", {}).values() for value in fact.values)
    pieces = tuple(told(text, language) for text in texts)
    return Evidence(
        readings, pieces, tuple(statement for piece in pieces for statement in piece),
        {kind: list(several.values()) for kind, several in facts.items()}, written | spoken,
        "\n".join(reading.squeezed for reading in readings), any(is_wide(reading.seen.text) for reading in readings),
    )  # fmt: skip


def family(kind: str) -> str:
    """Return what a kind of fact is compared with: all money is money, all durations ("time day") are durations."""
    if kind.startswith("time "):
        return "duration"
    return kind.split(" ", 1)[0] if kind.startswith(_AMOUNTS) else kind


def _beside(reading: Reading, fact: Fact) -> str:
    return reading.seen.text[max(0, fact.start - _BESIDE) : fact.end + _BESIDE]


def _says(text: str, name: Literal["earlier", "monthly"]) -> bool:
    """Whether a text has one of a set of words, in any of our languages."""
    words = _sets(name)
    return any(token in words for token in TOKEN.findall(text)) or any(word in text for word in words if word[0] >= "\u0e00")


@lru_cache(maxsize=2)
def _sets(name: Literal["earlier", "monthly"]) -> frozenset[str]:
    return frozenset(normal(word) for word in (data().earlier if name == "earlier" else data().monthly))


def _months_on(day: date, months: int) -> date | None:
    """Return the same day some months on, or that month's last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year < date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _working_days_on(day: date, several: int) -> date:
    """Return the day some working days on, from Monday to Friday: holidays differ."""
    sign = 1 if several > 0 else -1
    weeks, rest = divmod(abs(several), _WEEK)
    end = day + timedelta(weeks=sign * weeks)
    while rest or end.weekday() >= _WEEK:
        end += timedelta(days=sign)
        rest -= rest > 0 and end.weekday() < _WEEK
    return end


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) > 5 else None
    except ValueError:
        return None


def minutes_of(fact: Fact) -> Iterator[int]:
    """Yield the times of day that a fact may mean."""
    if fact.kind == "time":
        yield from map(int, fact.values)
    elif fact.kind == "time day":  # "10-14 h"
        for value in fact.values:
            hours = round(Decimal(value) * 24, 2)
            minutes = int(hours % 1 * 100)  # "17.30 uur"
            if hours <= 24 and minutes < 60:
                yield int(hours) % 24 * 60 + minutes
    elif fact.kind == "number":
        for value in fact.values:
            hour, _, minute = value.partition(".")
            if len(hour) <= 2 and int(hour) <= 24 and int((minute + "0")[:2]) < 60 and len(minute) <= 2:
                yield int(hour) % 24 * 60 + int((minute + "0")[:2] if minute else 0)
