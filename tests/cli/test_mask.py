from __future__ import annotations

from typing import Any, get_args

import pytest

from cs_assist.guard.privacy import Kind

from .conftest import Done, Run

GOOD: list[dict[str, Any]] = [
    {"id": "a", "text": "Ich bin Anna Schmidt, 0176 12345678", "market": "DE"},
    {"id": 2, "text": "Where is my parcel?"},
    {"id": None, "text": "😀 mail kate@example.com, again KATE@example.com", "language": "en", "unknown": "key"},
    {"id": 4, "text": ""},
]


@pytest.fixture(scope="module")
def masked(run: Run) -> Done:
    return run("mask", lines=GOOD)


def test_good_lines_exit_with_zero_keep_order_and_have_exactly_the_contracts_keys(masked: Done) -> None:
    assert (masked.code, masked.err) == (0, "")
    assert [answer["id"] for answer in masked.objects] == ["a", 2, None, 4]
    for answer in masked.objects:
        assert list(answer) == ["id", "masked", "spans"]


def test_spans_index_the_input_in_characters_and_are_of_the_contracts_types(masked: Done) -> None:
    for line, answer in zip(GOOD, masked.objects, strict=True):
        for span in answer["spans"]:
            assert list(span) == ["type", "value", "start", "end"]
            assert span["type"] in get_args(Kind)
            assert line["text"][span["start"] : span["end"]] == span["value"]
            assert span["value"] not in answer["masked"]


def test_private_values_have_placeholders_and_the_rest_stays(masked: Done) -> None:
    texts = [answer["masked"] for answer in masked.objects]
    assert texts == ["Ich bin [NAME_1], [PHONE_1]", "Where is my parcel?", "😀 mail [EMAIL_1], again [EMAIL_1]", ""]


def test_a_bad_line_gives_one_error_without_its_text_and_the_rest_goes_on(run: Run) -> None:
    done = run(
        "mask", lines=[{"id": 1, "text": 5}, {"id": 2, "text": "kate@example.com", "market": "XX1"}, {"id": 3, "text": "hi"}]
    )
    assert done.objects[0]["id"] == 1
    assert "error" in done.objects[0]
    assert done.objects[-1] == {"id": 3, "masked": "hi", "spans": []}
    assert "kate" not in done.err
