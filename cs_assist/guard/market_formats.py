"""Formats: dates, times and amounts as the market writes them, by Babel's tables (CLDR)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from cs_assist.guard.culture import Look, finding
from cs_assist.types import Finding, same_language

__all__ = ["Forms", "formats", "forms"]

_DATE = re.compile(r"(?<![A-Za-z0-9_./-])(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?![A-Za-z0-9_/-]|\.\d)")
_TIME = re.compile(r"(?<![\d.,:])(\d{1,2})(?:[:.]\d{2})? ?(?:[ap]\.m\.|[ap]m)(?![^\W\d_])", re.I)
_SIGN = (
    r"[€$£¥₹₩₫฿₺₽₱₪￥]|R\$|S\$|HK\$|NT\$|NT|A\$|C\$|US\$|MX\$|RM|Rp\.?|Rs\.?|kr\.?|zł|Kč|Ft|Fr\.?|TL|đ|đồng|VNĐ|руб(?:\.|лей|ля|ль)?|บาท|円|원|元|圓|块|塊"
    r"|ريالاً|ريال|درهماً|درهم|جنيهاً|جنيه|ر\.س|د\.إ|ج\.م|रुपये|रुपए|ringgit|rupiah|euros?|dollars?|pesos|reais"
    r"|(?:EUR|USD|GBP|CHF|SAR|AED|EGP|PLN|SEK|NOK|DKK|RUB|INR|JPY|KRW|CNY|RMB|TWD|HKD|SGD|MYR|IDR|THB|BRL|MXN|COP|ARS|CLP|TRY|AUD|CAD|NZD|ZAR|VND|PHP|ILS|CZK)"
)
_UNIT = (
    r"kg|g|mg|km|m|cm|mm|ml|cl|l|L|kWh|Wh|W|V|A|%|Zoll|inch(?:es)?|кг|см|мм|км|л|м|公斤|公分|公升|公克|厘米|升|キロ|センチ|킬로|센티"
    r"|กก\.?|ซม\.?|กิโลกรัม|เซนติเมตร|كجم|سم|كيلو|किलो|इंच"
)
_NUMBER = r"\d{1,3}(?:[.,' \u00a0\u202f’]\d{2,3}){0,4}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(rf"(?<![A-Za-zÀ-ž0-9.,])(?:(?P<before>{_SIGN})(?P<gap>[ \u00a0\u202f]?))?(?P<number>{_NUMBER})(?![\d])"
                     rf"(?:[ \u00a0\u202f]?(?P<after>{_SIGN})(?![A-Za-zÀ-ž]))?")  # fmt: skip
_MEASURE = re.compile(rf"(?<![\w.,/-])(?P<number>{_NUMBER})[ \u00a0\u202f]?(?:{_UNIT})(?![A-Za-zÀ-ž\d])")
#: Thousands and lakhs: who counts in these groups writes 1,85,000.
_LAKHS = re.compile(r"\d{3},\d{3}(?:\.\d{1,2})?|\d{1,3}(?:,\d{3}){2,3}(?:\.\d{1,2})?")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2}){1,3},\d{3}(?:\.\d{1,2})?")
#: Signs and words that stand on one side in their own market.
_BEHIND = frozenset(["kr", "kr.", "zł", "Kč", "Ft", "TL", "円", "원", "元", "圓", "đ", "บาท", "руб", "руб."])
_BEFORE = frozenset(["RM", "Rp", "Rp.", "R$", "S$", "NT$", "HK$", "Rs", "Rs."])
#: Where a language is written by another market's rule, by that market (Swiss banks and shops write CHF 29.50).
_POINT = frozenset(["de_CH", "fr_CH", "it_CH", "de_LI"])
_PLACED = frozenset("€$£¥₹₩₽₺") | {"R$"}
#: Languages and markets whose own practice differs from CLDR's table, or has two (general knowledge).
_EITHER = frozenset(["en_ZA", "es_PR", "es_US", "de_CH", "fr_CH", "it_CH", "ar_EG", "ar_SA", "ar_AE", "de_LI", "en_CA"])
#: Where the sign may stand on either side although CLDR has one place for it (general knowledge).
_SIDES = frozenset(
    ["de_AT", "nl_NL", "nl_BE", "vi_VN", "ja_JP", "ar_SA", "ar_AE", "ar_EG", "tr_TR", "ko_KR", "zh_Hans_CN", "zh_CN"]
)
#: The region whose forms a language has outside its own markets.
_REGION = {"en": "001", "pt": "PT"}
_TWELVE = 12


@dataclass(frozen=True)
class Forms:
    """What a locale writes: the order of a short date ("dmy"), its mark, the decimal mark, where a currency's sign stands."""

    locale: Locale
    name: str
    order: str
    mark: str
    decimal: str
    sign_first: bool
    twelve_hours: bool

    def day(self, value: date) -> str:
        """Return a date with its month as a word."""
        return str(format_date(value, format="long", locale=self.locale))


