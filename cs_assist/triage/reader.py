"""Understand: one message, and what came before it, to a :class:`~cs_assist.types.Triage`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.triage.cleaning import Cleaned, clean, html_to_text
from cs_assist.triage.entities import find_entities
from cs_assist.triage.heads import SHIPPED, Heads
from cs_assist.triage.language import LanguageReader
from cs_assist.triage.signals import SignalHit, Signals, load_signals
from cs_assist.types import LANGUAGES, Emotion, Entity, Hit, Intent, Message, Priority, Triage, Urgency

_MAIL_CHANNELS = {"email", "marketplace"}
_STYLES = {"es": "es-419", "pt": "pt-BR"}
_PRIORITY: dict[Urgency, Priority] = {
    Urgency.CRITICAL: "P1",
    Urgency.HIGH: "P2",
    Urgency.NORMAL: "P3",
    Urgency.LOW: "P4",
}
#: Signals that are also intents, in the taxonomy's order of precedence.
_SIGNAL_INTENTS = ("safety_issue", "legal_threat", "human_request")
_UNSURE_BELOW = 0.5


class MessageEncoder(Protocol):
    """What the reader needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and content hash."""
        ...

    def encode_messages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return what the heads read of each text."""
        ...


@dataclass(frozen=True)
class Read:
    """A message made ready: what is read of it, and the language's candidates."""

    cleaned: Cleaned
    languages: list[tuple[str, float]]


class MessageReader:
    """Reads messages for intent, emotion, dissatisfaction, urgency, language and entities.

    Args:
        encoder: Text to vectors; its revision must be that of the heads.
        market_languages: The languages of each market, first its default: the prior for short texts.
        heads: A heads file; the shipped one by default.
        signals: The stated rules; the shipped ones by default.

    Raises:
        HeadMismatchError: The heads were trained on another encoder.
    """

    def __init__(
        self,
        encoder: MessageEncoder,
        *,
        market_languages: Mapping[str, Sequence[str]],
        heads: Path = SHIPPED,
        signals: Signals | None = None,
    ) -> None:
        self._encoder = encoder
        self._market_languages = market_languages
        self._heads = Heads(heads, revision=encoder.revision)
        self._signals = signals or load_signals()
        self._language = LanguageReader()

    def __call__(self, message: Message, *, known_language: str | None = None) -> Triage:
        """Return what ``message`` is.

        Args:
            message: Its market, shop locale and history are the prior for the language.
            known_language: The language of the conversation so far.
        """
        return self.read_many([message], known_languages=[known_language])[0]

    def identify(self, text: str) -> tuple[str, float]:
        """Return the likeliest language of a text and its probability, without any prior; ``und`` without words."""
        return self._language.read(text)[0]

    def read_many(self, messages: Sequence[Message], *, known_languages: Sequence[str | None] | None = None) -> list[Triage]:
        """Return one triage a message; the encoder reads them in length-sorted batches."""
        known = known_languages or [None] * len(messages)
        reads = [self._prepare(message, language) for message, language in zip(messages, known, strict=True)]
        vectors = self._encoder.encode_messages([read.cleaned.text for read in reads])
        scores = self._heads.score(vectors)
        return [
            self._judge(
                read,
                intents=scores.intents[row],
                emotions=scores.emotions[row],
                p_dissatisfied=float(scores.dissatisfied[row]),
                urgencies=scores.urgencies[row],
                intensity=float(scores.intensity[row]),
            )
            for row, read in enumerate(reads)
        ]

    def _prepare(self, message: Message, known_language: str | None) -> Read:
        text = html_to_text(message.html) if message.html else message.text
        cleaned = clean(text, mail=message.channel in _MAIL_CHANNELS)
        ranked = self._language.read(cleaned.text, prior=self._prior(message, known_language))
        return Read(cleaned, [(self._style(tag, message.market), p) for tag, p in ranked])

    def _prior(self, message: Message, known_language: str | None) -> dict[str, float]:
        prior: dict[str, float] = {}
        for rank, tag in enumerate(self._market_languages.get(message.market or "", ())):
            prior[_base(tag)] = 1.0 / (1 + rank)
        for hint in (message.language, known_language):
            if hint:
                prior[_base(hint)] = prior.get(_base(hint), 0) + 2.0
        return prior

    def _style(self, tag: str, market: str | None) -> str:
        style = _STYLES.get(tag)
        return style if style and style in self._market_languages.get(market or "", ()) else tag

    def _judge(
        self,
        read: Read,
        *,
        intents: npt.NDArray[np.float32],
        emotions: npt.NDArray[np.float32],
        p_dissatisfied: float,
        urgencies: npt.NDArray[np.float32],
        intensity: float,
    ) -> Triage:
        hits = self._signals.find(read.cleaned.text)
        by_intent = dict(zip(self._heads.intents, (float(p) for p in intents), strict=True))
        ranked = _with_signals(by_intent, hits, self._heads)
        intent = Intent(ranked[0][0])
        bare = self._signals.is_bare(read.cleaned.text)
        if bare:
            p_dissatisfied = min(p_dissatisfied, 0.2)
        dissatisfied = p_dissatisfied >= self._heads.dissatisfied_at
        by_emotion = _ranked(self._heads.emotions, emotions)
        emotion = Emotion(by_emotion[0][0])
        strength = 0.0 if emotion is Emotion.NEUTRAL else round(intensity, 3)
        learned = Urgency(_ranked(self._heads.urgencies, urgencies)[0][0])
        urgency = _urgency(learned, intent, hits, strong=dissatisfied and strength >= 0.7)
        return Triage(
            text=read.cleaned.text,
            language=read.languages[0][0],
            languages=_clip(read.languages),
            intent=intent,
            intents=_clip(ranked),
            emotion=emotion,
            emotions=_clip(by_emotion),
            intensity=strength,
            dissatisfied=dissatisfied,
            p_dissatisfied=round(p_dissatisfied, 4),
            urgency=urgency,
            priority=_PRIORITY[urgency],
            bare=bare,
            entities=tuple(_moved(entity, read.cleaned) for entity in find_entities(read.cleaned.text)),
            hits=tuple(_as_hit(hit, read.cleaned) for hit in hits),
            flags=_flags(read, ranked, hits),
        )


