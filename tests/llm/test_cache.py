from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.errors import SettingsError
from cs_assist.llm.cache import AnswerCache


def test_the_longest_unused_goes_first() -> None:
    cache = AnswerCache(None, 2)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert [cache.get(key) for key in "abc"] == ["1", None, "3"]


def test_a_size_of_zero_keeps_nothing(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, 0)
    cache.put("a", "1")
    assert cache.get("a") is None


def test_a_folder_keeps_answers_and_shares_them(tmp_path: Path) -> None:
    one, two = AnswerCache(tmp_path / "deep", 10), AnswerCache(tmp_path / "deep", 10)
    one.put("a", "1")
    assert two.get("a") == "1"
    two.put("a", "2")
    assert one.get("a") == "2"


def test_everything_that_shapes_an_answer_is_in_its_key() -> None:
    base = ("m", "p", 1, "{}", [("system", "a"), ("user", "b")])
    others = [
        ("n", "p", 1, "{}", [("system", "a"), ("user", "b")]),
        ("m", "q", 1, "{}", [("system", "a"), ("user", "b")]),
        ("m", "p", 2, "{}", [("system", "a"), ("user", "b")]),
        ("m", "p", 1, "[]", [("system", "a"), ("user", "b")]),
        ("m", "p", 1, "{}", [("system", "a"), ("user", "c")]),
        ("m", "p", 1, "{}", [("system", "ab"), ("user", "")]),
    ]
    keys = {AnswerCache.key(*one) for one in [base, *others]}
    assert len(keys) == len(others) + 1


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="llm_cache_dir"):
        AnswerCache(tmp_path / "file", 10)
    (tmp_path / "answers.db").write_text("no database at all, but long enough to be read as one")
    with pytest.raises(SettingsError, match="cannot be kept"):
        AnswerCache(tmp_path, 10)
