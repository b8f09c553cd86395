from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.plain import day_as_written, letters_and_digits, on_one_line, or_none, without_surrogates


@given(st.text(st.characters(), max_size=50))
def test_no_surrogate_is_left_and_nothing_else_changes(text: str) -> None:
    plain = without_surrogates(text)
    plain.encode("utf-8")
    assert len(plain) == len(text)
    assert all(new == old or "\ud800" <= old <= "\udfff" for new, old in zip(plain, text, strict=True))


@given(st.text(max_size=50))
def test_a_fact_stands_on_one_line(text: str) -> None:
    line = on_one_line(text)
    assert isinstance(line, str)
    assert line == line.strip()
    assert all(char.isprintable() for char in line)
    assert on_one_line(line) == line


@pytest.mark.parametrize(("value", "plain"), [("", None), (" \n", None), (" DHL\tExpress ", "DHL Express"), (None, None)])
def test_an_empty_fact_is_none(value: str | None, plain: str | None) -> None:
    assert or_none(value) == plain


def test_what_is_no_text_is_left_for_the_schema_to_refuse() -> None:
    assert on_one_line(7) == 7


@pytest.mark.parametrize("written", ["#PL-26/a", "pl 26 A", "ＰＬ２６ａ"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert letters_and_digits(written) == "pl26a"


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-11-20T23:30:00-05:00", "2026-11-20"), ("2026-11-20", "2026-11-20"), ("", None), (None, None), ("soon", "soon")],
)
def test_of_a_moment_the_day_is_taken_as_it_is_written(written: str | None, day: str | None) -> None:
    assert day_as_written(written) == day
