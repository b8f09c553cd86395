"""What the customer wrote just now: HTML, quoted history, signatures and relay wrappers removed.

The result knows where each of its characters stood in the original, so spans refer to the original.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from cs_assist.triage.mail import own_words, says_something

#: Characters of one message that are read; what lies beyond is kept but not read.
WINDOW = 20_000
_DROPPED_TAGS = {"script", "style", "head", "title", "template", "noscript"}
_BREAKING_TAGS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "section", "blockquote", "hr", "pre"}
_CELL_TAGS = {"td", "th"}
_QUOTE_CLASSES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra")
_SIGNATURE_CLASSES = re.compile(r"gmail_signature|moz-signature|protonmail_signature|ms-outlook-mobile-signature", re.I)
_REST_IS_QUOTED = re.compile(r"appendonsend|divRplyFwdMsg")  # Outlook's marks stand above the quoted mail, not around it
_HIDING_STYLE = re.compile(r"display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])")
# The standard parser of some Python versions takes quadratic time over what is broken, so it gets none of it:
# declarations go, and what does not end as a tag does becomes text.
_DECLARATION = re.compile(r"<!--|<[!?](?:[^<>]{0,500}>)?")
_NO_TAG = re.compile(rf"<(?!/?[A-Za-z][^<>]{{0,{WINDOW * 10}}}>)")
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

    ``pieces`` maps it back: (offset in ``text``, offset in the original), ascending.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]
    truncated: bool

    def original(self, offset: int) -> int:
        """Return where the character at ``offset`` of ``text`` stood in the original."""
        at = bisect_right(self.pieces, (offset, 1 << 62)) - 1
        here, there = self.pieces[max(at, 0)]
        return there + offset - here


class _Text(HTMLParser):
    """Collects the visible text of a mail, without hidden parts and, unless ``whole``, quoted blocks and signatures."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.shortened = False
        self._whole = whole
        self._open: list[str] = []
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
        self._open.append(tag)
        values = {name: value or "" for name, value in attrs}
        style = values.get("style", "").replace(" ", "").lower()
        hidden = tag in _DROPPED_TAGS or "hidden" in values or bool(_HIDING_STYLE.search(style))
        if self._hidden_at is None and hidden:
            self._hidden_at = len(self._open)
        elif self._hidden_at is None and not self._whole:
            self._shorten(tag, values.get("class", "") + " " + values.get("id", ""))

    def _shorten(self, tag: str, names: str) -> None:
        if _REST_IS_QUOTED.search(names):
            self._hidden_at = 0  # nothing closes it
        elif tag == "blockquote" or _QUOTE_CLASSES.search(names) or _SIGNATURE_CLASSES.search(names):
            self._hidden_at = len(self._open)
        self.shortened = self.shortened or self._hidden_at is not None

    def handle_endtag(self, tag: str) -> None:
        self._in_head = self._in_head and tag != "head"
        if tag in self._open[-_NESTING:]:
            while self._open and self._open.pop() != tag:
                pass
        if self._hidden_at is not None and len(self._open) < self._hidden_at:
            self._hidden_at = None
        if tag in _BREAKING_TAGS - _VOID_TAGS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden_at is None:
            self.parts.append(data)


def html_to_text(html: str) -> str:
    """Return the visible text of an HTML mail; quoted blocks, signatures, scripts and hidden parts are left out.

    Where no more than a greeting stands outside the quoted blocks and signatures, these are read too.

    Example:
        >>> html_to_text("<p>Hello, any news?</p><blockquote>old mail</blockquote>")
        'Hello, any news?'
    """
    html = _NO_TAG.sub("&lt;", _DECLARATION.sub(" ", _without_comments(_cut(html))))
    text, shortened = _visible(html, whole=False)
    return _visible(html, whole=True)[0] if shortened and not says_something(text) else text


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


def clean(text: str, *, mail: bool) -> Cleaned:
    r"""Return the part of ``text`` that the customer wrote just now.

    Left out are characters that no one sees (zero-width, direction marks, variation selectors, tags, lone
    surrogates), combining marks where more than two are piled up, and, in a mail, what
    :func:`cs_assist.triage.mail.own_words` leaves out.

    Args:
        text: The message as it came; its first ``WINDOW`` characters are read.
        mail: Whether it may carry quoted history and a signature (e-mail, marketplace relays).

    Example:
        >>> cleaned = clean("Re\u200bfund?\n-- \nAnna", mail=True)
        >>> cleaned.text, cleaned.original(2)
        ('Refund?', 3)
    """
    window = text[:WINDOW]
    kept = own_words(window) if mail else [(0, len(window))]
    pieces: list[tuple[int, int]] = []
    parts: list[str] = []
    length = 0
    for start, stop in kept:
        for begin, end in _seen(window, start, stop):
            pieces.append((length, begin))
            parts.append(window[begin:end])
            length += end - begin
    joined = "".join(parts)
    lead = len(joined) - len(joined.lstrip())
    stripped = joined.strip()
    moved = tuple((max(0, at - lead), there + max(0, lead - at)) for at, there in pieces if at <= lead + len(stripped))
    return Cleaned(stripped, _deduplicate(moved) or ((0, 0),), len(text) > WINDOW)


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
