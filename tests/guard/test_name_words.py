from __future__ import annotations

import pytest

from cs_assist.guard.name_words import is_given, known_part, take
from cs_assist.guard.private_words import read


@pytest.mark.parametrize(
    ("text", "language", "name", "size"),
    [
        ("Anna Maria Rossi went", "it", "Anna Maria Rossi", 3),
        ("Joris van den Berg,", "nl", "Joris van den Berg", 2),
        ("Paulo H. Mendonça", "pt", "Paulo H. Mendonça", 3),
        ("O'Connor-Smith", "en", "O'Connor-Smith", 1),
        ("van der Meer is", "nl", "van der Meer", 1),
        ("Jose\u0301 Ruiz", "es", "José Ruiz", 2),
        ("Silvia M.", "it", "Silvia M.", 2),
    ],
)
def test_a_name_is_taken_as_far_as_it_goes(text: str, language: str, name: str, size: int) -> None:
    reading = read(text, market=None, language=language)
    found = take(reading, 0)
    assert found is not None
    assert (reading.text[found.start : found.end], found.size) == (name, size)


@pytest.mark.parametrize("text", ["", "is", "the Customer", "123", "…", "Customer"])
def test_what_is_no_name_is_none(text: str) -> None:
    assert take(read(text, market=None, language="en"), 0) is None


def test_small_letters_and_unlikely_words_count_where_it_is_sure() -> None:
    reading = read("april burns", market=None, language="en")
    assert take(reading, 0, small=True) is None
    assert take(read("April Burns", market=None, language="en"), 0, sure=True) is not None


def test_a_known_given_name_is_known_without_its_vowel_signs() -> None:
    reading = read("مُحَمَّد العتيبي يسأل", market=None, language="ar")
    name = take(reading, 0)
    assert name is not None
    assert is_given(reading, name)
    start, end = known_part(reading, name)
    assert reading.text[start:end] == "مُحَمَّد العتيبي"
