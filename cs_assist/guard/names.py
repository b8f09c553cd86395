"""Names of persons, where the words around them make it certain: introductions, titles, greetings, signatures, labels.

A name is never taken from its look alone, but for a known given name with a surname beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cs_assist.guard.asian_names import glued_after, glued_before, glued_signature, thai_title
from cs_assist.guard.name_words import PART, is_capital, is_given, is_uncased, known_part, take
from cs_assist.guard.private_words import Found, Reading, Word, glued, words

_LINK = re.compile(r"[ \t]{0,8}[:=\-–—]?[ \t\"'«“„(*]{0,8}\n?[ \t]{0,8}")
_IS = re.compile(r"(?:is|ist|est|es|è|é|e|är|jest|to|adalah|ialah|là|है|hai|هو|هي|—|-|は|是|叫|คือ|은|는)(?![^\W_])[ :]{0,4}")
#: What may follow a greeted name or a signature.
_STOP = re.compile(r"[ \t]{0,4}(?:[,.!:;，。！、…\n\r)]|\Z|[^\w\s])")
_LINE_END = re.compile(r"[ \t]{0,4}(?:[.,!\n]|\Z)")
_ALONE = re.compile(r"[ \t]{0,4}(?:\n|\Z)")
_TEXT_END = re.compile(r"[ .!\n]{0,20}\Z")
#: After an introduction in a script without capitals: the end, a verb, or "and".
_ENDS = re.compile(r"[ \t]{0,4}(?:[,.!:;،।\n)]|\Z|है|हूँ|हूं|hai\b|hoon\b|hu\b|و)")
#: Languages that write "I am Italian", "I am a customer" in small letters: a capital there is a name's.
_SMALL_DEMONYMS = frozenset(["it", "es", "pt", "fr", "pl", "ru", "sv", "id", "ms"])
#: What follows "it's Anna" where that is a name, whatever its case.
_GOES_ON = re.compile(
    r"[ \t]{0,2}[,.!\n]| (?:again|here|from|writing|speaking|calling|bol|hier|weer|nochmal|encore|otra|de nuevo)\b|\Z"
)
#: After these a word with a capital is a name, but in German, which writes nouns so.
_KIN = re.compile(r"(?:my|mijn|mi|il mio|la mia|minha?|meu|mon|ma|min|mój|moja|suami|isteri|istri|мой|моя) [^\W\d_]+$")
_AGAIN = re.compile(r" (?:again|here|writing|speaking|calling)\b")
_HERE = re.compile(
    r"(?:^|\n|(?:\b[Hh](?:i|ello|ey)|\b[Mm]orning),? )([A-ZÀ-Þ][\w'’-]{1,20}(?: [A-ZÀ-Þ][\w'’-]{1,20})?) here(?=[,.!;]| again\b)"
)
_HOUSED = re.compile(r"[ \t]{0,4}(?:,|\n)[^.!?]{0,40}\d")
_TITLE_GAP, _LONG_TITLE_GAP = re.compile(r"\.? ?"), re.compile(r" ?")
_BEFORE_GREETING = re.compile(r".{0,24}[.!,:] ?")
_GREETING_GAP = re.compile(r"[ ,]{1,2}")
_CLOSING_GAP = re.compile(
    r"[ \t]{0,8}[,.!，。،]?[ \t]{0,8}\n{0,3}[ \t]{0,8}[-–—~]?[ \t]{0,8}(?:(?:Ihre?|Deine?|Eure?|Votre|Your) (?=[A-ZÀ-Þ]))?"
)
_SIGNED = re.compile(r"[ \t]{0,4}[.,!)]?[ \t]{0,4}(?:\([^\n]{0,30}\))?(?=\n|\Z)|[ \t]{0,4}[,|/–-][^\n]{0,60}(?=\n|\Z)")
_LAST_LINE = re.compile(r"[^\n]{0,48}\s{0,4}\Z")
_LABEL_GAP = re.compile(r"[ \t]{0,2}[:=\-–—][ \t\"'(]{0,3}")
_PAIR = re.compile(r"(?<![\w'’.-])[^\W\d_]{2,15}(?:-[^\W\d_]{2,14})? (?=[^\W\d_])")
#: After a name in Hindi: a postposition, or a mark.
_CASE_WORD = re.compile(r" (?:ने|को|का|की|के)(?!\w)| ?[(]")
_SENDER = re.compile(r"(?<![^\s\"':])([^\W\d_][^\n<>,:;@\d]{2,40}?)\"? ?<[^\s<>@]{1,64}@")
#: What stands between two marks, or a mark and an end of the text.
_APART = re.compile(
    r"(?:^|[,;，；。、\n]|[.!?] )[ \t]{0,3}([^\W\d_][^,;.，；。、\n\d:()<>!?]{1,40}?)[ \t]{0,3}(?=[,;，；。、\n.!?]|\Z)"
)
#: Before a label that begins a part of a message: a mark, or what has a digit.
_OPENS = re.compile(r"(?:\A|[,;.\n،。]|\d\w?) ?\Z")
_MARKS = re.compile(r"[,，、;；\n。]|[.!?] ")
_NUMBER_NEXT = re.compile(r" ?\d")
#: Two or three words right before a label of a person's number: "Anna Roe dob 01.02.90".
_OWNER = re.compile(r"(?:^|[,;\n]|\d )[ \t]{0,2}((?:[^\W\d_][^\s,;:.\d]{0,20} ?){2,4}?)[ ,]{1,2}\Z")
_VALUE_NEXT = re.compile(r"[\s.:]{0,3}[+(]?\d")
_PERSONAL = frozenset(["id", "passport", "birth", "iban", "phone", "card", "address"])
_OWNED = frozenset(["id", "birth", "phone"])
_STREETS = ("street_before", "street_after", "street_joined", "pobox")
_VIETNAMESE = re.compile(r"(?<![\w'’.-])[^\W\d_]{2,7}(?: [^\W\d_]{1,7}){2,3}(?!\w)")


def names(reading: Reading) -> Iterator[Found]:
    """Yield the names of persons with their spans, titles left out."""
    for word in reading.anchors:
        yield from _FINDERS[word.role](reading, word)
    for word in reading.labels:
        if word.role == "name":
            yield from _labelled(reading, word)
    yield from _here(reading)
    yield from _apart(reading)
    yield from _vietnamese(reading) if "vi" in reading.languages else _known(reading)


def _shouted(reading: Reading, start: int, end: int) -> bool:
    return reading.text[start:end].isupper()


def _after(reading: Reading, word: Word) -> int:
    """Return where what a word introduces begins."""
    link = _LINK.match(reading.text, word.end)
    return link.end() if link else word.end


def _intro(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "my name is": what follows is one, whatever its case."""
    text = reading.text
    at = _after(reading, word)
    linked = _IS.match(reading.low, at)
    at = linked.end() if linked else at
    if at >= len(text):
        return
    if glued(text[at]):
        yield from glued_after(reading, at, strong=True)
        return
    name = take(reading, at, sure=True)
    noun = reading.low[word.start : word.end].split()[-1] in words().parts.nouns and linked is None
    if name and is_uncased(text[at]) and not (is_given(reading, name) or _ENDS.match(reading.low, name.end)):
        return
    if name is None and not noun:
        name = take(reading, at, small=True, most=2)
        # Of two words in small letters the second belongs to the name if the first is known, or something else follows.
        if name and name.size > 1 and not (is_given(reading, name) or _breaks(reading, name.end)):
            name = take(reading, at, small=True, most=1)
    if name is None or (_shouted(reading, name.start - 9, name.end) and not is_given(reading, name)):
        return
    if (word.end < at or is_uncased(text[at])) and name.end - name.start > 1:
        yield Found(2, "name", name.start, name.end)


