"""Is what a reply states found in its evidence, in whatever languages the two are written?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from cs_assist.guard.carriers import strange_carriers
from cs_assist.guard.context import Context
from cs_assist.guard.dates import is_day_first
from cs_assist.guard.evidence import Evidence, evidence_of, family
from cs_assist.guard.facts import Reading
from cs_assist.guard.figures import Fault, Level, holds, same_unit, unborne
from cs_assist.guard.order_state import mistaken
from cs_assist.guard.polarity import BY_VECTORS, BY_WORDS, ByVectors, by_words, clauses, turned
from cs_assist.guard.statements import Statement, alike, is_served, names_anywhere, stated
from cs_assist.guard.words import Hit
from cs_assist.types import Finding

__all__ = ["MOST", "Encoder", "Evidence", "Grounding", "evidence_of"]

#: Characters of a reply that are read.
MOST = 8_000
#: Pairs of sentences of a reply and its evidence that are compared.
_PAIRS = 50_000

#: From here on two sentences are taken to speak of one thing; and surely so.
_ABOUT, _SURELY = 0.5, 0.7
#: From here on a price is that of what a reply says must be paid for, where the evidence has something for free.
_SAME_MATTER = 0.3
#: By how much another sentence of the evidence must fit better than the one that supports a number.
_BETTER = 0.25
#: A denial so near to "you pay", in the same clause, turns it round.
_BESIDE = 12
_BREAK = frozenset(",，、;；:：.—–")
#: What says when something is paid, behind "you pay".
_WHEN = re.compile(
    r"[^,.;:!?。]{0,24}?(?:\b(?:when|once|as soon as|not until|erst|sobald|lorsque|quand|dès que|cuando|recién|quando"
    r"|assim que|solo (?:al|quando)|pas (?:als|bij|wanneer)|zodra|wanneer|först|när|dopiero|gdy|когда|только (?:после|когда|при)"
    r"|saat|ketika|selepas|setelah|apabila|khi|lúc)\b|เมื่อ|ตอน|जब|عند|时|時|際|때)"
)
#: A price of nothing without a currency: "cost to buyer: 0".
_NOTHING = re.compile(
    r"\b(?:costs?|fees?|charges?|postage|shipping|price|deposit)\b[^.;,\d]{0,20}\b0(?:[.,]0{1,2})?(?![\d.,]*\d)"
)
_PAID, _FREED = ("you_pay", "you_pay_too"), ("free", "free_too")
_OPPOSED = (("opened", "unopened"), ("used", "unused"))
_ADVICE = {
    "link": "take the link out", "email": "take the address out", "phone": "take the number out",
    "free": "say what it costs as the evidence does", "cost": "say who pays as the evidence does",
    "negation": "say it as the evidence does", "status": "say what the order's facts say", "condition": "add the condition",
    "language": "let a person read it", "length": "write less",
}  # fmt: skip


#: From so many digits on, a number names something.
_ID = 5


class Encoder(Protocol):
    """Turns sentences into vectors of length one, one row each."""

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Return the vectors."""


