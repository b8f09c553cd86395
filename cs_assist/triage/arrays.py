"""The plain arrays that training wrote (nothing is unpickled), and what all heads do with theirs."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.errors import EncoderError


def load_arrays(path: Path, *, hint: str = "Reinstall cs-assist.") -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a ``.npz`` file by name.

    Raises:
        EncoderError: The file is missing, truncated or altered.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as exc:
        raise EncoderError(f"the weights in '{path}' cannot be read: {exc}", hint=hint) from exc


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return probabilities, one row a message."""
    powers = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
