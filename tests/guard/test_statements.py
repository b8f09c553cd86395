from __future__ import annotations

import pytest

from cs_assist.guard.statements import alike, is_served, stated, told
from cs_assist.types import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_served(language: str) -> None:
    assert is_served(language)


def test_a_phrase_inside_another_is_none_of_its_own() -> None:
    (statement,) = stated("Returns are not free.", "en")[1]
    assert statement.has("you_pay")
    assert not statement.has("free")
    (polite,) = stated("Please don't worry.", "en")[1]
    assert not polite.denies


def test_sentences_on_one_thing_are_alike_across_languages() -> None:
    (reply,) = stated("Reduzierte Ware kann zurückgegeben werden.", "de")[1]
    same, other = told("Reduced items cannot be returned. The battery is new.")
    assert alike(reply, same) > 0.7 > 0.2 > alike(reply, other)


def test_japanese_is_not_read_as_chinese() -> None:
    assert not told("元の梱包で未組立の家具を返送してください。")[0].denies


def test_arabic_denials_are_words_and_not_letters_of_other_words() -> None:
    assert not stated("يمكنك إرجاع المنتج خلال ١٤ يوما من الاستلام.", "ar")[1][0].denies
    assert stated("لا يمكن إرجاع المنتجات المخفضة.", "ar")[1][0].denies
