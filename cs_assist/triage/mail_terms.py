"""The words by which mail programs, people and marketplaces mark what is not the message itself.

One YAML file a language in ``data/cleaning`` and ``relays.yaml`` for the marketplaces' wrappers. Terms are
literal text, compared after folding (see :func:`cs_assist.triage.signals.fold`); all languages are looked
for at once, because a mail program's language is often not its user's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.triage.signals import fold

DATA = Path(__file__).parent / "data" / "cleaning"
_RELAYS = "relays.yaml"
_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class MailTerms(BaseModel):
    """One language's terms.

    ``greetings``, ``sign_offs`` and ``thanks`` are whole lines (a name may follow), ``openers`` greet only where they
    name somebody ("dear"), ``addressees`` are words by which a shop is named; ``after_name`` follows a name
    that closes a mail, ``postscripts`` start a line;
    ``small_words`` are written small within names and addresses; ``wrote`` stands in the line above a quoted
    mail, ``headers`` are the labels of its header, by what they name; ``separators`` stand between dashes,
    ``reply_above`` in the line under which a helpdesk quotes; ``sent_from`` together with one of ``devices``
    makes a phone's line; ``footers`` are parts of a notice's first line.
    """

    model_config = _STRICT

    language: str
    greetings: tuple[str, ...]
    openers: tuple[str, ...]
    addressees: tuple[str, ...]
    sign_offs: tuple[str, ...]
    thanks: tuple[str, ...]
    after_name: tuple[str, ...] = ()
    postscripts: tuple[str, ...]
    small_words: tuple[str, ...] = ()
    wrote: tuple[str, ...]
    headers: dict[str, tuple[str, ...]]
    separators: tuple[str, ...]
    reply_above: tuple[str, ...]
    sent_from: tuple[str, ...]
    devices: tuple[str, ...]
    footers: tuple[str, ...]


class RelayTerms(BaseModel):
    """One language's terms of marketplaces' wrappers; the file's head says what each list is."""

    model_config = _STRICT

    headings: tuple[str, ...]
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    closings: tuple[str, ...]
    buttons: tuple[str, ...]
    details: tuple[str, ...]
    words: tuple[str, ...]


class _RelayFile(BaseModel):
    model_config = _STRICT

    source: str
    reviewed: date
    parts: dict[str, RelayTerms]


@dataclass(frozen=True)
class Terms:
    """All languages' terms, folded. ``parts`` finds, in one pass, the terms that may stand anywhere in a line."""

    greetings: tuple[str, ...]
    openers: tuple[str, ...]
    addressees: frozenset[str]
    sign_offs: frozenset[str]
    thanks: frozenset[str]
    after_name: frozenset[str]
    postscripts: tuple[str, ...]
    small_words: frozenset[str]
    headers: dict[str, frozenset[str]]
    separators: frozenset[str]
    parts: Any
    relay_headings: tuple[str, ...]
    relay_begins: frozenset[str]
    relay_ends: frozenset[str]
    relay_closings: tuple[str, ...]
    relay_buttons: frozenset[str]
    relay_details: tuple[str, ...]
    relay_words: tuple[str, ...]


@cache
def load_terms() -> Terms:
    """Return the shipped terms of all languages.

    Raises:
        DataFileError: A data file breaks its schema.
    """
    files = [load_yaml(path, MailTerms) for path in sorted(DATA.glob("*.yaml")) if path.name != _RELAYS]
    relays = list(load_yaml(DATA / _RELAYS, _RelayFile).parts.values())
    headers: dict[str, set[str]] = {}
    for file in files:
        for kind, labels in file.headers.items():
            for label in _folded(labels):
                headers.setdefault(label, set()).add(kind)
    return Terms(
        greetings=tuple(_folded(t for file in files for t in file.greetings)),
        openers=tuple(_folded(t for file in files for t in file.openers)),
        addressees=frozenset(_folded(t for file in files for t in file.addressees)),
        sign_offs=frozenset(_folded(t for file in files for t in file.sign_offs)),
        thanks=frozenset(_folded(t for file in files for t in file.thanks)),
        after_name=frozenset(_folded(t for file in files for t in file.after_name)),
        postscripts=tuple(_folded(t for file in files for t in file.postscripts)),
        small_words=frozenset(_folded(t for file in files for t in file.small_words)),
        headers={label: frozenset(kinds) for label, kinds in headers.items()},
        separators=frozenset(_folded(t for file in files for t in file.separators)),
        parts=_automaton(
            {
                "wrote": [t for file in files for t in file.wrote],
                "reply_above": [t for file in files for t in file.reply_above],
                "sent_from": [t for file in files for t in file.sent_from],
                "device": [t for file in files for t in file.devices],
                "footer": [t for file in files for t in file.footers],
                "heading": [t for relay in relays for t in relay.headings],
            }
        ),
        relay_headings=tuple(_folded(t for relay in relays for t in relay.headings)),
        relay_begins=frozenset(_folded(t for relay in relays for t in relay.begins)),
        relay_ends=frozenset(_folded(t for relay in relays for t in relay.ends)),
        relay_closings=tuple(_folded(t for relay in relays for t in relay.closings)),
        relay_buttons=frozenset(_folded(t for relay in relays for t in relay.buttons)),
        relay_details=tuple(_folded(t for relay in relays for t in relay.details)),
        relay_words=tuple(_folded(t for relay in relays for t in relay.words)),
    )


def _folded(terms: Iterable[str]) -> list[str]:
    """Return the terms folded as lines are, the longest first, each once and without its last full stop."""
    folded = {fold(term)[0].strip().rstrip(".!,") for term in terms}
    return sorted(folded, key=lambda term: (-len(term), term))


def _automaton(kinds: dict[str, list[str]]) -> Any:
    found: dict[str, set[str]] = {}
    for kind, terms in kinds.items():
        for term in _folded(terms):
            found.setdefault(term, set()).add(kind)
    automaton = ahocorasick.Automaton()
    for term, names in found.items():
        automaton.add_word(term, frozenset(names))
    automaton.make_automaton()
    return automaton
