"""Made-up complaints of one market with their risk, what must happen, a plan and a reply's frame: for training and tests."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal, Protocol, get_args

from babel import Locale

from cs_assist.config import Settings
from cs_assist.errors import ModelError, SettingsError, UnknownLanguageError
from cs_assist.guard.privacy import find_private
from cs_assist.llm.door import Job, LanguageModel
from cs_assist.llm.schemas import Scenarios
from cs_assist.markets.market import Market
from cs_assist.policy.decide import Policy
from cs_assist.quality.complaints import Complaints, Feast, Situation, load_complaints
from cs_assist.quality.risk import Circumstance, Risk, load_risks, rate
from cs_assist.reply.compose import Composer
from cs_assist.reply.phrases import load_phrases
from cs_assist.types import (
    Action,
    Channel,
    Conversation,
    Decision,
    Emotion,
    Findings,
    Intent,
    Message,
    Passage,
    Priority,
    Record,
    Triage,
    Turn,
    Urgency,
    same_language,
)

#: The day of all scenarios unless another is asked for, a Monday: the same seed gives the same scenarios on every day.
DAY = date(2026, 11, 23)
#: Written by the customer's own hand: a note of a phone call is an agent's.
CHANNELS: tuple[Channel, ...] = ("live_chat", "social_dm", "email", "marketplace", "whatsapp")
_INTENTS: tuple[Situation, ...] = get_args(Situation)
_EMOTIONS: frozenset[Emotion] = frozenset(Emotion) - {Emotion.HAPPY}
_UNHAPPY: frozenset[Emotion] = frozenset({Emotion.DISAPPOINTED, Emotion.FRUSTRATED, Emotion.ANGRY})
#: A complaint of the service alone shows displeasure (taxonomy); whoever is hurt is not merely confused.
_FEELINGS: dict[str, frozenset[Emotion]] = {
    Intent.COMPLAINT: _UNHAPPY,
    Intent.SAFETY_ISSUE: _EMOTIONS - {Emotion.CONFUSED},
    Intent.LEGAL_THREAT: _UNHAPPY | {Emotion.NEUTRAL},
}
_CIRCUMSTANCES: tuple[Circumstance, ...] = ("plain", "repeat", "feast", "plain", "night", "sensitive")
#: Complaints of goods, whose day may matter.
_GOODS: frozenset[str] = frozenset(_INTENTS) - {
    Intent.REFUND_REQUEST, Intent.REFUND_STATUS, Intent.BILLING_ISSUE, Intent.PAYMENT_FAILED, Intent.DATA_PRIVACY,
    Intent.COMPLAINT, Intent.HUMAN_REQUEST, Intent.LEGAL_THREAT, Intent.SAFETY_ISSUE,
}  # fmt: skip
#: Counts of days or months; see :class:`~cs_assist.quality.complaints.Complaints`.
_NUMBERS = (11, 12, 14, 16, 18)
_HIGH = {Intent.BILLING_ISSUE, Intent.NOT_RECEIVED, Intent.REFUND_STATUS}  # taxonomy: urgency
_PRIORITIES: dict[Urgency, Priority] = {Urgency.CRITICAL: "P1", Urgency.HIGH: "P2", Urgency.NORMAL: "P3", Urgency.LOW: "P4"}
_STRONG = 0.7
_P = 0.95
#: A reply's frame has this where a person or an article gives the answer.
BLANK = "[…]"
_TRIES = 400
_BRANDS = {"ebay": "eBay", "aliexpress": "AliExpress", "tiktok_shop": "TikTok Shop"}
_FALLBACK = "en"


class Expected(Record):
    """What the policy does with a message that reads as intended, where the knowledge base has no answer."""

    action: Action
    rule: str
    why: tuple[str, ...]
    queue: str
    tier: str
    priority: Priority
    due_at: datetime


class Scenario(Record):
    """One complaint; as a JSON object it is an input line of ``cs-assist reply`` and ``cs-assist converse``.

    ``number`` counts from 1 within one run. ``made_by`` says whose words ``text`` is.
    """

    id: str
    text: str
    market: str
    channel: Channel
    platform: str | None
    language: str
    now: datetime
    history: tuple[Turn, ...]
    intent: Situation
    emotion: Emotion
    intensity: float
    dissatisfied: bool
    circumstances: tuple[Circumstance, ...]
    risk: Risk
    expected: Expected
    plan: tuple[str, ...]
    template: str
    avoid: tuple[str, ...]
    made_by: Literal["template", "model"] = "template"

    def line(self) -> dict[str, Any]:
        """Return the JSON object, with the dialogue as ``turns`` besides."""
        value = self.model_dump(mode="json", exclude={"history"})
        history = [{"role": turn.role, "text": turn.text} for turn in self.history]
        return value | {"history": history, "turns": [*history, {"role": "customer", "text": self.text}]}


class Deck:
    """Draws items so that all come equally often: shuffled, dealt out, shuffled anew."""

    def __init__(self, items: Sequence[Any], dice: random.Random) -> None:
        self._items, self._dice = list(items), dice
        self._left: list[Any] = []

    def draw(self, fitting: Collection[Any] | None = None) -> Any:
        """Return the next item, where ``fitting`` is given the next of those; what is passed over stays next."""
        place = self._next(fitting)
        if place is None:
            fresh = list(self._items)
            self._dice.shuffle(fresh)
            self._left += fresh
            place = self._next(fitting)
        if place is None:
            raise ValueError("nothing in the deck fits")
        return self._left.pop(place)

    def _next(self, fitting: Collection[Any] | None) -> int | None:
        return next((i for i, item in enumerate(self._left) if fitting is None or item in fitting), None)


@dataclass(frozen=True)
class _Cast:
    """What was drawn for one scenario."""

    intent: Situation
    emotion: Emotion
    channel: Channel
    circumstance: Circumstance
    language: str
    platform: str | None
    number: int
    greets: bool
    names_platform: bool
    feast: str


def make_scenarios(market: Market, settings: Settings, *, n: int, seed: int = 0, on: date = DAY) -> list[Scenario]:
    """Return ``n`` different complaints of a market, the gravest first.

    Intents, feelings, channels, circumstances and the market's languages come equally often, as far as they fit each
    other. The same market, number, seed and day give the same scenarios. Languages without words (see
    ``quality/data/complaints``) are left out; where none is left, customers write English.

    Raises:
        SettingsError: ``n`` is below 1, or there are not so many different ones.
    """
    if n < 1:
        raise SettingsError(f"{n} scenarios were asked for.", hint="Ask for one or more.")
    dice = random.Random(f"{market.code}/{seed}")
    maker = _Maker(market, settings, on)
    seen: dict[str, _Cast] = {}
    casts = _casts(market, dice)
    tries = 0
    while len(seen) < n:
        cast = next(casts)
        text = _text(cast)
        tries = tries + 1 if text in seen else 0
        if tries > _TRIES:
            raise SettingsError(
                f"there are words for about {len(seen)} different complaints in market '{market.code}', not for {n}.",
                hint="Ask for fewer.",
            )
        seen.setdefault(text, cast)
    made = [maker(cast, text, f"{market.code}-{seed}-{number:04}") for number, (text, cast) in enumerate(seen.items(), 1)]
    return sorted(made, key=lambda scenario: (-scenario.risk.score, scenario.id))


def _casts(market: Market, dice: random.Random) -> Iterator[_Cast]:
    intents, emotions, channels = Deck(_INTENTS, dice), Deck(sorted(_EMOTIONS), dice), Deck(CHANNELS, dice)
    circumstances, languages = Deck(_CIRCUMSTANCES, dice), Deck(spoken(market), dice)
    platforms = Deck(market.platforms or ("own_shop",), dice)
    while True:
        intent, channel, language = intents.draw(), channels.draw(), languages.draw()
        feasts = _feasts(market, language) if intent in _GOODS else []
        emotion = emotions.draw(_FEELINGS.get(intent, _EMOTIONS))
        fitting = (
            {"plain", "repeat", "night"} | ({"feast"} if feasts else set()) | ({"sensitive"} if emotion in _UNHAPPY else set())
        )
        on_platform = channel == "marketplace"
        yield _Cast(
            intent=intent,
            emotion=emotion,
            channel=channel,
            circumstance=circumstances.draw(fitting),
            language=language,
            platform=platforms.draw() if on_platform else None,
            number=dice.choice(_NUMBERS),
            greets=channel in ("email", "marketplace") or dice.random() < 0.5,
            names_platform=on_platform and dice.random() < 0.5,
            feast=dice.choice(feasts) if feasts else "",
        )


def spoken(market: Market) -> tuple[str, ...]:
    """Return the market's languages that complaints can be made up in."""
    found = []
    for tag in market.languages:
        try:
            load_complaints(tag), load_phrases(tag)
        except UnknownLanguageError:
            continue
        found.append(tag)
    return tuple(found) or (_FALLBACK,)


