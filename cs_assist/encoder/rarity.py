"""How rare each piece of a tokenizer is, by the probabilities that its unigram model was made with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cs_assist.errors import EncoderError

#: Pieces likelier than this (natural logarithm) are punctuation, endings and small words: they tell nothing.
_COMMON = -6.0


def piece_rarities(tokenizer: Path) -> npt.NDArray[np.float32]:
    """Return one weight a piece, by its number: how far its log-probability lies below that of common pieces.

    The probabilities are the tokenizer's own (SentencePiece, Kudo 2018), counted over all its languages.
    A tokenizer of another kind has none; there every piece weighs 1.

    Raises:
        EncoderError: The file is missing or is no tokenizer.
    """
    try:
        model = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]
        if model.get("type") != "Unigram":
            return np.ones(len(model["vocab"]), np.float32)
        scores = np.array([score for _, score in model["vocab"]], np.float32)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise EncoderError(f"the tokenizer '{tokenizer}' cannot be read: {exc}", hint="Reinstall cs-assist.") from exc
    rarities: npt.NDArray[np.float32] = np.maximum(0, _COMMON - scores)
    rarities[scores == 0] = 0  # marks of start, end and padding
    return rarities
