"""Trained weights: which claims a sentence of a reply makes, read from the encoder's vector and from the wording.

Phrases alone (``data/claims``) know what their author thought of; this hears the same claim in other words and languages. The
vector tells what is meant, the wording turns of phrase that vectors blur.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import Wording
from cs_assist.errors import EncoderError

MODEL = Path(__file__).parent / "data" / "claims.npz"
#: What a sentence may do; a sentence may do several.
KINDS = (
    "promise", "guarantee", "legal", "medical", "liability", "exaggeration", "blame", "refund", "discount", "free_goods",
    "done", "others", "outside", "review", "marketing", "sensitive",
)  # fmt: skip


class ClaimsModel:
    """A small network over the vectors of ``encode_messages``, and a linear reader of the n-grams beside it.

    Args:
        path: An ``.npz`` that ``training/train_claims.py`` wrote.

    Raises:
        EncoderError: The file cannot be read, or was trained for other kinds.
    """

    def __init__(self, path: Path = MODEL) -> None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                arrays: dict[str, npt.NDArray[Any]] = {name: data[name] for name in data.files}
            if tuple(arrays["kinds"]) != KINDS:
                raise EncoderError(f"'{path}' was trained for other kinds of claims", hint="Train it anew.")
            self._in, self._in_bias = arrays["in"].astype(np.float32), arrays["in_bias"]
            self._out, self._out_bias = arrays["out"].astype(np.float32), arrays["out_bias"]
            self._wording = Wording(arrays, ["claims"])
            #: By kind: the log odds from which it is taken to be made.
            self.sure = dict(zip(KINDS, arrays["sure"].tolist(), strict=True))
            self.revision = str(arrays["encoder"])
        except (OSError, ValueError, EOFError, KeyError) as exc:
            raise EncoderError(f"the weights in '{path}' cannot be read: {exc}", hint="Reinstall cs-assist.") from exc

    def read(self, texts: Sequence[str], vectors: npt.NDArray[Any]) -> list[dict[str, float]]:
        """Return the log odds of each kind, one dictionary a sentence.

        Args:
            texts: The sentences.
            vectors: Their rows of ``encode_messages``.
        """
        inner = np.maximum(0, vectors.astype(np.float32) @ self._in + self._in_bias)
        odds = inner @ self._out + self._out_bias + self._wording.logits(texts)["claims"]
        return [dict(zip(KINDS, row, strict=True)) for row in odds.tolist()]

    def makes(self, odds: dict[str, float]) -> Sequence[str]:
        """Return the kinds that a sentence is taken to make."""
        return [kind for kind in KINDS if odds[kind] >= self.sure[kind]]


@cache
def shipped() -> ClaimsModel:
    """Return the model that ships, read once."""
    return ClaimsModel()
