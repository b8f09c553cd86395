"""Words of the packet, by the language of the shop's own people: a file of data/packet each, read when it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import Mapping, check, read_mapping, read_text
from cs_assist.errors import DataFileError
from cs_assist.types import Emotion, OfferKind, Role, Tier, canonical_tag, same_language

FOLDER = Path(__file__).parent / "data" / "packet"
#: Has every key that the others must have, and stands in for a language that has no file.
MODEL = "en"


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
    promised: str
    due: str
    tiers: dict[Tier, str]
    emotions: dict[Emotion, str]
    entities: dict[str, str]
    facts: dict[str, str]
    statuses: dict[str, str]
    offers: dict[OfferKind, str]
    notes: dict[str, str]
    meanwhile: dict[str, str]


class WordFile(_Strict):
    """One language's file: its words, and what each reason's code means."""

    words: Words
    reasons: dict[str, str]


@cache
def load_words(language: str, folder: Path = FOLDER) -> WordFile:
    """Return the words of a language that has a file.

    Args:
        language: The file's name, as :func:`packet_language` gives it.
        folder: Where the files are.

    Raises:
        DataFileError: The file breaks its schema, or its keys or braces are not those of English.
    """
    path = folder / f"{language}.yaml"
    mapping = read_mapping(read_text(path), path=path)
    found = check(mapping.value, WordFile, [mapping])
    if language != MODEL:
        _compare(mapping, found, load_words(MODEL, folder))
    return found


def _compare(mapping: Mapping, found: WordFile, model: WordFile) -> None:
    """Raise for the first key that only one of two files has, or whose braces are not the same."""
    own, wanted = dict(_texts(found.model_dump(mode="json"))), dict(_texts(model.model_dump(mode="json")))
    for place in (*wanted, *own):
        if place not in own:
            problem = f"is missing; {MODEL}.yaml has it"
        elif place not in wanted:
            problem = f"{MODEL}.yaml has no such key"
        elif not own[place].strip():
            problem = "is empty"
        elif (braces := _braces(own[place])) != _braces(wanted[place]):
            problem = f"has the braces {sorted(braces)}, {MODEL}.yaml has {sorted(_braces(wanted[place]))}"
        else:
            continue
        raise DataFileError(problem, path=mapping.path, key=".".join(place), line=mapping.line_of(place))


def _texts(value: dict[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the place and text of each string of nested mappings."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _texts(inner, *above, key)
        else:
            yield (*above, key), inner


def _braces(text: str) -> set[str]:
    """Return what a text is filled in with; of a text that cannot be filled in, all of it."""
    try:
        parts = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return {text}
    return {f"{name}{f'!{as_}' if as_ else ''}{f':{how}' if how else ''}" for _, name, how, as_ in parts}


@cache
def packet_languages() -> tuple[str, ...]:
    """Return the languages that the packet has words in; a language stands before its regional styles."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def packet_language(tag: str) -> str:
    """Return the packet's language for a tag: its own, a style's parent, else English.

    Example:
        >>> packet_language("es-419"), packet_language("zh-TW"), packet_language("fi")
        ('es', 'zh-Hant', 'en')
    """
    known, wanted = packet_languages(), canonical_tag(tag)
    return wanted if wanted in known else next((name for name in known if same_language(name, wanted)), MODEL)
