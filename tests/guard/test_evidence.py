from __future__ import annotations

from cs_assist.guard.evidence import evidence_of, family


def test_times_of_day_are_known_however_they_are_written() -> None:
    assert {9 * 60, 18 * 60} <= evidence_of(("Mon-Fri 9:00-18:00",)).clock
    assert {16 * 60, 19 * 60} <= evidence_of(("slot 16-19 h",)).clock


def test_dates_that_a_duration_leads_to_are_due() -> None:
    assert "2026-11-23" in evidence_of(("authorised 2026-11-16, drops within 7 days",)).due


def test_evidence_is_also_read_in_the_language_of_the_reply() -> None:
    assert evidence_of(("dos días laborables",), "es").facts["duration"][0].values == ("2",)


def test_a_kind_is_compared_within_its_family() -> None:
    assert [family(kind) for kind in ("time day", "money EUR", "number")] == ["duration", "money", "number"]


def test_months_are_those_of_the_calendar_and_before_counts_back() -> None:
    assert "2027-03-03" in evidence_of(("bought 2025-03-03, warranty 24 months",)).due
    assert "2026-12-07" in evidence_of(("Änderung bis 3 Tage vor dem Termin, Termin 2026-12-10",)).due
    assert "2026-12-07" not in evidence_of(("Lieferung 3 Tage, bestellt 2026-12-10",)).due


def test_a_day_of_each_month_is_one_near_the_dates() -> None:
    known = evidence_of(("Cancel by the 15th of the month.", "next box 2026-12-20"))
    assert known.monthly == {15}
    assert known.each_month == {"2026-11-15", "2026-12-15", "2027-01-15"}


def test_working_days_are_counted_from_monday_to_friday_and_as_days() -> None:
    due = evidence_of(("refunded 2026-11-19, 3 working days",)).due
    assert {"2026-11-22", "2026-11-24"} <= due


def test_a_date_without_a_year_is_in_that_of_the_others_or_in_some_year() -> None:
    assert [day.isoformat() for day in evidence_of(("ordered 2026-11-03, shipped 5.11.",)).days] == ["2026-11-03", "2026-11-05"]
    assert [(day.month, day.day) for day in evidence_of(("shipped 5.11.",)).days] == [(11, 5)]


def test_a_duration_beyond_all_calendars_leads_nowhere() -> None:
    assert evidence_of(("built 2026-11-03, lasts 999999 months",)).due == frozenset()
