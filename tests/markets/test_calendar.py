from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.markets import calendar
from cs_assist.markets.calendar import holiday, is_workday, next_holidays, observances, what_changes, wish
from cs_assist.markets.market import DATA, Observance, load_market, market_codes

CODES = sorted(market_codes())
SHIPPED = (DATA / "_observances.yaml").read_text(encoding="utf-8")


def days_of(code: str, name: Observance, year: int) -> list[date]:
    """Return all days of a year on which a market observes something."""
    market = load_market(code)
    year_days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [day for day in year_days if day.year == year and name in observances(market, day)]


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        ("DE", "2026-10-03", "German Unity Day"),
        ("DE", "2026-10-04", ""),
        ("JP", "2026-03-20", "Vernal Equinox Day"),
        ("SA", "2026-03-20", "Eid al-Fitr Holiday"),
        ("CN", "2027-02-06", "Chinese New Year (Spring Festival)"),
        ("ZA", "2026-12-16", "Day of Reconciliation"),
    ],
)
def test_a_holiday_has_its_english_name(code: str, day: str, name: str) -> None:
    assert holiday(load_market(code), date.fromisoformat(day)) == name


@pytest.mark.parametrize("code", CODES)
def test_every_market_s_holidays_are_told_in_english_letters(code: str) -> None:
    told = next_holidays(load_market(code), date(2026, 1, 15), count=20)
    assert len(told) >= 4
    assert all(any("a" <= letter.lower() <= "z" for letter in name) for _, name in told)
    assert sorted(told) == list(told)


@pytest.mark.parametrize(
    ("code", "day", "works"),
    [
        ("DE", "2026-11-20", True),  # a Friday
        ("DE", "2026-11-21", False),
        ("SA", "2026-11-20", False),
        ("SA", "2026-11-22", True),
        ("IL", "2026-11-20", False),
        ("IN", "2026-11-21", True),  # a Saturday
        ("SA", "2026-09-23", False),  # National Day, a Wednesday
    ],
)
def test_weekends_and_holidays_are_no_workdays(code: str, day: str, works: bool) -> None:
    assert is_workday(load_market(code), date.fromisoformat(day)) is works


@pytest.mark.parametrize("code", ["SA", "AE", "EG", "TR", "ID", "MY"])
@pytest.mark.parametrize(
    ("year", "first", "last"), [(2026, "2026-02-18", "2026-03-19"), (2027, "2027-02-08", "2027-03-08")], ids=["2026", "2027"]
)
def test_ramadan_moves_with_the_hijri_year(code: str, year: int, first: str, last: str) -> None:
    days = days_of(code, "ramadan", year)
    assert (days[0].isoformat(), days[-1].isoformat()) == (first, last)
    assert len(days) == (days[-1] - days[0]).days + 1


def test_a_gregorian_year_may_have_ramadan_twice() -> None:
    days = days_of("SA", "ramadan", 2030)
    assert (days[0].month, days[-1].month) == (1, 12)


@pytest.mark.parametrize(
    ("year", "starts"), [(2026, ["2026-03-20", "2026-05-27"]), (2027, ["2027-03-09", "2027-05-16"])], ids=["2026", "2027"]
)
def test_both_eids_are_observed(year: int, starts: list[str]) -> None:
    days = days_of("SA", "eid", year)
    assert [day.isoformat() for day in days if day - timedelta(days=1) not in days] == starts
    assert not set(days) & set(days_of("SA", "ramadan", year))


@pytest.mark.parametrize("code", ["CN", "TW", "HK", "SG", "MY", "VN"])
def test_the_lunar_new_year_is_observed_around_the_market_s_own_holiday(code: str) -> None:
    days = days_of(code, "lunar_new_year", 2027)
    assert date(2027, 2, 6) in days
    assert len(days) == (days[-1] - days[0]).days + 1  # in one piece
    assert date(2027, 1, 1) not in days


def test_korea_keeps_its_own_new_year() -> None:
    assert holiday(load_market("KR"), date(2027, 2, 7)) == "Korean New Year"
    assert date(2027, 2, 7) in days_of("KR", "lunar_new_year", 2027)


