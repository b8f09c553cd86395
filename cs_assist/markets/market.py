"""What each market expects, as data: one YAML file a market, strict schema, explicit inheritance."""

from __future__ import annotations

from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cs_assist.datafile import Mapping, check, read_mapping, read_text
from cs_assist.errors import DataFileError, UnknownMarketError

DATA = Path(__file__).parent / "data"
#: Codes that people write and ISO 3166-1 does not have, or means otherwise.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "UK"})  # CLDR codes that are no country's
_COMMON_SLIPS = {"UK": "GB", "EN": "GB", "ENGLAND": "GB", "JAPAN": "JP", "GERMANY": "DE", "USA": "US", "KO": "KR"}
Channel = Literal["live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"]


def known_zone(value: str) -> str:
    """Return an IANA time zone's name; a ValueError names one that does not exist."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"unknown time zone '{value}'") from exc
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Strict):
    """A daily span in the market's local time; ``start`` is before ``end``."""

    start: time
    end: time


class Registers(_Strict):
    """Form of address by channel family: letters (email, marketplace, phone_note) and chat (the rest)."""

    letter: Literal["formal", "informal"]
    chat: Literal["formal", "informal"]


class Tone(_Strict):
    """How a reply sounds here; conventions of the trade unless a fact says otherwise."""

    directness: Literal["direct", "balanced", "indirect"]
    apology: Literal["sparing", "standard", "generous"]
    empathy: Literal["brief", "standard", "warm"]
    emoji: Literal["never", "mirror", "welcome"]
    small_talk: Literal["none", "brief", "expected"]


class Fact(_Strict):
    """A fact of law or custom. ``certainty``: verified (primary text), secondary, computed, general.

    A ``general`` fact may shape a default and never blocks or promises anything.
    """

    value: str | int | bool | None
    note: str = ""
    certainty: Literal["verified", "secondary", "computed", "general"]
    source: str
    reviewed: date


class Market(_Strict):
    """One market's languages, clocks, formats, tone and law."""

    code: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    name: str
    extends: str | None = None
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    locale: str
    timezone: Annotated[str, AfterValidator(known_zone)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    registers: Registers
    name_style: Literal["given", "full", "title_family", "title_given", "family_honorific"]
    tone: Tone
    weekend: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=3)]
    business_hours: Hours
    answer_within_hours: dict[Channel, float]
    quiet_hours: Hours | None = None
    holidays: str
    observances: tuple[Literal["ramadan", "lunar_new_year", "golden_week", "diwali", "christmas", "sabbath"], ...] = ()
    avoid: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The market's time zone; the most populous one where there are several."""
        return ZoneInfo(self.timezone)


@cache
def load_market(code: str, *, directory: Path = DATA) -> Market:
    """Return the customs, clocks and law of one market.

    A missing market is an error, never a silent default: a reply in the wrong register does more
    harm than a reply that waits for a person.

    Args:
        code: ISO 3166-1 alpha-2 country code, in any case.
        directory: Market files; a seller's own folder may be given.

    Raises:
        UnknownMarketError: No file for ``code``; names the nearest code.
        DataFileError: The file breaks the schema; names file, key and line.

    Example:
        >>> load_market("jp").name
        'Japan'
    """
    wanted = code.strip().upper()
    known = market_codes(directory)
    if wanted not in known:
        raise UnknownMarketError(code, known, suggestion=_COMMON_SLIPS.get(wanted))
    sources = _sources(wanted, directory, ())
    merged: dict[str, Any] = {}
    for source in reversed(sources):
        for key, value in source.value.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = {**merged[key], **value} if both else value
    market = check(merged, Market, sources)
    if market.code != wanted:
        raise DataFileError(f"says code '{market.code}', expected '{wanted}'", path=sources[0].path, key="code")
    return market


def find_market(code: str) -> Market | None:
    """Return the market of a country, or None for a country that has no file.

    Raises:
        UnknownMarketError: ``code`` is no country's ISO 3166-1 code; names the nearest.

    Example:
        >>> find_market("PE") is None
        True
    """
    wanted = code.strip().upper()
    if wanted not in market_codes() and wanted in _countries():
        return None
    return load_market(code)


@cache
def _countries() -> frozenset[str]:
    """Return the codes of all countries that CLDR knows."""
    from babel import Locale

    territories = [str(code) for code in Locale("en").territories]
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


@cache
def market_codes(directory: Path = DATA) -> frozenset[str]:
    """Return the codes of all installed markets; names that start with ``_`` are bases, not markets."""
    return frozenset(path.stem for path in directory.glob("*.yaml") if not path.stem.startswith("_"))


def _sources(name: str, directory: Path, seen: tuple[str, ...]) -> list[Mapping]:
    """Return the file of ``name`` and the bases that it extends, in this order."""
    path = directory / f"{name}.yaml"
    if name in seen:
        raise DataFileError(f"extends itself by way of {' -> '.join(seen)}", path=path, key="extends")
    own = read_mapping(read_text(path), path=path)
    base = own.value.get("extends")
    return [own, *(_sources(str(base), directory, (*seen, name)) if base else [])]
