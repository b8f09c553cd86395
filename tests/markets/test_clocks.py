from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.markets.calendar import is_workday
from cs_assist.markets.clocks import (
    answer_within,
    clocks,
    contact_at,
    contact_windows,
    due_at,
    opening,
    platform_hours,
    send_at,
    stops,
)
from cs_assist.markets.market import Hours, load_market, market_codes
from cs_assist.types import Channel, Priority

CHANNELS: tuple[Channel, ...] = get_args(Channel)
CODES = sorted(market_codes())
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@pytest.mark.parametrize(
    ("code", "channel", "platform", "priority", "hours"),
    [
        (None, "email", None, "P3", 24),
        (None, "email", "shopee", "P3", 12),
        (None, "email", "amazon", "P3", 24),
        (None, "email", "ebay", "P3", 24),
        (None, "email", "unheard_of", "P3", 24),
        (None, "email", None, "P2", 12),
        (None, "email", None, "P1", 1),
        ("DE", "live_chat", None, "P3", 1),
        ("DE", "live_chat", None, "P1", 0.25),
        ("DE", "live_chat", None, "P2", 0.5),
        ("DE", "email", "tiktok_shop", "P2", 6),
        ("DE", "email", None, "P4", 24),
    ],
)
def test_an_answer_is_due_when_market_platform_and_priority_say(
    code: str | None, channel: Channel, platform: str | None, priority: Priority, hours: float
) -> None:
    market = load_market(code) if code else None
    assert answer_within(market, channel, platform, priority) == timedelta(hours=hours)


@pytest.mark.parametrize("code", sorted(market_codes()))
def test_no_answer_is_due_after_the_platforms_own_clock(code: str) -> None:
    market = load_market(code)
    for channel, platform, priority in product(CHANNELS, platform_hours(), PRIORITIES):
        due = answer_within(market, channel, platform, priority)
        assert timedelta(minutes=15) <= due <= timedelta(hours=platform_hours()[platform])


@pytest.mark.parametrize("code", sorted(market_codes()))
def test_a_graver_message_is_never_due_later(code: str) -> None:
    market = load_market(code)
    for channel, platform in product(CHANNELS, (None, "amazon", "shopee")):
        due = [answer_within(market, channel, platform, priority) for priority in PRIORITIES]
        assert due == sorted(due)


def at(text: str) -> datetime:
    """Return a moment from its ISO form, UTC where it names no offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def local(code: str, moment: datetime | None) -> str:
    """Return a moment as the market's clocks show it."""
    assert moment is not None
    return f"{moment.astimezone(load_market(code).zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("code", "now", "opens"),
    [
        ("DE", "2026-03-28T12:00", "2026-03-30T07:00"),  # spring forward on the Sunday between: 9:00 is 7:00 UTC
        ("DE", "2026-10-24T12:00", "2026-10-26T08:00"),  # back again
        ("US", "2026-03-07T12:00", "2026-03-09T13:00"),
        ("US", "2026-10-31T12:00", "2026-11-02T14:00"),
        ("CL", "2026-04-03T23:00", "2026-04-06T13:00"),  # the southern autumn
        ("IN", "2026-11-20T18:00", "2026-11-21T03:30"),  # half-hour zone; Saturday is a working day
        ("SA", "2026-11-19T16:00", "2026-11-22T06:00"),  # from Thursday evening to Sunday
        ("IL", "2026-11-19T16:00", "2026-11-22T07:00"),
        ("DE", "2026-10-02T22:30", "2026-10-05T07:00"),  # half past midnight on 3 October in Berlin, a holiday
        ("JP", "2026-03-19T15:30", "2026-03-23T00:00"),  # the 20th has begun in Tokyo
        ("GB", "2026-11-23T12:00", "2026-11-23T12:00"),
    ],
)
def test_service_opens_by_the_market_s_own_clock_and_calendar(code: str, now: str, opens: str) -> None:
    assert opening(load_market(code), at(now)) == at(opens)


@pytest.mark.parametrize(("now", "hour"), [("2026-03-29T00:30", 9), ("2026-03-29T01:30", 9), ("2026-10-25T00:30", 9)])
def test_an_hour_that_is_skipped_or_repeated_moves_nothing(now: str, hour: int) -> None:
    market = load_market("SA").model_copy(update={"timezone": "Europe/Berlin", "weekend": (5, 6)})
    moment = opening(market, at(now)).astimezone(market.zone)
    assert (moment.hour, moment.minute) == (hour, 0)


@pytest.mark.parametrize(
    ("code", "now", "sent"),
    [
        ("BR", "2026-11-23T12:00", "2026-11-23 14:00"),
        ("BR", "2026-11-23T19:00", "2026-11-24 14:00"),
        ("DE", "2026-11-20T20:00", "2026-11-23 09:00"),
        ("IN", "2026-11-16T16:00", "2026-11-17 09:00"),
        ("IN", "2026-11-16T03:45", "2026-11-16 09:15"),
        ("SA", "2026-11-19T16:00", "2026-11-22 09:00"),
        ("SA", "2026-03-01T04:00", "2026-03-01 10:00"),  # Ramadan 2026: before 10, in the afternoon, at night
        ("SA", "2026-03-01T14:00", "2026-03-01 20:30"),
        ("SA", "2026-03-01T20:00", "2026-03-02 10:00"),
        ("AE", "2026-03-02T13:00", "2026-03-03 10:00"),  # its quiet hours leave no evening
        ("SA", "2027-02-10T14:00", "2027-02-10 20:30"),
        ("SA", "2026-03-18T20:00", "2026-03-25 09:00"),  # Eid al-Fitr with its days off
        ("TR", "2027-03-08T20:00", "2027-03-12 09:00"),
        ("ZA", "2026-11-23T12:00", "2026-11-24 09:00"),  # quiet from 13:00
        ("US", "2026-12-24T15:00", "2026-12-28 09:00"),
        ("DE", "2026-10-02T21:59", "2026-10-05 09:00"),  # a minute before midnight, then the holiday and a Sunday
    ],
)
def test_what_we_start_ourselves_waits_for_a_welcome_hour(code: str, now: str, sent: str) -> None:
    assert local(code, contact_at(at(now), load_market(code))) == sent


