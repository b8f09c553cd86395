"""What a person gets when a conversation is handed to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.conversation.cues import load_cues, sentences
from cs_assist.datafile import parse_yaml
from cs_assist.types import Conversation, Decision, Findings, Handover, Message, Note, Offer, Triage, Turn, same_language

PATH = Path(__file__).parent / "data" / "packet.yaml"
_QUOTE = 240  # characters of the customer's own words in a summary
_MOST_PROMISES = 5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Labels(_Strict):
    queue: str
    due: str
    tier: str
    timeline: str
    curve: str
    entities: str
    order: str
    history: str
    answered: str
    tried: str
    promises: str
    compensation: str
    offers: str
    meanwhile: str
    foreign: str
    suggested: str
    why: str
    for_customer: str
    clash: str


class _Words(_Strict):
    """One language's words of a packet."""

    summary: str
    customer_summary: str
    verb: dict[str, str]
    customer: str
    unknown_market: str
    labels: _Labels
    tiers: dict[str, str]
    notes: dict[str, str]
    meanwhile: dict[str, str]


class _File(_Strict):
    languages: dict[str, _Words]
    reasons: dict[str, dict[str, str]]


@cache
def _load() -> _File:
    return parse_yaml(PATH.read_text(encoding="utf-8"), _File, path=PATH)


def _language(tag: str) -> str:
    """Return the packet's language for a tag: its own, a style's parent, else English."""
    known = _load().languages
    return tag if tag in known else next((name for name in known if same_language(name, tag)), "en")


def make_packet(
    message: Message,
    triage: Triage,
    conversation: Conversation,
    decision: Decision,
    findings: Findings,
    *,
    suggested: str,
    language: str = "en",
) -> Handover:
    """Return the packet: why, until when, what happened, what is known, what was tried, what to answer.

    All is taken from what was said and found; nothing is made up. ``source_text`` holds the shop's own answer where
    it exists only in a language that the customer does not read: for a person to translate, never to paste.

    Args:
        message: The message that calls a person.
        triage: What it is.
        conversation: What came before it.
        decision: Why and by when.
        findings: What the knowledge base has.
        suggested: A text for the customer.
        language: The language of the shop's own people; one that the packet has no words in is English.
    """
    best = decision.passage or (findings.passages[0] if findings.passages else None)
    foreign = best is not None and decision.passage is best and not same_language(best.language, triage.language)
    agents = _language(language)
    words = _load().languages[agents]
    episode = [turn for turn in conversation.turns if turn.episode == conversation.episode]
    shop = [turn for turn in episode if turn.role in ("bot", "agent")]
    clash = [words.labels.clash] if conversation.clash else []
    return Handover(
        reason=decision.reason,
        priority=decision.priority,
        queue=decision.queue,
        due_at=decision.due_at,
        summary=_summary(message, triage, conversation, decision, words, agents),
        timeline=conversation.turns,
        emotions=tuple(turn.emotion.value for turn in conversation.turns if turn.emotion),
        entities=triage.entities,
        order=message.order,
        tried=tuple(f"{p.doc_id} ({p.p_answers:.2f})" for p in findings.passages[:3]),
        suggested_reply=suggested,
        source_text=f"[{best.doc_id}, {best.language}] {best.title}\n{best.text}" if best and foreign else None,
        customer_language=triage.language,
        market=message.market,
        tier=decision.tier,
        skill=decision.skill,
        agent_language=agents,
        customer_summary=_customer_summary(triage, episode),
        reasons=decision.reasons,
        notes=(*clash, *(_note(note, words) for note in conversation.notes)),
        answered=tuple(f"{doc}: {_short(turn.text)}" for turn in shop for doc in turn.citations),
        promises=_open_promises(episode),
        compensation=tuple(dict.fromkeys(line for turn in shop for line in load_cues().made_amends(turn.text))),
        offers=decision.offers,
        meanwhile=_meanwhile(triage, conversation, decision, words, suggested=suggested, foreign=foreign),
    )


def _summary(message: Message, triage: Triage, conversation: Conversation, decision: Decision, words: _Words, agents: str) -> str:
    """Return one line in the agents' language: who, what, how they feel, what has happened, in whose words."""
    reason = _load().reasons.get(decision.reason, {}).get(agents)
    line = words.summary.format(
        who=message.name or words.customer,
        market=message.market or words.unknown_market,
        language=triage.language,
        channel=message.channel,
        intent=triage.intent,
        p=f"{triage.p_intent:.2f}",
        feeling=f"{triage.emotion.value} {triage.intensity:.1f}" if triage.intensity else triage.emotion.value,
        count=conversation.customer_turns,
        strikes=conversation.strikes,
        verb=words.verb["handover" if decision.action == "handover" else "draft"],
        reason=f"{decision.reason} ({reason})" if reason else decision.reason,
    )
    quote = _key_sentence(triage, conversation.turns)
    return f"{line} “{quote}”" if quote else line


def _customer_summary(triage: Triage, episode: Sequence[Turn]) -> str:
    """Return what the customer asked in their own words, framed in their language where the packet has it."""
    quote = _key_sentence(triage, episode)
    words = next((w for name, w in _load().languages.items() if same_language(name, triage.language)), None)
    return words.customer_summary.format(intent=triage.intent, quote=f"“{quote}”") if words and quote else quote


