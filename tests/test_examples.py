"""The examples run from any folder, without a network, and print what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cs_assist import Assistant, MemoryStore, Message, load_settings
from cs_assist.cli.lines import read_lines
from cs_assist.cli.records import to_message, to_turns

EXAMPLES = Path(__file__).parent.parent / "examples"
PROMISED = {
    "01_one_message": "action     handover, because safety_issue",
    "02_build_and_search": "returns-gb               Returns in the United Kingdom",
    "03_two_strikes": "-> handover (dissatisfied), strikes 2",
    "04_own_settings_and_store": "second worker: ignore (duplicate)",
    "05_order_facts": "on its way: reply (order PL-2611-40077 is shipped)",
    "06_whole_dialogue": "a person takes over at turn 4",
    "07_own_intents": "subscription_pause could we hold the bean subscription until september?",
    "08_agent": "the agent says: A colleague will write to Kate Miller.",
    "09_mcp_client": "check_reply: block",
}
#: What an example needs besides the library itself.
NEEDED = {"08_agent": "langchain", "09_mcp_client": "mcp"}


@pytest.mark.parametrize("name", PROMISED)
def test_an_example_prints_what_it_promises(name: str, tmp_path: Path) -> None:
    if name in NEEDED and not find_spec(NEEDED[name]):
        pytest.skip(f"{NEEDED[name]} is not installed")
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert PROMISED[name] in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_sample_dialogues_are_judged_each_as_it_is_told() -> None:
    judged = {}
    assistant = Assistant(load_settings(index_dir="none"), store=MemoryStore())
    for line in read_lines(EXAMPLES / "dialogues.jsonl"):
        message, turns = to_message(line, need_text=False), to_turns(line.value["turns"])
        assert isinstance(message, Message)
        assert isinstance(turns, list)
        outcomes = assistant.converse(turns, message=message)
        judged[line.id] = next((outcome.decision.reason for _, outcome in outcomes if outcome.action == "handover"), None)
    assert judged == {
        "late-parcel": "dissatisfied",
        "calm-question": None,
        "a-person-please": "human_request",
        "hot-charger": "safety_issue",
    }


def test_every_numbered_example_is_tried_and_short() -> None:
    found = sorted(path for path in EXAMPLES.glob("0*.py"))
    assert [path.stem for path in found] == sorted(PROMISED)
    assert all(len(path.read_text(encoding="utf-8").splitlines()) < 60 for path in found)
