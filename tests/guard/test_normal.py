from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.normal import Normal, normal

ODD = ["Ａ", "e\u0301", "ﾀﾞ", "가", "\u1100\u1161", "👩\u200d👧", "ﷺ", "½", "น้ำ", "İ", "٣"]
PIECES = st.lists(st.one_of(st.text(max_size=6), st.sampled_from(ODD)), max_size=8).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ｗｈａｔｓ\u200bＡｐｐ", "whatsapp"),
        ("٢٤ ２４ २४ ๒๔", "24 24 24 24"),
        ("don’t don´t", "don't don't"),
        ("İADE", "iade"),
        ("น้ำ", "น้ำ"),
        ("e\u200b\u0301", "é"),
        ("ﾀﾞﾒ", "ダメ"),
        ("soft\u00adware", "software"),
    ],
)
def test_one_form_for_what_reads_alike(text: str, shown: str) -> None:
    assert Normal(text).text == shown == normal(text)


def test_letters_of_other_scripts_become_latin_only_where_asked() -> None:
    assert Normal("whаtsарр", homoglyphs=True).text == "whatsapp"
    assert Normal("Кот").text == "кот"


@pytest.mark.parametrize(
    ("text", "looked_for", "shown"),
    [
        ("x👩‍👧y", "👩👧", "👩‍👧"),
        ("ae\u0301b", "é", "e\u0301"),
        ("ａ\u200bｂ!", "ab", "ａ\u200bｂ"),
        ("1㎏!", "k", "㎏"),
    ],
)
def test_a_span_holds_whole_characters(text: str, looked_for: str, shown: str) -> None:
    seen = Normal(text)
    at = seen.text.index(looked_for)
    start, end = seen.span(at, at + len(looked_for))
    assert text[start:end] == shown


@given(PIECES, st.booleans(), st.data())
def test_every_span_lies_inside_the_text_and_in_order(text: str, homoglyphs: bool, data: st.DataObject) -> None:
    seen = Normal(text, homoglyphs=homoglyphs)
    start = data.draw(st.integers(0, len(seen.text)))
    end = data.draw(st.integers(start, len(seen.text)))
    first, last = seen.span(start, end)
    assert 0 <= first <= last <= len(text)
    assert (first == last) == (start == end)


def test_a_span_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="not inside"):
        Normal("abc").span(2, 9)


def test_a_million_marks_come_to_an_end() -> None:
    assert len(Normal("a\u0301\u0327" * 300_000).text) >= 300_000


@pytest.mark.parametrize(
    ("text", "normalised"),
    [("4️⃣1️⃣", "41"), ("🅆🅷🅐", "wha"), ("🆂🅸🅶🅽", "sign"), ("①⓪", "10"), ("❶⓿➂⓹➓", "1035➓")],
)
def test_digits_on_keys_and_letters_on_squares_and_discs_are_plain(text: str, normalised: str) -> None:
    seen = Normal(text)
    assert seen.text == normalised
    assert seen.span(0, len(seen.text)) == (0, len(text))


def test_flags_are_letters_only_where_latin_words_are_looked_for() -> None:
    assert Normal("🇼🇦").text == "🇼🇦"
    assert Normal("🇼🇦", homoglyphs=True).text == "wa"
