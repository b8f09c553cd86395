"""Trained weights: how much the classes of words that meet in one window speak for an attempt at the machine.

By words alone, a window's score is linear in its classes and in their pairs; nothing in it is of one language.
Where an encoder is at hand, a small network reads the vector of a sentence together with its classes, and its
wording is heard besides: turns of phrase that vectors blur.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import Wording
from cs_assist.errors import EncoderError
from cs_assist.guard.injection_terms import NAMES

MODEL = Path(__file__).parent / "data" / "injection.npz"
Head = Literal["customer", "planted"]
HEADS: tuple[Head, ...] = ("customer", "planted")
Array = npt.NDArray[np.float64]


class InjectionModel:
    """The weights of both heads and of the kinds.

    Args:
        path: An ``.npz`` that ``training/train_injection.py`` wrote.

    Raises:
        EncoderError: The file cannot be read, or was trained for other classes.
    """

    def __init__(self, path: Path = MODEL) -> None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                arrays: dict[str, npt.NDArray[Any]] = {name: data[name] for name in data.files}
            if tuple(arrays["names"]) != NAMES:
                raise EncoderError(f"'{path}' was trained for other classes of words", hint="Train it anew.")
            self.kinds = [str(kind) for kind in arrays["kinds"]]
            self._weights = {head: _Weights(arrays, head) for head in ("customer", "planted", "kind")}
            self._in, self._in_bias = arrays["net_in"].astype(np.float32), arrays["net_in_bias"]
            self._out, self._out_bias = arrays["net_out"], arrays["net_out_bias"]
            self._wording = Wording(arrays, HEADS)
            self.revision = str(arrays["encoder_revision"])
        except (OSError, ValueError, EOFError, KeyError) as exc:
            raise EncoderError(f"the weights in '{path}' cannot be read: {exc}", hint="Reinstall cs-assist.") from exc

    def logit(self, head: Head, kinds: tuple[int, ...]) -> float:
        """Return the log odds that a window with these classes is an attempt."""
        return float(self._weights[head].score(kinds)[0])

    def read(self, head: Head, texts: Sequence[str], vectors: npt.NDArray[Any], kinds: Sequence[tuple[int, ...]]) -> list[float]:
        """Return the log odds of sentences by their wording, their rows of ``encode_messages`` and their classes."""
        classes = np.zeros((len(kinds), len(NAMES)), np.float32)
        for row, found in enumerate(kinds):
            classes[row, list(found)] = 1
        inner = np.maximum(0, np.hstack([vectors.astype(np.float32), classes]) @ self._in + self._in_bias)
        logits = (inner @ self._out + self._out_bias)[:, HEADS.index(head)] + self._wording.logits(texts)[head][:, 0]
        outputs: list[float] = logits.tolist()
        return outputs

    def kind(self, kinds: tuple[int, ...]) -> str:
        """Return the likeliest kind of attempt."""
        return self.kinds[int(np.argmax(self._weights["kind"].score(kinds)))]


class _Weights:
    """Linear weights, one column a class, and pairs, one row and column a class; the first axis is the output."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], head: str) -> None:
        self._bias: Array = arrays[f"{head}_bias"].astype(np.float64)
        self._single: Array = arrays[f"{head}_single"].astype(np.float64)
        self._pairs: Array = arrays[f"{head}_pairs"].astype(np.float64)  # upper triangle, zero below

    def score(self, kinds: tuple[int, ...]) -> Array:
        at = np.array(kinds, dtype=np.int64)
        if not len(at):
            return self._bias
        total: Array = self._bias + self._single[:, at].sum(1) + self._pairs[:, at[:, None], at[None, :]].sum((1, 2))
        return total


@cache
def shipped() -> InjectionModel:
    """Return the model that ships, read once."""
    return InjectionModel()
