from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from cs_assist.errors import DataFileError
from cs_assist.markets.market import load_market, market_codes
from cs_assist.quality.complaints import Situation
from cs_assist.quality.risk import PATH, Circumstance, load_risks, rate
from cs_assist.types import Emotion

CALM = Emotion.NEUTRAL


def test_every_risk_is_within_its_bounds_and_is_what_its_reasons_add_up_to() -> None:
    emotions = [emotion for emotion in Emotion if emotion is not Emotion.HAPPY]
    for code, intent, emotion in product(("JP", "DE", "SA", "US"), get_args(Situation), emotions):
        for circumstance in get_args(Circumstance):
            risk = rate(intent, emotion, (circumstance,), load_market(code), "amazon")
            assert risk.score == risk.likelihood * risk.severity
            for of in ("likelihood", "severity"):
                assert getattr(risk, of) == min(5, max(1, sum(why.change for why in risk.reasons if why.of == of)))
            assert all(why.reason for why in risk.reasons)


def test_what_may_hurt_somebody_is_never_a_small_matter() -> None:
    for code in market_codes():
        for emotion in (Emotion.NEUTRAL, Emotion.ANGRY):
            assert rate("safety_issue", emotion, ("plain",), load_market(code), None).level in ("high", "critical")


def test_a_markets_own_law_and_duties_count() -> None:
    germany, japan = load_market("DE"), load_market("JP")
    duty = rate("customs_duties", CALM, ("plain",), germany, None)
    assert duty.likelihood > rate("customs_duties", CALM, ("plain",), japan, None).likelihood
    assert any("EUR 3" in why.reason and "secondary" in why.reason for why in duty.reasons)
    withdraw = rate("return_request", CALM, ("plain",), germany, None)
    assert any("14 days" in why.reason and "verified" in why.reason for why in withdraw.reasons)


def test_anger_is_rarer_and_disappointment_commoner_where_displeasure_is_told_indirectly() -> None:
    japan, us = load_market("JP"), load_market("US")
    for emotion, sign in ((Emotion.ANGRY, -1), (Emotion.DISAPPOINTED, 1)):
        here, there = (rate("warranty_repair", emotion, ("plain",), m, None).likelihood for m in (japan, us))
        assert (here - there) * sign > 0


def test_a_platforms_clock_makes_it_graver() -> None:
    market = load_market("US")
    assert rate("exchange_request", CALM, ("plain",), market, "amazon").severity == 2
    assert rate("exchange_request", CALM, ("plain",), market, None).severity == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("likelihood: 5", "likelihood: 6", "intents.delivery_delayed.likelihood"),
        ("  night:", "  nights:", "nights"),
        ("levels: {low: 1, medium: 6, high: 10, critical: 15}", "levels: {low: 1}", "levels lacks"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "risks.yaml"
    text = PATH.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError, match=told):
        load_risks(path)
