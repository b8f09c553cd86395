from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_shop import DAY

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import ArticleError, IndexMismatchError, KnowledgeIndexError, UnknownMarketError
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message, Passage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # LangChain's own
    pytest.importorskip("langchain_core", reason="the extra 'langchain' is not installed")
    from langchain_core.documents import Document

    from cs_assist.interop.langchain import (
        CsAssistEmbeddings,
        CsAssistRetriever,
        CsAssistVectorStore,
        document_to_passage,
        passage_to_document,
    )

TEXTS = ["Delivery takes four days.", "Returns are free within 30 days.", "ギフト包装は無料です。"]
QUESTION = "How long does delivery to the United States take?"


@pytest.fixture
def embeddings(encoder: OnnxEncoder) -> CsAssistEmbeddings:
    return CsAssistEmbeddings(encoder)


@pytest.fixture
def store(tmp_path: Path, embeddings: CsAssistEmbeddings) -> CsAssistVectorStore:
    return CsAssistVectorStore.from_texts(TEXTS, embeddings, ids=["ship", "back", "gift/1"], folder=tmp_path / "store")


# --- passages and documents


passages = st.builds(
    Passage,
    doc_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    chunk=st.integers(0, 99),
    title=st.text(max_size=20),
    text=st.text(max_size=50),
    score=st.floats(-10, 10),
    p_answers=st.floats(0, 1),
    language=st.sampled_from(["en", "zh-Hant", "pt-BR"]),
    url=st.none() | st.just("https://shop.example/a"),
    category=st.just("returns"),
    approved=st.booleans(),
    markets=st.lists(st.sampled_from(["DE", "US"])).map(tuple),
    lead=st.text(max_size=20),
)


@given(passages)
def test_a_passage_comes_back_whole(passage: Passage) -> None:
    document = passage_to_document(passage)
    assert document_to_passage(document) == passage
    stored = json.loads(json.dumps(document.metadata))
    assert document_to_passage(Document(page_content=document.page_content, metadata=stored)) == passage


def test_a_document_says_where_it_is_from_and_may_have_more_metadata() -> None:
    passage = Passage(
        doc_id="a", chunk=2, title="A", text="T", score=1, p_answers=0.5, language="en", category="returns", markets=("DE",)
    )
    document = passage_to_document(passage)
    assert (document.id, document.page_content, document.metadata["markets"]) == ("a#2", "T", ["DE"])
    document.metadata["reranker"] = 0.7
    assert document_to_passage(document) == passage


def test_a_document_that_is_no_passage_is_refused_with_its_key() -> None:
    with pytest.raises(ArticleError, match="document 'x', key 'doc_id'") as caught:
        document_to_passage(Document(id="x", page_content="T", metadata={"title": "A"}))
    assert caught.value.key == "doc_id"


# --- retriever


@pytest.fixture
def retriever(shop_index: Path, encoder: OnnxEncoder, reader: MessageReader) -> CsAssistRetriever:
    return CsAssistRetriever(knowledge=KnowledgeBase(shop_index, encoder), read=reader, market="US", on=DAY, k=3)


def test_the_retriever_finds_what_the_knowledge_base_finds(retriever: CsAssistRetriever, reader: MessageReader) -> None:
    message = Message(id="1", text=QUESTION, market="US", channel="live_chat")
    found = retriever.knowledge(message, reader(message), on=DAY, k=3)
    assert [document_to_passage(d) for d in retriever.invoke(QUESTION)] == list(found.passages)
    assert asyncio.run(retriever.ainvoke(QUESTION)) == retriever.invoke(QUESTION)


def test_market_platform_day_and_number_are_obeyed(retriever: CsAssistRetriever) -> None:
    def ids(**fields: Any) -> list[str]:
        changed = retriever.model_copy(update=fields)
        return [document.metadata["doc_id"] for document in changed.invoke(QUESTION)]

    assert ids()[0] == "shipping-us"
    assert len(ids(k=1)) == 1
    assert "shipping-us" not in ids(market="DE", k=50)
    assert ids(on=date(2025, 6, 1)) == ["shipping-us-2025"]
    assert "returns-amazon" in ids(platform="amazon", k=50)
    assert ids(min_p_answers=1.0) == []


