from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cs_assist.config import load_settings
from cs_assist.encoder.choose import open_encoder
from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.errors import EncoderError, MissingExtraError


def test_the_shipped_encoder_searches_by_default(encoder: OnnxEncoder) -> None:
    assert open_encoder(load_settings()).revision == encoder.revision


def test_another_folder_is_taken_from_the_settings(tmp_path: Path) -> None:
    assert open_encoder(load_settings(encoder_dir=SHIPPED)).dimension == 384
    with pytest.raises(EncoderError, match="no usable encoder"):
        open_encoder(load_settings(encoder_dir=tmp_path))


def test_a_search_model_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match="sentence-transformers"):
        open_encoder(load_settings(search_model="some/model"))
