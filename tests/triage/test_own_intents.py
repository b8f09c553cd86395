from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import EncoderError, HeadMismatchError
from cs_assist.triage.own_intents import FILE, OwnIntents
from cs_assist.triage.reader import MessageReader
from cs_assist.triage.training import Example, Trained, save
from cs_assist.types import Message


@pytest.fixture(scope="session")
def own(trained: Trained) -> OwnIntents:
    return OwnIntents(trained.arrays)


@pytest.fixture
def folder(trained: Trained, tmp_path: Path) -> Path:
    save(trained, tmp_path / "intents")
    return tmp_path / "intents"


def right(own: OwnIntents, encoder: OnnxEncoder, examples: list[Example]) -> float:
    p = own.score([e.text for e in examples], encoder.encode_messages([e.text for e in examples]))
    return float(np.mean([own.labels[int(row.argmax())] == e.intent for row, e in zip(p, examples, strict=True)]))


def test_the_labels_are_those_of_the_examples(own: OwnIntents, bike_shop: list[Example]) -> None:
    assert own.labels == sorted({example.intent for example in bike_shop})
    assert 0.5 <= own.unsure_below <= 1


def test_five_examples_a_class_are_enough_to_read_other_wordings(
    own: OwnIntents, encoder: OnnxEncoder, unseen: list[Example]
) -> None:
    assert right(own, encoder, unseen) >= 0.75  # one in eight by always saying the same


def test_the_examples_themselves_are_told_nearly_always(own: OwnIntents, encoder: OnnxEncoder, bike_shop: list[Example]) -> None:
    assert right(own, encoder, bike_shop) >= 0.95


@given(st.lists(st.text(max_size=60), min_size=1, max_size=3))
@example(["", " ", "\U0001f6b2" * 50, "x" * 3_000])
def test_probabilities_of_any_text_sum_to_1(own: OwnIntents, encoder: OnnxEncoder, texts: list[str]) -> None:
    p = own.score(texts, encoder.encode_messages(texts))
    assert p.shape == (len(texts), len(own.labels))
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    assert p.sum(1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


def test_no_texts_give_no_rows(own: OwnIntents, encoder: OnnxEncoder) -> None:
    assert own.score([], encoder.encode_messages([])).shape == (0, len(own.labels))


def test_a_batch_says_what_its_texts_say_alone_and_leaves_the_vectors_alone(
    own: OwnIntents, encoder: OnnxEncoder, unseen: list[Example]
) -> None:
    texts = [example.text for example in unseen[:6]]
    vectors = encoder.encode_messages(texts)
    before = vectors.copy()
    together = own.score(texts, vectors)
    alone = np.concatenate([own.score([text], vectors[i : i + 1]) for i, text in enumerate(texts)])
    assert together == pytest.approx(alone, abs=1e-5)
    assert (vectors == before).all()


def test_the_wording_speaks_where_the_vectors_are_the_same(own: OwnIntents) -> None:
    vectors = np.zeros((2, 2 * OnnxEncoder().dimension), np.float32)
    leasing, tubeless = (own.labels.index(label) for label in ("bike_leasing", "tubeless_help"))
    p = own.score(["leasing", "tubeless"], vectors)
    assert p[0, leasing] > p[1, leasing]
    assert p[1, tubeless] > p[0, tubeless]


def test_a_saved_head_says_what_it_said_before(
    own: OwnIntents, folder: Path, encoder: OnnxEncoder, unseen: list[Example]
) -> None:
    texts = [example.text for example in unseen]
    vectors = encoder.encode_messages(texts)
    loaded = OwnIntents.load(folder, revision=encoder.revision)
    assert loaded.labels == own.labels
    assert loaded.unsure_below == own.unsure_below
    assert loaded.score(texts, vectors) == pytest.approx(own.score(texts, vectors), abs=1e-6)


def test_intents_of_another_encoder_are_refused_and_both_are_named(folder: Path, encoder: OnnxEncoder) -> None:
    with pytest.raises(HeadMismatchError) as caught:
        OwnIntents.load(folder, revision="other@123")
    assert encoder.revision in caught.value.message
    assert "other@123" in caught.value.message
    assert "cs-assist train" in caught.value.hint


def test_a_folder_without_intents_is_named_with_the_cure(tmp_path: Path, encoder: OnnxEncoder) -> None:
    with pytest.raises(EncoderError, match=r"nowhere/intents\.npz") as caught:
        OwnIntents.load(tmp_path / "nowhere", revision=encoder.revision)
    assert "cs-assist train" in caught.value.hint


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_told(folder: Path, encoder: OnnxEncoder, kept: float) -> None:
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(EncoderError, match="cannot be read"):
        OwnIntents.load(folder, revision=encoder.revision)


def test_an_altered_file_is_told(folder: Path, encoder: OnnxEncoder) -> None:
    whole = bytearray((folder / FILE).read_bytes())
    for at in range(len(whole) // 4, len(whole) // 2, 97):
        whole[at] ^= 0xFF
    (folder / FILE).write_bytes(whole)
    with pytest.raises(EncoderError):
        OwnIntents.load(folder, revision=encoder.revision)


@pytest.mark.parametrize(
    "name", ["encoder", "labels", "temperature", "unsure_below", "dense", "bias", "sparse", "buckets", "rarity"]
)
def test_each_array_is_needed(trained: Trained, name: str) -> None:
    with pytest.raises(EncoderError, match=f"lack the array '{name}'"):
        OwnIntents({key: array for key, array in trained.arrays.items() if key != name})


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("labels", lambda array: array[:-1]),
        ("labels", lambda array: array[:0]),
        ("labels", lambda array: np.arange(len(array))),
        ("labels", lambda array: array.reshape(2, -1)),
        ("encoder", lambda array: array.reshape(1)),
        ("dense", lambda array: array[:, 1:]),
        ("dense", lambda array: array[:, :, None]),
        ("dense", lambda array: array.astype(str)),
        ("dense", lambda array: np.where(np.arange(len(array))[:, None] == 5, np.nan, array)),
        ("bias", lambda array: array[:-1]),
        ("bias", lambda array: np.where(np.arange(len(array)) == 1, np.inf, array)),
        ("sparse", lambda array: array[1:]),
        ("sparse", lambda array: array * np.float32(np.nan)),
        ("buckets", lambda array: array[:-3]),
        ("buckets", lambda array: array[::-1]),
        ("rarity", lambda array: array[:-3]),
        ("rarity", lambda array: -np.inf * array),
        ("temperature", lambda array: np.full(2, array)),
        ("temperature", lambda array: np.float32(0)),
        ("temperature", lambda array: np.float32("nan")),
        ("unsure_below", lambda array: np.array("high")),
        ("unsure_below", lambda array: np.float32("nan")),
    ],
)
def test_arrays_that_do_not_fit_or_are_no_numbers_are_told_on_loading(
    trained: Trained, encoder: OnnxEncoder, tmp_path: Path, name: str, alter: Callable[[Any], Any]
) -> None:
    np.savez(tmp_path / FILE, **{**trained.arrays, name: alter(trained.arrays[name])})
    with pytest.raises(EncoderError, match="the trained intents are damaged") as caught:
        OwnIntents.load(tmp_path, revision=encoder.revision)
    assert "cs-assist train" in caught.value.hint


