"""What a text states that can be checked: amounts, times, dates, sizes, codes, contact data, countries."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache

from cs_assist.guard import fact_patterns as P
from cs_assist.guard import spoken
from cs_assist.guard.countries import countries, named
from cs_assist.guard.dates import dates, days_before, era_year, months, named_dates, short_dates
from cs_assist.guard.hours import hours_meant, opening_hours
from cs_assist.guard.normal import Normal
from cs_assist.guard.spoken import TOKEN, Spoken, apart, data, guess_languages, short_weekdays, spoken_numbers, weekdays, words
from cs_assist.quantities import NUMBER, currency_before, plain, to_decimal, unit_after

__all__ = ["Fact", "Reading", "read", "sentences"]

_HALF = Decimal("0.5")
#: Letters of a currency's code and a blank.
_CODE_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a text states.

    ``kind`` is one of ``link``, ``email``, ``phone``, ``code``, ``size``, ``date``, ``time`` (of day), ``weekday``, ``day``
    (from today), ``country``, ``year``, ``number`` (without a known unit), or as in
    :class:`~cs_assist.quantities.Quantity`. ``values`` are what it may mean, or the two ends of a range where ``range``
    is true. ``start`` and ``end`` count characters of the normalised text. ``soft`` facts ("a day", "A4") are too common
    to hold a text back for.
    """

    kind: str
    values: tuple[str, ...]
    start: int
    end: int
    range: bool = False
    soft: bool = False
    word: bool = False


