"""What order and tracking numbers look like, from ``data/entities/orders.yaml`` and ``tracking.yaml``, and their check digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

DATA = Path(__file__).parent / "data" / "entities"
_LETTER = "A-Za-zÀ-ɏЀ-ӿ\\d"
#: The borders of a code: letters of scripts without spaces may touch it ("订单号12345678怎么"), others may not.
START, END = rf"(?<![{_LETTER}])(?<!\w[-_])(?<!\d[.,])", rf"(?![{_LETTER}]|[-_][{_LETTER}]|[.,]\d)"


def _s10(code: str) -> bool:
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    digits = [int(char) for char in code[2:11]]
    rest = 11 - sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)


def _ups(code: str) -> bool:
    values = [int(char) if char.isdigit() else (ord(char.upper()) - 63) % 10 for char in code[2:]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values[:-1]))
    return values[-1] == -total % 10


def _mod10(code: str) -> bool:
    digits = [int(char) for char in code]
    return digits[-1] == -sum(d * (1 if place % 2 else 3) for place, d in enumerate(reversed(digits[:-1]))) % 10


def _mod7(code: str) -> bool:
    return int(code[:-1]) % 7 == int(code[-1])


_CHECKS: dict[str, Callable[[str], bool]] = {"s10": _s10, "ups": _ups, "mod10": _mod10, "mod7": _mod7}


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
        return self.check is None or _CHECKS[self.check](re.sub(r"[\s-]", "", code))


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
