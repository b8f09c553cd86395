from __future__ import annotations

import pytest

from cs_assist.guard.countries import countries, is_wide, named
from cs_assist.guard.normal import Normal, normal


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("en", "We ship to Germany.", "DE"),
        ("de", "nach Österreich", "AT"),
        ("fr", "en Belgique", "BE"),
        ("ja", "ドイツへ発送", "DE"),
        ("ru", "в Германии", "DE"),
        ("zh-Hans", "寄往法国", "FR"),
        ("ar", "إلى ألمانيا", "DE"),
    ],
)
def test_countries_are_read_in_their_language(language: str, text: str, code: str) -> None:
    assert [found for found, _, _ in countries(Normal(text), text, language)] == [code]


@pytest.mark.parametrize(("language", "text"), [("en", "Roast the turkey."), ("en", "a china cup"), ("vi", "chào anh")])
def test_words_that_only_look_like_countries_are_none(language: str, text: str) -> None:
    assert list(countries(Normal(text), text, language)) == []


def test_regions_are_wide() -> None:
    assert is_wide(normal("We ship worldwide."))
    assert not is_wide(normal("We ship to Peru."))


@pytest.mark.parametrize("text", ["タイマー付きです", "スタイリッシュなデザイン"])
def test_a_name_inside_a_longer_word_is_none(text: str) -> None:
    assert list(countries(Normal(text), text, "ja")) == []


@pytest.mark.parametrize(("text", "code"), [("Versand aus Köln", "DE"), ("made in Lyon", "FR"), ("склад в Москве", "RU")])
def test_a_large_city_in_evidence_names_its_country(text: str, code: str) -> None:
    assert code in [found for found, _, _ in named(Normal(text), text)]