def _feasts(market: Market, language: str) -> list[str]:
    names: dict[Feast, str] = load_complaints(language).feasts
    return [names[feast] for feast in market.observances if feast in names]


def _text(cast: _Cast) -> str:
    words = load_complaints(cast.language)
    lines = [words.repeat] if cast.circumstance == "repeat" else []
    lines.append(words.situations[cast.intent].format(number=cast.number))
    if cast.names_platform and cast.platform:
        lines.append(words.platform.format(platform=_brand(cast.platform)))
    if cast.circumstance == "feast":
        lines.append(words.feast.format(feast=cast.feast))
    if cast.circumstance == "sensitive":
        lines.append(words.sensitive)
    lines += _feeling(words, cast.emotion)
    body = words.joiner.join(lines)
    return f"{words.greeting}\n{body}" if cast.greets else body


def _feeling(words: Complaints, emotion: Emotion) -> list[str]:
    return [text for name, text in words.feelings.items() if name == emotion.value]


def _brand(platform: str) -> str:
    return _BRANDS.get(platform, platform.replace("_", " ").title())


class _Maker:
    """Makes scenarios of what was drawn, by the same policy and composer that answer customers."""

    def __init__(self, market: Market, settings: Settings, on: date) -> None:
        self._market, self._on = market, on
        self._policy, self._composer = Policy(settings), Composer(settings)
        self._data = load_risks()

    def __call__(self, cast: _Cast, text: str, name: str) -> Scenario:
        platform = cast.platform if cast.channel == "marketplace" else "own_shop"
        now = self._moment(cast.circumstance)
        message = Message(id=name, text=text, market=self._market.code, channel=cast.channel, platform=platform, received_at=now)
        triage = self._triage(cast, text)
        history = self._history(cast)
        strikes = int(triage.dissatisfied) + (1 if history else 0)
        conversation = Conversation(id=name, strikes=strikes, customer_turns=2 if history else 1, asked=2 if history else 1)
        decision = self._policy(message, triage, conversation, Findings(), market=self._market, now=now)
        circumstances: tuple[Circumstance, ...] = (cast.circumstance, *(("platform",) if cast.platform else ()))
        worse = [line for name in circumstances for line in self._data.circumstances[name].plan]
        return Scenario(
            id=name,
            text=text,
            market=self._market.code,
            channel=cast.channel,
            platform=platform,
            language=cast.language,
            now=now,
            history=history,
            intent=cast.intent,
            emotion=cast.emotion,
            intensity=triage.intensity,
            dissatisfied=triage.dissatisfied,
            circumstances=circumstances,
            risk=rate(cast.intent, cast.emotion, circumstances, self._market, cast.platform, data=self._data),
            expected=_expected(decision),
            plan=(*self._data.intents[cast.intent].plan, *worse),
            template=self._template(message, triage, conversation, decision, now),
            avoid=self._market.avoid,
        )

    def _moment(self, circumstance: Circumstance) -> datetime:
        """Return when it comes: late in the morning, or in the middle of the night."""
        at = time(2, 30) if circumstance == "night" else time(11, 0)
        return datetime.combine(self._on, at, self._market.zone).astimezone(UTC)

    def _triage(self, cast: _Cast, text: str) -> Triage:
        """Return the reading that is meant, by the taxonomy's rules."""
        intensity = self._data.emotions[cast.emotion].intensity
        dissatisfied = cast.emotion in _UNHAPPY or cast.circumstance == "repeat"
        grave = cast.intent in (Intent.SAFETY_ISSUE, Intent.LEGAL_THREAT)
        high = cast.intent in _HIGH or cast.circumstance == "feast" or (dissatisfied and intensity >= _STRONG)
        urgency = Urgency.CRITICAL if grave else Urgency.HIGH if high else Urgency.NORMAL
        others = [intent.value for intent in Intent if intent != cast.intent]
        return Triage(
            text=text,
            language=cast.language,
            languages=((cast.language, 1.0),),
            intent=cast.intent,
            intents=((cast.intent, _P), *((name, (1 - _P) / len(others)) for name in others)),
            emotion=cast.emotion,
            emotions=((cast.emotion.value, 1.0),),
            intensity=intensity,
            dissatisfied=dissatisfied,
            p_dissatisfied=float(dissatisfied),
            urgency=urgency,
            priority=_PRIORITIES[urgency],
        )

    def _history(self, cast: _Cast) -> tuple[Turn, ...]:
        """Return what was said before where the customer comes back with it: it disappointed them already."""
        if cast.circumstance != "repeat":
            return ()
        words = load_complaints(cast.language)
        situation = words.situations[cast.intent].format(number=cast.number)
        first = words.joiner.join([situation, *_feeling(words, Emotion.DISAPPOINTED)])
        options = load_phrases(cast.language).thanks
        said = options[0] if isinstance(options, tuple) else options.formal[0]
        return (Turn(role="customer", text=first), Turn(role="bot", text=said))

    def _template(self, message: Message, triage: Triage, conversation: Conversation, decision: Decision, now: datetime) -> str:
        """Return the reply's frame from the phrase bank: a question, a notice, or an answer with a blank."""
        if decision.action is Action.DRAFT:
            blank = Passage(
                doc_id="blank", chunk=0, title=BLANK, text=BLANK, score=0, p_answers=0, language=triage.language, category="other"
            )
            decision = decision.model_copy(update={"passage": blank})
        draft = self._composer(message, triage, conversation, decision, market=self._market, now=now)
        return draft.text


