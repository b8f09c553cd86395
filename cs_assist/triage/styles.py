"""The regional style of a language: Spanish of Spain or of Latin America, Portuguese of Portugal or of Brazil.

What is expected and the customer's wording tell it together. The words and what each weighs are in ``data/styles.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.types import canonical_tag

DATA = Path(__file__).parent / "data" / "styles.yaml"
#: The American style of a language; the European one has the language's own tag.
STYLES = {"es": "es-419", "pt": "pt-BR"}
Strength = Literal["decides", "tells", "leans"]
_WINDOW = 600  # characters that are looked through
_PIECE = re.compile(r"(?:(?<=[^\W\d_])-)?[^\W\d_]+|[.,;:!?\n]")
_START = "^"  # of a part of a sentence
_RECENT = 64  # texts whose phrases are kept
Phrase = tuple[str, tuple[str, ...]]  # its first word or ending, and what follows


class Weights(BaseModel):
    """What is expected and each kind of word weigh, as log-odds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expected: float
    decides: float
    tells: float
    leans: float


class StyleFile(BaseModel):
    """The words that tell each style, by how much they tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reviewed: date
    source: str
    weights: Weights
    styles: dict[str, dict[Strength, tuple[str, ...]]]


def style_of(
    language: str,
    texts: Iterable[str],
    *,
    market: str | None = None,
    spoken: Sequence[str] = (),
    hints: Iterable[str | None] = (),
) -> str:
    """Return the style in which a customer writes ``language``; the language itself is its European style, and the unknown one.

    Args:
        language: The language as the language reader names it.
        texts: The customer's words: of this message and of earlier ones.
        market: The market that the customer buys in.
        spoken: The languages of that market.
        hints: Tags of the conversation so far and of the shop's locale: the first that names a style outweighs the market.

    Example:
        >>> style_of("es", ["hola"], market="PE"), style_of("pt", ["cadê meu pedido?"]), style_of("es", [], hints=["es-MX"])
        ('es-419', 'pt-BR', 'es-419')
        >>> style_of("pt", ["oi"], market="PT"), style_of("pt", ["oi, cadê meu pedido?"], market="PT")
        ('pt', 'pt-BR')
    """
    style = STYLES.get(language)
    if style is None:
        return language
    told = (_of_tag(language, canonical_tag(hint)) for hint in hints if hint)
    expected = next(filter(None, told), None) or _of_market(language, market, spoken)
    odds = {style: 1, language: -1}.get(expected or "", 0) * _file().weights.expected
    found = {phrase for text in texts for phrase in _found(language, text[:_WINDOW])}
    odds += sum(_phrases(language)[first][rest] for first, rest in found)
    return style if odds > 0 else language


def _of_market(language: str, market: str | None, spoken: Sequence[str]) -> str | None:
    for tag in (STYLES[language], language):
        if tag in spoken:
            return tag
    return _of_region(language, (market or "").upper())


def _of_tag(language: str, tag: str) -> str | None:
    base, _, region = tag.partition("-")
    if base != language or not region:
        return None
    return tag if tag == STYLES[language] else _of_region(language, region)


@cache
def _of_region(language: str, region: str) -> str | None:
    """Return the style that a country follows, by the CLDR's parent locales (es_PE: es_419); None where it has no locale."""
    from babel.core import get_global
    from babel.localedata import exists

    locale = f"{language}_{region}"
    style = STYLES[language]
    parent = get_global("parent_exceptions").get(locale, locale).replace("_", "-")
    if parent == style:
        return style
    return language if region.isalpha() and exists(locale) else None


@lru_cache(_RECENT)
def _found(language: str, text: str) -> frozenset[Phrase]:
    """Return the phrases of a language's styles that are in a text."""
    pieces = _PIECE.findall(unicodedata.normalize("NFC", text).casefold())
    words = [_START, *(piece if piece[-1].isalpha() else _START for piece in pieces)]
    phrases, endings = _phrases(language), _endings(language)
    firsts = [(at, word) for at, word in enumerate(words) if word in phrases]
    ended = [(at, word) for at, word in enumerate(words) if word.endswith(endings)]
    firsts += [(at, f"*{end}") for at, word in ended for end in endings if word.endswith(end)]
    return frozenset(
        (first, rest) for at, first in firsts for rest in phrases[first] if _fits((first, *rest), words[at : at + 1 + len(rest)])
    )


def _fits(phrase: Sequence[str], words: Sequence[str]) -> bool:
    return len(phrase) == len(words) and all(
        word == wanted or (wanted[0] == "*" and word.endswith(wanted[1:]) and len(word) > len(wanted))
        for wanted, word in zip(phrase, words, strict=True)
    )


@cache
def _phrases(language: str) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    """Return what each phrase of a language's styles weighs for the American one, by its first word."""
    phrases: dict[str, dict[tuple[str, ...], float]] = {}
    for style, sign in ((STYLES[language], 1), (language, -1)):
        for strength, listed in _file().styles[style].items():
            for phrase in listed:
                for first, *rest in product(*(word.split("|") for word in phrase.split())):
                    phrases.setdefault(first, {})[tuple(rest)] = sign * getattr(_file().weights, strength)
    return phrases


@cache
def _endings(language: str) -> tuple[str, ...]:
    return tuple(first[1:] for first in _phrases(language) if first.startswith("*"))


@cache
def _file() -> StyleFile:
    return load_yaml(DATA, StyleFile)
