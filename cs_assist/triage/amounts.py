"""Numbers with a meaning beside them: money, durations and quantities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from cs_assist.triage.vocabulary import Found, Reading, Vocabulary, is_glued, vocabulary

_TIER = 3
#: Numbers with the separators of our markets: 1.234,56 1'234.50 1,23,456 1 234,56 12.5 ١٬٢٣٤٫٥
_NUMBER = re.compile(
    r"(?<!\d)(?<!\d[.,:/])"
    r"(?:\d{1,3}([ .,'٬])\d{3}(?:\1\d{3}){0,4}(?:[.,٫]\d{1,2})?(?!\d)"
    r"|\d{1,2}(?:,\d{2}){1,4},\d{3}(?:\.\d{1,2})?(?!\d)"
    r"|\d{1,15}(?:[.,٫]\d{1,2}(?!\d))?)"
)
#: The first part of "1万2千円" and of "3만 5천원".
_LARGER = re.compile(r"(?:\d{1,4}[万萬億亿만억千천] ?){1,3}$")
#: Where the cents would stand, when there are none: "12,- €", "20.– Fr.", "499:-", "499/-".
_EVEN = re.compile(r"(?:[.,] ?[-–—]{1,2}|[:/]-)(?![\w()|/])")
#: Cents behind the sign, as the French write them: "12€50".
_CENTS = re.compile(r"\d{2}(?![\d.,]|\w| ?[€£$])")
#: Numbers in Chinese and in Korean words: "三千円", "几百块", "삼만 오천원".
_EAST = re.compile(
    r"(?<![第〇零一二三四五六七八九十百千万萬億亿两兩])[数數几幾]?[〇零一二三四五六七八九十百千万萬億亿两兩]{1,12}"
)
_EAST_ONES = frozenset("一二三四五六七八九两兩")
_KOREAN = re.compile(r"(?<![가-힣\d])(?:[일이삼사오육칠팔구십백천]{0,7}만 )?[일이삼사오육칠팔구십백천만억]{0,9}[십백천만억] ?원")
#: "One" and "piece", said of anything.
_ARTICLES = {"一个", "一個", "一つ"}
#: The letters of "S$" and "NT$".
_COUNTRY = re.compile(r"(?<![a-z])[a-z]{1,3}\Z")
#: Before "30日" these make a day of it.
_MONTHS = {"月", "월"}
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
    yield from _money_in_words(reading, words)
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
        even = _EVEN.match(folded, end)
        if sign is not None and sign >= taken and not _is_small_code(reading, words, sign, start):
            role, stop = _multiplied(reading, even.end() if even else end, words)
            stop = stop if role == "money" else even.end() if even else _thousands(reading, end, words)
            yield Found(_TIER, "money", *reading.span(sign, stop))
            taken = stop
            continue
        if start and folded[start - 1].isascii() and (folded[start - 1].isalnum() or folded[start - 1] in "_#"):
            continue  # the number belongs to a code
        if folded[start - 1 : start] == "第":
            continue  # "第2天", the second
        role, stop = _multiplied(reading, even.end() if even else end, words)
        if even and role != "money":
            alone = even[0].replace("–", "-").replace("—", "-") in _tails(reading, words)
            role, stop = ("money", even.end()) if alone else _multiplied(reading, end, words)
        if role is None:
            continue
        if role == "quantity" and (end - start > 4 or "." in match.group() or "," in match.group()):
            continue
        if role == "duration" and (end - start > 5 or folded[start - 1 : start] in _MONTHS):
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
    if sign is None and folded[at - 1 : at] == ".":
        dotted = words.sign_before(folded, at - 1, market)
        sign = dotted if dotted is not None and folded[dotted : at - 1] in words.signs.dotted else None
    if sign is not None:
        return sign
    if not at or unicodedata.category(folded[at - 1]) != "Sc":
        return None
    letters = _COUNTRY.search(folded, max(0, at - 5), at - 1)
    return letters.start() if letters else at - 1


def _multiplied(reading: Reading, end: int, words: Vocabulary) -> tuple[str | None, int]:
    """Return what follows a number, over a "thousand" in between, and where it ends."""
    role, stop = _said(reading, end, words)
    if role:
        cents = _CENTS.match(reading.folded, stop) if role == "money" and reading.language == "fr" else None
        return role, cents.end() if cents else stop
    many = _thousand(reading.folded, end, words)
    if many:
        role, stop = _said(reading, many.end() + (reading.folded[many.end() : many.end() + 1] == "."), words)
    return ("money", stop) if many and role == "money" else (None, end)


def _said(reading: Reading, end: int, words: Vocabulary) -> tuple[str | None, int]:
    """Return what a word or sign right after a place makes of the number before it, and where it ends."""
    folded = reading.folded
    gap = _GAP.match(folded, end)
    at = gap.end() if gap else end
    role = words.role_after(folded, at, reading.language)
    if role:
        return role
    if at < len(folded) and unicodedata.category(folded[at]) == "Sc":
        return "money", at + 1
    sign = words.signs.local.get(reading.market or "", "")
    if len(sign) > 1 and folded.startswith(sign, at) and not folded[at + len(sign) : at + len(sign) + 1].isalnum():
        return "money", at + len(sign)
    return None, end


def _thousand(folded: str, end: int, words: Vocabulary) -> re.Match[str] | None:
    """Return the word for "thousand" and the like that follows a number."""
    many = words.thousand.match(folded, end)
    if many is None or is_glued(many["word"][-1]):
        return many
    after = folded[many.end() : many.end() + 1]
    return None if after.isalnum() or after == "_" else many


def _thousands(reading: Reading, end: int, words: Vocabulary) -> int:
    """Return where a number after a money sign ends: behind a "thousand" that is joined to it, or of the message's language."""
    many = _thousand(reading.folded, end, words)
    if many is None:
        return end
    word = many["word"]
    joined = many.start("word") == end
    own = len(word) > 1 and (reading.language in words.thousands[word] or "en" in words.thousands[word])
    return many.end() if joined or own else end


def _tails(reading: Reading, words: Vocabulary) -> set[str]:
    """Return what makes a price of the number before it, in this market and language."""
    return {words.signs.tails[place] for place in (reading.market, reading.language) if place in words.signs.tails}


def _money_in_words(reading: Reading, words: Vocabulary) -> Iterator[Found]:
    """Yield amounts whose number is written in Chinese or Korean words."""
    folded = reading.folded
    for match in _EAST.finditer(folded):
        role = words.role_after(folded, match.end(), reading.language)
        if role is None or role[0] != "money":
            continue
        term = folded[match.end() : role[1]]
        if match.group() in _EAST_ONES and term != "円" and len(term) < 2:
            continue  # "一块", a piece or together
        yield Found(_TIER, "money", *reading.span(match.start(), role[1]))
    if "원" in folded:
        for match in _KOREAN.finditer(folded):
            yield Found(_TIER, "money", *reading.span(*match.span()))


def _is_small_code(reading: Reading, words: Vocabulary, start: int, end: int) -> bool:
    """Tell whether a stretch is a currency's code that is a word when written small."""
    code = reading.folded[start:end].strip(" -.")
    return code in words.signs.capitals_only and not reading.text[slice(*reading.span(start, end))].isupper()


def _is_before_next(folded: str, end: int, stop: int) -> bool:
    """Tell whether a sign after a space stands before another number: then it is that number's."""
    after = folded[stop : stop + 2]
    apart = folded[end : end + 1] == " "
    return apart and bool(after) and (after[0].isdigit() or (after[0] == " " and after[1:].isdigit())) and stop - end <= 5
