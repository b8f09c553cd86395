"""Numbers with a meaning beside them: money, durations and quantities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from cs_assist.triage.vocabulary import Found, Reading, Vocabulary, vocabulary

_TIER = 4
#: Numbers with the separators of our markets: 1.234,56 1'234.50 1,23,456 1 234,56 12.5 ١٬٢٣٤٫٥
_NUMBER = re.compile(
    r"(?<!\d)(?<!\d[.,:/])"
    r"(?:\d{1,3}([ .,'٬])\d{3}(?:\1\d{3}){0,4}(?:[.,٫]\d{1,2})?(?!\d)"
    r"|\d{1,2}(?:,\d{2}){1,4},\d{3}(?:\.\d{1,2})?(?!\d)"
    r"|\d{1,15}(?:[.,٫]\d{1,2}(?!\d))?)"
)
_MULTIPLIER = re.compile(r" ?(?:[万萬億亿千천만억]|mil(?:lones|hoes|ioni)?(?!\w)|tys(?!\w)|тыс(?!\w)|lakhs?(?!\w)|k(?!\w))\.? ?")
#: The first part of "1万2千円".
_LARGER = re.compile(r"(?:\d{1,4}[万萬億亿만억千천]){1,3}$")
#: "One" and "piece", said of anything.
_ARTICLES = {"一个", "一個", "一つ"}
#: The letters of "S$" and "NT$".
_COUNTRY = re.compile(r"(?<![a-z])[a-z]{1,3}\Z")
_GAP = re.compile(r"[ -]?")
_TIMES = re.compile(r"(?<![a-z\d.,])(?:[x×*] ?[1-9]\d{0,2}(?![.,]?\d|[a-z])|[1-9]\d{0,2} ?[x×](?! ?\d|[a-z]))")


def amounts(reading: Reading) -> Iterator[Found]:
    """Yield money, durations and quantities with their spans.

    Example:
        >>> from cs_assist.triage.vocabulary import read
        >>> [f.type for f in amounts(read("3 Stück für 1.234,50 € in 5 Tagen", market=None, language="de"))]
        ['quantity', 'money', 'duration']
    """
    words = vocabulary()
    if reading.has_digit:
        yield from _with_numbers(reading, words)
        for match in _TIMES.finditer(reading.folded):
            if reading.text[reading.places[match.start()]] != "X":  # "X10" is a model
                yield Found(_TIER, "quantity", *reading.span(*match.span()))
    for word in reading.folded_words:
        if word.role == "duration":
            yield Found(_TIER, "duration", *reading.span(word.start, word.end))
        elif word.role == "number" and reading.folded[word.start - 1 : word.start] != "第":
            gap = reading.folded[word.end : word.end + 1] == " "
            role = words.role_after(reading.folded, word.end + gap, reading.language)
            if role and role[0] != "money" and reading.folded[word.start : role[1]] not in _ARTICLES:
                yield Found(_TIER, role[0], *reading.span(word.start, role[1]))


def _with_numbers(reading: Reading, words: Vocabulary) -> Iterator[Found]:
    folded = reading.folded
    taken = 0
    for match in _NUMBER.finditer(folded):
        start, end = match.span()
        sign = _sign(folded, start, words, reading.market)
        if sign is not None and sign >= taken and not _is_small_code(reading, words, sign, start):
            role, stop = _multiplied(folded, end, words, reading.language)
            stop = stop if role == "money" else end
            yield Found(_TIER, "money", *reading.span(sign, stop))
            taken = stop
            continue
        if start and folded[start - 1].isascii() and (folded[start - 1].isalnum() or folded[start - 1] in "_#"):
            continue  # the number belongs to a code
        if folded[start - 1 : start] == "第":
            continue  # "第2天", the second
        role, stop = _multiplied(folded, end, words, reading.language)
        if role is None:
            continue
        if role == "quantity" and (end - start > 4 or "." in match.group() or "," in match.group()):
            continue
        if role == "duration" and end - start > 5:
            continue
        if role == "money" and _is_small_code(reading, words, end, stop):
            continue
        if role == "money" and _is_before_next(folded, end, stop):
            continue  # "order 100234 RM 50": the sign belongs to the number after it
        year = role == "duration" and end - start == 4 and folded[start : start + 2] in ("19", "20", "25")
        window = max(0, start - 20)
        span = words.ranges.search(folded[window:start]) or _LARGER.search(folded[window:start])
        yield Found(_TIER, "date" if year else role, *reading.span(window + span.start() if span else start, stop))
        taken = stop


def _sign(folded: str, start: int, words: Vocabulary, market: str | None) -> int | None:
    """Return where the money sign before a number begins, if there is one."""
    at = start - 1 if start and folded[start - 1] == " " else start
    sign = words.sign_before(folded, at, market)
    if sign is not None:
        return sign
    if not at or unicodedata.category(folded[at - 1]) != "Sc":
        return None
    letters = _COUNTRY.search(folded, max(0, at - 5), at - 1)
    return letters.start() if letters else at - 1


def _multiplied(folded: str, end: int, words: Vocabulary, language: str | None) -> tuple[str | None, int]:
    """Return what follows a number, over a "thousand" in between, and where it ends."""
    gap = _GAP.match(folded, end)
    at = gap.end() if gap else end
    role = words.role_after(folded, at, language)
    if role:
        return role
    if at < len(folded) and unicodedata.category(folded[at]) == "Sc":
        return "money", at + 1
    many = _MULTIPLIER.match(folded, end)
    if many:
        after = words.role_after(folded, many.end(), language)
        if after and after[0] == "money":
            return after
        if many.end() < len(folded) and unicodedata.category(folded[many.end()]) == "Sc":
            return "money", many.end() + 1
    return None, end


def _is_small_code(reading: Reading, words: Vocabulary, start: int, end: int) -> bool:
    """Tell whether a stretch is a currency's code that is a word when written small."""
    code = reading.folded[start:end].strip(" -")
    return code in words.signs.capitals_only and not reading.text[slice(*reading.span(start, end))].isupper()


def _is_before_next(folded: str, end: int, stop: int) -> bool:
    """Tell whether a sign after a space stands before another number: then it is that number's."""
    after = folded[stop : stop + 2]
    apart = folded[end : end + 1] == " "
    return apart and bool(after) and (after[0].isdigit() or (after[0] == " " and after[1:].isdigit())) and stop - end <= 5
