from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.conversation.cues import PATH, load_cues, sentences
from cs_assist.datafile import read_mapping
from cs_assist.types import LANGUAGES


def test_every_language_has_its_cues() -> None:
    named = set(read_mapping(PATH.read_text(encoding="utf-8"), path=PATH).value["languages"])
    styles = {"es-419", "pt-BR"}  # of es and pt
    assert named == set(LANGUAGES) - styles


@pytest.mark.parametrize(
    ("text", "third"),
    [
        ("I have asked you three times now.", True),
        ("C'est la troisième fois que je pose la question.", True),
        ("我已经问了三遍了，到底能不能用？", True),
        ("Üçüncü kez soruyorum.", True),
        ("The third parcel is late. I wrote to the courier.", False),
        ("It broke for the third time.", False),
    ],
)
def test_a_third_asking_is_heard_where_both_words_stand_in_one_sentence(text: str, third: bool) -> None:
    assert load_cues().says_third_time(text) is third


def test_promises_and_amends_are_the_sentences_that_hold_them() -> None:
    text = "Sorry about that. We will send a new lid by Friday. Here is a voucher for 10 EUR."
    assert load_cues().promises(text) == ("We will send a new lid by Friday.",)
    assert load_cues().made_amends(text) == ("Here is a voucher for 10 EUR.",)


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    for part in (*load_cues().promises(text), *load_cues().made_amends(text)):
        assert part in sentences(text)
