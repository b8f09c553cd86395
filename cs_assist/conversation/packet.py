"""What a person gets when a conversation is handed to them, and how a helpdesk shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from cs_assist.conversation import digest
from cs_assist.conversation.digest import Matter
from cs_assist.conversation.packet_words import WordFile, Words, load_words, packet_language
from cs_assist.conversation.repetition import plain
from cs_assist.types import (
    INTENT_GROUPS,
    Conversation,
    Decision,
    Entity,
    Findings,
    Handover,
    Message,
    Note,
    Offer,
    Order,
    Promise,
    Triage,
    Turn,
    same_language,
)

_MARKUP = "#>-*+=~`_ 0123456789.)"  # at the beginning of a line these would make a part of its own
_ORDERED = ("order", "shipping", "returns")  # groups of intents that are about an order
_RIGHT_TO_LEFT = frozenset({"ar"})


@dataclass(frozen=True)
class Titles:
    """Words that a packet takes from the phrase banks.

    Args:
        matter, orders, words: Titles of the customer's recap, in their language.
        matters: What each intent is called in their language.
        for_agents: What it is called in the agents'.
    """

    matter: str = ""
    orders: str = ""
    words: str = ""
    matters: Mapping[str, str] = field(default_factory=dict)
    for_agents: Mapping[str, str] = field(default_factory=dict)


def make_packet(
    message: Message,
    triage: Triage,
    conversation: Conversation,
    decision: Decision,
    findings: Findings,
    *,
    suggested: str,
    language: str = "en",
    notice: str = "",
    zone: str = "UTC",
    entities: Sequence[Entity] | None = None,
    titles: Titles | None = None,
) -> Handover:
    """Return the packet: why, until when, what happened, what is known, what was tried, what to answer.

    All is taken from what was said and found; nothing is made up. ``source_text`` holds the shop's own answer where
    it exists only in a language that the customer does not read: for a person to translate, never to paste.

    Args:
        message: The message that calls a person.
        triage: What it is.
        conversation: What came before it, and itself.
        decision: Why and by when.
        findings: What the knowledge base has.
        suggested: A text for the customer.
        language: The language of the shop's own people; one that the packet has no words in is English.
        notice: What the customer is told now.
        zone: The market's time zone; where a team is known, its own holds.
        entities: What the customer named in this episode, the newest first; by default what the message names.
        titles: What the matters are called.
    """
    best = decision.passage or (findings.passages[0] if findings.passages else None)
    foreign = best is not None and decision.passage is best and not same_language(best.language, triage.language)
    agents, titles = packet_language(language), titles or Titles()
    file = load_words(agents)
    words = file.words
    zone = decision.team_zone or zone
    episode = digest.episode_of(conversation)
    asked = digest.matters(episode, intent=triage.intent, text=triage.text)
    order = digest.last_order(message, conversation)
    named = triage.entities if entities is None else tuple(entities)
    numbers = _numbers(order, named)
    shop = [turn for turn in episode if turn.role in ("bot", "agent")]
    clash = [words.labels.clash] if conversation.clash else []
    steps = _meanwhile(triage, decision, words, suggested=suggested, foreign=foreign, numbers=numbers, zone=zone, told=notice)
    line = _headline(message, triage, conversation, decision, file, titles)
    return Handover(
        reason=decision.reason,
        priority=decision.priority,
        queue=decision.queue,
        due_at=decision.due_at,
        summary="\n".join([line, *_asked(asked, titles), *_of_order(order, numbers, words)]),
        timeline=conversation.turns,
        emotions=tuple(turn.emotion.value for turn in conversation.turns if turn.emotion),
        entities=named,
        order=order,
        tried=tuple(f"{p.doc_id} ({p.p_answers:.2f})" for p in findings.passages[:3]),
        suggested_reply=suggested,
        source_text=f"[{best.doc_id}, {best.language}] {best.title}\n{best.text}" if best and foreign else None,
        customer_language=triage.language,
        market=message.market,
        tier=decision.tier,
        skill=decision.skill,
        agent_language=agents,
        customer_summary=_recap(asked, numbers, titles),
        reasons=decision.reasons,
        notes=(*clash, *(_note(note, words, numbers) for note in conversation.notes)),
        answered=tuple(f"{doc}: {digest.short(turn.text)}" for turn in shop for doc in turn.citations),
        promises=digest.promises(episode, language=triage.language),
        compensation=digest.amends(episode),
        offers=decision.offers,
        meanwhile=steps,
        team=decision.team,
        human_at=decision.human_at,
        timezone=zone,
        promised_at=conversation.promised_at,
        notice=notice,
    )


def _headline(
    message: Message, triage: Triage, conversation: Conversation, decision: Decision, file: WordFile, titles: Titles
) -> str:
    """Return one line in the agents' language: who, what, how they feel, what has happened."""
    words, reason = file.words, file.reasons.get(decision.reason)
    feeling = words.emotions[triage.emotion]
    # What a stated rule calls a person for is the matter, whatever the rest of the message is about.
    matter = decision.reason if decision.reason in dict(triage.intents) else triage.intent
    return words.summary.format(
        who=digest.short(message.name or "").lstrip(_MARKUP) or words.customer,
        market=message.market or words.unknown_market,
        language=triage.language,
        channel=message.channel,
        intent=titles.for_agents.get(matter, matter),
        p=f"{dict(triage.intents)[matter]:.2f}",
        feeling=f"{feeling} {triage.intensity:.1f}" if triage.intensity else feeling,
        count=conversation.customer_turns,
        strikes=conversation.strikes,
        verb=words.verb["handover" if decision.action == "handover" else "draft"],
        reason=f"{decision.reason} ({reason})" if reason else decision.reason,
    )