def _key_sentence(triage: Triage, turns: Sequence[Turn]) -> str:
    """Return the sentence of the customer's that tells most: one that asks or names a number, else the longest."""
    said = [turn for turn in turns if turn.role == "customer" and turn.text and not turn.bare]
    asked = [turn for turn in said if turn.intent == triage.intent] or said
    parts = [part for part in sentences(asked[-1].text if asked else triage.text) if any(char.isalnum() for char in part)]
    if not parts:
        return ""
    best = max(parts, key=lambda part: (part.endswith(("?", "？", "؟")), any(map(str.isdigit, part)), len(part)))
    return _short(best)


def _open_promises(episode: Sequence[Turn]) -> tuple[str, ...]:
    """Return what the shop said it would do, latest last; an agent's or the bot's word is the shop's."""
    found = [line for turn in episode if turn.role in ("bot", "agent") for line in load_cues().promises(turn.text)]
    return tuple(_short(line) for line in dict.fromkeys(found))[-_MOST_PROMISES:]


def _note(note: Note, words: _Words) -> str:
    kind = "contacts_any" if note.kind == "contacts" and not note.text else note.kind
    return words.notes[kind].format(count=note.count, text=note.text)


def _meanwhile(
    triage: Triage, conversation: Conversation, decision: Decision, words: _Words, *, suggested: str, foreign: bool
) -> tuple[str, ...]:
    """Return what can be done before somebody with the skill and the language is there."""
    named = any(turn.orders for turn in conversation.turns)
    steps = []
    if decision.nobody_speaks and foreign:
        steps.append(words.meanwhile["translate"].format(language=triage.language))
    if decision.nobody_speaks and suggested:
        steps.append(words.meanwhile["approve"])
    if not named and decision.skill == "after_sales":
        steps.append(words.meanwhile["ask_order"])
    if decision.action == "handover":
        steps.append(words.meanwhile["tell_time"].format(due=f"{decision.due_at:%Y-%m-%d %H:%M %Z}"))
    return tuple(steps)


def to_json(packet: Handover) -> str:
    """Return the packet as JSON, for a ticket's fields."""
    return packet.model_dump_json(indent=2)


def to_markdown(packet: Handover) -> str:
    """Return the packet as a note for a ticket.

    What customers wrote stands in it as they wrote it: show it as text where your helpdesk runs what looks like
    markup, or take :func:`to_html`.
    """
    head, parts = _parts(packet)
    lines = [head, "", packet.summary]
    for title, rows in parts:
        plain = title in (_load().languages[packet.agent_language].labels.foreign, _suggested(packet))
        lines += ["", f"### {title}", *(rows if plain else [f"- {row}" for row in rows])]
    return "\n".join(lines)


def to_html(packet: Handover) -> str:
    """Return the packet as HTML without styles or scripts; all that anybody wrote is escaped."""
    head, parts = _parts(packet)
    out = [f'<section lang="{escape(packet.agent_language)}">', f"<p><strong>{escape(head.replace('**', ''))}</strong></p>"]
    out.append(f"<p>{_lines(packet.summary)}</p>")
    for title, rows in parts:
        out += [f"<h3>{escape(title)}</h3>", "<ul>", *(f"<li>{_lines(row)}</li>" for row in rows), "</ul>"]
    return "\n".join([*out, "</section>"])


def _parts(packet: Handover) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return the headline, and each part that there is with its lines."""
    words = _load().languages[packet.agent_language]
    labels = words.labels
    due = f"{packet.due_at:%Y-%m-%d %H:%M %Z}"
    head = f"**{packet.reason}** · {packet.priority} · {labels.queue} {packet.queue} · {labels.due} {due}"
    if packet.tier != "front_line":
        head += f" · {labels.tier} {words.tiers[packet.tier]}"
    facts = packet.order.model_dump(mode="json", exclude_none=True, exclude_defaults=True) if packet.order else {}
    parts: list[tuple[str, list[str]]] = [
        (labels.why, list(packet.reasons)),
        (labels.history, list(packet.notes)),
        (labels.for_customer, [packet.customer_summary] if packet.customer_summary else []),
        (labels.timeline, [_turn(turn) for turn in packet.timeline]),
        (labels.curve, [" → ".join(packet.emotions)] if len(packet.emotions) > 1 else []),
        (labels.entities, [f"{e.type}: {e.value}" for e in packet.entities]),
        (labels.order, [f"{name}: {value}" for name, value in facts.items()]),
        (labels.answered, list(packet.answered)),
        (labels.promises, list(packet.promises)),
        (labels.compensation, list(packet.compensation)),
        (labels.offers, [_offer(offer) for offer in packet.offers]),
        (labels.tried, list(packet.tried)),
        (labels.meanwhile, list(packet.meanwhile)),
        (labels.foreign, [packet.source_text] if packet.source_text else []),
        (labels.suggested, [packet.suggested_reply] if packet.suggested_reply else []),
    ]
    return head, [(title, rows) for title, rows in parts if rows]


def _offer(offer: Offer) -> str:
    amount = f" {offer.amount} {offer.currency}" if offer.amount is not None else ""
    code = f" ({offer.code})" if offer.code else ""
    return f"{offer.kind}{amount}{code} – {offer.granted_by}{f': {offer.why}' if offer.why else ''}"


def _suggested(packet: Handover) -> str:
    return _load().languages[packet.agent_language].labels.suggested


def _turn(turn: Turn) -> str:
    channel = f" ({turn.channel})" if turn.channel else ""
    return f"{turn.role}{channel}: {turn.text if not turn.deleted else '[…]'}"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _QUOTE else f"{text[: _QUOTE - 1]}…"
