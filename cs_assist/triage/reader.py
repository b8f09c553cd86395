"""Understand: one message, and what came before it, to a :class:`~cs_assist.types.Triage`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.labels import Intent
from cs_assist.sentences import sentences_of
from cs_assist.triage.cleaning import Cleaned, clean, read_body
from cs_assist.triage.context import REACH, Reading, features, row, says_again
from cs_assist.triage.entities import find_entities
from cs_assist.triage.heads import GRAVE, SHIPPED, Heads
from cs_assist.triage.language import LanguageReader, words_of
from cs_assist.triage.own_intents import OwnIntents
from cs_assist.triage.salutation import without_salutation
from cs_assist.triage.signals import SignalHit, Signals, has_angry_sign, load_signals
from cs_assist.triage.styles import style_of
from cs_assist.types import LANGUAGES, Emotion, Entity, Hit, Message, Priority, Triage, Turn, Urgency, canonical_tag

_MAIL_CHANNELS = {"email", "marketplace"}
_PRIORITY: dict[Urgency, Priority] = {
    Urgency.CRITICAL: "P1",
    Urgency.HIGH: "P2",
    Urgency.NORMAL: "P3",
    Urgency.LOW: "P4",
}
#: The probability from which an earlier turn tells the language that is spoken.
_LIKELY = 0.5
_TELLING = 5  # bytes that its words have at least: "Danke", "はい"
_NO_DOUBT = 0.0005
#: The probability from which a sentence alone tells that something grave is stated in a message about something else: lower where
#: a miss costs more. Of 12,176 messages by authors unknown to the encoder four are so read that are labelled otherwise. Threats
#: are not among them: they are read well from whole messages, and "my husband is a lawyer" needs its context.
_STATED = {"safety_issue": 0.7, "human_request": 0.95}
_DISPLEASED = (Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.DISAPPOINTED)
_STATING = {"displeased", "angry_sign"}
#: What is about others than the shop, however it is said.
_OTHERS = frozenset({Intent.OUT_OF_SCOPE, Intent.SPAM})
_WRAPPER = 3_000  # characters above the customer's words in which a marketplace names the order


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
    """A message made ready: what is read of it, the language's candidates, and the earlier turns of both sides.

    ``answered``: the shop has spoken in between. ``repeated``: and an earlier message says the same, word for word.
    """

    cleaned: Cleaned
    languages: list[tuple[str, float]]
    earlier: tuple[str, ...]
    said: tuple[str, ...]
    answered: bool
    repeated: bool
    market: str | None
    wrapper: str


@dataclass(frozen=True)
class _Scored:
    """What the heads say of one message."""

    intents: dict[str, float]
    secondary: dict[str, float]
    emotions: npt.NDArray[np.float32]
    urgencies: npt.NDArray[np.float32]
    p_dissatisfied: float
    intensity: float
    alarms: dict[str, float]


class MessageReader:
    """Reads messages for intent, emotion, dissatisfaction, urgency, language and entities.

    Args:
        encoder: Text to vectors; its revision must be that of the heads.
        market_languages: The languages of each market, first its default: the prior for short texts.
        heads: A heads file; the shipped one by default.
        own_intents: A folder that ``cs-assist train`` wrote, read in place of the shipped intents. Safety
            issues, legal threats and wishes for a person are still read by the shipped heads.
        signals: The stated rules; the shipped ones by default.
        order_patterns: The seller's own order numbers, as the settings have checked them.

    Raises:
        HeadMismatchError: The heads were trained on another encoder.
    """

    def __init__(
        self,
        encoder: MessageEncoder,
        *,
        market_languages: Mapping[str, Sequence[str]],
        heads: Path = SHIPPED,
        own_intents: Path | None = None,
        signals: Signals | None = None,
        order_patterns: Sequence[str] = (),
    ) -> None:
        self._encoder = encoder
        self._market_languages = market_languages
        self._heads = Heads(heads, revision=encoder.revision)
        self._own = OwnIntents.load(own_intents, revision=encoder.revision) if own_intents else None
        self._signals = signals or load_signals()
        self._order_patterns = tuple(re.compile(pattern) for pattern in order_patterns)
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
        """Return one triage a message; the encoder reads them, and their latest turns, in length-sorted batches."""
        known = known_languages or [None] * len(messages)
        reads = [self._prepare(message, language) for message, language in zip(messages, known, strict=True)]
        texts = [read.cleaned.text for read in reads]
        before = [text for read in reads for text in (*read.earlier, *read.said)]
        matters = [without_salutation(text) for text in [*texts, *before]]
        vectors = self._encoder.encode_messages(matters)
        hits = [self._signals.find(text) for text in texts]
        stated = self._stated(texts, hits)
        scores = self._score(reads, matters, vectors)
        return [self._judge(*told) for told in zip(reads, scores, hits, stated, strict=True)]

    def _stated(self, texts: Sequence[str], hits: Sequence[Sequence[SignalHit]]) -> list[dict[str, float]]:
        """Return, for each message, how likely what is grave is by the sentence that hit its rule, where that alone says so.

        Three lines about an order and "I want to talk to a person": as a whole it is about the order.
        """
        found = [(i, hit) for i, of in enumerate(hits) for hit in of if hit.signal in _STATED]
        parts = [(i, hit, part) for i, hit in found if (part := sentences_of(texts[i], hit.start, hit.end)) != texts[i].strip()]
        stated: list[dict[str, float]] = [{} for _ in texts]
        if not parts:
            return stated
        matters = [without_salutation(part) for *_, part in parts]
        scores = self._heads.score(self._encoder.encode_messages(matters), matters)
        for at, (i, hit, _) in enumerate(parts):
            p = float(scores.intents[at, self._heads.intents.index(hit.signal)])
            alarm = float(scores.alarms[at, GRAVE.index(hit.signal)])
            if (likely := self._heads.signal_probability(hit.signal, p, hit=True, alarm=alarm)) >= _STATED[hit.signal]:
                stated[i][hit.signal] = likely
        return stated

    def _score(self, reads: Sequence[Read], texts: Sequence[str], vectors: npt.NDArray[np.float32]) -> Iterator[_Scored]:
        """Yield what the heads say of each message; the rows after the messages' are those of earlier turns."""
        # Of what the shop has said only the vectors are looked at.
        own_words = [customers for read in reads for customers in (*(True for _ in read.earlier), *(False for _ in read.said))]
        worded = [text if customers else "" for text, customers in zip(texts[len(reads) :], own_words, strict=True)]
        scores = self._heads.score(vectors, [*texts[: len(reads)], *worded])
        own = self._own.score(texts[: len(reads)], vectors[: len(reads)]) if self._own else None
        half = vectors.shape[1] // 2

        def turn(i: int) -> Reading:
            return Reading(vectors[i, :half], scores.intents[i], float(scores.displeasure[i]))

        at = len(reads)
        for number, read in enumerate(reads):
            p = float(scores.dissatisfied[number])
            if read.earlier:
                middle, end = at + len(read.earlier), at + len(read.earlier) + len(read.said)
                said = [vectors[i, :half] for i in range(middle, end)]
                exchange = self._heads.exchange(texts[number], without_salutation(read.said[-1]) if read.said else "")
                before = [turn(i) for i in range(at, middle)]
                found = features(turn(number), before, said, answered=read.answered, exchange=exchange)
                p = self._heads.dissatisfied_in_context(row(found, vectors[number], scores.emotions[number], said))
            at += len(read.earlier) + len(read.said)
            shipped = _by_label(self._heads.intents, scores.intents[number])
            if self._own is not None and own is not None:
                # What must never be missed is read by the shipped heads, whatever the seller's intents are.
                grave = {name: shipped[name] for name in GRAVE}
                intents, besides = _by_label(self._own.labels, own[number]) | grave, {}
            else:
                intents, besides = shipped, _by_label(self._heads.intents, scores.secondary[number])
            yield _Scored(
                intents, besides, scores.emotions[number], scores.urgencies[number], p, float(scores.intensity[number]),
                _by_label(GRAVE, scores.alarms[number]),
            )  # fmt: skip

    def _prepare(self, message: Message, known_language: str | None) -> Read:
        mail = message.channel in _MAIL_CHANNELS
        body = read_body(message.text, message.html, mail=mail)
        cleaned = clean(body.text, mail=mail, cut=body.cut)
        above = cleaned.original(0) if message.channel == "marketplace" else cleaned.wrapped
        wrapper = body.text[: min(above, _WRAPPER)]
        said = [i for i, turn in enumerate(message.history) if turn.role == "customer" and turn.text.strip()][-REACH:]
        earlier = tuple(clean(message.history[i].text, mail=mail).text for i in said)
        shop = [turn.text for turn in message.history if turn.role in ("bot", "agent") and turn.text.strip()][-REACH:]
        spoken = known_language or self._spoken(earlier) or self._spoken(shop)
        # "no", "ok" and "merci" are words of many languages: between two turns they are of the one that is spoken.
        if spoken and self._signals.is_bare(cleaned.text):
            ranked = self._language.read(cleaned.text, prior={_base(spoken): 1.0}, doubt=_NO_DOUBT)
        else:
            ranked = self._language.read(cleaned.text, prior=self._prior(message, spoken))
        answered = bool(said) and _is_answered(message.history[said[0] :])
        repeated = any(
            says_again(cleaned.text, text)
            for i, text in zip(said, earlier, strict=True)
            if _is_answered(message.history[i + 1 :])
        )
        style = partial(
            style_of, texts=(cleaned.text, *earlier), market=message.market,
            spoken=self._market_languages.get(message.market or "", ()), hints=(known_language, message.language),
        )  # fmt: skip
        return Read(
            cleaned, [(style(tag), p) for tag, p in ranked], earlier,
            tuple(clean(text, mail=False).text for text in shop) if earlier else (), answered, repeated, message.market, wrapper,
        )  # fmt: skip

    def _spoken(self, earlier: Sequence[str]) -> str | None:
        """Return the language of the latest of the earlier turns that is likelier than not in one; "no" is a word of many."""
        read = (self._language.read(text)[0] for text in reversed(earlier) if len(words_of(text).encode()) >= _TELLING)
        return next((tag for tag, p in read if p >= _LIKELY and tag != "und"), None)

    def _prior(self, message: Message, known_language: str | None) -> dict[str, float]:
        prior: dict[str, float] = {}
        for rank, tag in enumerate(self._market_languages.get(message.market or "", ())):
            prior[_base(tag)] = 1.0 / (1 + rank)
        for hint in (message.language, known_language):
            if hint:
                prior[_base(hint)] = prior.get(_base(hint), 0) + 2.0
        return prior

    def _judge(self, read: Read, scored: _Scored, hits: Sequence[SignalHit], stated: Mapping[str, float]) -> Triage:
        ranked = _with_signals(scored, hits, stated, self._heads)
        intent = ranked[0][0]
        also = sorted(((n, p) for n, p in scored.secondary.items() if n != intent), key=lambda pair: -pair[1])
        bare = self._signals.is_bare(read.cleaned.text)
        unsure = bare or ranked[0][1] < (self._own.unsure_below if self._own else self._heads.unsure_below)
        by_emotion = _ranked(self._heads.emotions, scored.emotions)
        emotion = Emotion(by_emotion[0][0])
        p_dissatisfied = min(scored.p_dissatisfied, 0.2) if bare else scored.p_dissatisfied
        start = self._heads.dissatisfied_at(in_context=bool(read.earlier))
        told = [] if bare else _told(read, emotion, intent, hits)
        if told:
            p_dissatisfied = max(p_dissatisfied, start)
        if emotion not in _DISPLEASED and not _STATING.isdisjoint(told):  # "I am furious" is no worry
            emotion = max(_DISPLEASED, key=lambda name: scored.emotions[self._heads.emotions.index(name)])
        dissatisfied = p_dissatisfied >= start
        strength = 0.0 if emotion is Emotion.NEUTRAL else round(scored.intensity, 3)
        learned = Urgency(_ranked(self._heads.urgencies, scored.urgencies)[0][0])
        urgency = _urgency(learned, intent, hits, strong=dissatisfied and strength >= 0.7)
        return Triage(
            text=read.cleaned.text,
            language=read.languages[0][0],
            languages=_clip(read.languages),
            intent=intent,
            intents=_clip(ranked),
            secondary=_clip([(name, p) for name, p in also if p >= self._heads.secondary_at]),
            unsure=unsure,
            emotion=emotion,
            emotions=_clip(by_emotion),
            intensity=strength,
            dissatisfied=dissatisfied,
            p_dissatisfied=round(p_dissatisfied, 4),
            urgency=urgency,
            priority=_PRIORITY[urgency],
            bare=bare,
            entities=tuple(self._entities(read)),
            hits=tuple(_as_hit(hit, read.cleaned) for hit in hits),
            flags=_flags(
                read,
                [*(hit.signal for hit in hits if hit.signal != "displeased"), *told],
                unsure=unsure,
                possible=self._possible(ranked),
                thanks=self._signals.is_thanks(read.cleaned.text),
            ),
        )

    def _possible(self, ranked: Sequence[tuple[str, float]]) -> list[str]:
        """Return what must not be missed and is likely enough to be looked at, though another intent leads."""
        return [name for name, p in ranked[1:] if name in GRAVE and p >= self._heads.possible_at(name)]

    def _entities(self, read: Read) -> list[Entity]:
        """Return what is found in the customer's words, and the order that the marketplace's wrapper above them names."""
        language = read.languages[0][0]
        find = partial(find_entities, market=read.market, language=language, order_patterns=self._order_patterns)
        above = [entity for entity in find(read.wrapper) if entity.type == "order_number"]
        return above + [_moved(entity, read.cleaned) for entity in find(read.cleaned.text)]


