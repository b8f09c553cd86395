"""The encoder that ships: text to unit vectors with onnxruntime and tokenizers, without torch."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.base import Vectors, unit
from cs_assist.encoder.rarity import piece_rarities
from cs_assist.encoder.runtime import OnnxModel

SHIPPED = Path(__file__).parent / "model"
_T = TypeVar("_T")
_RECENT = 256  # texts whose vectors, and whose pieces, are kept
_BATCH_TOKENS = 512  # padded tokens in one run: keeps the working set inside the processor's cache


class OnnxEncoder:
    """A sentence-transformers folder with an ONNX graph, read without sentence-transformers.

    Loading is lazy: the first text loads the graph (about 0.3 s). Calls from several threads are
    safe. The same text gives the same vector, whatever else is in its batch, up to the rounding of
    dynamic quantisation (cosine above 0.98).

    Args:
        folder: Holds ``encoder.json``, ``tokenizer.json`` and ``onnx/model.onnx``.
        threads: Threads inside one run; 0 takes all cores.

    Raises:
        EncoderError: ``encoder.json`` is missing or is not readable.

    Example:
        >>> OnnxEncoder().encode_queries(["Where is my parcel?"]).shape
        (1, 384)
    """

    def __init__(self, folder: Path = SHIPPED, *, threads: int = 0) -> None:
        self._model = OnnxModel(folder, threads=threads)
        self._manifest = self._model.manifest
        self._lock = threading.Lock()
        self._recent: dict[str, Vectors] = {}
        self._pieces: dict[str, dict[int, float]] = {}

    @property
    def folder(self) -> Path:
        """Where the model lies."""
        return self._model.folder

    @property
    def revision(self) -> str:
        """Name and content hash: what heads and indexes are checked against."""
        return self._model.revision

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._manifest["dimension"])

    @property
    def max_tokens(self) -> int:
        """Tokens read of one text; the rest is not seen."""
        return int(self._manifest["max_tokens"])

    def encode_messages(self, texts: Sequence[str]) -> Vectors:
        """Return what the heads read of each message: two unit vectors side by side.

        The first half is the mean over the tokens (the vector that searches), the second the first
        token's; shape (texts, 2 x dimension). The latest messages are kept, because reading a
        message and searching for its answer ask for the same vectors.
        """
        with self._lock:  # another thread may drop a text between the look and the taking
            found = {text: self._recent[text] for text in texts if text in self._recent}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        rows = self._encode([self._manifest["prompts"]["query"] + text for text in missing])
        found |= dict(zip(missing, rows, strict=True))
        with self._lock:
            _keep(self._recent, missing, found)
        return np.stack([found[text] for text in texts]) if texts else rows

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a customer's message; shape (texts, dimension)."""
        return self.encode_messages(texts)[:, : self.dimension]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a part of an article; shape (texts, dimension)."""
        return self._encode([self._manifest["prompts"]["passage"] + text for text in texts])[:, : self.dimension]

    def count_tokens(self, text: str) -> int:
        """Return how many of the encoder's tokens ``text`` has, without prompt and end marks."""
        return len(self._model.tokenize([text], marks=False)[0].ids)

    def rare_pieces(self, texts: Sequence[str]) -> list[dict[int, float]]:
        """Return, for each text, its pieces and how rare each is: what two texts share tells what both are about.

        Common pieces weigh 0 (:func:`~cs_assist.encoder.rarity.piece_rarities`); upper and lower case are one. The latest
        texts' pieces are kept, because each message of a conversation is compared with those before it.
        """
        with self._lock:
            found = {text: self._pieces[text] for text in texts if text in self._pieces}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found |= dict(zip(missing, self._weigh(missing), strict=True))
            with self._lock:
                _keep(self._pieces, missing, found)
        return [found[text] for text in texts]

    def _weigh(self, texts: Sequence[str]) -> list[dict[int, float]]:
        folded = [normalize("NFKC", text).casefold() for text in texts]
        rows = self._model.tokenize(folded, limit=self.max_tokens, marks=False)
        ids = [np.array(row.ids, np.int64) for row in rows]
        rare = [row[self._rarities[row] > 0] for row in ids]
        return [dict(zip(row.tolist(), self._rarities[row].tolist(), strict=True)) for row in rare]

    @cached_property
    def _rarities(self) -> npt.NDArray[np.float32]:
        return piece_rarities(self.folder / "tokenizer.json")

    def _encode(self, texts: list[str]) -> Vectors:
        out = np.empty((len(texts), 2 * self.dimension), np.float32)
        if not texts:
            return out
        rows = self._tokenize(texts)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and len(rows[order[stop]]) * (stop + 1 - start) <= _BATCH_TOKENS:
                stop += 1
            chosen = order[start:stop]
            out[chosen] = self._run([rows[i] for i in chosen])
            start = stop
        return out

    def _tokenize(self, texts: list[str]) -> list[list[int]]:
        # Text far beyond the window is cut first: tokenising a megabyte to keep 512 tokens is waste.
        window = [text[: self.max_tokens * 12] for text in texts]
        return [encoding.ids for encoding in self._model.tokenize(window, limit=self.max_tokens)]

    def _run(self, rows: list[list[int]]) -> Vectors:
        hidden, mask = self._model.hidden(rows)
        weights = mask[..., None].astype(np.float32)
        means = (hidden * weights).sum(1) / weights.sum(1)
        return np.concatenate([unit(means), unit(hidden[:, 0])], axis=1)


def _keep(kept: dict[str, _T], texts: Sequence[str], found: Mapping[str, _T]) -> None:
    """Put what was found of texts with what is kept of the latest ones, and drop the oldest."""
    for text in texts[-_RECENT:]:
        kept[text] = found[text]
    while len(kept) > _RECENT:
        kept.pop(next(iter(kept)))
