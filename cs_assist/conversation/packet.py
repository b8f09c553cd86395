"""What a person gets when a conversation is handed to them."""

from __future__ import annotations

from cs_assist.types import Conversation, Decision, Findings, Handover, Message, Triage, same_language


def make_packet(
    message: Message,
    triage: Triage,
    conversation: Conversation,
    decision: Decision,
    findings: Findings,
    *,
    suggested: str,
) -> Handover:
    """Return the packet: why, until when, what happened, what is known, what was tried, what to answer.

    ``source_text`` holds the shop's own answer where it exists only in a language that the customer
    does not read: for a person to translate, never to paste.
    """
    best = decision.passage or (findings.passages[0] if findings.passages else None)
    foreign = best is not None and decision.passage is best and not same_language(best.language, triage.language)
    return Handover(
        reason=decision.reason,
        priority=decision.priority,
        queue=decision.queue,
        due_at=decision.due_at,
        summary=_summary(message, triage, conversation, decision),
        timeline=conversation.turns,
        emotions=tuple(turn.emotion.value for turn in conversation.turns if turn.emotion),
        entities=triage.entities,
        order=message.order,
        tried=tuple(f"{p.doc_id} ({p.p_answers:.2f})" for p in findings.passages[:3]),
        suggested_reply=suggested,
        source_text=f"[{best.doc_id}, {best.language}] {best.title}\n{best.text}" if best and foreign else None,
        customer_language=triage.language,
        market=message.market,
    )


def _summary(message: Message, triage: Triage, conversation: Conversation, decision: Decision) -> str:
    """Return one line in the agents' English: who, what, how they feel, what has happened."""
    who = f"{message.name or 'Customer'} ({message.market or 'market unknown'}, {triage.language})"
    feeling = f"{triage.emotion.value} {triage.intensity:.1f}" if triage.intensity else triage.emotion.value
    count = f"message {conversation.customer_turns}, {conversation.strikes} dissatisfied in a row"
    asks = f"{triage.intent} ({triage.p_intent:.2f})"
    return f"{who} by {message.channel}: {asks}; {feeling}; {count}. Handed over: {decision.reason}."


def to_markdown(packet: Handover) -> str:
    """Return the packet as a note for a ticket."""
    lines = [
        f"**{packet.reason}** · {packet.priority} · queue {packet.queue} · due {packet.due_at:%Y-%m-%d %H:%M %Z}",
        "",
        packet.summary,
        "",
        "### Timeline",
        *(f"- {turn.role}: {turn.text}" for turn in packet.timeline),
    ]
    if packet.entities:
        lines += ["", "### Found in the message", *(f"- {e.type}: {e.value}" for e in packet.entities)]
    if packet.order:
        facts = packet.order.model_dump(mode="json", exclude_none=True)
        lines += ["", "### Order", *(f"- {name}: {value}" for name, value in facts.items())]
    if packet.tried:
        lines += ["", "### Articles looked at", *(f"- {line}" for line in packet.tried)]
    if packet.source_text:
        lines += ["", "### The shop's answer in another language", packet.source_text]
    if packet.suggested_reply:
        lines += ["", "### Suggested reply", packet.suggested_reply]
    return "\n".join(lines)
