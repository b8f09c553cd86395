"""Contact data in a text, also where it is disguised: spaced out, spelled out, with other scripts' letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import load_yaml
from cs_assist.guard.normal import Normal, looks_latin
from cs_assist.guard.words import WordFile, load_words, word_language

__all__ = ["CONTACT", "WORDS", "Contact", "ContactNames", "contacts", "is_series", "load_contact_names"]

CONTACT = Path(__file__).parent / "rules" / "contact.yaml"
WORDS = Path(__file__).parent / "rules" / "words"
Kind = Literal["email", "phone", "link", "messenger", "handle"]

_ADDRESS = re.compile(r"(?<![a-z0-9_.+-])[a-z0-9_.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_URL = re.compile(r"(?:https?://|hxxps?://|www\.)[^\s<>\"'。，、）)]{2,300}")
_DOMAIN = re.compile(
    r"(?<![a-z0-9@._-])(?:[a-z0-9-]{1,63}\.){1,4}(?P<tld>[a-z]{2,10})(?![a-z0-9_-]|\.\w)(?:/[^\s<>\"'。，]{0,200})?"
)
_HANDLE = re.compile(r"(?<![\w@./])@[a-z0-9_](?:[a-z0-9_.]{1,28})[a-z0-9_](?![\w@])")
_SPACED = re.compile(r"(?<![\w@+])[\w@+](?:[ \t._*|/~·•,-]{1,3}[\w@+](?!\w)){5,60}")
_DIGITS = re.compile(r"(?<![a-z0-9_.,:/#-])\+?\(?\d(?:[ ().\-/·]{0,3}\d){6,18}(?![a-z0-9_-]|[.,]\d)")
_GROUP = re.compile(r"\d+")
_DATE = re.compile(
    r"\d{4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,2}.*|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{2,4}.*"
    r"|\d{1,2}(?:[.:]\d{2})?\s?[-–]\s?\d{1,2}(?:[.:]\d{2})?|(?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d",
)
_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}|\d{2}-\d{5}-\d{5}")
_AMOUNT = re.compile(r"\d{1,3}(?:[ .,'’]\d{3})+")
#: The messenger, not the line of goods nor the friends.
_LINE = re.compile(r"(?<![a-z0-9])line(?![a-z0-9])(?!\s?(?:friends|スタンプ|貼圖|stickers))")
#: A way to pay, or what else the goods do with the app.
_PAYS = re.compile(
    r"\s?(?:pay(?![a-z])|支付|零钱|零錢|wallet|钱包|錢包|ペイ|페이|小程序|小程式|运动|運動|步数|步數|推送|来电|來電|登录|登入)"
)
_LEET = str.maketrans("01345$@7", "oleass" + "at")
#: Ends of names that no sentence goes on with: "to the point, in fact" is no host, "shop point com" is one.
_SAID_TLDS = "com|net|org|info|biz|shop|store|online|de|fr|es|it|nl|pl|ru|jp|cn|uk"
_LEFT, _MIN, _MAX = 40, 8, 15
#: Words among the digits of a number by which it is said, where nothing calls it one.
_SAID = 4
#: Groups that make a series of sizes, and how far one is from the next at most.
_MIN_SERIES, _STEP = 4, 10
#: Looked at in one text, of each kind: a text of a million characters ends too.
_CANDIDATES = 1000


@dataclass(frozen=True)
class Contact:
    """A way to reach somebody outside the conversation; the span is the original text's."""

    kind: Kind
    start: int
    end: int
    shown: str


