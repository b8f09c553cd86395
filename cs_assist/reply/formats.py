"""Dates, times, durations, money and languages as a market writes them (Babel)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import ceil
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.localedata import locale_identifiers
from babel.numbers import format_currency

#: Currencies whose hundredths nobody writes, though ISO 4217 has them. General knowledge.
_WITHOUT_CENTS = frozenset({"COP", "IDR", "TWD"})
_SLACK = 0.05  # hours: three minutes more are no hour
#: Weekdays and months as short words, which end in dots in some languages.
_WORDS = re.compile(r"E{1,3}(?!E)|c{3}(?!c)|(?<!M)MMM(?!M)|(?<!L)LLL(?!L)")
_BABEL = {
    "zh-Hans": "zh_Hans",
    "zh-Hant": "zh_Hant",
    "es-419": "es_419",
    "pt-BR": "pt_BR",
    "pt": "pt_PT",
    "hi-Latn": "hi_Latn",
}


def locale_for(language: str, market_locale: str | None) -> Locale:
    """Return the market's locale where it is in the customer's language, else the language's in that country, else its own.

    Example:
        >>> str(locale_for("fr", "en_CA")), str(locale_for("de", "en_US"))
        ('fr_CA', 'de')
    """
    if market_locale:
        local = Locale.parse(market_locale)
        script = next((part for part in language.split("-") if part in ("Hans", "Hant", "Latn")), None)
        if local.language == language.split("-")[0] and (script is None or script == local.script):
            return local
        there = f"{_BABEL.get(language, language)}_{local.territory}"
        if there in _known_locales():
            return Locale.parse(there)
    try:
        return Locale.parse(_BABEL.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@cache
def _known_locales() -> frozenset[str]:
    return frozenset(locale_identifiers())


def duration(value: timedelta, locale: Locale) -> str:
    """Return a duration in hours up to a day, and where it is two, else in days; what is left over counts as a whole one.

    Example:
        >>> duration(timedelta(hours=12), Locale.parse("de"))
        '12 Stunden'
        >>> duration(timedelta(hours=34), Locale.parse("ja"))
        '2日'
    """
    hours = max(1, ceil(value.total_seconds() / 3600 - _SLACK))
    if hours <= 24 or hours == 48:
        text = str(format_timedelta(timedelta(hours=hours), granularity="hour", threshold=100, locale=locale))
    else:
        text = str(format_timedelta(timedelta(days=ceil(hours / 24)), granularity="day", threshold=100, locale=locale))
    if locale.language == "hi":  # before "ke andar", "mein"
        return text.replace("घंटा", "घंटे").replace("ghanta", "ghante")
    return text.replace(" ", "") if locale.language in ("ja", "zh") else text


def day(value: date, locale: Locale) -> str:
    """Return a date with the month as a word: 3/9 is two different days."""
    return str(format_date(value, format="long", locale=locale))


def moment(at: datetime, locale: Locale, *, zone: str, territory: str | None) -> str:
    r"""Return a moment with its weekday, and with the name of the time zone where the territory has several.

    Example:
        >>> from datetime import UTC
        >>> at = datetime(2026, 11, 19, 8, tzinfo=UTC)
        >>> moment(at, Locale.parse("de"), zone="Europe/Berlin", territory="DE")
        'Donnerstag, 19. November, 09:00'
        >>> moment(at, Locale.parse("en"), zone="America/New_York", territory="US")
        'Thursday, November 19, 3:00\u202fAM (Eastern Standard Time)'
    """
    there = ZoneInfo(zone)
    local = at.astimezone(there)
    day_ = str(format_date(local, _WORDS.sub(lambda short: short[0][0] * 4, _day_pattern(locale)), locale=locale))
    clock = format_time(local, _clock(locale), there, locale=locale)
    text = str(locale.datetime_formats["medium"]).replace("{0}", clock).replace("{1}", day_)
    if territory is not None and len({at.astimezone(ZoneInfo(name)).utcoffset() for name in _zones(territory)}) < 2:
        return text
    return f"{text} ({get_timezone_name(local, locale=locale)})"


def languages(tags: Sequence[str], locale: Locale) -> str:
    """Return languages by their names; one that has no name by its tag.

    Example:
        >>> languages(["en", "zh-Hans"], Locale.parse("de"))
        'Englisch und Chinesisch (vereinfacht)'
    """
    names = [str(locale.languages.get(tag.replace("-", "_")) or locale.languages.get(tag.split("-")[0]) or tag) for tag in tags]
    return str(format_list(list(dict.fromkeys(names)), locale=locale))


def _clock(locale: Locale) -> str:
    """Return how a locale writes a time of day, with morning and evening in its own script ("오전 9:00", not "AM 9:00")."""
    pattern = str(locale.time_formats["short"].pattern)
    periods = locale.day_periods.get("format", {})
    short, wide = (str(periods.get(width, {}).get("am", "")) for width in ("abbreviated", "wide"))
    return re.sub(r"\ba\b", "aaaa", pattern) if short.isascii() and not wide.isascii() else pattern


def _day_pattern(locale: Locale) -> str:
    """Return how a locale writes a day with its weekday and without the year."""
    known = locale.datetime_skeletons
    return str(next((known[name] for name in ("MMMMEd", "MMMEd") if name in known), "EEEE, d MMMM"))


@cache
def _zones(territory: str) -> tuple[str, ...]:
    return tuple(zone for zone, code in get_global("zone_territories").items() if code == territory)


def money(amount: Decimal, currency: str, locale: Locale) -> str:
    r"""Return an amount with its currency as the locale writes it.

    Example:
        >>> money(Decimal("1234.5"), "EUR", Locale.parse("de_DE"))
        '1.234,50\xa0€'
        >>> money(Decimal(50000), "IDR", Locale.parse("id_ID"))
        'Rp50.000'
    """
    if currency in _WITHOUT_CENTS and amount == amount.to_integral_value():
        pattern = str(locale.currency_formats["standard"].pattern).replace(".00", "")
        return str(format_currency(amount, currency, pattern, locale=locale, currency_digits=False))
    return str(format_currency(amount, currency, locale=locale))
