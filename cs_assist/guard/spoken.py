"""Numbers, durations, weekdays and nearby days that a text says in words, and which language a text is in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import ahocorasick
from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.normal import normal
from cs_assist.quantities import months_of

__all__ = [
    "Spoken", "Words", "afternoon", "between", "counted", "guess_languages", "half_behind", "large_words", "month_names",
    "numbers_anywhere", "ordinal_days", "short_weekdays", "spoken_numbers", "weekdays", "words",
]  # fmt: skip

NUMBERS = Path(__file__).parent / "data" / "numbers.yaml"
#: Letters, with the marks that Python does not count as letters of a word (Devanagari, Thai, Arabic).
LETTER = r"[^\W\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963\u064b-\u065f\u0670\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
TOKEN = re.compile(rf"(?:{LETTER})+")
#: Languages written without spaces, where a number is found by its letters and not by its word.
_JOINED = {"zh", "ja", "th", "ko"}
_SCRIPTS = (
    ("th", re.compile(r"[\u0e01-\u0e3a]")),
    ("ja", re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ar", re.compile(r"[\u0621-\u064a]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
    ("ru", re.compile(r"[\u0430-\u0451]")),
    ("latin", re.compile(r"[a-z\u00df-\u024f\u1ea0-\u1ef9]")),
)
_LETTERS = tuple(
    (language, re.compile(f"[{letters}]"))
    for language, letters in (
        ("pl", "ąęłńśźż"), ("de", "äöüß"), ("sv", "åäö"), ("es", "ñ¿¡"), ("pt", "ãõ"), ("tr", "ğşı"), ("vi", "ơưđạảấầẩậếềểễệ"),
        ("fr", "çêèœ"), ("it", "èòù"),
    )
)  # fmt: skip
#: Words for numbers in one language that are frequent other words in another.
_OTHER_WORDS = frozenset(["on", "once", "sex", "sei", "do", "ten", "elf", "dos", "tu", "cent", "ba", "hai", "sat"])
_SHORT_NAME = 2  # letters of a weekday that are too few to be told from other words
_ENOUGH_DAYS = 2  # so many shortened weekdays make a table
_TEN, _HUNDRED, _HALF = 10, 100, Decimal("0.5")
_LATIN = 3  # the best so many Latin-script languages of a text are taken as possible


class _Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    join: tuple[str, ...]
    between: dict[str, tuple[str, ...]]
    words: dict[str, dict[str, int]]
    multiply: dict[str, dict[str, int]]
    teen: dict[str, tuple[str, ...]]
    above: dict[str, frozenset[int]]
    halves: dict[str, tuple[str, ...]]
    half: dict[str, tuple[str, ...]]
    fixed: dict[str, dict[str, tuple[Decimal, str]]]
    months: dict[str, dict[str, int]]
    ordinals: dict[str, tuple[str, ...]]
    afternoon: dict[str, tuple[str, ...]]
    large: dict[str, int]
    counted: tuple[str, ...]
    weekdays: dict[str, tuple[tuple[str, ...], ...]]
    short_weekdays: dict[str, tuple[tuple[str, ...], ...]]
    days: dict[str, dict[str, int]]
    day_not_after: frozenset[str]
    earlier: frozenset[str]
    monthly: frozenset[str]
    common: dict[str, tuple[str, ...]]
    countries: dict[str, tuple[str, ...]]
    cities: dict[str, tuple[str, ...]]
    peoples: dict[str, tuple[str, ...]]
    european_union: tuple[str, ...]
    wide: tuple[str, ...]


@dataclass(frozen=True)
class Spoken:
    """A number in words: its value and place; ``kind`` where the word says the unit, too (``hour`` counts hours)."""

    value: Decimal
    start: int
    end: int
    kind: str = ""


@dataclass(frozen=True)
class Words:
    """The words of one language, normalised."""

    numbers: dict[str, int]
    multiply: dict[str, int]
    teen: frozenset[str]
    above: frozenset[int]
    halves: frozenset[str]
    fixed: tuple[tuple[str, Decimal, str], ...]
    joined: re.Pattern[str] | None
    weekdays: tuple[tuple[str, int], ...]
    days: tuple[tuple[str, int], ...]


def base(language: str) -> str:
    """Return the key of a language's data: ``zh`` for both of its scripts, ``hi-Latn`` apart from ``hi``.

    Example:
        >>> base("zh-Hant"), base("es-419"), base("hi-Latn")
        ('zh', 'es', 'hi-Latn')
    """
    return language if language == "hi-Latn" else language.split("-")[0]


@lru_cache(maxsize=1)
def data() -> _Numbers:
    """Return the shipped words."""
    return load_yaml(NUMBERS, _Numbers)


@lru_cache(maxsize=32)
def words(language: str) -> Words:
    """Return the words of a language; empty ones where there are none."""
    numbers, key = data(), base(language)
    plain = {normal(word): value for word, value in numbers.words.get(key, {}).items()}
    multiply = {normal(word): value for word, value in numbers.multiply.get(key, {}).items()}
    joined = None
    if key in _JOINED:
        found = sorted({*plain, *multiply}, key=len, reverse=True)
        joined = re.compile(f"(?:{'|'.join(map(re.escape, found))}){{1,8}}")
    fixed = sorted(numbers.fixed.get(key, {}).items(), key=lambda row: -len(row[0]))
    names = ((normal(name), day) for day, several in enumerate(numbers.weekdays.get(key, ())) for name in several)
    days = ((normal(word), day) for word, day in numbers.days.get(key, {}).items())
    return Words(
        plain, multiply, frozenset(map(normal, numbers.teen.get(key, ()))), numbers.above.get(key, frozenset()),
        frozenset(map(normal, numbers.halves.get(key, ()))),
        tuple((normal(word), value, kind) for word, (value, kind) in fixed), joined,
        tuple(sorted(names, key=lambda row: -len(row[0]))), tuple(sorted(days, key=lambda row: -len(row[0]))),
    )  # fmt: skip


def is_joined(language: str) -> bool:
    """Whether a language's words stand without spaces between them."""
    return base(language) in _JOINED


