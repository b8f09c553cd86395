"""When an answer is due, and when people are there to give it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from cs_assist.markets.market import Market
from cs_assist.types import Channel, Priority

#: Hours within which a platform wants a seller's answer, weekends included; sources in
#: docs/platform-clocks.md. An automatic reply stops none of these clocks.
PLATFORM_HOURS: dict[str, float] = {
    "amazon": 24,
    "tiktok_shop": 12,
    "shopee": 12,
    "walmart": 48,
    "etsy": 48,
    "ebay": 72,
}
#: A share of the usual time, and a ceiling in hours.
_BY_PRIORITY: dict[Priority, tuple[float, float]] = {"P1": (0.1, 1), "P2": (0.5, 12), "P3": (1, 72), "P4": (1, 72)}
_WITHOUT_MARKET = 24.0


def answer_within(market: Market | None, channel: Channel, platform: str | None, priority: Priority) -> timedelta:
    """Return how soon a person should answer: what the market expects, never later than the platform's clock.

    Example:
        >>> answer_within(None, "email", "shopee", "P3")
        datetime.timedelta(seconds=43200)
    """
    expected = market.answer_within_hours.get(channel, _WITHOUT_MARKET) if market else _WITHOUT_MARKET
    # A person cannot hold a two-minute chat clock that only counts while staffed.
    expected = max(expected, 1.0)
    if platform in PLATFORM_HOURS:
        expected = min(expected, PLATFORM_HOURS[platform])
    share, ceiling = _BY_PRIORITY[priority]
    hours = min(expected * share, ceiling)
    return timedelta(hours=max(hours, 0.25))


def due_at(
    now: datetime,
    within: timedelta,
    market: Market | None,
    priority: Priority,
    platform: str | None,
    *,
    opens: datetime | None = None,
) -> datetime:
    """Return the moment by which a person's answer is due.

    The time runs from ``opens``, when somebody is there next, by default the market's next opening hour: at two in the
    morning nobody answers within the hour, and a customer must not be told so. The gravest messages and platforms
    whose clocks run day and night do not wait for it.
    """
    if priority == "P1":
        return now + within
    due = max(now, opens or (opening(market, now) if market else now)) + within
    if platform in PLATFORM_HOURS:
        due = min(due, now + timedelta(hours=PLATFORM_HOURS[platform]))
    return due


def opening(market: Market, now: datetime) -> datetime:
    """Return ``now`` where the market's service is open, else the next moment at which it opens (UTC)."""
    hours = market.business_hours
    local = now.astimezone(market.zone)
    for ahead in range(30):
        day = local.date() + timedelta(days=ahead)
        if day.isoweekday() in market.weekend or _is_holiday(market.holidays, day):
            continue
        opens = datetime.combine(day, hours.start, market.zone)
        closes = datetime.combine(day, hours.end, market.zone)
        if local < closes:
            return max(local, opens).astimezone(UTC)
    return now


@lru_cache(maxsize=4096)
def _is_holiday(country: str, day: date) -> bool:
    import holidays

    return day in holidays.country_holidays(country, years=day.year)
