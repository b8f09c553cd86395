from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.normal import Normal
from cs_assist.markets.market import load_market, market_codes
from cs_assist.reply.formats import day, duration, languages, locale_for, moment, money
from cs_assist.types import LANGUAGES


@pytest.mark.parametrize(
    ("language", "market_locale", "expected"),
    [
        ("de", "de_AT", "de_AT"),
        ("de", "en_GB", "de"),
        ("de", None, "de"),
        ("es-419", "es_MX", "es_MX"),
        ("es-419", None, "es_419"),
        ("pt-BR", "pt_BR", "pt_BR"),
        ("pt", None, "pt_PT"),
        ("zh-Hans", "zh_Hans_CN", "zh_Hans_CN"),
        ("zh-Hans", "zh_Hant_TW", "zh_Hans"),
        ("zh-Hant", "zh_Hans_CN", "zh_Hant"),
        ("zh-Hant", None, "zh_Hant"),
        ("hi-Latn", "hi_IN", "hi_Latn_IN"),
        ("xx", None, "en"),
        ("no such tag", None, "en"),
    ],
)
def test_the_markets_locale_is_used_where_the_customer_reads_it(language: str, market_locale: str | None, expected: str) -> None:
    assert locale_for(language, market_locale) == Locale.parse(expected)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.25, "1 hour"),
        (1, "1 hour"),
        (1.01, "1 hour"),
        (1.4, "2 hours"),
        (12, "12 hours"),
        (24, "24 hours"),
        (48, "48 hours"),
        (34, "2 days"),
        (49, "3 days"),
        (72, "3 days"),
    ],
)
def test_a_duration_is_told_in_hours_or_whole_days_never_shorter_than_it_is(hours: float, text: str) -> None:
    assert duration(timedelta(hours=hours), Locale.parse("en")) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "12 Stunden"),
        ("fr", "12\u00a0heures"),
        ("ja", "12時間"),
        ("zh-Hans", "12小时"),
        ("zh-Hant", "12小時"),
        ("pl", "12 godzin"),
    ],
)
def test_a_duration_is_told_in_the_customers_language(language: str, text: str) -> None:
    assert duration(timedelta(hours=12), locale_for(language, None)) == text


@given(st.integers(1, 200), st.sampled_from(LANGUAGES))
def test_a_duration_is_never_shorter_than_it_is_nor_a_day_longer(hours: int, language: str) -> None:
    text = duration(timedelta(hours=hours), locale_for(language, None))
    numbers = "".join(char for char in Normal(text).text if char.isdigit())
    if numbers:  # some languages have a word for one and two
        exact = hours <= 24 or hours == 48
        assert 0 <= int(numbers) * (1 if exact else 24) - hours < (1 if exact else 24)


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en_GB", "3 September 2026"), ("en_US", "September 3, 2026"), ("de_DE", "3. September 2026"), ("ja_JP", "2026年9月3日")],
)
def test_a_date_has_its_month_as_a_word(locale: str, text: str) -> None:
    assert day(date(2026, 9, 3), Locale.parse(locale)) == text


@pytest.mark.parametrize("code", sorted(market_codes()))
def test_every_market_has_words_for_time_and_date_in_each_of_its_languages(code: str) -> None:
    market = load_market(code)
    for language in market.languages:
        locale = locale_for(language, market.locale)
        assert duration(timedelta(hours=5), locale)
        assert "2026" in Normal(day(date(2026, 9, 3), locale)).text or locale.language in ("th", "fa")


@pytest.mark.parametrize(
    ("locale", "currency", "text"),
    [
        ("de_DE", "EUR", "1.234,50\u00a0€"),
        ("en_US", "USD", "$1,234.50"),
        ("ja_JP", "JPY", "￥1,234"),
        ("de_CH", "CHF", "CHF\u00a01’234.50"),
        ("en_IN", "INR", "₹1,234.50"),
    ],
)
def test_money_is_written_as_the_market_writes_it(locale: str, currency: str, text: str) -> None:
    assert money(Decimal("1234.5"), currency, Locale.parse(locale)) == text


@pytest.mark.parametrize(
    ("language", "market", "parts"),
    [
        ("de", "DE", ["Donnerstag, 19. November", "09:00"]),
        ("ja", "JP", ["11月19日(木曜日)", "17:00"]),
        ("th", "TH", ["วันพฤหัสบดี 19 พฤศจิกายน", "15:00"]),
        ("ar", "SA", ["الخميس", "11:00"]),
        ("pt-BR", "BR", ["quinta-feira, 19 de novembro", "05:00", "(Horário Padrão de Brasília)"]),
        ("en", "US", ["Thursday, November 19", "3:00", "(Eastern Standard Time)"]),
        ("en", None, ["November 19", "8:00", "(Coordinated Universal Time)"]),
    ],
)
def test_a_moment_is_the_markets_and_says_its_zone_where_there_are_several(
    language: str, market: str | None, parts: list[str]
) -> None:
    there = load_market(market) if market else None
    locale = locale_for(language, there.locale if there else None)
    at = datetime(2026, 11, 19, 8, tzinfo=UTC)
    text = moment(at, locale, zone=there.timezone if there else "UTC", territory=market)
    assert [part for part in parts if part not in text] == []
    assert text.endswith(")") is any(part.endswith(")") and "(" in part[:1] for part in parts)


@pytest.mark.parametrize(
    ("language", "tags", "text"),
    [
        ("de", ["en"], "Englisch"),
        ("es", ["en", "fr"], "inglés y francés"),
        ("en", ["zh-Hant", "x-own"], "Traditional Chinese and x-own"),
    ],
)
def test_languages_have_their_names(language: str, tags: list[str], text: str) -> None:
    assert languages(tags, Locale.parse(language)) == text
