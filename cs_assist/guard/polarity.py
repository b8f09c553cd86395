"""Does a clause of a reply deny what a clause of the evidence affirms, or the reverse?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs_assist.guard.spoken import TOKEN
from cs_assist.guard.statements import Statement, stems

__all__ = ["Clause", "Near", "by_vectors", "by_words", "clauses", "turned"]

#: Where what is said of one thing ends: a sign, or a word for "but".
_CUT = re.compile(
    r"[,，、;；:：()（）—–/](?!\d)\s*|\s(?:but|aber|sondern|mais|pero|sino|mas|ma|però|maar|men|ale|но|ama|fakat|ancak|"
    r"لكن|لكنه|tetapi|tapi|namun|nhưng|แต่|लेकिन|lekin)\s"
)
#: An answer ("No, …") at the start of a sentence speaks of the customer's question.
_ANSWER = 14
#: What follows is no statement.
_IF = re.compile(
    r"(?:if|unless|wenn|falls|sofern|si|se|als|indien|om|ifall|jeśli|jeżeli|gdy|gdyby|если|eğer|jika|kalau|jikalau|nếu|agar|यदि|"
    r"अगर|إذا|اذا|في حال)\s|如果|若|如|ถ้า|หาก|もし|만약"
)
#: A clause says something from so many words on; from so many letters on where words are not spaced.
_WORDS, _LETTERS = 2, 4
#: What makes it unsure that a clause affirms: words that are near to a denial.
_UNSURE = ("neg", "neg_too", "harmless", "free", "free_too", "you_pay", "excluded", "only", "unopened", "unused", "out")
#: Clauses of a reply and of its evidence that are compared.
_MOST = 14
#: How much one shared topic, and several, say about two clauses being about one thing.
_ONE_TOPIC, _TOPICS = 0.5, 0.9


@dataclass(frozen=True)
class Clause:
    """A part of a sentence, in the normalised text; ``denies`` and ``affirms`` where that is sure."""

    text: str
    start: int
    end: int
    denies: bool
    affirms: bool
    stems: frozenset[str] = field(repr=False)
    topics: frozenset[str]


Near = Callable[[Sequence[Clause], Sequence[Clause]], Any]


def clauses(statement: Statement) -> Iterator[Clause]:
    """Yield the clauses of a sentence that say something."""
    if statement.asks:
        return
    cuts = [match.span() for match in _CUT.finditer(statement.text)]
    size = len(statement.text)
    bounds = zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), size], strict=True)
    for number, (first, last) in enumerate(bounds):
        text = statement.text[first:last].strip()
        start = statement.start + first
        end = statement.start + last
        if (number == 0 and cuts and len(text) <= _ANSWER) or not _says(text) or _IF.match(text):
            continue
        hits = {name for name in _UNSURE if any(start <= at < end for at, _ in statement.hits.get(name, ()))}
        about = frozenset(name for name in statement.topics if any(start <= at < end for at, _ in statement.hits[name]))
        yield Clause(text, start, end, "neg" in hits and "only" not in hits, not hits, frozenset(stems(text)), about)


def _says(text: str) -> bool:
    words = [match.group() for match in TOKEN.finditer(text) if len(match.group()) > 1]
    return len(words) >= _WORDS or any(len(word) >= _LETTERS and word[0] >= "\u0e00" for word in words)


def by_words(own: Sequence[Clause], known: Sequence[Clause]) -> Any:
    """Return how alike each clause of a reply is to each of the evidence, 0 to 1, by their words and topics."""
    near = np.zeros((len(own), len(known)), np.float32)
    for row, one in enumerate(own):
        for column, other in enumerate(known):
            shared = len(one.stems & other.stems)
            words = 2 * shared / (len(one.stems) + len(other.stems)) if shared else 0.0
            union = one.topics | other.topics
            about = len(one.topics & other.topics) / len(union) if union else 0.0
            near[row, column] = max(words, about * (_ONE_TOPIC if len(union) == 1 else _TOPICS))
    return near


def by_vectors(encode: Callable[[Sequence[str]], Any]) -> Near:
    """Return the same by the vectors (of length one) that an encoder gives."""

    def near(own: Sequence[Clause], known: Sequence[Clause]) -> Any:
        vectors = encode([clause.text for clause in (*own, *known)])
        return vectors[: len(own)] @ vectors[len(own) :].T

    return near


def turned(
    own: Sequence[Clause], known: Sequence[Clause], likeness: Near, least: float, ahead: float
) -> Iterator[tuple[Clause, float]]:
    """Yield the clauses of a reply that say the reverse of a clause of the evidence, with how far ahead that one is.

    Args:
        own: The reply's clauses.
        known: The evidence's.
        likeness: ``by_words``, or ``by_vectors`` of an encoder.
        least: Likeness from which two clauses speak of one thing.
        ahead: How much less alike every clause of the same polarity must be, on either side.
    """
    if not (any(c.denies for c in own) and any(c.affirms for c in known)) and not (
        any(c.affirms for c in own) and any(c.denies for c in known)
    ):
        return
    own, known = own[:_MOST], sorted(known, key=lambda clause: not clause.denies)[:_MOST]
    near = likeness(own, known)
    for row, one in enumerate(own):
        reverse = [
            column for column, other in enumerate(known) if (one.denies and other.affirms) or (one.affirms and other.denies)
        ]
        if not reverse:
            continue
        best = max(reverse, key=lambda column: float(near[row, column]))
        score = float(near[row, best])
        alike = [float(near[row, column]) for column in range(len(known)) if column not in reverse]
        said = [
            float(near[line, best])
            for line, other in enumerate(own)
            if line != row and not ((other.denies and known[best].affirms) or (other.affirms and known[best].denies))
        ]
        gap = score - max([0.0, *alike, *said])
        if score >= least and gap >= ahead:
            yield one, gap
