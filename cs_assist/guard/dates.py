"""Dates in a normalised text: in figures, with the month's name, shortened, and days that share the month of another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cs_assist.guard import fact_patterns as P
from cs_assist.guard import spoken
from cs_assist.guard.spoken import TOKEN

__all__ = ["dates", "days_before", "era_year", "is_day_first", "months", "named_dates", "short_dates"]

#: Endings that a Turkish month has in a date without an apostrophe, and letters that no month's whole name has so few of.
_TURKISH_CASES = frozenset(
    ["da", "de", "ta", "te", "dan", "den", "tan", "ten", "a", "e", "ya", "ye", "i", "ı", "u", "ü", "ın", "in", "un", "ün",
     "daki", "deki", "taki", "teki"]
)  # fmt: skip
_SHORT = 3
#: The year before the first one of an era.
_ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}
_MONTHS = 12
#: Languages in whose dates the month is first, and markets in which both orders are in use.
_MONTH_FIRST = frozenset(["zh", "ja", "ko"])
_BOTH = frozenset(["CA", "PH", "PR"])
#: "24/7", "1/2": no dates.
_FRACTIONS = ("247", "12", "13", "23", "34", "14")


def dates(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield the readings of each date in figures (``2026-05-03``, ``05-03`` without a year), its start and end.

    Of two readings the first has the day first.

    Example:
        >>> list(dates("on 3/5/2026"))
        [(('2026-05-03', '2026-03-05'), 3, 11)]
    """
    for pattern in P.DATES:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            shown = f"{era_year(match):04}-" if parts.get("era") else _year(parts.get("year"))
            if parts.get("one"):
                pairs = [(int(parts["one"]), int(parts["two"])), (int(parts["two"]), int(parts["one"]))]
                if parts.get("sign") == "." and pairs[0][1] <= _MONTHS:
                    pairs = pairs[:1]  # with points the day is first everywhere
                if not parts.get("year") and parts["one"] + parts["two"] in _FRACTIONS:
                    continue
            else:
                pairs = [(int(parts["day"]), int(parts["month"]))]
            values = tuple(dict.fromkeys(f"{shown}{m:02}-{d:02}" for d, m in pairs if 1 <= m <= 12 and 1 <= d <= 31))
            if values:
                yield values, *match.span()


def era_year(match: re.Match[str]) -> int:
    """Return the year that an era's name and a count make: 令和7 is 2025."""
    return _ERAS[match["era"]] + (1 if match["count"] == "元" else int(match["count"]))


def is_day_first(language: str, market: str | None) -> bool | None:
    """Whether people write the day before the month where a reply goes; ``None`` where both are written.

    Example:
        >>> is_day_first("en", "US"), is_day_first("en", "GB"), is_day_first("en", None)
        (False, True, None)
    """
    if language.split("-")[0] in _MONTH_FIRST:
        return False
    if market == "US":
        return False if language.split("-")[0] == "en" else None
    if market in _BOTH or (market is None and language.split("-")[0] == "en"):
        return None
    return True