def _with_signals(
    scored: _Scored, hits: Sequence[SignalHit], stated: Mapping[str, float], heads: Heads
) -> list[tuple[str, float]]:
    """Return the intents with the stated rules and the alarms worked in, ranked; the probabilities sum to 1.

    How much a rule's hit, an alarm and the head's own score weigh is learned (``signal.*`` in the heads file). What a sentence
    has ``stated`` by itself is at least as likely as it says.
    """
    found, by_intent = {hit.signal for hit in hits}, scored.intents
    fixed = {
        name: max(
            heads.signal_probability(name, by_intent[name], hit=name in found, alarm=scored.alarms[name]), stated.get(name, 0.0)
        )
        for name in GRAVE
        if name in by_intent
    }
    taken = 0.0
    for name in fixed:  # the taxonomy's order: what is settled by an earlier one is not there for a later one
        fixed[name] = min(fixed[name], 1 - taken)
        taken += fixed[name]
    gravest = next((name for name in fixed if name in found), None)
    if gravest is not None:  # "get me a manager, the phone exploded": of what is grave the earlier in that order comes first
        leading = max(fixed, key=lambda name: fixed[name])
        if GRAVE.index(gravest) < GRAVE.index(leading):
            fixed[gravest], fixed[leading] = fixed[leading], fixed[gravest]
    others = sum(p for name, p in by_intent.items() if name not in fixed)
    scale = (1 - taken) / others if others else 0.0
    merged = {name: fixed.get(name, p * scale) for name, p in by_intent.items()}
    return sorted(merged.items(), key=lambda pair: -pair[1])


