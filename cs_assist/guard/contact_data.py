"""E-mail addresses, phone numbers and IP addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from cs_assist.guard.obfuscation import is_series
from cs_assist.guard.private_words import Found, Reading, words

_L = "A-Za-zÀ-ɏ0-9"
_EMAIL = re.compile(rf"(?<![{_L}._%+-])[{_L}._%+'-]{{1,64}}@[{_L}-]{{1,63}}(?:\.[{_L}-]{{1,63}}){{1,4}}(?<![-'])")
_CYRILLIC_EMAIL = re.compile(r"(?<![\w.+-])[Ѐ-ӿ\d._+-]{1,64}@[Ѐ-ӿ\d-]{1,63}(?:\.[Ѐ-ӿ-]{2,24}){1,3}")
#: Where names of the domain are of another script ("用户@例子.中国"), its end must be known: words may follow without a space.
_IDN_ENDS = (
    "中国|中國|公司|公益|网络|網路|网址|商城|商店|网店|在线|香港|台湾|台灣|新加坡|みんな|コム|한국|닷컴|ไทย|भारत|संगठन|рф|рус|укр|бел|срб|қаз|онлайн|сайт"
    "|السعودية|امارات|مصر|المغرب|الجزائر|تونس|الاردن|عمان|قطر|فلسطين|سوريا|بھارت|ایران|ελ|გე|հայ|भारतम्|বাংলা|இந்தியா"
)
#: Letters of any script, with the vowel signs that ``\w`` leaves out.
_ANY = "\\w\u064b-\u0652\u0900-\u0dff\u0e31-\u0e4e"
_IDN_EMAIL = re.compile(
    rf"(?<![{_ANY}.+-])(?P<local>[{_ANY}.+-]{{1,64}})@(?:[{_ANY}-]{{1,63}}\.){{1,4}}(?:{_IDN_ENDS}|xn--[a-z0-9-]{{2,59}}|[a-z]{{2,24}})(?![a-z0-9-])",
    re.I,
)
_LATIN_LOCAL = re.compile(r"(?=[\d._+-]{0,63}[A-Za-z])[A-Za-z\d._+-]{1,64}$")
#: "anna (at) shop (dot) de": the at in brackets.
_BRACKETED = re.compile(
    rf"(?<![{_L}._%+-])[{_L}._%+-]{{1,64}} ?(?:[\[({{<] ?(?:at|arroba|ät|@) ?[\])}}>]) ?[{_L}-]{{1,63}}"
    rf"(?: ?(?:\.|[\[({{<] ?(?:dot|punkt|punto|ponto|point|\.) ?[\])}}>]) ?[{_L}-]{{2,63}}){{1,4}}",
    re.I,
)  # fmt: skip
#: How the sign and the full stop of an address are called in our languages; "at" is a word of sentences as well.
_AT = (
    "at|arroba|arobase|chiocciola|apenstaartje|klammeraffe|snabel-a|snabela|małpa|malpa|собака|собачка|et işareti|kuyruklu a"
    "|آت|أت|ات|एट|ऐट|アットマーク|アット|골뱅이|圈a|a còng|แอท|แอด"
)
_DOT = (
    "dot|punkt|punto|ponto|point|punt|prick|kropka|точка|nokta|titik|noktah|chấm|cham|نقطة|نقطه|دوت|डॉट|डाट|ドット|점|닷|点|點|จุด"
)
_PIECE = r"[^\W_](?:[\w+-]{0,40}[^\W_])?"
#: "anna dot roe at shop dot de".
_SPOKEN = re.compile(
    rf"(?<![\w.+-])(?P<local>{_PIECE}(?: (?:{_DOT}) {_PIECE}){{0,3}}) (?P<at>{_AT}) (?P<host>{_PIECE})"
    rf"(?: (?:{_DOT}) {_PIECE}){{1,3}}(?![\w-])",
    re.I,
)  # fmt: skip
_HOSTS = frozenset(["gmail", "yahoo", "hotmail", "outlook", "icloud", "gmx", "web", "mail", "proton"])
_NUMBER = (
    r"(?:\+ ?|00 ?)?[\d(](?:[ ().\-/]{0,3}\d){6,17}"
    r"(?: ?(?:x|ext\.?|extension|доб\.?|内線|分機|分机|轉|转|내선|ramal|poste|interno) ?\d{1,6})?(?![A-Za-zÀ-ɏЀ-ӿ\d]|[-,]\d)"
)
_PHONE = re.compile(rf"(?<![A-Za-zÀ-ɏЀ-ӿ\d+.,/-]){_NUMBER}")
#: Where a number may begin anew inside a run of digits.
_LATER = re.compile(r" (?=[+0(])")
#: Right after its label without a space ("my number is07911 123456").
_GLUED_PHONE = re.compile(rf"(?: (?:is|ist|est|es|è|é|to|er|adalah))?({_NUMBER})", re.I)
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?!\d)(?: ?\d{1,2}(?:[.:]\d{2})?)?$"
)
_HOURS = re.compile(r"\d{1,2}[.:]\d{2} ?-")
#: Two years, or a year and a running number as invoices have it.
_YEARS = re.compile(r"(?:19|20)\d{2} ?[-/] ?\d{3,5}")
_POSTAL = re.compile(r"\d{5}-\d{3,4}")
_AMOUNT = re.compile(r"\d{1,3}(?:[. ]\d{3})+")
_MONEY_AFTER = re.compile(r" ?(?:[€$£¥₹₽₩฿₫]|eur\b|usd\b|руб|zł|tl\b|kr\b|円|元|원|บาท|đồng|đ\b)")
_MONEY_BEFORE = re.compile(r"(?:[€$£¥₹₽₩฿]|rp\.?|rm|eur|usd|nt\$|rs\.?|inr|idr|vnd) ?$")
_TRUNK = re.compile(r"0[1-9]\d{8,9}")
_PLAUSIBLE = re.compile(r"\(?0\d|\(\d{2,3}\) ?\d|\d{3}[-. ]\d{3}[-. ]\d{4}$")
_V4 = re.compile(r"(?<![A-Za-z\d_.])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z\d_]|\.\d)")
_V6 = re.compile(r"(?<![A-Za-z\d_:.])[0-9A-Fa-f:]{3,39}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![A-Za-z\d_:])")
_VERSION = re.compile(
    r"(?:version|ver|firmware|fw|v|build|release|app|ios|android|versão|versión|versione|版本|バージョン|버전|версия)[ .:]*$"
)
#: What says that a number is none of a phone's.
_ELSE = {"order_number", "order", "tracking", "carrier", "card", "iban", "id", "passport", "other", "pin", "password", "birth"}
#: Countries that are tried for a number without its country code.
_REGIONS = 5


def contact_data(reading: Reading) -> Iterator[Found]:
    """Yield e-mail addresses, phone numbers and IP addresses with their spans."""
    text = reading.text
    if "@" in text:
        for match in () if text.isascii() else _IDN_EMAIL.finditer(text):
            latin = _LATIN_LOCAL.search(match["local"])  # words of another script are glued to it: "メールはkate@..."
            yield Found(0, "email", match.start() + (latin.start() if latin else 0), match.end())
        for pattern in (_EMAIL, _CYRILLIC_EMAIL):
            for match in pattern.finditer(text):
                yield Found(0, "email", match.start() + len(match[0]) - len(match[0].lstrip("'.")), match.end())
    low = reading.low
    if any(sign in low for sign in ("(at", "[at", "{at", "<at", "( at", "[ at", "arroba", "(@", "[@", "(ät")):
        for match in _BRACKETED.finditer(text):
            yield Found(0, "email", *match.span())
    for match in _SPOKEN.finditer(text):
        # "Look at example dot com" names a site: a plain "at" needs more.
        if match["at"].lower() != "at" or " " in match["local"] or match["host"].lower() in _HOSTS:
            yield Found(0, "email", *match.span())
    if reading.has_digit:
        yield from _phones(reading)
        yield from _addresses(reading)


def _phones(reading: Reading) -> Iterator[Found]:
    for word in reading.labels:
        if word.role == "phone" and reading.text[word.end - 1].isalpha():
            glued = _GLUED_PHONE.match(reading.text, word.end)
            if glued:
                yield Found(1, "phone", *glued.span(1))
    for match in _PHONE.finditer(reading.text):
        start, end = match.span()
        written = match.group()
        if written.startswith("(") and ")" not in written:
            start, written = start + 1, written[1:]
        tier = _phone_tier(reading, written, start, end)
        if tier is not None:
            yield Found(tier, "phone", start, end)
            continue
        # A house's number may stand right before: "3-9-1 092-555-0127".
        for later in _LATER.finditer(written):
            tier = _phone_tier(reading, written[later.end() :], start + later.end(), end)
            if tier is not None:
                yield Found(tier, "phone", start + later.end(), end)
                break


def _phone_tier(reading: Reading, written: str, start: int, end: int) -> int | None:
    """Return how certain it is that a stretch of digits is a phone number; None where it is none."""
    written = re.split(r" ?[a-zа-я内分轉转내]", written)[0]
    digits = re.sub(r"\D", "", written)
    international = written.startswith(("+", "00")) and len(digits) >= 9
    if len(digits) > 15 + 2 * written.startswith("00"):
        return None
    label = reading.label(start, end)
    role = label[0].role if label else ""
    if label and role == "phone":
        return 1 if label[1] else 5
    if written.startswith("+") and len(digits) >= 8:
        return 4
    if (
        role in _ELSE
        or _DATE.match(written)
        or _HOURS.match(written)
        or _YEARS.fullmatch(written)
        or _AMOUNT.fullmatch(written)
        or _POSTAL.fullmatch(written)
        or is_series(written)
    ):
        return None
    if _MONEY_AFTER.match(reading.low, end) or _MONEY_BEFORE.search(reading.low, max(0, start - 5), start):
        return None
    if international and _is_phone(written, None, False):
        return 4
    shaped = bool(_PLAUSIBLE.match(written)) and len(written) > len(digits)
    if not reading.regions:
        return 7 if shaped and 9 <= len(digits) <= 11 else None
    for region in reading.regions[:_REGIONS]:
        if region in words().places.trunk_zero and not written.lstrip("(").startswith("0"):
            continue
        # With the trunk zero, and as long as a number is: most that look so are one, also in ranges not given out.
        dialled = region in words().places.trunk_zero and bool(_TRUNK.fullmatch(written))
        if _is_phone(written, region, shaped or dialled):
            return 7
    return None


@lru_cache(maxsize=4096)
def _is_phone(written: str, region: str | None, shaped: bool) -> bool:
    """Tell whether a number is one of a country's; one in the usual shape need only have a possible length."""
    import phonenumbers

    try:
        number = phonenumbers.parse(("+" + written[2:].strip()) if region is None else written, region)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    return shaped and phonenumbers.is_possible_number(number)


def _addresses(reading: Reading) -> Iterator[Found]:
    for match in _V4.finditer(reading.text):
        if _is_ip(match.group()) and not _VERSION.search(reading.low, max(0, match.start() - 14), match.start()):
            yield Found(1, "ip", *match.span())
    if ":" in reading.text:
        for match in _V6.finditer(reading.text):
            code = match.group().rstrip(":") if not match.group().endswith("::") else match.group()
            if code.count(":") >= 2 and any(c.isalnum() for c in code) and _is_ip(code):
                yield Found(1, "ip", match.start(), match.start() + len(code))


def _is_ip(code: str) -> bool:
    try:
        ipaddress.ip_address(code)
    except ValueError:
        return False
    return True