def months(text: str, languages: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the months that are named in some languages (``05``), with start and end."""
    names = _names(languages)
    for word in TOKEN.finditer(text) if names else ():
        if word.group() in names:
            yield f"{names[word.group()]:02}", *word.span()


def named_dates(text: str, languages: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the dates whose month is named in one of some languages, with start and end.

    Example:
        >>> list(named_dates("am 3. mai 2026", ("de",)))
        [('2026-05-03', 3, 14)]
    """
    names = _names(languages)
    if names:
        yield from _ordinal_dates(text, names, languages)
    for match in re.finditer(r"(?<![\d.,])\d{1,2}(?![\d.,]?\d)", text) if names else ():
        day = int(match.group())
        if not 1 <= day <= 31:
            continue
        start, end = match.span()
        at = P.AFTER_DAY.match(text, end).end()  # type: ignore[union-attr]  # matches the empty text, too
        name = TOKEN.match(text, at, at + 20)
        month = _month(name.group(), names, languages) if name else None
        dotted = next((one for one in names if ("." in one or " " in one) and text.startswith(one, at)), "")
        if month and name:
            end = name.end() + (text[name.end() : name.end() + 1] == ".")
        elif dotted:  # "ธ.ค.", "كانون الأول"
            month, end = names[dotted], at + len(dotted)
            end += text[end : end + 1] == "."
        else:
            before = P.BEFORE.search(text, max(0, start - 20), start)
            month = names.get(before.group(1)) if before else None
            if not month or before is None:
                continue
            start = before.start()
            suffix = P.AFTER_DAY.match(text, end)
            end = suffix.end() if suffix else end
            end = match.end() if text[end - 1 : end] in " -." else end
        year = P.YEAR.match(text, end) or (P.THAI_YEAR.match(text, end) if "th" in languages else None)
        shown = _year(year.group(1) if len(year.group(1)) > 2 else f"25{year.group(1)}") if year else ""
        yield f"{shown}{month:02}-{day:02}", start, year.end() if year else end


def _ordinal_dates(text: str, names: dict[str, int], languages: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the dates whose day is an ordinal number in words: "the third of december", "am dritten dezember"."""
    for language in languages:
        days = spoken.ordinal_days(language)
        for name in TOKEN.finditer(text) if days else ():
            lead = P.ORDINAL_BEFORE.search(text, max(0, name.start() - P.NEAR), name.start()) if name.group() in names else None
            if lead is None or (language == "en" and not lead["of"]):
                continue  # "the second March order"
            words = lead["words"].split(" ")
            for several in (words[-2:], words[-1:]):  # "двадцать первого" before "первого"
                if day := days.get(" ".join(several)):
                    yield f"{names[name.group()]:02}-{day:02}", lead.end("words") - len(" ".join(several)), name.end()
                    break


def days_before(text: str, start: int, value: str, languages: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the dates whose days share the month of the date ``value`` at ``start``: "3, 4 and 5 May", "24. und 31. Dezember".

    Example:
        >>> [day for day, _, _ in days_before("closed on 3, 4 and 5 may", 19, "05-05", ("en",))]
        ['05-04', '05-03']
    """
    first = start
    while text[start : start + 1].isdigit() and (match := P.DAY_BEFORE.search(text, max(0, start - P.NEAR), start)):
        if not 1 <= int(match["day"]) <= 31:
            return
        if start == first and match["sign"] == "," and not match.group().startswith(f"{match['day']}."):
            return  # "article 12, 3 May": a list has an "and" before its last day, or points behind its days
        if match["word"] and not any(match["word"] in spoken.between(one) for one in languages):
            return
        start = match.start("day")
        yield f"{value[:-2]}{int(match['day']):02}", *match.span("day")


def short_dates(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield what dates of a day and a month among other data may mean ("23.11", "12-07" either way), with start and end."""
    for match in P.SHORT_DATES.finditer(text):
        one, two = int(match["one"]), int(match["two"])
        pairs = [(two, one)] if "." in match.group() else [(two, one), (one, two)]
        values = tuple(dict.fromkeys(f"{month:02}-{day:02}" for month, day in pairs if 1 <= month <= 12 and 1 <= day <= 31))
        if values:
            yield values, *match.span()


def _month(name: str, names: dict[str, int], languages: Sequence[str]) -> int | None:
    """Return the month that a word names, in Turkish also with an ending of case: "kasımda"."""
    if name in names or "tr" not in languages:
        return names.get(name)
    stem = next((one for one in names if len(one) > _SHORT and name.startswith(one) and name[len(one) :] in _TURKISH_CASES), "")
    return names.get(stem)


def _names(languages: Sequence[str]) -> dict[str, int]:
    names: dict[str, int] = {}
    for language in languages:
        names |= spoken.month_names(language)
    return names


def _year(written: str | None) -> str:
    if not written:
        return ""
    year = int(written)
    if 100 <= year < 200:
        year += 1911  # counted as in Taiwan
    year = year + 2000 if year < 100 else year - 543 if 2400 < year < 2700 else year
    return f"{year:04}-"
