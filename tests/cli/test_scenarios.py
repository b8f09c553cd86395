from __future__ import annotations

import json
from pathlib import Path

import pytest

from cs_assist.cli.scenarios import _show
from cs_assist.config import Settings
from cs_assist.markets.market import load_market
from cs_assist.quality.scenarios import make_scenarios

from .conftest import Run


def test_scenarios_are_printed_as_lines_and_the_same_for_a_seed(run: Run) -> None:
    done, again = (run("scenarios", "--market", "jp", "--n", 5, "--seed", 3) for _ in range(2))
    assert (done.code, done.err) == (0, "")
    assert done.out == again.out
    assert len(done.objects) == 5
    assert all(line["market"] == "JP" and line["language"] == "ja" for line in done.objects)


def test_the_lines_are_input_for_reply_and_converse(run: Run, index: Path) -> None:
    lines = run("scenarios", "--market", "DE", "--n", 6).objects
    replied = run("reply", "--index", index, lines=lines)
    assert replied.code == 0
    assert [answer["id"] for answer in replied.objects] == [line["id"] for line in lines]
    conversed = run("converse", "--index", index, lines=lines)
    assert conversed.code == 0
    assert [answer["id"] for answer in conversed.objects] == [line["id"] for line in lines]


def test_a_file_and_a_page_are_written(run: Run, tmp_path: Path) -> None:
    out, page = tmp_path / "jp.jsonl", tmp_path / "jp.md"
    done = run("scenarios", "--market", "JP", "--n", 4, "--out", out, "--page", page)
    assert (done.code, done.out) == (0, "")
    assert "4 scenarios written" in done.err
    assert len([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]) == 4
    assert page.read_text(encoding="utf-8").startswith("# Complaints, Japan")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--market", "UK"), "Did you mean 'GB'?"),
        (("--market", "JP", "--n", "100000"), "different complaints in market 'JP'"),
        (("--market", "JP", "--n", "2", "--with-model"), "no language model is set"),
        (("--market", "JP", "--n", "2", "--out", "no/such/folder/x.jsonl"), "cannot be written"),
        (("--market", "JP", "--n", "0"), "--n"),
    ],
)
def test_the_callers_mistakes_exit_with_two(run: Run, arguments: tuple[str, ...], told: str) -> None:
    done = run("scenarios", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_a_terminal_shows_texts_and_the_matrix(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    made = make_scenarios(load_market("US"), Settings(), n=3)
    _show(made)
    shown = capsys.readouterr().out
    assert all(scenario.id in shown for scenario in made)
    assert "likelihood 5" in shown
