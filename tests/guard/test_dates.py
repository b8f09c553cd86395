from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.context import Context
from cs_assist.guard.dates import dates, days_before, months, named_dates, short_dates
from cs_assist.guard.grounding import Grounding


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("on 2026-05-03", [("2026-05-03",)]),
        ("on 3/5/2026", [("2026-05-03", "2026-03-05")]),
        ("開立日 115/11/06", [("2026-11-06",)]),
        ("民國115年11月6日", [("2026-11-06",)]),
        ("2026年11月6日", [("2026-11-06",)]),
        ("open 24/7", []),
        ("version 115/1/2/3", []),
        ("40/50/2026", []),
    ],
)
def test_dates_in_figures_are_read_in_all_their_readings(text: str, readings: list[tuple[str, ...]]) -> None:
    assert [values for values, _, _ in dates(text)] == readings


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("am 3. mai 2026", "de", "2026-05-03"),
        ("may 3rd", "en", "05-03"),
        ("el 3 de mayo de 2026", "es", "2026-05-03"),
        ("5 ธ.ค. 2569", "th", "2026-12-05"),
        ("3 мая", "ru", "05-03"),
    ],
)
def test_dates_with_the_months_name_are_read(text: str, language: str, value: str) -> None:
    assert [found for found, _, _ in named_dates(text, (language,))] == [value]


def test_months_are_named() -> None:
    assert [month for month, _, _ in months("im mai oder juni", ("de",))] == ["05", "06"]


def test_short_dates_are_days_before_months() -> None:
    assert [value for value, _, _ in short_dates("scan 23.11 hamburg, 31.02 no, 45.11 no")] == [("11-23",), ("02-31",)]


def test_short_dates_with_a_dash_are_read_either_way() -> None:
    assert [value for value, _, _ in short_dates("shipped 12-07, kept until 11-26, size 40-42")] == [
        ("07-12", "12-07"),
        ("11-26",),
    ]


@pytest.mark.parametrize(
    ("reply", "language", "evidence"),
    [
        ("We are here on 24 December.", "en", "Am 24. und 31. Dezember schließen wir um 12 Uhr."),
        ("Am 24. Dezember sind wir da.", "de", "Open until noon on 24 and 31 December."),
        ("Nous sommes là le 3 mai.", "fr", "Closed on 3, 4 and 5 May."),
        ("5月4日は休みです。", "ja", "Closed on 3, 4 and 5 May."),
        ("It lasts until 16 November.", "en", "del 13 al 16 de noviembre"),
        ("It starts on 13 November.", "en", "del 13 al 16 de noviembre"),
    ],
)
def test_days_that_share_a_month_bear_each_out(reply: str, language: str, evidence: str) -> None:
    check = Grounding()
    assert not [f for f in check(reply, Context(language, None, None, None, evidence=(evidence,))) if f.severity == "block"]
    wrong = reply.replace("24", "27").replace("3", "9").replace("5月4", "5月9").replace("16", "19")
    found = check(wrong, Context(language, None, None, None, evidence=(evidence,)))
    assert [f.rule for f in found if f.severity == "block"] == ["ungrounded_date"]


def test_days_of_another_kind_do_not_share_the_month() -> None:
    assert list(days_before("article 12: 3 may", 12, "05-03", ("en",))) == []
    assert list(days_before("chapter 40, 3 may", 12, "05-03", ("en",))) == []
    assert list(days_before("article 12, 3 may", 12, "05-03", ("en",))) == []


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for _, start, end in (*dates(text), *named_dates(text, ("de", "th")), *short_dates(text)):
        assert 0 <= start < end <= len(text)
