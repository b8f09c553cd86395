"""The lexical half of the search: BM25 over words, and over character pairs where words have no spaces."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Han, kana and Thai are written without spaces; their runs become overlapping pairs of characters.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_WINDOW = 4_000
_ARRAYS = ("data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy")
_TERMS, _COUNT = "vocab.index.json", "params.index.json"


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


@dataclass(frozen=True)
class LexicalIndex:
    """BM25 over passages, by position.

    The weights are computed by bm25s and kept as it stores them, term by term: those of term ``n`` stand in
    ``weights[starts[n] : starts[n + 1]]``, and the passages that they belong to at the same places of ``places``. Asking
    needs only numpy: bm25s would load scipy, a quarter of a second and 20 MB that no answer uses.
    """

    terms: Mapping[str, int]
    weights: npt.NDArray[np.float32]
    places: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]
    count: int

    @classmethod
    def build(cls, texts: Iterable[str]) -> LexicalIndex:
        """Index ``texts``; positions are their order."""
        import bm25s

        numbers: dict[str, int] = {}  # bm25s would number the terms of a set: in another order in every process
        rows = [[numbers.setdefault(term, len(numbers)) for term in tokenize(text) or [""]] for text in texts]
        engine = bm25s.BM25()
        engine.index((rows, numbers), show_progress=False)
        made = engine.scores
        return cls(engine.vocab_dict, made["data"], made["indices"], made["indptr"], made["num_docs"])

    def save(self, folder: Path) -> None:
        """Write the index into ``folder`` (arrays and JSON, no pickle), under the names that bm25s gives them."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in zip(_ARRAYS, (self.weights, self.places, self.starts), strict=True):
            np.save(folder / name, array, allow_pickle=False)
        (folder / _TERMS).write_text(json.dumps(self.terms, ensure_ascii=False), encoding="utf-8")
        (folder / _COUNT).write_text(json.dumps({"num_docs": self.count}), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Open what :meth:`save` wrote; the weights stay in the file, mapped into memory."""
        weights, places, starts = (np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in _ARRAYS)
        terms = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
        return cls(terms, weights, places, starts, json.loads((folder / _COUNT).read_text(encoding="utf-8"))["num_docs"])

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """Return the BM25 score of each passage for a message."""
        scores = np.zeros(self.count, np.float32)
        for term in dict.fromkeys(tokenize(text)):
            number = self.terms.get(term)
            if number is not None:
                these = slice(self.starts[number], self.starts[number + 1])
                scores[self.places[these]] += self.weights[these]  # a term has a passage once
        return scores
