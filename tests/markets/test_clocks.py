from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from cs_assist.markets.clocks import PLATFORM_HOURS, answer_within
from cs_assist.markets.market import load_market, market_codes
from cs_assist.types import Channel, Priority

CHANNELS: tuple[Channel, ...] = get_args(Channel)
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
    for channel, platform, priority in product(CHANNELS, PLATFORM_HOURS, PRIORITIES):
        due = answer_within(market, channel, platform, priority)
        assert timedelta(minutes=15) <= due <= timedelta(hours=PLATFORM_HOURS[platform])


@pytest.mark.parametrize("code", sorted(market_codes()))
def test_a_graver_message_is_never_due_later(code: str) -> None:
    market = load_market(code)
    for channel, platform in product(CHANNELS, (None, "amazon", "shopee")):
        due = [answer_within(market, channel, platform, priority) for priority in PRIORITIES]
        assert due == sorted(due)
