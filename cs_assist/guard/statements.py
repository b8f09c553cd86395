"""The sentences of a text with what they speak of: topics, denials, conditions, facts."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

from cs_assist.guard.facts import Fact, Reading, read
from cs_assist.guard.foreign import function_words
from cs_assist.guard.normal import normal
from cs_assist.guard.spoken import TOKEN, base
from cs_assist.guard.words import Hit, Lexicon, load_words, word_language
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["CLAIMS", "Statement", "alike", "is_served", "names_anywhere", "stated", "stems", "told"]

CLAIMS = Path(__file__).parent / "data" / "claims"

#: What a sentence may be about; the other sets of a language's file say how it speaks of that, or what it claims.
TOPICS = frozenset(
    [
        "return",
        "refund",
        "exchange",
        "cancel",
        "deliver",
        "dispatch",
        "warranty",
        "repair",
        "stock",
        "pay",
        "sale",
        "opened",
        "unopened",
        "used",
        "unused",
        "underwear",
        "gift_card",
        "custom",
        "digital",
        "food",
        "weekend",
        "pobox",
        "cod",
        "express",
        "duty",
        "postage",
        "packaging",
        "receipt",
        "tags",
        "damaged",
        "abroad",
        "wash",
        "dryer",
        "waterproof",
    ]
)
#: A phrase inside one of the other set is none of its own: "not free" is not "free".
_HIDDEN_BY = {
    "neg": ("harmless", "free", "free_too", "unopened", "unused", "excluded", "duty_free"),
    "opened": ("unopened",),
    "used": ("unused",),
    "included": ("excluded",),
    "free": ("you_pay",),
    "free_too": ("you_pay",),
    "you_pay_too": ("free", "free_too"),
    "you_pay": ("free",),
}
#: Languages that a short piece of evidence does not tell apart.
_TOGETHER = {"zh": ("zh-Hans", "zh-Hant"), "id": ("id", "ms"), "ms": ("ms", "id")}
_NOT_LATIN = frozenset(["th", "ja", "ko", "zh", "ar", "hi", "ru"])
#: Words that deny in one language and mean something else in another: "no" is "in the" and "well", "not" a note.
_HOMOGRAPHS = {"pt": ("no",), "pl": ("no",), "tr": ("not",), "sv": ("non",)}
_A_NUMBER = re.compile(r"\. ?\d|\. ?[a-z]{1,3}-?\d")
#: Letters of a word that carry its meaning; what follows is mostly an ending.
_STEM = 5
_SHORTEST = 4
#: How much one shared topic, and several, say about two sentences being about one thing.
_ONE_TOPIC, _TOPICS = 0.7, 0.9


@dataclass(frozen=True)
class Statement:
    """One sentence: its place in the normalised text, what it speaks of, and the words that carry it."""

    text: str
    start: int
    end: int
    facts: tuple[Fact, ...]
    hits: dict[str, list[Hit]] = field(repr=False)
    topics: frozenset[str]
    stems: frozenset[str] = field(repr=False)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers that are written in it, whatever their units."""
        return frozenset(plain(to_decimal(match.group())) for match in NUMBER.finditer(self.text))

    @property
    def denies(self) -> bool:
        """Whether it says that something is not so."""
        return "neg" in self.hits

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.text.rstrip().endswith(("?", "؟"))

    def has(self, *names: str) -> bool:
        """Whether a phrase of one of these sets is in it."""
        return any(name in self.hits for name in names)


def is_served(language: str) -> bool:
    """Whether claims can be read in a language.

    Example:
        >>> is_served("pt-BR"), is_served("fi")
        (True, False)
    """
    return word_language(language, CLAIMS).split("-")[0] == language.split("-")[0]


@lru_cache(maxsize=4)
def stated(text: str, language: str) -> tuple[Reading, tuple[Statement, ...]]:
    """Return a reply read, and its sentences; kept for a moment, since several checks ask for the same reply."""
    reading = read(text, language)
    return reading, tuple(_statements(reading, (word_language(language, CLAIMS),))) if is_served(language) else ()


@lru_cache(maxsize=512)
def told(text: str, beside: str = "") -> tuple[Statement, ...]:
    """Return the sentences of a piece of evidence, whatever it is written in; ``beside`` as in ``facts.read``."""
    reading = read(text, beside=beside)
    languages = [name for name in reading.languages if name in _NOT_LATIN]
    if "ja" in languages:
        languages = [name for name in languages if name != "zh"]  # the same characters
    latin = [name for name in reading.languages if name not in _NOT_LATIN]
    languages += dict.fromkeys([*latin[:1], *(name for name in (base(beside), "en") if name in latin)])
    tags = dict.fromkeys(tag for name in languages for tag in _TOGETHER.get(name, (word_language(name, CLAIMS),)))
    return tuple(_statements(reading, tuple(tags), base(beside)))


