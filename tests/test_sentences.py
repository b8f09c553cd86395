from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import split_graphemes

from cs_assist.sentences import beginning, sentence_ends, sentences_of, shorten

PIECES = st.sampled_from(
    ["One. ", "Two! ", "谢谢。", "क्या। ", "ครับ ", "สวัสดีค่ะ ", "3.5 ", "z. B. ", "\n", " ",
     "👍🏽", "👨‍👩‍👧", "e\u0301", ".\u0301 ", "。\ufe0f", "!", "Wort"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It left. It is late.", ["It left.", " It is late."]),
        ("It leaves on 3. September. Then it flies.", ["It leaves on 3. September.", " Then it flies."]),
        ("Wir senden z. B. Lampen. Fertig!", ["Wir senden z. B. Lampen.", " Fertig!"]),
        ("See Dr. Who vs. Them (e.g. The end).", ["See Dr. Who vs. Them (e.g. The end)."]),
        ("It costs 3.50 at www.shop.example.com.", ["It costs 3.50 at www.shop.example.com."]),
        ("谢谢您。再见！", ["谢谢您。", "再见！"]),
        ("「はい。」わかりました。", ["「はい。」", "わかりました。"]),
        ("सही है। धन्यवाद।", ["सही है।", " धन्यवाद।"]),
        ("شكرًا. كيف الحال؟ بخير", ["شكرًا.", " كيف الحال؟", " بخير"]),
        ("ส่งแล้วค่ะ รอสักครู่นะคะ", ["ส่งแล้วค่ะ", " รอสักครู่นะคะ"]),
        ("A line\nAnother", ["A line", "\nAnother"]),
        ("“Really?” he said.", ["“Really?” he said."]),
        ("Wait... and see.", ["Wait... and see."]),
        ("", []),
    ],
)
def test_a_sentence_ends_where_a_reader_would_say_so(text: str, sentences: list[str]) -> None:
    ends = list(sentence_ends(text))
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences


@given(TEXTS)
def test_ends_rise_and_the_last_is_the_texts(text: str) -> None:
    ends = list(sentence_ends(text))
    assert ends == sorted(set(ends))
    assert not ends or ends[-1] == len(text)


@given(TEXTS, st.integers(0, 40))
def test_no_cut_falls_into_a_word_or_a_grapheme(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text.startswith(short)
    if short and short != text.rstrip():
        borders = {end for _, end, _ in split_graphemes(text)[0]}
        assert len(short) in borders
        assert not (short[-1].isalpha() and text[len(short)].isalpha() and short[-1].isascii())


@given(st.text(max_size=200), st.data())
def test_the_sentences_of_a_span_hold_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert text[start:end].strip() in sentences_of(text, start, end)


@pytest.mark.parametrize(
    ("text", "word", "sentence"),
    [
        ("Hello. Where is it? I want a person.", "person", "I want a person."),
        ("どこですか。担当者と話したいです。", "担当者", "担当者と話したいです。"),
        ("Wo ist es? Ein Mensch.", "es? Ein", "Wo ist es? Ein Mensch."),
    ],
)
def test_a_span_stands_in_whole_sentences(text: str, word: str, sentence: str) -> None:
    at = text.index(word)
    assert sentences_of(text, at, at + len(word)) == sentence


@given(st.text(max_size=200), st.integers(1, 60))
def test_a_beginning_fits_and_is_one(text: str, limit: int) -> None:
    found = beginning(text, limit)
    assert len(found) <= limit
    assert text.startswith(found)
    assert found or not text[:limit].strip()
