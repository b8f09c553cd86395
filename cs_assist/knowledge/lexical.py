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
# What belongs to the letter before it (the vowel signs of Devanagari and its kin), of which ``\w`` knows nothing.
_MARKS = "".join(c for c in map(chr, range(0x0900, 0x0E00)) if unicodedata.category(c)[0] == "M")
_TOKEN = re.compile(rf"[{_UNSPACED}]+|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")
_WINDOW = 4_000
_CODE = re.compile(r"\d+(?:[.,]\d+)?|[A-Za-z]+\d+\w*|[A-Z]{2,}")
#: Letters that are written one for the other: Arabic's as in Lucene's ArabicNormalizer, Turkish's on keyboards that lack them.
_ALIKE = {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ı": "i"}
#: Vowel signs and the stretching stroke of Arabic, the dot below of Devanagari: many leave them out.
_LEFT_OUT = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u093c]")


class _Folded(dict[int, str]):
    """A table for ``str.translate``: each character as it is searched."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit = unicodedata.decimal(char, None)
        unseen = unicodedata.category(char) == "Cf" or _LEFT_OUT.match(char)
        self[code] = shown = "" if unseen else str(digit) if digit is not None else _ALIKE.get(char, char)
        return shown


_FOLDED = _Folded()


class _Digits(dict[int, str]):
    """A table for ``str.translate``: the digits of every script as ASCII's."""

    def __missing__(self, code: int) -> str:
        digit = unicodedata.decimal(chr(code), None)
        self[code] = shown = chr(code) if digit is None else str(digit)
        return shown


_DIGITS = _Digits()


def tokenize(text: str) -> list[str]:
    """Return the search terms of a text.

    What customers leave out or write in more than one way does not count: case, width, accents, Arabic vowel signs, the
    digits of a script, what is not seen.

    Example:
        >>> tokenize("Größe XL 尺码表")
        ['große', 'xl', '尺码', '码表']
        >>> tokenize("İade süresi ١٤ gün") == tokenize("iade suresi 14 gun")
        True
    """
    folded = _fold(text[:_WINDOW])
    terms: list[str] = []
    for match in _TOKEN.finditer(folded):
        run = match.group()
        if "\u0e00" <= run[0] <= "\u9fff" and re.match(rf"[{_UNSPACED}]", run):
            terms += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        else:
            terms.append(run)
    return terms


def codes_of(text: str) -> frozenset[str]:
    """Return the numbers, models and abbreviations of a text, each whole.

    Example:
        >>> sorted(codes_of("E40: the LED of the A20 Pro costs 4,90"))
        ['4.90', 'a20', 'e40', 'led']
    """
    return frozenset(code.lower().replace(",", ".") for code in _CODE.findall(text[:_WINDOW].translate(_DIGITS)))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower())
    return unicodedata.normalize("NFC", spread.translate(_FOLDED))


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
