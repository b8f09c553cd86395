from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sample_shop import DAY

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import SettingsError
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.knowledge.searchlog import SearchLog
from cs_assist.store.base import MemoryStore
from cs_assist.types import Findings, Message, Triage

QUESTION = "Wie lange dauert die Lieferung 🚚?"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def asked(make_triage: Callable[..., Triage]) -> tuple[Message, Triage]:
    return Message(id="1", text=QUESTION, market="DE"), make_triage(text=QUESTION, language="de")


@pytest.mark.parametrize("text", [True, False])
def test_a_search_is_one_line(
    shop_index: Path, encoder: OnnxEncoder, asked: tuple[Message, Triage], tmp_path: Path, text: bool
) -> None:
    path = tmp_path / "new" / "searches.jsonl"
    base = KnowledgeBase(shop_index, encoder, log=SearchLog(path, text=str if text else None))
    found = base(*asked, on=DAY)
    (row,) = rows(path)
    assert row["doc_ids"] == list(dict.fromkeys(p.doc_id for p in found.passages))
    assert (row["p_answerable"], row["market"], row["platform"], row["language"]) == (found.p_answerable, "DE", None, "de")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(row["at"])).total_seconds()) < 3600
    if text:
        assert row["text"] == QUESTION
    else:
        assert row["text_sha256"] == hashlib.sha256(QUESTION.encode()).hexdigest()
        assert "Lieferung" not in path.read_text(encoding="utf-8")


def test_a_search_that_finds_nothing_is_a_line_too(tmp_path: Path, asked: tuple[Message, Triage]) -> None:
    SearchLog(tmp_path / "log")(*asked, Findings())
    assert [(row["doc_ids"], row["p_answerable"]) for row in rows(tmp_path / "log")] == [([], 0.0)]


def test_threads_do_not_write_into_each_others_lines(tmp_path: Path, asked: tuple[Message, Triage]) -> None:
    log = SearchLog(tmp_path / "log", text=str.upper)
    threads = [threading.Thread(target=lambda: [log(*asked, Findings()) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["text"] for row in rows(tmp_path / "log")] == [QUESTION.upper()] * 400


def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        SearchLog(tmp_path)


def test_a_log_that_is_lost_later_stops_no_answer(
    tmp_path: Path, asked: tuple[Message, Triage], caplog: pytest.LogCaptureFixture
) -> None:
    log = SearchLog(tmp_path / "folder" / "log")
    (tmp_path / "folder" / "log").unlink()
    (tmp_path / "folder").rmdir()
    with caplog.at_level(logging.WARNING):
        log(*asked, Findings())
    assert "could not be logged" in caplog.text


def test_the_assistant_logs_only_where_a_file_is_set(shop_index: Path, tmp_path: Path) -> None:
    message = Message(id="1", text="How long does delivery take?", market="US")
    Assistant(load_settings(), index=shop_index, store=MemoryStore()).handle(message)
    assert not (tmp_path / "log").exists()
    Assistant(load_settings(search_log=tmp_path / "log"), index=shop_index, store=MemoryStore()).handle(message)
    assert len(rows(tmp_path / "log")) == 1
