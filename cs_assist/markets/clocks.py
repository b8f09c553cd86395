"""When an answer is due, when people are there to give it, and when a message that can wait is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cs_assist.datafile import load_yaml
from cs_assist.markets.calendar import is_workday, observances, what_changes
from cs_assist.markets.market import DATA, Clock, Market, Window
from cs_assist.types import Channel, Platform, Priority

#: A share of the usual time, and a ceiling in hours.
_BY_PRIORITY: dict[Priority, tuple[float, float]] = {"P1": (0.1, 1), "P2": (0.5, 12), "P3": (1, 72), "P4": (1, 72)}
_WITHOUT_MARKET = 24.0
_AHEAD = 45  # days: longer than any row of weekends, holidays and observances


class _Platforms(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    platforms: dict[Platform, Annotated[tuple[Clock, ...], Field(min_length=1)]]


def clocks(market: Market | None, platform: str | None) -> tuple[Clock, ...]:
    """Return all clocks that run from a customer's message: the platform's, and those that the market's law sets.

    The platforms' are in ``markets/data/_platforms.yaml``, each with its source.

    Example:
        >>> [(clock.kind, clock.hours) for clock in clocks(None, "amazon")]
        [('answered', 24.0)]
    """
    return (*_platforms().get(platform or "", ()), *(market.clocks if market else ()))


def stops(clock: Clock, sent: Literal["acknowledgement", "answer"]) -> bool:
    """Whether what was sent stops a clock: an answer stops both kinds, an acknowledgement only its own.

    An automatic "we got your message", an out-of-hours notice and the notice of a handover are acknowledgements. No
    platform that was read counts them as an answer (docs/platform-clocks.md).

    Example:
        >>> stops(clocks(None, "amazon")[0], "acknowledgement")
        False
    """
    return sent == "answer" or clock.kind == "acknowledged"


@cache
def platform_hours() -> dict[str, float]:
    """Return, by platform, the hours within which it wants a seller's answer, nights and weekends included."""
    answered = {name: [c.hours for c in there if c.kind == "answered"] for name, there in _platforms().items()}
    return {name: min(hours) for name, hours in answered.items() if hours}


def answer_within(market: Market | None, channel: Channel, platform: str | None, priority: Priority) -> timedelta:
    """Return how soon a person should answer: what the market expects, never later than the platform's clock.

    Example:
        >>> answer_within(None, "email", "shopee", "P3")
        datetime.timedelta(seconds=43200)
    """
    expected = market.answer_within_hours.get(channel, _WITHOUT_MARKET) if market else _WITHOUT_MARKET
    # A person cannot hold a two-minute chat clock that only counts while staffed.
    expected = max(expected, 1.0)
    if platform in platform_hours():
        expected = min(expected, platform_hours()[platform])
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
    if platform in platform_hours():
        due = min(due, now + timedelta(hours=platform_hours()[platform]))
    return due


def opening(market: Market, now: datetime) -> datetime:
    """Return ``now`` where the market's service is open, else the next moment at which it opens (UTC)."""
    for day in _days(market, now):
        if is_workday(market, day):
            opens, closes = _moments(market, day, market.business_hours)
            if now < closes:
                return max(now, opens).astimezone(UTC)
    return now


def send_at(
    now: datetime,
    market: Market | None,
    channel: Channel,
    platform: str | None,
    priority: Priority,
    *,
    pressing: bool,
    latest: datetime | None = None,
) -> datetime:
    """Return when an answer to the customer's own message is sent: almost always ``now``.

    It waits for the business hours only on a channel where the market dislikes messages at other times
    (``contact.answers_wait``), and never where the priority is P1 or P2, a platform's clock runs, or it would come
    after ``latest``. No quiet hours and no holidays delay the rest: they are about what we start ourselves.

    Args:
        now: With a time zone.
        market: None where it has no file; nothing waits then.
        channel: Where the answer goes; a live chat never waits.
        platform: A marketplace, or None.
        priority: The decision's.
        pressing: The customer is angry, dissatisfied, or waits for a person: nothing waits.
        latest: When the answer is due.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
        >>> f"{send_at(sunday, load_market('DE'), 'email', None, 'P3', pressing=False):%a %H:%M}"
        'Mon 08:00'
    """
    if market is None or channel not in market.contact.answers_wait:
        return now
    if pressing or priority in ("P1", "P2") or platform in platform_hours():
        return now
    opens = opening(market, now)
    return now if latest is not None and opens > latest else opens


def contact_at(now: datetime, market: Market, *, latest: datetime | None = None) -> datetime | None:
    """Return when we may send something of our own accord: a coupon, a question whether all is well.

    That is the next moment within the market's contact windows (else its business hours) and outside its quiet hours, on
    a day that is neither weekend nor holiday; an observance such as Ramadan has windows of its own, or none.

    Args:
        now: With a time zone.
        market: The customer's.
        latest: After this it is not worth sending, or not allowed (a messenger's window of 24 hours).

    Returns:
        The moment (UTC), or None where there is none until ``latest``: then it is not sent at all.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> noon_in_brazil = datetime(2026, 11, 23, 15, tzinfo=UTC)
        >>> f"{contact_at(noon_in_brazil, load_market('BR')):%a %H:%M}"  # 14:00 in São Paulo
        'Mon 17:00'
    """
    for start, end in _contact_spans(market, now):
        if now < end:
            at = max(now, start).astimezone(UTC)
            return at if latest is None or at <= latest else None
    return None


def contact_windows(market: Market, day: date) -> tuple[Window, ...]:
    """Return a day's spans, in local time and in order, in which messages of our own are welcome; none on days off."""
    if not is_workday(market, day):
        return ()
    windows = market.contact.windows or (market.business_hours,)
    # The strictest of what is observed that day holds.
    kept = [seen for name in observances(market, day) if (seen := what_changes(name).contact_windows) is not None]
    if kept:
        windows = min(kept, key=len)
    return tuple(left for window in sorted(windows, key=lambda w: w.start) for left in window.outside(market.quiet_hours))


def _contact_spans(market: Market, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    for day in _days(market, now):
        for window in contact_windows(market, day):
            yield _moments(market, day, window)


def _days(market: Market, now: datetime) -> Iterator[date]:
    today = now.astimezone(market.zone).date()
    return (today + timedelta(days=ahead) for ahead in range(_AHEAD))


def _moments(market: Market, day: date, span: Window) -> tuple[datetime, datetime]:
    """Return a day's span as moments (UTC): compared so, an hour that the clocks skip or repeat costs nothing."""
    start, end = (datetime.combine(day, edge, market.zone).astimezone(UTC) for edge in (span.start, span.end))
    return start, end


@cache
def _platforms() -> dict[str, tuple[Clock, ...]]:
    return dict(load_yaml(DATA / "_platforms.yaml", _Platforms).platforms)
