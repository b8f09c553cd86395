"""When an answer is due."""

from __future__ import annotations

from datetime import timedelta

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
