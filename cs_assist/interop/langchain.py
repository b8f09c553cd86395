"""LangChain: our search as a retriever, our index as a vector store, passages as documents (extra ``langchain``)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from cs_assist.encoder.base import Encoder, Vectors
from cs_assist.encoder.langchain import LangChainEncoder
from cs_assist.errors import ArticleError, IndexMissingError, KnowledgeIndexError, MissingExtraError
from cs_assist.knowledge.articles import Article, FrontMatter
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.index import PassageIndex, write_generation, writing
from cs_assist.knowledge.search import KnowledgeBase, check_encoder
from cs_assist.markets.market import find_market
from cs_assist.types import Message, Passage, Triage

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.vectorstores import VectorStore
    from langchain_core.vectorstores.utils import maximal_marginal_relevance
except ImportError as exc:
    raise MissingExtraError("langchain", needed_for="cs_assist.interop.langchain") from exc

DOCUMENTS = "documents.jsonl"
_FILTERS = ("market", "platform", "language", "category", "product", "on")
#: Keys of a document's metadata that an article has too; they filter and rank as in an article's head.
_HEAD_KEYS = ("title", "language", "markets", "platform", "category", "product", "valid_from", "valid_until", "url", "approved")


def passage_to_document(passage: Passage) -> Document:
    """Return a passage as a document: its text, its other fields as metadata, and ``doc_id#chunk`` as id.

    Example:
        >>> found = Passage(doc_id="returns", chunk=0, title="Returns", text="30 days.", score=1.0, p_answers=0.9,
        ...                 language="en", category="returns")
        >>> document = passage_to_document(found)
        >>> document.id, document.page_content, document_to_passage(document) == found
        ('returns#0', '30 days.', True)
    """
    metadata = passage.model_dump(mode="json", exclude={"text"})
    return Document(id=f"{passage.doc_id}#{passage.chunk}", page_content=passage.text, metadata=metadata)


def document_to_passage(document: Document) -> Passage:
    """Return the passage that :func:`passage_to_document` made a document of; metadata of others is passed over.

    Raises:
        ArticleError: A field of a passage is missing or wrong; names the document and the key.
    """
    fields = {key: value for key, value in document.metadata.items() if key in Passage.model_fields}
    try:
        return Passage.model_validate({**fields, "text": document.page_content})
    except ValidationError as exc:
        raise _wrong(exc, document.id) from exc


class CsAssistRetriever(BaseRetriever):
    """Our search as a LangChain retriever.

    The documents are the passages of :class:`~cs_assist.knowledge.search.KnowledgeBase`, best first, with ``p_answers``
    in their metadata: only what reaches the operating point may be sent without a person.

    Args:
        knowledge: The knowledge base.
        read: Gives a message's triage, such as a :class:`~cs_assist.triage.reader.MessageReader`.
        market: ISO 3166-1 alpha-2 code of the market that questions come from; none means all.
        platform: Where the customer bought; none means the shop's own.
        on: The day on which an article must be in force; none means today (UTC).
        k: How many passages at most.
        min_p_answers: Passages below this probability are left out.
    """

    knowledge: KnowledgeBase
    read: Callable[[Message], Triage]
    market: str | None = None
    platform: str | None = None
    on: date | None = None
    k: int = 5
    min_p_answers: float = 0.0

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        message = Message(id=str(run_manager.run_id), text=query, market=self.market, platform=self.platform, channel="live_chat")
        found = self.knowledge(message, self.read(message), on=self.on or _today(), k=self.k)
        return [passage_to_document(p) for p in found.passages if p.p_answers >= self.min_p_answers]


class CsAssistEmbeddings(Embeddings):
    """An encoder of ours as LangChain ``Embeddings``: the shipped one in a chain, say.

    Example:
        >>> from cs_assist.encoder.onnx import OnnxEncoder
        >>> len(CsAssistEmbeddings(OnnxEncoder()).embed_query("Where is my parcel?"))
        384
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector a text, read as a part of an article."""
        return [[float(x) for x in row] for row in self.encoder.encode_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """Return the unit vector of a text, read as a question."""
        return [float(x) for x in self.encoder.encode_queries([text])[0]]


class CsAssistVectorStore(VectorStore):
    """Our index as a LangChain vector store: vectors on disk, no pickle, one whole generation a change.

    A document is one passage. Metadata keys ``title``, ``language``, ``markets``, ``platform``, ``category``,
    ``product``, ``valid_from``, ``valid_until``, ``url`` and ``approved`` mean what they mean in an article's head and
    are checked; all others are kept as they are and come back. An index that ``cs-assist kb build`` made can be
    searched, and not changed here: its articles are the source. Vectors of unchanged texts are kept, so that adding
    costs one encoding a new text, and a rewriting of the files: add many documents at once.

    Args:
        folder: Where the index lives; an empty or missing folder is an empty store.
        embedding: LangChain ``Embeddings``; wrap an encoder of ours in :class:`CsAssistEmbeddings`.
        language: Of documents whose metadata name none.

    Raises:
        IndexMismatchError: Another encoder built the index, or the encoder has changed behind its name.
        IndexDamagedError: A file was altered.
    """

    def __init__(self, folder: Path | str, embedding: Embeddings, *, language: str = "en") -> None:
        self.folder = Path(folder)
        self._language = language
        self._embedding = embedding
        self._encoder: Encoder = embedding.encoder if isinstance(embedding, CsAssistEmbeddings) else LangChainEncoder(embedding)
        self._index: PassageIndex | None = None
        self._documents: dict[str, Document] = {}
        self._by_article: dict[str, Document] = {}
        self._reload()
        if self._index is not None:
            check_encoder(self._index, self._encoder)

    @property
    def embeddings(self) -> Embeddings:
        """What texts are encoded with."""
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts, or replace those whose id is there already; return the ids.

        Args:
            texts: One passage each.
            metadatas: One a text.
            ids: One a text; a text without one gets a new random id.
            kwargs: Nothing else is known.

        Raises:
            ArticleError: A known metadata key is wrong, a text is empty, the metadata is not JSON (names the document
                and the key), or the numbers of texts, metadatas and ids differ. It is a ``ValueError`` too.
            KnowledgeIndexError: The index was built from articles, or cannot be written. Nothing was added.
        """
        _know_nothing_of(kwargs)
        texts = list(texts)
        if (metadatas is not None and len(metadatas) != len(texts)) or (ids is not None and len(ids) != len(texts)):
            raise ArticleError(f"{len(texts)} texts were given with other numbers of metadatas or ids", path=self.folder)
        names = [name or str(uuid.uuid4()) for name in ids or [""] * len(texts)]
        new = {
            name: Document(id=name, page_content=text, metadata=dict(metadata))
            for name, text, metadata in zip(names, texts, metadatas or [{} for _ in texts], strict=True)
        }
        for document in new.values():
            _chunk(document, self._language)  # refused before anything is written
        if new:
            self._change(lambda documents: documents | new)
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Delete the documents with these ids, all by default; unknown ids are passed over.

        Raises:
            KnowledgeIndexError: The index was built from articles, or cannot be written. Nothing was deleted.
        """
        _know_nothing_of(kwargs)
        gone = None if ids is None else set(ids)
        self._change(lambda documents: {} if gone is None else {k: v for k, v in documents.items() if k not in gone})
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the documents with these ids; unknown ones are passed over."""
        return [self._documents[name].model_copy(deep=True) for name in ids if name in self._documents]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the ``k`` nearest documents; the filters are those of :meth:`similarity_search_with_score`."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **filters: Any) -> list[tuple[Document, float]]:
        """Return the ``k`` nearest documents with their cosine: higher is nearer.

        Args:
            query: Read as a question.
            k: How many documents at most; at least one.
            filters: ``market``, ``platform``, ``language``, ``category``, ``product`` and ``on``, each as an article's head
                has it: only documents for this market and for all, that readers of this language read, in force on this
                day. Without a platform the shop's own is meant, without a day today (UTC).

        Raises:
            ValueError: ``k`` is less than 1.
            UnknownMarketError: The market is no country's code, as ``UK`` is none.
        """
        index, near = self._nearest(lambda: self._encoder.encode_queries([query])[0], k, filters)
        return [(self._document(index, at), score) for at, score in near] if index else []

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the ``k`` documents nearest to a vector; the filters are those of :meth:`similarity_search_with_score`."""
        index, near = self._nearest(lambda: _unit(embedding), k, kwargs)
        return [self._document(index, at) for at, _ in near] if index else []

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return ``k`` of the ``fetch_k`` nearest documents, such as are near and unlike each other.

        Args:
            query: Read as a question.
            k: How many documents at most.
            fetch_k: Among how many they are chosen.
            lambda_mult: From 0, as unlike as can be, to 1, as near as can be.
            kwargs: The filters of :meth:`similarity_search_with_score`.
        """
        embedding = self._encoder.encode_queries([query])[0]
        return self.max_marginal_relevance_search_by_vector(list(embedding), k, fetch_k, lambda_mult, **kwargs)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Do what :meth:`max_marginal_relevance_search` does, for the vector of a question."""
        index, near = self._nearest(lambda: _unit(embedding), fetch_k, kwargs)
        if index is None or not near:
            return []
        positions = [at for at, _ in near]
        chosen = maximal_marginal_relevance(_unit(embedding), list(index.vectors(positions)), lambda_mult, _at_least_one(k))
        return [self._document(index, positions[i]) for i in chosen]

    def _nearest(
        self, vector: Callable[[], Vectors], k: int, filters: dict[str, Any]
    ) -> tuple[PassageIndex | None, list[tuple[int, float]]]:
        """Return the index, and (position, cosine) of the nearest passages that the filters allow."""
        _know_nothing_of({key: value for key, value in filters.items() if key not in _FILTERS})
        wanted: dict[str, Any] = {"market": None, "platform": None, **filters, "on": filters.get("on") or _today()}
        if wanted["market"] is not None:
            wanted["market"] = _market(wanted["market"])
        index, k = self._index, _at_least_one(k)
        if index is None:
            return None, []
        mask = index.allowed(**wanted)
        return index, index.nearest(vector(), mask, k) if mask.any() else []

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: Path | str | None = None,
        language: str = "en",
        **kwargs: Any,
    ) -> CsAssistVectorStore:
        """Return a store with these texts added.

        ``folder``, which must be given, and ``language`` are those of the class; the rest is :meth:`add_texts`'s.
        """
        if folder is None:
            raise TypeError("from_texts needs folder=..., where the index lives")
        store = cls(folder, embedding, language=language)
        store.add_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: (1 + cosine) / 2

    def _document(self, index: PassageIndex, position: int) -> Document:
        passage = index.passages[position]
        known = self._by_article.get(passage.doc_id)
        if known is not None:
            return known.model_copy(deep=True)
        metadata = {key: getattr(passage, key) for key in ("doc_id", *_HEAD_KEYS)}
        metadata |= {"chunk": passage.number, "markets": list(passage.markets)}
        return Document(id=passage.key, page_content=passage.text, metadata=metadata)

    def _reload(self) -> None:
        try:
            self._index = PassageIndex.load(self.folder, encoder=self._encoder.revision)
        except IndexMissingError:
            self._index = None
        self._documents = {str(document.id): document for document in self._read()}
        self._by_article = {_article_id(name): document for name, document in self._documents.items()}

    def _read(self) -> Iterator[Document]:
        path = self.folder / DOCUMENTS
        if path.is_file():
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line:
                    yield Document(**json.loads(line))

    def _change(self, change: Callable[[dict[str, Document]], dict[str, Document]]) -> None:
        """Write the changed documents and their index, together or not at all; another writer's are kept."""
        with writing(self.folder):
            self._reload()
            if self._index is not None and not (self.folder / DOCUMENTS).is_file():
                raise KnowledgeIndexError(
                    f"the index in '{self.folder}' was built from articles.", hint="Change the articles, and build again."
                )
            documents = change(self._documents)
            before = "".join(f"{_line(d)}\n" for d in self._documents.values())
            # The documents go first: where the process dies between the two, the next change indexes them.
            self._write("".join(f"{_line(d)}\n" for d in documents.values()))
            whole = False
            try:
                self._index_all(list(documents.values()))
                whole = True
            finally:
                if not whole:
                    self._write(before)
            self._reload()

    def _index_all(self, documents: list[Document]) -> None:
        if not documents:
            (self.folder / "CURRENT").unlink(missing_ok=True)
            return
        old = self._index
        known = {}
        if old is not None:
            texts = [passage.indexed_text for passage in old.passages]
            known = dict(zip(texts, old.vectors(range(len(texts))), strict=True))
        chunks = [_chunk(document, self._language) for document in documents]
        write_generation(chunks, self.folder, self._encoder, known=known, built_at=datetime.now(UTC))

    def _write(self, text: str) -> None:
        temporary = self.folder / f"{DOCUMENTS}.new"
        try:
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, self.folder / DOCUMENTS)
        except OSError as exc:
            raise KnowledgeIndexError(f"'{temporary}' cannot be written: {exc.strerror}.", hint="Choose another folder.") from exc


