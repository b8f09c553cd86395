"""Does a clause of a reply deny what a clause of the evidence affirms, or the reverse?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.spoken import TOKEN
from cs_assist.guard.statements import Statement, stems
from cs_assist.guard.words import Hit

__all__ = ["BY_VECTORS", "BY_WORDS", "Bar", "ByVectors", "Clause", "Near", "by_words", "clauses", "is_without", "turned"]

DENIALS = Path(__file__).parent / "data" / "denials.yaml"

#: Where what is said of one thing ends: a sign, or a word for "but".
_CUT = re.compile(
    r"[,，、،;؛；:：—–/](?!\d)\s*|(?<=[\u0e00-\u0e7f])\s(?=[\u0e00-\u0e7f])|(?<=[며만고])\s(?=[가-힣])"
    r"|\s(?:but|aber|sondern|mais|pero|sino|mas|ma|però|maar|men|ale|но|ama|fakat|ancak|"
    r"لكن|لكنه|tetapi|tapi|namun|nhưng|แต่|लेकिन|lekin)\s"
)
#: An answer ("No, …") at the start of a sentence speaks of the customer's question.
_ANSWER = 14
#: What follows is no statement.
_IF = re.compile(
    r"(?:if|unless|wenn|falls|sofern|si|se|als|indien|om|ifall|jeśli|jeżeli|gdy|gdyby|если|eğer|jika|kalau|jikalau|nếu|agar|यदि|"
    r"अगर|إذا|اذا|في حال)\s|如果|若|如|ถ้า|หาก|もし|만약"
)
#: What stands in brackets or quotation marks is no part of what the clause around it denies: "(not included)".
_ASIDE = re.compile(r"[(（][^()（）]{1,80}[)）]|[\"“„«»「『][^\"“”„«»「」『』\n]{1,60}[\"”“«»」』]")
#: A denial at the very end ("in the dishwasher: no").
_LAST_WORD = re.compile(r"\s(?:no|non|nein|nee|nej|não|nie|нет|hayır|yok|tidak|nahi|nahin|नहीं)\s*[.!।]?\Z")
#: "Without" denies what follows it; in a long clause that is not what the clause is about.
_WITHOUT = re.compile(
    r"without|ohne|sans|sin|sem|senza|zonder|utan|bez|без|tanpa|không cần|ไม่มี|बिना|bina|بدون|دون|无|無|なし|없이"
)
#: What stands beside words of exception and indifference is not denied, or affirmed, itself, nor is what need not be done.
_ASIDE_FROM = ("except", "needless")
#: Words that forbid or end something without a denial ("avoid"), and those that ask the customer for something.
_NO_STATEMENT = ("bars", "asked")
_LONG = 8
#: A clause says something from so many words on; from so many letters on where words are not spaced.
_WORDS, _LETTERS = 2, 4
#: What makes it unsure that a clause affirms: words that are near to a denial.
_UNSURE = ("neg", "neg_too", "harmless", "free", "free_too", "you_pay", "excluded", "only", "unopened", "unused", "out", "before")
_DENIALS = frozenset(["neg", "excluded"])
#: Clauses of a reply and of its evidence that are compared: an encoder reads them, which takes longer than the rest of the guard.
_MOST_OWN, _MOST_KNOWN = 8, 16
#: Clauses of a long evidence of which the nearest by words are sought.
_RANKED = 160
#: Directions in which a denial moves a vector, and how much it must move one for a direction to count.
_DIRECTIONS, _MOVES = 3, 1e-3
#: How much shared words and topics add to the likeness of two vectors.
_WORDS_ADD = 0.5
#: A denial that is this much longer, or shorter, than what it is compared with speaks of something else, too.
_LENGTHS = (0.5, 1.6)
#: From here on a character is as much as three letters.
_DENSE, _LETTERS_OF_DENSE = "\u2e80", 3
#: How much one shared topic, and several, say about two clauses being about one thing.
_ONE_TOPIC, _TOPICS = 0.5, 0.9
#: By how much more words another clause must share.
_SAME_WORDS = 0.3


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


@dataclass(frozen=True)
class Bar:
    """From which likeness on two clauses speak of one thing, by how much it must exceed that of others, and both for sure."""

    least: float
    ahead: float
    surely: float
    surely_ahead: float


#: By words alone; by vectors and words, what a reply affirms and what it denies. A true reply often denies what is near to
#: something that the evidence affirms ("after that it can no longer be returned"), and seldom the other way round.
BY_WORDS = (Bar(0.5, 0.3, 0.5, 0.6), Bar(0.5, 0.3, 0.5, 0.6))
BY_VECTORS = (Bar(0.6, 0.2, 0.7, 0.35), Bar(0.65, 0.35, 0.7, 0.4))


def clauses(statement: Statement) -> Iterator[Clause]:
    """Yield the clauses of a sentence that say something."""
    if statement.asks:
        return
    asides = [match.span() for match in _ASIDE.finditer(statement.text)]
    whole = _ASIDE.sub(lambda match: " " * len(match.group()), statement.text)
    cuts = [match.span() for match in _CUT.finditer(whole)]
    bounds = list(zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(whole)], strict=True))
    for first, last in asides:
        if statement.text[first] in "(（" and _says(statement.text[first + 1 : last - 1]):
            yield _clause(statement, first + 1, last - 1, statement.text[first + 1 : last - 1].strip(), [(first, last)], [])
    for number, (first, last) in enumerate(bounds):
        text = whole[first:last].strip()
        if (number == 0 and cuts and len(text) <= _ANSWER) or not _says(text) or _IF.match(text):
            continue
        after = bounds[number + 1 : number + 3]  # "to swap it, though, is impossible": the denial stands alone behind a comma
        yield _clause(statement, first, last, text, [(first, last), *((a, b) for a, b in after if not _says(whole[a:b]))], asides)


def _clause(statement: Statement, first: int, last: int, text: str, spans: Sequence[Hit], asides: Sequence[Hit]) -> Clause:
    """Return one clause; what ``spans`` have besides ``first:last`` makes it unsure, what ``asides`` have does not count."""
    start, end = statement.start + first, statement.start + last
    inside = {name: [hit for hit in statement.hits.get(name, ()) if _within(hit, statement, spans, asides)] for name in _UNSURE}
    own = {name for name in _UNSURE if any(start <= at < end for at, _ in inside[name])}
    unsure = _has(statement, _ASIDE_FROM, start, end) or own != {name for name in _UNSURE if inside[name]}
    without = len(text.split()) > _LONG and all(is_without(statement, hit) for hit in inside["neg"])
    about = frozenset(name for name in statement.topics if any(start <= at < end for at, _ in statement.hits[name]))
    denies = bool(own & _DENIALS) and "only" not in own and not unsure and not without
    affirms = not own and not unsure and not _LAST_WORD.search(text) and not _has(statement, _NO_STATEMENT, start, end)
    return Clause(text, start, end, denies, affirms, frozenset(stems(text)), about)


def _within(hit: Hit, statement: Statement, spans: Sequence[Hit], asides: Sequence[Hit]) -> bool:
    at = hit[0] - statement.start
    return any(a <= at < b for a, b in spans) and not any(a <= at < b for a, b in asides)


def is_without(statement: Statement, hit: Hit) -> bool:
    """Tell whether a denial is a "without", which denies what follows it alone."""
    return bool(_WITHOUT.match(statement.text[hit[0] - statement.start : hit[1] - statement.start]))


def _has(statement: Statement, names: Sequence[str], start: int, end: int) -> bool:
    return any(start <= at < end for name in names for at, _ in statement.hits.get(name, ()))


def _says(text: str) -> bool:
    words = [match.group() for match in TOKEN.finditer(text) if len(match.group()) > 1]
    return len(words) >= _WORDS or any(len(word) >= _LETTERS and word[0] >= "\u0e00" for word in words)


def by_words(own: Sequence[Clause], known: Sequence[Clause]) -> Any:
    """Return how alike each clause of a reply is to each of the evidence, 0 to 1, by their words and topics."""
    words = np.zeros((len(own), len(known)), np.float32)
    topics = np.zeros_like(words)
    for row, one in enumerate(own):
        for column, other in enumerate(known):
            shared = len(one.stems & other.stems)
            words[row, column] = 2 * shared / (len(one.stems) + len(other.stems)) if shared else 0.0
            union = one.topics | other.topics
            about = len(one.topics & other.topics) / len(union) if union else 0.0
            topics[row, column] = about * (_ONE_TOPIC if len(union) == 1 else _TOPICS)
    unsure = [column for column, other in enumerate(known) if not (other.denies or other.affirms)]
    if unsure:  # where such a clause has the very words, a topic in common with another says less
        topics[words[:, unsure].max(axis=1, keepdims=True) - words >= _SAME_WORDS] /= 2
    return np.maximum(words, topics)


class _Denials(BaseModel):
    """Sentences that say and deny the same, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    pairs: Mapping[str, tuple[tuple[str, str], ...]]


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    return tuple(pair for several in load_yaml(DENIALS, _Denials).pairs.values() for pair in several)


