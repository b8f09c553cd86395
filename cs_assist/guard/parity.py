"""Do two texts state the same facts, in whatever languages they are written?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cs_assist.guard.evidence import Evidence, evidence_of
from cs_assist.guard.facts import Reading, read
from cs_assist.guard.figures import unborne
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["Parity"]

#: A value that was taken out, as in ``[NAME_1]``.
_PLACEHOLDER = re.compile(r"\[([A-Z]+(?:_[A-Z]+)*_\d+)\]")
#: A name with a capital inside, such as iPhone or PayPal: no language writes it in another way.
_NAME = re.compile(r"(?<![^\W_])[A-Za-z]*[a-z][A-Z][A-Za-z]*(?![^\W_])")
_BLANK = "[…]"


@dataclass(frozen=True)
class _Stray:
    """Something that one text states and the other does not."""

    kind: str
    value: str
    start: int
    end: int


class Parity:
    """Compares what texts state: numbers, amounts, times, dates, codes, links, contact data, countries and names.

    Numbers are compared as values, so that "14 days", "two weeks" and "١٤ يومًا" are the same and "1.234,50" is
    "1,234.50". Placeholders such as ``[NAME_1]``, and names with a capital inside, must stand as they are.

    Example:
        >>> check = Parity()
        >>> check.differences("Rückgabe binnen 14 Tagen.", "You have two weeks to return it.", languages=("de", "en"))
        ()
        >>> check.differences("Rückgabe binnen 14 Tagen.", "You have 30 days to return it.", languages=("de", "en"))
        ("adds time '30 days'", "lacks time '14 tagen'")
    """

    def differences(self, source: str, target: str, *, languages: tuple[str, str], names: Sequence[str] = ()) -> tuple[str, ...]:
        """Return what ``target`` adds to ``source`` and what it lacks, each in words; empty where they agree.

        Args:
            source: The one text.
            target: The other.
            languages: Their languages, BCP 47.
            names: Names that must stand in ``target`` as they stand in ``source``: products, carriers, people.
        """
        adds = _strays(target, languages[1], (source,))
        lacks = _strays(source, languages[0], (target,))
        folded = target.casefold()
        lost = [name for name in names if name and name in source and name.casefold() not in folded]
        told = [*_told("adds", adds), *_told("lacks", lacks), *(f"lacks name '{name}'" for name in lost)]
        return tuple(dict.fromkeys(told))

    def added(self, text: str, sources: Sequence[str], *, language: str) -> tuple[str, ...]:
        """Return what ``text`` states and no source does, each in words."""
        return tuple(dict.fromkeys(_told("adds", _strays(text, language, sources))))

    def blanked(self, text: str, sources: Sequence[str], *, language: str) -> str:
        """Return ``text`` with ``[…]`` in place of each fact that no source states."""
        for stray in sorted(_strays(text, language, sources), key=lambda stray: -stray.start):
            text = text[: stray.start] + _BLANK + text[stray.end :]
        return re.sub(rf"(?:{re.escape(_BLANK)}\s*){{2,}}", f"{_BLANK} ", text)


def _told(verb: str, strays: Sequence[_Stray]) -> Iterator[str]:
    for stray in strays:
        yield f"{verb} {stray.kind} '{stray.value}'"


def _strays(text: str, language: str, sources: Sequence[str]) -> list[_Stray]:
    """Return what a text states and its sources do not, in order, none overlapping another."""
    bare = _without_placeholders(text)
    known = evidence_of(tuple(map(_without_placeholders, sources)), language)
    nobody = evidence_of((), language)
    reading = read(bare, language)
    faults = [(fault.kind, fault.start, fault.end) for fault in unborne(reading, known, nobody, None)]
    faults += [("number", start, end) for start, end in _loose_numbers(reading, known)]
    found = []
    for kind, start, end in faults:
        first, last = reading.seen.span(start, end)
        found.append(_Stray(kind, reading.seen.text[start:end].strip(), first, last))
    everything = "\n".join(sources)
    for match in _PLACEHOLDER.finditer(text):
        if match.group() not in everything:
            found.append(_Stray("placeholder", match.group(), *match.span()))
    folded = everything.casefold()
    for match in _NAME.finditer(bare):
        if match.group().casefold() not in folded:
            found.append(_Stray("name", match.group(), *match.span()))
    return _apart(found)


def _loose_numbers(reading: Reading, known: Evidence) -> Iterator[tuple[int, int]]:
    """Yield the numbers in digits that the sources have neither in digits nor in words, nor as part of a known fact.

    What :func:`~cs_assist.guard.figures.unborne` passes as too common ("2 parcels") is still a difference here.
    """
    facts = [fact for fact in reading.facts if not fact.soft and fact.kind not in ("number", "count")]
    for match in NUMBER.finditer(reading.seen.text):
        if any(fact.start <= match.start() and match.end() <= fact.end for fact in facts):
            continue
        value = plain(to_decimal(match.group()))
        if value not in known.written and value not in known.spoken:
            yield match.span()


def _apart(strays: Sequence[_Stray]) -> list[_Stray]:
    kept: list[_Stray] = []
    for stray in sorted(strays, key=lambda stray: (stray.start, stray.start - stray.end)):
        if not kept or stray.start >= kept[-1].end:
            kept.append(stray)
    return kept


def _without_placeholders(text: str) -> str:
    return _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)
