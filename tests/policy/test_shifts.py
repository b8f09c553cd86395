from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import DataFileError, MessageError
from cs_assist.markets.clocks import opening
from cs_assist.markets.market import load_market
from cs_assist.policy.shifts import SKILLS, Calendar, Shift, Shifts, Skill, load_shifts

FILE = """
shifts:
  - {team: berlin, skills: [after_sales, presales], languages: [de, en], timezone: Europe/Berlin, days: [1, 2, 3, 4, 5],
     start: "09:00", end: "17:00", days_off: [2026-12-24]}
  - {team: mumbai, skills: [technical, language], languages: [hi, en], timezone: Asia/Kolkata, days: [1, 2, 3, 4, 5, 6],
     start: "22:00", end: "06:00", markets: [IN]}
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def shifts(tmp_path: Path) -> Shifts:
    path = tmp_path / "shifts.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load_shifts(path)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),  # Monday, within the shift
        ("2026-11-23T07:00", "2026-11-23T08:00"),  # before it, winter time
        ("2026-11-27T16:00", "2026-11-30T08:00"),  # Friday evening: Monday
        ("2026-12-23T18:00", "2026-12-25T08:00"),  # a day off between
        ("2026-03-27T20:00", "2026-03-30T07:00"),  # over the change to summer time
        ("2026-10-23T20:00", "2026-10-26T08:00"),  # and back
    ],
)
def test_somebody_is_there_from_the_next_shift_on(shifts: Shifts, now: str, then: str) -> None:
    found = shifts.next_human_at(load_market("DE"), "after_sales", "de", at(now))
    assert (found.at, found.team, found.speaks) == (at(then), "berlin", True)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T16:00", "2026-11-23T16:30"),  # 22:00 in Kolkata, half an hour beside the full one
        ("2026-11-23T23:00", "2026-11-23T23:00"),  # after midnight there, yesterday's shift still runs
        ("2026-11-29T00:45", "2026-11-30T16:30"),  # Saturday's shift ends on Sunday at 00:30 UTC
    ],
)
def test_a_night_shift_in_a_half_hour_zone_runs_into_the_next_day(shifts: Shifts, now: str, then: str) -> None:
    assert shifts.next_human_at(load_market("IN"), "technical", "hi", at(now)).at == at(then)


def test_where_nobody_speaks_the_language_the_skill_decides_and_it_is_told(shifts: Shifts) -> None:
    found = shifts.next_human_at(load_market("DE"), "after_sales", "th", at("2026-11-23T10:00"))
    assert (found.team, found.speaks) == ("berlin", False)


def test_where_nobody_has_the_skill_the_language_decides(shifts: Shifts) -> None:
    found = shifts.next_human_at(load_market("DE"), "payments", "de", at("2026-11-23T10:00"))
    assert (found.team, found.speaks) == ("berlin", True)


def test_a_team_for_some_markets_answers_no_other(shifts: Shifts) -> None:
    assert shifts.next_human_at(load_market("DE"), "technical", "hi", at("2026-11-23T18:00")).team == "berlin"


def test_without_a_calendar_the_markets_hours_hold() -> None:
    market, night = load_market("JP"), at("2026-11-23T18:00")
    assert Shifts().next_human_at(market, "after_sales", "ja", night).at == opening(market, night) > night
    assert Shifts().next_human_at(None, "after_sales", "ja", night).at == night


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda t: t.replace(tzinfo=UTC)),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu"]),
    st.times(), st.times(), st.sets(st.integers(1, 7), min_size=1),
)  # fmt: skip
def test_the_next_moment_is_never_past_and_stays_the_same_until_it_comes(
    now: datetime, zone: str, start: object, end: object, days: set[int]
) -> None:
    shift = Shift.model_validate(
        {
            "team": "t",
            "skills": ["technical"],
            "languages": ["en"],
            "timezone": zone,
            "days": sorted(days),
            "start": start,
            "end": end,
        }
    )
    found = shift.next_open(now)
    assert found is not None
    assert now <= found <= now + timedelta(days=9)
    assert shift.next_open(found) == found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("skills: [cooking]", "skills"),
        ("timezone: Europe/Atlantis", "unknown time zone"),
        ("days: [0]", "days"),
        ("languages: []", "languages"),
        ("salary: 1", "salary"),
    ],
)
def test_a_wrong_file_names_the_key(tmp_path: Path, line: str, said: str) -> None:
    values = {"team": "t", "skills": "[technical]", "languages": "[en]", "timezone": "Europe/Berlin", "days": "[1]",
              "start": '"09:00"', "end": '"17:00"'}  # fmt: skip
    values |= dict([line.split(": ", 1)])
    path = tmp_path / "shifts.yaml"
    path.write_text("shifts:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in values.items()), encoding="utf-8")
    with pytest.raises(DataFileError, match=said):
        load_shifts(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        load_shifts(tmp_path / "none.yaml")


def test_days_off_and_skills_are_those_of_the_record() -> None:
    shift = Shift(team="t", skills=SKILLS, languages=("en",), timezone="UTC", days=tuple(range(1, 8)), start=time(0), end=time(0),
                  days_off=(date(2026, 11, 24),))  # fmt: skip
    whole = Shifts(Calendar(shifts=(shift,)))
    assert whole.next_human_at(None, "payments", "en", at("2026-11-24T12:00")).at == at("2026-11-25T00:00")


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(MessageError, match="without a time zone"):
        Shifts().next_human_at(None, "after_sales", "de", datetime(2026, 11, 18, 10))


@pytest.mark.parametrize(
    ("market", "skill", "language", "now", "speaker", "others"),
    [
        ("DE", "after_sales", "de", "2026-11-23T10:00", "2026-11-23T10:00", ()),
        ("DE", "after_sales", "th", "2026-11-23T10:00", None, ("de", "en")),
        ("DE", "after_sales", "th", "2026-11-23T20:00", None, ("de", "en")),  # those who are there next
        ("IN", "technical", "hi", "2026-11-23T10:00", "2026-11-23T16:30", ()),  # nobody of that skill is there before
        ("IN", "payments", "hi", "2026-11-23T10:00", "2026-11-23T16:30", ("de", "en")),
        ("IN", "after_sales", "hi-Latn", "2026-11-23T10:00", "2026-11-23T16:30", ("de", "en")),
    ],
)
def test_who_speaks_the_language_when_and_what_others_speak(
    shifts: Shifts, market: str, skill: Skill, language: str, now: str, speaker: str | None, others: tuple[str, ...]
) -> None:
    found = shifts.next_human_at(load_market(market), skill, language, at(now))
    assert found.speaker_at == (at(speaker) if speaker else None)
    assert found.languages == others
    assert found.timezone in ("Europe/Berlin", "Asia/Kolkata")


@pytest.mark.parametrize(("staff", "customer"), [("ZH", "zh-Hans"), ("zh-TW", "zh-Hant"), ("HI", "hi-Latn"), ("pt", "pt-BR")])
def test_a_language_may_be_written_in_any_way(staff: str, customer: str) -> None:
    shift = Shift(
        team="t", skills=SKILLS, languages=(staff,), timezone="UTC", days=(1, 2, 3, 4, 5, 6, 7), start=time(0), end=time(0)
    )
    assert Shifts(Calendar(shifts=(shift,))).next_human_at(None, "payments", customer, at("2026-11-24T12:00")).speaks
