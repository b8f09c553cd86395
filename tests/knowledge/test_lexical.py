from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.knowledge.lexical import LexicalIndex, codes_of, tokenize

TEXTS = ["The kettle leaks water", "Refund within five days", "Größentabelle für Jacken", "退货标签免费", "返品は三十日以内です"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Größe XL 尺码表", ["große", "xl", "尺码", "码表"]),
        ("REFUND, refund!", ["refund", "refund"]),
        ("café réclamation", ["cafe", "reclamation"]),
        ("ﬁnal ＡＢＣ", ["final", "abc"]),
        ("订", ["订"]),
        ("ค่าส่ง", ["ค่", "่า", "าส", "ส่", "่ง"]),
        ("K1ケトル", ["k1", "ケト", "トル"]),
        ("snake_case", ["snake", "case"]),
        ("배송 언제", ["배송", "언제"]),
        ("!!! 😡 …", []),
        ("", []),
    ],
)
def test_text_becomes_folded_words_and_pairs_of_unspaced_characters(text: str, terms: list[str]) -> None:
    import unicodedata

    assert [unicodedata.normalize("NFC", term) for term in tokenize(text)] == terms


@given(st.text(max_size=200))
def test_terms_are_never_empty_and_hold_no_white_space(text: str) -> None:
    assert all(term and not any(c.isspace() for c in term) for term in tokenize(text))


@given(st.text(alphabet="abcdefgh ÄÖÜéñ", max_size=80))
def test_case_never_matters(text: str) -> None:
    assert tokenize(text) == tokenize(text.upper())


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert 0 < len(tokenize("word " * 200_000)) < 2_000


@pytest.mark.parametrize(
    ("query", "best"),
    [("my KETTLE is broken", 0), ("refund?", 1), ("grossentabelle größentabelle", 2), ("退货标签", 3), ("返品したい", 4)],
)
def test_the_text_that_shares_words_with_the_question_scores_highest(query: str, best: int) -> None:
    scores = LexicalIndex.build(TEXTS).scores(query)
    assert scores.shape == (len(TEXTS),)
    assert int(np.argmax(scores)) == best
    assert scores[best] > 0


@pytest.mark.parametrize("query", ["", "xylophone", "😡", "…"])
def test_a_question_without_known_words_scores_zero_everywhere(query: str) -> None:
    assert LexicalIndex.build(TEXTS).scores(query).tolist() == [0.0] * len(TEXTS)


def test_a_word_said_twice_counts_once() -> None:
    index = LexicalIndex.build(TEXTS)
    assert np.array_equal(index.scores("refund"), index.scores("refund refund refund"))


def test_a_text_without_words_has_its_place_and_no_score() -> None:
    scores = LexicalIndex.build(["😀", "refund"]).scores("refund")
    assert scores[0] == 0
    assert scores[1] > 0


def test_texts_without_any_words_can_be_indexed() -> None:
    assert LexicalIndex.build(["😀", "…"]).scores("refund").tolist() == [0.0, 0.0]


def test_what_was_saved_scores_the_same_when_loaded(tmp_path: Path) -> None:
    index = LexicalIndex.build(TEXTS)
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    for query in ("kettle", "退货", "days within"):
        assert np.array_equal(index.scores(query), loaded.scores(query))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İade süresi", "iade suresi"),
        ("الطَّلَب", "الطلب"),
        ("إرجاع", "ارجاع"),
        ("size ٤٤", "size 44"),
        ("४० रुपये", "40 रुपये"),
        ("क़ीमत", "कीमत"),
        ("wi\u200cfi Rück\u00adsendung", "wifi Rücksendung"),
    ],
)
def test_what_is_written_in_more_than_one_way_is_one_term(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


def test_the_vowel_signs_of_devanagari_belong_to_their_word() -> None:
    assert tokenize("दिन और दान") == ["दिन", "और", "दान"]
    scores = LexicalIndex.build(["दिन", "दान"]).scores("दान")
    assert scores[1] > scores[0] == 0


def test_codes_are_whole() -> None:
    assert codes_of("E40, 30 days, 4,90 EUR, size ٤٤") == {"e40", "30", "4.90", "eur", "44"}
