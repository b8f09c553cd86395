from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import EncoderError, HeadMismatchError
from cs_assist.triage.arrays import load_arrays
from cs_assist.triage.heads import GRAVE, SHIPPED, Heads
from cs_assist.types import Emotion, Intent, Urgency


@pytest.fixture(scope="session")
def heads(encoder: OnnxEncoder) -> Heads:
    return Heads(revision=encoder.revision)


def test_the_heads_know_the_whole_taxonomy(heads: Heads) -> None:
    assert set(heads.intents) == {intent.value for intent in Intent}
    assert set(heads.emotions) == {emotion.value for emotion in Emotion}
    assert set(heads.urgencies) == {urgency.value for urgency in Urgency}
    assert 0 < heads.dissatisfied_at() < 1


def test_scores_are_probabilities_with_one_row_a_message(heads: Heads, encoder: OnnxEncoder) -> None:
    texts = ["Where is my order?", "", "C'est inadmissible !", "ありがとう"]
    scores = heads.score(encoder.encode_messages(texts), texts)
    for ranked, labels in (
        (scores.intents, heads.intents),
        (scores.emotions, heads.emotions),
        (scores.urgencies, heads.urgencies),
    ):
        assert ranked.shape == (len(texts), len(labels))
        assert ranked.sum(1) == pytest.approx(np.ones(len(texts)), abs=1e-4)
    for single in (scores.dissatisfied, scores.intensity):
        assert single.shape == (len(texts),)
        assert ((single >= 0) & (single <= 1)).all()


def test_no_messages_give_no_rows(heads: Heads, encoder: OnnxEncoder) -> None:
    assert heads.score(encoder.encode_messages([]), []).intents.shape == (0, len(heads.intents))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Where is my order?", "order_status"),
        ("Please cancel my order", "cancel_order"),
        ("Wie kann ich bezahlen?", "payment_methods"),
        ("Thank you so much, I love it!", "praise"),
    ],
)
def test_a_plain_request_is_recognised(text: str, intent: str, heads: Heads, encoder: OnnxEncoder) -> None:
    row = heads.score(encoder.encode_messages([text]), [text]).intents[0]
    assert heads.intents[int(row.argmax())] == intent


def test_rage_is_more_dissatisfied_than_thanks(heads: Heads, encoder: OnnxEncoder) -> None:
    texts = ["This is a disgrace, third time you ruin it!!!", "Thanks, all good now."]
    angry, thankful = heads.score(encoder.encode_messages(texts), texts).dissatisfied
    assert thankful < heads.dissatisfied_at() <= angry


@given(name=st.sampled_from(GRAVE), p=st.floats(0, 1), q=st.floats(0, 1), alarm=st.floats(-40, 40), louder=st.floats(0, 40))
def test_a_stated_rule_and_an_alarm_never_make_their_intent_less_likely(
    heads: Heads, name: str, p: float, q: float, alarm: float, louder: float
) -> None:
    low, high = sorted((p, q))
    plain = heads.signal_probability(name, low, hit=False, alarm=alarm)
    assert 0 <= plain <= heads.signal_probability(name, low, hit=True, alarm=alarm) <= 1
    assert plain <= heads.signal_probability(name, high, hit=False, alarm=alarm)
    assert plain <= heads.signal_probability(name, low, hit=False, alarm=alarm + louder)


def test_a_hazard_told_by_the_situation_raises_the_alarm(heads: Heads, encoder: OnnxEncoder) -> None:
    texts = [
        "The strap of the carrier opened by itself on the stairs, I only just caught him by the leg.",
        "The strap of the bag is a bit too long for me, can I get a shorter one?",
    ]
    hazard, question = heads.score(encoder.encode_messages(texts), texts).alarms[:, GRAVE.index("safety_issue")]
    assert hazard > question


def test_heads_of_another_encoder_are_refused() -> None:
    with pytest.raises(HeadMismatchError, match="but 'other@1' is in use") as caught:
        Heads(revision="other@1")
    assert "training/README.md" in caught.value.hint


def damaged(kind: str) -> bytes:
    whole = SHIPPED.read_bytes()
    middle = len(whole) // 2
    return {
        "empty": b"",
        "text": b"hello",
        "truncated": whole[:middle],
        "altered": whole[:middle] + bytes(b ^ 255 for b in whole[middle : middle + 64]) + whole[middle + 64 :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "altered"])
def test_a_damaged_file_is_an_encoder_error_that_names_it(kind: str, tmp_path: Path, encoder: OnnxEncoder) -> None:
    path = tmp_path / "heads.npz"
    path.write_bytes(damaged(kind))
    with pytest.raises(EncoderError, match=r"the weights in '.*heads\.npz' cannot be read"):
        Heads(path, revision=encoder.revision)
    gc.collect()  # a file that was left open is told here, not in some later test


def test_a_file_without_a_head_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "heads.npz", encoder="x@1")
    with pytest.raises(EncoderError, match=r"lack the array 'intent\.labels'"):
        Heads(tmp_path / "heads.npz", revision="x@1")


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("intent.labels", lambda array: array[:-1]),
        ("emotion.weights", lambda array: array[1:]),
        ("urgency.bias", lambda array: array * np.float32(np.nan)),
        ("alarm.weights", lambda array: array[:, :2]),
        ("secondary", lambda array: array[:2]),
        ("wording.rarity", lambda array: array[5:]),
        ("intent.wording", lambda array: array[:, 1:]),
        ("signal.legal_threat", lambda array: array[:3]),
        ("possible.human_request", lambda array: np.array([0.5, 0.5])),
        ("turn.wording", lambda array: array[1:]),
        ("context", lambda array: np.where(np.arange(len(array)) == 7, np.inf, array)),
    ],
)
def test_heads_that_do_not_fit_together_are_told_on_loading(
    tmp_path: Path, encoder: OnnxEncoder, name: str, alter: Callable[[Any], Any]
) -> None:
    whole = load_arrays(SHIPPED)
    np.savez(tmp_path / "heads.npz", **{**whole, name: alter(whole[name])})
    with pytest.raises(EncoderError, match=r"heads\.npz' are damaged: the array '[a-z_.]+' ") as caught:
        Heads(tmp_path / "heads.npz", revision=encoder.revision)
    assert "Reinstall" in caught.value.hint


@pytest.mark.parametrize("name", ["intent.bias", "secondary.threshold", "possible.safety_issue", "answer.wording_scale"])
def test_each_array_is_needed_on_loading(tmp_path: Path, encoder: OnnxEncoder, name: str) -> None:
    np.savez(tmp_path / "heads.npz", **{key: array for key, array in load_arrays(SHIPPED).items() if key != name})
    with pytest.raises(EncoderError, match=f"lack the array '{name}'"):
        Heads(tmp_path / "heads.npz", revision=encoder.revision)


def test_a_missing_file_is_an_encoder_error(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="Reinstall cs-assist"):
        Heads(tmp_path / "none.npz", revision="x@1")


def test_the_wording_of_an_exchange_tells_more_than_nothing(heads: Heads) -> None:
    again = heads.exchange("And for the third time: where is it?", "Have you tried to turn it off and on again?")
    content = heads.exchange("Perfect, thank you, that is all.", "Your new parcel left today.")
    assert heads.exchange("", "") == 0
    assert again > content
