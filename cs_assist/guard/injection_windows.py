"""A text in windows of one to three sentences, each with the classes of words that one language finds in it."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from cs_assist.guard.injection_terms import find

_END = re.compile(r"[.!?…](?=[\s\"'”’»)\]]|$)|[。！？!?।؟]|[;；](?=\s)|\n+")
_LONGEST = 240  # characters of a sentence; a longer one is cut at the last space, or there
_LANGUAGES = 2  # languages that a window is read in: those that find most in it
MAX_SENTENCES = 3


class Window(NamedTuple):
    """``text[start:end]`` as ``language`` reads it; ``kinds`` are sorted indices into ``injection_terms.NAMES``.

    ``first`` and ``last`` are the numbers of its sentences.
    """

    start: int
    end: int
    language: str
    kinds: tuple[int, ...]
    first: int = 0
    last: int = 0


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of ``text``, none longer than 240 characters, without outer spaces."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*(m.end() for m in _END.finditer(text)), len(text)]:
        spans += _cut(text, start, end)
        start = end
    return spans


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = end
        if end - start > _LONGEST:
            space = text.rfind(" ", start + _LONGEST // 2, start + _LONGEST)
            stop = space + 1 if space > 0 else start + _LONGEST
        piece = text[start:stop]
        left, right = len(piece) - len(piece.lstrip()), len(piece.rstrip())
        if right > left:
            yield start + left, start + right
        start = stop


def handicap(count: int) -> float:
    """Return the log odds that a text of ``count`` sentences is held to more than one of a single sentence.

    The more sentences, the likelier that one of them looks like an attempt.
    """
    return math.log(max(1, count))


def windows(text: str, *, squeezed: bool = False) -> list[Window]:
    """Return the windows of normalised ``text`` in which any language finds something."""
    spans = [(0, len(text))] if squeezed else sentences(text)
    if not spans:
        return []
    starts = [start for start, _ in spans]
    by_sentence: list[dict[str, set[int]]] = [defaultdict(set) for _ in spans]
    for hit in find(text, squeezed=squeezed):
        by_sentence[max(0, bisect_right(starts, hit.start) - 1)][hit.language].add(hit.kind)
    found = []
    for first in range(len(spans)):
        seen: dict[str, set[int]] = defaultdict(set)  # language to classes
        for last in range(first, min(first + MAX_SENTENCES, len(spans))):
            for language, kinds in by_sentence[last].items():
                seen[language] |= kinds
            for language, classes in _read(seen):
                found.append(Window(spans[first][0], spans[last][1], language, classes, first, last))
    return found


def _read(seen: dict[str, set[int]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    forms = seen.get("", set())
    best = sorted((language for language in seen if language), key=lambda language: (-len(seen[language]), language))
    for language in best[:_LANGUAGES] or ([""] if forms else []):
        yield language, tuple(sorted(seen[language] | forms))
