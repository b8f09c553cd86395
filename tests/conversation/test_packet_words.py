from __future__ import annotations

from typing import get_args

import pytest

from cs_assist.conversation.packet_words import load_words, packet_language
from cs_assist.types import Note, Role, Tier


def test_every_language_has_a_word_for_every_reason_tier_role_and_note() -> None:
    words = load_words()
    assert {frozenset(row) for row in words.reasons.values()} == {frozenset(words.languages)}
    for found in words.languages.values():
        assert set(found.tiers) == set(get_args(Tier))
        assert set(found.roles) == set(get_args(Role))
        assert set(found.notes) == {*get_args(Note.model_fields["kind"].annotation), "contacts_any"}
        assert set(found.meanwhile) == {"speaker", "translate", "approve", "ask_order", "tell_time"}


def test_titles_differ_within_a_language() -> None:
    for found in load_words().languages.values():
        titles = list(found.labels.model_dump().values())
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("tag", "used"), [("de", "de"), ("de-AT", "de"), ("es-419", "es"), ("zh-Hant", "en"), ("fi", "en")])
def test_a_language_without_words_reads_english(tag: str, used: str) -> None:
    assert packet_language(tag) == used
