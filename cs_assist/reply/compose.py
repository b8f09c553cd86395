"""Write: a decision to a text for the customer, from phrase banks and the shop's own words, without a model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cs_assist.config import Settings
from cs_assist.errors import UnknownLanguageError
from cs_assist.markets.market import Market
from cs_assist.reply import formats
from cs_assist.reply.markdown import to_plain
from cs_assist.reply.phrases import ByIntensity, Leaf, PhraseBank, Register, Voice, load_phrases
from cs_assist.types import (
    INTENT_GROUPS,
    Action,
    Conversation,
    Decision,
    Draft,
    Emotion,
    Message,
    Triage,
    same_language,
)

_CHATS = {"live_chat", "social_dm", "whatsapp"}
_STRONG = 0.6
_SURE = 0.5
#: The groups of intents that an article's category answers.
_GROUPS_OF_CATEGORY = {
    "logistics": ("shipping", "order"), "customs": ("shipping",), "returns": ("returns",), "payments": ("payment",),
    "products": ("presale", "tech"), "product": ("presale", "tech"), "tech": ("tech",), "account": ("account",),
    "complaints": ("feedback", "returns"),
}  # fmt: skip
#: Faults that are the shop's or its carrier's to be sorry for.
_SORRY_INTENTS = {
    "item_damaged",
    "item_wrong_or_missing",
    "not_as_described",
    "not_received",
    "delivery_delayed",
    "billing_issue",
}


@dataclass(frozen=True)
class _Scene:
    """What one reply is written for."""

    message: Message
    triage: Triage
    conversation: Conversation
    decision: Decision
    market: Market | None
    voice: Voice
    now: datetime

    @property
    def chat(self) -> bool:
        return self.message.channel in _CHATS

    @property
    def opening(self) -> bool:
        """Whether this is the first thing that the shop says in the conversation."""
        return not self.conversation.said()

    @property
    def locale(self) -> str | None:
        return self.market.locale if self.market else None


class Composer:
    """Composes replies, questions and notices.

    The order is the one that a person would take: greeting, a sentence for the feeling, the
    answer, what the customer can do, what happens next, closing. In a chat only the first message
    carries greeting, closing and signature.

    Args:
        settings: Gives the shop's name and whether the automatic reply says that it is one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        *,
        market: Market | None,
        now: datetime,
    ) -> Draft:
        """Return the text for the customer; empty where there is nothing to say to them.

        A handover in a language without a phrase bank is announced in the first of the market's languages
        that has one, else in English, because silence is worse.
        """
        if decision.action is Action.IGNORE:
            return Draft(text="", language=triage.language, source="none")
        bank = self._bank(triage.language, market)
        # Articles are written politely: around one, the shop does not fall into the familiar form.
        register = "formal" if decision.passage else _register(bank, market, message)
        voice = Voice(bank, register=register, seed=conversation.id, used=conversation.said())
        scene = _Scene(message, triage, conversation, decision, market, voice, now)
        if decision.action is Action.HANDOVER:
            return self._notice(scene)
        if decision.action is Action.ASK:
            return self._question(scene)
        if decision.reason in ("praise", "greeting"):
            leaf = bank.praise_thanks if decision.reason == "praise" else bank.small_talk
            return self._finish(scene, [voice.say(leaf)], source="composed")
        if decision.reason == "order_facts":
            return self._order(scene)
        if decision.passage and same_language(triage.language, decision.passage.language):
            return self._answer(scene)
        return (
            self._notice(scene) if decision.reason != "held_by_person" else Draft(text="", language=bank.language, source="none")
        )

    def _bank(self, language: str, market: Market | None) -> PhraseBank:
        for tag in (language, *(market.languages if market else ()), "en"):
            try:
                return load_phrases(tag)
            except UnknownLanguageError:
                continue
        return load_phrases("en")

    def _answer(self, scene: _Scene) -> Draft:
        passage = scene.decision.passage
        if passage is None:
            raise ValueError("an answer needs a passage")
        bank, voice = scene.voice.bank, scene.voice
        group = _answer_group(scene.triage, passage.category)
        intro, options = getattr(bank.answer_intro, group), getattr(bank.options, group)
        body = [
            bank.joiner.join([*self._feeling(scene), voice.say(intro)]),
            to_plain("\n\n".join(part for part in (passage.lead, passage.text) if part)),
        ]
        next_step = voice.say(bank.next_step.within, time=self._time(scene))
        body.append(bank.joiner.join([voice.say(options), next_step]) if not scene.chat else voice.say(options))
        return self._finish(scene, body, source="curated" if passage.approved else "composed",
                            citations=(passage.doc_id,), evidence=(passage.lead, passage.text))  # fmt: skip

    def _order(self, scene: _Scene) -> Draft:
        order = scene.message.order
        bank, voice = scene.voice.bank, scene.voice
        lines: list[str] = []
        locale = formats.locale_for(bank.language, scene.locale)
        if order and order.status:
            lines.append(voice.say(bank.order.status, order=order.number, status=getattr(bank.statuses, order.status)))
        if order and order.tracking and order.carrier:
            lines.append(voice.say(bank.order.tracking, carrier=order.carrier, tracking=order.tracking))
        open_ended = order is not None and order.status in ("pending", "processing", "shipped", "out_for_delivery")
        ahead = order is not None and order.promised_date is not None and order.promised_date >= scene.now.date()
        if order and order.promised_date and open_ended and ahead:
            lines.append(voice.say(bank.order.promised, date=formats.day(order.promised_date, locale)))
        feeling = self._feeling(scene)
        body = [bank.joiner.join(feeling)] if feeling else []
        body += ["\n".join(lines), voice.say(bank.next_step.within, time=self._time(scene))]
        return self._finish(scene, body, source="composed", evidence=_order_evidence(scene))

    def _question(self, scene: _Scene) -> Draft:
        bank, voice = scene.voice.bank, scene.voice
        ask = scene.decision.ask or "details"
        shipped = {intent.value: name for intent, name in bank.intent_names.items()}
        candidates = [shipped[name] for name, _ in scene.triage.intents[:2] if name in shipped]
        if ask == "which" and len(candidates) == 2:
            line = voice.say(bank.ask.which, first=candidates[0], second=candidates[1])
        else:  # a seller's own intents have no names in the banks
            line = voice.say(getattr(bank.ask, "details" if ask == "which" else ask))
        return self._finish(scene, [bank.joiner.join([*self._feeling(scene), line])], source="composed")

    def _notice(self, scene: _Scene) -> Draft:
        """The customer reads that a person takes over; a draft without an answer says so too."""
        bank, voice = scene.voice.bank, scene.voice
        reason = scene.decision.reason
        leaf: Leaf = getattr(bank.handover, reason if hasattr(bank.handover, reason) else "approval")
        # No word on feelings where help comes first, or where the text could not really be read.
        lines = [] if reason in ("self_harm", "safety_issue", "data_exposed", "language") else self._feeling(scene)
        lines.append(voice.say(leaf))
        if reason == "self_harm":
            return self._finish(scene, [bank.joiner.join(lines)], source="notice")
        if scene.decision.priority == "P1":
            lines.append(voice.say(bank.handover_time.unknown))
        else:
            lines.append(voice.say(bank.handover_time.within, time=self._time(scene)))
        return self._finish(scene, [bank.joiner.join(lines)], source="notice")

    def _feeling(self, scene: _Scene) -> list[str]:
        """Empathy that fits the emotion, and an apology where the fault is likely ours."""
        bank, voice, triage = scene.voice.bank, scene.voice, scene.triage
        lines: list[str] = []
        emotion = triage.emotion
        if emotion is Emotion.NEUTRAL and triage.dissatisfied:
            emotion = Emotion.DISAPPOINTED
        if emotion is not Emotion.NEUTRAL:
            leaf = getattr(bank.empathy, emotion.value)
            if isinstance(leaf, ByIntensity):
                leaf = leaf.high if triage.intensity >= _STRONG else leaf.low
            lines.append(voice.say(leaf))
        fault = triage.intent in _SORRY_INTENTS
        repeated = scene.conversation.strikes >= 2 or scene.decision.reason == "dissatisfied"
        sparing = scene.market is not None and scene.market.tone.apology == "sparing"
        if scene.decision.reason == "legal_threat":
            return lines
        if repeated:
            lines.append(voice.say(bank.apology.grave if triage.intensity >= _STRONG else bank.apology.formal))
        elif fault and (triage.dissatisfied or not sparing):
            lines.append(voice.say(bank.apology.formal if triage.dissatisfied else bank.apology.slight))
        return lines

    def _time(self, scene: _Scene) -> str:
        return formats.duration(scene.decision.answer_within, formats.locale_for(scene.voice.bank.language, scene.locale))

    def _finish(
        self,
        scene: _Scene,
        body: list[str],
        *,
        source: Literal["curated", "composed", "notice"],
        citations: tuple[str, ...] = (),
        evidence: tuple[str, ...] = (),
    ) -> Draft:
        """Put greeting, closing and signature around ``body`` as the channel has it."""
        bank, voice = scene.voice.bank, scene.voice
        parts = [part for part in body if part]
        if scene.opening or not scene.chat:
            parts.insert(0, self._greeting(scene))
        if not scene.chat and scene.decision.reason != "self_harm":
            if scene.decision.reason not in ("praise", "greeting"):
                parts.append(voice.say(bank.closing))
            parts.append(voice.say(bank.sign_off, shop=self._settings.shop_name))
        if self._settings.ai_notice and scene.opening and scene.decision.action in (Action.REPLY, Action.ASK):
            parts.append(voice.say(bank.ai_notice, shop=self._settings.shop_name))
        text = "\n\n".join(parts) if not scene.chat else "\n".join(parts)
        known = (*evidence, self._time(scene), self._settings.shop_name, scene.message.name or "")
        return Draft(text=text, language=bank.language, citations=citations, source=source, evidence=known)

    def _greeting(self, scene: _Scene) -> str:
        bank, voice = scene.voice.bank, scene.voice
        name = _calling_name(scene.message.name, scene.market)
        return voice.say(bank.greeting.named, name=name) if name else voice.say(bank.greeting.unnamed)


