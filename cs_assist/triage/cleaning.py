"""What the customer wrote just now: HTML, quoted history, signatures and relay wrappers removed.

The result knows where each of its characters stood in the original, so spans refer to the original.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

#: Characters of one message that are read; what lies beyond is kept but not read.
WINDOW = 20_000
_MAIL_LANGUAGES = ["en", "de", "fr", "es", "it", "ja", "ko", "nl", "pl", "pt", "sv", "zh", "tr", "ru"]
_DROPPED_TAGS = {"script", "style", "head", "title", "template", "noscript"}
_BREAKING_TAGS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "section"}
_QUOTE_CLASSES = re.compile(r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|appendonsend|divRplyFwdMsg")
_HIDING_STYLE = re.compile(r"display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])")
_BROKEN_DECLARATION = re.compile(r"<!\[(?:[^<>]{0,200}>)?")
_NESTING = 64  # open tags that a closing one is looked for in: mails nest less, attacks more
_VOID_TAGS = {"br", "hr", "img", "meta", "input", "link", "wbr", "col", "area", "base", "embed", "source"}
_MAIL_MARK = re.compile(r"^[ \t]*>|^[ \t]*(-{2,}|_{5,})|:[ \t]*$|^[ \t]*(from|von|de|da|od|van|från|от)\s*:", re.I | re.M)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


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
    """Collects the visible text of a mail, without quoted blocks and hidden parts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []
        self._hidden_at: int | None = None
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKING_TAGS:
            self.parts.append("\n")
        if tag in _VOID_TAGS:
            return
        if self._in_head and (tag == "body" or tag in _BREAKING_TAGS):
            self.handle_endtag("head")  # its end tag may be left out
        self._in_head = self._in_head or tag == "head"
        self._open.append(tag)
        values = {name: value or "" for name, value in attrs}
        style = values.get("style", "").replace(" ", "").lower()
        quoted = tag == "blockquote" or _QUOTE_CLASSES.search(values.get("class", "") + " " + values.get("id", ""))
        hidden = tag in _DROPPED_TAGS or "hidden" in values or bool(_HIDING_STYLE.search(style))
        if self._hidden_at is None and (quoted or hidden):
            self._hidden_at = len(self._open)

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
    """Return the visible text of an HTML mail; quoted blocks, scripts and hidden parts are left out.

    Example:
        >>> html_to_text("<p>Hello</p><blockquote>old mail</blockquote>")
        'Hello'
    """
    parser = _Text()
    # Outlook's conditional marks, closed or not, would stop the standard parser.
    parser.feed(_BROKEN_DECLARATION.sub(" ", _cut(html)))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _cut(html: str) -> str:
    """Return the first part of a mail's HTML, not ending inside a tag."""
    part = html[: WINDOW * 10]
    return part[: part.rfind("<")] if len(html) > len(part) and part.rfind("<") > part.rfind(">") else part


def clean(text: str, *, mail: bool) -> Cleaned:
    """Return the part of ``text`` that the customer wrote just now.

    Args:
        text: The message as it came.
        mail: Whether it may carry quoted history and a signature (e-mail, marketplace relays).
    """
    window = text[:WINDOW]
    kept = [(0, window)]
    if mail and _MAIL_MARK.search(window):
        kept = _latest_reply(window) or kept
    pieces: list[tuple[int, int]] = []
    parts: list[str] = []
    length = 0
    for start, part in kept:
        for begin, end in _visible(part):
            pieces.append((length, start + begin))
            parts.append(part[begin:end])
            length += end - begin
    joined = "".join(parts)
    lead = len(joined) - len(joined.lstrip())
    stripped = joined.strip()
    moved = tuple((max(0, at - lead), there + max(0, lead - at)) for at, there in pieces if at <= lead + len(stripped))
    return Cleaned(stripped, _deduplicate(moved) or ((0, 0),), len(text) > WINDOW)


def _deduplicate(pieces: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Keep, of pieces that start at the same offset, the last: the others are empty."""
    return tuple(dict(pieces).items())


def _visible(part: str) -> list[tuple[int, int]]:
    spans = []
    at = 0
    for match in _INVISIBLE.finditer(part):
        if match.start() > at:
            spans.append((at, match.start()))
        at = match.end()
    spans.append((at, len(part)))
    return spans


def _latest_reply(text: str) -> list[tuple[int, str]] | None:
    """Return the lines of the latest reply with their offsets, or None where nothing would be left."""
    replies = EmailReplyParser(languages=_MAIL_LANGUAGES).read(text=text).replies
    reply = replies[0].body if replies else ""
    wanted = [line.strip() for line in (reply or "").splitlines() if not line.lstrip().startswith(">")]
    if not any(wanted):
        return None
    kept = []
    offset = at = 0
    for line in text.splitlines(keepends=True):
        if at < len(wanted) and line.strip() == wanted[at]:
            kept.append((offset, line))
            at += 1
        offset += len(line)
    return kept or None