@lru_cache(maxsize=512)
def forms(language: str, market: str | None) -> Forms:
    """Return the forms of a language in a market, by CLDR.

    Example:
        >>> forms("de", "DE").order, forms("en", "US").order, forms("ja", "JP").mark
        ('dmy', 'mdy', '/')
    """
    root, *rest = language.split("-")
    script = next((part for part in rest if part in ("Hans", "Hant", "Latn")), "")
    region = market or next((part for part in rest if len(part) == 2 or part.isdigit()), _REGION.get(root, ""))
    for name in ("_".join(filter(None, (root, script, region))), "_".join(filter(None, (root, script))), root, "en"):
        try:
            locale = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
        break
    pattern = re.sub(r"'[^']*'", "", str(locale.date_formats["short"].pattern))
    order = "".join(dict.fromkeys(char for char in pattern.lower() if char in "dmy"))
    mark = next((char for char in pattern if char in "./-"), "/")
    money = str(locale.currency_formats["standard"].pattern)
    return Forms(
        locale, name, order, mark, str(locale.number_symbols["latn"]["decimal"]), money.find("¤") < money.find("0"),
        "a" in str(locale.time_formats["short"].pattern).lower(),
    )  # fmt: skip


def formats(look: Look) -> Iterator[Finding]:
    """Yield dates, times and amounts that the market's reader would misread or find foreign."""
    if look.context.market is None or look.market is None or not any(map(str.isdigit, look.text)):
        return
    own = any(same_language(tag, look.context.language) for tag in look.market.languages)
    form = forms(look.context.language, look.context.market if own else None)
    for match in _DATE.finditer(look.text):
        yield from _date(look, form, match)
    for match in _TIME.finditer(look.text):
        if not form.twelve_hours and form.locale.language != "en":
            yield from finding(
                "time_format", "warn", match.span(), f"'{match.group()}' is the twelve-hour clock", "write it with 24 hours"
            )  # fmt: skip
    for match in _AMOUNT.finditer(look.text):
        if match["before"] or match["after"]:
            yield from _amount(form, match)
    for match in _MEASURE.finditer(look.text):
        yield from _measure(form, match)


