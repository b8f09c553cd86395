"""Passages about something else than the message names: another country, another model, another error code.

They read like the answer and are the neighbour's: no score of likeness tells "E40" from "E41" as surely as the names do.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from babel.numbers import get_currency_symbol, list_currencies

from cs_assist.knowledge.passages import Stored
from cs_assist.labels import Intent

#: Intents whose answer depends on where the parcel goes.
BY_COUNTRY = frozenset({Intent.SHIPPING_TIME, Intent.SHIPPING_COST, Intent.SHIPPING_COVERAGE, Intent.CUSTOMS_DUTIES})
#: Letters and a number that together name one of a series: a model, an error, a size.
_MEMBER = re.compile(r"(?<![^\W_])([A-Za-z]{1,5})-?(\d{1,5}[A-Za-z]{0,2})(?![^\W_])")


class Countries(Protocol):
    """Reads the countries that texts name; see :class:`cs_assist.guard.countries.CountryNames`."""

    def asked(self, text: str, language: str) -> frozenset[str]:
        """Return the codes (ISO 3166) of the countries that a customer's message names."""

    def told(self, text: str) -> frozenset[str] | None:
        """Return the codes of the countries that an article speaks of; None where it speaks of a region of many."""


def names_another(text: str, passage: Stored) -> bool:
    """Tell whether a message names a model, an error or a size, and the passage others of that series, but not it.

    Args:
        text: The message, without its order numbers.
        passage: What may answer.
    """
    wanted = _members(text)
    there = _members(f"{passage.indexed_text} {passage.product or ''}") if wanted else frozenset()
    series = {name for name, _ in there}
    return any(name in series and (name, number) not in there for name, number in wanted)


def for_another_country(abroad: frozenset[str], passage: Stored, countries: Countries) -> bool:
    """Tell whether a passage is about countries none of which is among those that a message names.

    Args:
        abroad: What the message names, without the market that it comes from.
        passage: What may answer.
        countries: Reads the passage's.
    """
    if not abroad:
        return False
    told = countries.told(passage.indexed_text)
    about = None if told is None else told | set(passage.markets)
    return bool(about) and about is not None and about.isdisjoint(abroad)


def _members(text: str) -> frozenset[tuple[str, str]]:
    found = ((name.lower(), number.lower()) for name, number in _MEMBER.findall(text))
    return frozenset(pair for pair in found if pair[0] not in _currencies())


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    """Return what stands before an amount: "RM45" is no model."""
    codes = list_currencies()
    signs = {get_currency_symbol(code, locale) for code in codes for locale in ("en", "ms", "id", "sv")}
    letters = ("".join(c for c in name if c.isascii() and c.isalpha()).lower() for name in (*codes, *signs))
    return frozenset(name for name in letters if len(name) > 1)
