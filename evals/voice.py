"""Do composed replies sound as each market expects, and does the culture check hear where a reply does not?

    python -m evals.voice [--data FOLDER]

Two parts. For every phrase bank, emotion and each of six intents the reply is composed as the library would, judged by the
automatic checks below and written to ``results/voice/<language>.md``, to be read and compared. And the set of replies with one
planted fault each (``evals/data/voice``, by authors who have not seen the check) is read by the culture check.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from cs_assist.config import Settings, load_settings
from cs_assist.guard.check import Guard, verdict
from cs_assist.guard.context import Context
from cs_assist.markets.market import Market, load_market, market_codes
from cs_assist.policy.decide import Policy
from cs_assist.quality.intervals import cell
from cs_assist.reply.compose import Composer
from cs_assist.reply.phrases import phrase_languages
from cs_assist.triage.language import LanguageReader
from cs_assist.types import (
    Conversation,
    Draft,
    Emotion,
    Finding,
    Findings,
    Message,
    Order,
    OrderItem,
    Triage,
    Turn,
    same_language,
)
from evals.guard import read, table_of
from evals.provenance import RESULTS, ROOT, save

DATA = ROOT / "evals" / "data" / "voice"
NOW = datetime(2026, 9, 16, 9, 30, tzinfo=UTC)
INTENTS = ("order_status", "delivery_delayed", "item_damaged", "size_advice", "human_request", "praise")
CHANNELS = ("email", "live_chat", "marketplace")
#: Whose customs are taken for a language that several markets, or none first, speak.
MARKETS = {
    "en": "US", "es-419": "MX", "hi-Latn": "IN", "hi": "IN", "zh-Hans": "CN", "zh-Hant": "TW", "ar": "SA", "pt": "PT",
    "pt-BR": "BR", "es-AR": "AR", "fr": "FR", "de": "DE", "nl": "NL", "ms": "MY", "es": "ES",
}  # fmt: skip
CHECKS = ("language", "register", "length", "grounded", "placeholder", "repeated", "other")
_SURE = 0.95
#: The rules of the guard that read for culture: of the set's faults no others are meant.
_CULTURE = ("culture_", "topic_", "language")


@dataclass(frozen=True)
class Reply:
    """One composed reply and what it was written for."""

    intent: str
    emotion: Emotion
    message: Message
    draft: Draft
    action: str
    market: Market
    seconds: float


def main() -> None:
    """Measure and write evals/results/voice.json, voice.md and the snapshots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    arguments = parser.parse_args()
    reader = LanguageReader()
    guard = Guard(lambda text: reader.read(text)[0])
    result: dict[str, Any] = {}
    parts = [
        ("Composed replies", composed(guard, load_settings(shop_name="Papaya Lane"), result)),
        ("Planted faults", planted(guard, read(arguments.data), result)),
    ]
    table = "\n\n".join(f"## {name}\n\n{text}" for name, text in parts)
    print(table)
    save("voice", result, table)


def composed(guard: Guard, settings: Settings, result: dict[str, Any]) -> str:
    """Compose, check and write the snapshots."""
    composer, policy = Composer(settings), Policy(settings)
    passed: dict[str, Counter[str]] = defaultdict(Counter)
    failed: dict[str, list[str]] = defaultdict(list)
    seconds: list[float] = []
    sizes = {}
    for language in track(sorted(phrase_languages()), description="languages", transient=True):
        replies = list(scenes(language, composer, policy))
        sizes[language] = len(replies)
        for number, reply in enumerate(replies):
            wrong = faults(reply, language, guard)
            wrong |= repeats(reply, language, composer, policy)
            seconds.append(reply.seconds)
            for check in CHECKS:
                passed[language][check] += check not in wrong
            failed[language] += [f"{number} {reply.intent} {reply.emotion.value}: {', '.join(sorted(wrong))}"] if wrong else []
        snapshot(language, replies)
    p50, p95 = (round(1000 * float(np.percentile(seconds, q)), 2) for q in (50, 95))
    n = sum(sizes.values())
    totals = {check: sum(passed[language][check] for language in sizes) for check in CHECKS}
    result["composed"] = {"n": n, **{check: round(k / n, 4) for check, k in totals.items()}, "p50_ms": p50, "p95_ms": p95,
                          "failed": dict(failed)}  # fmt: skip
    rows = [(language, size, *(f"{passed[language][check] / size:.3f}" for check in CHECKS)) for language, size in sizes.items()]
    rows.append(("all", n, *(cell(totals[check], n) for check in CHECKS)))
    return table_of(("language", "n", *CHECKS), rows) + f"\n\nComposing one reply: p50 {p50} ms, p95 {p95} ms."