def _expected(decision: Decision) -> Expected:
    return Expected(
        action=decision.action,
        rule=decision.reason,
        why=decision.reasons,
        queue=decision.queue,
        tier=decision.tier,
        priority=decision.priority,
        due_at=decision.due_at,
    )


class Reader(Protocol):
    """Reads messages, as :class:`~cs_assist.triage.reader.MessageReader` does."""

    def read_many(self, messages: Sequence[Message]) -> list[Triage]:
        """Return one triage a message."""

    def identify(self, text: str) -> tuple[str, float]:
        """Return the likeliest language."""


@dataclass(frozen=True)
class Enriched:
    """Scenarios with a model's words where these passed, and why the others kept theirs, by reason."""

    scenarios: list[Scenario]
    kept: Counter[str]


def enrich(scenarios: Sequence[Scenario], model: LanguageModel, reader: Reader, market: Market) -> Enriched:
    """Return the scenarios in a model's richer words, as far as these pass.

    A text passes where its language is the scenario's, the intent is among the first three that triage reads, no
    personal data stand in it, and no other scenario says the same. What does not pass keeps its own words.
    """
    answers = model.ask_many([_job(scenario, market) for scenario in scenarios])
    taken = {_same(scenario.text) for scenario in scenarios}
    kept: Counter[str] = Counter()
    made = []
    for scenario, answer in zip(scenarios, answers, strict=True):
        texts = [] if isinstance(answer, ModelError) else [one.text.strip() for one in answer.value.scenarios]
        reason: str = answer.kind if isinstance(answer, ModelError) else "empty"
        for text in texts:
            reason = _fault(text, scenario, reader, taken)
            if not reason:
                taken.add(_same(text))
                number = scenario.id.rpartition("-")[2]
                scenario = scenario.model_copy(update={"text": text.replace("[ORDER]", f"S-1{number}"), "made_by": "model"})
                break
        kept.update([reason] if reason else [])
        made.append(scenario)
    return Enriched(made, kept)


