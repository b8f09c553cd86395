"""National ids, passports and dates of birth, where a text has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cs_assist.guard.national_ids import IdSpec, id_specs
from cs_assist.guard.normal import normal
from cs_assist.guard.private_words import Found, Reading, Word, bare

#: Stretches that hold a digit and what stands close to it: only there are ids looked for.
_STRETCH = re.compile(r"\d(?:[^\d\n]{0,9}\d)*")
_AROUND = 9
_TOKEN = re.compile(r"[A-Za-z\d](?:[ ./-]?[A-Za-z\d]){4,24}")
_CODE = re.compile(r"(?:[A-Z]{1,3}[ -])?[A-Z]{0,6}\d(?:[-./]?[A-Za-z\d]){4,19}|\d{2,4}(?: \d{2,6}){1,5}")
_PASSPORT = re.compile(r"(?=(?:[A-Z ]{0,3}\d){4})(?:[A-Z]{1,3} )?[A-Z\d](?:[A-Z\d]| (?=\d)){5,10}(?![A-Za-z\d])")
_MONTH = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0963\u0e31-\u0e4e.]){2,14}"
_BIRTH = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th|er|o|a)?[./\- ] ?\d{1,2}[./\- ] ?(?:\d{4}|\d{2})"
    r"|\d{4}[./-] ?\d{1,2}[./-] ?\d{1,2}"
    r"|(?:昭和|平成|令和|大正|民國|民国|西元)? ?\d{1,4} ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일号號]?"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|o|a)?[. -] ?(?:(?:de|of|di|del|tháng|เดือน|ngày) )?(?:{_MONTH}|\d{{1,2}}),?[ -]"
    r"(?:(?:de|del|năm|พ\.ศ\.|ค\.ศ\.|г\.) ?)?\d{2,4}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d|[./-]\d)"
)  # fmt: skip
#: "born", glued to the date before it: "69년 8월 7일생", "105年6月4日生", "9月1日出生".
_BORN = re.compile(r" ?(?:생(?![\uac00-\ud7a3])|생(?=이)|(?:出)?生(?!\w{0,2}(?:产|產|鲜|鮮|活|意|效)))")
_DATE_HERE = 34


def identities(reading: Reading) -> Iterator[Found]:
    """Yield national ids, passport numbers and dates of birth with their spans."""
    if not reading.has_digit:
        return
    yield from _by_form(reading)
    for date in _BIRTH.finditer(reading.text):
        if date.group()[-1] in "日일号號" and _BORN.match(reading.text, date.end()):
            yield Found(1, "date_of_birth", date.start() + len(date.group()) - len(date.group().lstrip()), date.end())
    for word in reading.labels:
        if word.role in ("id", "passport"):
            yield from _after_label(reading, word)
        elif word.role == "birth":
            yield from _births(reading, word)


def _by_form(reading: Reading) -> Iterator[Found]:
    text = reading.text
    for stretch in _STRETCH.finditer(text):
        if stretch.end() - stretch.start() < 4:
            continue
        start, end = max(0, stretch.start() - _AROUND), min(len(text), stretch.end() + _AROUND)
        for spec in id_specs():
            if spec.when == "label":
                continue
            for match in spec.compiled.finditer(text, start, end):
                # The border is checked on the whole text: the stretch may end inside a word.
                whole = spec.compiled.match(text, match.start())
                if whole and whole.end() == match.end() and _counts(reading, spec, match):
                    yield Found(3 if spec.when == "always" else 5, "national_id", *match.span())


def _counts(reading: Reading, spec: IdSpec, match: re.Match[str]) -> bool:
    """Tell whether a number in the form of an id is one, by its check digits, its country and the word before it."""
    label = reading.label(*match.span())
    role = label[0].role if label else ""
    if spec.check is not None and not spec.fits(match.group()):
        return False
    if spec.when == "always" and spec.check is not None:
        return True
    if role in ("order_number", "tracking", "carrier", "phone", "card", "other", "iban", "pin"):
        return False
    if spec.when == "always":
        return role != "order"
    return role in ("id", "birth") or (role != "order" and reading.at_home(spec.countries))


def _after_label(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the number that a label announces: of the label's own kind in any case, else of any kind or at least a code."""
    text = reading.text
    for match in _TOKEN.finditer(text, word.end, min(len(text), word.end + 90)):
        label = reading.label(*match.span())
        # The words between a label and its number ("my passport number is ...") are looked into below.
        if (label is None or label[0] is not word) and any(char.isdigit() for char in match.group()):
            return
        found = _announced(reading, word, match)
        if found:
            yield found
            return


def _announced(reading: Reading, word: Word, token: re.Match[str]) -> Found | None:
    text = reading.text
    forms = [spec.after_label for spec in _by_label().get(reading.low[word.start : word.end], ())]
    forms = [_PASSPORT] if word.role == "passport" else forms
    begin, stop = token.start(), min(len(text), token.end() + 12)
    tiers = {}
    for at in _starts(text, begin, stop):
        label = reading.label(at, at + 1)
        if label is not None and label[0] is word:
            tiers[at] = 1 if label[1] else 4
    for at, tier in tiers.items():
        ends = [m.end() for form in forms if (m := form.match(text, at))]
        if ends:
            return Found(tier, "national_id", at, max(ends))
    for at, tier in tiers.items() if word.role == "id" else ():
        known = [m.end() for s in id_specs() if (m := s.compiled.match(text, at)) and s.check and s.fits(m.group())]
        code = _CODE.match(text, at)
        if not known and code and sum(c.isdigit() for c in code.group()) >= 5 and not _BIRTH.fullmatch(code.group()):
            known = [code.end()]
        if known and (tier == 1 or not forms):
            return Found(tier, "national_id", at, max(known))
    return None


@cache
def _by_label() -> dict[str, tuple[IdSpec, ...]]:
    """Return the kinds of numbers that a label may announce: some words are used in several countries."""
    found: dict[str, tuple[IdSpec, ...]] = {}
    for spec in id_specs():
        for label in spec.labels:
            key = bare(normal(label))
            found[key] = (*found.get(key, ()), spec)
    return found


def _starts(text: str, begin: int, stop: int) -> Iterator[int]:
    """Yield where a code may begin: at the words of a stretch that hold a digit, or stand right before one."""
    for match in re.finditer(r"[^\s:,;()\"']+", text[begin:stop]):
        at = begin + match.start()
        if any(char.isdigit() for char in text[at : at + len(match.group()) + 5]):
            inner = re.match(r"[^A-Za-z\d]*", match.group())
            yield at + (inner.end() if inner else 0)
            digit = re.search(r"\d", match.group())
            if digit and not match.group()[: digit.start()].isascii():
                yield at + digit.start()


def _births(reading: Reading, word: Word) -> Iterator[Found]:
    text = reading.text
    for match in _BIRTH.finditer(text, word.end, min(len(text), word.end + 70)):
        if match.start() > 0 and (text[match.start() - 1].isdigit()):
            continue
        label = reading.label(*match.span())
        if match.start() - word.end <= _DATE_HERE and label and label[0] is word:
            begin = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Found(1, "date_of_birth", begin, match.start() + len(match.group().rstrip(" .,")))
        return
    before = _BIRTH.search(text, max(0, word.start - 28), word.start)
    if before and re.fullmatch(
        r"[\s,:(]{0,3}(?:に|日|にて|in|on|de|tarihinde|को|에)?[\s,]{0,2}", text[before.end() : word.start]
    ):
        yield Found(3, "date_of_birth", *before.span())
