"""Words of the packet, by the language of the shop's own people: data/packet.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import parse_yaml
from cs_assist.types import Role, Tier, same_language

PATH = Path(__file__).parent / "data" / "packet.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Labels(_Strict):
    """Titles of the packet's parts."""

    queue: str
    due: str
    tier: str
    team: str
    there: str
    timeline: str
    earlier: str
    curve: str
    entities: str
    order: str
    history: str
    answered: str
    tried: str
    promises: str
    compensation: str
    offers: str
    meanwhile: str
    foreign: str
    translation: str
    suggested: str
    suggested_translation: str
    why: str
    for_customer: str
    notice: str
    clash: str


class Words(_Strict):
    """One language's words of a packet."""

    summary: str
    orders: str
    verb: dict[str, str]
    customer: str
    unknown_market: str
    labels: Labels
    roles: dict[Role, str]
    tiers: dict[Tier, str]
    notes: dict[str, str]
    meanwhile: dict[str, str]
    promised: str
    due: str


class WordFile(_Strict):
    """The whole file: words by language, and each reason by language."""

    languages: dict[str, Words]
    reasons: dict[str, dict[str, str]]


@cache
def load_words() -> WordFile:
    """Return the shipped words.

    Raises:
        DataFileError: The file breaks its schema.
    """
    return parse_yaml(PATH.read_text(encoding="utf-8"), WordFile, path=PATH)


def packet_language(tag: str) -> str:
    """Return the packet's language for a tag: its own, a style's parent, else English.

    Example:
        >>> packet_language("es-419"), packet_language("fi")
        ('es', 'en')
    """
    known = load_words().languages
    return tag if tag in known else next((name for name in known if same_language(name, tag)), "en")
