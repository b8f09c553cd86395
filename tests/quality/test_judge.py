from __future__ import annotations

from typing import Any

import pytest
from scripted_chat import scripted

from cs_assist.errors import ModelError
from cs_assist.llm.schemas import Judgement
from cs_assist.quality.judge import Judge

EVIDENCE = ("You can send everything back within 30 days.",)
ASKED = {"message": "I am Kate, kate@example.com. Can I return it?", "evidence": EVIDENCE, "language": "en"}


def grades(**changes: Any) -> Judgement:
    return Judgement(**{"helpful": 5, "grounded": 5, "tone": 4, "clear": 5, "faults": [], "verdict": "good"} | changes)


def test_grades_become_scores_between_0_and_1_and_the_verdict_follows_from_them() -> None:
    model, asked = scripted([grades(verdict="bad", faults=["stiff"])])
    judged = Judge(model)("Yes, within 30 days.", **ASKED)
    assert (judged.helpful, judged.tone, judged.score) == (1.0, 0.75, 0.9375)
    assert (judged.verdict, judged.faults, judged.ungrounded) == ("good", ("stiff",), ())
    assert "kate@example.com" not in asked[0]


@pytest.mark.parametrize(("low", "verdict"), [(4, "good"), (3, "acceptable"), (2, "bad"), (1, "bad")])
def test_the_lowest_grade_decides(low: int, verdict: str) -> None:
    model, _ = scripted([grades(clear=low)])
    assert Judge(model)("Yes, within 30 days.", **ASKED).verdict == verdict


def test_an_invented_fact_is_ungrounded_whatever_the_model_says() -> None:
    model, _ = scripted([grades()])
    judged = Judge(model)("Yes, within 90 days.", **ASKED)
    assert (judged.grounded, judged.verdict) == (0.0, "bad")
    assert judged.ungrounded == ("adds time '90 days'",)


@pytest.mark.parametrize(
    "answer", ['{"helpful": 9, "grounded": 5, "tone": 5, "clear": 5, "faults": [], "verdict": "good"}', "great!"]
)
def test_a_judgement_out_of_bounds_is_none(answer: str) -> None:
    model, _ = scripted([answer])
    with pytest.raises(ModelError):
        Judge(model)("Yes.", **ASKED)
