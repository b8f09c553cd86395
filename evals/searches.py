"""The questions of a shop, and the searches that are compared on them: the library's own, BM25, vectors, LangChain's store."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.countries import CountryNames
from cs_assist.knowledge.answerability import category_name
from cs_assist.knowledge.articles import FrontMatter, load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import PassageIndex, build_index
from cs_assist.knowledge.reader import Reader
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.markets.market import MarketLanguages
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message, Triage, same_language

BM25, DENSE, LANGCHAIN = "BM25 alone", "dense alone (cosine)", "LangChain FAISS"
FETCHED = 20  # LangChain's default ``fetch_k``
NOTHING = -np.inf  # the confidence where nothing was found
_BATCH = 64


@dataclass(frozen=True)
class Asked:
    """One question of a shop, read, and what the articles' heads say about it.

    Attributes:
        shop: The shop's name.
        language: The language of the question, as labelled.
        message: The question as a message.
        triage: How it was read.
        on: The day of the question.
        gold: The articles that answer it.
        near: The near-duplicates of those that market, platform and day allow.
        faults: What is wrong with showing an article here, by article; articles that may be shown are not in it.
        own_language: Whether one that answers is in the customer's language.
        topic: The category of the one that answers.
    """

    shop: str
    language: str
    message: Message
    triage: Triage
    on: date
    gold: frozenset[str]
    near: frozenset[str]
    faults: dict[str, str]
    own_language: bool
    topic: str


@dataclass(frozen=True)
class Answer:
    """What a search gave: articles, best first, how sure it is of the first, and whether that may be sent (None: cannot say)."""

    articles: tuple[str, ...]
    confidence: float
    sent: bool | None = None


Search = Callable[[Asked], Answer]


def ask(name: str, shop: Path, index: Path, encoder: OnnxEncoder, questions: Path | None = None) -> list[Asked]:
    """Build a shop's index, and return its questions (by default those that lie beside its articles), read."""
    asked_in = questions or shop / "queries.jsonl"
    articles = load_articles(shop / "articles").articles
    heads = {article.head.id: article.head for article in articles}
    build_index([chunk for a in articles for chunk in chunk_article(a, encoder.count_tokens)], index, encoder)
    rows = [json.loads(line) for line in asked_in.read_text(encoding="utf-8").splitlines() if line.strip()]
    missing = {article for row in rows for article in row["gold"]} - heads.keys()
    if missing or not rows:
        raise SystemExit(
            f"{shop}: {'questions name articles that are not there: ' if rows else 'no questions'}{', '.join(sorted(missing))}"
        )
    reader = MessageReader(encoder, market_languages=MarketLanguages())
    asked = []
    for start in track(range(0, len(rows), _BATCH), description=f"{name}: reading", transient=True):
        part = rows[start : start + _BATCH]
        triages = reader.read_many([_message(row) for row in part])
        asked += [_asked(name, row, triage, heads) for row, triage in zip(part, triages, strict=True)]
    return asked


def _message(row: dict[str, Any]) -> Message:
    return Message(id=row["id"], text=row["text"], market=row["market"], platform=row["platform"], channel="live_chat")


def _asked(shop: str, row: dict[str, Any], triage: Triage, heads: dict[str, FrontMatter]) -> Asked:
    on = date.fromisoformat(row["date"])
    faults = {name: fault for name, head in heads.items() if (fault := _fault(head, row["market"], row["platform"], on))}
    gold = frozenset(row["gold"])
    near = frozenset(name for name in row["hard_negatives"] if name in heads and name not in faults and name not in gold)
    own = any(same_language(row["lang"], heads[name].language) for name in gold)
    topic = category_name(heads[row["gold"][0]].category) if gold else ""
    return Asked(shop, row["lang"], _message(row), triage, on, gold, near, faults, own, topic)