def _job(scenario: Scenario, market: Market) -> Job[Scenarios]:
    data = load_risks()
    worse = [data.circumstances[name].reason for name in scenario.circumstances]
    situation = "; ".join([data.intents[scenario.intent].about, *filter(None, worse)])
    tongue = Locale("en").languages.get(scenario.language.split("-")[0], scenario.language)
    variables = {
        "number": "2",
        "language": f"{tongue} ({scenario.language})",
        "market": market.name,
        "channel": scenario.channel,
        "intent": scenario.intent,
        "emotion": f"{scenario.emotion.value}, {scenario.intensity:.1f} of 1",
        "situation": f"{situation}. Scenario {scenario.id}.",
    }
    return Job("complaint_scenarios", variables, Scenarios)


def _fault(text: str, scenario: Scenario, reader: Reader, taken: set[str]) -> str:
    """Return why a text does not pass; empty where it does."""
    if not text or _same(text) in taken:
        return "duplicate" if text else "empty"
    if not same_language(reader.identify(text)[0], scenario.language):
        return "language"
    if find_private(text.replace("[ORDER]", ""), market=scenario.market, language=scenario.language):
        return "personal_data"
    told = Message(id=scenario.id, text=text, market=scenario.market, channel=scenario.channel, language=scenario.language)
    (triage,) = reader.read_many([told])
    return "" if scenario.intent in [name for name, _ in triage.intents[:3]] else "intent"


