"""The wording of a message as hashed n-grams: what a head for a seller's own intents reads beside the vectors.

Vectors tell what is meant; product names, error codes and the seller's own terms are told by the wording.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from zlib import crc32

BUCKETS = 2**16
WINDOW = 1_000  # characters of a message whose wording is read
_WORD = re.compile(r"\w+|[^\w\s]")
_SIZES = (2, 3, 4)


def wording(text: str) -> Counter[int]:
    """Return how often each bucket occurs: character 2- to 4-grams within words, words, and pairs of words.

    Example:
        >>> wording("Reset") == wording("ｒｅｓｅｔ")
        True
        >>> sum(wording("").values())
        0
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text[:WINDOW]).casefold())
    pieces = [f"w {word}" for word in words]
    pieces += [f"p {first} {second}" for first, second in pairwise(words)]
    for word in words:
        padded = f" {word} "
        pieces += [padded[i : i + size] for size in _SIZES for i in range(len(padded) - size + 1)]
    return Counter(crc32(piece.encode()) % BUCKETS for piece in pieces)
