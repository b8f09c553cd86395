from __future__ import annotations

from pathlib import Path

import pytest

from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexMissingError
from cs_assist.parts import open_knowledge, open_memory
from cs_assist.store.base import MemoryStore
from cs_assist.types import Message


def test_an_index_is_missing_only_where_it_was_named(tmp_path: Path, encoder: OnnxEncoder) -> None:
    settings = load_settings(index_dir=tmp_path / "none")
    assert open_knowledge(settings, None, None, encoder) is None
    with pytest.raises(IndexMissingError):
        open_knowledge(settings, tmp_path / "none", None, encoder)


def test_a_memory_knows_what_it_decides_with_and_uses_the_store_that_is_given(encoder: OnnxEncoder) -> None:
    memory = open_memory(load_settings(), MemoryStore(), encoder)
    assert memory.versions["encoder"] == encoder.revision
    assert memory.known(Message(id="1")) is None


def test_without_a_store_it_is_the_settings_database(tmp_path: Path, encoder: OnnxEncoder) -> None:
    settings = load_settings(state_dir=tmp_path)
    open_memory(settings, None, encoder)
    assert (tmp_path / "state.db").exists()
