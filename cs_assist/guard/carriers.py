"""Does a reply name another carrier than its evidence?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml

__all__ = ["CARRIERS", "carriers", "strange_carriers"]

CARRIERS = Path(__file__).parent / "data" / "carriers.yaml"


class CarrierFile(BaseModel):
    """The carriers' names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    carriers: tuple[tuple[str, ...], ...]


def carriers(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the carriers that a text names, each by its first name, with start and end.

    Example:
        >>> list(carriers("Sent with Evri, and it is hermetic."))
        [('Hermes', 10, 14)]
    """
    for match in _pattern().finditer(text):
        yield _firsts()[match.group()], *match.span()


def strange_carriers(text: str, evidence: Iterable[str], customer_text: str) -> Iterator[tuple[int, int]]:
    """Yield where a reply names a carrier that neither evidence nor customer does, while the evidence names another one."""
    named = list(carriers(text))
    if not named:
        return
    known = {name for piece in evidence for name, _, _ in carriers(piece)}
    told = {name for name, _, _ in carriers(customer_text)}
    for name, start, end in named if known else ():
        if name not in known | told:
            yield start, end


@cache
def _firsts() -> dict[str, str]:
    return {name: several[0] for several in load_yaml(CARRIERS, CarrierFile).carriers for name in several}


@cache
def _pattern() -> re.Pattern[str]:
    """Return what finds the names: whole words, but only their beginning where words are not spaced or take endings."""
    names = sorted(_firsts(), key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(n)}(?![^\W\d_])" if n[0] < "\u0370" else re.escape(n) for n in names))
