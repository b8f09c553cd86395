from __future__ import annotations

from pathlib import Path

import pytest
from sample_shop import build_sample_index

from cs_assist.encoder.onnx import OnnxEncoder


@pytest.fixture(scope="session")
def shop_index(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    return build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)
