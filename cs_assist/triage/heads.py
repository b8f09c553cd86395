"""The learned heads over the encoder's vectors: intent, emotion, dissatisfaction, urgency, intensity.

Trained with the encoder by ``training/finetune.py``. Beside what the vectors say the heads hear the
wording (``training/wording.py``): what a small encoder has misunderstood, its words often tell.
Calibrated by ``training/calibrate.py`` on messages that no training had seen; stored as plain arrays
(no pickle) with the revision of the encoder that they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import Wording
from cs_assist.errors import HeadMismatchError
from cs_assist.triage.arrays import check_arrays, load_arrays, softmax

SHIPPED = Path(__file__).parent / "data" / "heads.npz"
#: The heads that hear the wording too, in the order of its columns.
WORDED = ("intent", "emotion", "dissatisfied", "urgency")
#: Intents that must not be missed: a reader of each alone hears them where another intent leads.
GRAVE = ("safety_issue", "legal_threat", "human_request")
#: The readers of an exchange: what the customer says, and what the shop said last.
EXCHANGE = ("turn", "answer")
Array = npt.NDArray[np.float32]

_LINEAR = {
    "intent": "intent",
    "emotion": "emotion",
    "dissatisfied": "1",
    "urgency": "urgency",
    "intensity": "1",
    "secondary": "intent",
    "alarm": str(len(GRAVE)),
}
_TEXTS = ("encoder", "intent.labels", "emotion.labels", "urgency.labels")
_SINGLE = ("wording.buckets", "wording.longest", "intent.unsure_below", "secondary.threshold", "dissatisfied.threshold")
#: The arrays that are needed, and how they fit together: see :func:`check_arrays`.
_AXES = (
    {"encoder": "", "intent.labels": "intent", "emotion.labels": "emotion", "urgency.labels": "urgency"}
    | {f"{name}.weights": f"width {label}" for name, label in _LINEAR.items()}
    | {f"{name}.bias": label for name, label in _LINEAR.items()}
    | {f"{name}.temperature": "" for name in _LINEAR}
    | {"wording.seen": "seen", "wording.rarity": "seen", "secondary": "3"}
    | {f"{name}.wording": f"seen {_LINEAR[name]}" for name in WORDED}
    | {f"{name}.wording_scale": _LINEAR[name] for name in WORDED}
    | {f"signal.{name}": "4" for name in GRAVE}
    | {name: "" for name in (*_SINGLE, *(f"possible.{name}" for name in GRAVE))}
)
#: What ``training/train_context.py`` adds to them: it is not there while that is at work.
_IN_CONTEXT = (
    {"wording.seen": "seen", "context": "context", "context.threshold": ""}
    | {f"{name}.wording": "seen 1" for name in EXCHANGE}
    | {f"{name}.wording_scale": "1" for name in EXCHANGE}
)


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities for a batch; rows are messages.

    ``secondary`` holds, for each intent, the probability that it is asked besides the first; ``displeasure`` is
    the logit that ``dissatisfied`` is the probability of; ``alarms`` are log odds, one column an intent of :data:`GRAVE`.
    """

    intents: Array
    secondary: Array
    emotions: Array
    dissatisfied: Array
    displeasure: Array
    urgencies: Array
    intensity: Array
    alarms: Array