class Grounding:
    """Compares a reply with its evidence, fact by fact and sentence by sentence.

    Args:
        encoder: Where given, it aligns the clauses of a reply with those of the evidence, besides their words.
    """

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._near = ByVectors(encoder.encode_queries) if encoder is not None else None

    def __call__(self, text: str, context: Context) -> tuple[Finding, ...]:
        """Return what the evidence does not bear out, in the order of the text.

        What contradicts the evidence, and a fact that it does not have, blocks; what it may only be read to contradict
        warns. A text in a language that cannot be checked is never passed: ``ungrounded_language``.

        Example:
            >>> context = Context("en", None, None, None, ("Rückgabe innerhalb von 14 Tagen.",))
            >>> [(f.rule, f.severity) for f in Grounding()("You can return it within 30 days.", context)]
            [('ungrounded_time', 'block')]
            >>> Grounding()("You can return it within two weeks.", context)
            ()
        """
        if not any(char.isalnum() for char in text):
            return ()
        reading, own = stated(text[:MOST], context.language)
        known = evidence_of(context.evidence, context.language)
        said = evidence_of((context.customer_text,) if context.customer_text else (), context.language)
        day_first = is_day_first(context.language, context.market)
        found = list(unborne(reading, known, said, context.on, day_first=day_first))
        if is_served(context.language):
            found += self._contradictions(own[: max(1, _PAIRS // max(1, len(known.statements)))], known, said)
            for (start, end), facts in mistaken(own, known, said, context.language):
                found.append(Fault("status", "block", start, end, f"the order's own facts say '{facts}'"))
            found += _unless_damaged(own, known, said)
        else:
            found.append(Fault("language", "warn", 0, len(reading.seen.text), f"'{context.language}' cannot be checked"))
        few = max(1, _PAIRS // max(1, len(known.statements)))
        if len(text) > MOST or len(own) > few:
            found.append(Fault("length", "warn", 0, len(reading.seen.text), "it is too long to be checked in full"))
        findings = [
            Finding(
                rule="ungrounded_carrier", severity="warn", start=start, end=end, message="the evidence names another carrier",
                suggestion="name the carrier that the evidence does",
            )
            for start, end in strange_carriers(text[:MOST], context.evidence, context.customer_text)
        ]  # fmt: skip
        findings += [_finding(reading, fault) for fault in sorted(found, key=lambda fault: fault.severity == "block")]
        return tuple(
            sorted(
                {(f.rule, f.start): f for f in findings if f.rule not in context.allowed}.values(),
                key=lambda f: (f.start, f.rule),
            )
        )

    def _contradictions(self, own: Sequence[Statement], known: Evidence, said: Evidence) -> Iterator[Fault]:
        damaged = said.has("damaged") or any(statement.has("damaged") for statement in own)
        for statement in own:
            yield from _swapped(statement, known)
            yield from _price(statement, known, damaged=damaged)
            yield from _extent(statement, known)
            if statement.asks:
                continue
            rivals = _about(statement, known)
            if rivals:
                yield from _order(statement, rivals)
                yield from _conditions(statement, own, rivals)
        yield from self._turned(own, known)

    def _turned(self, own: Sequence[Statement], known: Evidence) -> Iterator[Fault]:
        """Find a clause that denies what the evidence affirms, or the reverse."""
        said = [clause for statement in own if not statement.has("conditional") for clause in clauses(statement)]
        held = [clause for statement in known.statements for clause in clauses(statement)]
        found = turned(said, held, self._near, BY_VECTORS) if self._near else turned(said, held, by_words, BY_WORDS)
        for clause, sure in found:
            level: Level = "block" if sure else "warn"
            yield Fault("negation", level, clause.start, clause.end, "the evidence says the opposite")


def _about(statement: Statement, known: Evidence) -> list[tuple[float, Statement]]:
    """Return the sentences of the evidence that speak of the same as a sentence of the reply, and how surely."""
    scored = [(alike(statement, other), other) for other in known.statements]
    scored = [(score, other) for score, other in scored if score > 0]
    best = max((score for score, _ in scored), default=0.0)
    return [(score, other) for score, other in scored if score >= max(_ABOUT, best - 0.1)]


def _finding(reading: Reading, fault: Fault) -> Finding:
    start, end = reading.seen.span(fault.start, fault.end)
    advice = _ADVICE.get(fault.kind, "say what the evidence says")
    return Finding(
        rule=f"ungrounded_{fault.kind}",
        severity=fault.severity,
        start=start,
        end=end,
        message=fault.message,
        suggestion=advice,
    )


def _swapped(statement: Statement, known: Evidence) -> Iterator[Fault]:
    """Find a number that the evidence has of something else, while it has another one of this."""
    for fact in statement.facts:
        kind = family(fact.kind)
        if kind not in ("duration", "money", "percent", "number") or fact.soft or fact.values == ("1",):
            continue
        if len(fact.values[0]) >= _ID or sum(family(near.kind) == kind for near in statement.facts) > 1:
            continue  # an order's number; a list of amounts, whose sentence speaks of several things
        bearing, rival = 0.0, 0.0
        strange = True
        for other in known.statements:
            amounts = [amount for amount in other.facts if family(amount.kind) == kind]
            if not amounts:
                continue
            score = alike(statement, other)
            if any(same_unit(fact.kind, amount.kind) and holds(fact, amount, loose=False) for amount in amounts) or all(
                value in other.numbers for value in fact.values
            ):
                bearing = max(bearing, score)
                strange = strange and bool(other.topics) and not other.topics & statement.topics
            else:
                rival = max(rival, score)
        if rival < (_ABOUT if statement.topics else _SURELY) or (bearing == 0.0 and not strange):
            continue
        if rival - bearing >= _BETTER:
            level: Level = "block" if strange and rival >= _SURELY else "warn"
            yield Fault(
                "time" if kind == "duration" else kind,
                level,
                fact.start,
                fact.end,
                "the evidence says this of something else",
            )


def _price(statement: Statement, known: Evidence, *, damaged: bool) -> Iterator[Fault]:
    """Find what is said to be free and is not, or to be paid for and is free."""
    for said, opposite, kind in (("free", "you_pay", "free"), ("you_pay", "free", "cost")):
        if not statement.has(said):
            continue
        hits = [hit for hit in statement.hits[said] if said == "free" or not _is_denied(statement, hit)]
        if not hits:
            continue
        start, end = hits[0]
        bearing = [other for other in known.statements if other.has(said, f"{said}_too")]
        if said == "free":
            bearing += [other for other in known.statements if _costs_nothing(other, statement)]
            bearing += [other for other in known.statements if damaged and other not in bearing and _frees_damaged(other)]
            bearing = bearing or [other for other in known.statements if other.has("included")]
        if said == "you_pay":
            bearing = [other for other in bearing if other.has(said) or not other.has("free", "free_too")]
            priced = [other for other in known.statements if any(fact.kind.startswith("money") for fact in other.facts)]
            given = any(other.has("free", "free_too") for other in known.statements)
            bearing += [other for other in priced if not given or alike(statement, other) >= _SAME_MATTER]
        against = [other for other in known.statements if other.has(opposite, f"{opposite}_too") and other not in bearing]
        if said == "you_pay" and not against and _WHEN.match(statement.text, end - statement.start):
            continue  # when, and not who
        if not bearing and not against and any({said, f"{said}_too"} & names_anywhere(r.text) for r in known.readings):
            continue
        if not bearing:
            yield Fault(
                kind,
                "block",
                start,
                end,
                "no evidence says who pays so" if not against else "the evidence says the opposite of who pays",
            )
            continue
        if said == "free" and damaged and any(_frees_damaged(other) for other in bearing):
            continue  # the goods are damaged, and then it is free
        support = max(alike(statement, other) for other in bearing)
        rival = max((alike(statement, other) for other in against), default=0.0)
        if rival >= _ABOUT and rival - support >= _BETTER:
            yield Fault(kind, "block", start, end, "the evidence says the opposite of who pays")


def _unless_damaged(own: Sequence[Statement], known: Evidence, said: Evidence) -> Iterator[Fault]:
    """Find who pays told without "unless it is damaged", or the other way round, where the evidence makes that difference."""
    limits = [other for other in known.statements if _frees_damaged(other)]
    if not limits or not known.has(*_PAID):
        return
    told = any(statement.has("damaged") for statement in own)
    for statement in own:
        matter = statement.topics - {"damaged"}
        if statement.asks or statement.has("conditional") or not any(matter & other.topics for other in limits):
            continue
        paid = [hit for hit in statement.hits.get("you_pay", ()) if not _is_denied(statement, hit)]
        freed = statement.hits.get("free", ())
        if paid and not freed and not statement.has("except"):
            if statement.has("damaged"):
                yield Fault("cost", "block", *paid[0], "the evidence frees damaged goods of it")
            elif said.has("damaged") and not told:
                yield Fault("condition", "warn", *paid[0], "the evidence frees damaged goods of it, and the customer's are")
        elif freed and not paid and not told and not said.has("damaged"):
            yield Fault("condition", "warn", *freed[0], "the evidence frees damaged goods only")


def _frees_damaged(other: Statement) -> bool:
    """Whether a sentence of the evidence says that nothing is to be paid where goods are damaged, and only there."""
    if not other.has("damaged"):
        return False
    return other.has(*_FREED) != other.has("except") if not other.has(*_PAID) else True


def _is_denied(statement: Statement, hit: Hit) -> bool:
    """Whether "you have to pay" is denied: "no tiene que pagar nada"."""
    first, last = hit[0] - statement.start, hit[1] - statement.start
    for start, end in statement.hits.get("neg", ()):
        before, behind = statement.text[max(0, end - statement.start) : first], statement.text[last : start - statement.start]
        if end <= hit[0] and len(before) <= _BESIDE and not _BREAK.intersection(before):
            return True
        if hit[0] <= start < hit[1] or (start >= hit[1] and len(behind) <= _BESIDE and not _BREAK.intersection(behind)):
            return True
    return False


def _costs_nothing(other: Statement, statement: Statement) -> bool:
    """Whether a sentence of the evidence gives nothing as a price, or denies the duty that the reply speaks of."""
    if any(fact.kind.startswith("money") and set(fact.values) == {"0"} for fact in other.facts) or _NOTHING.search(other.text):
        return True
    return statement.has("duty", "duty_free") and (other.has("duty_free") or (other.has("duty") and other.denies))


def _extent(statement: Statement, known: Evidence) -> Iterator[Fault]:
    """Find what is said to be included and is excluded, or the reverse."""
    for said, opposite in (("included", "excluded"), ("excluded", "included")):
        if not statement.has(said) or statement.has(opposite) or statement.denies:
            continue
        bearing = max((alike(statement, other) for other in known.statements if other.has(said)), default=-1.0)
        against = max(
            (alike(statement, other) for other in known.statements if other.has(opposite) and not other.has(said)), default=-1.0
        )
        if against > 0 and (bearing < 0 or (against >= _ABOUT and against - bearing >= _BETTER)):
            start, end = statement.hits[said][0]
            yield Fault("included", "block", start, end, "the evidence says the opposite of what is included")


def _order(statement: Statement, rivals: Sequence[tuple[float, Statement]]) -> Iterator[Fault]:
    """Find before said for after."""
    for said, opposite in (("before", "after"), ("after", "before")):
        if not statement.has(said) or statement.has(opposite):
            continue
        if all(other.has(opposite) and not other.has(said) for _, other in rivals):
            start, end = statement.hits[said][0]
            yield Fault("order", "warn", start, end, f"the evidence says '{opposite}'")


def _conditions(statement: Statement, own: Sequence[Statement], rivals: Sequence[tuple[float, Statement]]) -> Iterator[Fault]:
    """Find a condition that was dropped or turned round."""
    names = ("only", "unopened", "unused", "tags", "packaging", "receipt")
    for _, other in rivals:
        for one, reverse in (*_OPPOSED, *((b, a) for a, b in _OPPOSED)):
            if statement.has(one) and other.has(reverse) and not other.has(one) and statement.denies == other.denies:
                start, end = statement.hits[one][0]
                yield Fault("condition", "warn", start, end, "the evidence says it of the opposite")
    if statement.denies or statement.has("conditional"):
        return
    rivals = [(score, other) for score, other in rivals if not _frees_damaged(other)]  # ``_unless_damaged`` compares these
    needed = [other for _, other in rivals if other.has("only", "unopened", "unused", "tags") and not other.denies]
    if needed and len(needed) == len(rivals):
        wanted = {name for other in needed for name in names if other.has(name)}
        if wanted == {"only"} and any(other.numbers and other.numbers <= statement.numbers for other in needed):
            return  # the figure is the condition, and it is told
        if not any(one.has(*wanted, "only", "conditional") for one in own):
            yield Fault("condition", "warn", statement.start, statement.end, "the evidence holds under a condition only")
