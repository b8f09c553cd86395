"""The wording of a message as hashed n-grams, and how much each weighs: what linear heads read beside the vectors.

Vectors tell what is meant; product names, error codes, a seller's own terms and turns of phrase are told by the wording.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

BUCKETS = 2**16
WINDOW = 1_000  # characters of a message whose wording is read
_WORD = re.compile(r"\w+|[^\w\s]")
_SIZES = (2, 3, 4)
_CACHED = 32  # characters of a word whose pieces are kept: longer ones hardly come again
Array = npt.NDArray[np.float32]


def wording(text: str, *, buckets: int = BUCKETS) -> Counter[int]:
    """Return how often each bucket occurs: character 2- to 4-grams within words, words, and pairs of words.

    Args:
        text: Its first :data:`WINDOW` characters are read.
        buckets: How many there are; heads that learned from many texts in many languages have more.

    Example:
        >>> wording("Reset") == wording("ｒｅｓｅｔ")
        True
        >>> sum(wording("").values())
        0
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:WINDOW]).casefold())
    found = [crc32(f"p {first} {second}".encode()) % buckets for first, second in pairwise(words)]
    for word in words:
        hashed = _hashed(word) if len(word) <= _CACHED else _hashed.__wrapped__(word)
        found += [piece % buckets for piece in hashed]
    return Counter(found)


@lru_cache(maxsize=8_192)
def _hashed(word: str) -> tuple[int, ...]:
    """Return the hashes of a word and of its character n-grams."""
    padded = f" {word} "
    pieces = [padded[i : i + size] for size in _SIZES for i in range(len(padded) - size + 1)]
    return tuple(crc32(piece.encode()) for piece in (f"w {word}", *pieces))


class Weighting:
    """How much each n-gram of a text weighs: log-damped counts times rarity, scaled to unit length.

    Args:
        seen: The buckets seen in training, ascending.
        rarity: For each of them, log((1 + texts) / (1 + texts with it)) + 1.
        buckets: How many buckets the wording is counted in.
    """

    def __init__(self, seen: npt.NDArray[np.integer], rarity: Array, *, buckets: int = BUCKETS) -> None:
        self._seen, self._rarity, self._buckets = seen, rarity, buckets

    def __call__(self, text: str) -> tuple[npt.NDArray[np.int64], Array]:
        """Return which of the seen buckets occur in ``text``, as positions, and their weights."""
        counts = wording(text, buckets=self._buckets)
        found = np.fromiter(counts, np.int64, len(counts))
        often = np.fromiter((1 + math.log(n) for n in counts.values()), np.float32, len(counts))
        if not len(self._seen):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        where = np.minimum(np.searchsorted(self._seen, found), len(self._seen) - 1)
        known = self._seen[where] == found
        where, weights = where[known], often[known] * self._rarity[where[known]]
        length = float(np.linalg.norm(weights))
        return where, np.asarray(weights / length if length else weights, np.float32)
