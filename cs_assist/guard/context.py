"""What a check of a reply may know besides the reply's own text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """The text's language, where it goes, what is known, and which rules are switched off."""

    language: str  # of the text, BCP 47
    market: str | None
    platform: str | None
    channel: str | None
    evidence: tuple[str, ...] = ()
    customer_text: str = ""
    said: str = ""  # what the customer wrote earlier in this conversation
    verified: bool = False  # whether somebody has made sure that the customer is who they say
    on: date | None = None
    allowed: frozenset[str] = frozenset()  # rule ids that the seller has switched off
