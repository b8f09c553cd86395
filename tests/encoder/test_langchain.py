from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sample_shop import ARTICLES

from cs_assist.encoder.langchain import LangChainEncoder
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import EncoderError, IndexMismatchError
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import build_index
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

DAY = date(2026, 11, 23)


class Hosted:
    """The shipped encoder behind LangChain's interface, as a service would be: with a name, and no weights to look at."""

    def __init__(self, encoder: OnnxEncoder, model: str = "hosted-1", **said: object) -> None:
        self.encoder = encoder
        self.model = model
        self.turned = False
        self.__dict__.update(said)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._list(self.encoder.encode_passages(texts))

    def embed_query(self, text: str) -> list[float]:
        return self._list(self.encoder.encode_queries([text]))[0]

    def _list(self, rows: np.ndarray) -> list[list[float]]:
        rows = rows[:, ::-1] if self.turned else rows
        return [[3 * float(x) for x in row] for row in rows]  # services do not promise unit vectors


class Made:
    """Gives what it was made with."""

    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        self.rows = rows

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [list(row) for row in self.rows]

    def embed_query(self, text: str) -> list[float]:
        return [1.0, 0.0]


@pytest.fixture
def index(tmp_path: Path, encoder: OnnxEncoder) -> Path:
    hosted = LangChainEncoder(Hosted(encoder))
    chunks = [chunk for article in load_articles(ARTICLES).articles for chunk in chunk_article(article, hosted.count_tokens)]
    build_index(chunks, tmp_path / "index", hosted)
    return tmp_path / "index"


def test_vectors_have_length_one_and_the_models_directions(encoder: OnnxEncoder) -> None:
    hosted = LangChainEncoder(Hosted(encoder))
    texts = ["Where is my parcel?", "Wo ist mein Paket?"]
    assert hosted.dimension == encoder.dimension
    np.testing.assert_allclose(hosted.encode_queries(texts), encoder.encode_queries(texts), atol=1e-5)
    assert hosted.encode_passages([]).shape == (0, encoder.dimension)


def test_the_revision_is_the_same_for_the_same_model_and_another_for_another(encoder: OnnxEncoder) -> None:
    one = LangChainEncoder(Hosted(encoder)).revision
    assert one == LangChainEncoder(Hosted(encoder)).revision
    assert one.startswith("hosted-1@")
    others = [
        LangChainEncoder(Hosted(encoder, "hosted-2")).revision,
        LangChainEncoder(Hosted(encoder), version="2").revision,
        LangChainEncoder(Hosted(encoder, dimensions=256)).revision,
        LangChainEncoder(Hosted(encoder, encode_kwargs={"prompt": "query: "})).revision,
        LangChainEncoder(Made([])).revision,
    ]
    assert len({one, *others}) == 6


def test_what_does_not_change_the_vectors_does_not_change_the_revision(encoder: OnnxEncoder) -> None:
    plain = LangChainEncoder(Hosted(encoder)).revision
    assert LangChainEncoder(Hosted(encoder, max_retries=7, api_key="secret", client=object())).revision == plain


def test_a_name_of_ones_own_is_the_readable_half(encoder: OnnxEncoder) -> None:
    assert LangChainEncoder(Hosted(encoder), name="ours").revision.startswith("ours@")
    assert LangChainEncoder(Made([])).revision.startswith("Made@")


@pytest.mark.parametrize(("rows", "said"), [([[1.0, 2.0, 3.0]], "of length"), ([[float("nan"), 1.0]], "no number")])
def test_vectors_that_cannot_be_used_are_refused(rows: list[list[float]], said: str) -> None:
    with pytest.raises(EncoderError, match=said):
        LangChainEncoder(Made(rows)).encode_passages(["a"])


def test_tokens_are_the_shipped_encoders_or_the_callers(encoder: OnnxEncoder) -> None:
    assert LangChainEncoder(Made([])).count_tokens("Where is it?") == encoder.count_tokens("Where is it?")
    assert LangChainEncoder(Made([]), count_tokens=len).count_tokens("four") == 4


def test_an_index_can_be_built_and_searched_but_nothing_is_ever_sent(
    index: Path, encoder: OnnxEncoder, reader: MessageReader, caplog: pytest.LogCaptureFixture
) -> None:
    hosted = LangChainEncoder(Hosted(encoder))
    with caplog.at_level(logging.WARNING):
        base = KnowledgeBase(index, hosted, answer_at=0.0)
    assert f"no calibration for encoder '{hosted.revision}'" in caplog.text
    assert "cs-assist kb calibrate" in caplog.text
    message = Message(id="1", text="How long does delivery to the United States take?", market="US")
    found = base(message, reader(message), on=DAY)
    assert found.passages[0].doc_id == "shipping-us"
    assert {passage.p_answers for passage in found.passages} == {0.0}
    assert (found.p_answerable, found.answerable) == (0.0, False)
    assert hosted.revision in found.uncalibrated


def test_a_model_that_changed_behind_its_name_is_found_out(index: Path, encoder: OnnxEncoder) -> None:
    changed = Hosted(encoder)
    changed.turned = True
    with pytest.raises(IndexMismatchError, match="the model has changed"):
        KnowledgeBase(index, LangChainEncoder(changed))


def test_an_index_of_another_model_is_refused(index: Path, encoder: OnnxEncoder) -> None:
    with pytest.raises(IndexMismatchError, match="was built by encoder 'hosted-1@"):
        KnowledgeBase(index, LangChainEncoder(Hosted(encoder, "hosted-2")))
