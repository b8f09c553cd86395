"""What a language and its markets call polite, as data: one YAML file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.words import Lexicon, word_language

__all__ = ["CULTURE", "Clash", "Culture", "CultureFile", "Habit", "Place", "Register", "Salutation", "Terms", "load_culture"]

CULTURE = Path(__file__).parent / "data" / "culture"
Phrases = tuple[str, ...]
Strength = Literal["warn", "note", "none"]
Level = Literal["formal", "informal", "rude"]
#: The sets of words that are read by name; ``x_not`` holds what is no ``x``.
_SETS = (
    "regret", "fault", "refusal", "soft", "particle", "grovel", "sir", "madam", "signed", "stripped", "grief",
    "orders_formal", "orders_informal",
)  # fmt: skip
_OWN = (*_SETS, *(f"{name}_not" for name in _SETS))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Register(_Strict):
    """How the language marks distance: words, ends of words and ends of sentences by level.

    ``capital`` are formal words only where they are written with a capital letter inside a sentence (German Sie),
    ``upper`` also where the capital begins one.
    """

    formal: Phrases = ()
    formal_not: Phrases = ()
    capital: Phrases = ()
    upper: Phrases = ()
    informal: Phrases = ()
    informal_not: Phrases = ()
    rude: Phrases = ()
    rude_not: Phrases = ()
    ends: Mapping[Level, Phrases] = Field(default_factory=dict)
    ends_not: Phrases = ()
    #: Ends of sentences; the longest that fits decides, ``none`` says nothing.
    last: Mapping[Literal["formal", "informal", "rude", "none"], Phrases] = Field(default_factory=dict)
    mixing: Strength = "warn"
    too_informal: Strength = "warn"
    too_formal: Strength = "note"
    write: Mapping[Level, str] = Field(default_factory=dict)


class Place(_Strict):
    """Where something holds: in some markets, or all but some; without a market, in some languages."""

    markets: Phrases = ()
    except_markets: Phrases = ()
    languages: Phrases = ()
    channels: Phrases = ()

    def holds(self, market: str | None, language: str, channel: str | None) -> bool:
        """Tell whether it holds there."""
        if self.channels and channel not in self.channels:
            return False
        if market is None:
            return language in self.languages or not (self.markets or self.languages)
        return market not in self.except_markets and (not self.markets or market in self.markets)


class Sourced(Place):
    """Something that is held for true of a market; what is general knowledge never blocks."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    severity: Strength = "warn"
    reason: str = Field(min_length=3)
    source: str = "general knowledge"


class Written(Sourced):
    """Something with a better wording."""

    write: str = Field(min_length=1)


class Habit(Written):
    """Words that sound wrong somewhere.

    ``mirror``: not where the customer used them; ``after_fault``: only in an answer to a complaint.
    """

    say: Phrases = Field(min_length=1)
    unless: Phrases = ()
    at: Literal["any", "start", "end"] = "any"
    formal: bool = False
    mirror: bool = False
    after_fault: bool = False


class Clash(Written):
    """Two sets of words that one text does not mix."""

    one: Phrases = Field(min_length=1)
    one_not: Phrases = ()
    other: Phrases = Field(min_length=1)
    other_not: Phrases = ()


class Terms(Sourced):
    """Words of another market with this one's own; its ``write`` is each word's."""

    words: Mapping[str, str] = Field(min_length=1)
    unless: Phrases = ()


class Salutation(Written):
    """A greeting by name, which wants a title before or an honorific behind the name."""

    id: str = "honorific"
    greetings: Phrases = ()
    titles: Phrases = ()
    after: Phrases = ()
    #: Words that stand where a name would and are none.
    generic: Phrases = ()
    #: Family names, for the languages that write no capitals: a text may start with one.
    names: Phrases = ()


class CultureFile(_Strict):
    """One language's customs."""

    language: str
    reviewed: date
    register_: Register | None = Field(default=None, alias="register")
    sets: Mapping[str, Phrases] = Field(default_factory=dict)
    refusal_write: str = ""
    regret_write: str = ""
    particle_write: str = ""
    salutation: tuple[Salutation, ...] = Field(default=(), max_length=1)
    habits: tuple[Habit, ...] = ()
    clashes: tuple[Clash, ...] = ()
    terms: tuple[Terms, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> CultureFile:
        if unknown := [name for name in self.sets if name not in _OWN]:
            raise ValueError(f"'{unknown[0]}' is no set; there are {', '.join(_OWN)}")
        items: tuple[Sourced, ...] = (*self.habits, *self.clashes, *self.terms)
        ids = [item.id for item in items]
        if twice := [name for name in ids if ids.count(name) > 1]:
            raise ValueError(f"two have the id '{twice[0]}'")
        return self


@dataclass(frozen=True)
class Culture:
    """A language's customs with its words, ready to be looked for."""

    file: CultureFile
    lexicon: Lexicon


@cache
def load_culture(language: str, folder: Path = CULTURE) -> Culture | None:
    """Return the customs of a language, read once; None for a language without a file: nothing is known of it.

    Raises:
        DataFileError: The file breaks the schema or the notation of phrases.

    Example:
        >>> load_culture("de-AT").file.language, load_culture("cy")
        ('de', None)
    """
    tag = word_language(language, folder)
    if tag.split("-")[0] != language.split("-")[0]:
        return None
    path = folder / f"{tag}.yaml"
    if not path.is_file():
        return None
    file = load_yaml(path, CultureFile)
    if file.language != tag:
        raise DataFileError(f"'{file.language}' in the file of '{tag}'", path=path, key="language")
    try:
        return Culture(file, Lexicon(tag, dict(_sets(file))))
    except ValueError as exc:
        raise DataFileError(str(exc), path=path) from exc


def _sets(file: CultureFile) -> Mapping[str, Phrases]:
    sets = {name: phrases for name, phrases in file.sets.items() if phrases}
    if file.register_:
        sets |= {name: getattr(file.register_, name) for name in Register.model_fields if name in _REGISTER}
    for habit in file.habits:
        sets |= {habit.id: habit.say, f"{habit.id}_not": habit.unless}
    for clash in file.clashes:
        sets |= {f"{clash.id}:one": clash.one, f"{clash.id}:one_not": clash.one_not}
        sets |= {f"{clash.id}:other": clash.other, f"{clash.id}:other_not": clash.other_not}
    for terms in file.terms:
        sets |= {f"{terms.id}:{word}": (word,) for word in terms.words} | {f"{terms.id}_unless": terms.unless}
    for salutation in file.salutation:
        sets |= {f"{salutation.id}:{name}": getattr(salutation, name) for name in ("titles", "after", "generic", "names")}
        sets[f"{salutation.id}:greetings"] = salutation.greetings
    return {name: phrases for name, phrases in sets.items() if phrases}


_REGISTER = frozenset(
    ["formal", "formal_not", "capital", "upper", "informal", "informal_not", "rude", "rude_not"]
)  # fmt: skip
