"""Phrase banks: the building blocks of a composed reply, one YAML file a language.

A leaf is either a list of wordings, or a mapping from register (``formal``, ``informal``) to such a
list where the language tells the two apart. Which wording is taken is decided by a hash of the
conversation, so one conversation never reads the same line twice before all were used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError, UnknownLanguageError
from cs_assist.types import Intent

Register = Literal["formal", "informal"]
Wordings = Annotated[tuple[str, ...], Field(min_length=1)]
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
    "delay": frozenset({"time"}),
    "ask.which": frozenset({"first", "second"}),
    "order.status": frozenset({"order", "status"}),
    "order.tracking": frozenset({"carrier", "tracking"}),
    "order.promised": frozenset({"date"}),
    "order.destination": frozenset({"destination"}),
}


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


class Ask(_Strict):
    """Clarifying questions, by what is missing."""

    order_number: Leaf
    photo: Leaf
    product: Leaf
    destination: Leaf
    details: Leaf
    which: Leaf


class OrderLines(_Strict):
    status: Leaf
    tracking: Leaf
    promised: Leaf
    destination: Leaf


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
    answer_intro: ByGroup
    options: ByGroup
    next_step: NextStep
    closing: Leaf
    sign_off: Leaf
    handover: HandoverNotice
    handover_time: HandoverTime
    out_of_hours: Leaf
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
        for where, text in self.lines():
            allowed = PLACEHOLDERS.get(where, frozenset())
            try:
                found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            except ValueError as exc:
                raise ValueError(f"{where}: unbalanced brace in {text!r}") from exc
            if found - allowed:
                raise ValueError(f"{where}: unknown placeholder {sorted(found - allowed)} in {text!r}")
            if allowed - found:
                raise ValueError(f"{where}: placeholder {sorted(allowed - found)} is missing in {text!r}")
        return self

    def lines(self) -> list[tuple[str, str]]:
        """Return every wording of the bank with the dotted name of its leaf (without the register)."""

        def walk(value: object, where: str) -> list[tuple[str, str]]:
            if isinstance(value, str):
                return [(where, value)]
            if isinstance(value, tuple):
                return [(where, text) for text in value]
            if isinstance(value, ByRegister):
                return walk(value.formal, where) + walk(value.informal, where)
            if isinstance(value, BaseModel):
                found = []
                for name in type(value).model_fields:
                    found += walk(getattr(value, name), f"{where}.{name}" if where else name)
                return found
            return []

        skip = {"language", "default_register", "joiner", "intent_names"}
        return [line for name in type(self).model_fields if name not in skip for line in walk(getattr(self, name), name)]


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
        wordings = leaf if isinstance(leaf, tuple) else getattr(leaf, self.register)
        key = f"{self.seed}\x00{wordings[0]}".encode()
        start = int.from_bytes(blake2b(key, digest_size=4).digest(), "big") % len(wordings)
        turned = wordings[start:] + wordings[:start]
        read = _times_read(wordings, self.used)
        return str(min(turned, key=lambda text: read[text]).format(**values))


def _times_read(wordings: Sequence[str], used: str) -> dict[str, int]:
    """Return how often each wording, with anything in its placeholders, stands in ``used``.

    Longer wordings are counted first and taken out, because a shorter one may be a part of them.
    """
    times = dict.fromkeys(wordings, 0)
    for wording in sorted(wordings, key=len, reverse=True) if used else ():
        pattern = ".{1,80}?".join(re.escape(part) for part in re.split(r"\{\w+\}", wording))
        used, times[wording] = re.subn(pattern, "\n", used)
    return times


@cache
def load_phrases(language: str, *, directory: Path = DATA) -> PhraseBank:
    """Return the phrase bank of a language.

    Args:
        language: A BCP 47 tag. ``hi-Latn`` has a bank of its own; ``de-AT`` falls back to ``de``.
        directory: Where the YAML files are.

    Raises:
        UnknownLanguageError: There is no bank for it; a reply must not be written in another language.
        DataFileError: The file breaks the schema; names file, key and line.

    Example:
        >>> load_phrases("de-AT").language
        'de'
    """
    known = phrase_languages(directory)
    tag = language
    while tag not in known and "-" in tag:
        tag = tag.rsplit("-", 1)[0]
    if tag not in known:
        raise UnknownLanguageError(language, known)
    path = directory / f"{tag}.yaml"
    bank = load_yaml(path, PhraseBank)
    if bank.language != tag:
        raise DataFileError(f"says language '{bank.language}', expected '{tag}'", path=path, key="language")
    return bank


@cache
def phrase_languages(directory: Path = DATA) -> frozenset[str]:
    """Return the tags of all installed phrase banks."""
    return frozenset(path.stem for path in directory.glob("*.yaml"))
