"""Markdown with front matter, and plain text that may have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cs_assist.datafile import Mapping
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import Found, Notice, first_line, make_id, name_parts, read_head, read_text
from cs_assist.knowledge.sources.hiding import take_out_hidden

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_UNDERLINE = re.compile(r" {0,3}(={2,}|-{3,})[ \t]*$")
#: What is no heading over an underline: a heading already, a quote, a table's row, indented code, markup, another rule.
_NO_HEADING = re.compile(r" {0,3}(?:#{1,6}\s|>|\||<[A-Za-z/!]|[-*_=]{2,}\s*$|(?:[-*_] ){2,})| {4}|\t")
_ENTRY = re.compile(r" {0,3}(?:[-*+]|\d+[.)])\s")
_LONGEST_HEADING = 150
_SENTENCE_ENDS = tuple(".!;,:。！।|")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)$")
#: A line as word processors and habit make it of "---".
_ALMOST = re.compile(r"(-{2,}|[–—―]+|-\s+-\s+-)$")
_KEYS = re.compile(r"(id|title|language|markets|category|platform|approved)\s*:")


def read_markdown(path: Path) -> Iterator[Found | Notice]:
    """Yield the one article of a Markdown file; what its HTML hides from a reader is taken out and told.

    Raises:
        ArticleError: It is not UTF-8, or has no front matter; names file and line.
    """
    given, text, line = split_front_matter(read_text(path), path)
    if given is None:
        hint = "Make '---' the first line, then the keys, then '---' again."
        raise ArticleError("front matter was expected: a line '---', keys, a line '---'", path=path, line=1, hint=hint)
    text = mark_headings(text)
    shown = take_out_hidden(text, code=in_code(text))
    yield from shown.notices(path, line=line + shown.line)
    yield Found(shown.text, given, line=line)


def read_plain(path: Path) -> Iterator[Found | Notice]:
    """Yield the one article of a text file; without front matter, the first line is the title.

    Raises:
        ArticleError: It is not UTF-8, or its front matter is not closed.
    """
    given, text, line = split_front_matter(read_text(path), path)
    shown = take_out_hidden(mark_headings(text))
    yield from shown.notices(path, line=line + shown.line)
    text = shown.text
    title = first_line(text)
    head, _, rest = text.partition("\n")
    if title and head.strip().endswith(title) and rest.strip() and not (given and "title" in given.value):
        text = rest.strip()
    derived = {"id": make_id(name_parts(path)[0])} | ({"title": title} if title else {})
    yield Found(text, given or Mapping({}, None, path), derived, line=line)


def split_front_matter(text: str, path: Path) -> tuple[Mapping | None, str, int]:
    """Return the front matter (``None`` where there is none), the text, and the line before it.

    Raises:
        ArticleError: The front matter is not opened or closed by a line ``---``, or is no YAML mapping.
    """
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[start].strip() != "---":
        if _ALMOST.match(lines[start].strip()) and _KEYS.match("".join(lines[start + 1 : start + 2])):
            said = f"front matter was expected; the line is '{lines[start].strip()}'"
            raise ArticleError(said, path=path, line=start + 1, hint="Write three hyphens: ---")
        return None, text.strip(), start
    end = next((number for number, line in enumerate(lines[start + 1 :], start=start + 1) if line.strip() == "---"), 0)
    almost = (n for n, line in enumerate(lines[start + 1 :], start=start + 1) if n != end and _ALMOST.match(line.strip()))
    near = next(almost, 0)
    if near and (not end or near < end):
        said = f"front matter is closed by a line '---'; the line is '{lines[near].strip()}'"
        raise ArticleError(said, path=path, line=near + 1, hint="Write three hyphens: ---")
    if not end:
        hint = "Write '---' on a line of its own after the last key."
        raise ArticleError("the front matter is not closed by a line '---'", path=path, line=start + 1, hint=hint)
    _refuse_swallowed(lines[:end], start, path)
    given = read_head("\n".join(lines[start + 1 : end]), path, first_line=start + 2)
    body = next((number for number, line in enumerate(lines[end + 1 :], start=end + 1) if line.strip()), end + 1)
    return given, "\n".join(lines[body:]).strip(), body


def _refuse_swallowed(lines: Sequence[str], start: int, path: Path) -> None:
    """Refuse a heading after an empty line: YAML would take it for a remark, and with it the article's beginning is lost."""
    blank = next((number for number, line in enumerate(lines) if number > start and not line.strip()), len(lines))
    for number, line in enumerate(lines[blank:], start=blank + 1):
        if _HEADING.match(line):
            said = f"'{line.strip()[:60]}' stands in the front matter, which is not closed before it"
            hint = "Write the line '---' after the last key; a remark among the keys stands without an empty line before it."
            raise ArticleError(said, path=path, line=number, hint=hint)


