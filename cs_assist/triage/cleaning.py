"""What the customer wrote just now: HTML, quoted history, signatures and relay wrappers removed.

The result knows where each of its characters stood in the original, so spans refer to the original.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import NamedTuple

from cs_assist.triage.mail import OwnWords, own_words, says_something

#: Characters of one message that are read; what lies beyond is kept but not read.
WINDOW = 20_000
_DROPPED_TAGS = {"script", "style", "head", "title", "template", "noscript"}
_BREAKING_TAGS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "section", "blockquote", "hr", "pre"}
_CELL_TAGS = {"td", "th"}
_QUOTE_CLASSES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra")
_SIGNATURE_CLASSES = re.compile(r"gmail_signature|moz-signature|protonmail_signature|ms-outlook-mobile-signature", re.I)
_REST_IS_QUOTED = re.compile(r"appendonsend|divRplyFwdMsg")  # Outlook's marks stand above the quoted mail, not around it
_NO_SIZE = re.compile(r"\+?[0.]{1,9}[a-z%]{0,4}")
#: Sizes that are taken of the size around them: nothing of nothing stays nothing.
_RELATIVE_SIZE = re.compile(r"[+\d.]{1,20}(?:em|ex|ch|%)|inherit|unset|smaller|larger")
_FONT_SIZE = re.compile(r"(?<![\w.%])(?:[\d.]{1,9}(?:px|pt|pc|in|cm|mm|q|em|rem|ex|ch|vw|vh|%)|0)(?![\w.%])")
# What no one reads, and what may be longer than all that one does: pictures within the mail, styles.
_EMBEDDED = re.compile(r"(?<=[\"'(=])\s{0,9}data:[^\"'<>,]{0,200},[^\"'<>)]*", re.I)
_STYLE_BLOCK = re.compile(r"<style\b[^<>]{0,2000}>[^<]*</style\s{0,9}>", re.I)
# The standard parser of some Python versions takes quadratic time over what is broken, so it gets none of it:
# declarations go, and what does not end as a tag does becomes text.
_DECLARATION = re.compile(r"<!--|<[!?](?:[^<>]{0,500}>)?")
# Nor does what begins as an address does: "<jane@doe.example>" is read.
_NO_TAG = re.compile(rf"<(?!/?[A-Za-z][\w-]{{0,40}}(?::[A-Za-z][\w-]{{0,40}})?(?:[\s/][^<>]{{0,{WINDOW * 10}}})?>)")
#: What tells HTML that was given as text: a document's beginning, or elements that are closed and lines that are broken.
_DOCUMENT = re.compile(r"\s{0,99}<(?:!doctype html|html|head|body)\b", re.I)
_ELEMENTS = "p|div|span|br|table|tbody|tr|td|ul|ol|li|b|i|u|strong|em|a|font|h[1-6]|blockquote|pre|center|section|img|hr|style"
_STARTS_AS_HTML = re.compile(rf"\s{{0,99}}<(?:{_ELEMENTS})(?:[\s/][^<>]{{0,2000}})?>", re.I)
_ENDS_AS_HTML = re.compile(rf"<(?:/(?:{_ELEMENTS})\s{{0,9}}|(?:br|img|hr)\b[^<>]{{0,2000}})>$", re.I)
_HTML_BREAK = re.compile(r"</(?:p|div|span|table|ul|ol|li|h[1-6]|blockquote)\s{0,9}>|<br\s{0,9}/?>", re.I)
_NESTING = 64  # open tags that a closing one is looked for in: mails nest less, attacks more
_VOID_TAGS = {"br", "hr", "img", "meta", "input", "link", "wbr", "col", "area", "base", "embed", "source"}
#: Characters that no one sees: zero-width, direction marks, soft hyphens, fillers, variation selectors, tags, and
#: lone halves of surrogate pairs.
_INVISIBLE = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ud800-\udfff\U000e0000-\U000e01ef"
)
#: Marks that are piled on letters of Latin, Greek and Cyrillic; those of other scripts are not among them.
_PILED = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# No language piles up more than two of them (Vietnamese: two).
_UNREAD = re.compile(f"[{_INVISIBLE}]{{1,{WINDOW}}}|[{_PILED}]{{3,{WINDOW}}}")


@dataclass(frozen=True)
class Cleaned:
    """The read part of a message.

    ``pieces`` maps it back: (offset in ``text``, offset in the original), ascending. The first ``wrapped`` characters
    of the original are a marketplace's wrapper.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]
    truncated: bool
    wrapped: int = 0

    def original(self, offset: int) -> int:
        """Return where the character at ``offset`` of ``text`` stood in the original."""
        at = bisect_right(self.pieces, (offset, 1 << 62)) - 1
        here, there = self.pieces[max(at, 0)]
        return there + offset - here


