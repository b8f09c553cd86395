"""How texts and facts from other systems are made plain before anything reads them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

_WITH_A_TIME = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ][0-9]{2}:[0-9]{2}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """Return ``text`` with each lone surrogate, which no encoder reads, as U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def on_one_line(value: object) -> object:
    r"""Collapse the spaces, line breaks and control characters of a text, which is told within a sentence.

    Example:
        >>> on_one_line("DHL\n\n Express")
        'DHL Express'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in value).split()) if isinstance(value, str) else value


def or_none(value: object) -> object:
    """Take an empty text, as many systems write what they do not know, for none.

    Example:
        >>> or_none(" ") is None
        True
    """
    return on_one_line(value) or None


def day_as_written(value: object) -> object:
    """Take the day of a moment as it is written, in the shop's own time; no hour of it is ever told.

    Example:
        >>> day_as_written("2026-11-20T23:30:00-05:00")
        '2026-11-20'
    """
    if isinstance(value, datetime):
        return value.date()
    found = _WITH_A_TIME.match(value) if isinstance(value, str) else None
    return found[1] if found else or_none(value)


def letters_and_digits(text: str) -> str:
    """Return the letters and digits of a number as customers and shops write it differently, in one case.

    Example:
        >>> letters_and_digits("#PL-２６/a")
        'pl26a'
    """
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
