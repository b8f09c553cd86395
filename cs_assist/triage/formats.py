"""What order and tracking numbers look like, from ``data/entities/orders.yaml`` and ``tracking.yaml``, and their check digits."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.numbering import CHECKS, END, START

DATA = Path(__file__).parent / "data" / "entities"
_CARD = re.compile(r"[45]\d{15}|3[47]\d{13}")


def _is_card(code: str) -> bool:
    """Tell whether a number may be a payment card's: the network's first digits, length and check digit (ISO/IEC 7812-1)."""
    doubled = sum(sum(divmod(2 * int(char), 10)) for char in code[-2::-2])
    return _CARD.fullmatch(code) is not None and (doubled + sum(int(char) for char in code[::-2])) % 10 == 0


def _is_day(code: str) -> bool:
    """Tell whether eight digits may be a day of these times, year or day first."""
    if len(code) != 8:
        return False
    day_first, year_first = (code[4:], code[2:4], code[:2]), (code[:4], code[4:6], code[6:])
    return any(1900 <= int(year) <= 2099 and is_day(int(day), int(month)) for year, month, day in (day_first, year_first))


def is_day(day: int, month: int) -> bool:
    """Tell whether a month has such a day, in a leap year."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]


_LOOKS = {"card": _is_card, "day": _is_day}


class OrderFormat(BaseModel):
    """The form of one platform's order numbers; where ``sure`` is unset, anything more certain goes before it.

    What has the look of something in ``unless`` counts only beside a word for order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pattern: str
    sure: bool
    unless: tuple[Literal["card", "day"], ...] = ()
    source: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern with its borders."""
        return re.compile(f"{START}(?:{self.pattern}){END}")

    def fits(self, code: str) -> bool:
        """Tell whether ``code`` has the look of nothing else.

        Example:
            >>> digits = next(f for f in order_formats() if f.name == "digits")
            >>> digits.fits("19800101"), digits.fits("19801301")
            (False, True)
        """
        return not any(_LOOKS[look](code) for look in self.unless)


class TrackingFormat(BaseModel):
    """The form of one carrier's numbers; with ``near``, it counts only beside one of the carrier's ``names``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pattern: str
    check: Literal["s10", "ups", "mod10", "mod7"] | None = None
    names: tuple[str, ...] = ()
    near: bool = False
    source: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern with its borders; customers write the letters small, too."""
        return re.compile(f"{START}(?:{self.pattern}){END}", re.I)

    def fits(self, code: str) -> bool:
        """Tell whether the check digit of ``code`` is right; one without a check always fits.

        Example:
            >>> next(f for f in tracking_formats() if f.check == "s10").fits("RB 123 456 785 GB")
            True
        """
        return self.check is None or CHECKS[self.check](re.sub(r"[\s-]", "", code))


class OrderFile(BaseModel):
    """The file of order formats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    formats: tuple[OrderFormat, ...]


class TrackingFile(BaseModel):
    """The file of tracking formats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    formats: tuple[TrackingFormat, ...]


@cache
def order_formats() -> tuple[OrderFormat, ...]:
    """Return the forms of order numbers, read once."""
    return load_yaml(DATA / "orders.yaml", OrderFile).formats


@cache
def tracking_formats() -> tuple[TrackingFormat, ...]:
    """Return the forms of tracking numbers, read once."""
    return load_yaml(DATA / "tracking.yaml", TrackingFile).formats
