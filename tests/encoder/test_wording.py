from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cs_assist.encoder.wording import BUCKETS, WINDOW, Weighting, wording


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


@given(st.text(max_size=60))
def test_more_buckets_tell_more_apart_and_count_the_same(text: str) -> None:
    few, many = wording(text, buckets=64), wording(text, buckets=2**18)
    assert few.total() == many.total()
    assert len(few) <= len(many)
    assert set(few) == {bucket % 64 for bucket in many}


# -- how much each weighs


@given(st.text(max_size=80))
def test_weights_have_unit_length_and_stand_for_known_buckets_only(text: str) -> None:
    seen = sorted(wording("Where is the frame number? Wo ist die Rahmennummer?"))
    where, weights = Weighting(np.array(seen, np.int64), np.ones(len(seen), np.float32))(text)
    assert len(where) == len(set(seen) & set(wording(text)))
    assert (weights > 0).all()
    assert not len(where) or np.linalg.norm(weights) == pytest.approx(1, abs=1e-5)


def test_a_text_of_unknown_wording_weighs_nothing() -> None:
    for buckets in ([], sorted(wording("frame"))):
        weighting = Weighting(np.array(buckets, np.int64), np.ones(len(buckets), np.float32))
        assert [len(part) for part in weighting("zzz")] == [0, 0]


def test_rare_wording_weighs_more_than_common_and_repeated_more_than_single() -> None:
    common, rare = (next(iter(wording(sign))) for sign in "!?")
    buckets = sorted({*wording("!"), *wording("?")})
    rarity = np.array([1.0 if bucket in wording("!") else 3.0 for bucket in buckets], np.float32)
    weighting = Weighting(np.array(buckets, np.int64), rarity)

    def weight(text: str, bucket: int) -> float:
        where, weights = weighting(text)
        return float(weights[list(where).index(buckets.index(bucket))])

    assert weight("! ?", rare) > weight("! ?", common)
    assert weight("! ! ! ?", common) > weight("! ?", common)


def test_a_weighting_counts_in_the_buckets_that_it_was_made_with() -> None:
    seen = sorted(wording("frame", buckets=2**20))
    weighting = Weighting(np.array(seen, np.int64), np.ones(len(seen), np.float32), buckets=2**20)
    assert len(weighting("frame")[0]) == len(seen)
