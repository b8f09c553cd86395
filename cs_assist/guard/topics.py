"""Sensitive topics as data: what a reply leaves alone, by language, market and date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.context import Context
from cs_assist.guard.normal import Normal
from cs_assist.guard.rules import Reading
from cs_assist.guard.words import Hit, Lexicon, load_lexicon, word_language
from cs_assist.types import Finding

__all__ = ["TOPICS", "Topic", "TopicGuard", "load_topics"]

TOPICS = Path(__file__).parent / "data" / "topics"
_ALL = "all"
_OWN = "own_numbers"
_MOST = 20
Strength = Literal["block", "warn", "note", "none"]
_MILDER: dict[Strength, Strength] = {"block": "warn", "warn": "note", "note": "none", "none": "none"}


class Period(BaseModel):
    """Days from ``start`` to ``end``, both in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    end: date


class Topic(BaseModel):
    """One topic: the sets of words that one sentence has together, and how grave that is where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^topic_[a-z0-9_]{2,50}$")
    all_of: tuple[str, ...] = Field(min_length=1)
    #: Digits that must stand in the sentence too.
    numbers: tuple[str, ...] = ()
    severity: Strength
    markets: Mapping[str, Strength] = Field(default_factory=dict)
    when: Literal["", "ramadan"] = ""
    certainty: Literal["verified", "secondary", "general", "house"]
    message: str
    suggestion: str

    @model_validator(mode="after")
    def _unsure_never_blocks(self) -> Topic:
        if self.certainty == "general" and "block" in (self.severity, *self.markets.values()):
            raise ValueError("what is only general knowledge does not block")
        return self


class TopicFile(BaseModel):
    """The topics, the days that they depend on, and the home market of a language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ramadan: tuple[Period, ...]
    home: Mapping[str, str]
    topics: tuple[Topic, ...]


@cache
def load_topics(folder: Path = TOPICS) -> TopicFile:
    """Return the topics of a folder, read once.

    Raises:
        DataFileError: The file breaks the schema or names a set of words that English does not have.
    """
    path = folder / "_topics.yaml"
    file = load_yaml(path, TopicFile)
    known = load_lexicon(folder, "en").sets | load_lexicon(folder, _ALL).sets
    for topic in file.topics:
        unknown = [name for name in topic.all_of if name not in known]
        if unknown:
            raise DataFileError(f"'{topic.id}' names the unknown set '{unknown[0]}'", path=path, key="topics")
    return file


class TopicGuard:
    """The check: ``TopicGuard()(text, context)`` yields what a reply had better not speak of.

    Where the customer or the evidence speaks of the same topic, a finding is one step milder: who asks
    whether the sweets hold gelatine gets an answer.

    Example:
        >>> context = Context(language="en", market="US", platform=None, channel=None)
        >>> [finding.rule for finding in TopicGuard()("People like you always complain.", context)]
        ['topic_people']
    """

    def __init__(self, folder: Path = TOPICS) -> None:
        self._folder = folder
        self._file = load_topics(folder)

    def __call__(self, text: str, context: Context) -> Iterator[Finding]:
        """Yield findings, each with a span inside ``text``, by topic in the order of the file."""
        if not text:
            return
        language = word_language(context.language, self._folder)
        reading = Reading(text, context, load_lexicon(self._folder, language))
        everywhere = load_lexicon(self._folder, _ALL).hits(reading.normal.text)
        if not reading.hits and not everywhere:
            return
        merged = {**reading.hits, **everywhere}
        spoken: set[str] | None = None
        for topic in self._file.topics:
            severity = self._severity(topic, context)
            if severity == "none" or topic.id in context.allowed or any(name not in merged for name in topic.all_of):
                continue
            reading.hits = merged | self._numbers(topic, reading.normal)
            names = (*topic.all_of, _OWN) if topic.numbers else topic.all_of
            places = list(reading.together(names))[:_MOST]
            if places and spoken is None:
                spoken = self._spoken(context, language)
            if places and spoken is not None and set(topic.all_of) <= spoken:
                severity = _MILDER[severity]
            yield from _findings(topic, severity, places)

    def _severity(self, topic: Topic, context: Context) -> Strength:
        market = context.market or self._file.home.get(context.language, "")
        if topic.when and not (context.on and any(p.start <= context.on <= p.end for p in self._file.ramadan)):
            return "none"
        return topic.markets.get(market, topic.severity)

    def _spoken(self, context: Context, language: str) -> set[str]:
        """Return the sets that the customer's words or the evidence have."""
        lexicons = (load_lexicon(self._folder, language), load_lexicon(self._folder, _ALL))
        texts = [Normal(text).text for text in (context.customer_text, *context.evidence) if text]
        return {name for text in texts for lexicon in lexicons for name in lexicon.hits(text)}

    @staticmethod
    def _numbers(topic: Topic, text: Normal) -> dict[str, list[Hit]]:
        return _number_lexicon(topic.numbers).hits(text.text) if topic.numbers else {}


@cache
def _number_lexicon(numbers: tuple[str, ...]) -> Lexicon:
    return Lexicon("und", {_OWN: numbers})


def _findings(topic: Topic, severity: Strength, places: Iterable[Hit]) -> Iterator[Finding]:
    if severity == "none":
        return
    for start, end in places:
        yield Finding(
            rule=topic.id, severity=severity, start=start, end=end, message=topic.message, suggestion=topic.suggestion
        )  # fmt: skip
