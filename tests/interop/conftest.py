from __future__ import annotations

from pathlib import Path

import pytest
from sample_shop import build_sample_index, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.store.base import MemoryStore
from cs_assist.triage.reader import MessageReader


@pytest.fixture(scope="session")
def shop_index(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    return build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def shop(shop_index: Path, encoder: OnnxEncoder, reader: MessageReader, store: MemoryStore) -> Assistant:
    return open_shop(shop_index, encoder, reader, store)
