"""Culture: would the market call this text polite, clear and in its own forms? All of it behind one door."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cs_assist.errors import UnknownMarketError
from cs_assist.guard.context import Context
from cs_assist.guard.culture_data import Culture, Place, Strength, load_culture
from cs_assist.guard.normal import Normal
from cs_assist.guard.repair import sentences
from cs_assist.guard.words import Hit
from cs_assist.markets.market import Market, find_market
from cs_assist.types import Finding, same_language

__all__ = ["Look", "culture", "finding"]

#: Findings of one rule in one text: what is said twenty times need not be told more often.
_MOST = 20
#: A reply greets within its first letters.
_GREETING = 40
_WORD = re.compile(r"[^\W\d_]+")
#: A message's last word, where it is one name.
_LAST_WORD = re.compile(r"([^\W\d_]{2,20})[\s.!)]{0,3}\Z")
_SMILES = re.compile(r"[\U0001f300-\U0001faff]|[:;]-?[()D]")
_LETTERS = frozenset(["email", "marketplace", "phone_note"])
#: No more of a text is read: whatever is longer is no reply.
_READ = 20_000


@dataclass
class Look:
    """One text as the checks of culture see it; what takes time is read once, when it is first asked for."""

    text: str
    context: Context
    culture: Culture

    @cached_property
    def normal(self) -> Normal:
        """The text in one form."""
        return Normal(self.text)

    @cached_property
    def hits(self) -> dict[str, list[Hit]]:
        """The sets of words that occur, in spans of the normalised text."""
        return self.culture.lexicon.hits(self.normal.text)

    @cached_property
    def customer(self) -> dict[str, list[Hit]]:
        """The sets of words that the customer's text has."""
        return self.culture.lexicon.hits(Normal(self.context.customer_text[:4000]).text)

    @cached_property
    def sentences(self) -> list[Hit]:
        """The spans of the sentences of the normalised text."""
        return sentences(self.normal.text)

    @cached_property
    def market(self) -> Market | None:
        """The market's customs; None where none, or no such market, is known."""
        try:
            return find_market(self.context.market) if self.context.market else None
        except UnknownMarketError:
            return None

    @property
    def expected(self) -> str | None:
        """The register that the market's channel wants, where its own language is written."""
        market, channel = self.market, self.context.channel
        if market is None or not any(same_language(tag, self.context.language) for tag in market.languages):
            return None
        registers = market.registers
        if channel is None:
            return registers.letter if registers.letter == registers.chat else None
        return registers.letter if channel in _LETTERS else registers.chat

    @cached_property
    def familiar(self) -> bool:
        """Whether shop and customer are on first-name terms, or the customer writes as to a friend.

        The reply greets by the one name that the customer signs with, or the customer writes with smileys.
        """
        spoken = self.context.customer_text.strip()[-4000:]
        signed = _LAST_WORD.search(spoken)
        if signed and signed.group(1).lower() in _WORD.findall(self.text[:_GREETING].lower()):
            titles = (hit for name in ("sir", "madam", "signed") for hit in self.hits.get(name, ()))
            return not any(start < _GREETING for start, _ in titles)
        return bool(_SMILES.search(spoken))

    def holds(self, item: Place) -> bool:
        """Tell whether something holds where the text goes."""
        context = self.context
        return item.holds(context.market, context.language, context.channel)

    def at(self, hit: Hit) -> Hit:
        """Return a span of the original text."""
        return self.normal.span(*hit)


def finding(rule: str, severity: Strength, span: Hit, message: str, suggestion: str = "") -> Iterator[Finding]:
    """Yield one finding, or none where the severity says so."""
    if severity != "none":
        start, end = span
        yield Finding(
            rule=f"culture_{rule}", severity=severity, start=start, end=end, message=message, suggestion=suggestion
        )  # fmt: skip


def culture(text: str, context: Context, identify: Callable[[str], tuple[str, float]]) -> Iterator[Finding]:
    """Yield what the market would find wrong with ``text``: register, manners, script, formats, a foreign sentence.

    Nothing blocks. Of a text of more than 20,000 characters the beginning is read, and a note says so. Of a
    language without a file in ``guard/data/culture`` nothing is claimed. A note
    for colleagues (channel ``phone_note``) is read for script and formats alone.

    Args:
        text: What the customer would read.
        context: Where it goes; without a market only what holds everywhere is judged.
        identify: Tells the language of a text and how sure it is.

    Example:
        >>> context = Context(language="de", market="DE", platform=None, channel="email")
        >>> [f.rule for f in culture("Guten Tag, deine Bestellung ist da.", context, lambda _: ("und", 0.0))]
        ['culture_register']
    """
    from cs_assist.guard import foreign, manners, market_formats, register, script_variants, titles

    known = load_culture(context.language)
    if known is None or not text.strip():
        return
    if len(text) > _READ:
        told = f"only the first {_READ} characters were read for culture"
        yield from finding("unread", "note", (_READ, len(text)), told, "write less")
    look = Look(text[:_READ], context, known)
    counts: dict[str, int] = {}
    checks = [script_variants.scripts(look), market_formats.formats(look)]
    if context.channel != "phone_note":
        checks += [register.registers(look), titles.titles(look), manners.manners(look), foreign.foreign(look, identify)]
    for check in checks:
        for found in check:
            counts[found.rule] = counts.get(found.rule, 0) + 1
            if counts[found.rule] <= _MOST:
                yield found