def _date(look: Look, form: Forms, match: re.Match[str]) -> Iterator[Finding]:
    one, mark, two, three = match[1], match[2], int(match[3]), match[4]
    if len(one) == 4:
        year, month, day, order = int(one), two, int(three), "ymd"
    elif len(three) in (2, 4) and len(one) <= 2:
        year, order = int(three) % 2000 + (2000 if int(three) < 2600 else 0), form.order if form.order != "ymd" else "dmy"
        day, month = (two, int(one)) if order == "mdy" else (int(one), two)
    else:
        return
    shown = match.group()
    if len(three) == 2 and mark == ".":
        return  # a number of a version or a chapter as well
    value = _day(year, month, day)
    if value is None:
        turned = _day(year, day, month)
        if turned is not None:
            told = f"'{shown}' has day and month in another market's order"
            yield from finding("date_format", "warn", match.span(), told, f"write '{form.day(turned)}'")
        return
    better = f"write '{form.day(value)}'"
    foreign = (
        order != form.order if order == "ymd" or form.order == "ymd" else mark != form.mark and {mark, form.mark} != {"/", "-"}
    )
    ambiguous = order != "ymd" and day != month and day <= _TWELVE and month <= _TWELVE
    if order == "ymd" and mark == "-":
        if form.order != "ymd":
            told = f"'{shown}' is how machines write a date"
            yield from finding("date_format", "note", match.span(), told, better)
    elif foreign:
        told = f"'{shown}' is not how a date is written here"
        yield from finding("date_format", "warn", match.span(), told, better)
    elif ambiguous and mark == "/":
        told = f"'{shown}' is two different days for readers in two countries"
        strong = form.locale.language == "en" or look.context.language not in look.market.languages if look.market else False
        yield from finding("date_format", "warn" if strong else "note", match.span(), told, better)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _measure(form: Forms, match: re.Match[str]) -> Iterator[Finding]:
    """Yield a measure with another market's decimal mark; version numbers have no unit behind them."""
    number, other = match["number"], "," if form.decimal == "." else "."
    if form.name not in _EITHER and re.fullmatch(rf"\d{{1,3}}{re.escape(other)}\d{{1,2}}", number):
        told = f"'{match.group()}' has another market's decimal mark"
        better = number.replace(other, form.decimal)
        yield from finding("number_format", "note", match.span("number"), told, f"write '{better}'")


def _foreign_marks(form: Forms, number: str) -> bool:
    """Tell whether an amount has the marks of a market that writes them the other way round."""
    mark, other = re.escape(form.decimal), re.escape("," if form.decimal == "." else ".")
    decimal = re.fullmatch(rf"(.*\d)?{other}\d{{1,2}}", number)
    groups = re.fullmatch(rf"\d{{1,3}}(?:{mark}\d{{3}}){{1,4}}", number)
    grouped = re.search(rf"{mark}\d{{2,3}}{other}", number)
    return bool(decimal or groups or grouped)


def _amount(form: Forms, match: re.Match[str]) -> Iterator[Finding]:
    number, sign = match["number"], match["before"] or match["after"]
    other = "," if form.decimal == "." else "."
    swap = {form.decimal: other, other: form.decimal}
    if form.name not in _EITHER and _foreign_marks(form, number):
        told = f"'{match.group().strip()}' has the marks of another market; here the decimals stand behind '{form.decimal}'"
        better = "".join(swap.get(char, char) for char in number)
        yield from finding("number_format", "warn", match.span("number"), told, f"write '{better}'")
    elif form.name in _POINT and re.fullmatch(r"[\d'’ ]{1,12},\d{2}", number):
        told = f"'{match.group().strip()}': in Switzerland the decimals of an amount stand behind a point"
        yield from finding("number_format", "note", match.span("number"), told, f"write 'CHF {number.replace(',', '.')}'")
    elif form.name.endswith("_IN") and _LAKHS.fullmatch(number):
        whole, point, rest = number.partition(".")
        better = f"{_lakhs(whole.replace(',', ''))}{point}{rest}"
        told = f"'{number}' is grouped by thousands; here numbers are grouped by lakhs"
        yield from finding("number_format", "note", match.span("number"), told, f"write '{better}'")
    elif not form.name.endswith("_IN") and form.locale.language not in ("hi", "ta", "te") and _INDIAN.fullmatch(number):
        told = f"'{number}' is grouped by lakhs, as in India"
        yield from finding("number_format", "warn", match.span("number"), told, "group the figures by thousands")
    yield from _sign(form, match, number, sign)


def _lakhs(digits: str) -> str:
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail])


def _sign(form: Forms, match: re.Match[str], number: str, sign: str) -> Iterator[Finding]:
    """Yield a currency's sign on the wrong side of its number."""
    if match["before"] and match["after"]:
        return
    first: bool | None = None
    if sign in _PLACED and form.name not in _SIDES:
        first = form.sign_first
    elif sign in _BEHIND or sign in _BEFORE:
        first = sign in _BEFORE
    if first is None or bool(match["before"]) == first:
        return
    better = f"{sign}{number}" if first else f"{number} {sign}"
    side = "before" if first else "behind"
    yield from finding("currency_place", "note", match.span(), f"the sign stands {side} the number here", f"write '{better}'")
