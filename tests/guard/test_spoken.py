from __future__ import annotations

import pytest

from cs_assist.guard.normal import normal
from cs_assist.guard.spoken import guess_languages, short_weekdays, spoken_numbers, words
from cs_assist.types import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "twenty five", 25),
        ("es", "treinta y uno", 31),
        ("id", "dua belas", 12),
        ("th", "สามสิบ", 30),
        ("zh-Hans", "二十四", 24),
        ("vi", "ba mươi", 30),
    ],
)
def test_numbers_are_put_together(language: str, text: str, value: int) -> None:
    assert [number.value for number in spoken_numbers(normal(text), language)] == [value]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_small_numbers(language: str) -> None:
    own = words(language)
    known = set(own.numbers.values()) | set(own.multiply.values())
    assert {3, 4, 5, 6, 7, 8, 9, 10} <= known


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("die ware geht zurück, wenn sie nicht passt", "de"),
        ("le colis est dans la boîte", "fr"),
        ("返品できます", "ja"),
        ("환불됩니다", "ko"),
        ("возврат", "ru"),
    ],
)
def test_the_language_of_evidence_is_guessed(text: str, language: str) -> None:
    assert guess_languages(normal(text))[0] == language


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("lun-ven 9h00-18h00, sam 9h00-12h00", {0, 4, 5}),
        ("L-V 9:00-14:00, S 10:00-13:00", {0, 4, 5}),
        ("пн–пт 9:00–18:00, сб 9:00–14:00", {0, 4, 5}),
        ("월~금 09:30~18:00", {0, 4}),
        ("月〜金 10:00-17:00、土日祝休み", {0, 4, 5, 6}),
        ("周一至五 9:00-18:00", {0, 4}),
        ("Di–Fr 10.00–18.30 Uhr, So geschlossen", {1, 4, 6}),
        ("di, wo en do 10.00-17.00 uur", {1, 2, 3}),
        ("T2-T6 8:30-17:00", {0, 4}),
        ("จ.-ศ. 9.00-18.00 น.", {0, 4}),
        ("pzt–cmt 9.00–19.00", {0, 5}),
        ("Sen-Jum 09.00-18.00", {0, 4}),
    ],
)
def test_shortened_weekdays_of_a_table_are_read(text: str, days: set[int]) -> None:
    assert {day for day, _, _ in short_weekdays(normal(text))} == days


@pytest.mark.parametrize("text", ["Das tun wir so gern.", "la mer et le sam", "se vi do mar", "We do so in 3 days."])
def test_words_that_only_look_like_weekdays_are_none(text: str) -> None:
    assert list(short_weekdays(normal(text))) == []
