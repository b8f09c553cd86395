"""The labelled messages and dialogues keep to the taxonomy."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cs_assist.types import Emotion, Intent, Urgency
from training import corpora

DATA = Path(__file__).parents[2] / "training" / "data"
FILES = sorted((DATA / "messages").rglob("*.tsv"))
COLUMNS = ["text", "intent", "secondary", "emotion", "intensity", "dissatisfied", "implicit", "urgency", "market", "channel"]
CHANNELS = {"live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_row_keeps_to_the_taxonomy(path: Path) -> None:
    rows = _rows(path)
    assert rows
    assert list(rows[0]) == COLUMNS
    intents, emotions, urgencies = ({item.value for item in kind} for kind in (Intent, Emotion, Urgency))
    for number, row in enumerate(rows, start=2):
        where = f"{path.name}:{number}"
        assert row["text"].strip(), where
        assert row["intent"] in intents, where
        assert {name.strip() for name in row["secondary"].replace(";", ",").split(",") if name.strip()} <= intents, where
        assert row["emotion"] in emotions, where
        assert row["urgency"] in urgencies, where
        assert row["dissatisfied"] in "01", where
        assert row["implicit"] in "01", where
        assert 0 <= float(row["intensity"]) <= 1, where
        assert row["channel"] in CHANNELS, where
        assert len(row["market"]) == 2, where


@pytest.mark.parametrize("group", corpora.EVERY)
def test_no_text_stands_twice_in_a_file(group: str) -> None:
    for path in sorted((DATA / "messages" / group).glob("*.tsv")):
        twice = [text for text, count in Counter(row["text"] for row in _rows(path)).items() if count > 1]
        assert not twice, (path.name, twice[:3])


def test_the_groups_that_are_measured_with_cover_all_languages() -> None:
    found = [{path.stem for path in (DATA / "messages" / group).glob("*.tsv")} for group in corpora.EVERY]
    assert found[0] == found[1] == found[2]
    assert found[3] < found[0]
    assert len(found[0]) == 22


DIALOGUES = sorted((DATA / "dialogues").rglob("*.jsonl"))


def _second_of_two(turns: list[dict[str, Any]]) -> int | None:
    """Return the second of two dissatisfied customer turns in a row; a bare answer neither counts nor resets."""
    strikes = 0
    for place, turn in enumerate(turns):
        if turn["role"] == "customer" and (turn["dissatisfied"] or not turn["bare"]):
            strikes = strikes + 1 if turn["dissatisfied"] else 0
            if strikes == 2:
                return place
    return None


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_dialogue_is_labelled_as_the_two_strikes_say(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        dialogue = json.loads(line)
        turns, where = dialogue["turns"], (path.name, dialogue["id"])
        assert dialogue["lang"] == path.stem, where
        for turn in turns:
            assert turn["text"].strip(), where
            assert turn["role"] in {"customer", "bot", "agent"}, where
            assert turn["role"] != "customer" or turn["emotion"] in {emotion.value for emotion in Emotion}, where
        second, due, rule = _second_of_two(turns), dialogue["handover_turn"], dialogue["rule"]
        assert rule in {"a", "b", "c", None}, where
        if rule in {"a", None}:
            assert due == second, where
        else:
            assert turns[due]["role"] == "customer", where
            assert second is None or second >= due, where
