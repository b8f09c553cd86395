"""What an order says of a person, and whether a reply repeats it to somebody who may be another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.normal import Normal, normal
from cs_assist.guard.private_words import DATA, Reading

__all__ = ["card_ends", "persons_facts"]

_LINE = re.compile(r"[ \t*•-]{0,4}(?P<key>[^\n:：=]{2,40}?)\s?[:：=]\s?(?P<value>\S[^\n]{0,400})")
_ENDS = re.compile(r"(?:(?P<mask>[*•●xX#·…]{2,16}[ .-]?)|(?<![\d.,/-]))(?P<end>\d{4})(?!\d|[.,/-]\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_REACH = 30


class RecordFile(BaseModel):
    """How facts of persons begin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    source: str
    persons: tuple[str, ...]
    fields: frozenset[str]
    schemes: tuple[str, ...]


@cache
def load_records() -> RecordFile:
    """Return the shipped file, read once."""
    return load_yaml(DATA / "records.yaml", RecordFile)


def persons_facts(evidence: Iterable[str]) -> tuple[str, ...]:
    """Return what the evidence says of a person, by lines; articles, which tell of the shop, are left out.

    Example:
        >>> persons_facts(["destination: 12 High Street, London", "Phone: 020 7946 0958. We are open from 9 to 5."])
        ('12 High Street, London',)
    """
    found = []
    for piece in evidence:
        lines = piece.strip().splitlines()
        for line in lines:
            match = _LINE.match(line)
            if match is None:
                continue
            key = match["key"].strip(" *").replace("_", " ")
            if normal(key) in _persons() or (len(lines) == 1 and key in load_records().fields):
                found.append(match["value"])
    return tuple(found)


def card_ends(reading: Reading) -> dict[str, tuple[int, int]]:
    """Return the last four digits of cards that a text names, with their places in the normal text."""
    found = {}
    for match in _ENDS.finditer(reading.text) if reading.has_digit else ():
        label = reading.label(*match.span("end"))
        before = reading.low[max(0, match.start() - _REACH) : match.start()]
        named = (label is not None and label[0].role == "card") or any(scheme in before for scheme in load_records().schemes)
        if named and (match["mask"] or not _YEAR.fullmatch(match["end"])):
            found[match["end"]] = match.span("end")
    return found


@cache
def _persons() -> frozenset[str]:
    return frozenset(Normal(key).text for key in load_records().persons)
