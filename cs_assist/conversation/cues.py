"""Words by which a message or an answer tells something about the conversation: data/cues.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import normalize

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import parse_yaml

PATH = Path(__file__).parent / "data" / "cues.yaml"
#: Scripts that put no space between words: there a cue may stand inside a stretch of letters.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uac00-\ud7af]")
_READ = 10_000  # characters of a text that are looked through
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？।])\s*|\n+")


class _Words(BaseModel):
    """The cues of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thrice: tuple[str, ...]
    asking: tuple[str, ...]
    promise: tuple[str, ...]
    amends: tuple[str, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    languages: dict[str, _Words]


class Finder:
    """Finds words of all languages in a text in one pass, however many they are.

    Args:
        words: In any case; one that ends in ``*`` is the beginning of a word.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for word in dict.fromkeys(_fold(word) for word in words):
            body = word.removesuffix("*")
            self._automaton.add_word(body, (len(body), not _UNSPACED.search(body), body != word))
        self._automaton.make_automaton()

    def search(self, folded: str) -> bool:
        """Tell whether a text, folded as the words are, holds one of them as a word."""
        for last, (length, spaced, opens) in self._automaton.iter(folded):
            start, end = last - length + 1, last + 1
            if not spaced:
                return True
            before = start > 0 and folded[start - 1].isalnum()
            after = not opens and end < len(folded) and folded[end].isalnum()
            if not before and not after:
                return True
        return False


@dataclass(frozen=True)
class Cues:
    """The cues of all languages, ready to search: a message need not say which language it is in."""

    thrice: Finder
    asking: Finder
    promise: Finder
    amends: Finder

    def says_third_time(self, text: str) -> bool:
        """Tell whether a message says that it asks for the third time.

        Example:
            >>> [load_cues().says_third_time(text) for text in ("I am asking for the third time.", "Third time lucky!")]
            [True, False]
        """
        return any(self.thrice.search(part) and self.asking.search(part) for part in sentences(_fold(text)))

    def promises(self, text: str) -> tuple[str, ...]:
        """Return the sentences of an answer in which the shop undertakes to do something."""
        return tuple(part for part in sentences(text) if self.promise.search(_fold(part)))

    def made_amends(self, text: str) -> tuple[str, ...]:
        """Return the sentences of an answer that tell of a compensation: a refund, a voucher, a replacement."""
        return tuple(part for part in sentences(text) if self.amends.search(_fold(part)))


@cache
def load_cues() -> Cues:
    """Return the shipped cues.

    Raises:
        DataFileError: The file breaks its schema.
    """
    found = parse_yaml(PATH.read_text(encoding="utf-8"), _File, path=PATH).languages.values()
    return Cues(*(Finder([cue for words in found for cue in getattr(words, name)]) for name in _Words.model_fields))


def sentences(text: str) -> list[str]:
    """Return the sentences at the beginning of a text, in any script, as far as signs and line ends tell them."""
    return [part.strip() for part in _SENTENCE.split(text[:_READ]) if part and part.strip()]


def _fold(text: str) -> str:
    return normalize("NFKC", text).casefold()
