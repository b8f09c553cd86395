"""What order and tracking numbers look like, from ``data/entities/orders.yaml`` and ``tracking.yaml``, and their check digits."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.numbering import CHECKS, END, START

DATA = Path(__file__).parent / "data" / "entities"


class OrderFormat(BaseModel):
    """The form of one platform's order numbers; where ``sure`` is unset, anything more certain goes before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pattern: str
    sure: bool
    source: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern with its borders."""
        return re.compile(f"{START}(?:{self.pattern}){END}")


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
