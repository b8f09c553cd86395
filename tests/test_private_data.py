"""No customer's data in what is written beside the answers: logs, the search log, faults, error lines."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_shop import NOON, build_sample_index

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.store.base import MemoryStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

SECRETS = (
    "kate.miller@example.com", "+49 30 901820", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "529.982.247-25", "Miller",
)  # fmt: skip
TEXT = (
    f"Hello, my name is Kate Miller, {SECRETS[0]}, phone {SECRETS[1]}. I paid with card {SECRETS[2]}, IBAN {SECRETS[3]}, "
    f"CPF {SECRETS[4]}. Where is my parcel?"
)
STAGES = ("reader", "knowledge", "composer", "guard")


def assert_clean(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    return build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)


@pytest.fixture
def assistant(tmp_path: Path, index: Path, encoder: OnnxEncoder, reader: MessageReader) -> Assistant:
    settings = load_settings(index_dir=index, search_log=tmp_path / "searches.jsonl", search_log_text=True)
    made = Assistant(settings, store=MemoryStore(), encoder=encoder)
    made.reader = reader
    return made


def handle(assistant: Assistant) -> str:
    message = Message(id="1", text=TEXT, market="DE", name="Kate Miller", received_at=NOON)
    outcome = assistant.handle(message)
    return outcome.fault.model_dump_json() if outcome.fault else ""


def test_a_search_is_logged_without_the_customers_data(assistant: Assistant, tmp_path: Path) -> None:
    assert handle(assistant) == ""
    logged = (tmp_path / "searches.jsonl").read_text(encoding="utf-8")
    assert "Where is my parcel?" in json.loads(logged)["text"]
    assert_clean(logged)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_repeats_nothing(
    assistant: Assistant, stage: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"cannot read {TEXT}")

    monkeypatch.setattr(type(getattr(assistant, stage)), "__call__", fail)
    with caplog.at_level(logging.DEBUG):
        fault = handle(assistant)
    assert "ValueError" in fault
    assert "failed" in caplog.text
    assert_clean(fault + caplog.text)


def test_what_a_logger_of_the_library_is_given_is_masked(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    assert assistant.guard
    for name in ("cs_assist", "cs_assist.walk", "cs_assist.parts", "cs_assist.knowledge.searchlog"):
        logging.getLogger(name).warning("what came: %s", TEXT)
    assert len(caplog.messages) == 4
    assert_clean(caplog.text)


def test_an_error_line_repeats_nothing() -> None:
    line = json.dumps({"id": "1", "text": "hi", "market": "DE", "channel": SECRETS[0], "history": [{"role": TEXT[28:80]}]})
    done = subprocess.run(
        [Path(sys.executable).parent / "cs-assist", "triage"], input=line, capture_output=True, text=True, encoding="utf-8"
    )
    assert "error" in done.stdout
    assert_clean(done.stdout + done.stderr)