def _with_signals(by_intent: dict[str, float], hits: list[SignalHit], heads: Heads) -> list[tuple[str, float]]:
    """Return the intents with the stated rules worked in, ranked; the probabilities sum to 1.

    How much a rule's hit and the head's own score weigh is learned (``signal.*`` in the heads file).
    """
    found = {hit.signal for hit in hits}
    fixed = {
        name: heads.signal_probability(name, by_intent[name], hit=name in found) for name in _SIGNAL_INTENTS if name in by_intent
    }
    taken = 0.0
    for name in fixed:  # the taxonomy's order: what is settled by an earlier one is not there for a later one
        fixed[name] = min(fixed[name], 1 - taken)
        taken += fixed[name]
    others = sum(p for name, p in by_intent.items() if name not in fixed)
    scale = (1 - taken) / others if others else 0.0
    merged = {name: fixed.get(name, p * scale) for name, p in by_intent.items()}
    return sorted(merged.items(), key=lambda pair: -pair[1])


def _urgency(learned: Urgency, intent: Intent, hits: list[SignalHit], *, strong: bool) -> Urgency:
    """Return the urgency: the taxonomy's hard rules first, then the learned one."""
    grave = {"safety_issue", "legal_threat", "data_exposed", "self_harm"}
    if intent.value in grave or grave & {hit.signal for hit in hits}:
        return Urgency.CRITICAL
    if learned is Urgency.CRITICAL or (strong and learned is not Urgency.HIGH):
        return Urgency.HIGH
    return learned


def _flags(read: Read, ranked: list[tuple[str, float]], hits: list[SignalHit]) -> tuple[str, ...]:
    flags = [f"rule:{hit.signal}" for hit in hits]
    language = read.languages[0][0]
    if not read.cleaned.text:
        flags.append("empty")
    elif language == "und":
        flags.append("no_words")
    if language not in LANGUAGES and language != "und":
        flags.append("unsupported_language")
    if read.cleaned.truncated:
        flags.append("truncated")
    if ranked[0][1] < _UNSURE_BELOW:
        flags.append("unsure")
    return tuple(flags)


def _ranked(labels: Sequence[str], row: npt.NDArray[np.float32]) -> list[tuple[str, float]]:
    return sorted(zip(labels, (float(p) for p in row), strict=True), key=lambda pair: -pair[1])


def _clip(ranked: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple((name, round(min(1.0, max(0.0, p)), 4)) for name, p in ranked)


def _base(tag: str) -> str:
    return {"es-419": "es", "pt-BR": "pt"}.get(tag, tag)


def _moved(entity: Entity, cleaned: Cleaned) -> Entity:
    start = cleaned.original(entity.start)
    return entity.model_copy(update={"start": start, "end": cleaned.original(entity.end - 1) + 1})


def _as_hit(hit: SignalHit, cleaned: Cleaned) -> Hit:
    return Hit(
        signal=hit.signal,
        language=hit.language,
        start=cleaned.original(hit.start),
        end=cleaned.original(hit.end - 1) + 1,
    )