def _same(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())


def matrix(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Return how many scenarios have each severity (rows, 5 first) and likelihood (columns, 1 first)."""
    counts = Counter((scenario.risk.severity, scenario.risk.likelihood) for scenario in scenarios)
    return [[counts[severity, likelihood] for likelihood in range(1, 6)] for severity in range(5, 0, -1)]


def to_markdown(scenarios: Sequence[Scenario], title: str) -> str:
    """Return the risk matrix and each scenario's plan as a Markdown page."""
    rows = [f"| **{5 - i}** | " + " | ".join(str(count or "") for count in row) + " |" for i, row in enumerate(matrix(scenarios))]
    out = [f"# {title}", "", "| severity \\ likelihood | 1 | 2 | 3 | 4 | 5 |", "| --- | --- | --- | --- | --- | --- |", *rows]
    for s in scenarios:
        risk = f"{s.risk.level}: likelihood {s.risk.likelihood} × severity {s.risk.severity} = {s.risk.score}"
        why = "; ".join(f"{w.of} {w.change:+}: {w.reason}" for w in s.risk.reasons)
        out += ["", f"## {s.id} · {s.intent} · {s.emotion.value} · {s.channel}", "", f"{risk} ({why})", ""]
        out += [f"> {line}" for line in s.text.splitlines()]
        out += ["", f"Must happen: {s.expected.action.value} ({s.expected.rule}), {s.expected.queue}, {s.expected.priority}", ""]
        out += [f"{number}. {step}" for number, step in enumerate(s.plan, 1)]
        out += ["", "Reply:", "", *(f"> {line}" for line in s.template.splitlines())]
    return "\n".join(out) + "\n"
