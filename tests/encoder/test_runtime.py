from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cs_assist.encoder.onnx import SHIPPED
from cs_assist.encoder.runtime import OnnxModel
from cs_assist.errors import EncoderError


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel(SHIPPED)


def test_marks_and_limit_are_those_of_the_call(model: OnnxModel) -> None:
    text = "Where is my parcel? " * 20
    (whole,), (bare,), (cut,) = model.tokenize([text]), model.tokenize([text], marks=False), model.tokenize([text], limit=7)
    assert whole.ids[1:-1] == bare.ids
    assert len(cut.ids) == 7
    assert cut.ids[:6] == whole.ids[:6]


def test_offsets_point_into_the_text(model: OnnxModel) -> None:
    text = "Où est mon colis ?"
    (pieces,) = model.tokenize([text], marks=False)
    assert "".join(text[a:b] for a, b in pieces.offsets).replace(" ", "") == text.replace(" ", "")


def test_shorter_rows_are_padded_and_masked(model: OnnxModel) -> None:
    rows = [e.ids for e in model.tokenize(["ok", "Where is my parcel?"])]
    hidden, mask = model.hidden(rows)
    assert hidden.shape[:2] == mask.shape == (2, max(map(len, rows)))
    assert mask.sum(1).tolist() == [len(row) for row in rows]
    alone, _ = model.hidden(rows[:1])
    assert np.corrcoef(alone[0, 0], hidden[0, 0])[0, 1] > 0.98  # the padding changes nothing but rounding


def test_a_damaged_graph_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    for name in ("encoder.json", "tokenizer.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(EncoderError, match="the graph in") as caught:
        OnnxModel(tmp_path).hidden([[0, 5, 2]])
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("content", [None, "{}"], ids=["missing", "damaged"])
def test_an_unusable_tokenizer_is_an_error_that_names_the_folder(tmp_path: Path, content: str | None) -> None:
    shutil.copy(SHIPPED / "encoder.json", tmp_path)
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(EncoderError) as caught:
        OnnxModel(tmp_path).tokenize(["hi"])
    assert str(tmp_path) in str(caught.value)


def test_models_with_the_same_tokenizer_share_it_and_each_keeps_its_own_limit(model: OnnxModel, tmp_path: Path) -> None:
    for name in ("encoder.json", "tokenizer.json"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    other = OnnxModel(tmp_path)
    assert other._tokenizer is model._tokenizer
    text = "Where is my parcel? " * 20
    assert len(other.tokenize([text], limit=5)[0].ids) == 5
    assert len(model.tokenize([text], limit=9)[0].ids) == 9
