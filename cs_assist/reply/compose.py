"""Write: a decision to a text for the customer, from phrase banks and the shop's own words, without a model."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from cs_assist.config import Settings
from cs_assist.markets.market import Market, day_in
from cs_assist.reply import formats
from cs_assist.reply.apology import Apology, apology_for
from cs_assist.reply.banks import Banks
from cs_assist.reply.extras import extra_lines, load_after_sales, season_line
from cs_assist.reply.markdown import to_plain
from cs_assist.reply.names import calling_name
from cs_assist.reply.offers import offer_lines
from cs_assist.reply.order_lines import order_lines
from cs_assist.reply.phrases import ByIntensity, ByRegister, Leaf, PhraseBank, Recap, Register, Voice
from cs_assist.reply.scene import CHATS, Scene
from cs_assist.reply.shorten import Block, fit, room
from cs_assist.types import (
    INTENT_GROUPS,
    Action,
    Conversation,
    Decision,
    Draft,
    Emotion,
    Intent,
    Message,
    Triage,
    Urgency,
    same_language,
)

_STRONG = 0.6
_SURE = 0.5
#: Reasons for which help comes first, or whose text could not really be read: no word on feelings.
_PLAIN = ("self_harm", "safety_issue", "data_exposed", "language")
#: The groups of intents that an article's category answers.
_GROUPS_OF_CATEGORY = {
    "logistics": ("shipping", "order"), "customs": ("shipping",), "returns": ("returns",), "payments": ("payment",),
    "products": ("presale", "tech"), "product": ("presale", "tech"), "tech": ("tech",), "account": ("account",),
    "complaints": ("feedback", "returns"),
}  # fmt: skip

#: What goes first where a platform takes only so many characters: the greatest. 0 stays.
_STAYS, _OFFER, _REGRET, _FEELING, _INTRO, _SIGNED, _OPTIONS, _WISH, _EXTRA = range(9)
Source = Literal["curated", "composed", "model", "notice"]


class Composer:
    """Composes replies, questions and notices.

    The order is the one that a person would take: greeting, a sentence for the feeling and one of regret, what happened
    or the answer, what the customer can do or is offered, what happens next and when, closing. A chat gets short lines,
    and greeting, closing and signature only as far as people use them there; a mail gets paragraphs; what is longer than
    the platform takes loses first what it is whole without.

    Args:
        settings: Gives the shop's name, whether the automatic reply says that it is one, and the seller's own phrase
            banks and extras.

    Raises:
        DataFileError: A file of the seller's breaks its form; names file, key and line.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._banks = Banks(settings.phrases_dir)
        self._extras = load_after_sales(settings.after_sales_file)

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

        Where a person holds the conversation, it is what the bot would have answered or asked: that a person takes over
        is nothing to tell them.

        A handover in a language without a phrase bank is announced in the first of the market's languages
        that has one, else in English, because silence is worse.
        """
        if decision.action is Action.IGNORE:
            return Draft(text="", language=triage.language, source="none")
        if decision.reason == "held_by_person":
            proposed = "ASK" if decision.ask and decision.proposed != "needs_hands" else "DRAFT"
            proposal = decision.model_copy(update={"action": Action[proposed], "reason": decision.proposed, "offers": ()})
            draft = self(message, triage, conversation, proposal, market=market, now=now)
            return Draft(text="", language=draft.language, source="none") if draft.source == "notice" else draft
        scene = self.scene(message, triage, conversation, decision, market=market, now=now)
        bank, voice = scene.voice.bank, scene.voice
        if decision.action is Action.HANDOVER:
            return self._notice(scene)
        if decision.action is Action.ASK:
            return self._question(scene)
        said = decision.proposed or decision.reason
        if said in ("praise", "greeting"):
            leaf = bank.praise_thanks if said == "praise" else bank.small_talk
            return self._finish(scene, [Block(voice.say(leaf))], source="composed")
        if said == "order_facts" and message.order is not None:
            return self._order(scene)
        if decision.passage and same_language(triage.language, decision.passage.language):
            return self._answer(scene)
        return self._question(scene) if decision.ask and decision.reason == "needs_hands" else self._notice(scene)

    def titles(self, language: str, market: Market | None) -> tuple[Recap, Mapping[str, str]]:
        """Return the titles of a recap, and what the matters are called, for a customer or for the shop's own people."""
        bank = self._banks.bank(language, market)
        return bank.recap, {intent.value: name for intent, name in bank.intent_names.items()}

    def scene(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        *,
        market: Market | None,
        now: datetime,
    ) -> Scene:
        """Return what a reply is written for, with the voice that it is written in."""
        bank = self._banks.bank(triage.language, market)
        # Articles are written politely: around one, the shop does not fall into the familiar form, nor over a burn.
        register = "formal" if decision.passage or decision.reason in _PLAIN else _register(bank, market, message)
        voice = Voice(bank, register=register, seed=conversation.id, used=conversation.said())
        apology = self.apology(message, triage, conversation, decision, market=market, now=now)
        return Scene(message, triage, conversation, decision, market, voice, now, apology)

    def around(
        self, scene: Scene, written: Sequence[str], *, feeling: bool, citations: tuple[str, ...], evidence: tuple[str, ...]
    ) -> Draft:
        """Return the sentences that a model has written, with greeting, offers, next step, closing and signature around them.

        Args:
            scene: What they were written for.
            written: The sentences, in their order.
            feeling: Put the sentence for the feeling, and the regret, before them: they have none of their own.
            citations: The articles that they rest on.
            evidence: What they may state.
        """
        blocks = _feeling(scene) if feeling else []
        blocks.append(Block(scene.voice.bank.joiner.join(written), paragraph=1, cuttable=True))
        blocks += _offers(scene)
        if not scene.chat:
            blocks.append(_next_step(scene))
        return self._finish(scene, blocks, source="model", citations=citations, evidence=evidence)

    def apology(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        *,
        market: Market | None,
        now: datetime,
    ) -> Apology:
        """Return the regret that the reply shows, and whose fault the matter is."""
        return apology_for(triage, conversation, decision, market=market, order=message.order, today=day_in(market, now))

    def _answer(self, scene: Scene) -> Draft:
        passage = scene.decision.passage
        if passage is None:
            raise ValueError("an answer needs a passage")
        bank, voice = scene.voice.bank, scene.voice
        group = _answer_group(scene.triage, passage.category)
        known = [part for part in (passage.lead, passage.text) if part]
        blocks = [
            *_feeling(scene),
            Block(voice.fresh(getattr(bank.answer_intro, group), bank.answer_intro.other), _INTRO),
            Block(to_plain("\n\n".join(known)), paragraph=1, cuttable=True),
            *_offers(scene),
            Block(voice.fresh(getattr(bank.options, group), bank.options.other), _OPTIONS, paragraph=3),
        ]
        if not scene.chat:
            blocks.append(_next_step(scene))
        source: Source = "curated" if passage.approved else "composed"
        return self._finish(scene, blocks, source=source, citations=(passage.doc_id,), evidence=(passage.lead, passage.text))

    def _order(self, scene: Scene) -> Draft:
        order = scene.message.order
        if order is None:
            raise ValueError("facts need an order")
        blocks = _feeling(scene)
        blocks.append(Block("\n".join(order_lines(scene, order)), paragraph=1, cuttable=True))
        return self._finish(scene, [*blocks, *_offers(scene), _next_step(scene)], source="composed")

    def _question(self, scene: Scene) -> Draft:
        bank, voice = scene.voice.bank, scene.voice
        ask = scene.decision.ask or "details"
        shipped = {intent.value: name for intent, name in bank.intent_names.items()}
        candidates = [shipped[name] for name, _ in scene.triage.intents[:2] if name in shipped]
        if ask == "which" and len(candidates) == 2:
            line = voice.say(bank.ask.which, first=candidates[0], second=candidates[1])
        else:  # a seller's own intents have no names in the banks
            line = voice.say(getattr(bank.ask, "details" if ask == "which" else ask))
        blocks = [*_feeling(scene), Block(line, paragraph=1), *_offers(scene)]
        if scene.decision.action is Action.DRAFT and not scene.chat:
            blocks.append(_next_step(scene))
        return self._finish(scene, blocks, source="composed")

    def _notice(self, scene: Scene) -> Draft:
        """The customer reads that a person takes over; a draft without an answer says so too."""
        bank, voice, reason = scene.voice.bank, scene.voice, scene.decision.reason
        leaf: Leaf = getattr(bank.handover, reason if hasattr(bank.handover, reason) else "approval")
        blocks = [*([] if reason in _PLAIN else _feeling(scene)), Block(voice.say(leaf))]
        if reason == "self_harm":
            return self._finish(scene, blocks, source="notice")
        if scene.decision.priority == "P1":
            when = voice.say(bank.handover_time.unknown)
        else:
            when = voice.say(bank.handover_time.within, time=_time(scene))
        offers, there = _offers(scene), _availability(scene)
        last = [*there, when, _wanted(scene)]
        blocks += [*offers, *(Block(line, paragraph=3 if offers or there else 0) for line in last if line)]
        return self._finish(scene, blocks, source="notice")

    def _finish(
        self,
        scene: Scene,
        blocks: list[Block],
        *,
        source: Source,
        citations: tuple[str, ...] = (),
        evidence: tuple[str, ...] = (),
    ) -> Draft:
        """Put greeting, extras, closing and signature around ``blocks`` as the channel has them, within its length."""
        bank, voice, shop = scene.voice.bank, scene.voice, self._settings.shop_name
        reason, sendable = scene.decision.reason, scene.decision.action in (Action.REPLY, Action.ASK)
        parts = list(blocks)
        if scene.opening or not scene.chat:
            parts.insert(0, Block(_greeting(scene), paragraph=-1))
        extras = extra_lines(scene, self._extras)
        parts += [Block(line, _EXTRA, paragraph=_paragraph(line, 10, 40 + i)) for i, line in enumerate(extras)]
        parts.append(Block(season_line(scene), _WISH, paragraph=11))
        if scene.letter and reason != "self_harm":
            if reason not in ("praise", "greeting", *_PLAIN):
                parts.append(Block(voice.say(bank.closing), _SIGNED, paragraph=12))
            parts.append(Block(_sign_off(scene, shop), _SIGNED, paragraph=13))
        if self._settings.ai_notice and scene.opening and sendable:
            parts.append(Block(voice.say(bank.ai_notice, shop=shop), paragraph=14))
        limit = room(scene.message.channel, scene.message.platform)
        text = fit(parts, limit, joiner=bank.joiner, gap="\n" if scene.chat else "\n\n")
        known = (*evidence, *scene.evidence, shop, scene.message.name or "")
        return Draft(text=text, language=bank.language, citations=citations, source=source, evidence=known)


