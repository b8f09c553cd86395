from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.errors import EncoderError

TEXTS = [
    "Where is my parcel?",
    "返品したいのですが",
    "Wo ist mein Paket? Ich warte seit drei Wochen und habe noch nichts gehört, bitte melden Sie sich.",
    "متى تصل طلبيتي؟",
    "ok",
    "The kettle " * 60,
]


def test_vectors_have_unit_length(encoder: OnnxEncoder) -> None:
    for vectors in (encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS)):
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_messages_have_two_unit_vectors_side_by_side_and_the_first_one_searches(encoder: OnnxEncoder) -> None:
    both = encoder.encode_messages(TEXTS)
    assert both.shape == (len(TEXTS), 2 * encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(both[:, encoder.dimension :], axis=1), 1, atol=1e-5)
    assert np.array_equal(both[:, : encoder.dimension], encoder.encode_queries(TEXTS))


def test_order_is_kept_although_batches_are_made_by_length(encoder: OnnxEncoder) -> None:
    forward, backward = encoder.encode_passages(TEXTS), encoder.encode_passages(TEXTS[::-1])
    cosines = (forward * backward[::-1]).sum(1)
    assert (cosines > 0.98).all()
    others = forward @ forward.T - np.eye(len(TEXTS))
    assert (others.max(1) < cosines).all()


def test_a_text_alone_and_in_a_batch_gives_the_same_vector(encoder: OnnxEncoder) -> None:
    batch = encoder.encode_passages(TEXTS * 10)
    for i, text in enumerate(TEXTS):
        alone = encoder.encode_passages([text])[0]
        assert float(alone @ batch[i]) > 0.98
        assert float(alone @ batch[i + len(TEXTS) * 9]) > 0.98


def test_the_same_text_twice_in_a_list_gives_the_same_row_twice(encoder: OnnxEncoder) -> None:
    rows = encoder.encode_messages(["ok", "Where is it?", "ok"])
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])


def test_a_question_and_a_passage_are_read_differently(encoder: OnnxEncoder) -> None:
    query, passage = encoder.encode_queries(TEXTS[:1])[0], encoder.encode_passages(TEXTS[:1])[0]
    assert not np.array_equal(query, passage)


def test_a_message_finds_its_meaning_across_languages(encoder: OnnxEncoder) -> None:
    asked = encoder.encode_queries(["Wie lange dauert der Versand?"])[0]
    near, far = encoder.encode_passages(["Delivery takes 4 working days.", "Descale the kettle with citric acid."])
    assert float(asked @ near) > float(asked @ far)


def test_more_messages_than_are_remembered_still_come_back_right(encoder: OnnxEncoder) -> None:
    texts = [f"Order {i}?" for i in range(300)]
    rows = encoder.encode_messages(texts)
    assert rows.shape == (300, 2 * encoder.dimension)
    again = encoder.encode_messages([texts[0], texts[299]])
    assert float(again[0] @ rows[0]) > 1.96  # two unit vectors side by side
    assert np.array_equal(again[1], rows[299])


def test_callers_threads_do_not_disturb_each_other() -> None:
    fresh = OnnxEncoder(threads=1)  # loading too happens in the threads
    lists = [[f"Question {i} of thread {n}?" for i in range(4)] for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(fresh.encode_passages, lists))
    for texts, rows in zip(lists, together, strict=True):
        np.testing.assert_allclose((rows * fresh.encode_passages(texts)).sum(1), 1, atol=1e-5)


def test_a_message_dropped_from_memory_by_another_thread_is_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_assist.encoder.onnx._RECENT", 1)
    fresh = OnnxEncoder(threads=1)
    texts = ["hi", "ok", "no"]
    alone = [fresh.encode_queries([text])[0] for text in texts]
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda i: (i % 3, fresh.encode_queries([texts[i % 3]])[0]), range(120)))
    assert all(float(row @ alone[i]) > 0.999 for i, row in rows)


def test_counting_and_encoding_in_threads_do_not_mix_their_truncation(encoder: OnnxEncoder) -> None:
    long = "parcel " * 2000
    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(encoder.count_tokens, long) for _ in range(4)]
        rows = [pool.submit(encoder.encode_passages, [f"{i} {long}"]) for i in range(2)]
        assert len({count.result() for count in counts}) == 1
        assert counts[0].result() > encoder.max_tokens
        assert all(np.isfinite(row.result()).all() for row in rows)


def test_an_empty_list_gives_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode_messages([]).shape == (0, 2 * encoder.dimension)
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize("text", ["", " ", "😡😡", "\x00", "\n\n"])
def test_a_text_without_words_has_a_unit_vector_too(encoder: OnnxEncoder, text: str) -> None:
    np.testing.assert_allclose(np.linalg.norm(encoder.encode_queries([text])), 1, atol=1e-5)


def test_of_a_very_long_text_only_the_beginning_is_read(encoder: OnnxEncoder) -> None:
    long = "Where is my parcel? " * 50_000
    one, other = encoder.encode_passages([long])[0], encoder.encode_passages([long + "Something else entirely."])[0]
    assert float(one @ other) > 0.98


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("parcel", 1), ("parcel " * 700, 700)])
def test_tokens_are_counted_beyond_the_window(encoder: OnnxEncoder, text: str, tokens: int) -> None:
    assert encoder.count_tokens(text) >= tokens
    assert (encoder.count_tokens(text) == 0) == (tokens == 0)


def test_the_revision_is_name_and_content_hash(encoder: OnnxEncoder) -> None:
    manifest = json.loads((SHIPPED / "encoder.json").read_text(encoding="utf-8"))
    assert encoder.revision == f"{manifest['name']}@{manifest['revision']}"


def test_a_missing_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no usable encoder in") as caught:
        OnnxEncoder(tmp_path / "none")
    assert str(tmp_path / "none") in str(caught.value)
    assert "Reinstall" in caught.value.hint


def test_an_unreadable_manifest_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "encoder.json").write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match="no usable encoder in"):
        OnnxEncoder(tmp_path)


def test_sentence_transformers_reads_the_same_folder_and_agrees(encoder: OnnxEncoder) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    pytest.importorskip("optimum")
    model = sentence_transformers.SentenceTransformer(str(SHIPPED), backend="onnx")
    theirs = np.asarray(model.encode(TEXTS, prompt_name="passage", normalize_embeddings=True))
    assert ((theirs * encoder.encode_passages(TEXTS)).sum(1) > 0.98).all()
