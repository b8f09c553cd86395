from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from cs_assist.conversation.packet_words import FOLDER, load_words, packet_language, packet_languages
from cs_assist.errors import DataFileError
from cs_assist.types import LANGUAGES, Emotion, Note, OfferKind, Order, Role, Tier, same_language


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_language_that_is_served_has_words(tag: str) -> None:
    assert same_language(packet_language(tag), tag)
    assert tag in packet_languages() or tag == "es-419"


@pytest.mark.parametrize("language", packet_languages())
def test_every_language_has_a_word_for_all_that_a_packet_can_hold(language: str) -> None:
    file = load_words(language)
    found = file.words
    assert set(file.reasons) == set(load_words("en").reasons)
    assert set(found.tiers) == set(get_args(Tier))
    assert set(found.roles) == set(get_args(Role))
    assert set(found.emotions) == set(Emotion)
    assert set(found.offers) == set(get_args(OfferKind))
    assert set(found.facts) == set(Order.model_fields)
    assert set(found.statuses) == {name for part in get_args(Order.model_fields["status"].annotation) for name in get_args(part)}
    assert set(found.notes) == {*get_args(Note.model_fields["kind"].annotation), "contacts_any"}
    assert set(found.meanwhile) == {"speaker", "translate", "approve", "ask_order", "tell_time"}


@pytest.mark.parametrize("language", packet_languages())
def test_titles_differ_within_a_language_and_from_english(language: str) -> None:
    file = load_words(language)
    titles = list(file.words.labels.model_dump().values())
    assert len(set(titles)) == len(titles)
    if language != "en":
        english = load_words("en")
        assert not set(titles) & set(english.words.labels.model_dump().values()) - {"team", "queue", "level", "Mood"}
        assert not set(file.reasons.values()) & set(english.reasons.values())


@pytest.mark.parametrize(
    ("tag", "used"),
    [
        ("de", "de"), ("de-AT", "de"), ("es-419", "es"), ("es-AR", "es"), ("pt", "pt"), ("pt-AO", "pt"), ("pt-BR", "pt-BR"),
        ("zh-Hant", "zh-Hant"), ("zh-TW", "zh-Hant"), ("zh-SG", "zh-Hans"), ("hi", "hi"), ("hi-Latn", "hi-Latn"), ("fi", "en"),
    ],
)  # fmt: skip
def test_a_tag_has_its_own_words_else_its_languages_else_english(tag: str, used: str) -> None:
    assert packet_language(tag) == used


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('  vip: "ein vom Shop markierter Kunde"\n', "", "reasons.vip", "missing"),
        ("reasons:\n", 'reasons:\n  whim: "Laune"\n', "reasons.whim", "no such key"),
        ("Bestellungen: {numbers}", "Bestellungen: {nummern}", "words.orders", "numbers"),
        ("Bestellungen: {numbers}", "Bestellungen: {numbers", "words.orders", "numbers"),
        ("Bestellungen: {numbers}", "Bestellungen: {numbers!r}", "words.orders", "numbers"),
        ('  customer: "Kunde"\n  unknown', '  customer: " "\n  unknown', "words.customer", "empty"),
        ('    due: "fällig"\n', "", "words.labels.due", "required"),
        ('    due: "fällig"\n', '    due: "fällig"\n    owed: "fällig"\n', "words.labels.owed", "not permitted"),
    ],
)
def test_a_file_that_is_not_like_the_english_one_is_refused_by_its_key(
    old: str, new: str, key: str, problem: str, tmp_path: Path
) -> None:
    text = (FOLDER / "de.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "en.yaml").write_text((FOLDER / "en.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "de.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFileError, match=problem) as caught:
        load_words("de", tmp_path)
    assert (caught.value.path, caught.value.key) == (tmp_path / "de.yaml", key)


def test_a_language_is_read_when_it_is_needed_and_once() -> None:
    load_words.cache_clear()
    packet_language("ja")
    assert load_words.cache_info().currsize == 0
    assert load_words("ja") is load_words("ja")
    assert load_words.cache_info().currsize == 2  # English too, which it is compared with