def _breaks(reading: Reading, end: int) -> bool:
    """Tell whether a name ends here for sure: a mark, the text's end, or a word for something else follows."""
    return _STOP.match(reading.text, end) is not None or bool(reading.labels_between(end, end + 2))


def _weak(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "I am": only where it is written as one, and is a known given name or has two words."""
    at = _after(reading, word)
    if at >= len(reading.text):
        return
    if glued(reading.text[at]):
        yield from glued_after(reading, at, strong=False)
        return
    if at == word.end or "\n" in reading.text[word.end : at]:
        return
    name = take(reading, at, lead=False, most=3)
    if name is None:
        name = take(reading, at, lead=False, small=True, most=1)
        if name and is_given(reading, name) and _GOES_ON.match(reading.low, name.end) and name.end - name.start > 3:
            yield Found(5, "name", name.start, name.end)
        return
    if is_uncased(reading.text[at]):
        if is_given(reading, name):
            yield Found(4, "name", *known_part(reading, name))
        return
    kin = _KIN.fullmatch(reading.low, word.start, word.end) is not None or (
        word.name == "en" and _AGAIN.match(reading.low, name.end) is not None
    )
    alone = kin or (name.size == 1 and word.name in _SMALL_DEMONYMS and _LINE_END.match(reading.text, name.end) is not None)
    if is_given(reading, name) or ((alone or name.size >= 2) and not _shouted(reading, name.start, name.end)):
        yield Found(4, "name", name.start, name.end)


def _recipient(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "in the name of", "ship to": two words with capitals, or a known given name."""
    at = _after(reading, word)
    if at >= len(reading.text) or reading.begins(at, "title"):
        return
    if glued(reading.text[at]):
        yield from glued_after(reading, at, strong=False)
        return
    name = take(reading, at)
    if name is None or at == word.end:
        return
    given = is_given(reading, name)
    if is_uncased(reading.text[at]):
        if given:
            yield Found(3, "name", *known_part(reading, name))
        return
    # "Send it to Sarah Price, 4 Mill Lane" but not "can you send to Sentosa Cove".
    place = reading.begins(word.start, "address") and not _HOUSED.match(reading.text, name.end)
    if given or (name.size >= 2 and not place and not _shouted(reading, name.start, name.end)):
        yield Found(3, "name", name.start, name.end)


def _title(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "Mr", "Frau", "คุณ"."""
    text = reading.text
    gap = (_TITLE_GAP if word.end - word.start <= 5 else _LONG_TITLE_GAP).match(text, word.end)
    at = gap.end() if gap else word.end
    if at >= len(text):
        return
    if "\u0e00" <= text[at] <= "\u0e7f":
        yield from thai_title(reading, word, at)
        return
    if at == word.end and text[at - 1] != ".":
        return
    name = take(reading, at, sure=True, most=3)
    if name is None or reading.begins(at, "unit") or _is_thing(reading, word.start, name.end):
        return  # the unit: "12 Willow Dr Apt 9"
    if is_uncased(text[at]):
        start, end = (name.start, name.end) if _ALONE.match(text, name.end) else known_part(reading, name)
        if end - start > 1:
            yield Found(3, "name", start, end)
    elif not _shouted(reading, name.start, name.end) or is_given(reading, name):
        yield Found(3, "name", name.start, name.end)


def _greeting(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name of "Dear Anna,": at the start of a line, and nothing but the name up to the comma."""
    text = reading.text
    head = text[max(0, word.start - 30) : word.start].rpartition("\n")[2]
    if head.strip(" \t\"'>-¡¿") and not _BEFORE_GREETING.fullmatch(head):
        return
    gap = _GREETING_GAP.match(text, word.end)
    if gap is None or reading.begins(gap.end(), "title"):
        return
    name = take(reading, gap.end(), most=3)
    if name is None or not _STOP.match(text, name.end):
        return
    apart = "," in gap.group()
    cased = not is_uncased(text[name.start])
    whole = name.size >= 2 and not text[name.start : name.end].split()[0].isupper()
    if apart and cased and whole and not _is_place(reading, name.start, name.end):
        yield Found(4, "name", name.start, name.end)
        return
    if (apart or not cased) and not is_given(reading, name):
        return
    yield Found(4, "name", name.start, name.end)


def _closing(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the signature: after a closing phrase and a comma or a new line, alone on what is left of its line."""
    text = reading.text
    gap = _CLOSING_GAP.match(text, word.end)
    at = gap.end() if gap else word.end
    if gap is None or at == word.end or at >= len(text) or reading.begins(at, "title"):
        return
    if glued(text[at]):
        yield from glued_signature(reading, at)
        return
    broken = "\n" in gap.group()
    if not broken and not gap.group().strip():  # "Thanks Anna" at the very end
        name = take(reading, at, most=2)
        opens = not text[: word.start].strip() or text[: word.start].rstrip(" ")[-1] in ".!?,;\n"
        if name and _TEXT_END.match(text, name.end) and (is_given(reading, name) or (opens and name.size == 2)):
            yield Found(4, "name", name.start, name.end)
        return
    name = take(reading, at, small=broken and _LAST_LINE.match(text, at) is not None)
    if name is None or not _SIGNED.match(text, name.end):
        return
    likely = is_given(reading, name) or name.size >= 2 or not is_uncased(text[at])
    ended = _TEXT_END.match(text, name.end) or (name.size >= 2 and text.startswith("\n", name.end))
    if broken or (likely and ended):
        yield Found(3, "name", name.start, name.end)


def _suffix(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name before "様", "先生", "님", "Hanım", "जी"."""
    text, low = reading.text, reading.low
    if glued(text[word.start]):
        yield from glued_before(reading, word)
        return
    stop = word.start - 1
    parts = list(PART.finditer(text, max(0, word.start - 40), max(0, stop)))
    if stop < 1 or text[stop] != " " or not parts or parts[-1].end() != stop:
        return
    begin = parts[-1].start()
    given = low[begin:stop] in words().given
    cased = is_capital(text[begin])
    if low[begin:stop] in reading.not_names or not (given if is_uncased(text[begin]) or not cased else cased):
        return
    for part in reversed(parts[-3:-1]):
        before = low[part.start() : part.end()]
        if (
            text[part.end() : begin] != " "
            or before in reading.not_names
            or reading.begins(part.start(), "title", "greeting", "weak")
        ):
            break
        if not (is_capital(part.group()) or before in words().given):
            break
        begin = part.start()
    if not low[word.start : word.end].startswith("adina") or " " in text[begin:stop]:
        yield Found(3, "name", begin, stop)


def _labelled(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "Name:", or "recipient is"."""
    text = reading.text
    gap = _LABEL_GAP.match(text, word.end)
    linked = None if gap else _IS.match(reading.low, word.end + (text[word.end : word.end + 1] == " "))
    link = gap or linked
    if link is None:
        yield from _bare_label(reading, word)
        return
    at = link.end()
    if at >= len(text) or reading.begins(at, "title"):
        return
    if glued(text[at]):
        yield from glued_after(reading, at, strong=True)
        return
    name = take(reading, at, sure=gap is not None, small=gap is not None)
    if name is None:
        return
    ends = _STOP.match(text, name.end) is not None
    if is_uncased(text[at]):
        yield Found(2, "name", *((name.start, name.end) if ends else known_part(reading, name)))
    elif (is_capital(text[at]) or ends) and (name.size >= 2 or gap or is_given(reading, name)):
        yield Found(2, "name", name.start, name.end)


def _bare_label(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name of "account holder Jane Roe", "收件人张伟": two words, or one that is known."""
    text, at = reading.text, word.end
    if at < len(text) and glued(text[at]):
        yield from glued_after(reading, at, strong=False)
        return
    if text[at : at + 1] == " " and at + 1 < len(text) and glued(text[at + 1]):
        for found in glued_after(reading, at + 1, strong=True):
            if _ALONE.match(text, found.end) or _breaks(reading, found.end) or _NUMBER_NEXT.match(text, found.end):
                yield found
        return
    name = take(reading, at + 1) if text[at : at + 1] == " " else None
    opens = _OPENS.search(text, max(0, word.start - 8), word.start) is not None
    closed = name is not None and opens and _STOP.match(text, name.end) is not None
    if name is None and opens and text[at : at + 1] == " ":
        small = take(reading, at + 1, small=True)
        if small and small.size >= 2 and _STOP.match(text, small.end) and _beside_person(reading, word.start, small.end):
            yield Found(5, "name", small.start, small.end)
        return
    if name is not None and closed and name.end - name.start > 2 and _beside_person(reading, word.start, name.end):
        yield Found(5, "name", name.start, name.end)
        return
    if name is None or (is_uncased(text[name.start]) and not closed) or _shouted(reading, name.start, name.end):
        return
    if is_uncased(text[name.start]) and name.size < 2 and not is_given(reading, name):
        return
    if (closed and name.size >= 2) or is_given(reading, name) or (name.size >= 2 and " " in reading.low[word.start : word.end]):
        yield Found(3, "name", name.start, name.end)


def _kin(reading: Reading, word: Word) -> Iterator[Found]:
    """Yield the name after "neighbour", "daughter", "left with": a capital makes one, but among the capitals of German."""
    text = reading.text
    if word.end >= len(text):
        return
    spaced = text[word.end] == " "
    at = word.end + spaced
    if at >= len(text) or reading.begins(at, "title"):
        return
    if glued(text[at]):
        yield from glued_after(reading, at, strong=False)
        return
    name = take(reading, at, lead=False, most=3) if spaced else None
    if name is None or (word.name and word.name not in reading.languages and word.name != "en"):
        return
    given = is_given(reading, name)
    if is_uncased(text[at]):
        first = PART.match(text, at)
        if given or (first and _CASE_WORD.match(text, first.end())):
            yield Found(4, "name", *known_part(reading, name))
        return
    # "left with", "ligger hos": also a shop may follow.
    placed = re.search(r" \w{1,4}$", reading.low[word.start : word.end]) is not None
    likely = given or name.size >= 2 or not (placed or "de" in reading.languages)
    if likely and not _shouted(reading, name.start, name.end) and not _is_place(reading, name.start, name.end):
        yield Found(4, "name", name.start, name.end)


def _is_place(reading: Reading, start: int, end: int) -> bool:
    """Tell whether a town, a country or a street begins, or a label stands, between two places."""
    roles = ("city", "country", "street_before", "street_after", "street_joined", "unit", "pobox")
    return bool(reading.labels_between(start, end)) or any(reading.begins(at, *roles) for at in range(start, end))


def _apart(reading: Reading) -> Iterator[Found]:
    """Yield names that stand alone between marks beside what only persons have, and the sender's in "Anna Roe <anna@...>"."""
    for match in _SENDER.finditer(reading.text):
        name = take(reading, match.start(1), sure=True)
        if name and name.end == match.end(1) and name.size >= 2:
            yield Found(3, "name", name.start, name.end)
    for word in reading.labels:
        owner = _OWNER.search(reading.text, max(0, word.start - 60), word.start) if word.role in _OWNED else None
        if owner and _VALUE_NEXT.match(reading.text, word.end):
            yield from _two_capitals(reading, *owner.span(1))
    for match in _APART.finditer(reading.text):
        start, end = match.span(1)
        if not _beside_person(reading, start, end):
            continue
        if glued(reading.text[start]):
            for found in glued_after(reading, start, strong=True):
                if found.end == end:
                    yield found._replace(tier=7)
            continue
        yield from _two_capitals(reading, start, end)


def _two_capitals(reading: Reading, start: int, end: int) -> Iterator[Found]:
    """Yield a stretch as a name where all of it is one, of two words or more with capitals."""
    name = None if reading.begins(start, "greeting", "closing", "intro", "title") else take(reading, start)
    if name is None or name.end != end or name.size < 2 or reading.text[end - 2] == " " or _is_place(reading, start, end):
        return
    if not is_uncased(reading.text[start]) and not _shouted(reading, start, end):
        yield Found(7, "name", start, end)


def _beside_person(reading: Reading, start: int, end: int) -> bool:
    """Tell whether the stretch before or after has an e-mail address, or a number that a label makes a person's."""
    before = _MARKS.split(reading.text[max(0, start - 60) : start].rstrip(" ,，、;\n.。"))[-1]
    head = start - (len(reading.text[:start]) - len(reading.text[:start].rstrip(" ,，、;\n.。")))
    after = _MARKS.split(reading.text[end : end + 60].lstrip(" ,，、;\n"))[0]
    tail = end + len(reading.text[end : end + 60]) - len(reading.text[end : end + 60].lstrip(" ,，、;\n"))
    for part, at in ((before, head - len(before)), (after, tail)):
        if "@" in part:
            return True
        personal = any(word.role in _PERSONAL for word in reading.labels_between(at, at + len(part)))
        if sum(char.isdigit() for char in part) >= 4 and personal:
            return True
    street = any(reading.begins(at, *_STREETS) for at in range(tail, tail + len(after)))
    return street and any(char.isdigit() for char in after)


def _here(reading: Reading) -> Iterator[Found]:
    """Yield the name of "Anna here, ..."."""
    for match in _HERE.finditer(reading.text):
        if reading.low[match.start(1) : match.end(1)].split()[0] not in reading.not_names and not match[1].isupper():
            yield Found(4, "name", *match.span(1))


def _known(reading: Reading) -> Iterator[Found]:
    """Yield known given names with a surname beside them, in scripts that have capitals."""
    for match in _PAIR.finditer(reading.text):
        first = reading.low[match.start() : match.end() - 1]
        if not is_capital(match.group()) or first not in words().given:
            continue
        name = take(reading, match.start())
        if name is None or name.size < 2 or _shouted(reading, name.start, name.end):
            continue
        last = reading.low[name.start : name.end].rpartition(" ")[2]
        street = any(reading.begins(at, "street_after") for at in (name.end - len(last), name.end + 1))
        if last not in words().parts.no_surnames and not _is_thing(reading, name.start, name.end) and not street:
            yield Found(6, "name", name.start, name.end)


def _vietnamese(reading: Reading) -> Iterator[Found]:
    """Yield Vietnamese surnames with two or three names after them, all with capitals."""
    surnames = frozenset(words().surnames["vi"])
    for match in _VIETNAMESE.finditer(reading.text):
        parts = match.group().split(" ")
        end = match.end()
        if len(parts) == 4 and not is_capital(parts[3]):
            end -= len(parts.pop()) + 1
        if parts[0].lower() not in surnames or not all(is_capital(part) for part in parts):
            continue
        if not any(reading.begins(at, "city") for at in range(match.start(), end)) and not _in_address(reading, match.start()):
            yield Found(6, "name", match.start(), end)


def _is_thing(reading: Reading, start: int, end: int) -> bool:
    """Tell whether a name is a brand's or a figure's: "Dr. Martens", "Jack Wolfskin Jacke"."""
    parts = re.findall(r"[^\s.]+", reading.low[start : end + 2])
    return " ".join(parts[:2]).removesuffix(",") in words().parts.things


def _in_address(reading: Reading, start: int) -> bool:
    """Tell whether a word for a street, a ward or a town stands right before."""
    return any(
        reading.begins(at, "street_before", "unit") and " " not in reading.text[at : start - 1]
        for at in range(max(0, start - 9), start)
    )


_FINDERS: dict[str, Callable[[Reading, Word], Iterator[Found]]] = {
    "intro": _intro,
    "weak": _weak,
    "recipient": _recipient,
    "title": _title,
    "greeting": _greeting,
    "closing": _closing,
    "suffix": _suffix,
    "kin": _kin,
}
