"""Phrase banks: the building blocks of a composed reply, one YAML file a language.

A leaf is either a list of wordings, or a mapping from register (``formal``, ``informal``) to such a
list where the language tells the two apart. Which wording is taken is decided by a hash of the
conversation, so one conversation never reads the same line twice before all were used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import check, read_mapping, read_text
from cs_assist.errors import DataFileError, UnknownLanguageError
from cs_assist.markets.market import Season
from cs_assist.types import Intent

Register = Literal["formal", "informal"]
Wordings = Annotated[tuple[str, ...], Field(min_length=1)]
#: Keys and numbers that lead to a wording in its file.
Place = tuple[int | str, ...]
DATA = Path(__file__).parent / "data"

#: Which placeholders each section may use. An unknown or unbalanced one is refused when the file loads.
PLACEHOLDERS: dict[str, frozenset[str]] = {
    "greeting.named": frozenset({"name"}),
    "sign_off": frozenset({"shop"}),
    "ai_notice": frozenset({"shop"}),
    "next_step.within": frozenset({"time"}),
    "handover_time.within": frozenset({"time"}),
    "handover_time.at": frozenset({"time"}),
    "out_of_hours": frozenset({"time"}),
    "shift.later": frozenset({"time"}),
    "shift.instead": frozenset({"languages"}),
    "delay": frozenset({"time"}),
    "ask.which": frozenset({"first", "second"}),
    "order.status": frozenset({"order", "status"}),
    "order.tracking": frozenset({"carrier", "tracking"}),
    "order.promised": frozenset({"date"}),
    "order.destination": frozenset({"destination"}),
    "order.placed": frozenset({"date"}),
    "order.items": frozenset({"items"}),
    "order.total": frozenset({"amount"}),
    "order.overdue": frozenset({"date"}),
    "offer.coupon": frozenset({"amount"}),
    "offer.coupon_code": frozenset({"amount", "code"}),
    "offer.refund": frozenset({"amount"}),
    "offer.partial_refund": frozenset({"amount"}),
    "after_sales.coupon": frozenset({"amount", "code"}),
    "after_sales.care_guide": frozenset({"link"}),
}


_NO_LINES = {"language", "default_register", "joiner", "intent_names", "regional_greetings", "recap"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ByRegister(_Strict):
    """Wordings that differ by register."""

    formal: Wordings
    informal: Wordings


Leaf = Wordings | ByRegister


class Greeting(_Strict):
    named: Leaf
    unnamed: Leaf


class ByIntensity(_Strict):
    low: Leaf
    high: Leaf


class Empathy(_Strict):
    """One sentence that meets the customer's feeling; ``neutral`` needs none."""

    happy: Leaf
    confused: ByIntensity
    anxious: ByIntensity
    disappointed: ByIntensity
    frustrated: ByIntensity
    angry: ByIntensity


class Apology(_Strict):
    slight: Leaf
    formal: Leaf
    grave: Leaf


class Regret(_Strict):
    """Compassion without an admission, by tier: the carrier, customs or nobody is at fault."""

    slight: Leaf
    formal: Leaf
    grave: Leaf


class ByGroup(_Strict):
    """One leaf for each group of intents in the taxonomy."""

    presale: Leaf
    order: Leaf
    shipping: Leaf
    returns: Leaf
    payment: Leaf
    account: Leaf
    tech: Leaf
    feedback: Leaf
    other: Leaf


class NextStep(_Strict):
    within: Leaf
    open: Leaf


class HandoverNotice(_Strict):
    """What the customer reads when a person takes over, by the reason for it."""

    dissatisfied: Leaf
    human_request: Leaf
    legal_threat: Leaf
    safety_issue: Leaf
    data_exposed: Leaf
    self_harm: Leaf
    no_answer: Leaf
    approval: Leaf
    language: Leaf
    fault: Leaf


class HandoverTime(_Strict):
    within: Leaf
    at: Leaf
    unknown: Leaf


class Shift(_Strict):
    """What a customer reads whose language nobody on shift speaks: when somebody will, that nobody does, what else to write."""

    later: Leaf
    never: Leaf
    instead: Leaf


class Recap(_Strict):
    """Titles of what a customer has told so far; they address nobody."""

    matter: str
    orders: str
    words: str


class Ask(_Strict):
    """Clarifying questions, by what is missing."""

    order_number: Leaf
    photo: Leaf
    product: Leaf
    destination: Leaf
    details: Leaf
    which: Leaf
    size: Leaf
    error: Leaf
    quantity: Leaf
    payment: Leaf