def mark_headings(markdown: str) -> str:
    r"""Return a text with ``#`` before the headings that are underlined in it; all lines keep their numbers.

    Only a line that stands alone over the underline is a heading: rules, tables, lists, quotes and code are none, and a
    sentence over hyphens is one before a rule.

    Example:
        >>> mark_headings("Delivery\n========\nTwo days.\n\nExpress\n---\nOne day.")
        '# Delivery\n\nTwo days.\n\n## Express\n\nOne day.'
    """
    lines = markdown.split("\n")
    if not any(_UNDERLINE.match(line) for line in lines[1:]):
        return markdown
    code = [*in_code(markdown), *[False] * len(lines)]
    for at in range(1, len(lines)):
        line, mark = lines[at - 1], _UNDERLINE.match(lines[at])
        if not mark or code[at] or code[at - 1] or (at > 1 and lines[at - 2].strip()):
            continue
        single = mark[1][0] == "="
        if not _is_heading(line) or (not single and (_ENTRY.match(line) or line.rstrip().endswith(_SENTENCE_ENDS))):
            continue
        lines[at - 1 : at + 1] = [f"{'#' if single else '##'} {line.strip()}", ""]
    return "\n".join(lines)


def _is_heading(line: str) -> bool:
    return 0 < len(line.strip()) <= _LONGEST_HEADING and not _NO_HEADING.match(line)


def has_text(markdown: str) -> bool:
    """Tell whether there is more than headings."""
    return any(line.strip() and not re.match(r"#{1,6}\s", line) for line in markdown.splitlines())


def in_code(markdown: str) -> list[bool]:
    r"""Tell for each line whether it belongs to a fenced code block; a fence that is never closed opens none.

    Example:
        >>> in_code("Text.\n```\n# no heading\n```\n~~~\n# Heading")
        [False, True, True, True, False, False]
    """
    lines = markdown.splitlines()
    inside = [False] * len(lines)
    unclosed: dict[str, int] = {}  # what is known to be closed nowhere below: a search for it would be in vain
    at = 0
    while at < len(lines):
        marks = _opening(lines[at])
        if marks and len(marks) < unclosed.get(marks[0], len(marks) + 1):
            end = _closing(lines, at, marks)
            if end is None:
                unclosed[marks[0]] = len(marks)
            else:
                inside[at : end + 1] = [True] * (end + 1 - at)
                at = end
        at += 1
    return inside


def _opening(line: str) -> str:
    """Return the marks that open a fence; three backticks with more behind them on the line are code within it."""
    fence = _FENCE.match(line)
    return fence[1] if fence and not (fence[1][0] == "`" and "`" in fence[2]) else ""


def _closing(lines: Sequence[str], at: int, marks: str) -> int | None:
    for number in range(at + 1, len(lines)):
        line = lines[number].strip()
        if len(line) >= len(marks) and not line.strip(marks[0]):
            return number
    return None


def oddities(markdown: str) -> Iterator[tuple[int, str]]:
    r"""Yield (line, what is odd) for a heading that nothing stands under, and for a code fence that is never closed.

    Example:
        >>> list(oddities("Text.\n\n## Shipping\n\n## Returns\n\n30 days."))
        [(3, "nothing stands under the heading 'Shipping': it is not searched")]
    """
    code = in_code(markdown)
    bare: tuple[int, int, str] | None = None
    for number, line in enumerate(markdown.splitlines(), start=1):
        heading = None if code[number - 1] else _HEADING.match(line)
        if bare and heading and len(heading[1]) <= bare[1]:
            yield bare[0], f"nothing stands under the heading '{bare[2]}': it is not searched"
        if heading:
            bare = (number, len(heading[1]), heading[2][:80])
        elif line.strip():
            bare = None
        if not code[number - 1] and _opening(line):
            yield number, f"the code that '{line.strip()[:20]}' opens is never closed: it is read as text"
    if bare:
        yield bare[0], f"nothing stands under the heading '{bare[2]}': it is not searched"
