"""Rules of the platforms as data: what a reply may not say where, how sure that is, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.context import Context
from cs_assist.guard.normal import Normal
from cs_assist.guard.obfuscation import WORDS, Contact, contacts
from cs_assist.guard.repair import sentences
from cs_assist.guard.words import Hit, Lexicon, load_lexicon, word_language
from cs_assist.types import Finding, same_language

__all__ = ["RULES", "WORDS", "Reading", "Rule", "RuleBook", "RulePack", "load_packs"]

RULES = Path(__file__).parent / "rules"
#: Packs that hold where no platform does: the channel's own rules.
_CHANNEL_PACKS = {"whatsapp": "whatsapp", "social_dm": "messenger"}
_NO_PACKS = frozenset(["contact"])
_WITHIN = 160
_MOST = 50
#: Characters of the customer's text, and of each piece of evidence, that are read.
_MOST_SPOKEN = 4_000
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,300})?/?>|&(?:nbsp|amp|lt|gt|quot|#\d{2,5});")
_IBAN = re.compile(r"(?<![\w])[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,7}(?:\s?[a-z0-9]{1,3})?(?!\w)")
_ACKNOWLEDGEMENT = 600
_CLAUSE = re.compile(r"[^,;:.!?。！？，、；：—–\n]+")
#: Letters of a clause that no known phrase covers: as many as a name or a few particles need.
_CLAUSE_LETTERS = 30
_SHORT_CLAUSE = {"zh": 10, "ja": 16, "ko": 16, "th": 24}
Certainty = Literal["verified", "secondary", "general", "house"]


class Examples(BaseModel):
    """Texts by language; each is a test of its rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passes: Mapping[str, tuple[str, ...]] = Field(alias="pass")
    fails: Mapping[str, tuple[str, ...]] = Field(alias="fail")


class Rule(BaseModel):
    """One rule of one platform.

    Exactly one of ``check`` (a check by name), ``all_of`` (sets of words that one sentence has together) and
    ``phrases`` (a seller's own phrases, by language or for ``all``) says what it looks for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")
    severity: Literal["block", "warn", "note"]
    #: ``verified`` the platform's own text, ``secondary`` a third party's, ``general`` knowledge that was not
    #: checked: it never blocks, ``house`` no fact but a decision, this library's or the seller's own.
    certainty: Certainty
    source: str = Field(min_length=3)
    reviewed: date
    applies: Literal["all"] | tuple[str, ...] = "all"
    markets: tuple[str, ...] = ()
    check: str = ""
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    phrases: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    #: For the checks that need one: the length, the languages.
    limit: int | None = Field(default=None, gt=0)
    languages: tuple[str, ...] = ()
    #: Only where no words of the customer are known: the text speaks first.
    unasked: bool = False
    #: Not where the customer's words, or the evidence, have the sets too: then the reply answers.
    unless_spoken: bool = False
    #: Rules of the common pack that this one stands for on its platform.
    instead_of: tuple[str, ...] = ()
    message: str = Field(min_length=3)
    suggestion: str = ""
    examples: Examples

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if bool(self.check) + bool(self.all_of) + bool(self.phrases) != 1:
            raise ValueError("one of check, all_of and phrases is needed")
        if self.check and self.check not in CHECKS:
            raise ValueError(f"'{self.check}' is no check; there are {', '.join(sorted(CHECKS))}")
        if self.certainty == "general" and self.severity == "block":
            raise ValueError("what is only general knowledge does not block")
        if self.unless_spoken and self.severity == "block":
            raise ValueError("what blocks does so whoever spoke of it first: unless_spoken is for warnings and notes")
        if (self.check == "length") != (self.limit is not None) or (self.check == "language") != bool(self.languages):
            raise ValueError("limit goes with the check 'length', languages with the check 'language'")
        return self


class RulePack(BaseModel):
    """The rules of one platform, of all marketplaces (``_all``), or a seller's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: str
    #: Whether the rules of ``_all`` hold here too.
    marketplace: bool = True
    #: Ids of rules that a seller switches off.
    switched_off: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


