from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.datafile import load_yaml
from cs_assist.triage.signals import fold
from cs_assist.triage.vocabulary import DATA, NAMING, WordFile, is_glued, read, vocabulary
from cs_assist.types import LANGUAGES

FILES = [load_yaml(path, WordFile) for path in sorted(DATA.glob("*.yaml"))]


def test_every_language_has_its_words() -> None:
    styles = {"es-419", "pt-BR"}  # read as es and pt
    assert {file.language for file in FILES} == set(LANGUAGES) - styles


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.language)
def test_every_language_says_order_number_coupon_today_day_and_piece(file: WordFile) -> None:
    needed = (file.order_number, file.order, file.tracking, file.coupon, file.date, file.unit, file.number, file.piece)
    assert all(needed)
    assert file.money
    assert file.street.words


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.language)
def test_a_term_bound_to_a_language_counts_there(file: WordFile) -> None:
    for term in file.own:
        literal = fold(term)[0]
        assert vocabulary().find(literal, file.language) or vocabulary().role_after(literal, 0, file.language), term


def test_months_weekdays_and_units_come_from_the_locale_data() -> None:
    for text in ("październik", "octobre", "ตุลาคม", "октября", "अक्टूबर", "أكتوبر"):
        assert [word.role for word in vocabulary().find(fold(text)[0], None)] == ["month"]
    for text in ("mercoledì", "onsdag", "水曜日", "수요일", "星期三"):
        assert [word.role for word in vocabulary().find(fold(text)[0], None)] == ["date"]
    for unit in ("minuten", "godziny", "semanas", "недель", "สัปดาห์"):
        assert vocabulary().role_after(unit, 0, None) == ("duration", len(unit))


def test_a_word_that_others_use_otherwise_counts_in_its_own_language_only() -> None:
    roles = {language: [w.role for w in vocabulary().find("kal", language)] for language in ("hi-Latn", "tr", None)}
    assert roles == {"hi-Latn": ["date"], "tr": [], None: []}


def test_a_word_counts_only_whole() -> None:
    assert not [word for word in vocabulary().find("disorderly", "en") if word.role == "order"]
    assert not vocabulary().role_after("dayspring", 0, "en")


def test_the_longest_term_counts_alone() -> None:
    assert [word.role for word in read("error code 12", market=None, language="en").naming] == ["unless"]
    assert [word.role for word in read("my order number", market=None, language="en").naming] == ["order_number"]


def test_a_sign_of_one_letter_means_money_in_its_market_only() -> None:
    assert vocabulary().sign_before("r250", 1, "ZA") == 0
    assert vocabulary().sign_before("r250", 1, "DE") is None


def test_scripts_without_spaces_are_known() -> None:
    assert [is_glued(char) for char in "日カกa한д1"] == [True, True, True, False, True, False, False]


def test_a_regional_style_is_read_as_its_language() -> None:
    assert read("x", market=None, language="pt-BR").language == "pt"


@given(st.text(max_size=60), st.sampled_from([None, *LANGUAGES]))
def test_words_stand_inside_the_text_in_order(text: str, language: str | None) -> None:
    reading = read(text + " order नंबर 注文 " + text, market=None, language=language)
    for words, length in ((reading.naming, len(reading.text)), (reading.folded_words, len(reading.folded))):
        assert all(0 <= word.start < word.end <= length for word in words)
        assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(words))
    assert {word.role for word in reading.naming} <= NAMING
    assert any(word.role == "order" for word in reading.naming)