def test_the_retriever_is_a_link_of_a_chain(retriever: CsAssistRetriever) -> None:
    chain = retriever | (lambda documents: documents[0].page_content)
    assert "4 to 6 working days" in chain.invoke(QUESTION)


# --- vector store


def test_the_nearest_text_comes_first_with_its_cosine(store: CsAssistVectorStore) -> None:
    (best, score), *others = store.similarity_search_with_score("How long does delivery take?", k=3)
    assert (best.id, best.page_content) == ("ship", TEXTS[0])
    assert -1 <= others[-1][1] <= others[0][1] <= score <= 1.0001
    assert [d.id for d in store.similarity_search("ギフト包装はいくらですか", k=1)] == ["gift/1"]
    assert len(store.similarity_search("delivery", k=2)) == 2


def test_metadata_and_ids_come_back_as_they_were_given(tmp_path: Path, embeddings: CsAssistEmbeddings) -> None:
    metadata = {"source": "faq.pdf", "page": 3, "tags": ["a", {"b": None}], "title": "Delivery", "markets": ["DE"]}
    store = CsAssistVectorStore(tmp_path, embeddings)
    ids = store.add_documents([Document(page_content="Vier Tage.", metadata=metadata), Document(page_content="Other", id="ö/1")])
    assert ids[1] == "ö/1"
    again = CsAssistVectorStore(tmp_path, embeddings)
    found = again.similarity_search("delivery", k=2, market="DE")
    assert {d.id: d.metadata for d in found} == {ids[0]: metadata, "ö/1": {}}
    assert again.get_by_ids([ids[0], "none"])[0].metadata == metadata


def test_an_id_that_is_there_is_replaced(store: CsAssistVectorStore) -> None:
    store.add_texts(["Delivery takes nine days."], ids=["ship"])
    assert [d.page_content for d in store.get_by_ids(["ship"])] == ["Delivery takes nine days."]
    assert len(store.similarity_search("delivery", k=10)) == 3


def test_deleted_documents_are_not_found_and_a_store_may_become_empty(
    store: CsAssistVectorStore, embeddings: CsAssistEmbeddings
) -> None:
    assert store.delete(["ship", "unknown"]) is True
    assert {d.id for d in store.similarity_search("delivery", k=10)} == {"back", "gift/1"}
    store.delete()
    assert store.similarity_search("delivery") == []
    store = CsAssistVectorStore(store.folder, embeddings)
    assert store.similarity_search("delivery") == []
    store.add_texts(["Back again."])
    assert [d.page_content for d in store.similarity_search("back")] == ["Back again."]


