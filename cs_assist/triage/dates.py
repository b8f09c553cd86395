"""Dates as they are written: numbers, months by name, weekdays and words such as "yesterday"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from cs_assist.triage.formats import is_day
from cs_assist.triage.vocabulary import Found, Reading, Word, vocabulary

_TIER = 3
_NUMERIC = re.compile(
    r"(?<![\d./-])(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<z>\d{4}|\d{2}))(?![\d/-]|\.\d)"
)
#: Without a year: "3/11" and "24.12." need two digits somewhere, so that "1/2" and "24/7" stay what they are.
_SHORT = re.compile(r"(?<![a-z\d./,-])(?:(\d{1,2})/(\d{1,2})|(\d{1,2})\.(\d{1,2})\.)(?![a-z\d/.-]|,\d)")
#: How far before its numbers "size" or "room" may begin, and what may stand between.
_BESIDE = 40
_NUMBERED = re.compile(r"[^\W\d]{0,3}[ :#=(]{0,3}(?:(?:of|no|nr|number|is|ist|est|es|de|von|di|da)\.?[ :]{1,2})?")
_EAST = re.compile(
    r"(?<!\d)(?:\d{2,4} ?[年년] ?)?(?P<m>\d{1,2}) ?[月월](?: ?(?P<d>\d{1,2}) ?[日号號일])?(?![間间])"
    r"|(?<!\d)\d{4} ?[年년](?![間间])"
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
            span = _around_month(reading, word.start, word.end)
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
        said = match[1] and _is_numbered(reading, *match.span())
        if two and first != second and (first, second) != (24, 7) and _is_day_and_month(first, second) and not said:
            yield Found(_TIER, "date", *reading.span(*match.span()))
    for match in _EAST.finditer(reading.folded):
        if match["m"] and not is_day(int(match["d"] or 1), int(match["m"])):
            continue
        yield Found(_TIER, "date", *reading.span(*match.span()))


def _is_day_and_month(first: int, second: int) -> bool:
    return is_day(first, second) or is_day(second, first)


def _begin(word: Word) -> int:
    return word.start


def _is_numbered(reading: Reading, start: int, end: int) -> bool:
    """Tell whether the words beside "10/12" say that it is a size, a room or a mark."""
    words = reading.folded_words
    for word in words[bisect_left(words, start - _BESIDE, key=_begin) : bisect_right(words, end + 1, key=_begin)]:
        if word.role == "numbered" and word.end <= start and _NUMBERED.fullmatch(reading.folded, word.end, start):
            return True
        if word.role == "counted" and word.start in (end, end + 1):
            return True
    return False


def _is_counted(reading: Reading, start: int, end: int) -> bool:
    """Tell whether the number after a month's name counts what follows: "march 5 times", where it is written small."""
    if not reading.text[reading.places[start]].islower():
        return False
    at = end + (reading.folded[end : end + 1] == " ")
    words = reading.folded_words
    beside = words[bisect_left(words, at, key=_begin) : bisect_right(words, at, key=_begin)]
    counted = any(word.role == "counted" for word in beside)
    return counted or vocabulary().role_after(reading.folded, at, reading.language) is not None


def _around_month(reading: Reading, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of a date around a month's name; None where neither a day nor a year stands beside it."""
    folded = reading.folded
    window = max(0, start - 12)
    before = _DAY_BEFORE.search(folded[window:start])
    day = before is not None and 1 <= int(before[1]) <= 31
    year = _YEAR_AFTER.match(folded, end)
    after = None if day or year else _DAY_AFTER.match(folded, end)
    if after is not None and 1 <= int(after[1]) <= 31 and not _is_counted(reading, start, after.end(1)):
        later = _YEAR_AFTER.match(folded, after.end())
        return start, later.end() if later else after.end()
    if not day and not year:
        return None
    return window + before.start() if day and before else start, year.end() if year else end
