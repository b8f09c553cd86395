from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import ModelError
from cs_assist.llm import tokens
from cs_assist.llm.tokens import Part, Trimmed, count, fit, split

#: 220 messages in 22 languages with the tokens that o200k makes of them; half of them those that the bound fits closest.
with (Path(__file__).parent / "tokens.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def no_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens._encoding.cache_clear()
    yield
    tokens._encoding.cache_clear()


def test_the_table_has_all_languages() -> None:
    assert len({row["language"] for row in ROWS}) == 22


@pytest.mark.usefixtures("no_tables")
@pytest.mark.parametrize("language", sorted({row["language"] for row in ROWS}))
def test_without_tables_the_bound_never_undercounts_and_stays_near(language: str) -> None:
    rows = [row for row in ROWS if row["language"] == language]
    for row in rows:
        found = count(row["text"])
        assert not found.exact
        assert found.tokens >= int(row["tokens"]), row["text"]
    together = count("\n".join(row["text"] for row in rows)).tokens
    assert together <= 2.6 * sum(int(row["tokens"]) for row in rows)


@pytest.mark.usefixtures("no_tables")
@given(st.text())
def test_an_unknown_model_is_counted_in_bytes(text: str) -> None:
    assert count(text, "some-model").tokens == len(text.encode("utf-8", "replace"))


@pytest.mark.usefixtures("no_tables")
@given(st.text(max_size=300))
def test_any_text_can_be_counted(text: str) -> None:
    assert count(text).tokens >= (1 if text else 0)


def test_with_its_tables_tiktoken_counts() -> None:
    pytest.importorskip("tiktoken", reason="needs the extra 'openai'")
    if not count("x").exact:
        pytest.skip("tiktoken's tables are not in its folder")
    assert [count(row["text"], "gpt-4.1-mini").tokens for row in ROWS] == [int(row["tokens"]) for row in ROWS]


def test_the_tables_are_those_that_tiktoken_would_fetch() -> None:
    openai_public = pytest.importorskip("tiktoken_ext.openai_public", reason="needs the extra 'openai'")
    from hashlib import sha1
    from inspect import getsource

    for name, (kept, digest) in tokens._TABLES.items():
        source = getsource(getattr(openai_public, name))
        address = next(word.strip('",') for word in source.split() if word.startswith('"http'))
        assert sha1(address.encode()).hexdigest() == kept
        assert digest in source


def test_a_damaged_table_is_not_used_nor_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / tokens._TABLES["o200k_base"][0]).write_bytes(b"broken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    tokens._encoding.cache_clear()
    assert not count("Where is it?").exact
    tokens._encoding.cache_clear()


TEXT = "Returns are free for 30 days, e.g. for shoes. We pay 3.50 EUR. Wirklich! 你好。再见。"


def test_sentences_are_told_apart_only_where_it_is_sure() -> None:
    assert [s.strip() for s in split("It costs approx. 3.50 EUR. Ask Dr. Li about returns. Thanks")] == [
        "It costs approx. 3.50 EUR. Ask Dr. Li about returns.",
        "Thanks",
    ]
    assert split("你好。再见！") == ["你好。", "再见！"]


@given(st.text())
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(
    st.lists(st.tuples(st.sampled_from([TEXT, "One. Two is longer. Three", "Punto."]), st.floats(0, 1)), min_size=1, max_size=8),
    st.integers(0, 400),
)
def test_trimming_keeps_the_first_part_whole_and_cuts_at_sentences(parts: list[tuple[str, float]], room: int) -> None:
    given_parts = tuple(Part(text, value) for text, value in parts)
    evidence = {"evidence": Trimmed(given_parts, separator="\n@\n")}
    if count(parts[0][0]).tokens + 8 > room:
        with suppress(ModelError):  # near the limit, either may be
            fit(evidence, room, what="test")
        return
    found = fit(evidence, room, what="test")["evidence"]
    kept = found.split("\n@\n")
    assert kept[0] == parts[0][0].strip()
    assert count(found).tokens <= room + 1
    texts = iter([text for text, _ in parts])
    for piece in kept:
        whole = next(text for text in texts if text.startswith(piece))
        assert whole == piece or any("".join(split(whole)[:n]).strip() == piece for n in range(1, 9))


def test_what_is_worth_least_goes_first_over_all_variables() -> None:
    history = Trimmed(
        (Part("An old turn that is hardly worth a thing " * 20, 0.1), Part("The last turn matters.", 0.8)), keep_first=False
    )
    evidence = Trimmed((Part("[a#0] The best.", 0.9), Part("[b#0] The second.", 0.5)))
    found = fit({"history": history, "evidence": evidence}, 45, what="test")
    assert found == {"history": "The last turn matters.", "evidence": "[a#0] The best.\n[b#0] The second."}


def test_a_budget_of_its_own_holds_for_one_variable() -> None:
    parts = tuple(Part(f"Sentence number {n} of many.", n) for n in range(20))
    found = fit({"a": Trimmed(parts, budget=40), "b": "plain"}, 10_000, what="test")
    assert count(found["a"]).tokens <= 40 + 8
    assert found["a"].startswith(parts[0].text)
    assert found["a"].endswith(parts[19].text)