@cache
def load_packs(folder: Path = RULES) -> Mapping[str, RulePack]:
    """Return the packs of a folder by platform, read once.

    Raises:
        DataFileError: A file breaks the schema, two rules of it have one id, two files are of one platform, or a set of
            words is unknown.
    """
    if not folder.is_dir():
        raise DataFileError("there is no folder of rules", path=folder)
    packs: dict[str, RulePack] = {}
    known = load_lexicon(WORDS, "en").sets
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in _NO_PACKS:
            continue
        pack = load_yaml(path, RulePack)
        seen: set[str] = set()
        for rule in pack.rules:
            if rule.id in seen:
                raise DataFileError(f"two rules have the id '{rule.id}'", path=path, key="rules")
            seen.add(rule.id)
            unknown = [name for name in (*rule.all_of, *rule.none_of) if name not in known]
            if unknown:
                raise DataFileError(f"rule '{rule.id}' names the unknown set '{unknown[0]}'", path=path, key="rules")
            for language, phrases in rule.phrases.items():
                try:
                    Lexicon(language, {"own": phrases})
                except ValueError as exc:
                    raise DataFileError(f"rule '{rule.id}': {exc}", path=path, key="rules") from exc
        if pack.platform in packs:
            raise DataFileError(f"another file has rules of '{pack.platform}' already", path=path, key="platform")
        packs[pack.platform] = pack
    return packs


def _file_of(pack: RulePack, folder: Path) -> Path:
    return next(path for path in sorted(folder.glob("*.yaml")) if load_yaml(path, RulePack).platform == pack.platform)


@dataclass
class Reading:
    """One reply as the checks see it; what takes time is read once, when it is first asked for."""

    text: str
    context: Context
    lexicon: Lexicon
    normal: Normal = field(init=False)

    def __post_init__(self) -> None:
        self.normal = Normal(self.text)

    @cached_property
    def hits(self) -> Mapping[str, list[Hit]]:
        """The sets of words that occur, in spans of the normalised text."""
        return self.lexicon.hits(self.normal.text)

    def spoken(self, text: str) -> Iterable[str]:
        """Return the sets of words that another text has."""
        return self.lexicon.hits(Normal(text[:_MOST_SPOKEN]).text)

    @cached_property
    def sentences(self) -> list[Hit]:
        """The spans of the sentences of the normalised text."""
        return sentences(self.normal.text)

    @cached_property
    def contacts(self) -> tuple[Contact, ...]:
        """The contact data, in spans of the original text."""
        c = self.context
        return contacts(
            self.text, c.language, market=c.market, platform=c.platform, evidence=c.evidence, plain=self.normal,
            led_to=self.hits.get("messenger", ()),
        )  # fmt: skip

    def together(self, all_of: Sequence[str], none_of: Sequence[str] = ()) -> Iterator[Hit]:
        """Yield where all of some sets occur in one sentence, near each other, and none of the others."""
        hits = self.hits
        if any(name not in hits for name in all_of):
            return
        first, *others = sorted(all_of, key=lambda name: len(hits[name]))
        done = -1
        for hit in hits[first]:
            place = max(0, bisect_left(self.sentences, (hit[0] + 1,)) - 1)
            if place == done:
                continue
            start, end = self.sentences[place]
            near = [hit, *(_nearest(hits[name], hit, start, end) for name in others)]
            if None in near or any(_nearest(hits.get(name, []), hit, start, end) for name in none_of):
                continue
            done = place
            spans = [span for span in near if span is not None]
            yield self.normal.span(min(s for s, _ in spans), max(e for _, e in spans))


def _nearest(hits: list[Hit], to: Hit, start: int, end: int) -> Hit | None:
    """Return the hit nearest to ``to`` inside ``start:end`` and not too far from it."""
    at = bisect_left(hits, to)
    near = [hit for hit in hits[max(0, at - 2) : at + 2] if start <= hit[0] < end and abs(hit[0] - to[0]) <= _WITHIN]
    return min(near, key=lambda hit: abs(hit[0] - to[0]), default=None)


Check = Callable[[Reading, Rule], Iterable[Hit]]


def _contact(*kinds: str) -> Check:
    def check(reading: Reading, rule: Rule) -> Iterable[Hit]:
        return ((c.start, c.end) for c in reading.contacts if c.kind in kinds)

    return check


