"""Claims that a reply must not make, or only where the evidence makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

from cs_assist.guard.claims_model import ClaimsModel, shipped
from cs_assist.guard.context import Context
from cs_assist.guard.derived import is_borne_out
from cs_assist.guard.facts import Reading
from cs_assist.guard.grounding import MOST, Evidence, evidence_of
from cs_assist.guard.order_state import is_status, said_states, states_known
from cs_assist.guard.polarity import is_without
from cs_assist.guard.repair import sentences
from cs_assist.guard.statements import Statement, alike, is_served, stated
from cs_assist.guard.words import Hit
from cs_assist.types import Finding, Severity

__all__ = ["RULES", "Claims", "Encoder", "Rule"]

Support = Literal["never", "said", "topic", "recorded", "settled", "granted"]

#: Sentences that the trained model reads of a reply, and of each piece of evidence.
_MOST_HEARD = 24
#: Letters from which something is a sentence; where a character says more, half of them do.
_SENTENCE = 12
#: ... from which one may tell of another customer: below, it is a signature or a greeting.
_TELLS = 30
#: A denial so near to a claim, in the same clause, takes it back: "we cannot guarantee delivery".
_NEAR = 25
#: Here what denies a sentence stands at its end.
_VERB_LAST = frozenset(["ja", "ko", "hi", "tr"])
_CLAUSE = frozenset(",，、،;；:：—–")
#: A code of a discount, in a normalised text.
_CODE = re.compile(r"\b(?=[a-z]{0,12}\d)[a-z]{3,12}\d{1,6}\b")
#: What stands before a signature, and how long that is at most.
_SENTENCE_END = re.compile(r"[.!?。！？،,\n]")
_SIGNATURE = 30
#: A name, mostly behind a greeting word, that is set off before the reply's matter begins.
_GREETING = re.compile(r"\s{0,9}(?=[^,，、،:!！]{3})[^\s,，、،:!！]{1,20}(?:\s[^\s,，、،:!！]{1,20}){0,3}[,，、،:!！]")
#: A label in quotation marks.
_QUOTED = re.compile(r"[\"“„«「『][^\"“”„«»「」『』\n]{2,40}[\"”“«»」』]")
#: How evidence says that duty and tax are settled.
_SETTLED = ("neg", "neg_too", "free", "free_too", "duty_free", "included", "harmless")


@dataclass(frozen=True)
class Rule:
    """One kind of claim.

    Args:
        words: The set of phrases that makes it, in a language's file.
        severity: What follows.
        support: Whether evidence may make it: never, where a like sentence of the evidence says it, or (``topic``)
            where the evidence speaks of the thing at all.
            It may also be ``recorded``: a text that gives a day, or the order's state, tells of the same act: a case's notes
            have few words.
            ``settled``: where it says that duty and tax are paid or not due. ``granted``: as ``topic``, with every number
            and code of the claim.
        topics: The sets that say so.
        figures: Evidence that gives all its sums and shares makes it too.
        deniable: A denial takes the claim back.
        inside: ... also one between the claim's own words.
        behind: ... also one behind it: "legally you have no claim" is legal advice where the verb stands first.
        offered: A question or a condition ("if you send a photo, we …") makes it no claim.
    """

    words: str
    severity: Literal["block", "warn"]
    message: str
    advice: str
    support: Support = "said"
    topics: tuple[str, ...] = ()
    figures: bool = False
    deniable: bool = True
    inside: bool = True
    offered: bool = False
    behind: bool = True


RULES: dict[str, Rule] = {
    "claim_duty_free": Rule(
        "duty_free",
        "block",
        "nobody but customs says what is due",
        "customs of your country decide on duty and tax",
        support="settled",
        inside=False,
        behind=False,
    ),
    "claim_guarantee": Rule("guarantee", "block", "a delivery is promised for sure", "say when it is expected"),
    "claim_legal": Rule(
        "legal",
        "block",
        "this is legal advice",
        "leave the law out",
        support="topic",
        topics=("law",),
        inside=False,
        behind=False,
    ),
    "claim_medical": Rule("medical", "block", "this is medical advice", "say that a doctor or pharmacist can tell", inside=False),
    "claim_liability": Rule("liability", "block", "it admits liability", "say that you are sorry"),
    "claim_promise": Rule(
        "promise",
        "block",
        "nobody keeps this promise: no task was created",
        "say what the customer can do now",
        support="topic",
        topics=("task",),
        offered=True,
    ),
    "claim_exaggeration": Rule("exaggeration", "warn", "it is exaggerated", "leave it out", inside=False),
    "claim_blame": Rule("blame", "block", "it blames the customer", "say what can be done", support="never", inside=False),
    "claim_refund": Rule(
        "refund_grant",
        "block",
        "a refund that no evidence grants",
        "leave it out",
        support="topic",
        topics=("refund",),
        figures=True,
        offered=True,
    ),
    "claim_discount": Rule(
        "discount_grant",
        "block",
        "a discount that no evidence grants",
        "leave it out",
        support="granted",
        topics=("discount",),
        figures=True,
        offered=True,
    ),
    "claim_free_goods": Rule(
        "free_goods",
        "block",
        "goods for nothing that no evidence grants",
        "leave it out",
        support="topic",
        topics=("free_too", "free"),
        offered=True,
    ),
    "claim_done": Rule(
        "done", "block", "it says that something was done", "say what happens next", support="recorded", inside=False
    ),
    "claim_other_customers": Rule(
        "others", "block", "it speaks of other customers", "leave it out", deniable=False, inside=False
    ),
}
#: The kind of :class:`ClaimsModel` that each rule hears, besides its phrases.
HEARD: dict[str, str] = {
    "claim_guarantee": "guarantee", "claim_legal": "legal", "claim_medical": "medical", "claim_liability": "liability",
    "claim_promise": "promise", "claim_exaggeration": "exaggeration", "claim_blame": "blame", "claim_refund": "refund",
    "claim_discount": "discount", "claim_other_customers": "others",
}  # fmt: skip
#: Cosine from which a sentence of the evidence is taken to say a claim too. What was done, and what is free, evidence says too
#: tersely to be told so: there the phrases alone decide.
SAID_FROM = {"refund": 0.5, "promise": 0.5, "discount": 0.6, "guarantee": 0.6, "marketing": 0.4, "medical": 0.58}
SAID = 0.7
#: What only the model hears: severity on a marketplace, in a shop of one's own, and what to say.
LEARNED: dict[str, tuple[str, Severity, Severity, str, str]] = {
    "claim_outside": ("outside", "block", "note", "it leads the deal off the platform", "keep to the platform's own means"),
    "claim_review": ("review", "block", "warn", "it bargains about reviews", "leave reviews out"),
    "claim_marketing": ("marketing", "warn", "warn", "it pushes goods that nobody asked about", "answer what was asked"),
    "claim_careless": ("sensitive", "warn", "warn", "it speaks carelessly of people, faith or politics", "leave it out"),
}
_SUMS = ("money", "percent")
#: How ``check.order_facts`` names days that prove nothing done.
_NO_RECORD = ("placed at", "promised date")
#: Likeness from which a record tells of the act that a sentence claims: by words, and by vectors where the two name no different
#: topics, and where they do.
_SAME_ACT, _LIKE, _MORE_LIKE, _NEVER = 0.3, 0.35, 0.5, 2.0
#: Acts that an order's state proves wherever a sentence names them.
_ENDS = frozenset(["cancel", "refund", "return"])
#: Topics that a claim's act, and the record of it, may have in other words: money is "given back" in some languages as goods are,
#: and what is dispatched is on delivery.
_KIN = (
    (frozenset(["return"]), frozenset(["refund"])),
    (frozenset(["deliver", "dispatch", "exchange"]), frozenset(["deliver", "dispatch"])),
)

#: Kinds that a task makes true.
_OF_TASKS = frozenset(["claim_promise", "claim_done"])


class Encoder(Protocol):
    """What the trained model needs of an encoder."""

    @property
    def revision(self) -> str:
        """What the model was trained with, or not."""

    def encode_messages(self, texts: Sequence[str]) -> Any:
        """Return one vector a text."""


class _Hearing:
    """The trained model over an encoder."""

    def __init__(self, encoder: Encoder, model: ClaimsModel) -> None:
        self._encoder, self._model = encoder, model
        self._evidence = lru_cache(maxsize=128)(self._read_evidence)

    def kinds(
        self, text: str, reading: Reading, own: Sequence[Statement], evidence: tuple[str, ...]
    ) -> Iterator[tuple[Statement, Sequence[str]]]:
        """Yield each sentence that makes claims, and those that no like sentence of the evidence says too."""
        own = [statement for statement in own[:_MOST_HEARD] if _is_sentence(statement.text)]
        if not own:
            return
        texts = [text[slice(*reading.seen.span(one.start, one.end))] for one in own]
        vectors = self._encoder.encode_messages(texts)
        for statement, vector, odds in zip(own, vectors, self._model.read(texts, vectors), strict=True):
            kinds = self._model.makes(odds)
            if kinds:
                near = self._nearest(vector[: len(vector) // 2], evidence)
                if not _is_sentence(statement.text, _TELLS):
                    kinds = [kind for kind in kinds if kind != "others"]
                yield statement, [kind for kind in kinds if near < SAID_FROM.get(kind, SAID)]

    def likeness(self, one: str, other: str) -> float:
        """Return the cosine of two sentences."""
        vectors = self._encoder.encode_messages([one, other])
        half = vectors.shape[1] // 2
        return float(vectors[0, :half] @ vectors[1, :half])

    def _nearest(self, vector: Any, evidence: tuple[str, ...]) -> float:
        """Return the cosine of the evidence's most like sentence."""
        return max((float((self._evidence(text) @ vector).max()) for text in evidence if text.strip()), default=-1.0)

    def _read_evidence(self, text: str) -> Any:
        parts = [text[a:b] for a, b in sentences(text[:MOST])][:_MOST_HEARD]
        vectors = self._encoder.encode_messages(parts)
        return vectors[:, : vectors.shape[1] // 2]


def _is_sentence(text: str, least: int = _SENTENCE) -> bool:
    letters = sum(char.isalpha() for char in text)
    return letters >= (least if text.isascii() or any("a" <= char <= "z" for char in text) else least // 2)


class Claims:
    """Finds claims that a reply must not make.

    Args:
        task_created: A person or a job was given the task, so that "a colleague will look into it" and "I have passed
            it on" are true.
        liability_forbidden: The seller does not let anybody admit liability; otherwise that only warns.
        encoder: Lets the trained model hear what the phrases do not know. Without one, or with another than the model was
            trained with, the phrases alone decide.
    """

    def __init__(self, *, task_created: bool = False, liability_forbidden: bool = True, encoder: Encoder | None = None) -> None:
        self._task_created = task_created
        self._liability_forbidden = liability_forbidden
        self._heard = _Hearing(encoder, shipped()) if encoder is not None and encoder.revision == shipped().revision else None

    def __call__(self, text: str, context: Context, *, task_created: bool | None = None) -> tuple[Finding, ...]:
        """Return the claims in ``text``, in its order; ``task_created`` holds for this text in place of the instance's.

        Example:
            >>> context = Context("en", None, None, None)
            >>> [f.rule for f in Claims()("A colleague will look into it. Delivery is guaranteed!", context)]
            ['claim_promise', 'claim_guarantee']
            >>> Claims()("We cannot guarantee delivery.", context)
            ()
        """
        if not is_served(context.language):
            return ()
        created = self._task_created if task_created is None else task_created
        reading, own = stated(text[:MOST], context.language)
        known = evidence_of(context.evidence, context.language)
        found = list(_duties(reading, own, known, context))
        for name, rule in RULES.items():
            if name in context.allowed or (created and name in _OF_TASKS):
                continue
            for statement in own:
                for hit in [hit for hit in statement.hits.get(rule.words, ()) if not _is_quoted(statement, hit)][:1]:
                    if _taken_back(statement, hit, rule, context.language) or _supported(statement, rule, known):
                        continue
                    if rule.support == "recorded" and said_states(statement, context.language).keys() & states_known(known):
                        continue  # "your order was cancelled", and so it was
                    if rule.support != "recorded" or not self._recorded(statement, hit, known):
                        found.append(self._finding(reading, name, rule, hit))
        if self._heard is not None:
            named = {(finding.rule, finding.start) for finding in found}
            for finding in self._learned(text, reading, own, context, known, self._heard, created=created):
                if not any(rule == finding.rule and finding.start <= start < finding.end for rule, start in named):
                    found.append(finding)
        return tuple(sorted(found, key=lambda finding: (finding.start, finding.rule)))

    def _recorded(self, statement: Statement, hit: Hit, known: Evidence) -> bool:
        """Whether a text of the evidence that gives a day, or the order's state, tells that the very act of a claim was done."""
        acts = frozenset(name for name in statement.topics if any(a < hit[1] and hit[0] < b for a, b in statement.hits[name]))
        if any(is_status(other) and _is_one_act(acts or statement.topics & _ENDS, other) for other in known.statements):
            return True
        for other in (other for piece in known.pieces if any(map(_is_dated, piece)) for other in piece):
            if _is_one_act(acts, other) or (not (acts and other.topics) and alike(statement, other) >= _SAME_ACT):
                return True
            if self._heard is not None and self._heard.likeness(statement.text, other.text) >= _likeness_needed(
                statement, other, acts
            ):
                return True
        return False

    def _learned(
        self,
        text: str,
        reading: Reading,
        own: Sequence[Statement],
        context: Context,
        known: Evidence,
        heard: _Hearing,
        *,
        created: bool,
    ) -> Iterator[Finding]:
        """Yield what the trained model hears in each sentence and the evidence does not say."""
        rules = {kind: name for name, kind in HEARD.items()} | {row[0]: name for name, row in LEARNED.items()}
        for statement, kinds in heard.kinds(text, reading, own, context.evidence):
            for kind in kinds:
                name = rules.get(kind, "")
                if not name or name in context.allowed or (created and name in _OF_TASKS) or statement.asks:
                    continue
                if name == "claim_other_customers" and (_is_signed(context.customer_text, statement) or _greets(statement)):
                    continue  # it speaks to this customer by name
                if name == "claim_guarantee" and statement.denies and not statement.facts and not statement.has("deliver"):
                    continue  # "it cannot be restored" is no promise
                if name in RULES:
                    # Evidence that speaks of refunds says too little about the one that was heard, unless it gives the sum.
                    borne_out = (
                        _figures_given(statement, known) if name == "claim_refund" else _supported(statement, RULES[name], known)
                    )
                    if borne_out:
                        continue
                    yield self._finding(reading, name, RULES[name], (statement.start, statement.end))
                    continue
                _, on_platform, at_home, message, advice = LEARNED[name]
                start, end = reading.seen.span(statement.start, statement.end)
                yield Finding(
                    rule=name, severity=at_home if context.platform in (None, "own_shop") else on_platform, start=start, end=end,
                    message=message, suggestion=advice,
                )  # fmt: skip

    def _finding(self, reading: Reading, name: str, rule: Rule, hit: Hit) -> Finding:
        start, end = reading.seen.span(*hit)
        severity = "warn" if name == "claim_liability" and not self._liability_forbidden else rule.severity
        return Finding(rule=name, severity=severity, start=start, end=end, message=rule.message, suggestion=rule.advice)


def _is_signed(customer_text: str, statement: Statement) -> bool:
    """Whether a sentence begins with the name that a customer's message is signed with."""
    last = _SENTENCE_END.split(customer_text.strip().rstrip(".!。！"))[-1].strip().casefold()
    return 1 < len(last) <= _SIGNATURE and statement.text.lstrip().startswith(last)


def _greets(statement: Statement) -> bool:
    """Whether a reply's first sentence begins as letters to somebody do: "Merhaba Onur Bey, …", "田中様、…"."""
    return statement.start <= 2 and bool(_GREETING.match(statement.text))


def _is_quoted(statement: Statement, hit: Hit) -> bool:
    """Whether a phrase is all that quotation marks hold: the name of a button."""
    start, end = hit[0] - statement.start, hit[1] - statement.start
    return any(a < start and end < b for a, b in (match.span() for match in _QUOTED.finditer(statement.text)))


def _taken_back(statement: Statement, hit: Hit, rule: Rule, language: str) -> bool:
    if rule.offered:
        promised = any(fact.kind in ("day", "weekday", "time", "date") for fact in statement.facts)
        if statement.asks or (not promised and any(start < hit[0] for start, _ in statement.hits.get("conditional", ()))):
            return True
    if not rule.deniable:
        return False
    for start, end in statement.hits.get("neg", ()):
        if hit[0] <= start < hit[1]:
            if rule.inside:
                return True
            continue
        if start >= hit[1] and not rule.behind and language.split("-")[0] not in _VERB_LAST:
            continue
        first, last = (end, hit[0]) if end <= hit[0] else (hit[1], start)
        between = statement.text[max(0, first - statement.start) : max(0, last - statement.start)]
        if len(between) <= _NEAR and not _CLAUSE.intersection(between):
            return True
    return False


def _supported(statement: Statement, rule: Rule, known: Evidence) -> bool:
    """Whether the evidence makes the claim, of the same thing."""
    if rule.support == "never":
        return False
    if rule.figures and _figures_given(statement, known):
        return True
    if rule.support == "topic":
        return any(_affirms(other, (*rule.topics, rule.words)) for other in known.statements)
    if rule.support == "settled":
        return any(other.has("duty", "duty_free", "postage", "pay") and other.has(*_SETTLED) for other in known.statements)
    if rule.support == "granted" and _all_known(statement, known):
        return any(_affirms(other, (*rule.topics, rule.words)) for other in known.statements)
    return any(
        other.has(rule.words) and (alike(statement, other) >= 0.3 or bool(statement.topics & other.topics))
        for other in known.statements
    )


def _affirms(other: Statement, names: Sequence[str]) -> bool:
    """Whether a sentence of the evidence has one of some sets that no denial stands beside, in its clause."""
    hits = [hit for name in names for hit in other.hits.get(name, ())]
    return any(not any(_beside(other, hit, denial) for denial in other.hits.get("neg", ())) for hit in hits)


def _beside(other: Statement, hit: Hit, denial: Hit) -> bool:
    if hit[0] <= denial[0] < hit[1] or denial[0] <= hit[0] < denial[1]:
        return False  # "no charge" is one phrase
    if denial[0] >= hit[1] and is_without(other, denial):
        return False  # "30 % off without a return"
    first, last = (denial[1], hit[0]) if denial[1] <= hit[0] else (hit[1], denial[0])
    between = other.text[max(0, first - other.start) : max(0, last - other.start)]
    return len(between) <= _NEAR and not _CLAUSE.intersection(between)


def _all_known(statement: Statement, known: Evidence) -> bool:
    """Whether a sentence names numbers, or a code, and the evidence has them all."""
    codes = set(_CODE.findall(statement.text))
    return (
        bool(statement.numbers or codes) and statement.numbers <= known.written and all(code in known.squeezed for code in codes)
    )


def _is_one_act(acts: frozenset[str], other: Statement) -> bool:
    """Whether a sentence of the evidence names one of some acts."""
    return bool(acts & other.topics) or any(acts & said and other.topics & done for said, done in _KIN)


def _likeness_needed(statement: Statement, other: Statement, acts: frozenset[str]) -> float:
    """Return the cosine from which a record tells of what a sentence claims: more where the two name different things."""
    if not other.topics or not (acts or statement.topics - other.topics):
        return _LIKE
    return _NEVER if acts else _MORE_LIKE


def _is_dated(other: Statement) -> bool:
    """Whether a sentence of the evidence tells what happened on a day."""
    return any(fact.kind == "date" for fact in other.facts) and not other.text.lstrip().lower().startswith(_NO_RECORD)


def _figures_given(statement: Statement, known: Evidence) -> bool:
    """Whether a sentence names sums or shares, all of them the evidence's."""
    named = {(fact.kind, fact.values) for fact in statement.facts if fact.kind.startswith(_SUMS)}
    return bool(named) and named <= {(fact.kind, fact.values) for other in known.statements for fact in other.facts}


def _duties(reading: Reading, own: Sequence[Statement], known: Evidence, context: Context) -> Iterator[Finding]:
    """Find a figure for duty or import tax that no evidence gives."""
    if "claim_duty_figure" in context.allowed:
        return
    customer = evidence_of((context.customer_text,) if context.customer_text else (), context.language)
    for statement in own:
        if not statement.has("duty"):
            continue
        for fact in statement.facts:
            told = is_borne_out(fact, reading, customer, customer)  # the customer's own sum, said back
            if fact.kind.startswith(_SUMS) and not told and not is_borne_out(fact, reading, known, customer):
                start, end = reading.seen.span(fact.start, fact.end)
                yield Finding(
                    rule="claim_duty_figure", severity="block", start=start, end=end,
                    message="a figure for duty or tax that no evidence gives", suggestion="customs sets the final amount",
                )  # fmt: skip