class ContactNames(BaseModel):
    """The names that lead elsewhere, and the addresses that do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Long enough to be found with gaps, other letters and digits for letters.
    messengers: tuple[str, ...]
    #: So are these, but as they stand goods are called after them: then the words around must lead there (the sets
    #: ``messenger`` of the languages, and ``cued``).
    in_disguise: tuple[str, ...]
    #: Names in other scripts, found as they stand.
    native: tuple[str, ...]
    #: Regular expressions of names that are words too, with what makes them a name.
    cued: tuple[str, ...]
    #: Short name that is the messenger wherever it stands alone in these languages.
    line_languages: tuple[str, ...]
    #: What makes the mention of a messenger a feature of the goods.
    features: tuple[str, ...]
    tlds: tuple[str, ...]
    #: Names of goods and services that are written like a host; with a path they are one.
    no_hosts: frozenset[str]
    #: By platform, the ends of host names that stay on it.
    own: dict[str, tuple[str, ...]]
    carriers: tuple[str, ...]


@cache
def load_contact_names(path: Path = CONTACT) -> ContactNames:
    """Return the shipped names, read once."""
    return load_yaml(path, ContactNames)


def contacts(
    text: str,
    language: str,
    *,
    market: str | None = None,
    platform: str | None = None,
    evidence: Iterable[str] = (),
    plain: Normal | None = None,
    led_to: Iterable[tuple[int, int]] = (),
) -> tuple[Contact, ...]:
    """Return the contact data in ``text``, in order and without overlap.

    Args:
        text: A reply.
        language: Its BCP 47 tag: for how it says digits, "at" and "dot", and calls a telephone or an order.
        market: The country whose numbers may stand without their country code.
        platform: Its own addresses are no way out.
        plain: ``Normal(text)`` where it was made already.
        evidence: Order facts; a bare number that stands there and that nothing calls a phone number is none.
        led_to: Where the language's own words lead to a messenger (its set ``messenger``), in spans of ``plain``.
    """
    plain = plain or Normal(text)
    latin = Normal(text, homoglyphs=True) if any(map(looks_latin, set(plain.text))) else plain
    found: list[Contact] = []

    def keep(kind: Kind, seen: Normal, start: int, end: int) -> None:
        first, last = seen.span(start, end)
        if last > first and not any(c.start < last and first < c.end for c in found[-200:]):
            found.append(Contact(kind, first, last, text[first:last]))

    language = word_language(language, WORDS)
    tools = _tools(language)
    for seen in dict.fromkeys((latin, plain)):
        for start, end in _addresses(seen.text, tools):
            keep("email", seen, start, end)
    for start, end in led_to:
        keep("messenger", plain, start, end)
    for seen, start, end in _messengers(latin, plain, text, language):
        keep("messenger", seen, start, end)
    for seen in dict.fromkeys((latin, plain)):
        for start, end in _links(seen.text, text, seen, tools, platform):
            keep("link", seen, start, end)
    for match in _some(_HANDLE, latin.text):
        if not match.group()[1:].isdigit():
            keep("handle", latin, *match.span())
    for start, end in _phones(plain.text, tools, market, frozenset(_runs(evidence))):
        keep("phone", plain, start, end)
    return tuple(sorted(found, key=lambda c: c.start))


def _some(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _CANDIDATES:
            return
        yield match


@dataclass(frozen=True)
class _Tools:
    """The patterns of one language, made once."""

    at: re.Pattern[str]
    dotted: re.Pattern[str]
    tail: re.Pattern[str]
    spelled: re.Pattern[str]
    digit: dict[str, str]
    phone: re.Pattern[str]
    number: re.Pattern[str]
    pieces: re.Pattern[str]
    tens: _Tens | None


@dataclass(frozen=True)
class _Tens:
    """The patterns of a language that says telephone numbers by number words above nine.

    Attributes:
        run: Number words in a row.
        one: One of them.
        value: What each is in digits.
    """

    run: re.Pattern[str]
    one: re.Pattern[str]
    value: dict[str, str]


_ENGLISH = ("zero|oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@cache
def _tools(language: str) -> _Tools:
    words = load_words(WORDS, language)
    spaced = language.split("-")[0] not in ("zh", "ja", "th", "ko")
    edge = r"(?!\w)" if spaced else ""
    at = "|".join(map(re.escape, (*dict.fromkeys([*words.sets.get("say_at", ()), "at"]),)))
    dot = "|".join(map(re.escape, (*dict.fromkeys([*words.sets.get("say_dot", ()), "dot"]),)))
    tlds = "|".join(load_contact_names().tlds)
    open_, close = r"[(\[{<*_]\s?", r"\s?[)\]}>*_]"
    shut_dot, bare_dot = rf"\s?{open_}(?:{dot}|\.){close}\s?", rf"\s{{1,2}}(?:{dot})\s{{1,2}}"
    say_dot = rf"(?:{shut_dot}|{bare_dot})"
    say_at = rf"(?:\s?{open_}(?:{at}|@){close}\s?|\s{{1,2}}(?:{at}|@)\s{{1,2}})"
    host = rf"[\w-]{{2,40}}(?:(?:{say_dot}|\.)[\w-]{{2,40}}){{0,2}}"
    digit: dict[str, str] = {}
    for row in (_ENGLISH, words.digits):
        for value, names in enumerate(row):
            digit |= {name: str(value) for name in names.split("|")}
    names = "|".join(sorted(map(re.escape, digit), key=len, reverse=True))
    one = rf"(?:(?:{names}){edge}|\d)"
    first = rf"(?:(?<!\w){one}|\d)" if spaced else one

    def cue(name: str) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, words.sets.get(name, ()))) or r"(?!)")

    return _Tools(
        at=re.compile(say_at),
        dotted=re.compile(
            rf"(?<!\w)[\w-]{{2,40}}(?:{shut_dot}(?:[\w-]{{2,40}}{shut_dot})?(?:{tlds})|{bare_dot}(?:{_SAID_TLDS}))(?![a-z0-9-])"
        ),
        tail=re.compile(rf"{host}(?:{say_dot}|\.)(?:{tlds})(?![a-z0-9-])"),
        spelled=re.compile(rf"{first}(?:[\s,.\-–·/、]{{0,3}}{one}){{6,24}}"),
        digit=digit,
        phone=cue("phone_cue"),
        number=cue("id_cue"),
        pieces=re.compile(rf"{names}|\d"),
        tens=_by_tens(words, digit) if words.tens else None,
    )  # fmt: skip


def _by_tens(words: WordFile, digit: dict[str, str]) -> _Tens:
    value = digit | {name: str(number) for number, names in words.tens.items() for name in names.split("|")}
    names = "|".join(sorted(map(re.escape, value), key=len, reverse=True))
    one = rf"(?:{names}|\d{{1,3}})(?!\w)"
    return _Tens(
        run=re.compile(rf"(?<!\w)(?:{one}(?:[\s,.\-–·/]{{1,3}}|\set\s)){{3,24}}{one}"),
        one=re.compile(rf"(?<!\w){one}"),
        value=value,
    )


def _addresses(text: str, tools: _Tools) -> Iterator[tuple[int, int]]:
    if "@" in text:
        for match in _some(_ADDRESS, text):
            yield match.span()
    for match in _some(tools.at, text):
        left = re.search(r"[a-z0-9_.+-]{1,64}$", text[max(0, match.start() - 64) : match.start()])
        right = tools.tail.match(text, match.end())
        if left and right and (_disguised(match.group()) or "." not in right.group()):
            yield match.start() - len(left.group()), right.end()
    for start, end, joined in _spaced_out(text):
        if "@" in joined:
            yield start, end


def _disguised(sign: str) -> bool:
    """Tell a sign in brackets, or with blanks around it, from a bare word: "at shop.example" is a place."""
    return not sign.strip().isalpha()


def _links(text: str, original: str, seen: Normal, tools: _Tools, platform: str | None) -> Iterator[tuple[int, int]]:
    names = load_contact_names()
    own = (*names.own.get(platform or "", ()), *names.carriers)
    if "://" in text or "www." in text:
        for match in _some(_URL, text):
            host = re.sub(r"^(?:h\w+://)?", "", match.group()).split("/")[0].split("?")[0].rstrip(".,;:!")
            if not _belongs(host, own):
                end = match.end() - (len(match.group()) - len(match.group().rstrip(".,;:!?")))
                yield match.start(), end
    tlds = frozenset(names.tlds)
    for match in _some(_DOMAIN, text):
        if match["tld"] not in tlds or _belongs(match.group().split("/")[0], own) or match.group() in names.no_hosts:
            continue
        first, last = seen.span(match.start("tld"), match.end("tld"))
        if not original[first:last].istitle() or "/" in match.group():
            yield match.span()  # "arrived.It" lacks a space, "shop.it" is a host
    for match in _some(tools.dotted, text):
        yield match.span()
    for start, end, joined in _spaced_out(text):
        if re.fullmatch(rf"(?:www)?[a-z0-9-]{{3,40}}(?:{'|'.join(names.tlds)})", joined) and "." in text[start:end]:
            yield start, end


def _belongs(host: str, ends: Iterable[str]) -> bool:
    return any(host == end or host.endswith("." + end) for end in ends)


def _spaced_out(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the runs of single letters, "w h a t s", with what they spell."""
    for match in _some(_SPACED, text):
        joined = re.sub(r"[^\w@+]|_", "", match.group())
        if not joined.isdigit():
            yield match.start(), match.end(), joined