@pytest.mark.parametrize(
    ("code", "year", "day"), [("IN", 2026, "2026-11-08"), ("SG", 2026, "2026-11-08"), ("MY", 2026, "2026-11-08")]
)
def test_diwali_is_taken_from_a_neighbour_where_the_market_s_calendar_has_none(code: str, year: int, day: str) -> None:
    assert date.fromisoformat(day) in days_of(code, "diwali", year)


def test_the_sabbath_returns_every_week() -> None:
    assert {day.isoweekday() for day in days_of("IL", "sabbath", 2026)} == {5, 6}


@pytest.mark.parametrize(
    ("code", "day", "season"),
    [
        ("SA", "2026-03-01", "ramadan"),
        ("SA", "2026-03-20", "eid"),
        ("MY", "2026-03-01", None),  # observed, and not wished to everybody
        ("MY", "2026-03-20", "eid"),
        ("IN", "2026-11-08", "diwali"),
        ("CN", "2026-02-17", "lunar_new_year"),
        ("US", "2026-12-22", "year_end"),
        ("US", "2027-01-10", None),
        ("DE", "2026-03-01", None),
        ("JP", "2026-05-01", None),  # Golden Week has no wish
    ],
)
def test_customers_are_wished_well_where_it_is_customary_and_when(code: str, day: str, season: str | None) -> None:
    assert wish(load_market(code), date.fromisoformat(day)) == season


@given(st.sampled_from(CODES), st.dates(date(1970, 1, 1), date(2999, 12, 31)))
def test_any_day_of_any_market_is_answered(code: str, day: date) -> None:
    market = load_market(code)
    seen = observances(market, day)
    assert set(seen) <= set(market.observances)
    assert wish(market, day) in {None, *seen}
    assert is_workday(market, day) <= (holiday(market, day) == "")


@pytest.mark.parametrize("name", get_args(Observance))
def test_each_observance_says_what_it_changes_and_since_when_that_is_known(name: Observance) -> None:
    seen = what_changes(name)
    assert seen.tone or seen.offers or seen.stops
    assert seen.source
    assert seen.reviewed.year >= 2026


def test_what_an_observance_changes_is_data() -> None:
    ramadan = what_changes("ramadan")
    assert ramadan.contact_windows is not None
    assert [f"{window.start:%H:%M}" for window in ramadan.contact_windows] == ["10:00", "20:30"]
    assert "alcohol" in ramadan.avoid_offers


@pytest.mark.parametrize(
    ("own", "broken", "key"),
    [
        ('first: "09-01", last: "09-30"', 'first: "09-30", last: "09-01"', "observances.ramadan.when.0.hijri"),
        ('first: "09-01"', 'first: "13-01"', "observances.ramadan.when.0.hijri.first"),
        ('{start: "10:00", end: "16:00"}', '{start: "16:00", end: "10:00"}', "observances.ramadan.contact_windows.0"),
        ("calendar: week", "calendar: maya", "observances.sabbath.when.0"),
        ("  golden_week:", "  golden_month:", "observances.golden_month.[key]"),
        ("    stops: ", "    halts: ", "observances.eid.halts"),
    ],
)
def test_a_broken_file_names_file_key_and_line(own: str, broken: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "_observances.yaml"
    text = SHIPPED.replace(own, broken, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_yaml(path, calendar._Observances)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if broken in content)
    assert (caught.value.path.name, caught.value.key, caught.value.line) == ("_observances.yaml", key, line)


def test_an_observance_that_is_left_out_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "_observances.yaml"
    path.write_text(SHIPPED[: SHIPPED.index("  sabbath:")], encoding="utf-8")
    with pytest.raises(DataFileError, match="'sabbath' is missing"):
        load_yaml(path, calendar._Observances)


def test_the_calendars_are_loaded_when_a_day_is_asked_for_and_not_before() -> None:
    code = (
        "import sys, cs_assist.markets.clocks\n"
        "from cs_assist.markets.market import load_market, _read_shipped\n"
        "load_market('JP')\n"
        "print(_read_shipped.cache_info().misses, 'holidays' in sys.modules, 'hijridate' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False", "False"]