@lru_cache(maxsize=512)
def names_anywhere(text: str) -> frozenset[str]:
    """Return the sets of which evidence has a phrase in any of our languages: where its own cannot be told."""
    seen = normal(text)
    latin = seen.isascii() or not any(char >= "\u0370" and not "\u1e00" <= char <= "\u20ff" for char in seen if char.isalpha())
    found: set[str] = set()
    for path in sorted(CLAIMS.glob("*.yaml")):
        if not latin or path.stem.split("-")[0] not in _NOT_LATIN or path.stem == "hi-Latn":
            found.update(_lexicon(path.stem).hits(seen))
    return frozenset(found)


@cache
def _lexicon(tag: str) -> Lexicon:
    # "a ~ b" is meant to find "a b", too; between two blanks of the notation there would have to be something
    sets = load_words(CLAIMS, tag).sets
    return Lexicon(tag, {name: [phrase.replace(" ~ ", "( ~ | )") for phrase in several] for name, several in sets.items()})


def _is_number_sign(reading: Reading, hit: Hit) -> bool:
    """Whether "no" stands for "number": "№ 12", "nº 12", "no. 12"."""
    start, end = hit
    text = reading.seen.text
    if text[start:end].rstrip(".") != "no":
        return False
    written = reading.text[slice(*reading.seen.span(start, end))]
    return any(sign in written for sign in "№º°") or bool(_A_NUMBER.match(text, end))


def _is_homograph(text: str, hit: Hit, beside: str) -> bool:
    """Whether a word that denies in another language is an everyday one in the reply's, among words of that one."""
    if text[slice(*hit)] not in _HOMOGRAPHS.get(beside, ()):
        return False
    near = {match.group() for match in TOKEN.finditer(text, max(0, hit[0] - 60), hit[1] + 60)}
    words = function_words()
    return bool(near & (words[beside] - words["en"]))


def _statements(reading: Reading, tags: tuple[str, ...], beside: str = "") -> Iterator[Statement]:
    text = reading.seen.text
    found: dict[str, list[Hit]] = {}
    for tag in tags:
        for name, hits in _lexicon(tag).hits(text).items():
            found.setdefault(name, []).extend(hits)
    if "neg" in found:
        found["neg"] = [hit for hit in found["neg"] if not _is_number_sign(reading, hit) and not _is_homograph(text, hit, beside)]
    _take_back(found)
    for name, above in _HIDDEN_BY.items():
        if name in found:
            found[name] = list(_uncovered(found[name], [hit for other in above for hit in found.get(other, ())]))
    spans = reading.sentences
    firsts = [start for start, _ in spans]
    within: list[dict[str, list[Hit]]] = [{} for _ in spans]
    for name, places in found.items():
        for hit in sorted(places):
            within[max(0, bisect_right(firsts, hit[0]) - 1)].setdefault(name, []).append(hit)
    facts: list[list[Fact]] = [[] for _ in spans]
    for fact in reading.facts:
        facts[max(0, bisect_right(firsts, fact.start) - 1)].append(fact)
    for (start, end), own, stated_facts in zip(spans, within, facts, strict=True):
        roots = frozenset(stems(text[start:end]))
        yield Statement(text[start:end], start, end, tuple(stated_facts), own, TOPICS & own.keys(), roots)


def _take_back(found: dict[str, list[Hit]]) -> None:
    """Drop "you have to pay" where a denial turns it into "nothing": "you have to pay nothing for the return"."""
    nothing = [hit for hit in found.get("free", ()) if any(hit[0] <= start < hit[1] for start, _ in found.get("neg", ()))]
    for name in ("you_pay", "you_pay_too"):
        if nothing and name in found:
            found[name] = [hit for hit in found[name] if not any(start < hit[1] and hit[0] < end for start, end in nothing)]


def _uncovered(hits: list[Hit], covers: list[Hit]) -> Iterator[Hit]:
    """Yield the hits that no longer one of the others has in it."""
    covers = sorted(covers)
    firsts = [start for start, _ in covers]
    furthest = list(accumulate((end for _, end in covers), max))
    for start, end in hits:
        before, upto = bisect_left(firsts, start), bisect_right(firsts, start)
        if not (before and furthest[before - 1] >= end) and not (upto and furthest[upto - 1] > end):
            yield start, end


def stems(text: str) -> Iterator[str]:
    """Yield what carries the meaning of each word of a normalised text: its first letters, or pairs of letters."""
    for match in TOKEN.finditer(text):
        word = match.group()
        if word[0] >= "\u0e00" and not "\u1e00" <= word[0] <= "\u1fff":  # no spaces, or many endings: pairs of letters
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= _SHORTEST:
            yield word[:_STEM]


def alike(one: Statement, other: Statement) -> float:
    """Return how sure it is, from 0 to 1, that two sentences speak of one thing: by their words and by their topics."""
    shared = len(one.stems & other.stems)
    words = 2 * shared / (len(one.stems) + len(other.stems)) if shared else 0.0
    union = one.topics | other.topics
    if not union:
        return words
    about = len(one.topics & other.topics) / len(union)
    return max(words, about * (_ONE_TOPIC if len(union) == 1 else _TOPICS))
