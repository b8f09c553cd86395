from __future__ import annotations

from cs_assist.guard.evidence import evidence_of, family


def test_times_of_day_are_known_however_they_are_written() -> None:
    assert {9 * 60, 18 * 60} <= evidence_of(("Mon-Fri 9:00-18:00",)).clock
    assert {16 * 60, 19 * 60} <= evidence_of(("slot 16-19 h",)).clock


def test_dates_that_a_duration_leads_to_are_due() -> None:
    assert "11-23" in evidence_of(("authorised 2026-11-16, drops within 7 days",)).due


def test_evidence_is_also_read_in_the_language_of_the_reply() -> None:
    assert evidence_of(("dos días laborables",), "es").facts["duration"][0].values == ("2",)


def test_a_kind_is_compared_within_its_family() -> None:
    assert [family(kind) for kind in ("time day", "money EUR", "number")] == ["duration", "money", "number"]
