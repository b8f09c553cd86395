"""The plain arrays that training wrote (nothing is unpickled), and what all heads do with theirs."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Mapping
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
    except (OSError, ValueError, TypeError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as exc:
        raise EncoderError(f"the weights in '{path}' cannot be read: {exc}", hint=hint) from exc


def check_arrays(
    arrays: Mapping[str, npt.NDArray[Any]], axes: Mapping[str, str], *, texts: Collection[str], what: str, hint: str
) -> None:
    """Refuse arrays that do not fit together, or from which no probability could be computed.

    Args:
        arrays: From :func:`load_arrays`.
        axes: The arrays that are needed, each with the names of its axes, such as ``"width label"``: axes of one name
            are of one length, and an axis whose name is a number is that long.
        texts: Those of them that hold texts; the others hold finite numbers.
        what: Whose arrays they are, for the message.
        hint: What to do.

    Raises:
        EncoderError: One is missing, is of another shape or kind, or holds NaN or an infinity.
    """
    lengths: dict[str, int] = {}
    for name, named in axes.items():
        if name not in arrays:
            raise EncoderError(f"{what} lack the array '{name}'", hint=hint)
        array = arrays[name]
        for axis in named.split():
            if axis.isdecimal():
                lengths[axis] = int(axis)
        if array.ndim != len(named.split()) or any(
            lengths.setdefault(axis, length) != length for axis, length in zip(named.split(), array.shape, strict=True)
        ):
            wanted = " x ".join(f"{lengths[axis]}" if axis in lengths else axis for axis in named.split()) or "one value"
            raise EncoderError(f"{what} are damaged: the array '{name}' is {_shape(array)}, not {wanted}", hint=hint)
        if array.dtype.kind not in ("U" if name in texts else "iuf"):
            wanted = "texts" if name in texts else "numbers"
            raise EncoderError(f"{what} are damaged: the array '{name}' holds {array.dtype}, not {wanted}", hint=hint)
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise EncoderError(f"{what} are damaged: the array '{name}' holds a value that is no finite number", hint=hint)


def _shape(array: npt.NDArray[Any]) -> str:
    return " x ".join(str(length) for length in array.shape) or "one value"


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return probabilities, one row a message."""
    powers = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