def _feeling(scene: Scene) -> list[Block]:
    """Empathy that fits the emotion, and regret as far as the matter calls for it."""
    bank, voice, triage = scene.voice.bank, scene.voice, scene.triage
    blocks: list[Block] = []
    emotion = triage.emotion
    if emotion is Emotion.NEUTRAL and triage.dissatisfied:
        emotion = Emotion.DISAPPOINTED
    praises = triage.intent == Intent.PRAISE and not triage.dissatisfied
    explains = scene.decision.passage is not None
    if (emotion is Emotion.HAPPY and not praises) or (emotion is Emotion.CONFUSED and not explains):
        emotion = Emotion.NEUTRAL  # "when does it come? Thank you so much!" is no joy; "let me explain" needs an explanation
    if emotion is not Emotion.NEUTRAL:
        leaf = getattr(bank.empathy, emotion.value)
        if isinstance(leaf, ByIntensity):
            leaf = leaf.high if triage.intensity >= _STRONG else leaf.low
        blocks.append(Block(voice.fresh(leaf), _FEELING))
    apology = scene.apology
    if apology.tier != "none":
        words, tier = (bank.apology if apology.fault == "ours" else bank.regret), apology.tier
        if words is bank.regret and tier == "grave" and triage.urgency != Urgency.CRITICAL:
            tier = "formal"  # the gravest regret is for harm; over a parcel it would sound false
        blocks.append(Block(voice.fresh(getattr(words, tier)), _REGRET))
    return blocks