@pytest.mark.parametrize("rows", [1, 200])
def test_vectors_of_another_width_are_told_with_both(trained: Trained, encoder: OnnxEncoder, tmp_path: Path, rows: int) -> None:
    np.savez(tmp_path / FILE, **{**trained.arrays, "dense": trained.arrays["dense"][rows:]})
    narrow = OwnIntents.load(tmp_path, revision=encoder.revision)
    width = 2 * encoder.dimension
    with pytest.raises(HeadMismatchError, match=f"vectors of {width - rows} numbers, .* have {width}") as caught:
        narrow.score(["hello"], encoder.encode_messages(["hello"]))
    assert "cs-assist train" in caught.value.hint


# -- in the reader


@pytest.fixture(scope="session")
def own_reader(trained: Trained, encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> MessageReader:
    folder = tmp_path_factory.mktemp("own") / "intents"
    save(trained, folder)
    return MessageReader(encoder, market_languages={"DE": ("de",)}, own_intents=folder)


def test_the_reader_names_the_seller_s_own_intents(own_reader: MessageReader, own: OwnIntents) -> None:
    triage = own_reader(Message(id="1", text="Kann ich am Wochenende zwei E-Bikes mieten?", market="DE"))
    assert (triage.intent, triage.language, triage.secondary) == ("rental", "de", ())
    assert {name for name, _ in triage.intents} == {*own.labels, "safety_issue", "legal_threat", "human_request"}
    assert sum(p for _, p in triage.intents) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("The battery is on fire and smoke fills the room!", "safety_issue"),
        ("Mein Anwalt wird Sie verklagen.", "legal_threat"),
        ("I want to talk to a real person", "human_request"),
    ],
)
def test_what_must_not_be_missed_is_read_whatever_the_seller_s_intents_are(
    own_reader: MessageReader, text: str, intent: str
) -> None:
    assert own_reader(Message(id="1", text=text)).intent == intent


def test_a_message_about_none_of_the_intents_is_marked_by_the_trained_threshold(
    own_reader: MessageReader, own: OwnIntents
) -> None:
    for text in ("Where is my parcel?", "Do you also sell tents?", "How much is it to rent two e-bikes for a weekend?"):
        triage = own_reader(Message(id="1", text=text))
        assert triage.unsure == (triage.intents[0][1] < own.unsure_below)
        assert ("unsure" in triage.flags) == triage.unsure