class Offer(_Strict):
    """What the shop offers within its authority; amounts and codes are the seller's, never the bank's."""

    coupon: Leaf
    coupon_code: Leaf
    refund: Leaf
    partial_refund: Leaf
    replacement: Leaf
    gift: Leaf
    written_apology: Leaf


class AfterSales(_Strict):
    """What may follow a settled matter, where market and platform allow it."""

    coupon: Leaf
    care_guide: Leaf


class RegionalGreeting(_Strict):
    """A greeting of a region, answered in kind only where the customer used it: ``said`` in lower case."""

    said: Annotated[tuple[str, ...], Field(min_length=1)]
    answer: str


class OrderLines(_Strict):
    status: Leaf
    tracking: Leaf
    promised: Leaf
    destination: Leaf
    placed: Leaf
    items: Leaf
    total: Leaf
    overdue: Leaf


class OrderStatusNames(_Strict):
    """How a status reads inside ``order.status``."""

    pending: str
    processing: str
    shipped: str
    out_for_delivery: str
    delivered: str
    cancelled: str
    returned: str
    refunded: str
    held_at_customs: str


class PhraseBank(_Strict):
    """All building blocks of one language; see the module's docstring for the shape of a leaf."""

    language: str
    default_register: Register
    joiner: str = " "
    greeting: Greeting
    thanks: Leaf
    praise_thanks: Leaf
    small_talk: Leaf
    empathy: Empathy
    apology: Apology
    regret: Regret
    offer: Offer
    after_sales: AfterSales
    season: dict[Season, Leaf] = Field(default_factory=dict)
    regional_greetings: tuple[RegionalGreeting, ...] = ()
    answer_intro: ByGroup
    options: ByGroup
    next_step: NextStep
    closing: Leaf
    sign_off: Leaf
    handover: HandoverNotice
    handover_time: HandoverTime
    out_of_hours: Leaf
    shift: Shift
    recap: Recap
    delay: Leaf
    ai_notice: Leaf
    ask: Ask
    order: OrderLines
    statuses: OrderStatusNames
    intent_names: dict[Intent, str]

    @model_validator(mode="after")
    def _complete(self) -> PhraseBank:
        missing = [intent.value for intent in Intent if intent not in self.intent_names]
        if missing:
            raise ValueError(f"intent_names lacks {', '.join(missing)}")
        return self

    def lines(self) -> list[tuple[str, str]]:
        """Return every wording of the bank with the dotted name of its leaf (without the register)."""
        return [(_leaf(place), text) for place, text in self.places()]

    def places(self) -> Iterator[tuple[Place, str]]:
        """Yield every wording of the bank with its place in the file."""
        for name in type(self).model_fields:
            if name not in _NO_LINES:
                yield from _walk(getattr(self, name), (name,))


def _walk(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, tuple):
        for number, text in enumerate(value):
            yield from _walk(text, (*place, number))
    else:
        inner = value if isinstance(value, dict) else dict(value) if isinstance(value, BaseModel) else {}
        for name, part in inner.items():
            yield from _walk(part, (*place, name))


def _leaf(place: Place) -> str:
    """Return the dotted name of a leaf: its place without the register and the number of the wording."""
    names = [part for part in place if isinstance(part, str)]
    registered = len(names) > 1 and names[-1] in ("formal", "informal") and names[:-1] not in (["apology"], ["regret"])
    return ".".join(names[:-1] if registered else names)


