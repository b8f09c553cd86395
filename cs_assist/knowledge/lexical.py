"""The lexical half of the search: BM25 over words, and over character pairs where words have no spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

# Han, kana and Thai are written without spaces; their runs become overlapping pairs of characters.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_WINDOW = 4_000


def tokenize(text: str) -> list[str]:
    """Return the search terms of a text.

    Example:
        >>> tokenize("Größe XL 尺码表")
        ['große', 'xl', '尺码', '码表']
    """
    folded = unicodedata.normalize("NFKC", text[:_WINDOW]).lower()
    terms: list[str] = []
    for match in _TOKEN.finditer(folded):
        run = match.group()
        if "\u0e00" <= run[0] <= "\u9fff" and re.match(rf"[{_UNSPACED}]", run):
            terms += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        else:
            terms.append(_bare(run))
    return terms


def _bare(word: str) -> str:
    # Customers leave accents out; keep ß and others that have no accent to lose.
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f")


class LexicalIndex:
    """BM25 over passages, by position."""

    def __init__(self, engine: bm25s.BM25) -> None:
        self._engine = engine

    @classmethod
    def build(cls, texts: Iterable[str]) -> LexicalIndex:
        """Index ``texts``; positions are their order."""
        numbers: dict[str, int] = {}  # bm25s would number the terms of a set: in another order in every process
        rows = [[numbers.setdefault(term, len(numbers)) for term in tokenize(text) or [""]] for text in texts]
        engine = bm25s.BM25()
        engine.index((rows, numbers), show_progress=False)
        return cls(engine)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder`` (arrays and JSON, no pickle)."""
        self._engine.save(str(folder), show_progress=False, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open what :meth:`save` wrote; the scores stay in the file, mapped into memory."""
        return cls(bm25s.BM25.load(str(folder), mmap=True, allow_pickle=False))

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """Return the BM25 score of each passage for a message."""
        known = [term for term in dict.fromkeys(tokenize(text)) if term in self._engine.vocab_dict]
        if not known:
            return np.zeros(self._engine.scores["num_docs"], np.float32)
        scores: npt.NDArray[np.float32] = self._engine.get_scores(known)
        return scores
