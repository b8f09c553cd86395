"""Who works when: a seller's shift calendar, and the next moment at which somebody can answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cs_assist.datafile import parse_yaml
from cs_assist.errors import DataFileError, MessageError
from cs_assist.markets.clocks import opening
from cs_assist.markets.market import Market, known_zone
from cs_assist.types import canonical_tag, same_language

Skill = Literal["presales", "after_sales", "technical", "language", "payments", "safety_legal"]
SKILLS: tuple[Skill, ...] = ("presales", "after_sales", "technical", "language", "payments", "safety_legal")
#: Days ahead that are searched: longer than any holiday.
_AHEAD = 30


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shift(_Strict):
    """One team's regular hours, in its own local time.

    Args:
        days: ISO weekdays, 1 is Monday, on which the shift starts.
        end: At or before ``start`` it is the next morning's.
        markets: Those that the team answers; all where none is named.
        days_off: Days without a shift.
    """

    team: str
    skills: Annotated[tuple[Skill, ...], Field(min_length=1)]
    languages: Annotated[tuple[Annotated[str, AfterValidator(canonical_tag)], ...], Field(min_length=1)]
    timezone: Annotated[str, AfterValidator(known_zone)]
    days: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]
    start: time
    end: time
    markets: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = ()
    days_off: tuple[date, ...] = ()

    def next_open(self, now: datetime) -> datetime | None:
        """Return ``now`` where the shift runs, else its next start (UTC); None where it has none within a month.

        Hours are wall-clock times: where the clocks are changed within a shift, it is an hour shorter or longer.
        """
        zone = ZoneInfo(self.timezone)
        today = now.astimezone(zone).date()
        for ahead in range(-1, _AHEAD):  # yesterday's night shift may still run
            day = today + timedelta(days=ahead)
            if day.isoweekday() not in self.days or day in self.days_off:
                continue
            last = day if self.end > self.start else day + timedelta(days=1)
            opens = datetime.combine(day, self.start, zone).astimezone(UTC)
            closes = datetime.combine(last, self.end, zone).astimezone(UTC)
            if now < closes:
                return max(now, opens).astimezone(UTC)
        return None


class Calendar(_Strict):
    """All shifts of a seller."""

    shifts: Annotated[tuple[Shift, ...], Field(min_length=1)]


@dataclass(frozen=True)
class NextHuman:
    """When somebody can answer.

    Args:
        at: The moment (UTC).
        team: Whose shift it is; empty where the market's business hours stand for it.
        speaks: Whether they speak the customer's language.
        timezone: The team's; empty where the market's business hours stand for it.
        speaker_at: When anybody who speaks it is there next, whatever their skill; None where nobody ever is.
        languages: What those speak who are there before one who speaks it.
    """

    at: datetime
    team: str = ""
    speaks: bool = True
    timezone: str = ""
    speaker_at: datetime | None = None
    languages: tuple[str, ...] = ()


class Shifts:
    """Finds who can answer next.

    Args:
        calendar: The seller's shifts; without them the market's business hours hold, and everybody is taken to speak
            its languages.
    """

    def __init__(self, calendar: Calendar | None = None) -> None:
        self._calendar = calendar

    def next_human_at(self, market: Market | None, skill: Skill, language: str, now: datetime) -> NextHuman:
        """Return when the next person with a skill and a language is there.

        Where nobody who speaks the language works at all, it is the next one with the skill; where nobody has the
        skill, the next one who speaks the language, else anybody.

        Args:
            market: Only teams that answer it count; without one all do.
            skill: What the matter needs.
            language: The customer's.
            now: With a time zone.

        Raises:
            MessageError: ``now`` has no time zone.
        """
        if now.tzinfo is None:
            raise MessageError(f"'now' is {now.isoformat()} without a time zone.", hint="Give a moment with one, such as UTC.")
        otherwise = opening(market, now) if market else now
        if self._calendar is None:
            return NextHuman(otherwise, speaker_at=otherwise)
        answering = [s for s in self._calendar.shifts if market is None or not s.markets or market.code in s.markets]
        here = [(at, shift) for shift in answering if (at := shift.next_open(now)) is not None]
        speaker_at = min((at for at, shift in here if _speaks(shift, language)), default=None)
        wanted: tuple[tuple[bool, bool], ...] = ((True, True), (True, False), (False, True), (False, False))
        for with_skill, with_language in wanted:
            found = [
                (at, shift) for at, shift in here
                if (not with_skill or skill in shift.skills) and (not with_language or _speaks(shift, language))
            ]  # fmt: skip
            if found:
                at, shift = min(found, key=lambda pair: pair[0])
                speaks = _speaks(shift, language)
                able = [(opens, other) for opens, other in here if not with_skill or skill in other.skills]
                sooner = [other for opens, other in able if (opens < at if speaks else opens <= at)]
                languages = dict.fromkeys(tag for other in sooner if not _speaks(other, language) for tag in other.languages)
                return NextHuman(at, shift.team, speaks, shift.timezone, speaker_at, tuple(languages))
        return NextHuman(otherwise, speaks=False)


def load_shifts(path: Path | None) -> Shifts:
    """Return the shifts of a YAML file, or those of the markets' business hours where there is none.

    Raises:
        DataFileError: The file is missing or breaks the schema; names file, key and line.
    """
    if path is None:
        return Shifts()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise DataFileError(f"cannot be read: {exc}", path=path, hint="Correct the setting shifts_file.") from exc
    return Shifts(parse_yaml(text, Calendar, path=path))


def _speaks(shift: Shift, language: str) -> bool:
    """Tell whether a team reads and writes a language; one that is written in Latin letters in chats is its own language."""
    return any(same_language(language.removesuffix("-Latn"), tag.removesuffix("-Latn")) for tag in shift.languages)