class ByVectors:
    """Tells how alike clauses are by the vectors (of length one) that an encoder gives, whatever they deny, and by their words.

    A denial moves a vector towards all other denials: "the lamp cannot be dimmed" is nearer to "the mug cannot be heated" than to
    "the lamp is dimmable". The directions in which it does, seen in sentences that differ by a denial alone, are taken out.

    Args:
        encode: Gives the vectors, one row a text.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Any]) -> None:
        self._encode = encode

    def __call__(self, own: Sequence[Clause], known: Sequence[Clause]) -> Any:
        """Return the likeness of each clause of a reply to each of the evidence."""
        vectors = self._without_denial(self._encode([clause.text for clause in (*own, *known)]))
        return vectors[: len(own)] @ vectors[len(own) :].T + _WORDS_ADD * by_words(own, known)

    def _without_denial(self, vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
        moved = vectors - (vectors @ self._directions.T) @ self._directions
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), _MOVES))

    @cached_property
    def _directions(self) -> npt.NDArray[Any]:
        said = self._encode([pair[0] for pair in _pairs()])
        denied = self._encode([pair[1] for pair in _pairs()])
        _, moves, directions = np.linalg.svd(denied - said, full_matrices=False)
        return np.asarray(directions[:_DIRECTIONS][moves[:_DIRECTIONS] > _MOVES])


def turned(
    own: Sequence[Clause], known: Sequence[Clause], likeness: Near, bars: tuple[Bar, Bar] = BY_WORDS
) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a reply that say the reverse of a clause of the evidence, and whether that is sure.

    Args:
        own: The reply's clauses.
        known: The evidence's.
        likeness: ``by_words``, or :class:`ByVectors` of an encoder.
        bars: What it takes for a clause that affirms, and for one that denies.
    """
    if not (any(c.denies for c in own) and any(c.affirms for c in known)) and not (
        any(c.affirms for c in own) and any(c.denies for c in known)
    ):
        return
    own, known = _nearest(own, known)
    near = likeness(own, known)
    for row, one in enumerate(own):
        reverse = [column for column, other in enumerate(known) if _opposed(one, other)]
        if not reverse:
            continue
        best = max(reverse, key=lambda column: float(near[row, column]))
        score = float(near[row, best])
        alike = [float(near[row, column]) for column in range(len(known)) if column not in reverse]
        said = [float(near[line, best]) for line, other in enumerate(own) if line != row and not _opposed(other, known[best])]
        gap = score - max([0.0, *alike, *said])
        bar = bars[one.denies]
        if score < bar.least or gap < bar.ahead:
            continue
        if one.denies and bars is not BY_WORDS and not _LENGTHS[0] <= _length(one) / _length(known[best]) <= _LENGTHS[1]:
            continue
        yield one, score >= bar.surely and gap >= bar.surely_ahead


def _opposed(one: Clause, other: Clause) -> bool:
    return (one.denies and other.affirms) or (one.affirms and other.denies)


def _length(clause: Clause) -> int:
    return sum(_LETTERS_OF_DENSE if char >= _DENSE else 1 for char in clause.text)


def _nearest(own: Sequence[Clause], known: Sequence[Clause]) -> tuple[Sequence[Clause], Sequence[Clause]]:
    """Return the clauses of a reply, those of sure polarity first, and those of the evidence that share most with one."""
    own = sorted(own, key=lambda clause: not (clause.denies or clause.affirms))[:_MOST_OWN]
    if len(known) <= _MOST_KNOWN:
        return own, known
    known = sorted(known, key=lambda clause: not clause.denies)[:_RANKED]
    shared = by_words(own, known).max(axis=0)
    first = sorted(range(len(known)), key=lambda column: -float(shared[column]))[:_MOST_KNOWN]
    return own, [known[column] for column in first]