def _urgency(learned: Urgency, intent: str, hits: Sequence[SignalHit], *, strong: bool) -> Urgency:
    """Return the urgency: the taxonomy's hard rules first, then the learned one."""
    grave = {"safety_issue", "legal_threat", "data_exposed", "self_harm"}
    if intent in grave or grave & {hit.signal for hit in hits}:
        return Urgency.CRITICAL
    if learned is Urgency.CRITICAL or (strong and learned is not Urgency.HIGH):
        return Urgency.HIGH
    return learned


def _is_answered(turns: Sequence[Turn]) -> bool:
    return any(turn.role in ("bot", "agent") for turn in turns)


def _told(read: Read, emotion: Emotion, intent: str, hits: Sequence[SignalHit]) -> list[str]:
    """Return what shows displeasure by itself: an angry sign, the same words after the shop has spoken, a set phrase.

    Said again, or in jest, by somebody who is happy they show none; nor does a set phrase about somebody else.
    """
    happy = emotion is Emotion.HAPPY  # "thank you very much" is said again, too; "a disgrace how good these are"
    shown = {
        "repeated": read.repeated and not happy,
        "angry_sign": has_angry_sign(read.cleaned.text),
        "displeased": not happy and intent not in _OTHERS and any(hit.signal == "displeased" for hit in hits),
    }
    return [name for name, is_shown in shown.items() if is_shown]