@lru_cache(maxsize=1)
def afternoon() -> re.Pattern[str]:
    """Return what finds the words for the parts of a day after noon, in all languages."""
    joined = sorted({normal(word) for key in _JOINED for word in data().afternoon.get(key, ())})
    apart = sorted({normal(word) for key, several in data().afternoon.items() if key not in _JOINED for word in several})
    return re.compile(rf"{'|'.join(joined)}|(?<!\w)(?:{'|'.join(map(re.escape, apart))})(?![^\W_])")


@lru_cache(maxsize=1)
def _common() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for language, several in data().common.items():
        for word in several:
            found.setdefault(word, []).append(language)
        for word in {*words(language).numbers, *month_names(language)} - _OTHER_WORDS:
            found.setdefault(word, []).append(language)
    return found


@lru_cache(maxsize=1)
def _weekdays() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for several in data().weekdays.values():
        for day, names in enumerate(several):
            for name in map(normal, names):
                if len(name) > _SHORT_NAME or not name.isascii():
                    automaton.add_word(name, (day, name))
    automaton.make_automaton()
    return automaton


def weekdays(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield weekday (0 for Monday), start and end of the weekdays that normalised evidence names in any of our languages."""
    for end, (day, name) in _weekdays().iter_long(text):
        start = end - len(name) + 1
        if not name[0].isascii() or (not TOKEN.match(text, max(0, start - 1), start) and not TOKEN.match(text, end + 1, end + 2)):
            yield day, start, end + 1


#: What stands between two shortened weekdays of a table, and what begins the hours behind one.
_TABLE_MARK = re.compile(
    r"\.?\s?[-–—~〜/,·・&+]\s?|\.?\s(?:en|et|e|y|und|and|och|i|и|ve|dan|và|to|bis|tot|till|a|à|al|do|по|đến|ila)\s"
)
_HOURS_BEHIND = re.compile(r"\.?\s?[:(]?\s?\d{1,2}(?:[:.h]\d\d|\s?h\b|\s?[-–—]\s?\d{1,2}\b)")
_SHORT_DAY = re.compile(rf"(?<!\w)(?:[2-6]ª|t[2-7](?!\w)|(?:{LETTER}){{1,6}})")
#: Days by one character: "월~금", "土・日", "周一至五".
_DAYS_IN_A_ROW = re.compile(
    r"(?<![가-힣])[월화수목금토일](?:\s?[~〜–\-·・,/]\s?[월화수목금토일](?![가-힣]))+"
    r"|(?<![一-龥])[月火水木金土日](?:[~〜–\-、・,/から]{0,2}[月火水木金土日])+(?![一-龥])|[土日]{2}(?=祝)"
    r"|(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]\s?(?:至|到|[-–~〜、])\s?(?:周|週|星期)?[一二三四五六日天]"
)
_CHARACTERS = {char: day for row in ("월화수목금토일", "月火水木金土日", "一二三四五六日") for day, char in enumerate(row)} | {
    "天": 6
}


def short_weekdays(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield weekday, start and end of the weekdays that a table of opening hours in evidence shortens.

    Example:
        >>> [day for day, _, _ in short_weekdays("pn–pt 9:00-17:00, sb 9:00-13:00, nd nieczynne")]
        [0, 4, 5, 6]
    """
    for match in _DAYS_IN_A_ROW.finditer(text):
        for at in range(*match.span()):
            if text[at] in _CHARACTERS:
                yield _CHARACTERS[text[at]], at, at + 1
    tokens = [match for match in _SHORT_DAY.finditer(text) if match.group() in _short_days()]
    if not tokens:
        return
    best: list[tuple[int, int, int]] = []
    for language in data().short_weekdays:
        named = [
            (_short_days()[token.group()][language], *token.span())
            for token in tokens
            if language in _short_days()[token.group()]
        ]
        sure = set()
        for one, other in pairwise(named):
            if _TABLE_MARK.fullmatch(text, one[2], other[1]) and one[0] != other[0]:
                sure |= {one, other}
        sure |= {day for day in named if _HOURS_BEHIND.match(text, day[2])}
        if len({day for day, _, _ in sure}) < _ENOUGH_DAYS:
            continue
        whole = [day for day in named if day in sure or day[2] - day[1] > 1]
        best = max(best, whole, key=len)
    yield from best


@lru_cache(maxsize=1)
def _short_days() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for language, several in data().short_weekdays.items():
        for day, names in enumerate(several):
            for name in names:
                found.setdefault(normal(name), {})[language] = day
    return found


@lru_cache(maxsize=1)
def _common_languages() -> frozenset[str]:
    return frozenset(data().common)


def guess_languages(text: str, beside: str = "") -> tuple[str, ...]:
    """Return the languages that a normalised text may be in, by its scripts and its common words; English always.

    ``beside`` is taken as possible where the text has its script.

    Example:
        >>> guess_languages("die ware geht innerhalb von zwei wochen zurück")
        ('de', 'en')
    """
    found: list[str] = []
    for language, pattern in _SCRIPTS:
        if not pattern.search(text):
            continue
        if language != "latin":
            found.append("zh" if language == "zh" else language)
            continue
        votes: dict[str, int] = {}
        for token in TOKEN.findall(text[:4000]):
            for name in _common().get(token, ()):
                votes[name] = votes.get(name, 0) + 1
        best = sorted(votes, key=lambda name: -votes[name])[:_LATIN]
        found += [name for name in best if votes[name] * 2 >= votes[best[0]]]
        for language, letters in _LETTERS:
            if language not in found and letters.search(text):
                found.append(language)
        if base(beside) in _common_languages():
            found.append(base(beside))
    return tuple(dict.fromkeys([*found, "en"]))


def spoken_numbers(text: str, language: str) -> Iterator[Spoken]:
    """Yield the numbers that a normalised text says in words."""
    own = words(language)
    taken: list[tuple[int, int]] = []
    for phrase, value, kind in own.fixed:
        at = text.find(phrase)
        while at >= 0:
            end = at + len(phrase)
            if apart(text, at, end, language) and not any(s < end and at < e for s, e in taken):
                taken.append((at, end))
                hours = kind == "hour"
                yield Spoken(value / 24 if hours else value, at, end, "time day" if hours else kind)
            at = text.find(phrase, end)
    if own.joined:
        for match in own.joined.finditer(text):
            number = _joined_value(match.group(), own)
            if number and not any(s < match.end() and match.start() < e for s, e in taken):
                yield Spoken(Decimal(number), *match.span())
        return
    yield from _in_tokens(text, own, taken)


@lru_cache(maxsize=512)
def numbers_anywhere(text: str) -> frozenset[str]:
    """Return the numbers from two on that a normalised text may say in words of any of our Latin-script languages."""
    found: set[str] = set()
    tokens = TOKEN.findall(text)
    for language in _common_languages() - {"hi-Latn"}:
        own = words(language).numbers
        found.update(str(own[token]) for token in tokens if own.get(token, 0) > 1 and token not in _OTHER_WORDS)
        found.update(str(value) for phrase, value, kind in words(language).fixed if kind and value > 1 and phrase in text)
    return frozenset(found)


def apart(text: str, start: int, end: int, language: str) -> bool:
    """Whether a stretch is a word of its own, in languages that have spaces."""
    if is_joined(language):
        return True
    return not TOKEN.match(text, max(0, start - 1), start) and not TOKEN.match(text, end, end + 1)


def _joined_value(written: str, own: Words) -> int:
    total = current = at = 0
    while at < len(written):
        for size in (6, 5, 4, 3, 2, 1):
            part = written[at : at + size]
            if part in own.multiply:
                total += max(current, 1) * own.multiply[part]
                current = 0
                break
            if part in own.numbers:
                current = current + own.numbers[part] if current >= 10 else own.numbers[part]
                break
        else:
            return 0
        at += size
    return total + current


def _in_tokens(text: str, own: Words, taken: list[tuple[int, int]]) -> Iterator[Spoken]:
    joins = data().join
    value, start, end = Decimal(0), -1, -1  # of the number that is being read
    held = -1  # where a word that may join it to more ends: "treinta y uno"
    for match in TOKEN.finditer(text):
        word = match.group()
        if word[0] == "و" and word not in own.numbers and word[1:] in own.numbers:
            word = word[1:]  # the Arabic "and" is written with the next word
        number, factor = own.numbers.get(word), own.multiply.get(word)
        adjacent = start >= 0 and match.start() - max(end, held) <= 1
        if adjacent and word in joins and number is None:
            held = match.end()
            continue
        if adjacent and word in own.halves:
            value, end = value + _HALF, match.end()
            continue
        if adjacent and word in own.teen:
            value, end = value + 10, match.end()
            continue
        if adjacent and factor and (number is None or value < number):  # "quatre-vingt" is a product, "cent vingt" is none
            value, end = value * factor, match.end()
            continue
        if adjacent and number is not None and value in own.above and _TEN <= number < 2 * _TEN:
            value, end = value + number, match.end()
            continue
        if adjacent and number is not None and value >= _HUNDRED and value % _HUNDRED == 0 and number < _HUNDRED:
            value, end = value + number, match.end()
            continue
        if adjacent and number is not None and value >= 10 and value % 10 == 0 and number < 10:
            value, end = value + number, match.end()
            continue
        if adjacent and number is not None and number >= 20 and value < 10 and number % 10 == 0 and word[0] >= "\u0600":
            value, end = value + number, match.end()  # "خمسة وعشرين"; "five and twenty" are two elsewhere
            continue
        if start >= 0:
            yield Spoken(value, start, end)
            start = -1
        if number is not None and not any(s < match.end() and match.start() < e for s, e in taken):
            value, start, end = Decimal(number), match.start(), match.end()
        elif factor and factor >= 100:
            value, start, end = Decimal(factor), match.start(), match.end()
    if start >= 0:
        yield Spoken(value, start, end)


@lru_cache(maxsize=64)
def month_names(language: str) -> dict[str, int]:
    """Return the months by their names in a language, normalised and without the point of a short form."""
    tag = "en" if language == "hi-Latn" else language
    named = months_of(tag)[0] | data().months.get(base(tag), {})
    return {normal(name).rstrip("."): month for name, month in named.items() if len(name.rstrip(".")) > 1}


@lru_cache(maxsize=64)
def ordinal_days(language: str) -> dict[str, int]:
    """Return the days of a month by their ordinal numbers in words, normalised."""
    return {normal(word): day for day, word in enumerate(data().ordinals.get(base(language), ()), start=1)}


@lru_cache(maxsize=1)
def large_words() -> dict[str, list[tuple[str, int]]]:
    """Return words that multiply the number before them, by their first letter, the longer first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for word, factor in sorted(data().large.items(), key=lambda row: -len(row[0])):
        found.setdefault(normal(word)[:1], []).append((normal(word), factor))
    return found


@lru_cache(maxsize=64)
def between(language: str) -> frozenset[str]:
    """Return the words that bind two numbers to a range in a language."""
    several = data().between
    return frozenset(normal(word) for word in (*several["all"], *several.get(base(language), ())))


def half_behind(text: str, end: int, languages: Iterable[str], *, number: bool = False) -> int:
    """Return where an "and a half" ends that follows a unit (or a ``number``) which ends at ``end``; ``end`` where none does.

    Example:
        >>> half_behind("un año y medio.", 6, ("es",)), half_behind("un año y", 6, ("es",))
        (14, 6)
    """
    at = end + (text[end : end + 1] == " ")
    for language in languages:
        for phrase in (data().halves if number else data().half).get(base(language), ()):
            stop = at + len(phrase)
            if text.startswith(phrase, at) and apart(text, at, stop, language):
                return stop
    return end


@lru_cache(maxsize=1)
def counted() -> tuple[str, ...]:
    """Return the words before a number that only counts steps or choices."""
    return tuple(normal(word) for word in data().counted)