def _sign_off(scene: Scene, shop: str) -> str:
    """Return the signature; a shop that is called "Customer Service" signs with that alone, not as the team at it."""
    voice, leaf = scene.voice, scene.voice.bank.sign_off
    every = (*leaf.formal, *leaf.informal) if isinstance(leaf, ByRegister) else leaf
    return shop if shop.casefold() in " ".join(every).casefold() else voice.say(leaf, shop=shop)


def _offers(scene: Scene) -> list[Block]:
    return [Block(line, _OFFER, paragraph=_paragraph(line, 2, 20 + i)) for i, line in enumerate(offer_lines(scene))]


def _paragraph(line: str, shared: int, own: int) -> int:
    """Return the paragraph of a line: its own where it ends in a code or a link, which the next sentence must not touch."""
    return shared if unicodedata.category(line[-1])[0] == "P" and line[-1] != "/" else own


def _availability(scene: Scene) -> list[str]:
    """Return when somebody is there who speaks the customer's language, where nobody is now, and what else they may write."""
    decision, bank, voice = scene.decision, scene.voice.bank, scene.voice
    if decision.action is not Action.HANDOVER or decision.human_at is None:
        return []
    lines, speaker = [], decision.speaker_at
    if decision.nobody_speaks and speaker is None:
        lines.append(voice.say(bank.shift.never))
    elif decision.languages and speaker is not None and speaker > scene.now:
        at = speaker if decision.nobody_speaks else decision.human_at
        lines.append(_from(scene, bank.shift.later, at))
    told = bool(lines)
    common = [tag for tag in decision.languages if any(same_language(tag, other) for other in (*_spoken(scene), "en"))]
    if told and common:
        lines.append(voice.say(bank.shift.instead, languages=scene.state(formats.languages(common, scene.locale))))
    if _away(scene) and (decision.nobody_speaks or not told):
        lines.append(_from(scene, bank.out_of_hours, decision.human_at))
    return lines