def _asked(matters: Sequence[Matter], titles: Titles) -> list[str]:
    """Return a line for each matter of the episode, in the customer's words."""
    rows = [(titles.for_agents.get(m.intent, m.intent), m) for m in matters]
    return [f"- {name}{f' ×{m.count}' if m.count > 1 else ''}: “{m.quote}”" for name, m in rows]


def _of_order(order: Order | None, numbers: Sequence[str], words: Words) -> list[str]:
    """Return a line with the orders of the episode, and what is known of the last."""
    facts = {"status": order.status, "promised_date": order.promised_date} if order else {}
    known = [_fact(name, fact, words) for name, fact in facts.items() if fact is not None]
    rows = [f"{number} ({', '.join(known)})" if order and known and number == order.number else number for number in numbers]
    return [words.orders.format(numbers=", ".join(rows))] if rows else []


def _recap(matters: Sequence[Matter], numbers: Sequence[str], titles: Titles) -> str:
    """Return what the customer asked for in this episode, in their language and their own words."""
    quotes = " ".join(f"“{matter.quote}”" for matter in matters)
    if not titles.words or not quotes:
        return quotes
    names = dict.fromkeys(titles.matters[matter.intent] for matter in matters if matter.intent in titles.matters)
    lines = [f"{titles.matter}: {'; '.join(names)}"] if names else []  # a seller's own intents have no names
    lines += [f"{titles.orders}: {', '.join(numbers)}"] if numbers else []
    return "\n".join([*lines, f"{titles.words}: {quotes}"])


def _numbers(order: Order | None, entities: Sequence[Entity]) -> list[str]:
    """Return the order numbers of the episode, that of the known order first, each once."""
    named = [entity.value for entity in entities if entity.type == "order_number"]
    once: dict[str, str] = {}
    for number in [*([order.number] if order else []), *named]:
        once.setdefault(plain(number), number)
    return list(once.values())


