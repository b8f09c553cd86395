"""E-mail addresses, links, phone numbers and postal addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cs_assist.triage.vocabulary import Found, Reading, Shape, vocabulary

# ASCII alone, for Chinese and Japanese stand next to these without a space.
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_URL = re.compile(r"(?:https?://|www\.)[!#-&(-;=?-~]{2,300}", re.I)
_PHONE = re.compile(r"(?<![A-Za-z\d+.,/-])(?:\+ ?|00)?[\d(](?:[ ().\-/]{0,2}\d){6,17}(?![A-Za-z\d]|-\d)")
#: Stretches that are tried as phone numbers, at most; what a customer sends has one or two.
_PHONES = 12
_POSTCODE = re.compile(r"〒 ?\d{3}-?\d{4}|(?<![A-Za-z\d])[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![A-Za-z\d])")
_REACH = 70
#: Small words in a street's name are short: "de la", "van", "zum".
_PARTICLE = 3

_NAME = r"[^\W\d_][\w'’.-]{1,24}"
_HOUSE = r"\d{1,5}(?:[a-z](?!\w)|[/-]\d{1,4})?"
_NUMERO = r"no\.?|nº|n°|n\.?|nr\.?|num\.?|#|д\.?|дом"
#: A postal code and a town, in that order or after a comma.
_TOWN = rf"(?:,? {{0,2}}(?:[a-z]{{1,2}}-)?\d{{4,6}}(?: [a-z]{{2}})? {_NAME})?"
_SHAPES: dict[Shape, str] = {
    "number_name": rf"(?<![\w.,]){_HOUSE},? (?:{_NAME} ){{1,3}}(?:{{words}})(?!\w)",
    "number_word": rf"(?<![\w.,]){_HOUSE}(?: bis| ter)?,? (?:{{words}})(?: l'| d')? ?{_NAME}(?: {_NAME}){{0,3}}{_TOWN}",
    "word_number": rf"(?<!\w)(?:{{words}})(?:(?<=\.)| )(?:{_NAME},? ){{0,5}}(?:{_NUMERO})? ?:?{_HOUSE}{_TOWN}",
    "name_word": rf"(?<!\w){_NAME} (?:{{words}})[ ,]{{1,2}}(?:{_NAME} )?(?:no ?[:.]? ?)?{_HOUSE}",
    "joined": rf"(?<!\w)(?:{_NAME}[ -])?[^\W\d_]{{2,30}}[ -]?(?:{{words}}) {{1,2}}{_HOUSE}{_TOWN}",
    "thai": r"\d{1,4}(?:/\d{1,4})? ?(?:{words}) ?[\u0e00-\u0e7f\d]{1,30}",
    "japanese": r"[\u3005-\u9fff]{1,8}[都道府県市区町村郡][\u3005-\u9fff]{0,16}\d{1,4}(?:-\d{1,4}|丁目|番地|番|号){1,4}",
    "chinese": r"[\u4e00-\u9fff]{1,12}(?:路|街|大道|道|巷|弄|段)[\u4e00-\u9fff]{0,4}\d{1,5}(?:号|號|弄|巷|-\d{1,4})",
    "korean": r"[\uac00-\ud7a3]{1,8}[시구동군읍면도] [\uac00-\ud7a3\d]{1,12}(?:로|길) ?\d{1,4}(?:-\d{1,4})?",
}  # fmt: skip
#: Scripts with capital letters write a street's name with one, which tells "via Roma 5" from "via mail 5".
_CASED = {"number_name", "number_word", "word_number", "name_word", "joined"}


def contacts(reading: Reading) -> Iterator[Found]:
    """Yield e-mail addresses, links, phone numbers and postal addresses with their spans."""
    text = reading.text
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Found(0, "email", *match.span())
    if "://" in text or "www." in text.lower():
        for match in _URL.finditer(text):
            yield Found(0, "url", match.start(), match.start() + len(match.group().rstrip(".,;:!?)]}»”")))
    if reading.has_digit:
        yield from _phones(reading)
        yield from _addresses(reading)


def _phones(reading: Reading) -> Iterator[Found]:
    """Yield what is a valid phone number: with a +, of any country; without, of the market."""
    tried = 0
    for match in _PHONE.finditer(reading.text):
        if tried >= _PHONES:
            return
        international = match.group().startswith(("+", "00"))
        if not international and reading.market is None:
            continue
        tried += 1
        from phonenumbers import Leniency, PhoneNumberMatcher

        for phone in PhoneNumberMatcher(match.group(), reading.market, Leniency.VALID, max_tries=3):
            start = match.start() + phone.start
            yield Found(5 if international else 7, "phone", start, match.start() + phone.end)


@cache
def _address(shape: Shape) -> re.Pattern[str]:
    words = sorted({re.escape(word) for word in vocabulary().streets[shape]}, key=len, reverse=True)
    return re.compile(_SHAPES[shape].replace("{words}", "|".join(words)))


def _addresses(reading: Reading) -> Iterator[Found]:
    for match in _POSTCODE.finditer(reading.text):
        if match.group().startswith("〒") or reading.market == "GB":
            yield Found(6, "address", *match.span())
    done = 0
    for word in reading.folded_words:
        if word.role != "street" or word.end < done:
            continue
        shape: Shape = word.name  # type: ignore[assignment]
        address = _around(reading.folded, _address(shape), word.start, word.end)
        if address is None:
            continue
        start, end = reading.span(*address.span())
        if shape in _CASED:
            found = _capital(reading.text[start:end], word.end - address.start())
            if found is None:
                continue
            start += found
        yield Found(6, "address", start, start + len(reading.text[start:end].rstrip(".,")))
        done = address.end()


def _capital(address: str, beside: int) -> int | None:
    """Return where an address begins, a small word before it left out; None where its name is no name.

    Args:
        address: What the pattern found.
        beside: Where the street word ends in it; the word itself may be written small.
    """
    begin = 0
    for part in re.finditer(r"[^\W\d_][\w'’-]{0,40}", address):
        is_street_word = part.start() < beside <= part.end() + 1
        if is_street_word and part.start() > begin and address[begin].islower():
            return None  # "auf dem weg 5"
        if is_street_word or not part[0][0].islower():
            continue
        if part.start() == begin == 0:
            begin = part.end() + 1
        elif len(part[0]) > _PARTICLE:
            return None
    return begin


def _around(folded: str, pattern: re.Pattern[str], start: int, end: int) -> re.Match[str] | None:
    """Return the match of a pattern that holds the street word, within some characters of it."""
    for match in pattern.finditer(folded, max(0, start - _REACH), min(len(folded), end + _REACH)):
        if match.start() <= start and end <= match.end():
            return match
    return None
