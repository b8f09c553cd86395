"""What the library asks of an encoder: text to unit vectors, and a revision that thresholds are bound to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class QueryEncoder(Protocol):
    """What searching needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and hash, ``name@hash``: indexes, weights and calibrations of another revision are refused."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a customer's message; shape (texts, dimension)."""
        ...


class PassageEncoder(Protocol):
    """What building an index needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and hash, as in :class:`QueryEncoder`."""
        ...

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, read as a part of an article; shape (texts, dimension)."""
        ...


class Encoder(QueryEncoder, PassageEncoder, Protocol):
    """All that a knowledge base needs of an encoder.

    ``encode_passages`` must give the same text about the same vector every time: an index is refused when the
    vectors of one of its passages have moved (see :class:`~cs_assist.knowledge.search.KnowledgeBase`).
    """

    def count_tokens(self, text: str) -> int:
        """Return how many tokens ``text`` has: the measure by which articles are cut into passages."""
        ...


def unit(vectors: Vectors) -> Vectors:
    """Return each row at length 1; a row of zeros stays as it is.

    Example:
        >>> unit(np.array([[3, 4]], np.float32)).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    result: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return result
