"""Countries that a text names, by their names in its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import ahocorasick
from babel import Locale, UnknownLocaleError

from cs_assist.guard.normal import Normal, normal
from cs_assist.guard.spoken import TOKEN, base, data, is_joined

__all__ = ["CountryNames", "countries", "is_wide", "named"]

#: Countries that shops write of; names of the others are too often other words.
_CODES = [
    code
    for row in (
        "AE AL AR AT AU BA BD BE BG BO BR BY CA CH CL CN CO CR CY CZ DE DK DO DZ EC EE EG ES ET FI FR GB GR GT HK HR HU",
        "ID IE IL IN IS IT JP KE KH KR KW KZ LK LT LU LV MA MK MM MX MY NG NL NO NP NZ PE PH PK PL PT PY QA RO RS RU SA",
        "SE SG SI SK TH TN TR TW UA US UY UZ VE VN ZA",
    )
    for code in row.split()
]
#: Names that are other words, too: "you", "shirt", "an idea", "thaw", "handing over".
_DOUBTFUL = {
    "anh",
    "áo",
    "ý",
    "인도",
    "india timur",
    "pérou",
    "peru",
    "turkey",
    "turki",
    "us",
    "it",
    "indie",
    "dania",
    "هند",
    "เช็ก",
    "kuba",
}
#: What stands behind a name that then is none: a language, a post, a currency.
#: A people, a language, a currency; Northern Ireland, which is no part of Ireland.
_NOT_BEFORE = (
    "語", "语", "文", "郵便", "円", "人", "邮政", "어", "式", " du nord", " del norte", " del nord", " do norte", " północn",
    " utara", "เหนือ",
)  # fmt: skip
_NOT_AFTER = (
    "ภาษา", "ดอลลาร์", "ไปรษณีย์", "คน", "phiếu ", "tiếng ", "bahasa ", "northern ", "noord-", "северная ", "северной ", "северную ",
    "kuzey ", "उत्तरी ", "北", "bắc ", "북",
)  # fmt: skip
_KATAKANA = re.compile(r"[ァ-ヺー]")
_INFLECTED = {"ru": 1, "pl": 1, "tr": 0, "de": 0, "sv": 0, "ko": 0}
_ENDING = 4
_ISO = {**{code: code for code in _CODES}, "UK": "GB", "JP": "JP"}
_LOCALES = {"zh": ("zh-Hans", "zh-Hant"), "hi-Latn": ("en", "hi-Latn")}


def countries(seen: Normal, original: str, language: str) -> Iterator[tuple[str, int, int]]:
    """Yield code, start and end (in ``seen.text``) of the countries that a text in ``language`` names."""
    automaton = _names(base(language))
    if automaton is None:
        return
    joined, ending = is_joined(language), _INFLECTED.get(base(language), -1)
    last = -1
    for end, (code, name) in automaton.iter_long(seen.text):
        start, stop = end - len(name) + 1, end + 1
        if start < last:
            continue
        if not joined:
            if TOKEN.match(seen.text, max(0, start - 1), start):
                continue
            tail = TOKEN.match(seen.text, stop, stop + _ENDING + 1)
            length = tail.end() - stop if tail else 0
            if length > (_ENDING if ending >= 0 else 0):
                continue
            first = original[seen.span(start, stop)[0]]
            if first.islower():
                continue  # a name begins with a capital where the script has them
        if _KATAKANA.match(name) and (_KATAKANA.match(seen.text, start - 1, start) or _KATAKANA.match(seen.text, stop, stop + 1)):
            continue  # "タイ" in "タイプ", "スタイル"
        if seen.text.startswith(_NOT_BEFORE, stop) or seen.text[max(0, start - 9) : start].endswith(_NOT_AFTER):
            continue
        last = stop
        yield code, start, stop


def named(seen: Normal, original: str) -> Iterator[tuple[str, int, int]]:
    """Yield code, start and end of the countries that evidence names in any of our languages.

    Read widely, since it only bears a reply out: names that are other words, too, their peoples ("Brazilian
    Portuguese") and codes ("SG warehouse") count.
    """
    last = -1
    for end, (code, name) in _all_names().iter_long(seen.text):
        start, stop = end - len(name) + 1, end + 1
        if start >= last and (not name[0].isascii() or not TOKEN.match(seen.text, max(0, start - 1), start)):
            last = stop
            yield code, start, stop
    for token in TOKEN.finditer(seen.text):
        for code in _cities().get(token.group(), ()):
            yield code, *token.span()
        for code in _peoples().get(token.group()[:4], ()):
            yield code, *token.span()
        if len(token.group()) == 2 and token.group().upper() in _ISO:
            first, until = seen.span(*token.span())
            if original[first:until].isupper():
                yield _ISO[token.group().upper()], *token.span()


#: What stands before a country, or after it, that something comes from: what is asked then is not how it gets there.
_FROM = {
    "en": "from", "de": "aus|von|vom", "fr": "depuis|de|du|des|d'", "es": "desde|de|del", "it": "dal|dalla|dall'|dagli|da",
    "pt": "do|da|dos|das|de", "nl": "uit|van|vanuit", "sv": "från", "pl": "z|ze", "ru": "из|с|со", "id": "dari",
    "ms": "dari|daripada", "vi": "từ", "th": "จาก", "zh": "从|從|由|自", "ar": "من", "hi-Latn": "from",
}  # fmt: skip
_FROM_AFTER = {"ja": "から|より|発|産", "ko": "에서|발|산", "hi": r"\s*से", "hi-Latn": r"\s*se\b", "tr": r"'?[dt][ae]n\b"}
_ARTICLE = r"(?:(?:the|die|der|den|dem|la|le|les|l'|el|los|las|il|lo|gli|o|os|as|de)\s*)?"
_LAST_WORDS = 16  # characters before a country that are looked at


class CountryNames:
    """The countries that texts name.

    Example:
        >>> CountryNames().asked("Was kostet der Versand aus Polen nach Österreich?", "de")
        frozenset({'AT'})
    """

    def asked(self, text: str, language: str) -> frozenset[str]:
        """Return the codes of the countries that a message in a language names, but for those that something comes from."""
        seen, spoken = Normal(text), language if language in _FROM_AFTER else base(language)
        start_of_word = "" if is_joined(spoken) else r"(?:^|\W)"
        before = re.compile(rf"{start_of_word}(?:{_FROM.get(spoken, '(?!)')})\s*{_ARTICLE}$")
        after = re.compile(_FROM_AFTER.get(spoken, "(?!)"))
        return frozenset(
            code
            for code, start, end in countries(seen, text, language)
            if not before.search(seen.text[max(0, start - _LAST_WORDS) : start]) and not after.match(seen.text, end)
        )

    def told(self, text: str) -> frozenset[str] | None:
        """Return the codes of the countries that a text in any of our languages speaks of; None for a region of many."""
        seen = Normal(text)
        return None if is_wide(seen.text) else frozenset(code for code, _, _ in named(seen, text))


@lru_cache(maxsize=1)
def _all_names() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for language in sorted({*data().common, "zh", "ja", "ko", "th", "ar", "hi", "ru"}):
        for tag in _LOCALES.get(language, (language,)):
            territories = Locale.parse(tag, sep="-").territories
            for code in _CODES:
                for name in (territories.get(code, ""), *data().countries.get(code, ())):
                    shown = normal(name.split("(")[0].strip())
                    cut = 1 if len(shown) > 5 and shown.isalpha() and shown[-1] in "аяьыеaey" else 0
                    if len(shown) > 2 or (shown and not shown.isascii()):
                        automaton.add_word(shown[: len(shown) - cut], (code, shown[: len(shown) - cut]))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1)
def _peoples() -> dict[str, list[str]]:
    """Return country codes by the first four letters of the words for their people, language and goods."""
    found: dict[str, list[str]] = {}
    for code, several in data().peoples.items():
        for word in several:
            found.setdefault(normal(word)[:4], []).append(code)
    return found


@lru_cache(maxsize=1)
def _cities() -> dict[str, list[str]]:
    """Return country codes by the large cities whose names are one word."""
    found: dict[str, list[str]] = {}
    for code, several in data().cities.items():
        for name in several:
            found.setdefault(normal(name), []).append(code)
    return found


@lru_cache(maxsize=32)
def _names(language: str) -> ahocorasick.Automaton | None:
    automaton = ahocorasick.Automaton()
    for tag in _LOCALES.get(language, (language,)):
        try:
            territories = Locale.parse(tag, sep="-").territories
        except (UnknownLocaleError, ValueError):
            continue
        cut = _INFLECTED.get(language, 0)
        for code in _CODES:
            for name in (territories.get(code, ""), *data().countries.get(code, ())):
                shown = normal(name.split("(")[0].strip())
                if len(shown) < 2 or shown in _DOUBTFUL:
                    continue
                if cut and len(shown) > 5 and shown.isalpha() and shown[-1] in "аяьыеaey":
                    shown = shown[:-cut]
                automaton.add_word(shown, (code, shown))
    if not len(automaton):
        return None
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1)
def _wide() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word in data().wide:
        automaton.add_word(normal(word), normal(word))
    automaton.make_automaton()
    return automaton


def is_wide(text: str) -> bool:
    """Whether a normalised text speaks of a region of many countries: the EU, the whole world."""
    for end, word in _wide().iter(text):
        start = end - len(word) + 1
        bounded = not TOKEN.match(text, max(0, start - 1), start) and not TOKEN.match(text, end + 1, end + 2)
        if bounded or not word.isascii():
            return True
    return False
