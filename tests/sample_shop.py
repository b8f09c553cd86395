"""A small shop that several tests share, a clock on which its articles are in force, and passages made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.articles import Article, FrontMatter, load_articles
from cs_assist.knowledge.chunks import Chunk, chunk_article
from cs_assist.knowledge.index import build_index
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.parts import OrderLookup
from cs_assist.store.base import MemoryStore, Store
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message

ARTICLES = Path(__file__).parent / "data" / "articles"
DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
#: Two messages of one customer, both dissatisfied.
ANGRY = (
    "Das ist eine Frechheit! Seit drei Wochen warte ich auf mein Paket und niemand antwortet mir.",
    "Ich bin wirklich stinksauer, immer noch keine Antwort, so einen schlechten Service habe ich noch nie erlebt!",
)


def build_sample_index(folder: Path, encoder: OnnxEncoder) -> Path:
    """Build the index of the sample articles in ``folder`` and return the folder."""
    loaded = load_articles(ARTICLES)
    assert not loaded.problems
    chunks = [chunk for article in loaded.articles for chunk in chunk_article(article, encoder.count_tokens)]
    build_index(chunks, folder, encoder)
    return folder


def open_shop(
    index: Path,
    encoder: OnnxEncoder,
    reader: MessageReader,
    store: Store | None = None,
    *,
    orders: OrderLookup | None = None,
    **settings: Any,
) -> Assistant:
    """Return the sample shop's assistant, with an encoder and a reader that are loaded already."""
    assistant = Assistant(load_settings(**settings), index=index, store=store or MemoryStore(), orders=orders)
    assistant.encoder, assistant.reader = encoder, reader
    assistant.knowledge = KnowledgeBase(index, encoder, answer_at=assistant.settings.reply_at)
    return assistant


def message(text: str, number: int = 1, **fields: Any) -> Message:
    """Return a message of the one conversation ``c``, from the United States, at noon."""
    return Message(**{"id": f"m{number}", "text": text, "market": "US", "conversation_id": "c", "received_at": NOON, **fields})


def angry(number: int) -> Message:
    """Return the first or the second of the dissatisfied messages."""
    return message(ANGRY[number - 1], number, market="DE")


def make_chunk(doc_id: str, text: str = "Some text.", *, number: int = 0, **head: Any) -> Chunk:
    """Return a passage of an article that exists nowhere else, by default its first."""
    values = {"id": doc_id, "title": f"About {doc_id}", "language": "en", "category": "policy", **head}
    article = Article(FrontMatter(**values), text, Path(f"{doc_id}.md"))
    return Chunk(article, number, (article.head.title,), text)


class ExactEncoder:
    """Gives each text a unit vector of four entries of ±0.5: all cosines are exact, and many are equal."""

    dimension = 16
    revision = "exact@1"

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one vector a text, the same one for the same text."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            numbers = blake2b(text.encode(), digest_size=8).digest()
            for quarter in range(4):
                row[quarter * 4 + numbers[quarter] % 4] = 0.5 if numbers[4 + quarter] % 2 else -0.5
        return rows