def _fault(head: FrontMatter, market: str | None, platform: str | None, on: date) -> str:
    """Return why an article must not be shown, by its head alone: the index is what is checked with this."""
    if (head.valid_from and on < head.valid_from) or (head.valid_until and on > head.valid_until):
        return "not in force"
    if market and not head.everywhere and market not in head.markets:
        return "another market"
    return "another platform" if head.platform not in (None, platform or "own_shop") else ""


def searches(folder: Path, encoder: OnnxEncoder, readers: dict[str, Reader | None]) -> dict[str, Search]:
    """Return the searches to compare over one index, by name."""
    index = PassageIndex.load(folder, encoder=encoder.revision)
    found: dict[str, Search] = {BM25: bm25(index), DENSE: dense(index, encoder)}
    if langchain := langchain_faiss(index, encoder):
        found[LANGCHAIN] = langchain
    bases = {n: KnowledgeBase(folder, encoder, reader=reader, countries=CountryNames()) for n, reader in readers.items()}
    return found | {name: ours(base) for name, base in bases.items()}


def ours(base: KnowledgeBase) -> Search:
    """Return the library's own search as it is used, except that all candidates are listed."""

    def search(asked: Asked) -> Answer:
        found = base(asked.message, asked.triage, on=asked.on, k=len(base.index.passages))
        articles = tuple(dict.fromkeys(passage.doc_id for passage in found.passages))
        return Answer(articles, found.p_answerable if articles else NOTHING, found.answerable)

    return search


def bm25(index: PassageIndex) -> Search:
    """Return a search by words alone."""

    def search(asked: Asked) -> Answer:
        scores = np.where(_mask(index, asked), index.lexical.scores(asked.triage.text), 0)
        order = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] > 0]
        return _answer([(index.passages[i].doc_id, float(scores[i])) for i in order])

    return search


def dense(index: PassageIndex, encoder: OnnxEncoder) -> Search:
    """Return a search by vectors alone."""

    def search(asked: Asked) -> Answer:
        mask = _mask(index, asked)
        vector = encoder.encode_queries([asked.triage.text])[0]
        return _answer([(index.passages[i].doc_id, cosine) for i, cosine in index.nearest(vector, mask, int(mask.sum()))])

    return search


def langchain_faiss(index: PassageIndex, encoder: OnnxEncoder) -> Search | None:
    """Return LangChain's FAISS store over the same passages and vectors, as its users filter it; None without the package.

    Its filter is applied to the ``fetch_k`` nearest passages of all markets. That is left at its default of 20, and as many
    are asked for, so that nothing that passes the filter is lost.
    """
    try:
        from langchain_community.vectorstores import FAISS
    except ImportError:
        return None
    from cs_assist.interop.langchain import CsAssistEmbeddings

    passages = list(index.passages)
    vectors = index.vectors(range(len(passages))).tolist()
    texts = [passage.indexed_text for passage in passages]
    heads = [
        {"id": p.doc_id, "markets": p.markets, "platform": p.platform, "days": (p.valid_from, p.valid_until)} for p in passages
    ]
    store = FAISS.from_embeddings(list(zip(texts, vectors, strict=True)), CsAssistEmbeddings(encoder), heads)

    def search(asked: Asked) -> Answer:
        day, market, platform = asked.on.isoformat(), asked.message.market, asked.message.platform

        def allowed(head: dict[str, Any]) -> bool:
            first, last = head["days"]
            return (
                (not market or not head["markets"] or market in head["markets"])
                and head["platform"] in (None, platform or "own_shop")
                and (first is None or first <= day)
                and (last is None or day <= last)
            )

        found = store.similarity_search_with_score(asked.triage.text, k=FETCHED, filter=allowed)
        return _answer([(document.metadata["id"], -float(distance)) for document, distance in found])

    return search


def _mask(index: PassageIndex, asked: Asked) -> np.ndarray:
    return index.allowed(market=asked.message.market, platform=asked.message.platform, on=asked.on)


def _answer(found: Sequence[tuple[str, float]]) -> Answer:
    return Answer(tuple(dict.fromkeys(name for name, _ in found)), found[0][1] if found else NOTHING)
