"""The customer's own words in a mail: without relay wrapper, quoted history, notices and signature.

The mail is read line by line and in one direction, so the time is linear. Whatever a step would leave without a
request (nothing, or a greeting only), that step is not taken: to read too much costs less than to read nothing.
No mail library does this here: mail-parser-reply lacks many of our languages and cuts at a line that merely begins
with "Thanks,".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from cs_assist.triage.entities import find_entities
from cs_assist.triage.mail_terms import Terms, load_terms
from cs_assist.triage.signals import fold

_READ = 400  # characters of a line that are looked at for marks
_EDGE = " \t\r\n*|.,;:!。，、！：~-–—_=♥❤️😊🙏🙂"
_RULE = re.compile(r"[\s*_=#~.•·─━═—–-]{3,400}")
_CLOCK = re.compile(r"\d{1,2}\s?[:.h時时시点點]\s?\d{2}")
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}|\d{1,2}\s?[:.h時时시点點]\s?\d{2}")
_PHONE = re.compile(r"\+?\d[\d\s()./-]{5,18}\d")
_ROW = re.compile(r"\d{1,3}\s{1,9}[A-Za-z0-9]{6,14}\b")
_MARKS = ("--", "__")
_QUESTIONS = ("?", "？", "؟")


class Line:
    """One line of a mail that is not blank: where it stands, its text, and its text folded for comparison.

    The blank lines below it belong to it; ``parted`` says that there are some above it.
    """

    def __init__(self, raw: str, start: int, *, parted: bool) -> None:
        self.start, self.end = start, start + len(raw)
        self.raw = raw.strip()
        self.parted = parted
        self.text = fold(self.raw[:_READ])[0].strip()  # long lines are no marks beyond it
        self.quoted = self.text.startswith(">")

    @cached_property
    def bare(self) -> str:
        """The folded line without dashes, stars and punctuation around it."""
        return self.text.strip(_EDGE)

    @cached_property
    def words(self) -> list[str]:
        """The words of the line's first part."""
        return self.raw[:_READ].split()

    @cached_property
    def parts(self) -> frozenset[str]:
        """The kinds of the terms in the line."""
        return frozenset(kind for _, kinds in load_terms().parts.iter(self.text) for kind in kinds)

    @property
    def rule(self) -> bool:
        """Whether the line only draws a line."""
        return bool(_RULE.fullmatch(self.raw[:_READ]))


def own_words(text: str) -> list[tuple[int, int]]:
    r"""Return the parts of a mail that its sender wrote just now, as spans in order.

    Left out are a marketplace's wrapper, quoted history (also above a reply that stands below it), header
    blocks, confidentiality and other notices, a phone's line, and the signature. Lines of a signature that
    carry an order number stay.

    Example:
        >>> mail = "Where is it?\n\nBest regards,\nAnna\n\n-----Original Message-----\nFrom: Shop"
        >>> [mail[start:end] for start, end in own_words(mail)]
        ['Where is it?\n\n']
    """
    lines = _lines(text)
    if len(lines) < 2:
        return [(0, len(text))]
    terms = load_terms()
    steps: tuple[Callable[[Sequence[Line], Terms], Sequence[Line]], ...] = (
        _unwrapped,
        _newest,
        _without_notices,
        _without_marked_signature,
        _without_sign_off,
    )
    for step in steps:
        shorter = step(lines, terms)
        if len(shorter) < len(lines) and _says_something(shorter, terms):
            lines = list(shorter)
    return _spans(lines)


def says_something(text: str) -> bool:
    r"""Return whether there is more in a text than a greeting.

    Example:
        >>> says_something("Hello,"), says_something("Hello,\nwhere is it?")
        (False, True)
    """
    return _says_something(_lines(text), load_terms())


def _says_something(lines: Sequence[Line], terms: Terms) -> bool:
    return any(line.bare and not _is_greeting(line, terms) for line in lines)


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    at = 0
    parted = False
    for raw in text.splitlines(keepends=True):
        end = at + len(raw)
        if not raw.isspace():
            lines.append(Line(raw, at, parted=parted))
        elif lines:
            lines[-1].end = end
        parted = raw.isspace()
        at = end
    return lines


