"""Order numbers, tracking numbers, SKUs and coupon codes: by their form, and by the word beside them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from cs_assist.numbering import END, START
from cs_assist.triage.formats import order_formats, tracking_formats
from cs_assist.triage.signals import folded
from cs_assist.triage.vocabulary import Found, Reading, Word, vocabulary

#: How far a word reaches to the code after it, and to the code before it ("12345678番の注文").
_AFTER, _BEFORE = 25, 6
#: A code that directly follows its word is surer than what it looks like.
_DIRECT = 10
#: Words that a number on the line below belongs to only after a colon.
_BARE = {"order", "carrier"}
#: Words beside which a number is one of ours, whatever it looks like.
_ORDER = {"order_number", "order", "tracking", "carrier"}
_BREAK = re.compile(r"[!?。！？\n;；]|\.\s|,\s")
#: A colon at the end of a line leads on to the next.
_COLON = re.compile(r": ?\n\s{0,3}")
_TOKEN = re.compile(rf"{START}[A-Za-z\d](?:[-_/]?[A-Za-z\d]){{3,34}}{END}")
_SPACED = re.compile(rf"{START}\d{{4}}(?:[ -]\d{{4}}){{1,6}}(?:[ -]\d{{1,4}})?{END}")
_DIALLED = re.compile(r"\+(?: ?\d[\d ()/-]{0,9})?\Z")
_COUPON = re.compile(rf"{START}[A-Z\d][A-Z\d_-]{{3,19}}{END}")
_SKU = re.compile(rf"{START}[A-Z\d]{{1,12}}(?:-[A-Z\d]{{1,12}}){{1,4}}{END}")
#: The longest code of a seller's own, and what must be seen behind it to know its border.
_OWN_LONGEST, _OWN_BEHIND = 40, 2
#: A border of the seller's own at the beginning or end of a pattern; a flag for the whole pattern.
_OWN_START, _OWN_END = re.compile(r"\(*(?:\^|\\[bBA]|\(\?<?[=!])"), re.compile(r"(?:\$|\\[bBZ]|\(\?[=!][^()]*\))\)*\Z")
_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")
_WORD_CHAR = r"[^\W_]"


def sellers_codes(reading: Reading, patterns: Sequence[re.Pattern[str]]) -> Iterator[Found]:
    """Yield what the seller's own patterns find: codes of at most 40 characters, none a piece of a longer one.

    A pattern is tried at each place on the 40 characters from there, so that even a slow one costs little for each.
    """
    for pattern in patterns:
        bordered = _bordered(pattern)
        text = reading.plain if pattern.pattern.isascii() else reading.text
        at = 0
        while at < len(text):
            seen = min(at + _OWN_LONGEST + _OWN_BEHIND, len(text))
            match = bordered.match(text, at, seen)
            at += 1
            if match and match.group() and len(match.group()) <= _OWN_LONGEST and not _is_dialled(text, match):
                yield Found(1, "order_number", *match.span())
                at = match.end()


@cache
def _bordered(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """Return a seller's pattern with the borders of a code on the sides where it has none of its own."""
    flags = _FLAGS.match(pattern.pattern)
    own = pattern.pattern[flags.end() :] if flags else pattern.pattern
    start = "" if _OWN_START.match(own) else rf"(?:{START}|(?!{_WORD_CHAR}))"
    end = "" if _OWN_END.search(own) else rf"(?:{END}|(?<!{_WORD_CHAR}))"
    return re.compile(f"{start}(?:{own}\n){end}" if pattern.flags & re.X else f"{start}(?:{own}){end}", pattern.flags)


def codes(reading: Reading) -> Iterator[Found]:
    """Yield order numbers, tracking numbers, coupon codes and SKUs, surer ones with a lower tier."""
    if reading.has_digit:
        yield from _by_form(reading)
        yield from _by_word(reading)
        yield from _skus(reading)
    yield from _coupons(reading)


def _by_form(reading: Reading) -> Iterator[Found]:
    text = reading.plain
    for tracking in tracking_formats():
        if tracking.near:
            continue
        for match in tracking.compiled.finditer(text):
            if tracking.fits(match.group()):
                yield Found(1, "tracking_number", *match.span())
    for order in order_formats():
        for match in order.compiled.finditer(text):
            word = _word_for(reading, *match.span())
            if order.sure:
                yield Found(1, "order_number", *match.span())
            elif not _is_dialled(text, match) and (word.role in _ORDER if word else order.fits(match.group())):
                yield Found(7, "order_number", *match.span())


def _by_word(reading: Reading) -> Iterator[Found]:
    """Yield the codes beside a word for order number, order, tracking number or a carrier."""
    if not any(word.role in ("order_number", "order", "tracking", "carrier") for word in reading.naming):
        return
    for pattern in (_SPACED, _TOKEN):
        last: Found | None = None
        for match in pattern.finditer(reading.plain):
            word = _word_for(reading, *match.span()) if sum(char.isdigit() for char in match.group()) >= 3 else None
            found = _named(match, word, spaced=pattern is _SPACED) if word else _listed(reading, match, last)
            if found:
                yield found
                last = found


