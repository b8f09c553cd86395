"""The wording of a text as hashed n-grams, how much each weighs, and linear readers of it: what is heard beside the vectors.

Vectors tell what is meant; product names, error codes, a seller's own terms and turns of phrase are told by the wording.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

BUCKETS = 2**16
LONGEST = 4  # characters of an n-gram
WINDOW = 1_000  # characters of a text whose wording is read
_WORD = re.compile(r"\w+|[^\w\s]")
_CACHED = 32  # characters of a word whose pieces are kept: longer ones hardly come again
Array = npt.NDArray[np.float32]


def wording(text: str, *, buckets: int = BUCKETS, longest: int = LONGEST) -> Counter[int]:
    """Return how often each bucket occurs: characters within words by twos and more, words, and pairs of words.

    Args:
        text: Its first :data:`WINDOW` characters are read.
        buckets: How many there are; readers that learned from many texts in many languages have more.
        longest: How many characters a piece of a word has at most.

    Example:
        >>> wording("Reset") == wording("ｒｅｓｅｔ")
        True
        >>> sum(wording("").values())
        0
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:WINDOW]).casefold())
    found = [crc32(f"p {first} {second}".encode()) % buckets for first, second in pairwise(words)]
    for word in words:
        hashed = _hashed(word, longest) if len(word) <= _CACHED else _hashed.__wrapped__(word, longest)
        found += [piece % buckets for piece in hashed]
    return Counter(found)


@lru_cache(maxsize=8_192)
def _hashed(word: str, longest: int) -> tuple[int, ...]:
    """Return the hashes of a word and of its character n-grams."""
    padded = f" {word} "
    pieces = [padded[i : i + size] for size in range(2, longest + 1) for i in range(len(padded) - size + 1)]
    return tuple(crc32(piece.encode()) for piece in (f"w {word}", *pieces))


class Weighting:
    """How much each n-gram of a text weighs: log-damped counts times rarity, scaled to unit length.

    Args:
        seen: The buckets seen in training, ascending.
        rarity: For each of them, log((1 + texts) / (1 + texts with it)) + 1.
        buckets: How many buckets the wording is counted in.
        longest: Characters of its longest n-grams.
    """

    def __init__(self, seen: npt.NDArray[np.integer], rarity: Array, *, buckets: int = BUCKETS, longest: int = LONGEST) -> None:
        self._seen, self._rarity, self._buckets, self._longest = seen, rarity, buckets, longest

    def __call__(self, text: str) -> tuple[npt.NDArray[np.int64], Array]:
        """Return which of the seen buckets occur in ``text``, as positions, and their weights."""
        counts = wording(text, buckets=self._buckets, longest=self._longest)
        found = np.fromiter(counts, np.int64, len(counts))
        often = np.fromiter((1 + math.log(n) for n in counts.values()), np.float32, len(counts))
        if not len(self._seen):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        where = np.minimum(np.searchsorted(self._seen, found), len(self._seen) - 1)
        known = self._seen[where] == found
        where, weights = where[known], often[known] * self._rarity[where[known]]
        length = float(np.linalg.norm(weights))
        return where, np.asarray(weights / length if length else weights, np.float32)


class Wording:
    """Linear readers of the wording, in 8 bits: what each makes of a text's n-grams.

    Args:
        arrays: ``wording.seen``, ``wording.rarity``, ``wording.buckets`` and ``wording.longest`` (see :class:`Weighting`),
            and of each reader, under ``<name>.wording``, the codes (one row an n-gram, one column a label) with a scale
            for each column under ``<name>.wording_scale``.
        names: The readers.

    Raises:
        KeyError: An array is missing.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], names: Sequence[str]) -> None:
        seen, rarity = arrays["wording.seen"], arrays["wording.rarity"].astype(np.float32)
        buckets, longest = int(arrays["wording.buckets"]), int(arrays["wording.longest"])
        self._weighting = Weighting(seen, rarity, buckets=buckets, longest=longest)
        self._codes = {name: (arrays[f"{name}.wording"], arrays[f"{name}.wording_scale"]) for name in names}

    def logits(self, texts: Sequence[str]) -> dict[str, Array]:
        """Return what each reader adds to its labels' logits, one row a text."""
        found = {name: np.zeros((len(texts), len(scale)), np.float32) for name, (_, scale) in self._codes.items()}
        for row, text in enumerate(texts):
            where, weights = self._weighting(text)
            for name, (codes, scale) in self._codes.items():
                found[name][row] = (weights @ codes[where].astype(np.float32)) * scale
        return found
