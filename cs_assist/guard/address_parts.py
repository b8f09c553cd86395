"""The parts of a postal address in scripts that write words: streets, flats, postal codes with their towns, boxes, places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cs_assist.guard.private_words import Reading, Word, glued, words

NAME = r"[^\W\d_](?:[\w'’&-]|[\u0900-\u0963\u064b-\u0652]){0,30}"
_NAME = NAME + r"\.?"
#: Words that end a name of a street or a town, for a sentence goes on with them.
_STOP_WORDS = re.compile(
    r"^(?:and|und|et|y|e|i|en|och|ve|и|و|और|dan|và|atau|or|but|please|bitte|thanks|merci|gracias|obrigad[oa]|danke|grazie|tel|phone|email)$"
)
#: A letter after a house number: joined in any case, after a space as a capital.
_LETTER = r"(?: ?(?-i:[A-Z])(?![^\W\d_])|[a-z](?![^\W\d_]))?"
_NOT_AMOUNT = (
    r"(?![\d€$£%]|[.,:]\d| ?(?:€|eur\b|usd\b|kg\b|cm\b|st\b|uhr\b|jours\b|days?\b|giorni\b|días\b|dias\b|tage?n?\b|stunden))"
)
_LEFT_NUMBER = re.compile(
    r"(?<![\w.,€$£:+-])(?:no\.? ?)?\d{1,5}(?: ?[A-Da-d](?![^\W\d_]))?(?:[-/]\d{1,4}[A-Za-z]?)?(?: ?(?:bis|ter|quater))?,? $", re.I
)
_LEFT_NAMES = re.compile(rf"(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}$")
_RIGHT_NUMBER = re.compile(
    r",? {0,2}(?:n\.?[ºo°]?\.?|nr\.?|no\.?|num\.?|número|numero|nº|#|№|д\.?|дом|house|số|s/n|km|h\.?)? {0,2}:? ?"
    rf"(\d{{1,5}}{_LETTER}(?: ?[-/] ?\d{{1,4}}[A-Za-z]?)?){_NOT_AMOUNT}",
    re.I,
)
#: Streets that have a number for a name ("Street 14, Al Barsha").
_NUMBERED = re.compile(r" (?:no\.? ?)?\d{1,4}[A-Za-z]?(?![\w.])", re.I)
_JOINED_NUMBER = re.compile(
    rf"\.? {{1,2}}(?:nr\.? ?)?(\d{{1,4}}{_LETTER}(?: ?[-/+] ?\d{{1,4}}[A-Za-z]?){{0,2}}){_NOT_AMOUNT}", re.I
)
_SIGNED_NUMBER = re.compile(r",? ?(?:n[.o]?[°o]?|no\.?|nro\.?|#) ?\d", re.I)
#: Latin American crossings: "Calle 72 # 10-34", "Cra. 15 No. 93-60 Sur".
_CROSSING = re.compile(
    r"[ .]{1,2}(?:(?:calle|carrera|cra\.?|cl\.?|kr\.?) ?)?\d{1,3} ?[A-Za-z]{0,3} ?(?:bis )?(?:sur|este|norte|oeste)? ?"
    r"(?:#|№|no\.?|nº|n°|num\.?|con) ?\d{1,3} ?[A-Za-z]{0,2} ?[-–] ?\d{1,3}(?: (?:sur|norte|este|oeste)(?![^\W\d_]))?",
    re.I,
)
_RIGHT_NAMES = re.compile(
    rf"\.? {{0,2}}((?:(?![Nn](?:ro|o|r)?[.°º]{{0,2}} ?\d)"
    rf"(?:{_NAME}|\d{{1,3}}(?:[aºo]|-ya|-я|-го|st|nd|rd|th)?(?= [^\W\d_]|,? ?(?:n[.o]?[°o]?|nro\.?|#) ?\d)),? ?){{1,6}})"
)
_HEAD = re.compile(r"(?:(?:[A-ZÀ-Þ][\w'’.-]{0,20}|[Vv]an|[Dd]e[nr]?|[Tt]en|[Tt]er|[Vv]on|'t) ){1,3}$")
_BEFORE_JOINED = re.compile(rf"(?:{_NAME}[ -]){{1,3}}$")
_UNIT = re.compile(
    r"[ .:]{0,3}(?:n[o°º]?\.? ?:? ?|no\.? ?:? ?|#|number |numéro |رقم )?"
    r"((?:\d{1,4}(?:[-/]\d{1,4}){0,2}|#\d{1,3}-\d{1,4})(?: ?[A-Za-zА-Яа-я](?![^\W\d_]))?(?: ?[ºªo°a]\b)?"
    r"|[A-Z]\d{0,4}(?![^\W\d_])(?:-\d{1,4})?|[IVX]{1,4}(?![^\W\d_]))(?![.,:]\d|\d|€|%)"
)
_UNIT_NAMED = re.compile(rf"(?:\.|[ :]{{1,2}}| ?\. )((?:{_NAME}|\d{{1,3}})(?: (?:{_NAME}|\d{{1,3}}(?!\d))){{0,2}})")
_UNIT_AFTER = re.compile(rf"(?:{_NAME} ){{1,2}}$")
_BOX = re.compile(r"[ .:]{0,3}(?:n[o°º]?\.? ?|no\.? ?)?\d{1,6}(?: \d{2,3}){0,2}(?!\d)")
#: A floor or a flat written before its word ("3º B", "2. OG", "4th floor"), and flats with a sign (Singapore).
_FLOOR = re.compile(
    r"(?<![\w#])#\d{1,3}-\d{1,5}[A-Z]?(?!\w)|(?<![\w.,])\d{1,2}(?:st|nd|rd|th|er|e|ème|[ºª°o]|\.)? ?"
    r"(?:floor|étage|etage|stock|og|piso|andar|piano|kat|verdieping|våning|piętro|этаж"
    r"|(?:izq|dcha|dto|esq)\.?|tv\.?|th\.?|mf\.?|sal|[ºª] ?[A-Z])(?![^\W\d_])"
    r"|(?<![\w.,])\d{1,2}[ºªo] ?[A-D](?!\w)",
    re.I,
)
#: Postal codes by country; ``D`` is the plain digits of many.
_CODES = {
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d",
    "IE": r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}",
    "NL": r"[1-9]\d{3} ?[A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "BR": r"\d{5}-\d{3}|\d{2}\.\d{3}-\d{3}",
    "SE": r"(?:SE-|S-)?\d{3} \d{2}",
    "US": r"\d{5}-\d{4}",
    "D": r"(?:(?:D|F|I|E|DE|FR|IT|ES|FI|HR)-)?\d{5}|(?:(?:A|B|CH|L|AT|BE|DK|NO?|LU)-)?\d{4}|\d{6}",
    "IN": r"[1-9]\d{2} \d{3}(?! \d)",
    "AR": r"[A-Z]\d{4}[A-Z]{3}",
    "CL": r"\d{7}",
    "JP": r"〒 ?\d{3}-?\d{4}",
}
_CODE = re.compile(
    r"(?<![\w.,/#+])(?<!\d-)(?<!\b[A-Za-z]-)(?<!\b[A-Za-z]{2}-)(?:"
    + "|".join(f"(?P<{country}>{form})" for country, form in _CODES.items())
    + r")(?!\w|[.,:/-]\d|[€$£%]| ?(?:€|usd|eur)\b)"
)
_CODE_WORD = re.compile(
    r"(?:cep|c\.p\.?|cp|codigo postal|code postal|plz|postleitzahl|postcode|postal code|zip(?: code)?|pin ?code|pin"
    r"|poskod|kode ?pos|cap"
    r"|индекс|الرمز البريدي|पिन ?कोड|पिन|รหัสไปรษณีย์|ma buu chinh)[ .:\-–]{0,3}$"
)
_REGION = re.compile(r"(?P<mark>[,\n] ?|[a-z] )(?P<region>[A-Z]{2,4})\.?,? $")
_WORD_BEFORE = re.compile(r"(?:^|[\s,])[^\W\d_][\w\u0900-\u0963'’-]+[,.]? ?[-–]? ?$")
_LETTER_BEFORE = re.compile(r"[^\W\d_][,.]? ?[-–]? ?$")
_TOWN = re.compile(rf" {{1,2}}{_NAME}(?:[ -]{_NAME}){{0,3}}(?: ?\([A-Z]{{2}}\)| [A-Z]{{2}}(?![^\W\d_]))?")
#: Codes after which the town stands.
_TOWN_AFTER = frozenset(["NL", "PL", "PT", "SE", "BR", "AR"])
#: Languages that may write the number before the word for the street ("12 rue de Rivoli", "No. 9, Jalan Ampang").
_NUMBER_FIRST = frozenset(["fr", "ms", "ar", "vi"])
#: Languages in which a word that follows the street's name may have the number after it.
_NUMBER_LAST = frozenset(["tr", "hi", "hi-Latn", "en", "ru"])
#: Languages that write the word for the street in small letters after its name ("Красный проспект, д. 82").
_SMALL_STREETS = frozenset(["tr", "ru"])


class Part(NamedTuple):
    """One part of an address and its span.

    ``street`` has a number, ``road`` none; ``code`` is a postal code with a town, a region or a word for it,
    ``digits`` may be one; ``unit`` is a flat, a floor, a house; ``box`` a post-office box; ``place`` a town, a ward.
    """

    kind: str
    start: int
    end: int


def address_parts(reading: Reading) -> list[Part]:
    """Return the parts of addresses in a text, in order, none overlapping another."""
    kept: list[Part] = []
    for part in sorted(_all_parts(reading), key=lambda part: (part.start, -part.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
        elif part.kind == "street" and kept[-1].kind != "street":
            kept[-1] = Part("street", min(part.start, kept[-1].start), max(part.end, kept[-1].end))
    return kept


def _all_parts(reading: Reading) -> Iterator[Part]:
    finders = {"street_after": _street_after, "street_before": _street_before, "street_joined": _street_joined, "unit": _unit}
    for word in reading.parts:
        if word.role in finders:
            yield from finders[word.role](reading, word)
        elif word.role == "pobox":
            box = _BOX.match(reading.text, word.end)
            if box and (word.end - word.start > 3 or reading.text[word.start].isupper()):
                yield Part("box", word.start, box.end())
        elif large(reading.text[word.start]):
            yield Part("place", word.start, word.end)
    for match in _FLOOR.finditer(reading.text):
        yield Part("unit", *match.span())
    for match in _CODE.finditer(reading.text):
        yield from _code(reading, match)


def large(char: str) -> bool:
    """Tell whether a letter is a capital, or of a script without any."""
    return char.isupper() or char.lower() == char.upper()


def is_proper(name: str, *, loose: bool = False) -> bool:
    """Tell whether the words of a street's or a town's name are written as names: with capitals, small words aside."""
    parts = [part for part in re.findall(r"\b[^\W\d_][\w'’&.-]*", name) if part.lower().rstrip(".") not in words().places.small]
    if not parts:
        return any(char.isdigit() for char in name)
    if all(part[0].lower() == part[0].upper() for part in parts):
        return True
    return not any(_STOP_WORDS.match(part.lower()) for part in parts) and (loose or all(large(part[0]) for part in parts))


def is_announced(reading: Reading, start: int) -> bool:
    """Tell whether a word for "address" stands shortly before: then small letters are good enough."""
    label = reading.label(start, start + 1)
    return label is not None and label[0].role == "address" and label[0].end <= start


def _street_after(reading: Reading, word: Word) -> Iterator[Part]:
    """Yield "12 Baker Street", "350 5th Ave", "Cumhuriyet Caddesi No: 5", "MG Road"."""
    base = max(0, word.start - 64)
    left = reading.text[base : word.start]
    names = _LEFT_NAMES.search(left)
    if names is None:
        numbered = _NUMBERED.match(reading.text, word.end) if word.name == "en" and word.end - word.start >= 4 else None
        if numbered and reading.text[word.start].isupper():
            yield Part("unit", word.start, numbered.end())
        return
    # The fewest words that a number stands before, else the words with capitals.
    begins = [names.start() + match.start() for match in re.finditer(r"\S+ ", names.group())]
    for begin in reversed(begins):
        number = _LEFT_NUMBER.search(left[:begin])
        if number and is_proper(left[begin:], loose=is_announced(reading, base + number.start())):
            yield Part("street", base + number.start(), word.end)
            return
        if not is_proper(left[begin:]):
            break
    capitals = [
        begin for begin in begins if is_proper(left[begin:]) and left[begin:].split()[0].lower() not in words().places.small
    ]
    if capitals and (large(reading.text[word.start]) or word.name in _SMALL_STREETS):
        number = _RIGHT_NUMBER.match(reading.text, word.end) if word.name in _NUMBER_LAST else None
        kind = "street" if number and word.name in _SMALL_STREETS else "road"
        yield Part(kind, base + capitals[0], number.end() if number and number.group().strip(" ,") else word.end)


def _street_before(reading: Reading, word: Word) -> Iterator[Part]:
    """Yield "Rue de Rivoli 12", "12 rue de Rivoli", "Calle 72 # 10-34", "ул. Ленина, д. 5"."""
    text = reading.text
    crossing = _CROSSING.match(text, word.end)
    if crossing or glued(text[word.start]):
        if crossing:
            yield Part("street", word.start, crossing.end())
        return
    names = _RIGHT_NAMES.match(text, word.end)
    loose = is_announced(reading, word.start)
    found = _name_end(names, loose=loose) if names else None
    if names is None or found is None:
        return
    name = text[names.start(1) : found]
    cased = loose or any(large(part[0]) for part in re.findall(r"[^\W\d_]+", name))
    if not cased and not (name.strip().isdigit() and _SIGNED_NUMBER.match(text, found)):
        return
    number = _RIGHT_NUMBER.match(text, found)
    left = _LEFT_NUMBER.search(text[max(0, word.start - 16) : word.start]) if word.name in _NUMBER_FIRST else None
    if left:
        yield Part("street", word.start - len(left.group().lstrip()), found)
    elif number and number.start(1) - found <= 12:
        # "Am Markt 5" may be anything in German but before a postal code.
        yield Part("road" if word.name == "de" else "street", word.start, number.end(1))
    elif word.name != "de" and (large(text[word.start]) or text[word.end - 1] == "."):
        yield Part("road", word.start, found)


def _name_end(names: re.Match[str], *, loose: bool) -> int | None:
    """Return where the words after a word for "street" cease to be its name; None where none is."""
    begin = end = names.start(1)
    for count, token in enumerate(re.finditer(r"\S+ ?", names.group(1)), start=1):
        plain = token.group().strip(" ,.").lower()
        first = token.group().strip(" ,.")[:1]
        uncased = first.lower() == first.upper()
        small = plain in words().places.small or plain[:2] in ("d'", "l'")
        if not (first.isupper() or first.isdigit() or small or loose or (uncased and end < begin + 24)):
            break
        if _STOP_WORDS.match(plain) or (token.start() and names.group(1)[token.start() - 2 : token.start()] == ", "):
            break
        if plain not in words().places.small:
            end = begin + token.start() + len(token.group().rstrip(" ,"))
        if uncased and not first.isdigit() and count > 3:
            break
    return end if end > begin else None


def _street_joined(reading: Reading, word: Word) -> Iterator[Part]:
    """Yield "Hauptstraße 12a", "Kurze Straße 5", "Drottninggatan 71", "Keizersgracht 12-2"."""
    text = reading.text
    number = _JOINED_NUMBER.match(text, word.end)
    if number is None:
        return
    begin = word.start
    while begin > 0 and word.start - begin < 30 and (text[begin - 1].isalpha() or text[begin - 1] in "-'’."):
        begin -= 1
    if begin == word.start:
        before = _BEFORE_JOINED.search(text[max(0, begin - 40) : begin])
        kept = (
            [m.start() for m in re.finditer(r"\S+", before.group()) if is_proper(before.group()[m.start() :])] if before else []
        )
        if before is None or not kept or not text[word.start].isupper():
            return
        begin += kept[0] - len(before.group())
    elif word.start - begin < 2:
        return
    elif text[begin].isupper():
        head = _HEAD.search(text[max(0, begin - 30) : begin])
        first = head.group().split()[0] if head else ""
        if (
            head
            and first.rstrip(".").lower() in words().places.heads
            and (first[0].isupper() or first in ("van", "ter", "ten", "von"))
        ):
            begin -= len(head.group())
    elif word.start - begin < 3 or not (is_announced(reading, begin) or number.end() - begin > 12):
        return
    yield Part("street", begin, number.end(1))


def _unit(reading: Reading, word: Word) -> Iterator[Part]:
    """Yield "Apt 5", "кв. 12", "RT 03", "bairro Jardim Europa", "Sunrise Apartments"."""
    text = reading.text
    unit = _UNIT.match(text, word.end)
    if unit and (unit.start(1) > word.end or word.end - word.start > 1):
        yield Part("unit", word.start, unit.end())
        return
    first = text[word.start]
    sure = first.isupper() or not text[word.start : word.end].isascii() or text[word.end - 1] == "." or word.end - word.start >= 4
    named = _UNIT_NAMED.match(text, word.end - (text[word.end - 1] == "."))
    tokens = named.group(1).split(" ") if named else []
    if named and sure and is_proper(tokens[0]):
        cased = tokens[0][0].isupper()
        keep = 1
        while keep < len(tokens) and (tokens[keep][:1].isupper() if cased else keep < 2 and not tokens[keep].isdigit()):
            keep += 1
        yield Part("place", word.start, named.start(1) + len(" ".join(tokens[:keep]).rstrip(".,")))
        return
    before = _UNIT_AFTER.search(text[max(0, word.start - 32) : word.start])
    if before and first.isupper() and is_proper(before.group()):
        yield Part("road", word.start - len(before.group()), word.end)


def _code(reading: Reading, match: re.Match[str]) -> Iterator[Part]:
    """Yield a postal code, with its town after it, or the region before it."""
    text, kind = reading.text, match.lastgroup
    start, end = match.span()
    worded = _CODE_WORD.search(reading.low[max(0, start - 18) : start])
    start -= len(worded.group()) if worded else 0
    before = text[max(0, start - 24) : start]
    if kind == "IN" and reading.regions and not (worded or reading.at_home(("IN",))):
        return
    if kind == "CL":
        if "CL" in reading.regions:
            yield Part("digits", start, end)
    elif kind == "D":
        town = _town(reading, end)
        region = _REGION.search(before)
        if region and (region["region"].lower() in words().places.regions or region["mark"][0] in ",\n"):
            yield Part("code", start - len(before) + region.start("region"), end)
        elif town is not None or worded:
            yield Part("code", start, town or end)
        elif _WORD_BEFORE.search(before) or not before or before.rstrip(" ")[-1:] in ("\n", ","):
            yield Part("digits", start, end)
    else:
        town = _town(reading, end) if kind in _TOWN_AFTER else None
        if kind not in ("IN", "SE") or town or worded or _LETTER_BEFORE.search(before):
            yield Part("code", start, town or end)


def _town(reading: Reading, end: int) -> int | None:
    """Return where the town after a postal code ends; None where no name follows."""
    match = _TOWN.match(reading.text, end)
    kept = 0
    for token in re.finditer(r"\S+", match.group() if match else ""):
        word = token.group()
        plain = word.lower().strip(".,()")
        if not (large(word.lstrip("(")[:1]) or (plain in words().places.small and kept)):
            break
        if not word.startswith("(") and (plain in reading.not_names or _STOP_WORDS.match(plain)):
            break
        if plain not in words().places.small:
            kept = token.end()
        if word.endswith("."):
            break
    return end + len(match.group()[:kept].rstrip(".,")) if match and kept else None
