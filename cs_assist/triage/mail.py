"""The customer's own words in a mail: without relay wrapper, quoted history, notices and signature.

The mail is read line by line and in one direction, so the time is linear. Whatever a step would leave without a
request (nothing, or a greeting only), that step is not taken: to read too much costs less than to read nothing.
No mail library does this here: mail-parser-reply lacks many of our languages and cuts at a line that merely begins
with "Thanks,".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from cs_assist.triage.entities import find_entities
from cs_assist.triage.mail_terms import Terms, load_terms
from cs_assist.triage.signals import fold
from cs_assist.triage.vocabulary import Word, read

_READ = 400  # characters of a line that are looked at for marks
_EDGE = " \t\r\n*|.,;:!。，、！：~-–—_=♥❤️😊🙏🙂"
_RULE = re.compile(r"[\s*_=#~.•·─━═—–-]{3,400}")
_CLOCK = re.compile(r"(?<![\d./-])\d{1,2}\s?[:.h時时시点點]\s?\d{2}(?![./-]?\d)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|(?<!\d)\d{1,2}([./-])\d{1,2}\1\d{2}(?!\d)")
_BRACKETED = re.compile(r"[<(\[](?:mailto:)?[^\s<>()\[\]]{1,100}@")
_DATE = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}|\d{1,2}\s?[:.h時时시点點]\s?\d{2}")
_PHONE = re.compile(r"\+?\d[\d\s()./-]{5,18}\d")
_ROW = re.compile(r"\d{1,3}\s{1,9}[A-Za-z0-9]{6,14}\b")
_MARKS = ("--", "__")
_QUESTIONS = ("?", "？", "؟")
_SENTENCE = re.compile(r"[!?,;。！？，؟؛،।]|\w{3}\.\s")  # "J. Doe" is none
_QUOTATION_MARKS = ('"', "'", "“", "„", "”", "‘", "’", "‚", "«", "»", "‹", "›", "「", "『", "《", "〝")
_COMPARES = re.compile(r">\s{0,2}\d|>_|>o<|>(?![\s>])\W")  # ">50 cm", ">_<", ">:("
_ORDER_WORDS = ("order_number", "order", "tracking", "carrier")


class Line:
    """One line of a mail that is not blank: where it stands, its text, and its text folded for comparison.

    The blank lines below it belong to it; ``parted`` says that there are some above it.
    """

    def __init__(self, raw: str, start: int, *, parted: bool) -> None:
        self.start, self.end = start, start + len(raw)
        self.raw = raw.strip()
        #: Whether it is the mark that mail programs set above a signature; people who type a line leave the space out.
        self.delimits = raw.rstrip("\r\n") == "-- "
        self.parted = parted
        self.text = fold(self.raw[:_READ])[0].strip()  # long lines are no marks beyond it
        self.angled = self.text.startswith(">")

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

    @cached_property
    def code_words(self) -> list[Word]:
        """The words in the line that say what a number beside them is."""
        return list(read(self.raw[:_READ], market=None, language=None).naming)


@dataclass(frozen=True)
class OwnWords:
    """The ``spans`` of a mail that its sender wrote just now, in order.

    The first ``wrapped`` characters of the mail are a marketplace's wrapper.
    """

    spans: list[tuple[int, int]]
    wrapped: int = 0


def own_words(text: str) -> OwnWords:
    r"""Return the parts of a mail that its sender wrote just now.

    Left out are a marketplace's wrapper, quoted history (also above a reply that stands below it), header
    blocks, confidentiality and other notices, a phone's line, and the signature. Of a signature stay the lines
    that carry an order number, what reads like a sentence, and all of it where the line above announces something.

    Example:
        >>> mail = "Where is it?\n\nBest regards,\nAnna\n\n-----Original Message-----\nFrom: Shop"
        >>> [mail[start:end] for start, end in own_words(mail).spans]
        ['Where is it?\n\n']
    """
    lines = _lines(text)
    if len(lines) < 2:
        return OwnWords([(0, len(text))])
    terms = load_terms()
    wrapped = 0
    for step in (_unwrapped, _newest, _without_notices, _without_marked_signature, _without_sign_off):
        shorter = step(lines, terms)
        if len(shorter) < len(lines) and _says_something(shorter, terms):
            lines = list(shorter)
            wrapped = lines[0].start if step is _unwrapped else wrapped
    return OwnWords(_spans(lines), wrapped)


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
    if len(line.text) > 60 or not line.text.startswith((*terms.greetings, *terms.openers)):
        return False
    greeting = max((term for term in (*terms.greetings, *terms.openers) if line.text.startswith(term)), key=len)
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
    ends = [_mark_end(lines, at, terms) for at in range(len(lines))]
    quoted = _quoted(lines, ends)
    mails: list[list[Line]] = [[]]
    at = 0
    while at < len(lines):
        end = ends[at]
        if end > at:
            if end not in quoted:
                mails.append([])
            at = end
            continue
        if at not in quoted:
            mails[-1].append(lines[at])
        at += 1
    return next((mail for mail in mails if _says_something(mail, terms)), lines)


def _quoted(lines: Sequence[Line], ends: Sequence[int]) -> set[int]:
    """Return which lines are quoted: those with a ">", where that is more than a sign of the customer's own.

    It is below a mark of an earlier mail (``ends`` has the line after each) and where several lines have it, but not in
    a list that the line above announces, nor where a number or a face ("> 3 weeks", ">_<") makes it something else.
    """
    angled = [at for at, line in enumerate(lines) if line.angled]
    several = sum(not _COMPARES.match(lines[at].text) for at in angled) > 1
    first_mark = next((at for at, end in enumerate(ends) if end > at), len(lines))
    below_mark = {end for at, end in enumerate(ends) if end > at}
    quoted: set[int] = set()
    for run in _runs(lines, angled):
        compares = all(_COMPARES.match(lines[at].text) for at in run)
        sure = run[0] in below_mark or (first_mark < run[0] and not compares)
        if sure or (several and not compares and not _opens_list(lines, run[0])):
            quoted.update(run)
    return quoted


def _opens_list(lines: Sequence[Line], at: int) -> bool:
    """Return whether the line above says that something follows, and neither when nor by whom it was written."""
    above = lines[at - 1].text
    return _announces(lines, at) and not ("@" in above or _YEAR.search(above) or _CLOCK.search(above))


def _runs(lines: Sequence[Line], places: Sequence[int]) -> list[list[int]]:
    """Return the places in groups of lines that follow each other without a blank between them."""
    runs: list[list[int]] = []
    for at in places:
        if runs and runs[-1][-1] == at - 1 and not lines[at].parted:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _mark_end(lines: Sequence[Line], at: int, terms: Terms) -> int:
    """Return the index after the mark of an earlier mail that starts here, or ``at`` where none does."""
    line = lines[at]
    if line.angled or len(line.text) < 4:
        return at
    if len(line.text) <= 160 and "reply_above" in line.parts:
        return at + 1
    separator = line.bare in terms.separators and (line.text[:2] in ("--", "__", "==", "**", "- ") or line.text.endswith(":"))
    if separator:
        return max(at + 1, _header_end(lines, at + 1, terms, least=2))
    after_rule = at > 0 and lines[at - 1].rule
    return max(_attribution_end(lines, at), _header_end(lines, at, terms, least=2 if after_rule else 3))


def _attribution_end(lines: Sequence[Line], at: int) -> int:
    """Return the index after "On … wrote:", which mail programs wrap over up to three lines.

    People write such a sentence too. It is a mail program's where an address is bracketed or the lines below are marked,
    or where it stands alone with date, year and time; what is put in quotation marks below it was put there by hand.
    """
    joined, wrote = "", False
    for i in range(at, min(at + 3, len(lines))):
        line = lines[i]
        dated = bool(_DATE.search(line.text))
        if line.angled or len(line.text) > 300 or (i > at and (line.parted or dated)):
            return at
        if i == at and not dated and not line.text.endswith(":"):
            return at
        joined += " " + line.text
        wrote = wrote or "wrote" in line.parts
        if line.text.rstrip(" *").endswith(":"):
            below = lines[i + 1] if i + 1 < len(lines) else None
            alone = "@" in joined or (at > 0 and lines[at].parted and len(joined) <= 120)
            by_hand = below and below.raw.startswith(_QUOTATION_MARKS)
            stamped = alone and not by_hand and bool(_YEAR.search(joined) and _CLOCK.search(joined))
            sure = bool(below and below.angled) or bool(_BRACKETED.search(joined)) or stamped
            return i + 1 if (wrote and sure) or ("@" in joined and line.text.endswith(">:") and _DATE.search(joined)) else at
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
    """Leave out what stands below the last ``-- `` or drawn line, where each line of it may be one of a signature.

    Below a line of two dashes, which people also draw between two thoughts, or a longer one, all stays if one line does
    not look like it. Below the very mark of mail programs only such lines stay.
    """
    end = next((i + 1 for i in range(len(lines) - 1, -1, -1) if not (lines[i].rule or _is_phone_line(lines[i]))), 0)
    at = next((i for i in range(end - 1, max(-1, end - 14), -1) if lines[i].raw in _MARKS or lines[i].rule), None)
    if at is None or _announces(lines, at):
        return lines
    block = lines[at + 1 : end]
    with_order = _with_order(block)
    signing = [line for line in block if _signs(line, terms) and (lines[at].delimits or not line.raw.isupper())]
    if lines[at].delimits and signing and not any(_asks(line, terms) for line in block):
        return [*lines[:at], *(line for line in block if line in with_order or line not in signing)]
    signed = len(signing) == len(block) and lines[at].raw in _MARKS  # in capitals people shout
    if signed or (len(block) > 1 and all(_boxed(x, terms) for x in block) and any(map(_reaches, block))):
        return [*lines[:at], *with_order]
    return lines


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
    if _announces(lines, opener):
        end = opener = len(lines)
    closed = opener + 1 if opener < len(lines) and _is_thanks(lines[opener], terms) else opener
    body = [line for i, line in enumerate(lines[: min(closed, end)]) if i not in phone_lines]
    return [*body, *_with_order([lines[i] for i in range(opener + 1, len(lines)) if i not in phone_lines])]


def _announces(lines: Sequence[Line], at: int) -> bool:
    """Return whether the line above says that something follows: a new address, the articles meant."""
    return 0 < at < len(lines) and lines[at - 1].text.endswith(":")


def _with_order(block: Sequence[Line]) -> list[Line]:
    """Return the lines of a signature that carry an order number: people write it below their name."""
    kept = {at for at, line in enumerate(block) if _carries_order(line)}
    for at, (line, below) in enumerate(pairwise(block)):
        if line.text.endswith(":") and _names_order(line) and any(c.isdigit() for c in below.raw):
            kept |= {at, at + 1}
    return [block[at] for at in sorted(kept)]


def _carries_order(line: Line) -> bool:
    """Return whether an order or tracking number stands in the line; digits only may be a telephone number."""
    found = [e.value for e in find_entities(line.raw[:_READ]) if e.type in ("order_number", "tracking_number")]
    return any(not value.isdigit() for value in found) or (bool(found) and _names_order(line))


def _names_order(line: Line) -> bool:
    return any(word.role in _ORDER_WORDS for word in line.code_words)


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
    if line.rule or _is_name(line.words, terms) or _carries_order(line):
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

    Below is a line that closes, or a line drawn between heading and words; without either, the heading must be plain.
    """
    heading = next((i for i, line in enumerate(lines[:12]) if len(line.raw) <= 160 and "heading" in line.parts), None)
    if heading is None:
        return lines
    begin, drawn = _words_begin(lines, heading + 1, terms)
    end = next((i for i in range(begin, len(lines)) if _closes(lines[i], terms)), None)
    if end is None:
        end = next((i for i in range(begin, len(lines)) if lines[i].rule), len(lines) if drawn else None)
    return lines[_below_heading(lines, heading, terms) :] if end is None else lines[begin:end]