def _note(note: Note, words: Words, numbers: Sequence[str]) -> str:
    """Return a note in words; an order's number stands as the customer or the shop writes it."""
    kind = "contacts_any" if note.kind == "contacts" and not note.text else note.kind
    written = {plain(number): number for number in numbers} if note.kind == "contacts" else {}
    return words.notes[kind].format(count=note.count, text=", ".join(written.get(part, part) for part in note.text.split(", ")))


def _meanwhile(
    triage: Triage,
    decision: Decision,
    words: Words,
    *,
    suggested: str,
    foreign: bool,
    numbers: Sequence[str],
    zone: str,
    told: str,
) -> tuple[str, ...]:
    """Return what can be done before somebody with the skill and the language is there."""
    steps = []
    if decision.nobody_speaks and decision.speaker_at is not None:
        steps.append(words.meanwhile["speaker"].format(language=triage.language, at=_when(decision.speaker_at, zone)))
    if decision.nobody_speaks and foreign:
        steps.append(words.meanwhile["translate"].format(language=triage.language))
    if decision.nobody_speaks and suggested and decision.priority != "P1":
        steps.append(words.meanwhile["approve"])
    if not numbers and INTENT_GROUPS.get(triage.intent) in _ORDERED:
        steps.append(words.meanwhile["ask_order"])
    if decision.action == "handover" and not told:
        steps.append(words.meanwhile["tell_time"].format(due=_when(decision.due_at, zone)))
    return tuple(steps)


def to_json(packet: Handover) -> str:
    """Return the packet as JSON, for a ticket's fields."""
    return packet.model_dump_json(indent=2)


def to_markdown(packet: Handover) -> str:
    """Return the packet as a note for a ticket; times are those of its time zone.

    What customers wrote stands in it as they wrote it, and never at the beginning of a line, so that it adds no part of
    its own: show it as text where your helpdesk runs what looks like markup, or take :func:`to_html`.
    """
    head, parts = _parts(packet)
    lines = [head, "", packet.summary]
    for title, rows in parts:
        lines += ["", f"### {title}"]
        lines += rows if title == _labels(packet).labels.suggested else [line for row in rows for line in _bullet(row)]
    return "\n".join(lines)


def to_html(packet: Handover) -> str:
    """Return the packet as HTML without styles or scripts; all that anybody wrote is escaped."""
    head, parts = _parts(packet)
    agents = packet_language(packet.agent_language)
    direction = ' dir="rtl"' if agents in _RIGHT_TO_LEFT else ""
    out = [f'<section lang="{escape(agents)}"{direction}>', f"<p><strong>{escape(head.replace('**', ''))}</strong></p>"]
    out.append(f'<p dir="auto">{_lines(packet.summary)}</p>')
    for title, rows in parts:
        out += [f"<h3>{escape(title)}</h3>", "<ul>", *(f'<li dir="auto">{_lines(row)}</li>' for row in rows), "</ul>"]
    return "\n".join([*out, "</section>"])