def _is_dialled(text: str, match: re.Match[str]) -> bool:
    """Tell whether a code is the rest of a phone number that begins with a "+"."""
    return match.group()[0].isdigit() and _DIALLED.search(text, max(0, match.start() - 12), match.start()) is not None


def _named(match: re.Match[str], word: Word, *, spaced: bool) -> Found | None:
    """Return what the word beside a code makes of it."""
    code, span = match.group(), match.span()
    digits = sum(char.isdigit() for char in code)
    gap = match.start() - word.end
    direct = 0 <= gap <= _DIRECT
    if digits == 3 and "-" not in code:
        return None
    if word.role == "order_number" and not spaced and len(code) <= 20:
        return Found(2 if direct else 4, "order_number", *span)
    if word.role == "order" and not spaced and len(code) <= 20 and gap <= 15:
        short = len(code) == 4 and (gap > 2 or code.startswith(("19", "20")))  # "order 8821" is one, 2026 a year
        return None if short else Found(4, "order_number", *span)
    if word.role == "tracking" and digits >= 6 and len(code) >= 8:
        return Found(2 if direct else 4, "tracking_number", *span)
    if word.role == "carrier":
        carrier = next(f for f in tracking_formats() if f.name == word.name)
        if carrier.compiled.fullmatch(code.replace(" ", "")) and carrier.fits(code):
            return Found(2, "tracking_number", *span)
    return None


def _listed(reading: Reading, match: re.Match[str], last: Found | None) -> Found | None:
    """Return a code of the same make that goes on a list: "12345, 12346 and 12347"."""
    if last is None or last.end > match.start() or match.start() - last.end > _AFTER:
        return None
    gap = reading.plain[last.end : match.start()]
    if len(match.group()) == 4 and match.group().startswith(("19", "20")):
        return None
    if _make(reading.plain[last.start : last.end]) != _make(match.group()) or not vocabulary().joint.fullmatch(folded(gap)):
        return None
    town = reading.plain[match.end() : match.end() + 2]
    if gap.strip() == "," and town.startswith(" ") and town[1:].isupper():
        return None  # "order 40417, 10115 Berlin"
    return Found(6, last.type, *match.span())


def _make(code: str) -> tuple[int, str]:
    """Return what the codes of a list have in common: their length and what other than letters and digits is in them."""
    return len(code), re.sub(r"[^\W_]", "", code) + "a" * any(char.isalpha() for char in code)


def _coupons(reading: Reading) -> Iterator[Found]:
    if not any(word.role in ("coupon", "code") for word in reading.naming):
        return
    shouted = reading.text.isupper()
    for match in _COUPON.finditer(reading.plain):
        code = match.group()
        letters = sum(char.isalpha() for char in code)
        word = _word_for(reading, *match.span())
        if letters < 2 or word is None or word.role not in ("coupon", "code"):
            continue
        # Without a digit it may be any word in capitals: it must follow at once.
        if letters < len(code) or (word.role == "coupon" and not shouted and 0 <= match.start() - word.end <= 3):
            yield Found(5, "coupon", *match.span())


def _skus(reading: Reading) -> Iterator[Found]:
    for match in _TOKEN.finditer(reading.plain):
        word = _word_for(reading, *match.span())
        code = match.group()
        if word is not None and word.role == "sku" and word.end <= match.start() and any(char.isdigit() for char in code):
            yield Found(5, "sku", *match.span())
    for match in _SKU.finditer(reading.plain):
        code = match.group()
        digits = sum(char.isdigit() for char in code)
        letters = sum(char.isalpha() for char in code)
        if 5 <= len(code) <= 20 and letters >= 2 and (digits >= 3 or (digits >= 1 and code.count("-") >= 2)):
            yield Found(8, "sku", *match.span())


def _word_for(reading: Reading, start: int, end: int) -> Word | None:
    """Return the word that says what the code at ``start`` is: the nearest before it, or else one right after it."""
    at = bisect_right(reading.naming, start, key=lambda word: word.end)
    if at:
        before = reading.naming[at - 1]
        gap = folded(reading.plain[before.end : start]) if start - before.end <= _AFTER else None
        label = None if gap is None else vocabulary().label.fullmatch(gap)
        if label and (label["numero"] or before.role not in _BARE or ":" in label[0] or "\n" not in label[0]):
            return replace(before, role="order_number") if label["numero"] and before.role == "order" else before
        if gap is not None and _joins(_COLON.sub(":", gap)):
            return before
    at = bisect_left(reading.naming, end, key=lambda word: word.start)
    after = reading.naming[at] if at < len(reading.naming) else None
    return after if after and after.start - end <= _BEFORE and _joins(folded(reading.plain[end : after.start])) else None


def _joins(gap: str) -> bool:
    """Tell whether what stands between a word and a code keeps them together: no other number, no end of a sentence."""
    return not _BREAK.search(vocabulary().numero.sub(" ", gap).removeprefix(".")) and not any(char.isdigit() for char in gap)