def test_only_new_texts_are_encoded(store: CsAssistVectorStore, encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    original = OnnxEncoder.encode_passages

    def noted(self: OnnxEncoder, texts: list[str]) -> Any:
        encoded.extend(texts)
        return original(self, texts)

    monkeypatch.setattr(OnnxEncoder, "encode_passages", noted)
    store.add_texts(["A new text."])
    store.delete(["back"])
    assert len(encoded) == 1
    assert "A new text." in encoded[0]


def test_filters_are_those_of_articles(store: CsAssistVectorStore) -> None:
    store.add_texts(
        ["Nur in Deutschland.", "Only on Amazon.", "Only in 2025."],
        [{"markets": ["DE"], "language": "de"}, {"platform": "amazon"}, {"valid_until": "2025-12-31"}],
        ids=["de", "amazon", "old"],
    )

    def ids(**filters: Any) -> set[str | None]:
        return {d.id for d in store.similarity_search("only", k=10, **filters)} - {"ship", "back", "gift/1"}

    assert ids(on=DAY) == {"de"}
    assert ids(on=DAY, market="US") == set()
    assert ids(on=DAY, market="US", platform="amazon") == {"amazon"}
    assert ids(on=date(2025, 1, 1)) == {"de", "old"}
    assert ids(on=DAY, language="de") == {"de"}


def test_category_and_product_filter_and_a_market_is_a_countrys_code(store: CsAssistVectorStore) -> None:
    store.add_texts(
        ["Only for the kettle.", "Only in Germany."],
        [{"category": "products", "product": "Kettle"}, {"markets": ["DE"]}],
        ids=["kettle", "de"],
    )
    assert [d.id for d in store.similarity_search("only", category="products")] == ["kettle"]
    assert [d.id for d in store.similarity_search("only", product="Kettle")] == ["kettle"]
    assert store.similarity_search("only", product="Pan") == []
    assert "de" in {d.id for d in store.similarity_search("only", k=9, market="de")}
    with pytest.raises(UnknownMarketError, match="GB"):
        store.similarity_search("only", market="UK")


@pytest.mark.parametrize("k", [0, -1])
def test_less_than_one_document_is_refused(store: CsAssistVectorStore, k: int) -> None:
    vector = store.embeddings.embed_query("delivery")
    for ask in (
        lambda: store.similarity_search("delivery", k=k),
        lambda: store.similarity_search_by_vector(vector, k=k),
        lambda: store.max_marginal_relevance_search("delivery", k=k),
    ):
        with pytest.raises(ValueError, match="at least 1"):
            ask()


def test_a_vector_finds_what_its_text_finds_whatever_its_length(store: CsAssistVectorStore) -> None:
    vector = store.embeddings.embed_query("How long does delivery take?")
    wanted = [d.id for d in store.similarity_search("How long does delivery take?", k=3)]
    assert [d.id for d in store.similarity_search_by_vector(vector, k=3)] == wanted
    assert [d.id for d in store.similarity_search_by_vector([5 * x for x in vector], k=3)] == wanted
    assert store.similarity_search_by_vector(vector, product="Pan") == []


def test_documents_near_and_unlike_each_other_are_chosen(store: CsAssistVectorStore) -> None:
    store.add_texts(["Delivery takes four days!", "Delivery takes 4 days."], ids=["ship2", "ship3"])
    nearest = [d.id for d in store.similarity_search("How long does delivery take?", k=3)]
    assert set(nearest) == {"ship", "ship2", "ship3"}
    apart = store.max_marginal_relevance_search("How long does delivery take?", k=3, lambda_mult=0.1)
    assert apart[0].id in nearest
    assert len({d.id for d in apart} & set(nearest)) < 3
    near = store.max_marginal_relevance_search("How long does delivery take?", k=3, lambda_mult=1.0)
    assert {d.id for d in near} == set(nearest)
    assert store.max_marginal_relevance_search("delivery", product="Pan") == []
    assert store.as_retriever(search_type="mmr", search_kwargs={"k": 2}).invoke("delivery")


@pytest.mark.parametrize("text", ["Rück\u00adsendung", "क्\u200dषमा", "a\x00b", "\x07\nThen text"])
def test_any_text_can_be_added_without_a_title(store: CsAssistVectorStore, text: str) -> None:
    store.add_texts([text], ids=["new"])
    assert store.get_by_ids(["new"])[0].page_content == text


@pytest.mark.parametrize(
    ("text", "metadata", "key"),
    [
        ("T", {"markets": ["UK"]}, "markets.0"),
        ("T", {"valid_from": "soon"}, "valid_from"),
        ("T", {"language": "klingon"}, "language"),
        (" \n", {}, ""),
        ("T", {"file": Path("a")}, "metadata"),
    ],
)
def test_a_bad_document_is_refused_and_nothing_is_added(
    store: CsAssistVectorStore, text: str, metadata: dict[str, Any], key: str
) -> None:
    with pytest.raises(ArticleError, match="document 'bad'") as caught:
        store.add_texts(["Good.", text], [{}, metadata], ids=["good", "bad"])
    assert caught.value.key == key
    assert store.get_by_ids(["good", "bad"]) == []
    assert len(store.similarity_search("delivery", k=10)) == 3


def test_numbers_that_do_not_fit_and_unknown_options_are_refused(store: CsAssistVectorStore) -> None:
    with pytest.raises(ValueError, match="other numbers of metadatas or ids"):
        store.add_texts(["a", "b"], [{}])
    with pytest.raises(TypeError, match="filter"):
        store.similarity_search("a", filter={"source": "x"})
    with pytest.raises(TypeError, match="folder"):
        CsAssistVectorStore.from_texts(["a"], store.embeddings)
    assert store.add_texts([]) == []


def test_a_failed_change_leaves_the_old_store(store: CsAssistVectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: OnnxEncoder, texts: list[str]) -> Any:
        raise KnowledgeIndexError("the disk is full.")

    monkeypatch.setattr(OnnxEncoder, "encode_passages", fail)
    with pytest.raises(KnowledgeIndexError, match="full"):
        store.add_texts(["new"], ids=["new"])
    monkeypatch.undo()
    again = CsAssistVectorStore(store.folder, store.embeddings)
    assert {d.id for d in again.similarity_search("delivery", k=10)} == {"ship", "back", "gift/1"}
    again.add_texts(["newer"], ids=["newer"])
    assert again.get_by_ids(["new"]) == []


def test_an_index_of_articles_can_be_searched_and_not_changed(shop_index: Path, embeddings: CsAssistEmbeddings) -> None:
    before = sorted(path.name for path in shop_index.iterdir())
    store = CsAssistVectorStore(shop_index, embeddings)
    best = store.similarity_search(QUESTION, k=1, market="US", on=DAY)[0]
    assert (best.metadata["doc_id"], best.metadata["language"]) == ("shipping-us", "en")
    for change in (lambda: store.add_texts(["a"]), store.delete):
        with pytest.raises(KnowledgeIndexError, match="was built from articles"):
            change()
    assert sorted(path.name for path in shop_index.iterdir() if path.name != "writer.lock") == [
        name for name in before if name != "writer.lock"
    ]


def test_the_knowledge_base_searches_a_store_like_any_index(
    store: CsAssistVectorStore, encoder: OnnxEncoder, reader: MessageReader
) -> None:
    message = Message(id="1", text="How long does delivery take?")
    found = KnowledgeBase(store.folder, encoder)(message, reader(message), on=DAY)
    assert found.passages[0].doc_id == "ship"


def test_a_store_of_another_model_is_refused(store: CsAssistVectorStore) -> None:
    class Other:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 0.0] for _ in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0]

    with pytest.raises(IndexMismatchError, match="was built by encoder"):
        CsAssistVectorStore(store.folder, Other())


