"""Order numbers, tracking numbers, SKUs and coupon codes: by their form, and by the word beside them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from cs_assist.numbering import END, START
from cs_assist.triage.formats import order_formats, tracking_formats
from cs_assist.triage.vocabulary import Found, Reading, Word

#: How far a word reaches to the code after it, and to the code before it ("12345678番の注文").
_AFTER, _BEFORE = 25, 6
#: A code that directly follows its word is surer than what it looks like.
_DIRECT = 10
_BREAK = re.compile(r"[!?。！？\n;；]|\.\s|,\s")
_TOKEN = re.compile(rf"{START}[A-Za-z\d](?:[-_/]?[A-Za-z\d]){{3,34}}{END}")
_SPACED = re.compile(rf"{START}\d{{4}}(?:[ -]\d{{4}}){{1,6}}(?:[ -]\d{{1,4}})?{END}")
_COUPON = re.compile(rf"{START}[A-Z\d][A-Z\d_-]{{3,19}}{END}")
_SKU = re.compile(rf"{START}[A-Z\d]{{1,12}}(?:-[A-Z\d]{{1,12}}){{1,4}}{END}")
_OWN_STRETCH, _OWN_STEP, _OWN_READ = 81, 40, 2_000


def sellers_codes(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[Found]:
    """Yield what the seller's own patterns find in the first 2,000 characters.

    A pattern is run over overlapping stretches of 81 characters, so that even a slow one costs little for
    each; a code of more than 40 characters may be missed.
    """
    size = min(len(text), _OWN_READ)
    for pattern in patterns:
        for begin in range(0, max(size, 1), _OWN_STEP):
            stop = min(begin + _OWN_STRETCH, size)
            for match in pattern.finditer(text, begin, stop):
                whole = match.end() < stop or stop == len(text)
                if match.group() and whole and (begin == 0 or match.start() > begin):
                    yield Found(1, "order_number", *match.span())


def codes(reading: Reading) -> Iterator[Found]:
    """Yield order numbers, tracking numbers, coupon codes and SKUs, surer ones with a lower tier."""
    if reading.has_digit:
        yield from _by_form(reading)
        yield from _by_word(reading)
        yield from _skus(reading)
    yield from _coupons(reading)


def _by_form(reading: Reading) -> Iterator[Found]:
    text = reading.text
    for tracking in tracking_formats():
        if tracking.near:
            continue
        for match in tracking.compiled.finditer(text):
            if tracking.fits(match.group()):
                yield Found(2, "tracking_number", *match.span())
    for order in order_formats():
        for match in order.compiled.finditer(text):
            word = _word_for(reading, *match.span())
            if order.sure or word is None or word.role not in ("coupon", "code", "phone", "unless", "sku"):
                yield Found(2 if order.sure else 8, "order_number", *match.span())


def _by_word(reading: Reading) -> Iterator[Found]:
    """Yield the codes beside a word for order number, order, tracking number or a carrier."""
    if not any(word.role in ("order_number", "order", "tracking", "carrier") for word in reading.naming):
        return
    for pattern in (_SPACED, _TOKEN):
        for match in pattern.finditer(reading.text):
            code = match.group()
            digits = sum(char.isdigit() for char in code)
            word = _word_for(reading, *match.span()) if digits >= 3 else None
            if word is None or (digits == 3 and "-" not in code):
                continue
            gap = match.start() - word.end
            direct = 0 <= gap <= _DIRECT
            if word.role == "order_number" and pattern is _TOKEN and len(code) <= 20:
                yield Found(3 if direct else 5, "order_number", *match.span())
            elif word.role == "order" and pattern is _TOKEN and len(code) <= 20 and gap <= 15:
                short = len(code) == 4 and (gap > 2 or code.startswith(("19", "20")))  # "order 8821" is one, 2026 a year
                if not short:
                    yield Found(5, "order_number", *match.span())
            elif word.role == "tracking" and digits >= 6 and len(code) >= 8:
                yield Found(3 if direct else 5, "tracking_number", *match.span())
            elif word.role == "carrier":
                carrier = next(f for f in tracking_formats() if f.name == word.name)
                if carrier.compiled.fullmatch(code.replace(" ", "")) and carrier.fits(code):
                    yield Found(3, "tracking_number", *match.span())


def _coupons(reading: Reading) -> Iterator[Found]:
    if not any(word.role in ("coupon", "code") for word in reading.naming):
        return
    shouted = reading.text.isupper()
    for match in _COUPON.finditer(reading.text):
        code = match.group()
        letters = sum(char.isalpha() for char in code)
        word = _word_for(reading, *match.span())
        if letters < 2 or word is None or word.role not in ("coupon", "code"):
            continue
        # Without a digit it may be any word in capitals: it must follow at once.
        if letters < len(code) or (word.role == "coupon" and not shouted and 0 <= match.start() - word.end <= 3):
            yield Found(6, "coupon", *match.span())


def _skus(reading: Reading) -> Iterator[Found]:
    for match in _TOKEN.finditer(reading.text):
        word = _word_for(reading, *match.span())
        code = match.group()
        if word is not None and word.role == "sku" and word.end <= match.start() and any(char.isdigit() for char in code):
            yield Found(6, "sku", *match.span())
    for match in _SKU.finditer(reading.text):
        code = match.group()
        digits = sum(char.isdigit() for char in code)
        letters = sum(char.isalpha() for char in code)
        if 5 <= len(code) <= 20 and letters >= 2 and (digits >= 3 or (digits >= 1 and code.count("-") >= 2)):
            yield Found(9, "sku", *match.span())


def _word_for(reading: Reading, start: int, end: int) -> Word | None:
    """Return the word that says what the code at ``start`` is: the nearest before it, or else one right after it."""
    at = bisect_right(reading.naming, start, key=lambda word: word.end)
    if at:
        before = reading.naming[at - 1]
        if start - before.end <= _AFTER and _joins(reading.text[before.end : start]):
            return before
    at = bisect_left(reading.naming, end, key=lambda word: word.start)
    after = reading.naming[at] if at < len(reading.naming) else None
    return after if after and after.start - end <= _BEFORE and _joins(reading.text[end : after.start]) else None


def _joins(gap: str) -> bool:
    """Tell whether what stands between a word and a code keeps them together: no other number, no end of a sentence."""
    return not _BREAK.search(gap.removeprefix(".")) and not any(char.isdigit() for char in gap)
