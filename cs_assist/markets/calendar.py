"""What day it is in a market: holidays, and the observances that change tone, timing and offers."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.markets.market import DATA, Ground, Market, Observance, Season, Text, Window

_DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dates(_Strict):
    """Days from ``first`` to ``last`` (month-day, both included) of each year of a calendar."""

    calendar: Literal["hijri", "gregorian"]
    first: _DayOfYear
    last: _DayOfYear

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("ends before it starts; write two spans for one that crosses the new year")
        return self

    def has(self, market: Market, day: date) -> bool:
        """Whether ``day`` is one of them."""
        here = f"{day:%m-%d}" if self.calendar == "gregorian" else _hijri(day)
        return self.first <= here <= self.last


class AroundHoliday(_Strict):
    """Days around public holidays whose English name contains one of ``names``.

    Where the market's own calendar has none, that of the first country of ``elsewhere`` that has.
    """

    calendar: Literal["holiday"]
    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    elsewhere: tuple[str, ...] = ()
    before: Annotated[int, Field(ge=0, le=30)] = 0
    after: Annotated[int, Field(ge=0, le=30)] = 0

    def has(self, market: Market, day: date) -> bool:
        """Whether ``day`` is one of them."""
        around = [day + timedelta(days=away) for away in range(-self.after, self.before + 1)]
        for country in (market.holidays, *self.elsewhere):
            if self._in(country, day.year):
                return any(self._names(country, near) for near in around)
        return False

    def _in(self, country: str, year: int) -> bool:
        return any(name in told for told in _holidays(country, year).values() for name in self.names)

    def _names(self, country: str, day: date) -> bool:
        told = _holidays(country, day.year).get(day, "")
        return any(name in told for name in self.names)


class Weekdays(_Strict):
    """The same days of every week (ISO: Monday is 1)."""

    calendar: Literal["week"]
    days: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]

    def has(self, market: Market, day: date) -> bool:
        """Whether ``day`` is one of them."""
        return day.isoweekday() in self.days


class Observed(Ground):
    """What a season or a holy day changes, wherever a market observes it.

    Args:
        name: In English.
        when: Its days; hijri ones begin at the sunset before, which is left out here.
        tone: What changes in how a reply sounds.
        offers: What changes in what is offered and how that is worded.
        avoid_offers: Goods that no offer names meanwhile.
        stops: What is slow or closed.
        contact_windows: When messages of our own are welcome meanwhile; none where it is an empty list, as on
            other days where it is null.
    """

    name: Text
    when: Annotated[tuple[Annotated[Dates | AroundHoliday | Weekdays, Field(discriminator="calendar")], ...], Field(min_length=1)]
    tone: str = ""
    offers: str = ""
    avoid_offers: tuple[Text, ...] = ()
    stops: str = ""
    contact_windows: tuple[Window, ...] | None = None


class _Observances(_Strict):
    observances: dict[Observance, Observed]

    @field_validator("observances")
    @classmethod
    def _complete(cls, value: dict[Observance, Observed]) -> dict[Observance, Observed]:
        if missing := set(get_args(Observance)) - set(value):
            raise ValueError(f"'{min(missing)}' is missing")
        return value


def holiday(market: Market, day: date) -> str:
    """Return the English name of the public holiday that ``day`` is in a market, or "".

    The whole country's holidays only, not those of its parts. Source: the package holidays; Islamic dates are
    estimates and may be a day off. Where the package does not reach (2101; India 2036), no day is a holiday.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> holiday(load_market("DE"), date(2026, 10, 3))
        'German Unity Day'
    """
    return _holidays(market.holidays, day.year).get(day, "")


def is_workday(market: Market, day: date) -> bool:
    """Whether ``day`` is neither the market's weekend nor a public holiday."""
    return day.isoweekday() not in market.weekend and not holiday(market, day)


def observances(market: Market, day: date) -> tuple[Observance, ...]:
    """Return what a market observes on ``day``, in the order of its file.

    Hijri days follow the Umm al-Qura calendar (package hijridate; 1924 to 2077, outside of which there are none). Where
    the new moon is sighted locally, Ramadan and the Eids may begin a day later.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> observances(load_market("SA"), date(2026, 3, 1))
        ('ramadan',)
    """
    return tuple(name for name in market.observances if any(days.has(market, day) for days in what_changes(name).when))


def what_changes(name: Observance) -> Observed:
    """Return what an observance changes.

    Raises:
        DataFileError: The shipped file breaks its schema; names file, key and line.
    """
    return _observed()[name]


def wish(market: Market, day: date) -> Season | None:
    """Return the season for which customers of a market may be wished well on ``day``, or None.

    Only where the market's file says that such a wish is customary towards anybody: Ramadan is observed by many in
    Malaysia, and not wished to all.

    Example:
        >>> from cs_assist.markets.market import load_market
        >>> wish(load_market("SA"), date(2026, 3, 20)), wish(load_market("DE"), date(2026, 3, 20))
        ('eid', None)
    """
    today = observances(market, day)
    return next((season for season in market.wishes if season in today), None)


def next_holidays(market: Market, day: date, count: int = 3) -> tuple[tuple[date, str], ...]:
    """Return the next ``count`` public holidays after ``day`` with their English names, of this year and the next."""
    days = {**_holidays(market.holidays, day.year), **_holidays(market.holidays, day.year + 1)}
    return tuple(sorted((when, name) for when, name in days.items() if when > day)[:count])


@cache
def _observed() -> dict[Observance, Observed]:
    return load_yaml(DATA / "_observances.yaml", _Observances).observances


#: Kinds of days beside the public holidays on which offices are closed, as the package ``holidays`` calls them: the eves
#: of Midsummer, Christmas and New Year in Sweden, 5 June and the eves in Denmark. From the package, reviewed 2026-11.
_CLOSED_TOO = {"SE": ("de_facto",), "DK": ("optional",)}


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> dict[date, str]:
    import holidays  # late: a tenth of a second, and many processes never ask

    kinds = ("public", *_CLOSED_TOO.get(country, ()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some calendars warn outside their years, where they are empty or estimates
        return dict(holidays.country_holidays(country, years=year, language="en_US", categories=kinds).items())


@lru_cache(maxsize=512)
def _hijri(day: date) -> str:
    """Return month and day in the Umm al-Qura calendar as MM-DD, or "" where it does not reach."""
    from hijridate import Gregorian

    try:
        hijri = Gregorian.fromdate(day).to_hijri()
    except OverflowError:
        return ""
    return f"{hijri.month:02d}-{hijri.day:02d}"