def _flags(read: Read, told: Sequence[str], *, unsure: bool, possible: Sequence[str], thanks: bool) -> tuple[str, ...]:
    flags = [f"rule:{name}" for name in told] + [f"possible:{name}" for name in possible]
    language = read.languages[0][0]
    if not read.cleaned.text:
        flags.append("empty")
    elif language == "und":
        flags.append("no_words")
    if language not in LANGUAGES and language != "und":
        flags.append("unsupported_language")
    if read.cleaned.truncated:
        flags.append("truncated")
    if unsure:
        flags.append("unsure")
    if thanks:
        flags.append("thanks")
    return tuple(flags)


def _by_label(labels: Sequence[str], row: npt.NDArray[np.float32]) -> dict[str, float]:
    return dict(zip(labels, (float(p) for p in row), strict=True))


def _ranked(labels: Sequence[str], row: npt.NDArray[np.float32]) -> list[tuple[str, float]]:
    return sorted(zip(labels, (float(p) for p in row), strict=True), key=lambda pair: -pair[1])


def _clip(ranked: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple((name, round(min(1.0, max(0.0, p)), 4)) for name, p in ranked)


def _base(tag: str) -> str:
    """Return the language that a BCP 47 tag names as the language reader names it: with a script, without a region."""
    tag = canonical_tag(tag)
    return tag if tag.startswith("zh-") else "hi-Latn" if tag.startswith("hi-Latn") else tag.split("-")[0]


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