def _line(document: Document) -> str:
    told = {"id": document.id, "page_content": document.page_content, "metadata": document.metadata}
    try:
        return json.dumps(told, ensure_ascii=False)
    except TypeError as exc:
        raise ArticleError(f"the metadata is not JSON: {exc}", path=f"document '{document.id}'", key="metadata") from exc


def _article_id(name: str) -> str:
    """Return the id of the article that stands for a document: its own where it may be one, else a hash of it."""
    return name if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z", name) else hashlib.sha256(name.encode()).hexdigest()[:32]


def _chunk(document: Document, language: str) -> Chunk:
    """Return a document as the only passage of an article.

    Raises:
        ArticleError: A key of the metadata is wrong, or the text is empty.
    """
    text = document.page_content.strip()
    if not text:
        raise ArticleError("the text is empty", path=f"document '{document.id}'")
    given = {key: document.metadata[key] for key in _HEAD_KEYS if document.metadata.get(key) not in (None, "")}
    title = "".join(c for c in text.splitlines()[0] if c.isprintable())[:80].strip()
    plain = {"title": title or "Untitled", "language": language, "category": "other"}
    try:
        head = FrontMatter.model_validate({**plain, **given, "id": _article_id(str(document.id))})
    except ValidationError as exc:
        raise _wrong(exc, document.id) from exc
    return Chunk(Article(head, text, Path(f"{head.id}.md")), 0, (head.title,), document.page_content)


def _wrong(exc: ValidationError, name: str | None) -> ArticleError:
    """Return the first fault of a document as an error that names its key."""
    first = exc.errors()[0]
    return ArticleError(first["msg"], path=f"document '{name}'", key=".".join(str(part) for part in first["loc"]))


def _at_least_one(k: int) -> int:
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    return k


def _market(code: str) -> str:
    """Return a country's code in capitals; any other text would leave out every document that names its markets."""
    find_market(code)
    return code.strip().upper()


def _unit(embedding: Sequence[float]) -> Vectors:
    vector = np.asarray(embedding, np.float32)
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _know_nothing_of(options: dict[str, Any]) -> None:
    """Refuse options that would be passed over in silence."""
    if options:
        raise TypeError(f"unknown option '{next(iter(options))}'")


def _today() -> date:
    return datetime.now(UTC).date()
