"""Markdown with front matter, and plain text that may have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cs_assist.datafile import Mapping, read_mapping
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import Found, first_line, make_id, name_parts, read_text


def read_markdown(path: Path) -> Iterator[Found]:
    """Yield the one article of a Markdown file.

    Raises:
        ArticleError: It is not UTF-8, or has no front matter; names file and line.
    """
    given, text, line = split_front_matter(read_text(path), path)
    if given is None:
        raise ArticleError("front matter was expected: a line '---', keys, a line '---'", path=path, line=1)
    yield Found(text, given, line=line)


def read_plain(path: Path) -> Iterator[Found]:
    """Yield the one article of a text file; without front matter, the first line is the title.

    Raises:
        ArticleError: It is not UTF-8, or its front matter is not closed.
    """
    given, text, line = split_front_matter(read_text(path), path)
    title = first_line(text)
    head, _, rest = text.partition("\n")
    if title and head.strip().endswith(title) and rest.strip() and not (given and "title" in given.value):
        text = rest.strip()
    derived = {"id": make_id(name_parts(path)[0])} | ({"title": title} if title else {})
    yield Found(text, given or Mapping({}, None, path), derived, line=line)


def split_front_matter(text: str, path: Path) -> tuple[Mapping | None, str, int]:
    """Return the front matter (``None`` where the first line is not ``---``), the text, and the line before it.

    Raises:
        ArticleError: The front matter is not closed or is no YAML mapping.
    """
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return None, text.strip(), 0
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---"), 0)
    if not end:
        raise ArticleError("the front matter is not closed by a line '---'", path=path, line=1)
    given = read_mapping("\n".join(lines[1:end]), path=path, first_line=2, error=ArticleError)
    return given, "\n".join(lines[end + 1 :]).strip(), end + 1


def has_text(markdown: str) -> bool:
    """Tell whether there is more than headings."""
    return any(line.strip() and not re.match(r"#{1,6}\s", line) for line in markdown.splitlines())
