"""The reader: a small cross-encoder that says whether a passage answers a message, and where.

Similarity tells what a passage is about; only reading both together tells whether it answers. That costs a run over
message and passage for each pair, so the few best passages of a search are read, not all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.runtime import OnnxModel
from cs_assist.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Encoding

SHIPPED = Path(__file__).parent / "reader_model"
#: Passages read of one search.
DEPTH = 8
_ASKED = 64  # pieces of the message that are read: its beginning and its end
_PASSAGE = 160  # pieces of the passage that are read: as many as a chunk has at most, and its title's
_START, _END = 0, 2  # the pieces that begin and end a text
_LONGEST = 48  # pieces of an answering span
_CHARACTERS = 12  # of one piece at most: text beyond is not tokenised


@dataclass(frozen=True)
class Reading:
    """What the reader says of one passage.

    Attributes:
        answers: The log-odds, uncalibrated, that the passage answers the message.
        start: Where in the passage the words begin that answer, if any do; in characters.
        end: Where they end.
    """

    answers: float
    start: int
    end: int


class Reader:
    """Reads passages for a message with the shipped graph. Safe to call from several threads.

    Args:
        folder: Holds ``encoder.json``, ``tokenizer.json``, ``heads.npz`` and ``onnx/model.onnx``, as
            ``training/train_reader.py`` writes them.
        threads: Threads inside one run; 0 takes all cores.

    Raises:
        EncoderError: The folder holds no usable model.
    """

    def __init__(self, folder: Path = SHIPPED, *, threads: int = 0) -> None:
        self._model = OnnxModel(folder, threads=threads)
        try:
            with np.load(folder / "heads.npz", allow_pickle=False) as arrays:
                self._answer, self._span = arrays["answer"], arrays["span"]
                self._answer_bias = float(arrays["answer_bias"].item())
        except (OSError, ValueError, KeyError) as exc:
            raise EncoderError(f"no usable heads in '{folder}': {exc}", hint="Reinstall cs-assist.") from exc

    @property
    def revision(self) -> str:
        """Name and content hash: what a calibration is bound to, beside the encoder."""
        return self._model.revision

    def read(self, asked: str, passages: Sequence[str]) -> list[Reading]:
        """Return what is read in each passage, in their order.

        Args:
            asked: The message as :func:`framed` puts it.
            passages: Passages' indexed text: title path, line break, text.
        """
        if not passages:
            return []
        question = ends(self._pieces([asked])[0].ids)
        parts = self._pieces(passages)
        rows = [joined(question, part.ids) for part in parts]
        first = len(question) + 3
        found: list[Reading | None] = [None] * len(rows)
        # Two runs of like length pad less than one.
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        half = len(order) // 2
        for chosen in (order[:half], order[half:]):
            if chosen:
                hidden, _ = self._model.hidden([rows[i] for i in chosen])
                for i, states in zip(chosen, hidden, strict=True):
                    score = float(states[0] @ self._answer) + self._answer_bias
                    found[i] = Reading(score, *self._where(states[first : len(rows[i]) - 1], parts[i]))
        return [reading for reading in found if reading is not None]

    def _pieces(self, texts: Sequence[str]) -> list[Encoding]:
        return self._model.tokenize([t[: _PASSAGE * _CHARACTERS] for t in texts], marks=False)

    def _where(self, states: npt.NDArray[np.float32], part: Encoding) -> tuple[int, int]:
        """Return the characters of the likeliest span."""
        if not len(states):
            return 0, 0
        starts, ends_ = (states @ self._span.T).T
        sums = starts[:, None] + ends_[None, :]
        allowed = np.triu(np.ones_like(sums, bool)) & ~np.triu(np.ones_like(sums, bool), _LONGEST)
        at = int(np.where(allowed, sums, -np.inf).argmax())
        begin, end = divmod(at, sums.shape[1])
        return part.offsets[begin][0], part.offsets[end][1]


def framed(text: str, *, market: str | None, platform: str | None) -> str:
    """Return a message with where it was written, in the words that the reader was trained with.

    Example:
        >>> framed("Wie lange dauert es?", market="AT", platform=None)
        'query: Austria: Wie lange dauert es?'
    """
    where = ", ".join(part for part in (_country(market) if market else "", (platform or "").replace("_", " ")) if part)
    return f"query: {where}: {text}" if where else f"query: {text}"


def ends(ids: Sequence[int]) -> list[int]:
    """Return the beginning and the end of a long message's pieces."""
    return list(ids) if len(ids) <= _ASKED else [*ids[: _ASKED // 2], *ids[-_ASKED // 2 :]]


def joined(question: Sequence[int], passage: Sequence[int]) -> list[int]:
    """Return the pieces of a question and a passage as the graph reads them."""
    return [_START, *question, _END, _END, *passage[:_PASSAGE], _END]


@cache
def _country(code: str) -> str:
    from babel import Locale

    return str(Locale("en").territories.get(code, code))