def _spoken(scene: Scene) -> tuple[str, ...]:
    return scene.market.languages if scene.market else ()


def _away(scene: Scene) -> bool:
    """Whether the customer waits until somebody comes to work; the gravest wait for no opening hours."""
    decision = scene.decision
    called = decision.action is Action.HANDOVER and decision.priority != "P1"
    return called and decision.human_at is not None and decision.human_at > scene.now


def _wanted(scene: Scene) -> str:
    """Return the question for the order number, where there is time for it and the matter needs one that nobody asked for."""
    known = scene.message.order or any(turn.orders for turn in scene.conversation.turns)
    ask, voice = scene.voice.bank.ask.order_number, scene.voice
    needed = INTENT_GROUPS.get(scene.triage.intent) in ("order", "shipping", "returns")
    return voice.say(ask) if _away(scene) and needed and not known and not voice.was_said(ask) else ""


def _from(scene: Scene, leaf: Leaf, at: datetime) -> str:
    """Return a line with a moment in the market's time; one that ends in a dot ("5:00 a. m.") ends the sentence."""
    zone, territory = (scene.market.timezone, scene.market.code) if scene.market else ("UTC", None)
    time = scene.state(formats.moment(at, scene.locale, zone=zone, territory=territory))
    return scene.voice.say(leaf, time=time).replace("..", ".")


def _next_step(scene: Scene) -> Block:
    step = scene.voice.bank.next_step
    if text := scene.voice.fresh(step.within, time=_time(scene)):
        return Block(text, paragraph=3)
    return Block(scene.voice.say(step.open), paragraph=3)


def _time(scene: Scene) -> str:
    return scene.state(formats.duration(scene.decision.answer_within, scene.locale))


def _greeting(scene: Scene) -> str:
    """Return the greeting; one of the customer's region is answered in kind."""
    bank, voice = scene.voice.bank, scene.voice
    name = calling_name(scene.message.name, scene.market)
    if answer := _in_kind(scene):
        sign = next((text[-1] for text in (voice.say(bank.greeting.unnamed),) if unicodedata.category(text[-1])[0] == "P"), "")
        return f"{answer} {name}{sign}" if name and bank.joiner == " " else f"{answer}{sign}"
    return voice.say(bank.greeting.named, name=name) if name else voice.say(bank.greeting.unnamed)


def _in_kind(scene: Scene) -> str:
    """Return the answer to a regional greeting that the customer's message opens with; "" where it opens with none."""
    if scene.decision.reason in _PLAIN or scene.triage.dissatisfied:
        return ""
    opening = unicodedata.normalize("NFKC", scene.triage.text[:80]).casefold().lstrip()
    found = [
        (len(said), greeting.answer)
        for greeting in scene.voice.bank.regional_greetings
        for said in greeting.said
        if opening.startswith(said.casefold()) and not opening[len(said.casefold()) :][:1].isalnum()
    ]
    return max(found)[1] if found else ""


def _answer_group(triage: Triage, category: str) -> str:
    """Return the group whose wordings frame an answer: the intent's where the article is about it, else none's."""
    group = INTENT_GROUPS.get(triage.intent, "other")
    fits = group in _GROUPS_OF_CATEGORY.get(category, ()) and triage.p_intent >= _SURE
    return group if fits else "other"


def _register(bank: PhraseBank, market: Market | None, message: Message) -> Register:
    if market is None or not any(same_language(bank.language, tag) for tag in market.languages):
        return bank.default_register
    return market.registers.chat if message.channel in CHATS else market.registers.letter