def _messenger(reading: Reading, rule: Rule) -> Iterable[Hit]:
    """Yield what leads to a messenger, but not where the text says that nobody is there: "we do not answer on WhatsApp"."""
    refused = [reading.normal.span(*hit) for hit in reading.hits.get("messenger_refused", ())]
    for contact in reading.contacts:
        inside = any(start <= contact.start and contact.end <= end for start, end in refused)
        if contact.kind == "handle" or (contact.kind == "messenger" and not inside):
            yield contact.start, contact.end


def _html(reading: Reading, rule: Rule) -> Iterable[Hit]:
    return (match.span() for match in _TAG.finditer(reading.text))


def _emoji(reading: Reading, rule: Rule) -> Iterable[Hit]:
    for at, char in enumerate(reading.text):
        if ord(char) > 0x2190 and unicodedata.category(char) == "So" and (ord(char) >= 0x1F000 or 0x2600 <= ord(char) < 0x2800):
            yield at, at + 1


def _length(reading: Reading, rule: Rule) -> Iterable[Hit]:
    if rule.limit is not None and len(reading.text) > rule.limit:
        yield rule.limit, len(reading.text)


def _language(reading: Reading, rule: Rule) -> Iterable[Hit]:
    if reading.text and not any(same_language(reading.context.language, tag) for tag in rule.languages):
        yield 0, len(reading.text)


def _iban(reading: Reading, rule: Rule) -> Iterable[Hit]:
    for match in _IBAN.finditer(reading.normal.text):
        code = match.group().replace(" ", "")
        turned = code[4:] + code[:4]
        if 15 <= len(code) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1:
            yield reading.normal.span(*match.span())


