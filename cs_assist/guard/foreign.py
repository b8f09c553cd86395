"""One sentence of a reply in another language, which the language of the whole hides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from pydantic import RootModel

from cs_assist.datafile import load_yaml
from cs_assist.guard.culture import Look, finding
from cs_assist.guard.culture_data import load_culture
from cs_assist.guard.repair import sentences
from cs_assist.types import Finding, same_language

__all__ = ["FunctionWords", "foreign", "function_words"]

_WORDS = Path(__file__).parent / "data" / "function_words.yaml"
#: Letters that a sentence needs to be judged by the identifier; signs of Chinese and Japanese say more.
_ENOUGH, _ENOUGH_HAN = 20, 10
#: Letters that a sentence needs to be judged by its little words.
_FEW = 12
#: Letters that the little words of the other language have together.
_SHORT_WORDS = 6
_SURE = 0.9
#: Languages whose words one sentence may well mix: what is found is a note.
_NEAR: tuple[frozenset[str], ...] = (frozenset({"id", "ms"}), frozenset({"hi-Latn", "en"}))
#: Languages with so many words in common that a short sentence says too little without a little word of its own.
_COUSINS: tuple[frozenset[str], ...] = (frozenset({"es", "pt", "it"}), frozenset({"nl", "de", "sv"}))
_LONG = 60
#: Names, codes and addresses are in no language.
_NAMES = re.compile(
    r"https?://\S{1,300}|\S{1,80}@\S{1,80}|[\"“„«「『‘][^\"”“»」』’\n]{1,120}[\"”“»」』’]|\b(?:\w{0,20}\d\w{0,20})\b"
)
_AFTER_NUMBER = re.compile(r"\d\.\s{1,3}\Z")
_TOKEN = re.compile(r"[^\W\d_]{1,30}")
#: More sentences are not read one by one, and so many are asked of the identifier: that is what takes time.
_MOST, _MOST_ASKED = 60, 3
#: Words in Latin letters in a text of another script.
_LATIN = r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff][A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f'’-]{0,30}"
_RUN = re.compile(rf"{_LATIN}(?:[ ,]{{1,2}}{_LATIN}){{2,60}}[.!?]?")
_RUN_WORDS = 4
#: Everyday words of the languages below in Latin letters: none of them is a brand's or an English one.
_ROMANISED = re.compile(
    r"\b(?:arigatou?|gozaimasu|onegai ?shimasu|yoroshiku|sumimasen|moushiwake|kudasai|annyeong\w{0,10}|[kg]amsa\w{0,10}"
    r"|joesong\w{0,10}"
    r"|xie ?xie|ni ?hao|nin ?hao|qing nin|sawas?dee|khrap|khun luk"
    r"|dhanyava+d|kripya|namaskar|shukran|marhaba\w{0,3}|min fadlak|law samaht"
    r"|spasibo|zdravstvuy\w{0,4}|pozhaluysta|nuzhno|izvinite)\b|[āēīōūǖǎěǐǒǔǚ]", re.I,
)  # fmt: skip
_NOT_LATIN = frozenset(["ar", "hi", "ja", "ko", "ru", "th", "zh"])


class FunctionWords(RootModel[dict[str, frozenset[str]]]):
    """The little words by language."""


@cache
def function_words() -> dict[str, frozenset[str]]:
    """Return the little words of each language in Latin letters, read once.

    Example:
        >>> "nicht" in function_words()["de"]
        True
    """
    return load_yaml(_WORDS, FunctionWords).root


@cache
def _against(own: str) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """Return for each other language the words that ``own`` does not have, and those that only ``own`` has."""
    words = function_words()
    if own not in words:
        return ()
    return tuple((name, there - words[own], words[own] - there) for name, there in words.items() if name != own)


def foreign(look: Look, identify: Callable[[str], tuple[str, float]]) -> Iterator[Finding]:
    """Yield sentences that are surely in another language than the text is for."""
    language, customer = look.context.language, look.context.customer_text
    text = _NAMES.sub(lambda match: " " * len(match.group()), look.text)
    if language.split("-")[0] in _NOT_LATIN and language != "hi-Latn":
        yield from _latin_runs(look, text)
    asked = 0
    for start, end in sentences(text)[:_MOST]:
        said = look.text[start:end].strip()
        quoted = said.partition(": ")[2]
        if _AFTER_NUMBER.search(look.text, max(0, start - 6), start):
            continue  # "19. November": half a sentence
        if (start, end) == (0, len(text)) or said in customer or (quoted and quoted in customer):
            continue
        plain = text[start:end].strip()
        span = (start, start + len(look.text[start:end].rstrip()))
        seen, known = _by_words(plain, language)
        if not seen and not known and asked < _MOST_ASKED and _worth_asking(plain):
            asked += 1
            seen = _asked(plain, language, identify)
        if seen.startswith("zh") and language.startswith("zh"):
            continue  # "不好意思" is of both scripts; what is of the other one is found by its signs (script_variants.py)
        if seen:
            told = f"this sentence reads as '{seen}', the rest should be '{language}'"
            near = {seen, _tag(language)} in _NEAR
            yield from finding("foreign_sentence", "note" if near else "warn", span, told, f"write it in '{language}'")


def _tag(language: str) -> str:
    return "hi-Latn" if language == "hi-Latn" else language.split("-")[0]


def _by_words(text: str, language: str) -> tuple[str, bool]:
    """Return the other language that the little words of a sentence tell, and whether they tell its own."""
    table = _against(_tag(language))
    if not table:
        return "", False
    tokens = [match.group().lower() for match in _TOKEN.finditer(text[:600])]
    seen = set(tokens)
    if sum(map(len, tokens)) < _FEW or len(seen) < 3:
        return "", True
    best, most, own_most = "", 0, 0
    for name, there, here in table:
        theirs, ours = len(seen & there), len(seen & here)
        if theirs and sum(map(len, seen & there)) < _SHORT_WORDS:
            continue  # "tu ya", "ce ne": so short words are in every language
        own_most = max(own_most, ours)
        near = {name, _tag(language)} in _NEAR
        enough = theirs >= (3 if near else 2) and 6 * theirs >= len(seen)
        if enough and theirs > most and (ours == 0 or (theirs >= 4 and theirs >= 4 * ours)):
            best, most = name, theirs
    return best, not best and own_most >= 2


def _latin_runs(look: Look, text: str) -> Iterator[Finding]:
    """Yield runs of words in Latin letters: a foreign sentence, or the language's own in Latin letters."""
    spoken = " ".join((look.context.customer_text, *look.context.evidence))[:20_000].lower()
    match = _ROMANISED.search(text)
    if match and match.group().lower() not in spoken:
        told = f"'{match.group()}' is the language's own in Latin letters"
        yield from finding("foreign_sentence", "warn", match.span(), told, "write it in the language's own script")
    for match in _RUN.finditer(text):
        run = match.group()
        words = re.findall(_LATIN, run)
        small = sum(word[0].islower() for word in words)
        if len(words) < _RUN_WORDS or small < 3 or 5 * small < 3 * len(words) or run.lower().rstrip(".!?") in spoken:
            continue
        told = f"'{run[:40]}' is in Latin letters, the rest is not"
        yield from finding("foreign_sentence", "warn", match.span(), told, "write it in the language's own script")


def _worth_asking(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    enough = _ENOUGH_HAN if any("\u3040" <= c <= "\ud7a3" for c in letters) else _ENOUGH
    return len(letters) >= enough and not _mostly_names(text)


def _asked(text: str, language: str, identify: Callable[[str], tuple[str, float]]) -> str:
    """Return the language that the identifier is sure of, where it is surely another; else nothing.

    A tag without customs of its own is taken for none.
    """
    seen, p = identify(text)
    if p < _SURE or load_culture(seen) is None or same_language(seen, language) or {seen, _tag(language)} in _NEAR:
        return ""
    roots = {seen.split("-")[0], language.split("-")[0]}
    if not any(roots <= cousins for cousins in _COUSINS) or sum(map(str.isalpha, text)) >= _LONG:
        return seen
    words = {match.group().lower() for match in _TOKEN.finditer(text[:600])}
    there, here = next(
        ((t, h) for name, t, h in _against(_tag(language)) if name == seen.split("-")[0]), (frozenset(), frozenset())
    )
    return seen if words & there and not words & here else ""


def _mostly_names(text: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", text)
    return bool(words) and len(words) < 4 and not any("\u3040" <= char <= "\ud7a3" for char in text)
