"""The pairs of passage and sentence keep to their form, and none is near a reply that the guard is measured on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from training.near_duplicates import near

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "training" / "data" / "contradictions").glob("*.jsonl"))
MEASURED = ROOT / "evals" / "data" / "guard" / "replies"
KINDS = {"negation", "free_or_paid", "included", "allowed", "scope", "order", "who", "state", "reversal"}


def groups(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sentences(group: dict[str, Any]) -> list[str]:
    return [*group["agrees"], *(one["text"] for one in group["contradicts"]), *group["silent"]]


def test_all_languages_are_there() -> None:
    assert len(FILES) == 23


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_group_keeps_to_its_form(path: Path) -> None:
    found = groups(path)
    for group in found:
        assert group["language"] == path.stem
        assert len([key for key in group if key.startswith("evidence")]) == 2, group["id"]
        assert {one["kind"] for one in group["contradicts"]} <= KINDS, group["id"]
        assert group["agrees"], group["id"]
        assert group["silent"], group["id"]
        assert all(text.strip() for text in sentences(group)), group["id"]
    twice = [text for text, count in Counter(text for group in found for text in sentences(group)).items() if count > 1]
    assert not twice


@pytest.mark.parametrize("path", [path for path in FILES if (MEASURED / path.name).exists()], ids=lambda path: path.stem)
def test_no_passage_or_sentence_is_near_one_that_is_measured(path: Path) -> None:
    rows = groups(MEASURED / path.name)
    known = [text for row in rows for text in (row["text"], *(row.get("evidence") or ()))]
    own = [text for group in groups(path) for text in (group["evidence"], *sentences(group))]
    pairs = near(own, known)
    assert not [(own[i], known[j]) for i, j, _ in pairs]
