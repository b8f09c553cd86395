from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import make_chunk

from cs_assist.knowledge.passages import Passages, Stored, mapped, write_passages

DAY = date(2026, 6, 1)
CHUNKS = [make_chunk(f"d{i}", f"Text {i}.", language=("en", "de")[i % 2]) for i in range(7)]


@pytest.fixture
def passages(tmp_path: Path) -> Passages:
    write_passages(CHUNKS, tmp_path)
    return Passages(tmp_path)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), min_size=1, max_size=5))
def test_any_text_comes_back_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    made = [make_chunk(f"d{i}", text, markets=("DE", "AT")) for i, text in enumerate(texts)]
    write_passages(made, folder)
    assert list(Passages(folder)) == [Stored.of(chunk) for chunk in made]


def test_passages_are_a_sequence(passages: Passages) -> None:
    everything = [Stored.of(chunk) for chunk in CHUNKS]
    assert len(passages) == 7
    assert [passages[at] for at in range(7)] == everything
    assert passages[np.int64(2)] == everything[2]
    assert passages[-1] == everything[-1]
    assert passages[2:5] == everything[2:5]
    for beyond in (7, -8):
        with pytest.raises(IndexError):
            passages[beyond]


def test_passages_equal_a_list_of_the_same_and_no_other(passages: Passages) -> None:
    everything = [Stored.of(chunk) for chunk in CHUNKS]
    assert passages == everything
    assert everything == passages
    assert passages != everything[:-1]
    assert passages != everything[::-1]
    assert passages != 7


def test_a_passage_that_was_asked_for_is_kept(passages: Passages) -> None:
    assert passages[3] is passages[3]  # its search terms are made once, too


def test_a_removed_folder_is_read_on(passages: Passages, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    assert passages == [Stored.of(chunk) for chunk in CHUNKS]
    assert passages.allowed(market=None, platform=None, on=DAY, language="de").tolist() == [False, True] * 3 + [False]


heads = st.fixed_dictionaries(
    {
        "markets": st.sampled_from([(), ("DE",), ("US", "JP"), ("*",)]),
        "platform": st.sampled_from([None, "own_shop", "ebay"]),
        "language": st.sampled_from(["en", "es", "zh-Hans", "zh-Hant"]),
        "category": st.sampled_from(["returns", "policy"]),
        "product": st.sampled_from([None, "Kettle"]),
        "valid_from": st.sampled_from([None, "2026-05-31", "2026-06-01", "2026-06-02", "2026-07-01"]),
        "valid_until": st.sampled_from([None, "2026-07-01", "2026-07-02"]),
    }
)
filters = st.fixed_dictionaries(
    {
        "market": st.sampled_from([None, "DE", "JP", "FR"]),
        "platform": st.sampled_from([None, "own_shop", "ebay", "amazon"]),
        "on": st.sampled_from([date(2026, 5, 31), DAY, date(2026, 6, 2), date(2026, 7, 2), date(9999, 12, 31)]),
        "language": st.sampled_from([None, "en", "es-419", "zh-Hans", "zh-TW", "fr"]),
        "category": st.sampled_from([None, "returns", "payments"]),
        "product": st.sampled_from([None, "Kettle", "Pan"]),
    }
)


def fits(chunk: Any, wanted: dict[str, Any]) -> bool:
    from cs_assist.types import same_language

    head = chunk.article.head
    return (
        (wanted["market"] is None or head.everywhere or wanted["market"] in head.markets)
        and head.platform in (None, wanted["platform"] or "own_shop")
        and (head.valid_from or date.min) <= wanted["on"] <= (head.valid_until or date.max)
        and (wanted["language"] is None or same_language(wanted["language"], head.language))
        and wanted["category"] in (None, head.category)
        and wanted["product"] in (None, head.product)
    )


@given(st.lists(heads, min_size=1, max_size=12), st.lists(filters, min_size=1, max_size=12))
def test_the_columns_allow_what_the_heads_allow(
    tmp_path_factory: pytest.TempPathFactory, made: list[dict[str, Any]], asked: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("heads")
    chunks = [make_chunk(f"d{i}", **head) for i, head in enumerate(made)]
    write_passages(chunks, folder)
    passages = Passages(folder)
    for wanted in asked:
        assert passages.allowed(**wanted).tolist() == [fits(chunk, wanted) for chunk in chunks]


def test_a_mapped_array_is_not_written_to(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    array = mapped(tmp_path / "a.npy")
    assert array.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_in_a_market_its_own_text_of_an_article_goes_before_the_one_for_all(tmp_path: Path) -> None:
    heads = [
        {"language": "de"}, {"language": "de", "markets": ("AT",)}, {"language": "en"},
        {"language": "de", "markets": ("CH",), "valid_until": "2026-01-01"}, {"language": "de", "variant_of": "other"},
    ]  # fmt: skip
    write_passages([make_chunk(f"d{i}", **{"variant_of": "ret", **head}) for i, head in enumerate(heads)], tmp_path)
    passages = Passages(tmp_path)
    found = {market: passages.allowed(market=market, platform=None, on=DAY).tolist() for market in ("AT", "DE", "CH")}
    assert found["AT"] == [False, True, True, False, True]
    assert found["DE"] == found["CH"] == [True, False, True, False, True]
    assert passages.allowed(market=None, platform=None, on=DAY).tolist() == [True, True, True, False, True]
