"""An encoder that remembers: replies are made of sentences that come again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol

import numpy as np

__all__ = ["Remembering"]

#: Sentences kept of each kind: all wordings of a few languages, at 3 KB each.
_KEPT = 2048
#: Longer texts are customers' or articles', which rarely come again.
_LONGEST = 300


class Encoder(Protocol):
    """What the checks of a reply need of an encoder."""

    @property
    def revision(self) -> str:
        """What trained weights are bound to."""

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Return vectors of length one, one row a text."""

    def encode_messages(self, texts: Sequence[str]) -> Any:
        """Return one vector a text."""


class Remembering:
    """Encodes as ``encoder`` does, and each of the last 2,048 short texts once only. Safe from several threads.

    Args:
        encoder: Makes the vectors.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queries: OrderedDict[str, Any] = OrderedDict()
        self._messages: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    @property
    def revision(self) -> str:
        """The encoder's revision."""
        return self._encoder.revision

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Return vectors of length one, one row a text."""
        return self._known(texts, self._queries, self._encoder.encode_queries)

    def encode_messages(self, texts: Sequence[str]) -> Any:
        """Return one vector a text."""
        return self._known(texts, self._messages, self._encoder.encode_messages)

    def _known(self, texts: Sequence[str], kept: OrderedDict[str, Any], encode: Callable[[Sequence[str]], Any]) -> Any:
        with self._lock:
            found = {text: kept[text] for text in texts if text in kept}
            for text in found:
                kept.move_to_end(text)
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new or not texts:
            vectors = encode(new)
            if not found and len(new) == len(texts):
                self._keep(kept, new, vectors)
                return vectors
            found |= dict(zip(new, vectors, strict=True))
            self._keep(kept, new, vectors)
        return np.stack([found[text] for text in texts])

    def _keep(self, kept: OrderedDict[str, Any], texts: Sequence[str], vectors: Any) -> None:
        with self._lock:
            for text, vector in zip(texts, vectors, strict=True):
                if len(text) <= _LONGEST:
                    kept[text] = np.array(vector)
            while len(kept) > _KEPT:
                kept.popitem(last=False)
