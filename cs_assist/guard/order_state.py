"""In what state a reply says that an order is, beside the state that the shop's own facts give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.evidence import Evidence
from cs_assist.guard.statements import Statement
from cs_assist.guard.words import Hit, Lexicon, word_language

__all__ = ["PATH", "is_status", "mistaken", "said_states", "states_known"]

PATH = Path(__file__).parent / "data" / "order_states.yaml"
#: A line of the order's facts (``check.order_facts``), and one that a shop adds about the payment.
_STATUS = re.compile(
    r"^\s{0,9}(?:order |delivery |shipping )?status\s{0,3}[:=]\s{0,3}([a-z]{2,16}(?:[ _][a-z]{2,12}){0,2})\s{0,9}\.?$",
    re.MULTILINE,
)
_PAYMENT = re.compile(r"^\s{0,9}payment(?: status)?\s{0,3}[:=]\s{0,3}([a-z]{4,12})\s{0,9}\.?$", re.MULTILINE)
#: Other names of a shop for the same.
_SAME = {"canceled": "cancelled", "preparing": "processing", "in_transit": "shipped", "dispatched": "shipped"}
_SAME_PAYMENT = {"received": "paid", "completed": "paid", "pending": "unpaid", "failed": "unpaid", "open": "unpaid"}
#: A denial inside a phrase, or so near before it, takes it back; what is denied has phrases of its own ("not shipped yet").
_DENIALS = ("neg", "harmless")
_NEAR = 12
_BREAK = frozenset(",，、،;；:：")
#: What a customer sees with his own eyes, and a shop's facts may not know yet.
_WITNESSED = frozenset(["delivered", "returned", "paid"])


class StateFile(BaseModel):
    """How the states of an order are said, and which states of the shop's facts each contradicts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    states: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, Mapping[str, tuple[str, ...]]]


@cache
def _file(path: Path = PATH) -> StateFile:
    file = load_yaml(path, StateFile)
    for tag, sets in file.languages.items():
        if unknown := {name.removesuffix("_not") for name in sets} - file.states.keys():
            raise DataFileError(f"'{tag}' names the unknown state '{min(unknown)}'", path=path, key="languages")
    return file


@cache
def _lexicon(tag: str) -> Lexicon:
    return Lexicon(tag, _file().languages[tag])


def _tag(language: str) -> str:
    """Return the key under ``languages`` that serves a language, or nothing."""
    known = _file().languages
    root = language.split("-")[0]
    return next((tag for tag in (language, word_language(language, PATH.parent / "claims"), root) if tag in known), "")


def states_known(known: Evidence) -> frozenset[str]:
    """Return the states that the order's own facts give."""
    found: set[str] = set()
    for reading in known.readings:
        for match in _STATUS.finditer(reading.seen.text):
            value = match[1].replace(" ", "_")
            found.add(_SAME.get(value, value))
        for match in _PAYMENT.finditer(reading.seen.text):
            found.add(_SAME_PAYMENT.get(match[1], match[1]))
    return frozenset(found)


def is_status(other: Statement) -> bool:
    """Whether a sentence of the evidence is a line of the order's facts that gives its state."""
    return bool(_STATUS.search(other.text) or _PAYMENT.search(other.text))


def said_states(statement: Statement, language: str) -> dict[str, Hit]:
    """Return the states that a sentence says an order is in, each with its place; none in a question or under a condition.

    Example:
        >>> from cs_assist.guard.statements import stated
        >>> _, (statement,) = stated("Your order has not been shipped yet.", "en")
        >>> said_states(statement, "en")
        {'unsent': (15, 31)}
    """
    tag = _tag(language)
    return _sure(statement, tag) if tag else {}


def _sure(statement: Statement, tag: str) -> dict[str, Hit]:
    if statement.asks or statement.has("conditional"):
        return {}
    hits = _lexicon(tag).hits(statement.text)
    return {
        name: (statement.start + places[0][0], statement.start + places[0][1])
        for name, several in hits.items()
        if (places := [hit for hit in several if _is_sure(statement, name, hit)])
    }


def _is_sure(statement: Statement, name: str, hit: Hit) -> bool:
    """Whether a phrase says what it says without a denial and without "after" or "before" in front of it."""
    start, end = statement.start + hit[0], statement.start + hit[1]
    if not name.startswith("un"):
        for near in (place for kind in _DENIALS for place in statement.hits.get(kind, ())):
            between = statement.text[max(0, near[1] - statement.start) : hit[0]]
            if start <= near[0] < end or (near[1] <= start and len(between) <= _NEAR and not _BREAK.intersection(between)):
                return False
    for place in (place for kind in ("after", "before") for place in statement.hits.get(kind, ())):
        between = statement.text[max(0, place[1] - statement.start) : hit[0]]
        if place[0] <= start and not _BREAK.intersection(between):
            return False
    return True


def mistaken(own: Sequence[Statement], known: Evidence, said: Evidence, language: str) -> Iterator[tuple[Hit, str]]:
    """Yield what is said of an order's state and contradicts all that its facts give: its place, and these facts.

    What the evidence says elsewhere in words, or the customer tells of his own parcel, is no mistake.

    Args:
        own: The reply's sentences.
        known: The evidence.
        said: What the customer wrote.
        language: The reply's.
    """
    given = states_known(known)
    if not given:
        return
    for statement in own:
        for name, hit in said_states(statement, language).items():
            facts = given & _beside(name)
            if not facts or not facts <= set(_file().states[name]) or _told(name, known):
                continue
            if not (name in _WITNESSED and _tells(name, said, language)):
                yield hit, ", ".join(sorted(facts))


@cache
def _beside(name: str) -> frozenset[str]:
    """Return the states that a saying is compared with: those of the payment, or those of the order."""
    payment = frozenset(["paid", "unpaid"])
    return payment if name in payment else frozenset(state for several in _file().states.values() for state in several) - payment


def _told(name: str, known: Evidence) -> bool:
    """Whether the evidence says the same in words, in any of our languages."""
    others = [other for other in known.statements if not is_status(other)]
    return any(name in _sure(other, tag) for other in others for tag in _file().languages)


def _tells(name: str, said: Evidence, language: str) -> bool:
    return any(name in _lexicon(_tag(language)).hits(other.text) for other in said.statements if not other.asks)