def test_two_stores_on_one_folder_keep_each_others_documents(store: CsAssistVectorStore, embeddings: CsAssistEmbeddings) -> None:
    other = CsAssistVectorStore(store.folder, embeddings)
    other.add_texts(["From the other."], ids=["other"])
    store.add_texts(["From this."], ids=["this"])
    assert {d.id for d in store.similarity_search("from", k=10)} == {"ship", "back", "gift/1", "other", "this"}


def test_the_store_is_a_retriever_with_relevances_between_none_and_one(store: CsAssistVectorStore) -> None:
    found = store.as_retriever(search_kwargs={"k": 1}).invoke("How long does delivery take?")
    assert [d.id for d in found] == ["ship"]
    relevant = store.similarity_search_with_relevance_scores("How long does delivery take?", k=3)
    assert all(0 <= score <= 1 for _, score in relevant)
    assert relevant == sorted(relevant, key=lambda pair: -pair[1])


def test_the_shipped_encoder_can_be_used_by_langchain(embeddings: CsAssistEmbeddings, encoder: OnnxEncoder) -> None:
    rows = embeddings.embed_documents(["a", "b"])
    assert [len(row) for row in rows] == [encoder.dimension] * 2
    assert all(isinstance(x, float) for x in rows[0])
    assert embeddings.embed_query("a") == pytest.approx(encoder.encode_queries(["a"])[0].tolist(), abs=1e-6)


def test_without_the_extra_the_import_says_what_to_install() -> None:
    code = "import sys; sys.modules['langchain_core'] = None; import cs_assist.interop.langchain"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'cs-assist[langchain]'" in done.stderr
