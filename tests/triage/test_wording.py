from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from cs_assist.triage.wording import BUCKETS, WINDOW, wording


@given(st.text())
@example("Ünïcödé ﷺ 退货 \U0001f600")
def test_any_text_has_positive_counts_in_the_buckets(text: str) -> None:
    found = wording(text)
    assert all(0 <= bucket < BUCKETS and count > 0 for bucket, count in found.items())


@given(st.text(alphabet="abcdeé ABß.,!12退货한국हिन्दी"))
def test_case_width_and_composition_make_no_difference(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC"):
        assert wording(unicodedata.normalize(form, text)) == wording(text)
    assert wording(text.casefold()) == wording(text)


@given(st.lists(st.text("abcdef", min_size=1), min_size=1, max_size=8))
def test_spaces_between_words_and_at_the_ends_make_no_difference(words: list[str]) -> None:
    assert wording("  " + "  \n".join(words) + "\t") == wording(" ".join(words))


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=WINDOW), st.text())
def test_only_the_beginning_of_a_long_text_is_read(text: str, more: str) -> None:
    assert wording(text + more) == wording(text[:WINDOW])


def test_a_text_without_words_or_signs_has_no_wording() -> None:
    assert not wording("")
    assert not wording(" \n\t\u3000")


def test_signs_are_wording_too() -> None:
    assert wording("E-20!") != wording("E 20")
    assert wording("😡")


def test_the_order_of_words_is_told_but_most_of_the_wording_stays() -> None:
    one, other = wording("pump error display"), wording("display error pump")
    assert one != other
    assert (one & other).total() > 0.8 * one.total()


def test_a_word_repeated_counts_again() -> None:
    once, twice = wording("valve"), wording("valve valve")
    assert all(twice[bucket] >= 2 * count for bucket, count in once.items())


def test_an_error_code_in_a_sentence_shares_its_wording_with_the_bare_code() -> None:
    code = wording("E27")
    assert wording("Die Anzeige meldet seit gestern E27, was nun?") & code == code
    assert wording("Die Anzeige meldet seit gestern F38, was nun?") & code != code


def test_a_word_in_another_ending_is_near_and_another_word_is_not() -> None:
    given_word = wording("entkalken")
    assert (given_word & wording("entkalkt")).total() > 3 * (given_word & wording("Gutschein")).total()
