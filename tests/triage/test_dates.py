from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.dates import dates
from cs_assist.triage.vocabulary import read


def found(text: str, language: str | None = None) -> list[str]:
    return [text[v.start : v.end] for v in dates(read(text, market=None, language=language))]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "since 2026-11-03", "2026-11-03"),
        ("en", "on 3/11/2026", "3/11/2026"),
        ("de", "am 12.05.26", "12.05.26"),
        ("de", "bis 24.12. da", "24.12."),
        ("en", "due 12/24", "12/24"),
        ("ar", "يوم ٢٤/١٢/٢٠٢٦", "٢٤/١٢/٢٠٢٦"),
        ("en", "the 3rd of March", "3rd of March"),
        ("en", "by March 3, 2026", "March 3, 2026"),
        ("en", "in March 2026", "March 2026"),
        ("de", "vom 3. Februar 2026", "3. Februar 2026"),
        ("fr", "le 1er août", "1er août"),
        ("es", "el 5 de mayo de 2026", "5 de mayo de 2026"),
        ("it", "5 maggio", "5 maggio"),
        ("pt", "dia 25 de dezembro", "25 de dezembro"),
        ("nl", "2 mei", "2 mei"),
        ("sv", "den 4 juni", "4 juni"),
        ("pl", "5 maja", "5 maja"),
        ("ru", "5 мая 2026", "5 мая 2026"),
        ("tr", "24 Kasım", "24 Kasım"),
        ("id", "17 Agustus", "17 Agustus"),
        ("ms", "17 Ogos", "17 Ogos"),
        ("vi", "ngày 5 tháng 3 năm 2026", "5 tháng 3 năm 2026"),
        ("th", "วันที่3 พ.ค. 2567", "3 พ.ค. 2567"),
        ("hi", "3 मई", "3 मई"),
        ("ar", "3 مايو", "3 مايو"),
        ("ja", "2026年5月3日に", "2026年5月3日"),
        ("ko", "3월 5일에", "3월 5일"),
        ("zh-Hans", "５月３号买的", "５月３号"),
    ],
)
def test_a_written_date_is_found_whole(language: str, text: str, value: str) -> None:
    assert found(text, language) == [value]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "came yesterday", "yesterday"),
        ("de", "heute noch", "heute"),
        ("fr", "après-demain", "après-demain"),
        ("es", "pasado mañana", "pasado mañana"),
        ("it", "ieri sera", "ieri"),
        ("pt-BR", "amanhã cedo", "amanhã"),
        ("nl", "overmorgen", "overmorgen"),
        ("sv", "kom i går", "i går"),
        ("pl", "w środę", "środę"),
        ("ru", "в пятницу", "пятницу"),
        ("tr", "yarın gelir", "yarın"),
        ("ar", "يوم الثلاثاء", "الثلاثاء"),
        ("hi", "कल मिला", "कल"),
        ("hi-Latn", "parso mila", "parso"),
        ("id", "besok pagi", "besok"),
        ("ms", "esok petang", "esok"),
        ("vi", "hôm qua", "hôm qua"),
        ("th", "เมื่อวานนี้", "เมื่อวานนี้"),
        ("ja", "明後日まで", "明後日"),
        ("ko", "어제 왔어요", "어제"),
        ("zh-Hans", "昨天到的", "昨天"),
        ("zh-Hant", "星期五前", "星期五"),
    ],
)
def test_days_said_in_words_are_dates(language: str, text: str, value: str) -> None:
    assert value in found(text, language)


@pytest.mark.parametrize(
    "text",
    ["open 24/7", "10/10 service", "8/10 rating", "rated 8/10", "room no. 3/11", "march 5 times", "30.02.2026", "2026-04-31",
     "31/6", "1/2 price", "99/99/2026", "version 1.2.3.4", "you may 100% do", "2 out of 3"],
)  # fmt: skip
def test_what_only_looks_like_a_date_is_left(text: str) -> None:
    assert found(text, "en") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Größe 10/12"),
        ("fr", "taille : 10/12"),
        ("es", "talla 10/12"),
        ("it", "camera 3/11"),
        ("pt", "tamanho 10/12"),
        ("nl", "maat 10/12"),
        ("sv", "storlek 10/12"),
        ("pl", "rozmiar 10/12"),
        ("ru", "размера 10/12"),
        ("tr", "beden 10/12"),
        ("ar", "مقاس 10/12"),
        ("hi", "साइज़ 10/12"),
        ("id", "ukuran 10/12"),
        ("ms", "saiz 10/12"),
        ("vi", "cỡ 10/12"),
        ("th", "ไซส์ 10/12"),
        ("ja", "サイズ10/12"),
        ("ko", "사이즈 10/12"),
        ("zh-Hans", "给8/10分"),
        ("zh-Hant", "尺碼 10/12"),
        ("zh-Hans", "13月5号"),
    ],
)
def test_a_size_or_a_mark_is_no_date(language: str, text: str) -> None:
    assert found(text, language) == []


def test_such_a_word_further_off_leaves_the_date() -> None:
    assert found("ordered on 3/11, size 42, room 5", "en") == ["3/11"]
    assert found("by march 5 please", "en") == ["march 5"]


@given(st.dates(min_value=date(1900, 1, 1)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y"]))
def test_any_day_of_the_calendar_is_a_date(day: date, form: str) -> None:
    text = day.strftime(form)
    assert found(f"on {text} please") == [text]
