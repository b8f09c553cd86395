from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Done, Run

LINES = [
    {"id": "1", "text": "How do I return a kettle?", "conversation_id": "c", "market": "US", "now": "2026-11-23T12:00:00Z"},
    {"id": "2", "text": "I want to speak to a human.", "conversation_id": "c", "market": "US", "now": "2026-11-23T13:00:00Z"},
]


@pytest.fixture(scope="module")
def state(run: Run, index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("state") / "state.db"
    assert run("reply", "--index", index, "--state", path, lines=LINES).code == 0
    return path


@pytest.fixture(scope="module")
def done(run: Run, index: Path, state: Path) -> Done:
    return run("replay", state, "c", "--index", index)


def test_a_conversation_that_comes_out_the_same_is_told_event_by_event(done: Done) -> None:
    assert done.code == 0
    told = [(line["id"], line["action"] == "handover", line["same"]) for line in done.objects]
    assert told == [("1", False, True), ("2", True, True)]


def test_a_difference_is_an_exit_code(run: Run, index: Path, state: Path) -> None:
    changed = run("replay", state, "c", "--index", index, CS_ASSIST_HANDOVER_RULES_OFF='["human_request"]')
    assert changed.code == 1
    assert ["action", "handover"] in [row[:2] for row in changed.objects[1]["differences"]]


def test_nothing_is_written_into_a_file_that_holds_no_store(run: Run, index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = run("replay", tmp_path / "empty.db", "c", "--index", index)
    assert (done.code, done.out) == (2, "")
    assert "there is no store" in done.err
    assert (tmp_path / "empty.db").read_bytes() == b""


@pytest.mark.parametrize(
    ("conversation", "file", "said"), [("nowhere", "state.db", "no conversation 'nowhere'"), ("c", "none.db", "no store")]
)
def test_what_is_not_there_is_the_callers_mistake(
    run: Run, index: Path, state: Path, conversation: str, file: str, said: str
) -> None:
    missing = run("replay", state.with_name(file), conversation, "--index", index)
    assert missing.code == 2
    assert said in missing.err
    assert not state.with_name("none.db").exists()