def _below_heading(lines: Sequence[Line], heading: int, terms: Terms) -> int:
    """Return where the words begin below a heading that nothing closes, or 0 where it may be the customer's own sentence.

    Such a heading is all that its line says, and a colon, details or a blank line part it from the words.
    """
    line = lines[heading]
    term = next(term for term in terms.relay_headings if term in line.text)
    before, _, after = line.bare.partition(term)
    others = [x for x in lines[:heading] if not (x.rule or _is_detail(x, terms) or _is_greeting(x, terms))]
    named = len(before.split()) <= 3 and len((before + after).split()) <= 6 and len(before + after) <= 60
    if others or not named or _SENTENCE.search(before + after):
        return 0
    at = heading + 1
    while at < len(lines) and _is_detail(lines[at], terms) and (at == heading + 1 or not lines[at].parted):
        at += 1
    if at < len(lines) and lines[at].bare in terms.relay_words:
        at += 1
    blank = not before and at < len(lines) and lines[at].parted
    return at if at > heading + 1 or line.text.endswith(":") or blank else 0


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
    if _ROW.match(line.raw) or _is_order_label(line):
        return True
    if not line.text.startswith(terms.relay_details):
        return False
    term = next(term for term in terms.relay_details if line.text.startswith(term))
    rest = line.text[len(term) :].strip()
    code = rest.strip(_EDGE + "#()[]")
    is_code = " " not in code and code.isascii() and any(c.isdigit() for c in code)
    return term.endswith(":") or rest[:1] in (":", "#") or not code or is_code


def _is_order_label(line: Line) -> bool:
    """Return whether the line is a word for an order or tracking number, a colon and the number."""
    word = line.code_words[0] if line.code_words and len(line.raw) <= 80 else None
    label, _, number = line.raw[word.end :].replace("：", ":").partition(":") if word and word.start == 0 else ("-", "", "")
    return not label.strip() and len(number.split()) == 1 and _carries_order(line)


def _closes(line: Line, terms: Terms) -> bool:
    return line.bare in terms.relay_ends or line.bare in terms.relay_buttons or line.text.startswith(terms.relay_closings)
