"""Dates as they are written: numbers, months by name, weekdays and words such as "yesterday"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_assist.triage.vocabulary import Found, Reading

_TIER = 4
_NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<z>\d{4}|\d{2}))(?![\d/-]|\.\d)"
)
#: Without a year: "3/11" and "24.12." need two digits somewhere, so that "1/2" and "24/7" stay what they are.
_SHORT = re.compile(r"(?<![a-z\d./,-])(?:(\d{1,2})/(\d{1,2})|(\d{1,2})\.(\d{1,2})\.)(?![a-z\d/.-]|,\d)")
_EAST = re.compile(
    r"(?<!\d)(?:\d{2,4} ?[年년] ?)?\d{1,2} ?[月월](?: ?\d{1,2} ?[日号號일])?(?![間间])|(?<!\d)\d{4} ?[年년](?![間间])"
)
_DAY_BEFORE = re.compile(r"(?<![a-z\d.,/-])(\d{1,2})(?:\.|-|st|nd|rd|th|er|º|ª|°)?(?: de| of| d')? ?$")
_DAY_AFTER = re.compile(r"\.? ?(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?![\d.:/,]\d|\d|%| ?[€$£¥])")
_YEAR_AFTER = re.compile(r"\.?,?(?: de| del| nam)? ?((?:19|20|25)\d{2})(?!\d)")


def dates(reading: Reading) -> Iterator[Found]:
    """Yield dates with their spans; the value stays as it was written, for day and month stand in either order.

    Example:
        >>> from cs_assist.triage.vocabulary import read
        >>> [f.type for f in dates(read("am 3. Februar oder 12.05.2026", market=None, language="de"))]
        ['date', 'date']
    """
    for word in reading.folded_words:
        if word.role == "date":
            yield Found(_TIER, "date", *reading.span(word.start, word.end))
        elif word.role == "month" and reading.has_digit:
            span = _around_month(reading.folded, word.start, word.end)
            if span:
                yield Found(_TIER, "date", *reading.span(*span))
    if not reading.has_digit:
        return
    for match in _NUMERIC.finditer(reading.folded):
        first, second = int(match["m"] or match["a"]), int(match["d"] or match["b"])
        if _is_day_and_month(first, second):
            yield Found(_TIER, "date", *reading.span(*match.span()))
    for match in _SHORT.finditer(reading.folded):
        first, second = (int(part) for part in match.groups() if part)
        two = max(len(part) for part in match.groups() if part) == 2
        if two and first != second and (first, second) != (24, 7) and _is_day_and_month(first, second):
            yield Found(_TIER, "date", *reading.span(*match.span()))
    for match in _EAST.finditer(reading.folded):
        yield Found(_TIER, "date", *reading.span(*match.span()))


def _is_day_and_month(first: int, second: int) -> bool:
    return 1 <= min(first, second) <= 12 and 1 <= max(first, second) <= 31


def _around_month(folded: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of a date around a month's name; None where neither a day nor a year stands beside it."""
    window = max(0, start - 12)
    before = _DAY_BEFORE.search(folded[window:start])
    day = before is not None and 1 <= int(before[1]) <= 31
    year = _YEAR_AFTER.match(folded, end)
    after = None if day or year else _DAY_AFTER.match(folded, end)
    if after is not None and 1 <= int(after[1]) <= 31:
        later = _YEAR_AFTER.match(folded, after.end())
        return start, later.end() if later else after.end()
    if not day and not year:
        return None
    return window + before.start() if day and before else start, year.end() if year else end
