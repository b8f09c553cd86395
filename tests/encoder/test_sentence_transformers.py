from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.encoder.sentence_transformers import SentenceTransformersEncoder
from cs_assist.errors import EncoderError, MissingExtraError


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cs-assist\[sentence-transformers\]'"):
        SentenceTransformersEncoder("any")


@pytest.fixture(scope="module")
def library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and its friends warn of themselves
        return pytest.importorskip("sentence_transformers", reason="the extra 'sentence-transformers' is not installed")


@pytest.fixture
def small(library: Any) -> Any:
    """A model with weights of its own, made here: one vector a token, averaged."""
    import torch
    from tokenizers import Tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer releases have moved the module and still read the old name
        from sentence_transformers.models import StaticEmbedding

    torch.manual_seed(7)
    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    return library.SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu")


def test_vectors_have_length_one_and_the_stated_dimension(small: Any) -> None:
    encoder = SentenceTransformersEncoder(small, name="small")
    rows = encoder.encode_passages(["Returns are free.", "Rückgabe ist kostenlos."])
    assert encoder.dimension == 16
    assert rows.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert encoder.encode_queries([]).shape == (0, 16)


def test_the_revision_changes_with_weights_and_prompts_and_with_nothing_else(small: Any) -> None:
    import torch

    before = SentenceTransformersEncoder(small, name="small").revision
    assert before.startswith("small@")
    assert SentenceTransformersEncoder(small, name="small").revision == before
    assert SentenceTransformersEncoder(small, name="small", query_prompt="query: ").revision != before
    with torch.no_grad():
        next(small.parameters())[100] += 0.01
    assert SentenceTransformersEncoder(small, name="small").revision != before


def test_prompts_are_the_models_own_or_the_callers(small: Any) -> None:
    text = "Returns are free."
    plain = SentenceTransformersEncoder(small)
    prompted = SentenceTransformersEncoder(small, query_prompt="query: ", passage_prompt="passage: ")
    small.prompts = {"query": "query: ", "document": "", "passage": "passage: "}
    own = SentenceTransformersEncoder(small)
    for encode in ("encode_queries", "encode_passages"):
        np.testing.assert_allclose(getattr(own, encode)([text]), getattr(prompted, encode)([text]), atol=1e-6)
        assert not np.allclose(getattr(own, encode)([text]), getattr(plain, encode)([text]), atol=1e-3)
    assert own.revision == prompted.revision


def test_tokens_are_counted_without_end_marks(small: Any, encoder: OnnxEncoder) -> None:
    assert SentenceTransformersEncoder(small).count_tokens("Where is my parcel?") == encoder.count_tokens("Where is my parcel?")


def test_a_folder_that_holds_no_model_is_refused(library: Any, tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        SentenceTransformersEncoder(tmp_path)


def test_the_shipped_folder_gives_the_shipped_vectors(library: Any, encoder: OnnxEncoder) -> None:
    pytest.importorskip("optimum.onnxruntime", reason="sentence-transformers is installed without its extra 'onnx'")
    same = SentenceTransformersEncoder(SHIPPED, backend="onnx")
    texts = ["Where is my parcel?", "Wie lange dauert die Lieferung?"]
    assert same.revision.startswith("model@")
    assert (same.encode_queries(texts) * encoder.encode_queries(texts)).sum(axis=1).min() > 0.98
    assert (same.encode_passages(texts) * encoder.encode_passages(texts)).sum(axis=1).min() > 0.98
