from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.datafile import load_yaml
from cs_assist.guard.normal import Normal
from cs_assist.guard.private_words import DATA, LABELS, WordFile, bare, read, words

FILES = sorted((DATA / "words").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_for_its_language_and_its_own_words_are_in_it(path) -> None:  # type: ignore[no-untyped-def]
    file = load_yaml(path, WordFile)
    assert file.language == path.stem
    assert set(file.labels) <= LABELS
    listed = {word for some in (*file.labels.values(), *file.streets.values()) for word in some}
    listed |= {*file.intro, *file.weak, *file.recipients, *file.titles, *file.suffixes, *file.greetings, *file.closings}
    assert set(file.own) <= listed


def test_all_languages_are_there() -> None:
    assert {path.stem for path in FILES} == {
        "en", "zh-Hans", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "tr", "ru", "ar", "hi", "hi-Latn",
        "id", "ms", "th", "vi",
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_word_is_read_as_something_else_than_text(path) -> None:  # type: ignore[no-untyped-def]
    def walk(value: object) -> None:
        assert not isinstance(value, bool)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(item)

    walk(yaml.safe_load(path.read_text(encoding="utf-8")))


@given(st.text(max_size=80))
def test_a_text_without_accents_has_the_same_length(text: str) -> None:
    exact = Normal(text).text
    assert len(bare(exact)) == len(exact)


@given(st.text(max_size=80))
def test_a_reading_has_all_forms_of_one_length(text: str) -> None:
    reading = read(text, market=None, language=None)
    assert len(reading.text) == len(reading.low) == len(reading.normal.text)


@pytest.mark.parametrize(
    ("text", "language", "role", "value"),
    [
        ("numero de commande 12345", "fr", "order_number", "numero de commande"),
        ("numero de commande 12345", None, "order_number", "numero de commande"),
        ("sdt 0912345678", "vi", "phone", "sdt"),
        ("ORDER NUMBER 12345", "en", "order_number", "ORDER NUMBER"),
        ("我的订单号12345", "zh-Hans", "order_number", "订单号"),
        ("siparişimin 12345", "tr", "order", "siparişimin"),
    ],
)
def test_labels_are_found_without_case_and_mostly_without_accents(text: str, language: str | None, role: str, value: str) -> None:
    found = [(word.role, text[word.start : word.end]) for word in read(text, market=None, language=language).labels]
    assert (role, value) in found


@pytest.mark.parametrize(
    ("text", "language"),
    [("the lines of 5", "fr"), ("I can sin 12345", "de"), ("pass the salt", "ja"), ("reporter 12345", "en"), ("Bản 12345", "vi")],
)
def test_parts_of_words_and_words_of_other_languages_are_no_labels(text: str, language: str) -> None:
    assert not [word for word in read(text, market=None, language=language).anchors if word.role == "title"]
    assert not any(word.role in ("order_number", "phone", "id") for word in read(text, market=None, language=language).labels)


@pytest.mark.parametrize(
    ("text", "direct"),
    [("order number is: 12345", True), ("order number for the blue shoes 12345", False), ("order number? 12345", None),
     ("order number 99 and 12345", None)],
)  # fmt: skip
def test_a_label_says_what_a_value_is_as_far_as_nothing_parts_them(text: str, direct: bool | None) -> None:
    label = read(text, market=None, language="en").label(text.index("12345"), len(text))
    assert (label and label[1]) == direct


def test_a_form_is_at_home_in_its_markets_and_their_languages_and_where_nothing_is_known() -> None:
    assert read("x", market="BR", language=None).at_home(["BR"])
    assert read("x", market=None, language="pt-BR").at_home(["BR"])
    assert read("x", market=None, language=None).at_home(["BR"])
    assert not read("x", market="DE", language="de").at_home(["BR"])


def test_names_that_brands_have_are_listed_in_small_letters() -> None:
    assert all(name == name.lower() for name in words().parts.things)


def test_listed_first_names_are_written_as_they_are_looked_up() -> None:
    lines = (DATA / "first_names.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert listed == sorted(set(listed))
    assert not [name for name in listed if bare(Normal(name).text) != name or " " in name]
    assert set(listed) <= words().given
