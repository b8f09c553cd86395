from __future__ import annotations

import sys
from datetime import datetime

import pytest

from cs_assist.cli import markets
from cs_assist.markets.market import Market, load_market, market_codes

from .conftest import Run

RAMADAN = "2026-03-01T02:00Z"


def test_all_markets_are_listed_in_order(run: Run) -> None:
    done = run("markets")
    assert (done.code, done.err) == (0, "")
    assert [market["code"] for market in done.objects] == sorted(market_codes())


def test_one_market_is_shown_at_a_moment_in_any_case(run: Run) -> None:
    done = run("markets", "show", "sa", "--now", RAMADAN, "--json")
    assert done.code == 0
    (told,) = done.objects
    assert (told["code"], told["local_time"], told["open"]) == ("SA", "2026-03-01T05:00:00+03:00", False)
    assert told["opens_at"] == "2026-03-01T06:00:00+00:00"
    assert told["contact_at"] == "2026-03-01T07:00:00+00:00"  # 10:00 in Riyadh
    assert (told["observances"], told["wish"], told["holiday"]) == (["ramadan"], "ramadan", None)
    assert told["next_holidays"][0] == {"date": "2026-03-19", "name": "Eid al-Fitr Holiday"}
    assert told["platform_hours"] == {"amazon": 24.0}
    assert set(told["market"]) == set(Market.model_fields)


def test_only_what_may_wait_is_sent_later(run: Run) -> None:
    (told,) = run("markets", "show", "DE", "--now", "2026-11-22T12:00:00Z").objects  # a Sunday
    sent = {channel: times["send_at"] for channel, times in told["channels"].items()}
    assert sent.pop("email") == "2026-11-23T08:00:00+00:00"
    assert set(sent.values()) == {told["now"]}
    assert all(times["send_at"] <= times["due_at"] for times in told["channels"].values())


def test_without_a_moment_it_is_now(run: Run) -> None:
    (told,) = run("markets", "show", "JP").objects
    assert datetime.fromisoformat(told["now"]) == datetime.fromisoformat(told["local_time"])


@pytest.mark.parametrize("code", ["JP", "SA", "DE", "IN", "US"])
def test_a_terminal_is_told_everything_in_words(
    code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    markets.show(code, now=RAMADAN)
    told = capsys.readouterr().out
    market = load_market(code)
    assert market.timezone in told
    assert ("Ramadan" in told) == (code == "SA")
    for fact in market.facts.values():
        assert fact.certainty in told
        assert fact.source in told
    assert market.manners.greeting in told
    assert market.compensation.order[0] in told


def test_an_unknown_market_exits_with_two_and_names_the_nearest(run: Run) -> None:
    done = run("markets", "show", "UK")
    assert (done.code, done.out) == (2, "")
    assert "no market data for 'UK'. Did you mean 'GB'?" in done.err


def test_a_moment_that_is_none_exits_with_two(run: Run) -> None:
    done = run("markets", "show", "JP", "--now", "soon")
    assert (done.code, done.out) == (2, "")
    assert "'soon'" in done.err


def test_a_moment_outside_all_calendars_is_answered(run: Run) -> None:
    (told,) = run("markets", "show", "SA", "--now", "2990-01-01T00:00Z").objects
    assert (told["holiday"], told["observances"], told["next_holidays"]) == (None, [], [])


@pytest.mark.parametrize("now", ["9999-12-31", "0001-01-01T00:00:00Z", "3000-01-01", "yesterday", "1764000000"])
def test_a_moment_that_no_due_time_can_be_reckoned_from_is_refused(run: Run, now: str) -> None:
    done = run("markets", "show", "DE", "--now", now)
    assert (done.code, done.out) == (2, "")
    assert f"'now' is '{now}'" in done.err
