from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.guard.context import Context
from cs_assist.guard.grounding import Grounding
from cs_assist.guard.hours import hours_meant

#: The same hours, nine to six, as shops write them down.
NINE_TO_SIX = [
    "hours: 9-18", "Mon–Fri 9am–6pm",
    "lun-ven 9h-18h", "Lu-Ve de 9 à 18 h", "ma-vr 9.00-18.00 uur", "Isnin-Jumaat 9 pagi - 6 petang",
    "จ.-ศ. 9.00-18.00 น.", "T2–T6 9h–18h", "平日9〜18時", "周一至周五9:00-18:00", "Opening 0900-1800", "Office hours: 9 to 6",
    "सोम–शुक्र 9–18 बजे", "من 9 إلى 18",
]  # fmt: skip
SAID = [
    ("en", "We are here from 9 am to 6 pm."), ("de", "Wir sind von 9 bis 18 Uhr da."), ("ja", "9時から18時まで承っております。"),
    ("pt-BR", "Atendemos das 9h às 18h."), ("fr", "Nous sommes là de 9 h à 18 h."), ("zh-Hans", "工作时间是早上9点到晚上6点。"),
]  # fmt: skip
EIGHT_IN_THE_EVENING = [
    "bis acht Uhr abends", "jusqu'à 8 heures du soir", "hasta las 8 de la noche", "até as 8 da noite", "fino alle otto di sera",
    "tot acht uur 's avonds", "till åtta på kvällen", "do 8 wieczorem", "до восьми вечера",
    "akşam 8'e kadar", "حتى الساعة 8 مساء",
    "रात 8 बजे तक", "sampai jam 8 malam", "hingga 8 malam", "đến 8 giờ tối", "ถึง 2 ทุ่ม", "夜8時まで", "밤 8시까지", "晚上八点前",
]  # fmt: skip


def found(text: str, evidence: str, language: str) -> list[str]:
    return [finding.rule for finding in Grounding()(text, Context(language, None, None, None, (evidence,)))]


@pytest.mark.parametrize(("evidence", "said"), [*product(NINE_TO_SIX, SAID)])
def test_opening_hours_are_the_same_in_every_notation(evidence: str, said: tuple[str, str]) -> None:
    assert found(said[1], evidence, said[0]) == []


@pytest.mark.parametrize("evidence", EIGHT_IN_THE_EVENING)
@pytest.mark.parametrize(("language", "until"), [("en", "Open until {} pm."), ("de", "Wir sind bis {} Uhr abends da.")])
def test_a_part_of_the_day_makes_an_hour_plain(evidence: str, language: str, until: str) -> None:
    assert found(until.format(8), evidence, language) == []
    assert found(until.format(7), evidence, language) == ["ungrounded_time"]


@pytest.mark.parametrize("evidence", ["hours: 9-18", "Office hours: 9 to 6", "Opening 0900-1800", "lun-ven 9h-18h"])
def test_another_hour_is_in_no_evidence(evidence: str) -> None:
    assert "ungrounded_time" in found("We are here until 7 pm.", evidence, "en")


@pytest.mark.parametrize("text", ["2019-2024", "model 10-4-2", "€9 to 6", "12.5-3", "from 9 to 18"])
def test_other_numbers_are_no_hours(text: str) -> None:
    assert list(hours_meant(text, [])) == []


@given(
    st.lists(st.sampled_from(["8", "12", " ", "evening", "ทุ่ม", "晚上", "9 to 6", "0900-1800", "5 pm"]), max_size=30).map("".join)
)
def test_times_are_of_a_day_and_lie_in_the_text(text: str) -> None:
    known = [("number", (digit,), place, place + 1) for place, digit in enumerate(text) if digit.isdigit()]
    for at, start, end in hours_meant(text, known):
        assert 0 <= at < 1440
        assert 0 <= start < end <= len(text)


def test_many_hours_and_parts_of_the_day_come_to_an_end() -> None:
    text = "8 evening " * 50_000
    known = [("number", ("8",), place, place + 1) for place in range(0, len(text), 10)]
    assert len([*hours_meant(text, known)]) == len(known)
