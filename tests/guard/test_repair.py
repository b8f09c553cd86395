from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.check import Guard, verdict
from cs_assist.guard.repair import repair, sentences, shorten
from cs_assist.types import Draft, Message

GUARD = Guard(lambda _: ("en", 1.0))
PIECES = st.one_of(
    st.sampled_from(["One. ", "Two! ", "谢谢。", "क्या।", "a.b@c.example ", "3.5 ", "\n\n", " ", "?", "www.x.example"]),
    st.text(max_size=5),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def mended(text: str, *, platform: str = "amazon") -> str:
    draft = Draft(text=text, language="en", source="composed", citations=("a",), evidence=(text,))
    return repair(draft, GUARD(draft, Message(id="1", platform=platform))).text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thank you. Write to a@b.example for more. Bye.", "Thank you. Bye."),
        ("Thank you. See https://x.example/a.html for more! Bye.", "Thank you. Bye."),
        ("Thank you! Call +49 151 23456789. Bye.", "Thank you! Bye."),
        ("Hello,\nadd us on Telegram\nBye", "Hello,\nBye"),
        ("谢谢您。请加我们的 wechat 。再见。", "谢谢您。再见。"),
        ("It costs 3.5 euros. Bye.", "It costs 3.5 euros. Bye."),
        ("Nothing wrong here.", "Nothing wrong here."),
    ],
)
def test_sentences_that_lead_off_the_platform_are_cut_out_whole(text: str, left: str) -> None:
    assert mended(text) == left


def test_what_cutting_cannot_mend_is_left_and_still_blocks() -> None:
    draft = Draft(text="Dear {name}, it takes 9 days.", language="en", source="composed")
    findings = GUARD(draft, Message(id="1"))
    assert repair(draft, findings) == draft
    assert verdict(GUARD(repair(draft, findings), Message(id="1"))) == "block"


@pytest.mark.parametrize("text", ["Write to a@b.example now.", "Call +49 151 23456789", "www.x.example"])
def test_a_text_of_which_nothing_would_be_left_does_not_pass(text: str) -> None:
    message = Message(id="1", platform="amazon")
    draft = Draft(text=text, language="en", source="composed", evidence=(text,))
    repaired = repair(draft, GUARD(draft, message))
    assert verdict(GUARD(repaired, message)) == "block"


def test_a_text_too_long_for_its_platform_is_cut_at_a_sentence() -> None:
    text = "A sentence of words. " * 40
    left = mended(text, platform="mercado_libre")
    assert 300 < len(left) <= 350
    assert left.endswith("words.")


def test_a_text_whose_first_sentence_is_too_long_is_not_emptied() -> None:
    assert mended("word " * 200, platform="mercado_libre")


def test_everything_but_the_text_stays_as_it_was() -> None:
    draft = Draft(text="Hi. Mail a@b.example.", language="en", source="curated", citations=("a",), evidence=("x",))
    repaired = repair(draft, GUARD(draft, Message(id="1", platform="ebay")))
    assert repaired == draft.model_copy(update={"text": "Hi."})


@given(TEXTS)
def test_sentences_cover_the_text_without_gaps(text: str) -> None:
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@given(TEXTS, st.integers(0, 60))
def test_a_shortened_text_is_a_beginning_that_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert text.startswith(short)
    assert shorten(short, limit) == short


@given(TEXTS)
def test_a_text_that_fits_loses_no_more_than_its_trailing_space(text: str) -> None:
    assert shorten(text, len(text)) == text.rstrip()


@given(TEXTS)
def test_no_text_makes_repair_raise_and_it_only_ever_cuts(text: str) -> None:
    message = Message(id="1", platform="amazon")
    draft = Draft(text=text, language="en", source="composed", evidence=(text,))
    repaired = repair(draft, GUARD(draft, message))
    rest = iter(text)
    assert all(char in rest for char in repaired.text)