def scenes(language: str, composer: Composer, policy: Policy) -> Iterator[Reply]:
    """Yield a reply for every emotion and intent, in turn on each channel."""
    market = load_market(market_of(language))
    for i, intent in enumerate(INTENTS):
        for j, emotion in enumerate(Emotion):
            channel = CHANNELS[(i + j) % len(CHANNELS)]
            yield compose(language, intent, emotion, channel, f"{language}-{intent}-{emotion.value}", market, composer, policy)


def market_of(language: str) -> str:
    """Return the market whose first language it is."""
    if language in MARKETS:
        return MARKETS[language]
    return next(code for code in sorted(market_codes()) if same_language(load_market(code).languages[0], language))


def compose(
    language: str,
    intent: str,
    emotion: Emotion,
    channel: Any,
    key: str,
    market: Market,
    composer: Composer,
    policy: Policy,
    said: tuple[Turn, ...] = (),
) -> Reply:
    """Decide and compose one reply to a message whose reading is given."""
    order = None
    if intent in ("order_status", "delivery_delayed"):
        late = intent == "delivery_delayed"
        order = Order(
            number="PL-20771", status="shipped", carrier="DHL", tracking="JD014600003828114", placed_at=date(2026, 9, 3),
            promised_date=date(2026, 9, 12) if late else date(2026, 9, 21), items=(OrderItem(name="Papaya 20", quantity=2),),
            total=Decimal("48.90"), currency=market.currency,
        )  # fmt: skip
    upset = emotion in (Emotion.DISAPPOINTED, Emotion.FRUSTRATED, Emotion.ANGRY)
    message = Message(id=key, text="…", market=market.code, channel=channel, order=order, name="Kim", received_at=NOW)
    tag = "es-419" if language == "es-AR" else language
    triage = Triage(
        text="…", language=tag, languages=((tag, 0.99),), intent=intent, intents=((intent, 0.97), ("complaint", 0.01)),
        emotion=emotion, emotions=((emotion.value, 0.95),), intensity=0.8 if emotion is Emotion.ANGRY else 0.5,
        dissatisfied=upset, p_dissatisfied=0.95 if upset else 0.05, urgency="normal", priority="P3",
    )  # fmt: skip
    conversation = Conversation(id=key, customer_turns=1, strikes=int(upset), turns=said)
    decision = policy(message, triage, conversation, Findings(), market=market, now=NOW)
    start = time.perf_counter()
    draft = composer(message, triage, conversation, decision, market=market, now=NOW)
    return Reply(intent, emotion, message, draft, decision.action.value, market, time.perf_counter() - start)


def faults(reply: Reply, language: str, guard: Guard) -> set[str]:
    """Return the names of the checks that a reply fails."""
    seen, p = guard.identify(reply.draft.text)
    wrong = set() if same_language(seen, reply.draft.language) and p >= _SURE else {"language"}
    wrong |= set() if same_language(reply.draft.language, language) else {"language"}
    for finding in guard(reply.draft, reply.message, on=NOW.date(), task_created=reply.action in ("draft", "handover")):
        if finding.severity != "note":
            wrong.add(_check_of(finding))
    return wrong


def _check_of(finding: Finding) -> str:
    """Return the check under which a finding counts."""
    if finding.rule in ("length", "placeholder", "language"):
        return finding.rule
    if finding.rule.startswith("culture_"):
        return "register"
    return "grounded" if finding.rule.startswith("ungrounded_") else "other"