class Body(NamedTuple):
    """The text of a message that is cleaned, and whether there was more than is read."""

    text: str
    cut: bool


class _Element(NamedTuple):
    """An open element: its name, and whether what is directly in it has no size or is invisible."""

    tag: str
    sizeless: bool
    invisible: bool


class _Text(HTMLParser):
    """Collects the visible text of a mail, without hidden parts and, unless ``whole``, quoted blocks and signatures."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.shortened = False
        self._whole = whole
        self._open: list[_Element] = []
        self._hidden_at: int | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKING_TAGS:
            self.parts.append("\n")
        elif tag in _CELL_TAGS:
            self.parts.append(" ")
        if tag in _VOID_TAGS:
            return
        if self._in_head and (tag == "body" or tag in _BREAKING_TAGS):
            self.handle_endtag("head")  # its end tag may be left out
        self._in_head = self._in_head or tag == "head"
        values = {name: value or "" for name, value in attrs}
        style = _declarations(values.get("style", ""))
        self._open.append(self._element(tag, style, sized="size" in values and tag == "font"))
        hidden = tag in _DROPPED_TAGS or "hidden" in values or style.get("display") == "none"
        if self._hidden_at is None and hidden:
            self._hidden_at = len(self._open)
        elif self._hidden_at is None and not self._whole:
            self._shorten(tag, values.get("class", "") + " " + values.get("id", ""))

    def _element(self, tag: str, style: dict[str, str], *, sized: bool) -> _Element:
        """Return the element with what it has of its own and what it takes over from around it."""
        _, sizeless, invisible = self._open[-1] if self._open else _Element("", sizeless=False, invisible=False)
        size = style.get("font-size", "")
        if _NO_SIZE.fullmatch(size):
            sizeless = True
        elif sized or (size and not _RELATIVE_SIZE.fullmatch(size)):
            sizeless = False
        visibility = style.get("visibility", "inherit")
        if visibility in ("hidden", "collapse", "visible", "initial"):
            invisible = visibility in ("hidden", "collapse")
        return _Element(tag, sizeless, invisible)

    def _shorten(self, tag: str, names: str) -> None:
        if _REST_IS_QUOTED.search(names):
            self._hidden_at = 0  # nothing closes it
        elif tag == "blockquote" or _QUOTE_CLASSES.search(names) or _SIGNATURE_CLASSES.search(names):
            self._hidden_at = len(self._open)
        self.shortened = self.shortened or self._hidden_at is not None

    def handle_endtag(self, tag: str) -> None:
        self._in_head = self._in_head and tag != "head"
        if any(element.tag == tag for element in self._open[-_NESTING:]):
            while self._open and self._open.pop().tag != tag:
                pass
        if self._hidden_at is not None and len(self._open) < self._hidden_at:
            self._hidden_at = None
        if tag in _BREAKING_TAGS - _VOID_TAGS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        shown = not self._open or not (self._open[-1].sizeless or self._open[-1].invisible)
        if self._hidden_at is None and shown:
            self.parts.append(data)


def _declarations(style: str) -> dict[str, str]:
    """Return what a style attribute sets, by property; the size of a ``font`` as its ``font-size``."""
    found: dict[str, str] = {}
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip(), value.replace("!important", "").strip()
        size = _FONT_SIZE.search(value) if name == "font" else None
        if size:
            found["font-size"] = size.group()
        elif name:
            found[name] = value
    return found


def read_body(text: str, html: str | None, *, mail: bool) -> Body:
    """Return the text of a message: what its HTML shows, or its plain text where the HTML shows nothing.

    Args:
        text: The plain text; in a mail it is read as HTML where that is what it is, as helpdesks give it.
        html: The HTML part.
        mail: Whether the message is a mail.
    """
    shown = _shown(html) if html else Body("", cut=False)
    if _UNREAD.sub("", shown.text).strip():
        return shown
    return _shown(text) if mail and _is_html(text) else Body(text, cut=shown.cut and not text.strip())


def _is_html(text: str) -> bool:
    """Return whether a text is HTML: a tag that a customer types or shows is none."""
    if _DOCUMENT.match(text):
        return True
    starts, ends = bool(_STARTS_AS_HTML.match(text)), bool(_ENDS_AS_HTML.search(text[-2_200:].rstrip()))
    marks = [match.group().lower() for match in _HTML_BREAK.finditer(text, 0, WINDOW)]
    broken = sum(mark.startswith("<br") for mark in marks)
    return broken > 1 or (len(marks) > 1 and (starts or ends)) or (bool(marks) and starts and ends)


def html_to_text(html: str) -> str:
    """Return the visible text of an HTML mail; quoted blocks, signatures, scripts and hidden parts are left out.

    Where no more than a greeting stands outside the quoted blocks and signatures, these are read too.

    Example:
        >>> html_to_text("<p>Hello, any news?</p><blockquote>old mail</blockquote>")
        'Hello, any news?'
    """
    return _shown(html).text


def _shown(html: str) -> Body:
    html = _EMBEDDED.sub("", _STYLE_BLOCK.sub("", _without_comments(html)))
    part = _cut(html)
    read = _NO_TAG.sub("&lt;", _DECLARATION.sub(" ", part))
    text, shortened = _visible(read, whole=False)
    if shortened and not says_something(text):
        text = _visible(read, whole=True)[0]
    return Body(text, cut=len(part) < len(html))


def _visible(html: str, *, whole: bool) -> tuple[str, bool]:
    parser = _Text(whole=whole)
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return re.sub(rf"\n{{3,{WINDOW * 10}}}", "\n\n", "\n".join(lines)).strip(), parser.shortened


def _cut(html: str) -> str:
    """Return the first part of a mail's HTML, not ending inside a tag."""
    part = html[: WINDOW * 10]
    return part[: part.rfind("<")] if len(html) > len(part) and part.rfind("<") > part.rfind(">") else part


