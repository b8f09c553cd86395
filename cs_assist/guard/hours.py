"""Times of day that a text means without writing them as such: "9 to 6", "0900-1800", "acht Uhr abends"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cs_assist.guard.spoken import afternoon
from cs_assist.quantities import currency_before, unit_after

__all__ = ["hours_meant", "opening_hours"]

_POINTED = re.compile(
    r"(?<![\d.,:])(?=\d{1,2}(?:\.\d\d)?\s?[-–—]\s?\d{1,2}\.\d\d|\d{1,2}\.\d\d)"
    r"(?P<h>[01]?\d|2[0-4])(?:\.(?P<m>[0-5]\d))?\s?[-–—]\s?"
    r"(?P<until_h>[01]?\d|2[0-4])(?:\.(?P<until_m>[0-5]\d))?(?![\d:]|[.,-]\d)"
)
#: From the morning to the evening: the second hour is the smaller one.
_OFFICE = re.compile(
    r"(?<![\w.,:/$€£¥-])(?P<h>1[0-2]|[1-9])(?::?00)?\s?(?:[-–—/]|to|till|until|bis|à|a|alle|até|às|tot|do|до)\s?"
    r"(?P<until>1[0-2]|[1-9])(?::?00)?(?![\w:/%€$]|[.,-]\d)"
)
_MILITARY = re.compile(
    r"(?<![\w.,:/-])(?P<h>[01]\d|2[0-3])(?P<m>[0-5][05])\s?[-–—]\s?"
    r"(?P<until_h>[01]\d|2[0-3])(?P<until_m>[0-5][05])(?![\w:/]|[.,-]\d)"
)
#: Minutes, also those that the values of facts count in.
_HOUR, _NOON, _DAY = 60, 720, 1440
_MINUTES = {"number": _HOUR, "time": 1, "time day": _DAY}
#: Characters between an hour and the part of the day that it is in.
_BESIDE = 12
#: A Thai hour of the evening, and the minutes that it is counted from.
_EVENING, _EVENING_FROM = "ทุ่ม", 1080


def opening_hours(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the hours of "9.30–13 u" or "10.00-17.30": a range with a point is one of hours, where no other unit follows.

    Each is given as minutes from midnight with its place in the normalised text.

    Example:
        >>> list(opening_hours("mo-fr 10.00-17.30"))
        [(600, 6, 11), (1050, 12, 17)]
    """
    for match in _POINTED.finditer(text):
        unit = unit_after(text, match.end())
        if (unit and unit[0] != "time day") or currency_before(text, match.start()):
            continue
        for hour, minute in (("h", "m"), ("until_h", "until_m")):
            at = int(match[hour]) * 60 + int(match[minute] or 0)
            yield at % _DAY, match.start(hour), match.end(minute) if match[minute] else match.end(hour)


def hours_meant(text: str, known: Iterable[tuple[str, tuple[str, ...], int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield times of day, each as minutes from midnight with its place.

    Args:
        text: A normalised text.
        known: The facts read from it so far: kind, values, place. Numbers, times and durations may be hours.

    Example:
        >>> list(hours_meant("open 9 to 6", []))
        [(540, 5, 6), (1080, 10, 11)]
        >>> list(hours_meant("hasta las 8 de la noche", [("number", ("8",), 10, 11)]))
        [(1200, 10, 11)]
    """
    for match in _OFFICE.finditer(text):
        first, last = int(match["h"]) * 60, int(match["until"]) * 60
        if last < first:
            yield first, *match.span("h")
            yield last + _NOON, *match.span("until")
    for match in _MILITARY.finditer(text):
        yield int(match["h"]) * 60 + int(match["m"]), match.start("h"), match.end("m")
        yield int(match["until_h"]) * 60 + int(match["until_m"]), match.start("until_h"), match.end("until_m")
    parts = [match.span() for match in afternoon().finditer(text)]
    begins, ends = [first for first, _ in parts], [last for _, last in parts]
    for kind, values, start, end in known:
        evening = text.startswith(_EVENING, end)
        after, before = bisect_left(begins, end), bisect_right(ends, start)
        follows = after < len(begins) and begins[after] - end <= _BESIDE
        if evening or follows or (before > 0 and start - ends[before - 1] <= _BESIDE):
            for at in _mornings(kind, values):
                yield (at + _EVENING_FROM) % _DAY if evening else at % _NOON + _NOON, start, end


def _mornings(kind: str, values: Iterable[str]) -> Iterator[int]:
    """Yield the minutes from midnight that values up to twelve are as hours."""
    for value in values if kind in _MINUTES else ():
        minutes = round(Decimal(value) * _MINUTES[kind])
        if _HOUR <= minutes <= _NOON:
            yield minutes
