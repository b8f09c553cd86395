"""What each market expects, as data: one YAML file a market, strict schema, explicit inheritance."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from cs_assist.datafile import Mapping, check, read_mapping, read_text
from cs_assist.errors import DataFileError, UnknownMarketError

DATA = Path(__file__).parent / "data"
#: Codes that people write and ISO 3166-1 does not have, or means otherwise.
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "UK"})  # CLDR codes that are no country's
_COMMON_SLIPS = {"UK": "GB", "EN": "GB", "ENGLAND": "GB", "JAPAN": "JP", "GERMANY": "DE", "USA": "US", "KO": "KR"}
Channel = Literal["live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"]
Observance = Literal["ramadan", "eid", "lunar_new_year", "golden_week", "diwali", "christmas", "year_end", "sabbath"]
#: The observances for which the phrase banks have a wish.
Season = Literal["ramadan", "eid", "lunar_new_year", "diwali", "year_end"]
CompensationKind = Literal["refund", "replacement", "coupon", "partial_refund", "gift", "written_apology"]
#: The keys of a market that state how people are, and so need a ground.
Custom = Literal[
    "registers", "manners", "tone", "weekend", "answer_within_hours", "contact", "quiet_hours", "observances", "compensation"
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


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
    """A daily span in the market's local time; an ``end`` before the ``start`` is the next morning's."""

    start: time
    end: time

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.start == self.end:
            raise ValueError("the end is the start: an empty span")
        return self


class Window(Hours):
    """A span within one day: ``start`` comes before ``end``, which is no longer part of it."""

    @model_validator(mode="after")
    def _is_within_a_day(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"ends at {self.end:%H:%M}, before it starts at {self.start:%H:%M}")
        return self

    def outside(self, quiet: Hours | None) -> tuple[Window, ...]:
        """Return what quiet hours leave of the window, in order: all, one or two parts, or nothing."""
        if quiet is None:
            return (self,)
        loud = [(quiet.end, quiet.start)] if quiet.end < quiet.start else [(time.min, quiet.start), (quiet.end, time.max)]
        parts = [(max(self.start, begin), min(self.end, stop)) for begin, stop in loud]
        return tuple(Window(start=start, end=end) for start, end in parts if start < end)


class Registers(_Strict):
    """Form of address by channel family: letters (email, marketplace, phone_note) and chat (the rest)."""

    letter: Literal["formal", "informal"]
    chat: Literal["formal", "informal"]


class Tone(_Strict):
    """How a reply sounds here; conventions of the trade unless the ground of ``tone`` says otherwise.

    ``apology`` is the scale of remorse, ``detail`` how much of cause and course a customer likes to be told.
    """

    directness: Literal["direct", "balanced", "indirect"]
    apology: Literal["sparing", "standard", "generous"]
    empathy: Literal["brief", "standard", "warm"]
    emoji: Literal["never", "mirror", "welcome"]
    small_talk: Literal["none", "brief", "expected"]
    detail: Literal["brief", "standard", "full"] = "standard"


class Manners(_Strict):
    """Short notes for whoever drafts, a person or a model: address, opening, closing. Examples are in the local language."""

    names: Text
    titles: tuple[Text, ...] = ()
    greeting: Text
    closing: Text


class Contact(_Strict):
    """When messages that can wait are welcome.

    Args:
        windows: When what we start ourselves is liked best, on working days; where there are none, the business hours.
        answers_wait: Channels on which even an answer, when nothing presses, waits for the business hours.
    """

    windows: tuple[Window, ...] = ()
    answers_wait: tuple[Literal["social_dm", "email", "whatsapp", "phone_note"], ...] = ()


class Compensation(_Strict):
    """What makes good here, the best liked first, and whether it comes with a personal line. A norm, never a promise."""

    order: Annotated[tuple[CompensationKind, ...], Field(min_length=1)]
    with_personal_line: bool = False

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.order)) < len(self.order):
            raise ValueError("names a kind twice")
        return self


class Ground(_Strict):
    """Where something is known from. ``certainty``: verified (primary text), secondary, computed, general.

    What is only ``general`` may shape a default and never blocks or promises anything.
    """

    note: str = ""
    certainty: Literal["verified", "secondary", "computed", "general"]
    source: Text
    reviewed: date


class Fact(Ground):
    """A fact of law, with its ground; ``None`` where none was found or the law names no number, as the note says."""

    value: str | int | bool | None


class Clock(Ground):
    """A time within which a platform or a law wants to hear from the seller.

    ``acknowledged`` asks only for a sign that the message came in, ``answered`` for an answer: two states, and the first
    never stands for the second.
    """

    kind: Literal["acknowledged", "answered"]
    hours: Annotated[float, Field(gt=0, le=24 * 366)]


class Market(_Strict):
    """One market's languages, clocks, formats, customs and law.

    ``customs`` holds the ground of each custom among the other keys; a law's ground stands with its fact.
    """

    code: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    name: str
    extends: str | None = None
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    locale: str
    timezone: Annotated[str, AfterValidator(known_zone)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    registers: Registers
    name_style: Literal["given", "full", "title_family", "title_given", "family_honorific"]
    manners: Manners
    tone: Tone
    weekend: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=3)]
    business_hours: Window
    answer_within_hours: dict[Channel, Annotated[float, Field(gt=0)]]
    clocks: tuple[Clock, ...] = ()
    contact: Contact = Contact()
    quiet_hours: Hours | None = None
    holidays: str
    observances: tuple[Observance, ...] = ()
    wishes: tuple[Season, ...] = ()
    compensation: Compensation
    avoid: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    customs: dict[Custom, Ground]
    facts: dict[str, Fact] = Field(default_factory=dict)

    @field_validator("quiet_hours")
    @classmethod
    def _leave_some_time(cls, quiet: Hours | None, info: ValidationInfo) -> Hours | None:
        contact, hours = info.data.get("contact"), info.data.get("business_hours")
        windows = contact.windows or (hours,) if contact and hours else ()  # else they are at fault, which is told
        if windows and not any(window.outside(quiet) for window in windows):
            raise ValueError("leaves nothing of the contact windows: no message of our own would ever be sent")
        return quiet

    @field_validator("wishes")
    @classmethod
    def _are_observed(cls, wishes: tuple[Season, ...], info: ValidationInfo) -> tuple[Season, ...]:
        if unobserved := set(wishes) - set(info.data.get("observances", wishes)):
            raise ValueError(
                f"a wish for '{min(unobserved)}', which is not among the observances; a file that replaces one gives both"
            )
        return wishes

    @field_validator("customs")
    @classmethod
    def _have_all_grounds(cls, customs: dict[Custom, Ground]) -> dict[Custom, Ground]:
        if missing := set(get_args(Custom)) - set(customs):
            raise ValueError(f"the custom '{min(missing)}' has no source")
        return customs

    @property
    def zone(self) -> ZoneInfo:
        """The market's time zone; the most populous one where there are several."""
        return ZoneInfo(self.timezone)


