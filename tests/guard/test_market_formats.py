from __future__ import annotations

import pytest

from cs_assist.guard.context import Context
from cs_assist.guard.culture import Look
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.market_formats import formats, forms


def read(text: str, language: str, market: str | None) -> list[tuple[str, str, str]]:
    known = load_culture(language)
    assert known is not None
    where = Context(language=language, market=market, platform=None, channel="email")
    return [(f.rule.removeprefix("culture_"), f.severity, f.suggestion) for f in formats(Look(text, where, known))]


@pytest.mark.parametrize(
    ("text", "language", "market", "seen"),
    [
        ("Am 03.09.2026.", "de", "DE", []),
        ("Am 09/25/2026.", "de", "DE", [("date_format", "warn", "write '25. September 2026'")]),
        ("On 03/09/2026.", "en", "US", [("date_format", "warn", "write 'March 9, 2026'")]),
        ("On 25/09/2026.", "en", "US", [("date_format", "warn", "write 'September 25, 2026'")]),
        ("Le 03/09/2026.", "fr", "FR", [("date_format", "note", "write '3 septembre 2026'")]),
        ("2026/09/03に届きます。", "ja", "JP", []),
        ("03/09/2026に届きます。", "ja", "JP", [("date_format", "warn", "write '2026年9月3日'")]),
        ("Am 2026-09-03.", "de", "DE", [("date_format", "note", "write '3. September 2026'")]),
        ("Am 99/99/2026.", "de", "DE", []),
        ("Version 1.2.3 or 10/12/2026/x", "en", "US", []),
    ],
)
def test_dates(text: str, language: str, market: str, seen: list[tuple[str, str, str]]) -> None:
    assert read(text, language, market) == seen


@pytest.mark.parametrize(
    ("text", "language", "market", "rule"),
    [
        ("Er kostet 1.299,00 €.", "de", "DE", ""),
        ("Er kostet 1,299.00 €.", "de", "DE", "number_format"),
        ("Er kostet 19.99 €.", "de", "DE", "number_format"),
        ("It costs $1,299.00.", "en", "US", ""),
        ("It costs $19,99.", "en", "US", "number_format"),
        ("Harganya Rp150.000.", "id", "ID", ""),
        ("Harganya Rp150,000.", "id", "ID", "number_format"),
        ("Custa R$ 49,90.", "pt-BR", "BR", ""),
        ("Er kostet €19,99.", "de", "DE", "currency_place"),
        ("It costs 19.99£.", "en", "GB", "currency_place"),
        ("Er wiegt 1,5 kg, Artikel 12.345, USB 3.0.", "de", "DE", ""),
        ("Er wiegt 1.5 kg.", "de", "DE", "number_format"),
        ("Giá 1,290,000đ ạ.", "vi", "VN", "number_format"),
        ("Giá 1.290.000đ ạ.", "vi", "VN", ""),
        ("모두 45.800원입니다.", "ko", "KR", "number_format"),
        ("모두 45,800원입니다.", "ko", "KR", ""),
        ("总共是RM238,50。", "zh-Hans", "MY", "number_format"),
        ("कुल ₹285,000 है।", "hi", "IN", "number_format"),
        ("कुल ₹2,85,000 है।", "hi", "IN", ""),
        ("Das kostet 29,50 CHF.", "de", "CH", "number_format"),
        ("Det kostar kr 349.", "sv", "SE", "currency_place"),
        ("Il coûte 1 299,00 €.", "fr", "FR", ""),
        ("Es kostet CHF 19.90.", "de", "CH", ""),
    ],
)
def test_amounts(text: str, language: str, market: str, rule: str) -> None:
    assert [name for name, _, _ in read(text, language, market)] == ([rule] if rule else [])


def test_twelve_hours() -> None:
    assert [r for r, _, _ in read("Wir öffnen um 3 pm.", "de", "DE")] == ["time_format"]
    assert read("We open at 3 pm.", "en", "US") == [] == read("Wir öffnen um 15:00 Uhr.", "de", "DE")


def test_the_language_decides_where_it_is_not_the_markets_own() -> None:
    assert read("It costs €19.99 on 25/09/2026.", "en", "DE") == []
    assert read("It costs €19,99.", "en", "DE")
    assert forms("xx", None).locale.language == "en"