@dataclass(frozen=True)
class Reading:
    """A text with its normal form, its sentences and its facts, in order."""

    text: str
    seen: Normal = field(repr=False)
    languages: tuple[str, ...]
    facts: tuple[Fact, ...]
    sentences: tuple[tuple[int, int], ...]

    @cached_property
    def squeezed(self) -> str:
        """The letters and digits of the text alone, to look codes up in."""
        return "".join(c for c in self.seen.text if c.isalnum())

    def sentence_of(self, place: int) -> int:
        """Return the number of the sentence that a place of the normalised text is in."""
        return next((n for n, (_, end) in enumerate(self.sentences) if place < end), len(self.sentences) - 1)

    def within(self, sentence: int) -> list[Fact]:
        """Return the facts of one sentence."""
        start, end = self.sentences[sentence]
        return [fact for fact in self.facts if start <= fact.start < end]


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the sentences of a normalised text.

    Example:
        >>> sentences("it takes 3.5 days. thank you!")
        ((0, 18), (19, 29))
    """
    ends = [match.end() for match in P.END.finditer(text)]
    spans, start = [], 0
    for end in [*ends, len(text)]:
        if end > start:
            if text[start:end].strip(" \t\n;；•"):
                first = start
                spans.append((first, end if end == len(text) else _stripped(text, first, end)))
            start = end
    return tuple(spans) or ((0, len(text)),)


def _stripped(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def read(text: str, language: str | None = None, *, beside: str = "") -> Reading:
    """Return the facts of a text.

    Args:
        text: Any text.
        language: BCP 47, where it is known; then only its own words for numbers count. Otherwise the text is taken as
            evidence: the words of each language that it may be in count, also without a unit behind them.
        beside: The language of the reply that evidence is read for: a shop's facts are too short to tell theirs.
    """
    return _read_as_evidence(text, beside) if language is None else _read(text, language)


@lru_cache(maxsize=512)
def _read_as_evidence(text: str, beside: str) -> Reading:
    return _read(text, None, beside)


def _read(text: str, language: str | None, beside: str = "") -> Reading:
    # else "12，925" would be one number, and "SALE15：15%" one code
    seen = Normal(P.CODE_WITH_COLON.sub(r"\1、", text.replace("，", "、")))
    languages = (
        guess_languages(seen.text, beside) if language is None else ("hi-Latn", "en") if language == "hi-Latn" else (language,)
    )
    reader = _Reader(text, seen, languages, evidence=language is None)
    return Reading(text, seen, languages, reader.read(), sentences(seen.text))


class _Reader:
    """Reads one text, from what is certain to what is not; what is read once is taken."""

    def __init__(self, original: str, seen: Normal, languages: tuple[str, ...], *, evidence: bool) -> None:
        self._original = original
        self._seen = seen
        self._text = seen.text
        self._languages = languages
        self._evidence = evidence
        self._taken = bytearray(len(self._text) + 1)
        self._found: list[Fact] = []

    def read(self) -> tuple[Fact, ...]:
        """Return the facts in order."""
        self._contacts()
        digits = any(c.isdigit() for c in self._text)
        if digits:
            self._dates()
        self._named_dates()
        if digits:
            for match in P.MONTH_ALONE.finditer(self._text):
                if 1 <= int(match[1]) <= 12:
                    self._add("month", (f"{int(match[1]):02}",), *match.span())
            if self._evidence:
                for match in P.YEAR_AND_MONTH.finditer(self._text):
                    self._found.append(Fact("year", (match["year"],), *match.span("year")))
                    self._add("month", (f"{int(match['month']):02}",), *match.span())
            else:
                for match in P.DAY_OF_MONTH.finditer(self._text):
                    if 1 <= int(match["day"]) <= 31 and unit_after(self._text, match.end()) is None:
                        self._add("day of month", (match["day"],), *match.span("day"))
            for at, start, end in opening_hours(self._text):
                self._add("time", (str(at),), start, end)
            self._times()
            self._dimensions()
            self._joined_amounts(P.JOINED_AMOUNTS)
            self._phones_and_codes()
            self._numbers()
            if self._evidence:
                self._found += [Fact("date", values, start, end) for values, start, end in short_dates(self._text)]
        self._joined_amounts(P.TENTHS_IN_WORDS)
        for language in self._languages:
            self._spoken(language)
            self._calendar_words(language)
            if not self._evidence:
                for code, start, end in countries(self._seen, self._original, language):
                    self._add("country", (code,), start, end)
        if self._evidence:
            days = dict.fromkeys([*weekdays(self._text), *short_weekdays(self._text)])
            self._found += [Fact("weekday", (str(day),), start, end) for day, start, end in days]
            self._found += [Fact("country", (code,), start, end) for code, start, end in named(self._seen, self._original)]
            known = [(fact.kind, fact.values, fact.start, fact.end) for fact in self._found]
            self._found += [Fact("time", (str(at),), start, end) for at, start, end in hours_meant(self._text, known)]
        self._sizes()
        return tuple(sorted(self._found, key=lambda fact: (fact.start, fact.end)))

    def _free(self, start: int, end: int) -> bool:
        return not any(self._taken[start:end])

    def _add(self, kind: str, values: tuple[str, ...], start: int, end: int, **more: bool) -> None:
        if self._free(start, end):
            self._taken[start:end] = b"\1" * (end - start)
            self._found.append(Fact(kind, values, start, end, **more))

    def _contacts(self) -> None:
        text = self._text
        if "@" in text:
            for match in P.EMAIL.finditer(text):
                self._add("email", (match.group().rstrip("."),), *match.span())
        if "." in text:
            for match in P.LINK.finditer(text):
                link = match.group().rstrip(".,!?:;")
                value = re.sub(r"^(?:https?://)?(?:www\.)?", "", link).rstrip("/")
                self._add("link", (value,), match.start(), match.start() + len(link))

    def _dates(self) -> None:
        for match in P.ERA_YEAR.finditer(self._text):
            self._add("year", (str(era_year(match)),), *match.span())
        for values, start, end in dates(self._text):
            self._add("date", values, start, end)
            if self._text[start:end].count(".") == 2:
                self._days_before(values[0], start)

    def _days_before(self, value: str, start: int) -> None:
        """Add the other days of a date in evidence: "3, 4 and 5 May", "21–30.11.2026"."""
        if self._evidence:
            shared = days_before(self._text, start, value, self._languages)
            self._found += [Fact("date", (one,), first, last) for one, first, last in shared]

    def _named_dates(self) -> None:
        if self._evidence:
            self._found += [Fact("month", (month,), start, end) for month, start, end in months(self._text, self._languages)]
        for value, start, end in named_dates(self._text, self._languages):
            self._add("date", (value,), start, end)
            self._days_before(value, start)

    def _times(self) -> None:
        for pattern in P.TIMES:
            for match in pattern.finditer(self._text):
                parts = match.groupdict()
                hour, half = int(parts["h"]), parts.get("half")
                minute = 30 if parts.get("hm") else int(parts.get("m") or 0)
                if hour > 24 or minute > 59 or (match["h"] == match.group()[-len(match["h"]) :] and self._has_unit(match.end())):
                    continue  # "alle 14 Tage" is no hour, though "alle 14" is one in Italian
                if match.group().rstrip()[-1] in "点點" and "ja" in self._languages:
                    continue  # there it counts things
                hours = [hour]
                if half and half not in P.MORNING:
                    hours = [hour % 12 + 12]
                elif not half and 1 <= hour <= 11:
                    hours = [hour, hour + 12]
                elif half in P.MORNING:
                    hours = [hour % 12]
                if match.group().endswith("ทุ่ม"):
                    hours = [hour + 18]
                end = match.start() + len(match.group().rstrip())
                self._add("time", tuple(str(h % 24 * 60 + minute) for h in hours), match.start(), end)

    def _has_unit(self, end: int) -> bool:
        unit = unit_after(self._text, end)
        return unit is not None and unit[0] in ("time day", "time working day", "time month") and unit[1] >= 1

    def _dimensions(self) -> None:
        for match in P.DIMENSIONS.finditer(self._text):
            if P.WHOLE_DAYS.match(self._text, match.start()):
                self._add("time day", (match.group()[0],), *match.span())
                continue
            unit = unit_after(self._text, match.end())
            for number in NUMBER.finditer(self._text, *match.span()):
                value = to_decimal(number.group())
                if unit and unit[0] == "length mm":
                    self._found.append(Fact(unit[0], (plain(value * unit[1]),), *number.span()))
                else:
                    self._found.append(Fact("number", (plain(value),), *number.span()))
            self._taken[match.start() : match.end()] = b"\1" * len(match.group())

    def _joined_amounts(self, forms: P.Amounts) -> None:
        """Read amounts whose unit stands between or behind their digits: "49 € 90", "1 m 60", "8.5折", "八五折", "2割"."""
        for kind, pattern, amount in forms:
            for match in pattern.finditer(self._text):
                self._add(kind, (plain(amount(match)),), *match.span())

    def _phones_and_codes(self) -> None:
        for match in P.PHONE.finditer(self._text):
            written = match.group()
            number = re.sub(r"\D", "", written)
            dialled = written[0] in "+(" or written.startswith("0")
            if 8 <= len(number) <= 15 and dialled and not NUMBER.fullmatch(written):
                self._add("phone", (number,), *match.span())
        for match in P.CODE.finditer(self._text):
            start, end = match.span()
            token = match.group()
            if not any(c.isdigit() for c in token) or not self._free(start, end) or TOKEN.match(self._text, end, end + 1):
                continue  # behind "2-j" the word goes on: "2-jährige"
            if P.KE_ORDINAL.fullmatch(token):
                continue
            value = "".join(c for c in token if c.isalnum())
            if value.isdigit():
                groups = token.count("-")
                if (len(value) >= 8 and groups) or (len(value) >= 7 and not groups and not self._is_amount(start, end)):
                    self._add("code", (value,), start, end)
            elif not self._is_number(token, start, end):
                self._add("code", (value,), start, end, soft=len(value) <= 3)

    def _is_amount(self, start: int, end: int) -> bool:
        number = NUMBER.match(self._text, start)
        if number is None or number.end() != end:
            return False
        return (
            "." in self._text[start:end]
            or unit_after(self._text, end) is not None
            or currency_before(self._text, start) is not None
        )

    def _is_number(self, token: str, start: int, end: int) -> bool:
        """Tell a number with its unit or currency ("30cm", "rp50.000") from a code."""
        if P.CURRENT.fullmatch(token) or P.HOURS.fullmatch(token):
            return True  # "AC100-240V", "9h-18h"
        if P.NUMBER_WITH_UNIT.fullmatch(token) is None:
            token = token.partition("/")[0]  # "rm29/month"
        money = P.MONEY.fullmatch(token)
        if money and currency_before(self._text, start + len(money.group(1))):
            return True
        unit = P.NUMBER_WITH_UNIT.fullmatch(token)
        if unit is None:
            return "." in token and token.replace(".", "").isalnum() and not any(c.isalpha() for c in token.split(".")[0])
        return unit.group(1) in P.SUFFIXES or unit_after(self._text, start + unit.start(1)) is not None

    def _numbers(self) -> None:
        text = self._text
        skipped = set(self._list_numbers()) if not self._evidence else set()
        pending: list[tuple[Decimal, int]] = []
        joined = 0  # where a number ends that the next ones are a part of
        matches = [m for m in NUMBER.finditer(text) if self._free(*m.span())]
        for place, match in enumerate(matches):
            start, end = match.span()
            if start in skipped or self._is_ornament(start, end):
                pending = []
                continue
            if start < joined:
                continue
            value, end, after = self._whole(matches, place)
            joined = end
            following = matches[after] if after < len(matches) else None
            unit = self._unit(start, end)
            if (
                following
                and len(pending) < 2
                and self._bound(end, following.start())
                and (unit is None or self._adjoins(end, following))
                and not self._ends_amount(start, end, following)
            ):
                pending.append((value, start))
                continue
            numbers = [*(number for number, _ in pending), value]
            begin = pending[0][1] if pending else start
            pending = []
            kind, factor, end, begin = self._kind(unit, begin, start, end)
            if len(numbers) == 1 and self._is_year(kind, value, factor, start, match.end()):
                kind, factor = "year", Decimal(1)
                numbers = [value - 543 if value > 2500 else value]  # counted as in Thailand
            end = self._word_end(end) if end > match.end() else end
            if kind.startswith("time ") and (stop := spoken.half_behind(self._text, end, self._languages)) > end:
                numbers, end = [*numbers[:-1], numbers[-1] + _HALF], stop
            soft = kind == "number" and end - start <= P.SHORT and P.ORDINAL.match(text, end) is not None
            rising = all(a <= b for a, b in itertools.pairwise(numbers))
            shown = tuple(plain(number * factor) for number in numbers)
            if kind == "number" and not self._evidence and self._is_counted(begin):
                continue
            if len(shown) > 1 and rising:
                self._add(kind, shown, begin, end, range=True)
            else:
                for one in shown:  # "5 or 3": two numbers at one place
                    self._found.append(Fact(kind, (one,), begin, end, soft=soft))
                self._taken[begin:end] = b"\1" * (end - begin)

    def _unit(self, start: int, end: int) -> tuple[str, Decimal, int] | None:
        """Return the unit behind a number; in evidence one word may stand between ("5 extra days", "18-V-Akkus")."""
        if self._text[max(0, start - 3) : start] == "ke-":
            return None  # "hari ke-3 bulan ini"
        unit = unit_after(self._text, end)
        if unit is None and self._evidence and (behind := P.BETWEEN_UNIT.match(self._text, end)):
            unit = unit_after(self._text, behind.end())
            unit = unit if unit and (behind.group() == "-" or unit[0].startswith("time")) else None
        return unit

    def _whole(self, matches: list[re.Match[str]], place: int) -> tuple[Decimal, int, int]:
        """Return a number that may be written in parts ("1万2,800", "38만 9천"), its end, and which one comes next."""
        value, end = self._large(to_decimal(matches[place].group()), matches[place].end())
        for after in range(place + 1, len(matches)):
            start = matches[after].start()
            if self._text[end - 1] not in P.MYRIADS or start - end > 1 or self._text[end:start].strip():
                return value, end, after
            more, stop = self._large(to_decimal(matches[after].group()), matches[after].end())
            if more >= value:
                return value, end, after
            value, end = value + more, stop
        return value, end, len(matches)

    def _is_year(self, kind: str, value: Decimal, factor: Decimal, start: int, end: int) -> bool:
        if kind == "number":
            return end - start == 4 and (1990 <= value <= 2099 or ("th" in self._languages and 2533 <= value <= 2642))
        return kind == "time month" and factor == 12 and 1900 <= value <= 2099 and end - start == 4  # "2027年"

    def _word_end(self, end: int) -> int:
        """Return where the word ends that a unit is the beginning of: "days", "недели"."""
        if not "a" <= self._text[end - 1 : end] < "\u0590":
            return end
        tail = TOKEN.match(self._text, end, end + 12)
        return tail.end() if tail and tail.group()[-1] < "\u0590" and self._free(end, tail.end()) else end

    def _ends_amount(self, start: int, end: int, following: re.Match[str]) -> bool:
        """Whether the number has its currency in front and the next one another unit: "€4.90 or 20%"."""
        if currency_before(self._text, start) is None:
            return False
        unit = unit_after(self._text, following.end())
        return unit is not None and not unit[0].startswith("money")

    def _adjoins(self, end: int, following: re.Match[str]) -> bool:
        """Whether the unit behind a number is only the start of the next one's ("3 - 5 m")."""
        return self._text[end : following.start()].strip(" -–—~〜～") == ""

    def _kind(self, unit: tuple[str, Decimal, int] | None, begin: int, start: int, end: int) -> tuple[str, Decimal, int, int]:
        if unit and self._free(end, unit[2]) and self._is_unit(unit[2]):
            if unit[0] == "money CNY" and self._text[unit[2] - 1] in "元块" and self._text[begin - 3 : begin] != "人民币":
                return "money 元", unit[1], unit[2], begin  # of China, Taiwan, Hong Kong
            if unit[0] == "time day" and P.WORKING.search(self._text, max(0, begin - P.NEAR), begin):
                return "time working day", unit[1], unit[2], begin  # "영업일 기준 3~5일"
            return unit[0], unit[1], unit[2], begin
        code = P.CAPITAL_CODE.match(self._original, self._seen.span(end - 1, end)[1])
        if code:
            return f"money {code[1]}", Decimal(1), min(len(self._text), end + len(code.group())), begin
        first = self._seen.span(begin, begin + 1)[0]
        code = P.CAPITAL_CODE_BEFORE.search(self._original, max(0, first - _CODE_LENGTH), first)
        if code and begin >= len(code.group()):
            return f"money {code[1]}", Decimal(1), end, begin - len(code.group())
        before = currency_before(self._text, begin) or currency_before(self._text, start)
        if before:
            return before[0], Decimal(1), end, min(begin, before[1])
        head = self._text[max(0, begin - 8) : begin]
        if head.rstrip().endswith(P.PERCENT_BEFORE) or head.endswith(P.PERCENT_BEFORE):
            return "percent", Decimal(1), end, begin
        return "number", Decimal(1), end, begin

    def _is_unit(self, end: int) -> bool:
        if "pl" in self._languages and self._text[end - 2 : end] == " w":
            return False  # "12 w południe"
        behind = self._text[end : end + 1]
        return not behind or behind not in P.NO_UNIT.get(self._text[end - 1 : end], "")

    def _large(self, value: Decimal, end: int) -> tuple[Decimal, int]:
        at = end + (self._text[end : end + 1] == " ")
        if self._text[end : end + 1] in ("k", "к") and not TOKEN.match(self._text, end + 1, end + 2):
            return value * 1000, end + 1
        for word, factor in spoken.large_words().get(self._text[at : at + 1], ()):
            stop = at + len(word)
            if self._text.startswith(word, at) and (not word[-1].isascii() or not TOKEN.match(self._text, stop, stop + 1)):
                return value * factor, stop
        stop = spoken.half_behind(self._text, end, self._languages, number=True)
        return (value + _HALF, stop) if stop > end else (value, end)

    def _bound(self, end: int, start: int) -> bool:
        if start - end > 10:
            return False
        match = P.BINDER.fullmatch(self._text, end, start)
        return match is not None and (
            match["word"] is None or any(match["word"] in spoken.between(one) for one in self._languages)
        )

    def _list_numbers(self) -> Iterator[int]:
        """Yield where numbers stand that count the points of a list: at the start of a line, or "1) … 2) …" in a row."""
        yield from (match.start(1) for match in P.LINE_NUMBER.finditer(self._text))
        expected, row = 1, []
        for match in P.LISTED.finditer(self._text):
            if int(match[1]) == expected:
                row.append(match.start(1))
                expected += 1
        if len(row) > 1:
            yield from row

    def _is_ornament(self, start: int, end: int) -> bool:
        """A number in a circle, a keycap, a footnote or "24/7" states nothing that could be wrong, unless it has a unit."""
        first = self._seen.span(start, end)
        written = self._original[slice(*first)]
        if any(unicodedata.category(c) == "No" for c in written) or "\u20e3" in written:
            inside = self._text[max(0, start - 1) : start] == " "  # not at the start of a line, nor a footnote
            return not inside or self._unit(start, end) is None
        return self._text[start : start + 4] == "24/7" or self._text[max(0, start - 3) : end] == "24/7"

    def _is_counted(self, start: int) -> bool:
        """Whether the number only numbers a step or a choice."""
        before = self._text[max(0, start - 14) : start].rstrip(" .:#°")
        return before.endswith(spoken.counted())

    def _spoken(self, language: str) -> None:
        previous: Spoken | None = None
        for number, following in itertools.pairwise([*spoken_numbers(self._text, language), None]):
            if number is None or not self._free(number.start, number.end):
                continue
            if number.kind:
                one = number.value == 1  # "sebulan"
                self._add(number.kind, (plain(number.value),), number.start, number.end, word=True, soft=one)
                continue
            unit = unit_after(self._text, number.end)
            usable = (
                unit is not None
                and unit[0].startswith(P.KINDS_IN_WORDS)
                and self._text[number.end : unit[2]] not in P.WORDS_OF_DEGREE
                and self._is_unit(unit[2])
            )
            if unit and usable and self._stands_alone(number, language):
                first = previous.value if previous and self._bound(previous.end, number.start) else None
                start = previous.start if previous and first is not None else number.start
                end = self._word_end(unit[2])
                stop = spoken.half_behind(self._text, end, self._languages) if unit[0].startswith("time ") else end
                last = number.value + (_HALF if stop > end else 0)
                values = tuple(plain(value * unit[1]) for value in (first, last) if value is not None)
                end = stop
                self._add(unit[0], values, start, end, range=len(values) > 1, soft=values[-1] == plain(unit[1]), word=True)
            elif self._evidence:
                self._found.append(Fact("number", (plain(number.value),), number.start, number.end, word=True))
            elif number.value >= P.MANY and self._counts(number, following, language):
                self._add("count", (plain(number.value),), number.start, number.end, word=True)
            previous = number

    def _counts(self, number: Spoken, following: Spoken | None, language: str) -> bool:
        """Whether a number in words counts things, with a classifier where the language has them; "three to five days" do not."""
        bound = following is not None and self._bound(number.end, following.start)
        if bound or self._text[number.start : number.end] in P.OTHER_WORDS.get(language.split("-")[0], ()):
            return False
        classifiers = P.CLASSIFIERS.get(language.split("-")[0])
        if classifiers is None:
            return unit_after(self._text, number.end) is None
        behind = self._text[number.end : number.end + 12].lstrip()
        return behind.startswith(classifiers) and self._stands_alone(number, language)

    def _stands_alone(self, number: Spoken, language: str) -> bool:
        """A numeral inside a longer Korean or Chinese word is none ("착한 달", "第三天", "有一天")."""
        before = self._text[number.start - 1 : number.start]
        if language.startswith("ko"):
            if self._text[number.start : number.end + 1] == "이 ":
                return False  # "this", not two
            return not ("\uac00" <= before <= "\ud7a3")
        return before != "第" and (number.value > 1 or before not in ("有", "每", "某", "另"))

    def _calendar_words(self, language: str) -> None:
        own = words(language)
        for name, day in own.weekdays if not self._evidence else ():
            for start in _places(self._text, name):
                if (len(name) > 3 or not name.isascii()) and apart(self._text, start, start + len(name), language):
                    if name.startswith("thứ ") and self._original[self._seen.span(start + 4, start + 5)[0]].islower():
                        continue  # "the second one"
                    self._add("weekday", (str(day),), start, start + len(name))
        for name, day in own.days:
            for start in _places(self._text, name):
                lead = P.BEFORE.search(self._text, max(0, start - 12), start)
                if lead and lead[1] in data().day_not_after:
                    continue  # "por la mañana", "guten Morgen"
                if apart(self._text, start, start + len(name), language):
                    self._add("day", (str(day),), start, start + len(name))

    def _sizes(self) -> None:
        shown: set[str] = set()
        places: list[tuple[str, int, int]] = []
        for match in P.SIZE.finditer(self._original):
            shown.add(match.group())
            places.append((match.group(), *match.span()))
        if not places or not (self._evidence or len(shown) > 1 or any(len(size) > 1 for size in shown)):
            return
        for size, start, _ in places:
            at = self._place_of(start)
            if at is not None and (self._evidence or self._free(at, at + len(size))):
                self._found.append(Fact("size", (size,), at, at + len(size)))

    def _place_of(self, original: int) -> int | None:
        """Return the place in the normalised text of a place in the original."""
        low, high = 0, len(self._text)
        while low < high:
            middle = (low + high) // 2
            if self._seen.span(middle, middle)[0] < original:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self._text) else None


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))