def _without_comments(html: str) -> str:
    """Return the HTML without its closed comments; an open one hides nothing."""
    parts = []
    at = 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        parts.append(html[at:start])
        at = end + 3
    return " ".join([*parts, html[at:]])


def clean(text: str, *, mail: bool, cut: bool = False) -> Cleaned:
    r"""Return the part of ``text`` that the customer wrote just now.

    Left out are characters that no one sees (zero-width, direction marks, variation selectors, tags, lone
    surrogates), combining marks where more than two are piled up, and, in a mail, what
    :func:`cs_assist.triage.mail.own_words` leaves out.

    Args:
        text: The message as it came; its first ``WINDOW`` characters are read.
        mail: Whether it may carry quoted history and a signature (e-mail, marketplace relays).
        cut: Whether there was more of the message than ``text``.

    Example:
        >>> cleaned = clean("Re\u200bfund?\n-- \nAnna", mail=True)
        >>> cleaned.text, cleaned.original(2)
        ('Refund?', 3)
    """
    window = text[:WINDOW]
    kept = own_words(window) if mail else OwnWords([(0, len(window))])
    pieces: list[tuple[int, int]] = []
    parts: list[str] = []
    length = 0
    for start, stop in kept.spans:
        for begin, end in _seen(window, start, stop):
            pieces.append((length, begin))
            parts.append(window[begin:end])
            length += end - begin
    joined = "".join(parts)
    lead = len(joined) - len(joined.lstrip())
    stripped = joined.strip()
    moved = tuple((max(0, at - lead), there + max(0, lead - at)) for at, there in pieces if at <= lead + len(stripped))
    return Cleaned(stripped, _deduplicate(moved) or ((0, 0),), cut or len(text) > WINDOW, kept.wrapped)


def _deduplicate(pieces: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Keep, of pieces that start at the same offset, the last: the others are empty."""
    return tuple(dict(pieces).items())


def _seen(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of ``text`` between ``start`` and ``stop`` that are read; the last may be empty."""
    for match in _UNREAD.finditer(text, start, stop):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    yield start, stop
