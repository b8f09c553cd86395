"""Sets of words and phrases by language, found in one pass over a text.

A set is a list of phrases in a small notation, so that no phrase can be slow: ``*`` stands for the rest of a
word (at most 20 letters), ``~`` for up to 40 characters of the same sentence (twice a phrase at most), a space for
one to three spaces, commas or hyphens, ``(a|b)`` for one of several, ``?`` makes the letter or group before it
optional. Everything else stands for itself. A set named ``x_not`` holds harmless phrases: a hit of ``x``
inside one is no hit. In a language with spaces a phrase starts and ends at a word's
edge (in Arabic also after a joined article or preposition; there and in Korean it may end inside a word).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cs_assist.datafile import load_yaml
from cs_assist.errors import DataFileError
from cs_assist.guard.normal import normal

__all__ = ["Hit", "Lexicon", "WordFile", "load_lexicon", "word_language"]

Hit = tuple[int, int]

#: Letters that stand inside a word and that ``\w`` does not know: the vowel signs of Hindi and Thai.
_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_LETTER = rf"[\w{_MARKS}]"
_END = rf"(?!{_LETTER})"
_START = re.compile(rf"(?<!{_LETTER}){_LETTER}|[%#№٪]")
_CLITICS = "وفبلكال"
_UNSPACED = frozenset(["zh", "ja", "th"])
_OPEN_END = _UNSPACED | {"ko", "ar"}
_KEY = 3
_NOT = "_not"


class WordFile(BaseModel):
    """One language's sets of phrases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    #: Ten words for 0 to 9, the ways to say one of them parted by ``|``.
    digits: tuple[str, ...] = ()
    #: Words for 10 and more, where telephone numbers are said by them.
    tens: Mapping[int, str] = Field(default_factory=dict)
    sets: Mapping[str, tuple[str, ...]]


@dataclass
class _Phrase:
    """A phrase and the set it belongs to.

    Attributes:
        letters: The literal letters that it starts with.
        rest: What follows them, in the notation above.
        needed: A literal part of the rest without which there is no match.
        pattern: The rest, compiled when a text first has both: most phrases never occur.
    """

    name: str
    letters: str
    rest: str
    needed: str
    pattern: re.Pattern[str] | None = None


class Lexicon:
    """The sets of one language.

    Args:
        language: Its BCP 47 tag.
        sets: Name of a set to its phrases, in the notation above.

    Example:
        >>> lexicon = Lexicon("en", {"give": ["leave* us", "writ*"], "review": ["(5|five) star*", "review*"]})
        >>> lexicon.hits("please leave us a 5-star review")
        {'give': [(7, 15)], 'review': [(18, 24), (25, 31)]}
    """

    def __init__(self, language: str, sets: Mapping[str, Sequence[str]]) -> None:
        root = language.split("-")[0]
        self.language = language
        self.sets = frozenset(sets)
        self._every = root in _UNSPACED
        self._arabic = root == "ar"
        self._end = "" if root in _OPEN_END else _END
        self._gap = _GAP if root not in _UNSPACED else _GAP.replace("^", "^,;")
        self._keys: dict[str, list[_Phrase]] = {}
        for name, phrases in sets.items():
            for phrase in phrases:
                for variant in _unfold(normal(phrase)):
                    letters = _letters(variant)
                    self._keys.setdefault(letters[:_KEY], []).append(
                        _Phrase(name, letters, variant[len(letters) :], _needed(variant[len(letters) :]))
                    )

    def hits(self, text: str) -> dict[str, list[Hit]]:
        """Return the places of each set that occurs in a normalised text, in order; the longest at each place."""
        found: dict[str, list[Hit]] = {}
        keys = self._keys
        there: dict[str, bool] = {}
        for start in self._starts(text):
            for length in range(1, _KEY + 1):
                for phrase in keys.get(text[start : start + length], ()):
                    if not text.startswith(phrase.letters, start):
                        continue
                    if phrase.needed not in there:  # looked for once: a hostile text begins a phrase at every word
                        there[phrase.needed] = phrase.needed in text
                    if not there[phrase.needed]:
                        continue
                    if phrase.pattern is None:
                        phrase.pattern = _pattern(phrase.rest, self._gap, self._end)
                    match = phrase.pattern.match(text, start + len(phrase.letters))
                    if match:
                        _add(found.setdefault(phrase.name, []), (start, match.end()))
        for name in [name for name in found if name.endswith(_NOT)]:
            _take_away(found, name.removesuffix(_NOT), found.pop(name))
        return found

    def _starts(self, text: str) -> Iterator[int]:
        if self._every:
            yield from range(len(text))
            return
        for match in _START.finditer(text):
            start = match.start()
            yield start
            if self._arabic:  # و + ب + ال may stand before a word
                for step in range(1, 4):
                    if start + step >= len(text) or text[start + step - 1] not in _CLITICS:
                        break
                    yield start + step


