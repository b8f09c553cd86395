from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import DataFileError
from cs_assist.guard.normal import normal
from cs_assist.guard.obfuscation import WORDS
from cs_assist.guard.topics import TOPICS
from cs_assist.guard.words import Lexicon, load_lexicon, load_words, word_language

FILES = [path for folder in (WORDS, TOPICS) for path in sorted(folder.glob("*.yaml")) if path.stem != "_topics"]


def found(language: str, phrase: str, text: str) -> list[str]:
    seen = normal(text)
    return [seen[start:end] for start, end in Lexicon(language, {"x": [phrase]}).hits(seen).get("x", [])]


@pytest.mark.parametrize(
    ("language", "phrase", "text", "hits"),
    [
        ("en", "review*", "Reviews, preview", ["reviews"]),
        ("en", "leave (us )?a review", "leave us a review; leave a review", ["leave us a review", "leave a review"]),
        ("en", "leave~review", "leave us a nice review. leave. review", ["leave us a nice review"]),
        ("en", "colou?r", "color colour colon", ["color", "colour"]),
        ("en", "(a|b c) d", "a d, b c d", ["a d", "b c d"]),
        ("en", "god", "goddess god godly", ["god"]),
        ("zh-Hans", "好评", "给个好评吧", ["好评"]),
        ("zh-Hans", "给~好评", "给您发货，好评", []),
        ("ko", "리뷰", "리뷰를 남겨", ["리뷰"]),
        ("ar", "تقييم", "والتقييم", ["تقييم"]),
        ("hi", "जंग", "जंगल जंग", ["जंग"]),
        ("en", "10", "10 100", ["10"]),
    ],
)
def test_the_notation_of_phrases(language: str, phrase: str, text: str, hits: list[str]) -> None:
    assert found(language, phrase, text) == hits


def test_a_harmless_phrase_takes_a_hit_away() -> None:
    lexicon = Lexicon("en", {"war": ["war", "wars"], "war_not": ["star wars"]})
    assert lexicon.hits("star wars") == {}
    assert lexicon.hits("star wars and war") == {"war": [(14, 17)]}


@pytest.mark.parametrize("phrase", ["*a", "?", "a~b~c~d", "(a", ""])
def test_a_phrase_that_cannot_be_looked_up_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        Lexicon("en", {"x": [phrase]})


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_phrase_can_be_looked_up_and_found(path: Path) -> None:
    lexicon = load_lexicon(path.parent, path.stem)
    lexicon.hits(normal(" ".join(phrase for phrases in load_words(path.parent, path.stem).sets.values() for phrase in phrases)))


@pytest.mark.parametrize("folder", [WORDS, TOPICS], ids=["rules", "topics"])
def test_every_language_has_a_file(folder: Path) -> None:
    for tag in [
        "en",
        "zh-Hans",
        "zh-Hant",
        "ja",
        "ko",
        "de",
        "fr",
        "es",
        "pt",
        "it",
        "nl",
        "pl",
        "sv",
        "tr",
        "ru",
        "ar",
        "hi",
        "id",
        "ms",
        "th",
        "vi",
        "hi-Latn",
        "es-419",
        "pt-BR",
    ]:
        assert word_language(tag, folder).split("-")[0] == tag.split("-")[0]


def test_every_language_of_the_rules_has_all_sets() -> None:
    names = {name for name in load_lexicon(WORDS, "en").sets if not name.endswith("_not")}
    for path in WORDS.glob("*.yaml"):
        assert names <= load_lexicon(WORDS, path.stem).sets, path.stem
        assert len(load_words(WORDS, path.stem).digits) == 10


def test_a_file_of_another_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "de.yaml").write_text("language: en\nsets: {}\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="in the file of 'de'"):
        load_words(tmp_path, "de")


@given(st.text(max_size=80), st.sampled_from(["en", "zh-Hans", "ar", "hi", "th", "ko"]))
def test_hits_lie_inside_any_text(text: str, language: str) -> None:
    seen = normal(text)
    for hits in load_lexicon(WORDS, language).hits(seen).values():
        assert all(0 <= start < end <= len(seen) for start, end in hits)


@pytest.mark.parametrize(
    ("phrase", "text", "span"),
    [
        ("refund", "a refund", (2, 8)),
        ("leave* us", "leaves, us", (0, 10)),
        ("colou?r chart", "color chart", (0, 11)),
        ("free( of charge)? ship*", "free shipping", (0, 13)),
        ("pay~(card|cash) now", "pay it by cash now", (0, 18)),
    ],
)
def test_a_phrase_matches_as_a_whole_whatever_follows_its_first_letters(phrase: str, text: str, span: tuple[int, int]) -> None:
    assert Lexicon("en", {"x": [phrase]}).hits(text) == {"x": [span]}


@pytest.mark.parametrize("phrase", ["card|cash", "pay card|cash"])
def test_a_choice_without_brackets_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="outside of brackets"):
        Lexicon("en", {"x": [phrase]})