@cache
def _messenger_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = load_contact_names()
    gap = r"[\s._*|'/\-]{0,2}"
    leet = {"a": "[a4@]", "e": "[e3]", "i": "[i1!]", "o": "[o0]", "s": "[s5$z]", "t": "[t7]", "l": "[l1]"}
    known = (*names.messengers, *names.in_disguise)
    gapped = "|".join(gap.join(leet.get(c, re.escape(c)) for c in name) for name in known)
    native = "|".join(map(re.escape, names.native))
    return (
        re.compile(rf"(?<![a-z0-9])(?:{gapped})(?![a-z])"),
        re.compile(native),
        re.compile("|".join(names.cued)),
        re.compile("|".join(map(re.escape, names.features))),
    )


def _messengers(latin: Normal, plain: Normal, text: str, language: str) -> Iterator[tuple[Normal, int, int]]:
    names = load_contact_names()
    gapped, native, cued, _ = _messenger_patterns()
    for match in _some(gapped, latin.text):
        shown = slice(*latin.span(*match.span()))
        if text[shown].lower() not in names.in_disguise and not _harmless(plain.text, *match.span()):
            yield latin, *match.span()
    for pattern in (cued, *([_LINE] if language in names.line_languages else [])):
        for match in _some(pattern, latin.text):
            if not _harmless(plain.text, *match.span()):
                yield latin, *match.span()
    for match in _some(native, plain.text):
        if not _harmless(plain.text, *match.span()):
            yield plain, *match.span()
    known = (*names.messengers, *names.in_disguise, "wechat", "lineid", "viber", "zalo")
    for start, end, joined in _spaced_out(latin.text):
        spelled = joined.translate(_LEET)
        if any(name in spelled or name in joined for name in known):
            yield latin, start, end


