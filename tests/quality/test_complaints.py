from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.errors import DataFileError, UnknownLanguageError
from cs_assist.guard.privacy import find_private
from cs_assist.markets.market import load_market, market_codes
from cs_assist.quality.complaints import DATA, complaint_languages, load_complaints
from cs_assist.triage.reader import MessageReader
from cs_assist.types import LANGUAGES, Message, same_language

TAGS = sorted(complaint_languages())


def test_there_are_words_in_every_language_that_works_without_a_network() -> None:
    for tag in LANGUAGES:
        assert same_language(load_complaints(tag).language, tag)


def test_each_market_has_the_names_of_its_feasts_in_some_language_of_its_own() -> None:
    for code in market_codes():
        market = load_market(code)
        served = [tag for tag in market.languages if any(same_language(tag, known) for known in TAGS)]
        if served and market.observances:
            assert any(set(market.observances) & set(load_complaints(tag).feasts) for tag in served), code


@pytest.mark.parametrize("tag", TAGS)
def test_the_words_say_what_they_are_meant_to(tag: str, reader: MessageReader) -> None:
    words = load_complaints(tag)
    told = {name: text.format(number=14) for name, text in words.situations.items()}
    read = reader.read_many([Message(id=name, text=text) for name, text in told.items()])
    for (name, text), triage in zip(told.items(), read, strict=True):
        assert name in [intent for intent, _ in triage.intents[:3]], text
        assert same_language(triage.language, tag) or {triage.language, tag} == {"id", "ms"}, text
        assert find_private(text, language=tag) == (), text


def test_an_unknown_language_names_those_that_there_are() -> None:
    with pytest.raises(UnknownLanguageError):
        load_complaints("fi")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("greeting:", "salutation:", "key 'greeting'"),
        ("  data_privacy:", "  privacy:", "data_privacy"),
        ("{number} days", "{days} days", "days"),
        ("  angry:", "  furious:", "angry"),
        ("{feast}.", "it.", "feast"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (DATA / "en.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "en.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError, match=told):
        load_complaints("en", directory=tmp_path)
