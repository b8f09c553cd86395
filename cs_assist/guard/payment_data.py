"""Payment cards and bank accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_assist.guard.national_ids import luhn
from cs_assist.guard.private_words import Found, Reading

#: What people set between the groups of a number.
_GAP = r"[ .\-/_\u2010-\u2014\n]"
_CARD = re.compile(
    rf"(?<![A-Za-zÀ-ɏЀ-ӿ\d])(?<!\d[.,/-])\d{{4}}(?:{_GAP}?\d{{2,6}}){{1,4}}{_GAP}?\d{{1,6}}(?![A-Za-zÀ-ɏЀ-ӿ\d]|[.,/-]\d)"
)
#: How issuers print a number: four by four (up to 19 digits), American Express, Diners Club.
_GROUPS = re.compile(rf"\d{{13,19}}|\d{{4}}({_GAP})\d{{4}}\1\d{{4}}\1\d{{1,4}}(?:\1\d{{1,3}})?|\d{{4}}({_GAP})\d{{6}}\2\d{{4,5}}")
#: First digits by ISO/IEC 7812 as the schemes publish them: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay,
#: Maestro, Mir, Troy, RuPay, Elo.
_ISSUER = re.compile(r"4|5[0-9]|2[2-7]|3[4-9]|30|6|9792")
_LENGTHS = {
    "3": (14, 15, 16),
    "4": (13, 16, 19),
    "5": (13, 14, 15, 16, 17, 18, 19),
    "2": (16,),
    "6": (13, 14, 15, 16, 17, 18, 19),
    "9": (16,),
}
_IBAN = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z\d]){11,30}")
#: Lengths by the SWIFT IBAN registry.
_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
_ACCOUNT = re.compile(r"\d(?:[ -]?\d){19,27}(?!\d)")


def is_iban(code: str) -> bool:
    """Tell whether ``code``, without spaces, is an IBAN: its country's length, and ISO 7064 MOD 97-10.

    Example:
        >>> is_iban("DE89370400440532013000"), is_iban("DE88370400440532013000")
        (True, False)
    """
    code = code.upper()
    if _IBAN_LENGTH.get(code[:2]) != len(code):
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def payment_data(reading: Reading) -> Iterator[Found]:
    """Yield card numbers and bank accounts with their spans."""
    if reading.has_digit:
        yield from _cards(reading)
        yield from _ibans(reading)


def _cards(reading: Reading) -> Iterator[Found]:
    for match in _CARD.finditer(reading.text):
        written = match.group()
        digits = re.sub(r"\D", "", written)
        if not 13 <= len(digits) <= 19 or not _GROUPS.fullmatch(written.replace("\n", " ")):
            continue
        label = reading.label(*match.span())
        role = label[0].role if label else ""
        plausible = _ISSUER.match(digits) and len(digits) in _LENGTHS[digits[0]] and len(set(digits)) > 1
        if role == "card":
            yield Found(1, "card", *match.span())
        elif (
            plausible
            # 13 digits are nearly always the number of an article (EAN); no issuer gives out such cards any more.
            and len(digits) > 13
            and luhn(digits)
            and not (label and label[1] and role in ("order_number", "tracking", "other", "id", "iban"))
        ):
            yield Found(4, "card", *match.span())


def _ibans(reading: Reading) -> Iterator[Found]:
    for match in _IBAN.finditer(reading.text):
        length = _IBAN_LENGTH.get(match.group()[:2].upper())
        end = _nth(match.group(), length) if length else None
        if end is None:
            continue
        code = re.sub(r"[ -]", "", match.group()[:end])
        start, end = match.start(), match.start() + end
        if end < len(reading.text) and reading.text[end].isascii() and reading.text[end].isalnum():
            continue
        if is_iban(code):
            yield Found(0, "iban", start, end)
        elif code[:2].isupper() and (label := reading.label(start, end)) and label[0].role == "iban":
            yield Found(2, "iban", start, end)
    # Poland writes its accounts without the country: 26 digits, the same check.
    for match in _ACCOUNT.finditer(reading.text):
        code = re.sub(r"\D", "", match.group())
        if len(code) == 26 and is_iban("PL" + code):
            yield Found(1, "iban", *match.span())


def _nth(text: str, count: int) -> int | None:
    """Return where the ``count``-th letter or digit of ``text`` ends."""
    for at, char in enumerate(text):
        count -= char.isalnum()
        if count == 0:
            return at + 1
    return None