def _spans(lines: Sequence[Line]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for line in lines:
        if spans and spans[-1][1] == line.start:
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
    return spans


def _is_greeting(line: Line, terms: Terms) -> bool:
    if len(line.text) > 60 or not line.text.startswith(terms.greetings):
        return False
    greeting = next(term for term in terms.greetings if line.text.startswith(term))
    rest = line.text[len(greeting) :]
    if rest[:1].isalnum() and greeting[-1:].isascii():
        return False  # the word goes on: "history" is no "hi"
    name = rest.strip(_EDGE)
    addressed = line.text.endswith((",", "!", "、", "。", ":"))
    if not name or (addressed and len(name.split()) == 1 and len(name) <= 12):
        return True
    return _is_name(line.words[len(greeting.split()) :], terms)


def _is_name(words: Sequence[str], terms: Terms) -> bool:
    """Return whether the words are written as names, titles and addresses are: with capitals or digits."""
    if not 1 <= len(words) <= 7 or words[-1].endswith((*_QUESTIONS, "!", "！", "。")):
        return False
    if len(words) > 2 and all(word == word.upper() for word in words):
        return False  # shouted
    large = [word for word in words if word.strip("(\"'.,|/-&")[:1].isupper()]
    others = [word for word in words if word not in large]
    return bool(large) and all(not any(c.isalpha() for c in w) or fold(w)[0].rstrip(".,") in terms.small_words for w in others)


# ---------------------------------------------------------------- quoted history


def _newest(lines: Sequence[Line], terms: Terms) -> Sequence[Line]:
    """Return the first of the mails in a thread that says something, without lines marked as quoted.

    What follows a mark belongs to another mail, unless the quoted lines are marked as such: then
    what stands between and below them is the customer's.
    """
    mails: list[list[Line]] = [[]]
    at = 0
    while at < len(lines):
        end = _mark_end(lines, at, terms)
        if end > at:
            if end == len(lines) or not lines[end].quoted:
                mails.append([])
            at = end
            continue
        if not lines[at].quoted:
            mails[-1].append(lines[at])
        at += 1
    return next((mail for mail in mails if _says_something(mail, terms)), lines)


def _mark_end(lines: Sequence[Line], at: int, terms: Terms) -> int:
    """Return the index after the mark of an earlier mail that starts here, or ``at`` where none does."""
    line = lines[at]
    if line.quoted or len(line.text) < 4:
        return at
    if len(line.text) <= 160 and "reply_above" in line.parts:
        return at + 1
    separator = line.bare in terms.separators and (line.text[:2] in ("--", "__", "==", "**", "- ") or line.text.endswith(":"))
    if separator:
        return max(at + 1, _header_end(lines, at + 1, terms, least=2))
    after_rule = at > 0 and lines[at - 1].rule
    return max(_attribution_end(lines, at), _header_end(lines, at, terms, least=2 if after_rule else 3))


def _attribution_end(lines: Sequence[Line], at: int) -> int:
    """Return the index after "On … wrote:", which mail programs wrap over up to three lines."""
    joined, wrote = "", False
    for i in range(at, min(at + 3, len(lines))):
        line = lines[i]
        dated = bool(_DATE.search(line.text))
        if line.quoted or len(line.text) > 300 or (i > at and (line.parted or dated)):
            return at
        if i == at and not dated and not line.text.endswith(":"):
            return at
        joined += " " + line.text
        wrote = wrote or "wrote" in line.parts
        if line.text.rstrip(" *").endswith(":"):
            address, quoted = "@" in joined, i + 1 < len(lines) and lines[i + 1].quoted
            named = wrote and (address or quoted or bool(_CLOCK.search(joined)))
            return i + 1 if named or (address and line.text.endswith(">:") and _DATE.search(joined)) else at
    return at


def _header_end(lines: Sequence[Line], at: int, terms: Terms, *, least: int) -> int:
    """Return the index after a header block: labels of at least ``least`` kinds, the sender's among them."""
    found: set[str] = set()
    certain = least < 3
    end = at
    for i in range(at, min(at + 10, len(lines))):
        kinds = _label(lines[i], terms)
        if kinds:
            found |= kinds
            end = i + 1
            certain = certain or "subject" in kinds or "@" in lines[i].raw
        elif i == at or i > end:
            break  # one line may be a long list of receivers, going on; two are none of the header's
    return end if certain and "from" in found and len(found) >= least else at


def _label(line: Line, terms: Terms) -> frozenset[str]:
    label, colon, _ = line.text[:40].partition(":")
    return terms.headers.get(label.strip(" *\t"), frozenset()) if colon else frozenset()


# ---------------------------------------------------------------- notices and signatures


def _without_notices(lines: Sequence[Line], terms: Terms) -> Sequence[Line]:
    """Leave out confidentiality notices, virus and print notes, ways to unsubscribe: line to end of paragraph."""
    kept: list[Line] = []
    dropping = False
    for line in lines:
        if "footer" in line.parts:
            # Above the customer's first words, a notice is the receiver's own banner: one line.
            dropping = _says_something(kept, terms)
            continue
        dropping = dropping and not line.parted
        if not dropping:
            kept.append(line)
    return kept


def _without_marked_signature(lines: Sequence[Line], terms: Terms) -> Sequence[Line]:
    """Leave out what stands below the last ``-- `` or drawn line, where it is as short as signatures are.

    Below a drawn line, which people also draw between two thoughts, each line must be one of a signature.
    """
    end = next((i + 1 for i in range(len(lines) - 1, -1, -1) if not (lines[i].rule or _is_phone_line(lines[i]))), 0)
    at = next((i for i in range(end - 1, max(-1, end - 14), -1) if lines[i].raw in _MARKS or lines[i].rule), None)
    if at is None:
        return lines
    block = lines[at + 1 : end]
    if lines[at].raw not in _MARKS:
        return lines[:at] if len(block) > 1 and all(_boxed(x, terms) for x in block) and any(map(_reaches, block)) else lines
    if len(block) > 12 or sum(len(line.raw) for line in block) > 600 or any(_asks(line, terms) for line in block):
        return lines
    return [*lines[:at], *_with_order(block)]


def _without_sign_off(lines: Sequence[Line], terms: Terms) -> Sequence[Line]:
    """Leave out the closing formula and what follows it, where that is only name, title and ways to reach.

    Thanks stay, without what follows them: they may be what the customer means to say.
    A phone's line ("Sent from my …") below the last words is left out on its own.
    """
    opener = end = len(lines)
    phone_lines = set()
    for i in range(len(lines) - 1, max(-1, len(lines) - 15), -1):
        line = lines[i]
        if _is_phone_line(line):
            phone_lines.add(i)
        elif line.rule and i == end - 1:
            end = i
        elif _is_sign_off(line, terms) or _is_thanks(line, terms):
            opener = i
        elif opener < len(lines) or not (_signs(line, terms) or _name_below(lines, i, terms)):
            break
        end = end - 1 if i == end - 1 and i in phone_lines else end
    closed = opener + 1 if opener < len(lines) and _is_thanks(lines[opener], terms) else opener
    body = [line for i, line in enumerate(lines[: min(closed, end)]) if i not in phone_lines]
    return [*body, *_with_order([lines[i] for i in range(opener + 1, len(lines)) if i not in phone_lines])]


def _with_order(block: Sequence[Line]) -> list[Line]:
    """Return the lines of a signature that carry an order number: people write it below their name."""
    kinds = ("order_number", "tracking_number")
    # Digits only may be a telephone number.
    return [x for x in block if any(e.type in kinds and not e.value.isdigit() for e in find_entities(x.raw[:_READ]))]


def _asks(line: Line, terms: Terms) -> bool:
    """Return whether the line is more than a signature's: a question, or a postscript."""
    return line.raw.endswith(_QUESTIONS) or _is_postscript(line, terms)


def _is_postscript(line: Line, terms: Terms) -> bool:
    term = next((term for term in terms.postscripts if line.text.startswith(term)), "")
    return bool(term) and not line.text[len(term) :][:1].isalnum()


def _is_phone_line(line: Line) -> bool:
    return len(line.raw) <= 80 and {"sent_from", "device"} <= line.parts and not line.raw.endswith(_QUESTIONS)


def _is_sign_off(line: Line, terms: Terms) -> bool:
    """Return whether the line is a closing formula, alone or with up to three words of a name."""
    if len(line.text) > 120 or line.raw.endswith(_QUESTIONS):
        return False
    if line.bare in terms.sign_offs:
        return True
    words = line.text.split()
    if len(words) in (2, 3) and words[-1] in terms.after_name and len(line.text) <= 20:
        return True
    for size in range(max(1, len(words) - 3), len(words)):
        formula = " ".join(words[:size]).strip(_EDGE)
        if formula in terms.sign_offs and len(formula) > 3:
            name = line.words[size:]
            cased = line.raw.lower() != line.raw.upper()
            return _is_name(name, terms) or words[size] in terms.small_words or (not cased and len(name) <= 2)
    return False


def _is_thanks(line: Line, terms: Terms) -> bool:
    """Return whether the line is a formula of thanks, alone or with a name."""
    formula, comma, name = line.text[:120].partition(",")
    return line.bare in terms.thanks or (
        bool(comma) and formula in terms.thanks and len(name.split()) <= 3 and _is_name(line.raw.partition(",")[2].split(), terms)
    )


def _signs(line: Line, terms: Terms) -> bool:
    """Return whether the line may stand in a signature: a name, a title, an address, a way to reach someone."""
    if len(line.raw) > 80 or _asks(line, terms):
        return False
    if line.rule or _is_name(line.words, terms) or _with_order([line]):
        return True
    return _reaches(line)


def _reaches(line: Line) -> bool:
    """Return whether the line is a way to reach someone, and hardly more."""
    said = [word for word in line.words if not any(mark in word for mark in ("@", "://", "www."))]
    letters = sum(c.isalpha() for word in said for c in word)
    dense = any("\u2e80" <= c <= "\uffef" for word in said for c in word)  # a few signs make a sentence
    reach = len(said) < len(line.words) or bool(_PHONE.search(line.raw[:_READ]))
    return reach and letters <= (8 if dense else 20) and sum(word.strip(":.,()").isalpha() for word in said) <= 3


def _boxed(line: Line, terms: Terms) -> bool:
    """Return whether the line may stand in a signature below a drawn line: also a company's name in Chinese script."""
    uncased = line.raw == line.raw.lower() == line.raw.upper() and len(line.raw) <= 24
    return _signs(line, terms) or (uncased and not _asks(line, terms) and not line.raw.endswith(("。", "！", "!")))


def _name_below(lines: Sequence[Line], at: int, terms: Terms) -> bool:
    """Return whether the line is a short name, in a script or a hand without capitals, right below a formula."""
    name = lines[at].raw
    if at == 0 or lines[at - 1].bare not in terms.sign_offs or any(c.isdigit() for c in name) or _asks(lines[at], terms):
        return False
    spaced = any(c.isascii() or ("\u0370" <= c <= "\u0fff" and not "\u0e00" <= c <= "\u0e7f") for c in name.replace(" ", ""))
    return len(name.split()) <= 2 and len(name) <= (24 if spaced else 6) and not name.endswith(("。", "!", "！", "."))


# ---------------------------------------------------------------- marketplaces' wrappers


def _unwrapped(lines: Sequence[Line], terms: Terms) -> Sequence[Line]:
    """Return the customer's words within a marketplace's wrapper, which has a heading and something below.

    Below is a line that closes, or a line drawn between heading and words.
    """
    heading = next((i for i, line in enumerate(lines[:12]) if len(line.raw) <= 160 and "heading" in line.parts), None)
    if heading is None:
        return lines
    begin, drawn = _words_begin(lines, heading + 1, terms)
    end = next((i for i in range(begin, len(lines)) if _closes(lines[i], terms)), None)
    if end is None:
        end = next((i for i in range(begin, len(lines)) if lines[i].rule), len(lines) if drawn else None)
    return lines if end is None else lines[begin:end]


def _words_begin(lines: Sequence[Line], at: int, terms: Terms) -> tuple[int, bool]:
    """Return where the customer's words begin below the heading, and whether a line is drawn above them."""
    for i in range(at, min(at + 60, len(lines))):
        if lines[i].bare in terms.relay_begins:
            return i + 1, True
    drawn = False
    while at < len(lines):
        line = lines[at]
        if line.bare in terms.relay_words:
            return at + 1, drawn
        drawn = drawn or line.rule
        skipped = line.rule or "heading" in line.parts or _is_detail(line, terms) or _is_greeting(line, terms)
        if not skipped:
            return at, drawn
        at += 1
    return at, drawn


def _is_detail(line: Line, terms: Terms) -> bool:
    """Return whether the line names an order, an article or a person, and says no more."""
    if _ROW.match(line.raw):
        return True
    if not line.text.startswith(terms.relay_details):
        return False
    term = next(term for term in terms.relay_details if line.text.startswith(term))
    rest = line.text[len(term) :].strip()
    code = rest.strip(_EDGE + "#()[]")
    is_code = " " not in code and code.isascii() and any(c.isdigit() for c in code)
    return term.endswith(":") or rest[:1] in (":", "#") or not code or is_code


def _closes(line: Line, terms: Terms) -> bool:
    return line.bare in terms.relay_ends or line.bare in terms.relay_buttons or line.text.startswith(terms.relay_closings)
