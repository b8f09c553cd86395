"""The attempts and their neighbours keep to their form; none is near a text that is measured."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from training.near_duplicates import near

ROOT = Path(__file__).parents[2]
DATA = ROOT / "training" / "data" / "injection"
MEASURED = ROOT / "evals" / "data" / "guard" / "planted"
KNOWN = [json.loads(line)["text"] for path in MEASURED.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
FILES = sorted(DATA.rglob("*.tsv"))
KINDS = {
    "override", "reveal", "role", "others", "format", "privilege", "marks", "exfil", "steer", "add", "task", "question",
    "ordinary", "article",
}  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_row_has_a_text_and_a_known_kind(path: Path) -> None:
    found = rows(path)
    assert found
    assert {row["kind"] for row in found} <= KINDS
    assert all(row["text"].strip() for row in found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_none_is_near_a_text_that_is_measured(path: Path) -> None:
    own = [row["text"] for row in rows(path)]
    assert not [(own[i], KNOWN[j]) for i, j, _ in near(own, KNOWN)]