def _add(hits: list[Hit], hit: Hit) -> None:
    if hits and hits[-1][0] == hit[0]:
        hits[-1] = max(hits[-1], hit)
    else:
        hits.append(hit)


def _take_away(found: dict[str, list[Hit]], name: str, harmless: list[Hit]) -> None:
    """Drop the hits of a set that a harmless phrase overlaps."""
    left = []
    at = 0
    reach = 0
    for hit in found.get(name, ()):
        while at < len(harmless) and harmless[at][0] < hit[1]:
            reach = max(reach, harmless[at][1])
            at += 1
        if reach <= hit[0]:
            left.append(hit)
    if left:
        found[name] = left
    else:
        found.pop(name, None)


def _unfold(phrase: str) -> Iterator[str]:
    """Yield a phrase once for each choice of the group that it starts with: a key needs literal letters."""
    if not phrase.startswith("("):
        yield phrase
        return
    depth, cuts = 0, [0]
    for at, char in enumerate(phrase):
        depth += (char == "(") - (char == ")")
        if (depth == 1 and char == "|") or (depth == 0 and char == ")"):
            cuts.append(at)
        if depth == 0:
            break
    else:
        raise ValueError(f"the phrase {phrase!r} has a bracket that does not close")
    rest = phrase[cuts[-1] + 1 :]
    if rest.startswith("?"):
        rest = rest[1:]
        yield from _unfold(rest.lstrip())
    for left, right in pairwise(cuts):
        yield from _unfold(phrase[left + 1 : right] + rest)


def _letters(phrase: str) -> str:
    """Return the literal letters that a phrase starts with."""
    letters = re.split(r"[*~ (?|]", phrase, maxsplit=1)[0]
    if phrase[len(letters) : len(letters) + 1] == "?":
        letters = letters[:-1]
    if not letters:
        raise ValueError(f"the phrase {phrase!r} does not start with a letter")
    if phrase.count("~") > 2:
        raise ValueError(f"the phrase {phrase!r} has more than two '~'")
    return letters


def _needed(rest: str) -> str:
    """Return the longest literal part of the rest of a phrase that every match has."""
    depth, parts = 0, [""]
    for at, char in enumerate(rest):
        depth += char == "("
        if char == "|" and not depth:
            raise ValueError(f"the phrase that ends with {rest!r} has a '|' outside of brackets")
        if depth or char in _SIGNS or char == "~" or rest[at + 1 : at + 2] == "?":
            parts.append("")
        else:
            parts[-1] += char
        depth -= char == ")"
    return max(parts, key=len)


#: Where words are not spaced a comma ends what belongs together.
_GAP = r"[^.!?。！？؟।\n]{0,40}?"
_SIGNS = {
    "*": _LETTER + "{0,20}",
    " ": r"[\s,،、\-'&]{1,3}",
    "(": "(?:",
    ")": ")",
    "|": "|",
    "?": "?",
}


@cache
def _pattern(rest: str, gap: str, end: str) -> re.Pattern[str]:
    """Return the regular expression of the rest of a phrase, which many share: nothing in it repeats without a bound."""
    return re.compile("".join(gap if char == "~" else _SIGNS.get(char) or re.escape(char) for char in rest) + end)


#: Regional styles and what they read; a language without a file of its own reads English.
_READS = {"es-419": "es", "pt-BR": "pt"}


def word_language(language: str, folder: Path) -> str:
    """Return the tag of the file that serves ``language`` in ``folder``: its own, its root's, or English.

    Example:
        >>> from cs_assist.guard.rules import WORDS
        >>> word_language("es-MX", WORDS), word_language("zh-TW", WORDS)
        ('es', 'zh-Hant')
    """
    tag = {"zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh": "zh-Hans", "zh-CN": "zh-Hans"}.get(language, language)
    for candidate in (tag, _READS.get(tag, ""), "-".join(tag.split("-")[:2]), tag.split("-")[0]):
        if candidate and (folder / f"{candidate}.yaml").is_file():
            return candidate
    return "en"


@cache
def load_words(folder: Path, language: str) -> WordFile:
    """Return the file of ``language`` in ``folder``, read once.

    Raises:
        DataFileError: It breaks the schema or the notation.
    """
    path = folder / f"{language}.yaml"
    words = load_yaml(path, WordFile)
    if words.language != language:
        raise DataFileError(f"'{words.language}' in the file of '{language}'", path=path, key="language")
    return words


@cache
def load_lexicon(folder: Path, language: str) -> Lexicon:
    """Return the sets of ``language`` (a tag that ``word_language`` gave), read once.

    Raises:
        DataFileError: The file breaks the schema or the notation.
    """
    words = load_words(folder, language)
    try:
        return Lexicon(language, words.sets)
    except ValueError as exc:
        raise DataFileError(str(exc), path=folder / f"{language}.yaml", key="sets") from exc
