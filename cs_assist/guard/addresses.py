"""Postal addresses, by how each country writes them.

In scripts with words, the parts of an address are found one by one, and those that stand side by side are one
address, also over several lines. Chinese, Japanese, Korean and Thai write from the large to the small, or
without spaces: there a chain of administrative units down to a number is an address. What stands after
"Address:" is one too, whatever its form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cs_assist.guard.address_parts import NAME, Part, address_parts, is_announced, is_proper, large
from cs_assist.guard.asian_addresses import asian_addresses
from cs_assist.guard.private_words import Found, Reading, Word, words
from cs_assist.quantities import months_of

_MAX_GAP = 48
_GLUE = re.compile(r"[\s,;،、.()\-–—/|·:]{0,5}")
_GAP_MARKS = re.compile(r"[\s,;،、.()\-–—/|:\d]+")
#: "Rue Sherbrooke O", "Main St NW".
_QUARTER = re.compile(r"[NSEWO]{1,2}")
_SENTENCE = re.compile(r"[.!?] +\S")
_SHORTENED = re.compile(r"(?:^|[ ,])\w{1,4}\. ")
#: Words that begin something else than the rest of an address.
_ELSEWHERE = ("closing", "greeting", "intro", "phone", "name", "order_number", "tracking", "birth", "card", "iban", "password")
_NUMBER_BEFORE = re.compile(r"(?:^|(?<!\d)[\s:,])((?:[A-Z]-?)?\d{1,5}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?, ?)$")
#: A house and its street without a word for "street", and a town perhaps, right before a postal code.
_HOUSE_BEFORE = re.compile(
    r"(?:^|[\s:,])((?:\d{1,5}[A-Za-z]?,? (?:[A-ZÀ-Þ][\w'’.-]{0,30} ?){1,4}"
    r"|[A-ZÀ-Þ][\w'’.-]{2,30}(?: [\w'’.-]{1,20}){0,3},? \d{1,4}[a-zA-Z]?)"
    r"(?:[ ,]{1,2}(?:[A-Z][a-z.]{1,10}|bus|#) ?\d\w{0,4})?[,\n]\s?(?:(?:[A-ZÀ-Þ][\w'’.-]{1,30} ?){1,4},? ?(?:[A-Z]{2,4},? ?)?)?)$"
)
#: The same in Vietnam, which often has no code: "27 Nguyễn Huệ, P. Bến Nghé, Q.1".
_VIETNAMESE_HOUSE = re.compile(
    rf"(?:^|(?<!\d)[\s:,])((?:số )?\d{{1,5}}[A-Za-z]?(?:/\d{{1,4}}[A-Za-z]?){{0,3}},? (?:{NAME} ?){{1,4}}[,-] ?)$", re.I
)
_TAIL = re.compile(
    rf"[ \t]{{0,4}}(?:[,،]|\n)[ \t]{{0,4}}(?P<name>{NAME}(?:[ -]{NAME}){{0,3}})(?=[ \t]{{0,4}}(?:[,.;!?)،]|\n|\Z))"
)
_SIGN = re.compile(r"[ \t]{0,4}(?:is|ist|est|es|è|é|adalah|là|คือ|は)?[ \t]{0,4}:\s{0,3}")
_LABELLED = 240
_LINE_END = re.compile(r"\n\s*\n|[!?。！？](?=\s|$)|(?<=[^\W\d_]{4})\.(?=\s+[^\W\d_])|(?<=\d)\.(?=\s+[A-ZÀ-Þ])|\.\s*$|\.(?=\n)")
_OTHER_LABELS = ("phone", "name", "order_number", "tracking", "birth", "id")
_SHORT_NAME = re.compile(r"(?:[^\W\d_][\w'’.-]{0,30} ){1,3}[^\W\d_][\w'’.-]{0,30}(?:,\s{0,3}|\n)")


def addresses(reading: Reading) -> Iterator[Found]:
    """Yield postal addresses with their spans."""
    if not reading.has_digit:
        return
    yield from asian_addresses(reading)
    group: list[Part] = []
    for part in address_parts(reading):
        if group and _joined(reading, group[-1].end, part.start):
            group.append(part)
            continue
        if group:
            yield from _whole(reading, group)
        group = [part]
    if group:
        yield from _whole(reading, group)
    for word in reading.labels:
        if word.role == "address":
            yield from _labelled(reading, word)


def _joined(reading: Reading, end: int, start: int) -> bool:
    """Tell whether two parts are of one address: nothing but marks between them, or names of places."""
    gap = reading.text[end:start] if start - end <= _MAX_GAP else "\n\n"
    if gap.count("\n") > 2 or "\n\n" in gap:
        return False
    if _GLUE.fullmatch(gap):
        return True
    if _SENTENCE.search(gap) and not _SHORTENED.search(gap):
        return False
    names = _GAP_MARKS.sub(" ", gap).strip()
    if not names or _QUARTER.fullmatch(names):
        return True
    parts = names.split()
    if any(part in reading.not_names and part not in words().places.small for part in parts):
        return False
    if any(reading.begins(at, *_ELSEWHERE) for at in range(end, start)):
        return False
    if len(parts) > 6 or not is_proper(names):
        return False
    return names[0].isupper() or (
        (large(names[0]) or parts[0].lower() in words().places.small) and (gap[0] in ",\n،-–" or len(parts) <= 2)
    )


def _whole(reading: Reading, group: list[Part]) -> Iterator[Found]:
    """Yield the address that some adjacent parts make, if they are enough for one."""
    kinds = {part.kind for part in group}
    start, end = group[0].start, group[-1].end
    coded = bool(kinds & {"code", "digits"})
    if coded and not kinds & {"street", "road"}:
        window = reading.text[max(0, start - 90) : start]
        house = _HOUSE_BEFORE.search(window)
        if house and not _is_day(house.group(1), reading):
            begin = start - len(window) + house.start(1)
            said = [word.end for word in reading.labels_between(begin, start) if word.role == "address"]
            yield Found(5, "address", said[-1] + 1 if said else begin, _rightwards(reading, end))
            return
    if len(group) >= 2 and kinds <= {"unit", "place"} and "vi" in reading.languages:
        house = _VIETNAMESE_HOUSE.search(reading.text, max(0, start - 40), start)
        if house:
            yield Found(4, "address", house.start(1), end)
            return
    enough = (
        bool(kinds & {"street", "box"})
        or ("road" in kinds and (coded or "unit" in kinds))
        or ("unit" in kinds and ("code" in kinds or {"place", "digits"} <= kinds))
        or (sum(part.kind == "unit" for part in group) >= 2 and bool(kinds & {"place", "road"}))
        or (len(group) >= 2 and kinds != {"unit"} and is_announced(reading, start))
    )
    if enough and any(char.isdigit() for char in reading.text[start:end]):
        sure = "street" in kinds and bool(kinds & {"code", "place"})
        yield Found(
            2 if sure else 4 if "street" in kinds else 5, "address", _leftwards(reading, start), _rightwards(reading, end)
        )


def _is_day(house: str, reading: Reading) -> bool:
    """Tell whether what stands before four digits is the day and month of a date ("January 28, 2027")."""
    names = {name.lower().rstrip(".") for language in (*reading.languages, "en") for name in months_of(language)[0]}
    parts = re.findall(r"[^\W\d_]{3,}", house.lower())
    return bool(parts) and all(part in names for part in parts)


def _leftwards(reading: Reading, start: int) -> int:
    """Return where an address begins: with the building's or flat's number that stands right before."""
    before = _NUMBER_BEFORE.search(reading.text, max(0, start - 14), start)
    return start - len(before.group(1)) if before else start


def _rightwards(reading: Reading, end: int) -> int:
    """Return where an address ends: with the town and the country that follow a comma or stand on the next line."""
    for _ in range(3):
        tail = _TAIL.match(reading.text, end)
        if tail is None or not is_proper(tail["name"]) or tail["name"][0].islower():
            return end
        at = tail.start("name")
        if not reading.begins(at, "city", "country"):
            plain = reading.low[at : tail.end("name")]
            after_code = reading.text[max(0, end - 4) : end].isdigit()
            if ("\n" in tail.group() and not after_code) or tail["name"][0].lower() == tail["name"][0].upper():
                return end
            if (
                plain.split()[0] in reading.not_names
                or plain in words().given
                or reading.begins(at, "closing", "greeting", "intro")
            ):
                return end
        end = tail.end("name")
    return end


def _labelled(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield what stands after "Address:" up to the end of its line, and on the lines that go on with it."""
    sign = _SIGN.match(reading.text, word.end)
    if sign is None:
        return
    begin = sign.end()
    body = reading.text[begin : begin + _LABELLED]
    for at in range(begin + 3, begin + len(body)):
        if reading.begins(at, *_OTHER_LABELS):
            body = body[: at - begin]
            break
    broken = _LINE_END.search(body)
    lines = (body[: broken.start()] if broken else body).split("\n")
    kept = lines[0]
    for line in lines[1:]:
        at = begin + len(kept) + 1 + len(line) - len(line.lstrip())
        if reading.begins(at, "closing") or not (re.search(r"\d", line) or is_proper(line)) or len(line) > 70:
            break
        kept += "\n" + line
    kept = kept.rstrip(" ,.;(\n\t")
    name = _SHORT_NAME.match(kept)
    skip = name.end() if name and reading.low[begin : begin + 40].split(" ")[0] in words().given else 0
    if len(kept) - skip >= 8 and any(char.isdigit() for char in kept[skip:]) and "@" not in kept and "http" not in kept:
        yield Found(5, "address", begin + skip, begin + len(kept))
