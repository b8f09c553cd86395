from __future__ import annotations

import pytest

from cs_assist.guard.normal import normal
from cs_assist.guard.spoken import guess_languages, spoken_numbers, words
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
