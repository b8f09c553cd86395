"""What wording teaches the heads is stored as they read it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.encoder.wording import Wording
from cs_assist.triage.heads import WORDED
from training import corpora
from training.labels import LABELS
from training.wording import BUCKETS, add_wording


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Return some messages of every intent by three groups of authors."""
    kept: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in corpora.messages(("first", *corpora.UNSEEN)):
        kept.setdefault((row["group"], row["intent"]), []).append(row)
    return [row for part in kept.values() for row in part[:: max(1, len(part) // 5)][:5]]


@pytest.fixture(scope="module")
def arrays(rows: list[dict[str, str]]) -> dict[str, Any]:
    encoder = OnnxEncoder()
    blank: dict[str, Any] = {}
    for name in WORDED:
        columns = 1 if name == "dissatisfied" else len(LABELS[name])
        blank |= {f"{name}.weights": np.zeros((2 * encoder.dimension, columns)), f"{name}.bias": np.zeros(columns)}
    add_wording(blank, rows, encoder)
    return blank


def test_every_head_gets_eight_bits_a_label_for_each_ngram_that_was_seen(arrays: dict[str, Any]) -> None:
    seen = arrays["wording.seen"]
    assert (np.diff(seen) > 0).all()
    assert seen[0] >= 0
    assert seen[-1] < BUCKETS
    for name in WORDED:
        assert arrays[f"{name}.wording"].shape == (len(seen), len(arrays[f"{name}.wording_scale"]))
        assert arrays[f"{name}.wording"].dtype == np.int8


def test_messages_that_were_learned_from_are_read_by_their_wording(arrays: dict[str, Any], rows: list[dict[str, str]]) -> None:
    logits = Wording(arrays, WORDED).logits([row["text"] for row in rows])["intent"] + arrays["intent.bias"]
    read = [LABELS["intent"][i] for i in logits.argmax(1)]
    assert np.mean([a == row["intent"] for a, row in zip(read, rows, strict=True)]) > 0.9


def test_a_text_of_unknown_wording_changes_nothing(arrays: dict[str, Any]) -> None:
    assert not any(part.any() for part in Wording(arrays, WORDED).logits(["", "ⴰⵣⵓⵍ"]).values())
