from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard import memo
from cs_assist.guard.memo import Remembering

SAID = ["Thank you for writing.", "Your parcel is on its way.", "Thank you for writing.", "Best regards"]


class Counting:
    """The shipped encoder, and how many texts it was given."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self.encoder, self.given = encoder, 0

    @property
    def revision(self) -> str:
        return self.encoder.revision

    def encode_queries(self, texts: Sequence[str]) -> Any:
        self.given += len(texts)
        return self.encoder.encode_queries(texts)

    def encode_messages(self, texts: Sequence[str]) -> Any:
        self.given += len(texts)
        return self.encoder.encode_messages(texts)


def test_the_vectors_are_the_encoders_and_each_text_is_encoded_once(encoder: OnnxEncoder) -> None:
    counting = Counting(encoder)
    remembering = Remembering(counting)
    for encode, plain in (
        (remembering.encode_messages, encoder.encode_messages),
        (remembering.encode_queries, encoder.encode_queries),
    ):
        counting.given = 0
        for texts in (SAID[:2], SAID, SAID[::-1], [*SAID, "Something new."]):
            np.testing.assert_allclose(encode(texts), plain(texts), atol=0.02)  # what is padded together rounds alike
        assert counting.given == 4
    assert remembering.revision == encoder.revision


def test_nothing_is_encoded_as_nothing(encoder: OnnxEncoder) -> None:
    assert len(Remembering(encoder).encode_messages([])) == 0


def test_long_texts_are_not_kept_and_the_oldest_go(encoder: OnnxEncoder, monkeypatch: Any) -> None:
    counting = Counting(encoder)
    remembering = Remembering(counting)
    long = "a long question of a customer " * 20
    remembering.encode_messages([long])
    remembering.encode_messages([long])
    assert counting.given == 2
    monkeypatch.setattr(memo, "_KEPT", 2)
    for text in ("one", "two", "three", "one"):
        remembering.encode_messages([text])
    assert counting.given == 6


def test_threads_get_their_own_texts(encoder: OnnxEncoder) -> None:
    remembering = Remembering(encoder)
    plain = encoder.encode_messages(SAID)
    with ThreadPoolExecutor(8) as pool:
        for vectors in pool.map(lambda _: remembering.encode_messages(SAID), range(40)):
            np.testing.assert_allclose(vectors, plain, atol=0.02)
