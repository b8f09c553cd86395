"""How long a message may be: the limits of channels and platforms, for who writes a text and for who checks it."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

LIMITS = Path(__file__).parent / "data" / "limits.yaml"


class Limit(BaseModel):
    """A length with how sure it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: int
    certainty: Literal["verified", "secondary", "general"]
    source: str
    reviewed: date


class Limits(BaseModel):
    """The file of lengths."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: dict[str, Limit]
    platforms: dict[str, Limit]


@cache
def load_limits(path: Path = LIMITS) -> Limits:
    """Return the shipped limits, read once.

    Raises:
        DataFileError: The file breaks its schema.
    """
    return load_yaml(path, Limits)


def limits_of(channel: str | None, platform: str | None) -> tuple[Limit, ...]:
    """Return what limits a text on its platform and its channel; empty where nothing does.

    Example:
        >>> [limit.value for limit in limits_of("whatsapp", "mercado_libre")]
        [350, 4096]
    """
    limits = load_limits()
    found = (limits.platforms.get(platform or ""), limits.channels.get(channel or ""))
    return tuple(limit for limit in found if limit)
