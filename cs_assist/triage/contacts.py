"""E-mail addresses, links, phone numbers and postal addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from cs_assist.triage.vocabulary import Found, Reading, Shape, is_glued, vocabulary

#: Scripts whose words stand next to an address without a space are no part of it, but may be of a domain's name.
_GLUED = "\u0e00-\u0e7f\u3005-\u9fff\uac00-\ud7a3"
_LABEL = rf"(?:[^\W_{_GLUED}]|[\u0900-\u0dff-]){{1,63}}"
_DOMAIN = re.compile(rf"@((?:(?:{_LABEL}|[{_GLUED}]{{1,63}})\.){{1,4}}{_LABEL})")
_LOCAL = 64
#: Articles and the like that French and Italian join to the next word: "l'adresse d'anna@shop.example".
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|un|(?:d|n|s)?[ae]ll|su(?:ll)?|quest)'")
# ASCII alone, for Chinese and Japanese stand next to these without a space.
_URL = re.compile(r"(?:https?://|www\.)[!#-&(-;=?-~]{2,300}", re.I)
_PHONE = re.compile(r"(?:(?<![\d+])\+ ?|(?<![A-Za-z\d+.,/-])(?:00)?)[\d(](?:[ ().\-/]{0,2}\d){6,17}(?![A-Za-z\d]|-\d)")
#: How certain an address is whose house number looks like a date: as certain as that.
_TIER = 3
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
    yield from _mail_addresses(reading)
    if "://" in text or "www." in text.lower():
        for match in _URL.finditer(text):
            yield Found(0, "url", match.start(), match.start() + len(match.group().rstrip(".,;:!?)]}»”")))
    if reading.has_digit:
        yield from _phones(reading)
        yield from _addresses(reading)


def _mail_addresses(reading: Reading) -> Iterator[Found]:
    """Yield the e-mail addresses, in letters of any script that has spaces."""
    folded = reading.folded
    taken = 0
    for match in _DOMAIN.finditer(folded):
        end = next((i for i in range(match.start() + 2, match.end()) if _changes(folded, i)), match.end())
        end = match.start() + len(folded[match.start() : end].rstrip("-."))
        start = match.start()
        while start > taken and match.start() - start <= _LOCAL and _is_local(folded[start - 1]):
            start -= 1
            if start < match.start() - 1 and _changes(folded, start + 1):
                start += 1
                break
        if match.start() - start > _LOCAL or "." not in folded[match.start() : end]:
            continue
        local = folded[start : match.start()].lstrip(".'%+-")
        elided = _ELISION.match(local) if reading.language in ("fr", "it") else None
        local = local[elided.end() :] if elided else local
        if local:
            yield Found(0, "email", *reading.span(match.start() - len(local), end))
            taken = end


def _is_local(char: str) -> bool:
    """Tell whether a character may stand before the @."""
    return (char.isalnum() or char in "._%+-'" or "\u0900" <= char <= "\u0dff") and not is_glued(char)


def _changes(folded: str, at: int) -> bool:
    """Tell whether the letter at a place is of another script than the one that it touches."""
    before, char = folded[at - 1], folded[at]
    if (before.isascii() and char.isascii()) or not (before.isalpha() and char.isalpha()):
        return False
    return unicodedata.name(before, "").split(" ")[0] != unicodedata.name(char, "").split(" ")[0]


def _phones(reading: Reading) -> Iterator[Found]:
    """Yield what is a valid phone number: with a +, of any country; without, of the market."""
    tried = 0
    for match in _PHONE.finditer(reading.plain):
        if tried >= _PHONES:
            return
        international = match.group().startswith(("+", "00"))
        if not international and reading.market is None:
            continue
        tried += 1
        from phonenumbers import Leniency, PhoneNumberMatcher

        for phone in PhoneNumberMatcher(match.group(), reading.market, Leniency.VALID, max_tries=3):
            start = match.start() + phone.start
            tier = 1 if match.group().startswith("+") else 4 if international else 6
            yield Found(tier, "phone", start, match.start() + phone.end)


@cache
def _address(shape: Shape) -> re.Pattern[str]:
    words = sorted({re.escape(word) for word in vocabulary().streets[shape]}, key=len, reverse=True)
    return re.compile(_SHAPES[shape].replace("{words}", "|".join(words)))


def _addresses(reading: Reading) -> Iterator[Found]:
    for match in _POSTCODE.finditer(reading.plain):
        if match.group().startswith("〒") or reading.market == "GB":
            yield Found(5, "address", *match.span())
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
        # A house number with a slash looks like a date, which goes before what is less certain.
        tier = _TIER if "/" in reading.folded[address.start() : address.end()] else 5
        yield Found(tier, "address", start, start + len(reading.text[start:end].rstrip(".,")))
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
