"""Titles: one that nobody gave, one of the other gender, and a name whose title was dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.culture import Look, finding
from cs_assist.guard.culture_data import Strength
from cs_assist.guard.normal import Normal
from cs_assist.guard.words import Hit
from cs_assist.types import Finding

__all__ = ["GivenNames", "given_names", "titles"]

_NAMES = Path(__file__).parent / "data" / "given_names.yaml"
#: A reply greets within its first letters.
_OPENING = 64
#: Who signs does so at the end.
_SIGNATURE = 80
_MOST_SPOKEN = 4000
#: A message begins within its first letters, behind "Hello".
_CALLED = 10
_TITLES = ("sir", "madam", "signed")
_WORD = re.compile(r"[^\W\d_][\w'’\u0300-\u036f\u0900-\u0903\u093a-\u094f-]{1,24}")
_BEHIND = re.compile(r"[.\s(]{1,3}(?:[A-Z]\. ?){0,3}([^\W\d_][\w'’\u0900-\u0903\u093a-\u094f-]{1,24})")
#: "First Last" at the very end of a message.
_SIGNED = re.compile(
    r"([^\W\d_][\w'’-]{1,24}) ((?:(?:van|von|de|der|den|di|da|do|dos|del|la|le) ){0,2}[^\W\d_][\w'’-]{1,24})[\s.!)]{0,4}\Z"
)
#: Languages in which a given name stands last, or alone with its honorific: a last word there is no family name.
_GIVEN_LAST = frozenset(["vi", "ja", "ko", "zh", "th", "id", "ms", "ar", "hi", "ru"])
#: The names of these are read by ``manners``, which knows their family names.
_BY_FAMILY = frozenset(["ja", "ko", "zh", "th"])
_UNCASED = frozenset(["ar", "hi"])


class GivenNames(BaseModel):
    """Given names that are women's or men's alone, in small letters; what is both is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    madam: frozenset[str]
    sir: frozenset[str]


@cache
def given_names() -> GivenNames:
    """Return the names, read once.

    Example:
        >>> "claire" in given_names().madam, "andrea" in given_names().madam
        (True, False)
    """
    return load_yaml(_NAMES, GivenNames)


def titles(look: Look) -> Iterator[Finding]:
    """Yield a title that the customer's words do not show, or a name without the title that the customer signs with.

    A title that only may be wrong is a note: the shop may know from the order what the message does not say.
    """
    yield from _guessed(look)
    if look.context.language.split("-")[0] not in _BY_FAMILY:
        yield from _dropped(look)


def _guessed(look: Look) -> Iterator[Finding]:
    given = {name: [hit for hit in look.hits.get(name, ()) if hit[0] < _OPENING] for name in ("sir", "madam")}
    if bool(given["sir"]) == bool(given["madam"]):
        return  # none, or both: "Sir or Madam" guesses nothing
    kind, other = ("sir", "madam") if given["sir"] else ("madam", "sir")
    spoken = {name: [hit for hit in look.customer.get(name, ()) if not _calls(look, hit)] for name in ("sir", "madam")}
    if spoken[kind] or (look.customer.get("signed") and not spoken[other]):
        return
    words = {match.group().lower() for match in _WORD.finditer(look.context.customer_text[-_SIGNATURE:])}
    names = {"sir": words & given_names().sir, "madam": words & given_names().madam}
    if names[kind] and not names[other]:
        return
    wrong = bool(spoken[other]) or bool(names[other] and not names[kind])
    span = look.at(given[kind][0])
    shown = look.text[slice(*span)]
    told = (
        f"'{shown}' is not what the customer's own words show" if wrong else f"'{shown}' is guessed: the customer gave no title"
    )
    yield from finding("title", "warn" if wrong else "note", span, told, "use the full name, or a greeting without a title")


def _calls(look: Look, hit: Hit) -> bool:
    """Whether a title that the customer writes opens the message: that calls the shop's own people."""
    behind = Normal(look.context.customer_text[:_MOST_SPOKEN]).text[hit[1] : hit[1] + 1]
    return hit[0] < _CALLED and behind in (",", "!")


def _dropped(look: Look) -> Iterator[Finding]:
    text = look.normal.text
    line = text[:_OPENING].split("\n", 1)[0]
    if any(hit[0] < len(line) for name in _TITLES for hit in look.hits.get(name, ())):
        return
    beside = [f"{salutation.id}:{name}" for salutation in look.culture.file.salutation for name in ("after", "titles")]
    if any(hit[0] < len(line) for name in beside for hit in look.hits.get(name, ())):
        return
    spoken = look.context.customer_text[:_MOST_SPOKEN]
    titled = _titled(look, spoken)
    family = _family(look, spoken)
    for match in _WORD.finditer(line):
        word = match.group()
        if word not in titled and word != family:
            continue
        span = look.at(match.span())
        if look.context.language.split("-")[0] not in _UNCASED and not look.text[span[0]].isupper():
            continue
        severity: Strength = "warn" if word in titled and look.expected == "formal" else "note"
        told = f"'{look.text[slice(*span)]}' stands without the title" + (" that the customer gave" if word in titled else "")
        yield from finding("honorific", severity, span, told, "write the title with the family name")
        return


def _titled(look: Look, spoken: str) -> set[str]:
    """Return the words beside the titles in the customer's text: the names that they go with."""
    found: set[str] = set()
    uncased = look.context.language.split("-")[0] in _UNCASED and look.context.language != "hi-Latn"
    text = spoken if len(spoken.lower()) == len(spoken) else ""
    hits: list[Hit] = [hit for name in _TITLES for hit in look.customer.get(name, ())]
    for start, end in hits[-6:]:
        at = end
        for _ in range(3):
            behind = _BEHIND.match(text, at)
            if behind is None or not (uncased or behind.group(1)[0].isupper()):
                break
            found.add(behind.group(1).lower())
            at = behind.end()
        before = [match.group() for match in _WORD.finditer(text, max(0, start - 40), start)][-2:]
        if not uncased:
            found |= {word.lower() for word in before if word[0].isupper()}
    return found


def _family(look: Look, spoken: str) -> str:
    """Return the family name that the customer signs with behind a given name; empty where none can be told."""
    if look.context.language.split("-")[0] in _GIVEN_LAST and look.context.language != "hi-Latn":
        return ""
    signed = _SIGNED.search(spoken, max(0, len(spoken) - _SIGNATURE))
    if signed is None or not (signed.group(1)[0].isupper() and signed.group(2).split()[-1][0].isupper()):
        return ""
    given = signed.group(1).lower()
    if given in look.normal.text[:_OPENING]:
        return ""
    return signed.group(2).split()[-1].lower()