@pytest.mark.parametrize("code", CODES)
def test_every_market_has_a_welcome_hour_within_days(code: str) -> None:
    for month in range(1, 13):
        now = datetime(2026, month, 1, tzinfo=UTC)
        sent = contact_at(now, load_market(code))
        assert sent is not None
        assert sent - now < timedelta(days=12)


def test_quiet_hours_within_a_day_split_a_window() -> None:
    market = load_market("GB").model_copy(update={"quiet_hours": Hours(start=time(12), end=time(14))})
    parts = contact_windows(market, at("2026-11-23T12:00").date())
    assert [(part.start.hour, part.end.hour) for part in parts] == [(9, 12), (14, 17)]


def test_what_comes_too_late_is_not_sent_at_all() -> None:
    market = load_market("DE")
    friday = at("2026-11-20T20:00")
    assert contact_at(friday, market, latest=at("2026-11-22T20:00")) is None
    assert contact_at(friday, market, latest=at("2026-11-23T08:00")) == at("2026-11-23T08:00")


def test_an_answer_waits_only_where_the_market_dislikes_the_hour() -> None:
    sunday = at("2026-11-22T12:00")
    morning = at("2026-11-23T08:00")
    for code in CODES:
        sent = send_at(sunday, load_market(code), "email", None, "P3", pressing=False)
        assert sent == (morning if code == "DE" else sunday)
    assert send_at(sunday, None, "email", None, "P3", pressing=False) == sunday


@pytest.mark.parametrize(
    "case",
    [
        {"pressing": True},
        {"priority": "P1"},
        {"priority": "P2"},
        {"platform": "amazon"},
        {"platform": "ebay"},
        {"channel": "live_chat"},
        {"channel": "whatsapp"},
        {"latest": at("2026-11-23T07:59")},
    ],
    ids=str,
)
def test_what_presses_never_waits(case: dict[str, Any]) -> None:
    sunday = at("2026-11-22T12:00")
    given = {"channel": "email", "platform": None, "priority": "P3", "pressing": False, **case}
    assert send_at(sunday, load_market("DE"), **given) == sunday


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2045, 12, 31), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from(CODES), st.integers(0, 400))
def test_whatever_we_start_goes_out_within_a_window_and_in_time(now: datetime, code: str, hours: int) -> None:
    market = load_market(code)
    latest = now + timedelta(hours=hours)
    sent = contact_at(now, market, latest=latest)
    assert (sent is None) == ((unbounded := contact_at(now, market)) is None or unbounded > latest)
    if sent is not None:
        assert now <= sent <= latest
        there = sent.astimezone(market.zone)
        day, hour = there.date(), there.time()
        assert is_workday(market, day)
        assert any(window.start <= hour < window.end for window in contact_windows(market, day))
        quiet = market.quiet_hours
        if quiet:
            within = quiet.start <= hour or hour < quiet.end if quiet.end < quiet.start else quiet.start <= hour < quiet.end
            assert not within


@given(
    MOMENTS, st.sampled_from(CODES), st.sampled_from(CHANNELS), st.sampled_from([None, "amazon", "shopee", "temu"]),
    st.sampled_from(PRIORITIES), st.booleans(),
)  # fmt: skip
def test_an_answer_is_never_sent_before_now_or_after_it_is_due(
    now: datetime, code: str, channel: Channel, platform: str | None, priority: Priority, pressing: bool
) -> None:
    market = load_market(code)
    due = due_at(now, answer_within(market, channel, platform, priority), market, priority, platform)
    sent = send_at(now, market, channel, platform, priority, pressing=pressing, latest=due)
    assert now <= sent <= due
    if platform in platform_hours():
        assert sent == now
    if sent != now:
        there = sent.astimezone(market.zone)
        assert is_workday(market, there.date())
        assert market.business_hours.start <= there.time() < market.business_hours.end


def test_an_acknowledgement_never_stops_an_answer_s_clock() -> None:
    for platform in platform_hours():
        for clock in clocks(None, platform):
            assert stops(clock, "answer")
            assert stops(clock, "acknowledgement") == (clock.kind == "acknowledged")
    assert not stops(clocks(None, "amazon")[0], "acknowledgement")


def test_a_law_may_ask_for_both_states() -> None:
    told = {clock.kind: clock for clock in clocks(load_market("IN"), None)}
    assert (told["acknowledged"].hours, told["answered"].hours) == (48, 720)
    assert stops(told["acknowledged"], "acknowledgement")
    assert not stops(told["answered"], "acknowledgement")


def test_the_page_on_platform_clocks_says_what_the_data_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "platform-clocks.md").read_text(encoding="utf-8")
    rows = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in page.splitlines() if row.startswith("| `")]
    told = {row[0].strip("`"): row[1:] for row in rows if len(row) == 5}
    data = {
        name: (f"{clock.hours:g}", clock.note, clock.source, clock.certainty)
        for name in platform_hours()
        for clock in clocks(None, name)
    }
    assert told == data
