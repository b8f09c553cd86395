"""Check: may this text leave the house? All checks of a reply behind one door, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from cs_assist.config import Settings
from cs_assist.guard import form
from cs_assist.guard.allowances import Allowances
from cs_assist.guard.claims import Claims
from cs_assist.guard.context import Context
from cs_assist.guard.culture import culture
from cs_assist.guard.grounding import Grounding
from cs_assist.guard.injection import Scanner, Where
from cs_assist.guard.memo import Encoder, Remembering
from cs_assist.guard.privacy import private_data
from cs_assist.guard.rule_ids import check_ids
from cs_assist.guard.rules import RuleBook
from cs_assist.guard.statements import is_served
from cs_assist.guard.topics import TopicGuard
from cs_assist.types import Draft, Finding, Message, Order, canonical_tag

__all__ = ["Guard", "verdict"]

_HINDI = {"hi", "hi-Latn"}
_DEVANAGARI = re.compile(r"[\u0904-\u0939]")
_GRAVITY = {"block": 0, "warn": 1, "note": 2}
#: From here on an article that the seller has approved counts as planted.
_NEARLY_SURE = 0.9


class Guard:
    """Checks a text that is meant for a customer: form, platform rules, topics, claims, grounding, personal data.

    Args:
        identify: Tells the language of a text (its BCP 47 tag, ``und`` where it cannot) and how sure it is.
        encoder: Aligns sentences with evidence where words alone do not, and reads for planted instructions; without
            one, words and figures alone decide.
        rules: A folder of a seller's own rules, in the form of ``guard/rules``.
        switched_off: Ids of rules that the seller does not want.
        allowed: What every reply may say: pages, telephone numbers, addresses, names; see :class:`Allowances`.
        liability_forbidden: Nobody may admit liability in a reply; otherwise that only warns.

    Raises:
        DataFileError: A file of ``rules`` breaks the form.
        SettingsError: ``switched_off`` has an id that no rule has.
    """

    def __init__(
        self,
        identify: Callable[[str], tuple[str, float]],
        *,
        encoder: Encoder | None = None,
        rules: Path | None = None,
        switched_off: Iterable[str] = (),
        allowed: Iterable[str] = (),
        liability_forbidden: bool = True,
    ) -> None:
        self.identify = identify
        self.switched_off = frozenset(switched_off)
        self._encoder = encoder
        self._rules = RuleBook(rules)
        check_ids(self.switched_off, self._rules.ids)
        self._allowances = Allowances(allowed)
        self._topics = TopicGuard()
        told = Remembering(encoder) if encoder is not None else None
        self._claims = Claims(liability_forbidden=liability_forbidden, encoder=told)
        self._grounding = Grounding(told)

    @classmethod
    def from_settings(cls, settings: Settings, identify: Callable[[str], tuple[str, float]], encoder: Encoder) -> Guard:
        """Return the guard as a seller has set it."""
        return cls(
            identify, encoder=encoder, rules=settings.guard_rules, switched_off=settings.guard_off,
            allowed=settings.guard_allow, liability_forbidden=settings.liability_forbidden,
        )  # fmt: skip

    def language_for(self, text: str, customer_text: str) -> str:
        """Return the language that ``text`` should be in: the customer's where it can be told, else its own."""
        seen, p = self.identify(customer_text) if customer_text else ("und", 0.0)
        return seen if p >= form.SURE_LANGUAGE else self.identify(text)[0]

    @cached_property
    def scanner(self) -> Scanner:
        """Looks for planted instructions."""
        return Scanner(self._encoder)

    def __call__(
        self, draft: Draft, message: Message, *, said: str = "", on: date | None = None, task_created: bool = False
    ) -> tuple[Finding, ...]:
        """Return what stands against ``draft``; ``said`` is what the customer wrote before, see also :meth:`check`."""
        context = Context(
            language=draft.language, market=message.market, platform=message.platform, channel=message.channel,
            evidence=(*draft.evidence, *order_facts(message.order)), customer_text=message.text, on=on,
            said=said or "\n".join(turn.text for turn in message.history if turn.role == "customer"),
            verified=message.customer is not None and message.customer.verified, allowed=self.switched_off,
        )  # fmt: skip
        return self.check(draft.text, context, task_created=task_created)

    def check(self, text: str, context: Context, *, grounded: bool = True, task_created: bool = False) -> tuple[Finding, ...]:
        """Return what stands against ``text``, in its order; empty where nothing does.

        Args:
            text: What the customer would read.
            context: Where it goes, and what is known.
            grounded: Whether the evidence is all that may be stated; without it nothing is compared.
            task_created: A person or a job has the task, so that "a colleague will look into it" is true.
        """
        if not text:
            return ()
        context = self._as_written(text, context)
        found = [*self._found(text, context, grounded=grounded, task_created=task_created)]
        unique = {(f.rule, f.start, f.end): f for f in self._allowances.keep(found, text) if f.rule not in context.allowed}
        return tuple(sorted(unique.values(), key=lambda f: (f.start, _GRAVITY[f.severity], f.rule)))

    def _as_written(self, text: str, context: Context) -> Context:
        """Return the context with its language's tag in the usual letters, and told from the text where none is given.

        Hindi is in the letters of customer and reply, whichever of the two it was taken for.
        """
        tag = canonical_tag(context.language)
        context = replace(context, language=tag if tag != "und" else self.language_for(text, context.customer_text))
        latin = _is_latin(text)
        if context.language not in _HINDI or latin is None or latin != _is_latin(context.customer_text):
            return context
        seen = self.identify(text)[0]
        return replace(context, language=seen) if seen in _HINDI else context

    def _found(self, text: str, context: Context, *, grounded: bool, task_created: bool) -> Iterator[Finding]:
        yield from form.placeholders(text)
        yield from form.model_talk(text, context)
        yield from form.markup(text, context)
        yield from form.length(text, context)
        yield from form.language(text, context, self.identify)
        yield from self._rules(text, context)
        yield from self._topics(text, context)
        yield from self._claims(text, context, task_created=task_created)
        yield from private_data(text, context)
        yield from culture(text, context, self.identify)
        if grounded:
            yield from self._grounding(text, context)
        elif not is_served(context.language) and any(map(str.isalpha, text)):
            yield Finding(
                rule="ungrounded_language", severity="warn", start=0, end=len(text),
                message=f"'{context.language}' cannot be checked", suggestion="let a person who reads it decide",
            )  # fmt: skip

    def planted(self, message: Message, evidence: Iterable[str] = (), *, approved: bool = False) -> tuple[Finding, ...]:
        """Return a finding for each source of a reply that speaks to the machine instead of informing it.

        The customer's text, its HTML, the order's fields and the evidence are read. The findings concern no span of the
        reply (``start`` and ``end`` are 0): a reply that rests on such a source is for a person to send.

        Args:
            message: The customer's, with its order.
            evidence: What the reply rests on.
            approved: The seller has approved the evidence and it goes out word for word, past any model: only what is
                planted nearly for sure counts. Three honest articles in a hundred look planted, of these one in five so.
        """
        sources: list[tuple[str, Where, str]] = [("message", "customer", message.text)]
        if message.html:
            sources.append(("html", "html", message.html))
        sources += [("order", "order_field", value) for value in order_facts(message.order)]
        sources += [("evidence", "evidence", text) for text in evidence]
        found = []
        for name, where, text in sources:
            rule = f"planted_{name}"
            if not text or rule in self.switched_off:
                continue
            seen = self.scanner.scan(text, where)
            if seen.injection and (name != "evidence" or not approved or seen.p_injection >= _NEARLY_SURE):
                reasons = ", ".join(dict.fromkeys(span.reason for span in seen.spans))
                told = f"the {name} seems to instruct the machine ({reasons or 'as a whole'}, p {seen.p_injection:.2f})"
                found.append(Finding(rule=rule, severity="block", start=0, end=0, message=told, suggestion="let a person answer"))
        return tuple({finding.rule: finding for finding in found}.values())


def _is_latin(text: str) -> bool | None:
    """Whether a text has letters and none of them is of the script of Hindi; None where it has no letters."""
    return not _DEVANAGARI.search(text) if any(c.isalpha() for c in text) else None


def order_facts(order: Order | None) -> tuple[str, ...]:
    """Return what an order says, as evidence: each fact a line."""
    if order is None:
        return ()
    facts = order.model_dump(mode="json", exclude_none=True, exclude={"items"})
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in facts.items() if name not in ("total", "currency")]
    if order.total is not None:
        lines.append(f"total: {order.total} {order.currency or ''}".strip())
    return (*lines, *(f"{item.quantity} × {item.name}" for item in order.items))


def verdict(findings: Iterable[Finding]) -> Literal["pass", "warn", "block"]:
    """Return the gravest consequence of some findings."""
    severities = {finding.severity for finding in findings}
    return "block" if "block" in severities else "warn" if "warn" in severities else "pass"