def repeats(reply: Reply, language: str, composer: Composer, policy: Policy) -> set[str]:
    """Return ``repeated`` where a second reply of the conversation has a line of the first."""
    said = (Turn(role="bot", text=reply.draft.text, at=NOW - timedelta(hours=1)),)
    again = compose(
        language, reply.intent, reply.emotion, reply.message.channel, reply.message.id, reply.market, composer, policy, said
    )
    facts = set(again.draft.evidence)
    lines = {line for line in again.draft.text.splitlines() if line.strip()} - facts
    return {"repeated"} if lines & set(reply.draft.text.splitlines()) else set()


def snapshot(language: str, replies: list[Reply]) -> None:
    """Write the replies of one language, to be read."""
    lines = [f"# {language} ({replies[0].market.name})"]
    for reply in replies:
        lines += ["", f"## {reply.intent}, {reply.emotion.value}, {reply.message.channel}: {reply.action}", "", reply.draft.text]
    folder = RESULTS / "voice"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{language}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def planted(guard: Guard, rows: list[dict[str, Any]], result: dict[str, Any]) -> str:
    """Read every reply of the set; whatever the check says of a faulty one, even as a note, counts as heard."""
    for row in rows:
        context = Context(
            language=row["language"], market=row.get("market"), platform=row.get("platform"), channel=row.get("channel"),
            customer_text=row.get("customer_text") or "", on=NOW.date(),
        )  # fmt: skip
        found = [f for f in guard.check(row["text"], context, grounded=False) if f.rule.startswith(_CULTURE)]
        row["heard"], row["alarm"] = bool(found), verdict(found) != "pass"
        row["rules"] = sorted({f.rule for f in found})
    clean, faulty = [r for r in rows if not r["fault"]], [r for r in rows if r["fault"]]
    halves = [("all", lambda r: True), ("even numbers", lambda r: r["even"]), ("odd numbers", lambda r: not r["even"])]
    head = ("", "n clean", "warned or blocked", "noted", "n faults", "heard", "warned or blocked")
    summary = [_summary(name, [r for r in clean if keep(r)], [r for r in faulty if keep(r)]) for name, keep in halves]
    languages = sorted({r["file"] for r in rows})
    by_language = [_summary(x, [r for r in clean if r["file"] == x], [r for r in faulty if r["file"] == x]) for x in languages]
    kinds = defaultdict(list)
    for r in faulty:
        kinds[r["fault"]].append(r)
    by_kind = [
        (kind, len(here), _share(here, "heard"), _share([r for r in here if r["even"]], "heard"))
        for kind, here in sorted(kinds.items())
    ]
    even, even_faulty = [r for r in clean if r["even"]], [r for r in faulty if r["even"]]
    result["planted"] = {
        "clean": len(clean), "alarms": sum(r["alarm"] for r in clean),
        "faults": len(faulty), "heard": sum(r["heard"] for r in faulty),
        "even": {"clean": len(even), "alarms": sum(r["alarm"] for r in even), "faults": len(even_faulty),
                 "heard": sum(r["heard"] for r in even_faulty)},
        "missed": [f"{r['id']} {r['fault']}" for r in faulty if not r["heard"]],
        "false_alarms": [f"{r['id']} {' '.join(r['rules'])}" for r in clean if r["alarm"]],
    }  # fmt: skip
    parts = [table_of(head, summary), table_of(("kind of fault", "n", "heard", "heard, even numbers"), by_kind)]
    return "\n\n".join([*parts, table_of(head, by_language)])


def _summary(name: str, clean: list[dict[str, Any]], faulty: list[dict[str, Any]]) -> tuple[object, ...]:
    return (
        name, len(clean), _share(clean, "alarm"), _share(clean, "heard"), len(faulty), _share(faulty, "heard"),
        _share(faulty, "alarm"),
    )  # fmt: skip


def _share(rows: list[dict[str, Any]], key: str) -> str:
    return cell(sum(bool(r[key]) for r in rows), len(rows)) if rows else ""


if __name__ == "__main__":
    main()