def _parts(packet: Handover) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return the headline, and each part that there is with its lines."""
    words, zone = _labels(packet), packet.timezone
    labels = words.labels
    facts = packet.order.model_dump(mode="json", exclude_none=True, exclude_defaults=True) if packet.order else {}
    now = max((turn.episode for turn in packet.timeline), default=1)
    current = [_turn(turn, words, zone) for turn in packet.timeline if turn.episode == now]
    earlier = [_turn(turn, words, zone) for turn in packet.timeline if turn.episode != now]
    parts: list[tuple[str, list[str]]] = [
        (labels.why, list(packet.reasons)),
        (labels.history, list(packet.notes)),
        (labels.for_customer, [packet.customer_summary] if packet.customer_summary else []),
        (labels.notice, [packet.notice] if packet.notice else []),
        (f"{labels.timeline} ({zone})", current),
        (f"{labels.earlier} ({zone})", earlier),
        (labels.translation, [packet.translation] if packet.translation else []),
        (labels.curve, [_curve(packet.emotions, words)] if len(packet.emotions) > 1 else []),
        (labels.entities, [f"{words.entities.get(e.type, e.type)}: {e.value}" for e in packet.entities]),
        (labels.order, [f"{words.facts[name]}: {_fact(name, value, words)}" for name, value in facts.items()]),
        (labels.answered, list(packet.answered)),
        (labels.promises, _promised(packet, words)),
        (labels.compensation, list(packet.compensation)),
        (labels.offers, [_offer(offer, words) for offer in packet.offers]),
        (labels.tried, list(packet.tried)),
        (labels.meanwhile, list(packet.meanwhile)),
        (labels.foreign, [packet.source_text] if packet.source_text else []),
        (labels.suggested, [packet.suggested_reply] if packet.suggested_reply else []),
        (labels.suggested_translation, [packet.suggested_translation] if packet.suggested_translation else []),
    ]
    return _head(packet, words), [(title, rows) for title, rows in parts if rows]


def _head(packet: Handover, words: Words) -> str:
    """Return why, how urgent, who, and by when."""
    labels, zone, there = words.labels, packet.timezone, packet.human_at
    parts = [f"**{packet.reason}**", packet.priority]
    parts += [f"{labels.tier} {words.tiers[packet.tier]}", f"{labels.queue} {packet.queue}"]
    parts += [f"{labels.team} {packet.team}"] if packet.team else []
    waits = there is not None and all(turn.at is None or turn.at < there for turn in packet.timeline)
    parts += [f"{labels.there} {_when(there, zone)}"] if there is not None and waits else []
    return " · ".join([*parts, f"{labels.due} {_when(packet.due_at, zone)}"])


def _promised(packet: Handover, words: Words) -> list[str]:
    """Return what was promised, with when it was said and when it is due."""
    lines = [words.promised.format(at=_when(packet.promised_at, packet.timezone))] if packet.promised_at else []
    return [*lines, *(_promise(promise, words, packet.timezone) for promise in packet.promises)]


def _promise(promise: Promise, words: Words, zone: str) -> str:
    said = f"{_when(promise.said_at, zone)}: " if promise.said_at else ""
    return f"{said}{promise.text}{f' – {words.due.format(at=_when(promise.due_at, zone))}' if promise.due_at else ''}"


def _offer(offer: Offer, words: Words) -> str:
    amount = f" {offer.amount} {offer.currency}" if offer.amount is not None else ""
    code = f" ({offer.code})" if offer.code else ""
    grants = words.roles["bot"] if offer.granted_by == "bot" else words.tiers[offer.granted_by]
    return f"{words.offers[offer.kind]}{amount}{code} – {grants}{f': {offer.why}' if offer.why else ''}"


def _turn(turn: Turn, words: Words, zone: str) -> str:
    when = [f"{turn.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"] if turn.at else []
    who = f"{words.roles[turn.role]}{f' ({words.emotions[turn.emotion]})' if turn.emotion else ''}"
    return f"{' · '.join([*when, *([turn.channel] if turn.channel else []), who])}: {'[…]' if turn.deleted else turn.text}"


def _curve(emotions: Sequence[str], words: Words) -> str:
    """Return what the customer felt, in order, in the agents' language."""
    names = {emotion.value: name for emotion, name in words.emotions.items()}
    return " → ".join(names.get(emotion, emotion) for emotion in emotions)


def _fact(name: str, value: object, words: Words) -> str:
    """Return a fact of an order in one line, its items with their number."""
    if not isinstance(value, list):
        return words.statuses[str(value)] if name == "status" else str(value)
    return ", ".join(f"{item['name']} ×{item.get('quantity', 1)}" for item in value)


def _when(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def _labels(packet: Handover) -> Words:
    return load_words(packet_language(packet.agent_language)).words


def _bullet(row: str) -> list[str]:
    """Return a row as an item of a list, of which no line begins with anything that somebody wrote."""
    first, *rest = row.splitlines() or [""]
    return [f"- {first}", *(f"  > {line}" for line in rest)]


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
