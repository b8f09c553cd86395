"""How likely a complaint is and how much harm it does, with the reasons: a base, and what feeling and market change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.markets.clocks import platform_hours
from cs_assist.markets.market import Market
from cs_assist.quality.complaints import Situation
from cs_assist.types import Emotion, Record

PATH = Path(__file__).parent / "data" / "scenarios.yaml"
Circumstance = Literal["plain", "repeat", "platform", "feast", "night", "sensitive"]
Level = Literal["low", "medium", "high", "critical"]
Grade = Annotated[int, Field(ge=1, le=5)]
Step = Annotated[int, Field(ge=-4, le=4)]
#: Months from which a guarantee is long: that of the European Union.
_LONG_GUARANTEE = 24


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Base(_Strict):
    """One intent: what happened, and its risk before anything else is known."""

    about: str
    likelihood: Grade
    severity: Grade
    harm: str
    plan: Annotated[tuple[str, ...], Field(min_length=1)]


class Change(_Strict):
    """What a feeling adds."""

    likelihood: Step
    severity: Step
    intensity: Annotated[float, Field(ge=0, le=1)]


class Worse(_Strict):
    """What a circumstance adds."""

    likelihood: Step
    severity: Step
    reason: str
    plan: tuple[str, ...]


class RiskData(_Strict):
    """The file's content; every intent, emotion, circumstance and level has its entry."""

    source: str
    certainty: Literal["house"]
    reviewed: date
    intents: dict[Situation, Base]
    emotions: dict[Emotion, Change]
    circumstances: dict[Circumstance, Worse]
    levels: dict[Level, Annotated[int, Field(ge=1, le=25)]]

    @model_validator(mode="after")
    def _complete(self) -> RiskData:
        wanted: dict[str, tuple[Collection[str], Collection[str]]] = {
            "intents": (self.intents, get_args(Situation)),
            "emotions": (self.emotions, [e for e in Emotion if e is not Emotion.HAPPY]),
            "circumstances": (self.circumstances, get_args(Circumstance)),
            "levels": (self.levels, get_args(Level)),
        }
        for name, (given, names) in wanted.items():
            if missing := sorted(set(names) - set(given)):
                raise ValueError(f"{name} lacks {', '.join(missing)}")
        return self


class Why(Record):
    """One reason, and by how much it moves likelihood or severity; the first of each is the base."""

    of: Literal["likelihood", "severity"]
    change: int
    reason: str


class Risk(Record):
    """Likelihood and severity from 1 to 5, their product, its level (a severity of 5 is at least high), and why."""

    likelihood: Grade
    severity: Grade
    score: Annotated[int, Field(ge=1, le=25)]
    level: Level
    reasons: tuple[Why, ...]


@cache
def load_risks(path: Path = PATH) -> RiskData:
    """Return the risk data.

    Raises:
        DataFileError: The file breaks the schema; names file, key and line.
    """
    return load_yaml(path, RiskData)


def rate(
    intent: Situation,
    emotion: Emotion,
    circumstances: tuple[Circumstance, ...],
    market: Market,
    platform: str | None,
    *,
    data: RiskData | None = None,
) -> Risk:
    """Return the risk of a complaint in a market.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> risk = rate("warranty_repair", Emotion.NEUTRAL, ("plain",), load_market("DE"), None)
        >>> risk.likelihood, [why.reason for why in risk.reasons if why.change == 1]
        (4, ['a legal guarantee of 24 months (general)'])
    """
    data = data or load_risks()
    base, feeling = data.intents[intent], data.emotions[emotion]
    reasons = [
        Why(of="likelihood", change=base.likelihood, reason=base.about),
        Why(of="severity", change=base.severity, reason=base.harm),
        Why(of="likelihood", change=feeling.likelihood, reason=f"told {emotion.value}"),
        Why(of="severity", change=feeling.severity, reason=f"told {emotion.value}"),
    ]
    for name in circumstances:
        worse = data.circumstances[name]
        reasons.append(Why(of="likelihood", change=worse.likelihood, reason=worse.reason))
        reasons.append(Why(of="severity", change=worse.severity, reason=worse.reason))
    if platform in platform_hours():
        told = f"{platform} wants an answer within {platform_hours()[platform]:g} hours"
        reasons.append(Why(of="severity", change=1, reason=told))
    reasons += _by_market(intent, emotion, market)
    kept = tuple(why for why in reasons if why.change)
    likelihood, severity = (min(5, max(1, sum(why.change for why in kept if why.of == of))) for of in ("likelihood", "severity"))
    score = likelihood * severity
    least = data.levels["high"] if severity == 5 else score  # what may hurt somebody is never a small matter
    level = max((name for name, start in data.levels.items() if max(score, least) >= start), key=lambda name: data.levels[name])
    return Risk(likelihood=likelihood, severity=severity, score=score, level=level, reasons=kept)


def _by_market(intent: str, emotion: Emotion, market: Market) -> Iterator[Why]:
    """Yield what the market's facts and tone change."""
    facts = {name: (fact.value, fact.certainty) for name, fact in market.facts.items()}

    def days(name: str) -> int:
        value, _ = facts.get(name, (None, ""))
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    if intent == "customs_duties":
        for name in ("import_vat", "import_duty"):
            value, certainty = facts.get(name, (None, ""))
            if isinstance(value, str) and not value.startswith(("no ", "none")):
                yield Why(of="likelihood", change=1, reason=f"{name.replace('_', ' ')}: {value} ({certainty})")
    if intent in ("return_request", "refund_request") and (term := days("withdrawal_days")):
        told = f"a right to withdraw for {term} days ({facts['withdrawal_days'][1]})"
        yield Why(of="likelihood", change=1, reason=told)
    if intent == "refund_status" and (term := days("withdrawal_refund_days")):
        yield Why(of="severity", change=1, reason=f"refunds are due in {term} days ({facts['withdrawal_refund_days'][1]})")
    if intent == "warranty_repair" and (months := days("guarantee_months")) >= _LONG_GUARANTEE:
        told = f"a legal guarantee of {months} months ({facts['guarantee_months'][1]})"
        yield Why(of="likelihood", change=1, reason=told)
    if intent == "data_privacy" and (term := days("privacy_answer_days")):
        law = facts.get("privacy_law", ("the privacy law", ""))[0]
        yield Why(of="severity", change=1, reason=f"{law}: an answer is due in {term} days ({facts['privacy_answer_days'][1]})")
    if market.tone.directness == "indirect" and emotion in (Emotion.ANGRY, Emotion.DISAPPOINTED):
        change = -1 if emotion is Emotion.ANGRY else 1
        yield Why(of="likelihood", change=change, reason="displeasure is told indirectly in this market")
