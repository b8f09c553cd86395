"""A seller's own intents, trained by ``cs-assist train`` on the seller's own labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import Weighting
from cs_assist.errors import EncoderError, HeadMismatchError
from cs_assist.triage.arrays import check_arrays, load_arrays, softmax

FILE = "intents.npz"
_ANEW = "Train anew: cs-assist train --intents FILE --out FOLDER --force"
_AXES = {
    "encoder": "",
    "labels": "label",
    "temperature": "",
    "unsure_below": "",
    "dense": "width label",
    "bias": "label",
    "sparse": "bucket label",
    "buckets": "bucket",
    "rarity": "bucket",
}
Array = npt.NDArray[np.float32]


class OwnIntents:
    """A linear head over the encoder's vectors and the wording.

    Args:
        arrays: As ``training.train_intents`` gives them.

    Raises:
        EncoderError: An array is missing, does not fit the others, or holds something else than finite numbers.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        check_arrays(arrays, _AXES, texts=("encoder", "labels"), what="the trained intents", hint=_ANEW)
        self.encoder = str(arrays["encoder"])
        self.labels = [str(label) for label in arrays["labels"]]
        self.unsure_below = float(arrays["unsure_below"])
        self._temperature = float(arrays["temperature"])
        self._dense, self._bias, self._sparse = arrays["dense"], arrays["bias"], arrays["sparse"]
        self._weighting = Weighting(arrays["buckets"], arrays["rarity"])
        if not self.labels or self._temperature <= 0 or (np.diff(arrays["buckets"]) <= 0).any():
            what = "there are no labels, the temperature is not above 0, or the buckets do not rise"
            raise EncoderError(f"the trained intents are damaged: {what}", hint=_ANEW)

    @classmethod
    def load(cls, folder: Path, *, revision: str) -> OwnIntents:
        """Return the intents in a folder that ``cs-assist train`` wrote.

        Args:
            folder: Holds ``intents.npz``.
            revision: The encoder in use.

        Raises:
            EncoderError: The file is missing, damaged, or lacks something.
            HeadMismatchError: The intents were trained on another encoder.
        """
        found = cls(load_arrays(Path(folder) / FILE, hint=_ANEW))
        if found.encoder != revision:
            raise HeadMismatchError(
                f"the intents in '{folder}' were trained on encoder '{found.encoder}', but '{revision}' is in use.", hint=_ANEW
            )
        return found

    def score(self, texts: Sequence[str], vectors: Array) -> Array:
        """Return calibrated probabilities, one row a text and one column a label.

        Args:
            texts: The messages.
            vectors: What the encoder's ``encode_messages`` gave for them.

        Raises:
            HeadMismatchError: They are wider or narrower than those that the intents were trained on.
        """
        if vectors.shape[1] != len(self._dense):
            raise HeadMismatchError(
                f"the intents were trained on vectors of {len(self._dense)} numbers, those of '{self.encoder}' have"
                f" {vectors.shape[1]}.",
                hint=_ANEW,
            )
        logits = vectors @ self._dense + self._bias
        for row, text in enumerate(texts):
            where, weights = self._weighting(text)
            logits[row] += weights @ self._sparse[where].astype(np.float32)
        return softmax(logits / self._temperature)
