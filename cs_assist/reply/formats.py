"""Dates, durations and money as a market writes them (Babel)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency

_BABEL = {
    "zh-Hans": "zh_Hans",
    "zh-Hant": "zh_Hant",
    "es-419": "es_419",
    "pt-BR": "pt_BR",
    "pt": "pt_PT",
    "hi-Latn": "hi_Latn",
}


def locale_for(language: str, market_locale: str | None) -> Locale:
    """Return the market's locale where it is in the customer's language, else the language's own."""
    if market_locale:
        local = Locale.parse(market_locale)
        script = next((part for part in language.split("-") if part in ("Hans", "Hant", "Latn")), None)
        if local.language == language.split("-")[0] and (script is None or script == local.script):
            return local
    try:
        return Locale.parse(_BABEL.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def duration(value: timedelta, locale: Locale) -> str:
    """Return a duration in whole hours up to two days, else in days.

    Example:
        >>> duration(timedelta(hours=12), Locale.parse("de"))
        '12 Stunden'
    """
    hours = max(1, round(value.total_seconds() / 3600))
    unit = timedelta(hours=hours) if hours <= 48 else timedelta(days=round(hours / 24))
    if hours <= 48:
        return str(format_timedelta(unit, granularity="hour", threshold=100, locale=locale))
    return str(format_timedelta(unit, granularity="day", threshold=100, locale=locale))


def day(value: date, locale: Locale) -> str:
    """Return a date with the month as a word: 3/9 is two different days."""
    return str(format_date(value, format="long", locale=locale))


def money(amount: Decimal, currency: str, locale: Locale) -> str:
    r"""Return an amount with its currency as the locale writes it.

    Example:
        >>> money(Decimal("1234.5"), "EUR", Locale.parse("de_DE"))
        '1.234,50\xa0€'
    """
    return str(format_currency(amount, currency, locale=locale))