class Heads:
    """Linear heads over vectors and wording, with a temperature each.

    Args:
        path: A file written by ``training/calibrate.py``.
        revision: The encoder in use.

    Raises:
        EncoderError: The file cannot be read, or an array is missing, does not fit the others, or holds something else
            than finite numbers.
        HeadMismatchError: The heads were trained on another encoder.
    """

    def __init__(self, path: Path = SHIPPED, *, revision: str) -> None:
        self._arrays = load_arrays(path)
        for axes in (_AXES, _IN_CONTEXT if "context" in self._arrays else {}):
            check_arrays(self._arrays, axes, texts=_TEXTS, what=f"the heads in '{path}'", hint="Reinstall cs-assist.")
        trained_on = str(self._arrays["encoder"])
        self.intents, self.emotions, self.urgencies = ([str(x) for x in self._arrays[name]] for name in _TEXTS[1:])
        self._wording = Wording(self._arrays, WORDED)
        if trained_on != revision:
            raise HeadMismatchError(
                f"the heads in '{path}' were trained on encoder '{trained_on}', but '{revision}' is in use.",
                hint="Heads and encoder come as a pair: see training/README.md.",
            )

    def dissatisfied_at(self, *, in_context: bool = False) -> float:
        """Return the probability from which a message counts as dissatisfied, chosen in training for the best F1.

        Args:
            in_context: Whether the probability comes from :meth:`dissatisfied_in_context`.
        """
        return float(self._arrays["context.threshold" if in_context else "dissatisfied.threshold"])

    def signal_probability(self, name: str, p_head: float, *, hit: bool, alarm: float) -> float:
        """Return the probability of an intent of :data:`GRAVE`.

        Args:
            name: The intent.
            p_head: Its probability among all intents.
            hit: Whether a stated rule was hit.
            alarm: The log odds that its own reader gives it.
        """
        slope, by_hit, by_alarm, bias = (float(x) for x in self._arrays[f"signal.{name}"])
        odds = float(np.log((p_head + 1e-4) / (1 - p_head + 1e-4)))
        return float(_sigmoid(np.float32(slope * odds + by_hit * hit + by_alarm * alarm + bias)))

    @property
    def unsure_below(self) -> float:
        """The probability below which a first intent is only a candidate: above it nine in ten are right."""
        return float(self._arrays["intent.unsure_below"])

    def possible_at(self, name: str) -> float:
        """Return the probability of a signal's intent from which alarms are right in 85 of 100 cases, 0.5 at most."""
        return float(self._arrays[f"possible.{name}"])

    @property
    def secondary_at(self) -> float:
        """The probability from which an intent counts as asked besides: chosen in training for the best F1."""
        return float(self._arrays["secondary.threshold"])

    def exchange(self, message: str, answer: str) -> float:
        """Return what the wording of a later message, and of the shop's turn before it, tells of displeasure.

        Args:
            message: The customer's message.
            answer: The shop's last turn; empty where it has said nothing.
        """
        texts = dict(zip(EXCHANGE, (message, answer), strict=True))
        return sum(float(self._exchange[name].logits([text])[name][0, 0]) for name, text in texts.items())

    @cached_property
    def _exchange(self) -> dict[str, Wording]:
        return {name: Wording(self._arrays, [name]) for name in EXCHANGE}

    def dissatisfied_in_context(self, row: Array) -> float:
        """Return the probability of dissatisfaction from what :func:`context.row` says of message and history."""
        weights = self._arrays["context"]
        return float(_sigmoid(np.asarray(row @ weights[:-1] + weights[-1], np.float32)))

    def score(self, vectors: Array, texts: Sequence[str]) -> Scores:
        """Return the heads' probabilities, one row a message.

        Args:
            vectors: What the encoder's ``encode_messages`` gave for the messages.
            texts: The messages.
        """
        words = self._wording.logits(texts)
        displeasure = self._logits("dissatisfied", vectors, words)[:, 0]
        intents = softmax(self._logits("intent", vectors, words))
        return Scores(
            intents=intents,
            secondary=self._besides(vectors, intents),
            emotions=softmax(self._logits("emotion", vectors, words)),
            dissatisfied=_sigmoid(displeasure),
            displeasure=displeasure,
            urgencies=softmax(self._logits("urgency", vectors, words)),
            intensity=np.clip(self._logits("intensity", vectors)[:, 0], 0, 1),
            alarms=self._logits("alarm", vectors),
        )

    def _besides(self, vectors: Array, intents: Array) -> Array:
        by_margin, by_intent, bias = (float(x) for x in self._arrays["secondary"])
        odds = by_margin * self._logits("secondary", vectors) + by_intent * np.log(np.maximum(intents, 1e-6)) + bias
        return _sigmoid(np.asarray(odds, np.float32))

    def _logits(self, name: str, vectors: Array, words: Mapping[str, Array] | None = None) -> Array:
        weights, bias, heat = (self._arrays[f"{name}.{part}"] for part in ("weights", "bias", "temperature"))
        logits = vectors @ weights + bias
        if words is not None:
            logits = logits + words[name]
        return np.asarray(logits / heat, np.float32)


def _sigmoid(logits: Array | np.float32) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)
