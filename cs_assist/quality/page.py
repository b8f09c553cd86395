"""A self-contained HTML page that shows outcomes in full, for people to read through."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from cs_assist.conversation.packet import to_markdown
from cs_assist.types import Message, Outcome

_TEMPLATE = Path(__file__).parent / "page.html"


def outcomes_page(pairs: Sequence[tuple[Message, Outcome]], *, title: str) -> str:
    """Return one HTML page with a card for each message and what became of it.

    Styles are inside the page and nothing is fetched; all text from outside is escaped.
    """
    cards = "\n".join(_card(message, outcome) for message, outcome in pairs)
    counts = {action: sum(o.action == action for _, o in pairs) for action in ("reply", "draft", "ask", "handover", "ignore")}
    tally = " · ".join(f"{count} {action}" for action, count in counts.items() if count)
    page = _TEMPLATE.read_text(encoding="utf-8")
    for mark, value in {"TITLE": escape(title), "TALLY": escape(tally), "CARDS": cards}.items():
        page = page.replace(f"@{mark}@", value)
    return page


def _card(message: Message, outcome: Outcome) -> str:
    triage, decision = outcome.triage, outcome.decision
    read = (
        f"{triage.language} · {triage.intent} {triage.p_intent:.2f} · {triage.emotion.value} {triage.intensity:.1f} · "
        f"dissatisfied {triage.p_dissatisfied:.2f} · {triage.urgency.value}"
        if triage
        else "not read"
    )
    around = " · ".join(x for x in (message.id, message.market, message.channel, message.platform, message.name) if x)
    checks = "".join(f"<li>{escape(c.severity)}: {escape(c.rule)} – {escape(c.message)}</li>" for c in outcome.checks)
    found = "".join(
        f"<li>{escape(p.doc_id)} ({p.p_answers:.2f}, {escape(p.language)}) {escape(p.title)}</li>"
        for p in outcome.findings.passages[:3]
    )
    history = "".join(f'<p class="turn">{escape(turn.role)}: {escape(turn.text)}</p>' for turn in message.history)
    packet = (
        f"<details><summary>packet for the person</summary><pre>{escape(to_markdown(outcome.handover))}</pre></details>"
        if outcome.handover
        else ""
    )
    return f"""<article class="{outcome.action.value}">
<header><b>{outcome.action.value}</b> <span>{escape(" – ".join((decision.reason, *decision.reasons)))}</span></header>
<p class="around">{escape(around)} · due {decision.due_at:%Y-%m-%d %H:%M} UTC · {decision.priority} · {escape(decision.queue)}</p>
{history}<blockquote dir="auto">{escape(message.text)}</blockquote>
<p class="read">{escape(read)}</p>
<div class="reply" dir="auto">{escape(outcome.reply.text) or "<i>nothing is sent</i>"}</div>
<ul>{checks}</ul><details><summary>articles looked at</summary><ul>{found}</ul></details>{packet}
</article>"""
