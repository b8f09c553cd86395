"""What is known for a reply: its pieces of evidence, read once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import product

from cs_assist.guard.countries import is_wide
from cs_assist.guard.facts import Fact, Reading, read
from cs_assist.guard.spoken import numbers_anywhere
from cs_assist.guard.statements import Statement, told
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["MEASURES", "Evidence", "evidence_of", "family", "minutes_of"]

#: Characters of a piece of evidence that are read.
_MOST = 50_000
#: Days that are added to a date, and dates that this is done with.
_LONGEST, _FEW_DATES = 400, 12
MEASURES = ("length", "weight", "volume", "temperature", "power", "voltage", "charge", "energy", "data")
_AMOUNTS = tuple(f"{kind} " for kind in ("money", *MEASURES))


@dataclass(frozen=True)
class Evidence:
    """What is known, read once: facts by kind, numbers as written, sentences."""

    readings: tuple[Reading, ...] = field(repr=False)
    statements: tuple[Statement, ...] = field(repr=False)
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
    def due(self) -> frozenset[str]:
        """The dates that its dates and durations make together, as ``MM-DD``."""
        spans = {
            int(Decimal(value)) for fact in self.facts.get("duration", ()) if fact.kind == "time day" for value in fact.values
        }
        spans |= {30 * int(Decimal(v)) for f in self.facts.get("duration", ()) if f.kind == "time month" for v in f.values}
        steps = [step for step in spans if 0 < step <= _LONGEST][:_FEW_DATES]
        ends = {day + timedelta(days=step) for day in self.dates[:_FEW_DATES] for step in steps}
        return frozenset(f"{day.month:02}-{day.day:02}" for day in ends)

    @cached_property
    def apart(self) -> frozenset[int]:
        """The days between each two of its dates."""
        return frozenset(abs((a - b).days) for a, b in product(self.dates[:_FEW_DATES], repeat=2) if a != b)

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
    return Evidence(
        readings, tuple(statement for text in texts for statement in told(text, language)),
        {kind: list(several.values()) for kind, several in facts.items()}, written | spoken,
        "\n".join(reading.squeezed for reading in readings), any(is_wide(reading.seen.text) for reading in readings),
    )  # fmt: skip


def family(kind: str) -> str:
    """Return what a kind of fact is compared with: all money is money, all durations ("time day") are durations."""
    if kind.startswith("time "):
        return "duration"
    return kind.split(" ", 1)[0] if kind.startswith(_AMOUNTS) else kind


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
            if hours <= 24 and hours == round(hours):
                yield int(hours) % 24 * 60
    elif fact.kind == "number":
        for value in fact.values:
            hour, _, minute = value.partition(".")
            if len(hour) <= 2 and int(hour) <= 24 and int((minute + "0")[:2]) < 60 and len(minute) <= 2:
                yield int(hour) % 24 * 60 + int((minute + "0")[:2] if minute else 0)
