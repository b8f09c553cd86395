from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.address_parts import address_parts, is_proper
from cs_assist.guard.private_words import read


def kinds(text: str, language: str) -> list[tuple[str, str]]:
    reading = read(text, market=None, language=language)
    return [(part.kind, reading.text[part.start : part.end]) for part in address_parts(reading)]


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        ("12 Baker Street", "en", [("street", "12 Baker Street")]),
        ("MG Road, Pune 411001", "en", [("road", "MG Road"), ("place", "Pune"), ("digits", "411001")]),
        ("10115 Berlin", "de", [("code", "10115 Berlin")]),
        ("Postfach 12 34", "de", [("box", "Postfach 12 34")]),
        ("кв. 42", "ru", [("unit", "кв. 42")]),
        ("Austin, TX 78704", "en", [("place", "Austin"), ("code", "TX 78704")]),
    ],
)
def test_parts_and_their_kinds(text: str, language: str, parts: list[tuple[str, str]]) -> None:
    assert kinds(text, language) == parts


@given(st.text(max_size=100))
def test_parts_are_in_order_and_apart(text: str) -> None:
    end = 0
    for part in address_parts(read(text, market="DE", language="de")):
        assert end <= part.start < part.end
        end = part.end


@pytest.mark.parametrize(
    ("name", "proper"),
    [
        ("Baker", True),
        ("Jardim das Flores", True),
        ("5th", True),
        ("hours on the", False),
        ("Tower and", False),
        ("التحلية", True),
    ],
)
def test_names_of_places_have_capitals_where_the_script_has_any(name: str, proper: bool) -> None:
    assert is_proper(name) is proper
