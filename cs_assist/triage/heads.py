"""The learned heads over the encoder's vectors: intent, emotion, dissatisfaction, urgency, intensity.

Trained by ``training/train_heads.py``; stored as plain arrays (no pickle) with the revision of the
encoder that they were trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cs_assist.errors import EncoderError, HeadMismatchError
from cs_assist.triage.arrays import load_arrays

SHIPPED = Path(__file__).parent / "data" / "heads.npz"
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities for a batch; rows are messages."""

    intents: Array
    emotions: Array
    dissatisfied: Array
    urgencies: Array
    intensity: Array


class Heads:
    """Linear heads with a temperature each.

    Args:
        path: A file written by ``training/train_heads.py``.
        revision: The encoder in use.

    Raises:
        EncoderError: The file cannot be read.
        HeadMismatchError: The heads were trained on another encoder.
    """

    def __init__(self, path: Path = SHIPPED, *, revision: str) -> None:
        self._arrays = load_arrays(path)
        try:
            trained_on = str(self._arrays["encoder"])
            self.intents = [str(x) for x in self._arrays["intent.labels"]]
            self.emotions = [str(x) for x in self._arrays["emotion.labels"]]
            self.urgencies = [str(x) for x in self._arrays["urgency.labels"]]
        except KeyError as exc:
            raise EncoderError(f"the heads in '{path}' lack the array {exc}", hint="Train them anew.") from exc
        if trained_on != revision:
            raise HeadMismatchError(
                f"the heads in '{path}' were trained on encoder '{trained_on}', but '{revision}' is in use.",
                hint="Train them anew: python training/train_heads.py --encoder FOLDER",
            )

    @property
    def dissatisfied_at(self) -> float:
        """The probability from which a message counts as dissatisfied: chosen in training for the best F1."""
        return float(self._arrays["dissatisfied.threshold"])

    def signal_probability(self, name: str, p_head: float, *, hit: bool) -> float:
        """Return the probability of a signal's intent from the head's own score and the rule's hit."""
        slope, by_hit, bias = (float(x) for x in self._arrays[f"signal.{name}"])
        odds = float(np.log((p_head + 1e-4) / (1 - p_head + 1e-4)))
        return float(1 / (1 + np.exp(-(slope * odds + by_hit * hit + bias))))

    def score(self, vectors: Array) -> Scores:
        """Return the heads' probabilities for the encoder's message vectors, one row a message."""
        return Scores(
            intents=_softmax(self._logits("intent", vectors)),
            emotions=_softmax(self._logits("emotion", vectors)),
            dissatisfied=_sigmoid(self._logits("dissatisfied", vectors)[:, 0]),
            urgencies=_softmax(self._logits("urgency", vectors)),
            intensity=np.clip(self._logits("intensity", vectors)[:, 0], 0, 1),
        )

    def _logits(self, name: str, vectors: Array) -> Array:
        weights, bias, heat = (self._arrays[f"{name}.{part}"] for part in ("weights", "bias", "temperature"))
        result: Array = ((vectors @ weights + bias) / heat).astype(np.float32)
        return result


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    result: Array = powers / powers.sum(1, keepdims=True)
    return result


def _sigmoid(logits: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