def _only(*names: str, share: float = 1) -> Check:
    """The text says what these sets say, and hardly a word more in any clause."""

    def check(reading: Reading, rule: Rule) -> Iterable[Hit]:
        if not reading.hits.get(names[0]) or len(reading.normal.text) > _ACKNOWLEDGEMENT:
            return
        told = bytearray(len(reading.normal.text))
        for name in names:
            for start, end in reading.hits.get(name, ()):
                told[start:end] = b"\1" * (end - start)
        room = int(share * _SHORT_CLAUSE.get(reading.lexicon.language[:2], _CLAUSE_LETTERS))
        for match in _CLAUSE.finditer(reading.normal.text):
            rest = sum(not told[at] and reading.normal.text[at].isalpha() for at in range(*match.span()))
            if rest > (room if any(told[match.start() : match.end()]) else room // 2):
                return
        yield 0, len(reading.text)

    return check


#: The checks that a rule may name.
CHECKS: dict[str, Check] = {
    "email": _contact("email"),
    "phone": _contact("phone"),
    "link": _contact("link"),
    "messenger": _messenger,
    "iban": _iban,
    "html": _html,
    "emoji": _emoji,
    "length": _length,
    "language": _language,
    "acknowledgement": _only("ack", "thanks"),
    "thanks_only": _only("thanks", share=0.4),
}


class RuleBook:
    """The rules that hold for a reply, checked.

    Args:
        folder: A seller's own rules, in the form of the shipped ones; a rule with the id of a shipped one takes
            its place, ``switched_off`` switches shipped ones off.

    Raises:
        DataFileError: A file of ``folder`` breaks the form, names a rule that there is not, or has an example that
            does not do what it stands for.

    Example:
        >>> context = Context(language="en", market="US", platform="ebay", channel=None)
        >>> [finding.rule for finding in RuleBook()("Write to me at joe (at) shop dot com.", context)]
        ['ebay_contact_email']
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._packs = dict(load_packs())
        self._own = load_packs(folder) if folder is not None else {}
        if folder is not None:
            for pack in self._own.values():
                self._check_own(pack, folder)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all rules, of whatever platform."""
        return frozenset(rule.id for packs in (self._packs, self._own) for pack in packs.values() for rule in pack.rules)

    def _check_own(self, pack: RulePack, folder: Path) -> None:
        """Refuse a seller's pack that names unknown rules, or whose examples do not do what they stand for."""
        named = (*pack.switched_off, *(name for rule in pack.rules for name in rule.instead_of))
        for name in named:
            if name not in self.ids:
                near = get_close_matches(name, self.ids, n=3)
                hint = (
                    f"Did you mean {' or '.join(near)}?" if near else "The setting guard_off switches off what is no platform's."
                )
                raise DataFileError(
                    f"there is no rule '{name}' of a platform", path=_file_of(pack, folder), key="rules", hint=hint
                )
        for rule in pack.rules:
            if fault := _example_fault(rule, pack):
                raise DataFileError(f"rule '{rule.id}': {fault}", path=_file_of(pack, folder), key="examples")

    def rules(self, context: Context) -> list[Rule]:
        """Return the rules that hold for a platform, market, channel and language, each id once."""
        platform = context.platform or ("_all" if context.channel == "marketplace" else "own_shop")
        names = [platform, _CHANNEL_PACKS.get(context.channel or "", "")]
        chosen: dict[str, Rule] = {}
        off = set(context.allowed)
        for packs in (self._packs, self._own):
            shipped = [packs[name] for name in dict.fromkeys(names) if name in packs]
            if platform not in self._packs or self._packs[platform].marketplace:
                shipped += [packs["_all"]] if "_all" in packs and platform != "_all" else []
            for pack in shipped:
                off |= set(pack.switched_off)
                chosen |= {rule.id: rule for rule in pack.rules if rule.id not in chosen or packs is self._own}
        held = [rule for rule in chosen.values() if _holds(rule, context)]
        # Off is off: what a rule stands for does not come back with it.
        off |= {name for rule in held for name in rule.instead_of}
        return [rule for rule in held if rule.id not in off]

    def __call__(self, text: str, context: Context) -> Iterator[Finding]:
        """Yield what stands against ``text``; each span is inside it."""
        if not text:
            return
        language = word_language(context.language, WORDS)
        reading = Reading(text, context, load_lexicon(WORDS, language))
        spoken: set[str] | None = None
        for rule in self.rules(context):
            if rule.unless_spoken and all(name in reading.hits for name in rule.all_of):
                if spoken is None:
                    spoken = {name for said in (context.customer_text, *context.evidence) for name in reading.spoken(said)}
                if spoken.issuperset(rule.all_of):
                    continue
            for count, (start, end) in enumerate(_found(rule, reading)):
                if count >= _MOST:
                    break
                yield Finding(
                    rule=rule.id, severity=rule.severity, start=start, end=end, message=rule.message, suggestion=rule.suggestion
                )  # fmt: skip


def _holds(rule: Rule, context: Context) -> bool:
    return (
        (rule.applies == "all" or any(same_language(context.language, tag) for tag in rule.applies))
        and (not rule.markets or context.market in rule.markets)
        and not (rule.unasked and context.customer_text.strip())
    )


def _example_fault(rule: Rule, pack: RulePack) -> str:
    """Return which example of a rule does not do what it stands for; "" where all do."""
    for passes, texts in ((True, rule.examples.passes), (False, rule.examples.fails)):
        kind = "pass" if passes else "fail"
        if not any(texts.values()):
            return f"it has no example of a text that should {kind}"
        for tag, lines in texts.items():
            common = pack.platform == "_all"
            context = Context(
                language=tag, market=rule.markets[0] if rule.markets else None,
                platform=None if common else pack.platform, channel="marketplace" if common else None,
            )  # fmt: skip
            for line in lines:
                reading = Reading(line, context, load_lexicon(WORDS, word_language(tag, WORDS)))
                if (_holds(rule, context) and any(True for _ in _found(rule, reading))) == passes:
                    return f"the example '{line[:80]}' ({tag}) should {kind} and does not"
    return ""


def _found(rule: Rule, reading: Reading) -> Iterable[Hit]:
    if rule.check:
        return CHECKS[rule.check](reading, rule)
    if rule.all_of:
        return reading.together(rule.all_of, rule.none_of)
    return _own_phrases(rule, reading)


def _own_phrases(rule: Rule, reading: Reading) -> Iterator[Hit]:
    for tag, phrases in rule.phrases.items():
        if tag == "all" or same_language(reading.context.language, tag):
            for hit in _own_lexicon(tag, phrases).hits(reading.normal.text).get("own", ()):
                yield reading.normal.span(*hit)


@cache
def _own_lexicon(language: str, phrases: tuple[str, ...]) -> Lexicon:
    return Lexicon(language, {"own": phrases})