def day_in(market: Market | None, now: datetime) -> date:
    """Return the day on which a customer of ``market`` reads what is written ``now``; without a market the day of ``now``.

    Example:
        >>> from datetime import UTC
        >>> day_in(load_market("JP"), datetime(2026, 11, 28, 22, tzinfo=UTC))
        datetime.date(2026, 11, 29)
    """
    return (now.astimezone(market.zone) if market else now).date()


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


class MarketLanguages(abc.Mapping[str, tuple[str, ...]]):
    """The languages of each market, its default first; a market's file is read when it is asked for.

    Example:
        >>> MarketLanguages()["CH"]
        ('de', 'fr', 'it')
    """

    def __getitem__(self, code: str) -> tuple[str, ...]:
        if code not in market_codes():
            raise KeyError(code)
        return load_market(code).languages

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(market_codes()))

    def __len__(self) -> int:
        return len(market_codes())


def _read(path: Path) -> Mapping:
    return read_mapping(read_text(path), path=path)


_read_shipped = lru_cache(maxsize=8)(_read)  # the bases, which many markets extend; a seller may correct a file of his own


def _sources(name: str, directory: Path, seen: tuple[str, ...]) -> list[Mapping]:
    """Return the file of ``name`` and the bases that it extends, in this order."""
    path = directory / f"{name}.yaml"
    if name in seen:
        raise DataFileError(f"extends itself by way of {' -> '.join(seen)}", path=path, key="extends")
    own = _read_shipped(path) if directory == DATA else _read(path)
    base = own.value.get("extends")
    return [own, *(_sources(str(base), directory, (*seen, name)) if base else [])]