class Voice:
    """One conversation's choice of wordings: stable for a seed, without repeating a line in it.

    Args:
        bank: The language's building blocks.
        register: Which form of address to use.
        seed: Usually the conversation's id; the same seed gives the same wordings.
        used: Texts that this customer has already read; a wording found in them is taken last.
    """

    def __init__(self, bank: PhraseBank, *, register: Register, seed: str, used: str = "") -> None:
        self.bank = bank
        self.register = register
        self.seed = seed
        self.used = used

    def say(self, leaf: Leaf, **values: str) -> str:
        """Return one wording of ``leaf`` with its placeholders filled."""
        return self._least_read(leaf)[0].format(**values)

    def fresh(self, *leaves: Leaf, **values: str) -> str:
        """Return a wording that was not read in this conversation, of the first leaf that has one; "" where none has.

        For what a reply is whole without: better left out than said again in the same words.
        """
        for leaf in leaves:
            wording, read = self._least_read(leaf)
            if not read:
                return wording.format(**values)
        return ""

    def was_said(self, leaf: Leaf) -> bool:
        """Tell whether any wording of ``leaf`` was read in this conversation, in either register."""
        wordings = leaf if isinstance(leaf, tuple) else (*leaf.formal, *leaf.informal)
        return any(_times_read(wordings, self.used).values())

    def _least_read(self, leaf: Leaf) -> tuple[str, int]:
        wordings = leaf if isinstance(leaf, tuple) else getattr(leaf, self.register)
        key = f"{self.seed}\x00{wordings[0]}".encode()
        start = int.from_bytes(blake2b(key, digest_size=4).digest(), "big") % len(wordings)
        turned = wordings[start:] + wordings[:start]
        read = _times_read(wordings, self.used)
        chosen = str(min(turned, key=lambda text: read[text]))
        return chosen, read[chosen]


def _times_read(wordings: Sequence[str], used: str) -> dict[str, int]:
    """Return how often each wording, with anything in its placeholders, stands in ``used``.

    Longer wordings are counted first and taken out, because a shorter one may be a part of them.
    """
    times = dict.fromkeys(wordings, 0)
    for wording in sorted(wordings, key=len, reverse=True) if used else ():
        used, times[wording] = _pattern(wording).subn("\n", used)
    return times


@lru_cache(maxsize=8192)
def _pattern(wording: str) -> re.Pattern[str]:
    return re.compile(".{1,200}?".join(re.escape(part) for part in re.split(r"\{\w+\}", wording)))


@cache
def load_phrases(language: str, *, directory: Path = DATA, own: Path | None = None) -> PhraseBank:
    """Return the phrase bank of a language.

    Args:
        language: A BCP 47 tag. ``hi-Latn`` has a bank of its own; ``de-AT`` falls back to ``de``.
        directory: Where the YAML files are.
        own: A seller's folder of banks. What a file there says goes before the shipped bank of the same name; a file
            for a language that has none must hold everything.

    Raises:
        UnknownLanguageError: There is no bank for it; a reply must not be written in another language.
        DataFileError: A file breaks the schema; names file, key and line.

    Example:
        >>> load_phrases("de-AT").language
        'de'
    """
    known = phrase_languages(directory, own)
    tag = language
    while tag not in known and "-" in tag:
        tag = tag.rsplit("-", 1)[0]
    if tag not in known:
        raise UnknownLanguageError(language, known)
    paths = [folder / f"{tag}.yaml" for folder in (own, directory) if folder is not None]
    sources = [read_mapping(read_text(path), path=path) for path in paths if path.exists()]
    bank = check(_merged([source.value for source in sources]), PhraseBank, sources)
    if bank.language != tag:
        raise DataFileError(f"says language '{bank.language}', expected '{tag}'", path=sources[0].path, key="language")
    for place, text in bank.places():
        if fault := _fault(_leaf(place), text):
            source = next(source for source in sources if source.has(place))
            key = ".".join(str(part) for part in place)
            raise DataFileError(fault, path=source.path, key=key, line=source.line_of(place))
    return bank


@cache
def phrase_languages(directory: Path = DATA, own: Path | None = None) -> frozenset[str]:
    """Return the tags of all installed phrase banks.

    Raises:
        DataFileError: ``own`` is no folder.
    """
    if own is not None and not own.is_dir():
        raise DataFileError("is no folder", path=own, hint="Correct the setting phrases_dir.")
    return frozenset(path.stem for folder in (directory, own) if folder is not None for path in folder.glob("*.yaml"))


def _fault(leaf: str, text: str) -> str:
    """Return what is wrong with the placeholders of a wording."""
    allowed = PLACEHOLDERS.get(leaf, frozenset())
    try:
        found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return f"{leaf}: unbalanced brace in {text!r}"
    if found - allowed:
        return f"{leaf}: unknown placeholder {sorted(found - allowed)} in {text!r}"
    return f"{leaf}: placeholder {sorted(allowed - found)} is missing in {text!r}" if allowed - found else ""


def _merged(banks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return banks as one, the first before the others, leaf by leaf."""
    first, *others = banks
    if not others:
        return first
    below = _merged(others)
    both = {key: value for key, value in first.items() if isinstance(value, dict) and isinstance(below.get(key), dict)}
    return {**below, **first, **{key: _merged([value, below[key]]) for key, value in both.items()}}
