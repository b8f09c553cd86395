"""Does a clause of a reply deny what a clause of the evidence affirms, or the reverse?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs_assist.guard.spoken import TOKEN
from cs_assist.guard.statements import Statement, stems
from cs_assist.guard.words import Hit

__all__ = ["Clause", "Near", "by_vectors", "by_words", "clauses", "is_without", "turned"]

#: Where what is said of one thing ends: a sign, or a word for "but".
_CUT = re.compile(
    r"[,，、،;؛；:：—–/](?!\d)\s*|(?<=[\u0e00-\u0e7f])\s(?=[\u0e00-\u0e7f])|(?<=[며만고])\s(?=[가-힣])|\s(?:but|aber|sondern|mais|pero|sino|mas|ma|però|maar|men|ale|но|ama|fakat|ancak|"
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
#: Words of exception and indifference: what is denied, or affirmed, beside them is not the thing itself.
_EXCEPT = re.compile(
    r"\b(?:except|other than|regardless|irrespective|außer|ausgenommen|unabhängig|egal|sauf|hormis|quel que soit|excepto|salvo"
    r"|exceto|tranne|eccetto|behalve|ongeacht|utom|förutom|oavsett|oprócz|wyjątkiem|niezależnie|кроме|исключени\w{1,3}|независимо"
    r"|hariç|dışında|bakılmaksızın|kecuali|selain|trừ|bất kể|apart from)\b|ยกเว้น|นอกจาก|सिवाय|अलावा|إلا|باستثناء|ما عدا|بغض النظر"
    r"|除|无论|無論|不论|不論|以外|関わらず|かかわらず|제외|상관없이|관계없이"
)
#: Words that forbid or end something without a denial, and a denial at the very end.
_BARS = re.compile(
    r"\b(?:avoid\w{0,3}|void\w{0,2}|laps(?:e|ed|es)|evit\w{0,4}|évit\w{1,3}|vermeid\w{1,3}|erlischt|erlöschen"
    r"|verf[aä]ll\w{1,3}|undvik\w{0,2}|vermijd\w{0,2}|vervall?t?|unika\w{1,4}|избега\w{1,5}|сгора\w{1,4}|kaçın\w{1,6}|hindari\w{0,3}|elak\w{0,3}|hangus|tránh)\b"
    r"|เลี่ยง|避免|避け|避开|避開|失效|失効|피하|피해|삼가|बचें|बचाएं|تجنب"
    r"|\s(?:no|non|nein|nee|nej|não|nie|нет|hayır|yok|tidak|nahi|nahin|नहीं)\s*[.!।]?\Z"
)
#: "Without" denies what follows it; in a long clause that is not what the clause is about.
_WITHOUT = re.compile(
    r"without|ohne|sans|sin|sem|senza|zonder|utan|bez|без|tanpa|không cần|ไม่มี|बिना|bina|بدون|دون|无|無|なし|없이"
)
_LONG = 8
#: A clause says something from so many words on; from so many letters on where words are not spaced.
_WORDS, _LETTERS = 2, 4
#: What makes it unsure that a clause affirms: words that are near to a denial.
_UNSURE = ("neg", "neg_too", "harmless", "free", "free_too", "you_pay", "excluded", "only", "unopened", "unused", "out", "before")
#: Clauses of a reply and of its evidence that are compared.
_MOST = 14
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
    unsure = bool(_EXCEPT.search(text)) or own != {name for name in _UNSURE if inside[name]}
    without = len(text.split()) > _LONG and all(is_without(statement, hit) for hit in inside["neg"])
    about = frozenset(name for name in statement.topics if any(start <= at < end for at, _ in statement.hits[name]))
    denies = "neg" in own and "only" not in own and not unsure and not without
    affirms = not own and not unsure and not _BARS.search(text)
    return Clause(text, start, end, denies, affirms, frozenset(stems(text)), about)


def _within(hit: Hit, statement: Statement, spans: Sequence[Hit], asides: Sequence[Hit]) -> bool:
    at = hit[0] - statement.start
    return any(a <= at < b for a, b in spans) and not any(a <= at < b for a, b in asides)


def is_without(statement: Statement, hit: Hit) -> bool:
    """Tell whether a denial is a "without", which denies what follows it alone."""
    return bool(_WITHOUT.match(statement.text[hit[0] - statement.start : hit[1] - statement.start]))


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