def _answer_group(triage: Triage, category: str) -> str:
    """Return the group whose wordings frame an answer: the intent's where the article is about it, else none's."""
    group = INTENT_GROUPS.get(triage.intent, "other")
    fits = group in _GROUPS_OF_CATEGORY.get(category, ()) and triage.p_intent >= _SURE
    return group if fits else "other"


def _register(bank: PhraseBank, market: Market | None, message: Message) -> Register:
    if market is None or not any(same_language(bank.language, tag) for tag in market.languages):
        return bank.default_register
    return market.registers.chat if message.channel in _CHATS else market.registers.letter


def _calling_name(name: str | None, market: Market | None) -> str:
    """Return how to call the customer: never guessing a gender, never splitting a name of unknown order."""
    cleaned = " ".join((name or "").split())
    if not cleaned or len(cleaned) > 60 or any(c.isdigit() or c in "@{}<>" for c in cleaned):
        return ""
    if " " not in cleaned and ("." in cleaned or "_" in cleaned):
        return ""  # a user name
    if market and market.name_style == "given" and cleaned.isascii():
        return cleaned.split()[0]
    return cleaned


def _order_evidence(scene: _Scene) -> tuple[str, ...]:
    order = scene.message.order
    if order is None:
        return ()
    facts = [order.number, order.tracking or "", order.carrier or ""]
    if order.promised_date:
        facts.append(formats.day(order.promised_date, formats.locale_for(scene.voice.bank.language, scene.locale)))
    return tuple(fact for fact in facts if fact)