def _harmless(text: str, start: int, end: int) -> bool:
    """Tell a way to pay ("WeChat Pay") and a feature of the goods from a way to write to us."""
    features = _messenger_patterns()[3]
    return bool(_PAYS.match(text, end) or features.search(text, max(0, start - _LEFT), end + _LEFT))


def _runs(evidence: Iterable[str]) -> Iterator[str]:
    for text in evidence:
        for match in re.finditer(r"\d[\d ().\-–/]{4,30}\d", Normal(text).text):
            yield "".join(_GROUP.findall(match.group()))


def _phones(text: str, tools: _Tools, market: str | None, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    for match in _some(_DIGITS, text):
        shown = match.group()
        number = "".join(_GROUP.findall(shown))
        if not _MIN - 1 <= len(number) <= _MAX or _DATE.fullmatch(shown) or _ORDER.fullmatch(shown) or is_series(shown):
            continue
        before = text[max(0, match.start() - _LEFT) : match.start()]
        cues = [m.end() for m in tools.phone.finditer(before)]
        ids = [m.end() for m in tools.number.finditer(before)]
        called = bool(cues) and max(cues) >= max(ids, default=0)
        named = called and (" " in shown or not _AMOUNT.fullmatch(shown))
        # The evidence has order and tracking numbers, but no parcel's number begins with a plus.
        if named or (not ids and (number not in known or shown.startswith("+")) and _shaped(shown, number, market)):
            yield match.span()
    for match in _some(tools.spelled, text):
        values = [tools.digit.get(m.group(), m.group()) for m in tools.pieces.finditer(match.group())]
        said = sum(not m.group().isdigit() for m in tools.pieces.finditer(match.group()))
        if len(values) < _MIN - 1:
            continue
        surely = said >= _SAID or (said >= _SAID - 1 and len(values) > _MIN)
        if surely or (said and tools.phone.search(text, max(0, match.start() - _LEFT), match.start())):
            yield match.span()
    yield from _in_tens(text, tools)


def _in_tens(text: str, tools: _Tools) -> Iterator[tuple[int, int]]:
    """Yield telephone numbers that are said by tens and hundreds: "zéro six douze trente-quatre ...".

    They begin with a nought, or something calls them one: a list of sizes does neither.
    """
    if tools.tens is None:
        return
    for match in _some(tools.tens.run, text):
        pieces = [m.group() for m in tools.tens.one.finditer(match.group())]
        digits = _together([tools.tens.value.get(piece, piece) for piece in pieces])
        called = tools.phone.search(text, max(0, match.start() - _LEFT), match.start())
        in_words = sum(not piece.isdigit() for piece in pieces) >= _SAID
        if in_words and _MIN <= len(digits) <= _MAX and (digits.startswith("0") or called):
            yield match.span()


def _together(values: list[str]) -> str:
    """Return the digits that number words make: "30", "4" are 34, "100", "20", "3" are 123."""
    made = [""]
    for value in values:
        noughts = "0" * len(value)
        if len(made[-1]) > len(value) and made[-1].endswith(noughts) and value != "0":
            made[-1] = made[-1][: -len(value)] + value
        else:
            made.append(value)
    return "".join(made)


def is_series(shown: str) -> bool:
    """Tell whether groups of digits only count on: sizes ("36 38 40 42 44"), not a telephone number.

    Example:
        >>> is_series("36 38 40 42 44"), is_series("06 12 34 56 78")
        (True, False)
    """
    groups = _GROUP.findall(shown)
    if len(groups) < _MIN_SERIES or any(len(group) > 3 or group[0] == "0" for group in groups):
        return False
    steps = [int(after) - int(before) for before, after in pairwise(groups)]
    return all(0 < step <= _STEP for step in steps) or all(-_STEP <= step < 0 for step in steps)


def _shaped(shown: str, number: str, market: str | None) -> bool:
    """Tell whether digits look like a phone number although nothing says so."""
    if shown.startswith(("+", "00")) or re.match(r"\(\+?\d{1,4}\)", shown):
        return len(number) >= _MIN
    if _AMOUNT.fullmatch(shown) or len(number) < _MIN:
        return False
    parted = len(_GROUP.findall(shown)) >= 2
    if number[0] == "0" and 9 <= len(number) <= 11:
        return True
    if market in ("CN", None) and re.fullmatch(r"1[3-9]\d{9}", shown):
        return True
    return parted and len(number) >= 9 and _valid(number, market)


def _valid(number: str, market: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, market or "US"))
    except phonenumbers.NumberParseException:
        return False
