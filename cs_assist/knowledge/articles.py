"""Articles of a knowledge base: Markdown files with YAML front matter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import parse_yaml
from cs_assist.errors import ArticleError
from cs_assist.types import Platform

#: Codes that people write for a country and that ISO 3166-1 has otherwise.
_SLIPS = {"UK": "GB", "EN": "GB", "EL": "GR"}


def _market_code(code: str) -> str:
    if code == "*":
        return code
    if code.upper() in _SLIPS:
        raise ValueError(f"'{code}' is no ISO 3166-1 code; did you mean '{_SLIPS[code.upper()]}'?")
    if len(code) != 2 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise ValueError(f"'{code}' is no ISO 3166-1 alpha-2 code")
    return code


class FrontMatter(BaseModel):
    """The keys of an article's head; empty ``markets``, ``"*"`` in it, or a null ``platform`` mean all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    language: str
    markets: tuple[Annotated[str, AfterValidator(_market_code)], ...] = ()
    platform: Platform | None = None
    category: Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
    product: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    url: str | None = None
    approved: bool = False
    variant_of: str | None = None

    @property
    def everywhere(self) -> bool:
        """Whether the article is for all markets."""
        return not self.markets or "*" in self.markets

    @model_validator(mode="after")
    def _dates_in_order(self) -> FrontMatter:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} is after valid_until {self.valid_until}")
        return self


@dataclass(frozen=True)
class Article:
    """One article: its head, its Markdown text and where it came from."""

    head: FrontMatter
    text: str
    path: Path


@dataclass(frozen=True)
class Loaded:
    """The articles of a folder, and what could not be read and why."""

    articles: tuple[Article, ...]
    problems: tuple[ArticleError, ...]


def load_articles(folder: Path) -> Loaded:
    """Return all articles under ``folder``; a broken one is reported and the others load.

    Raises:
        ArticleError: ``folder`` is no folder or holds no ``.md`` file at all.
    """
    paths = sorted(folder.rglob("*.md")) if folder.is_dir() else []
    paths = [path for path in paths if path.name.lower() != "readme.md"]
    if not paths:
        raise ArticleError(
            "no articles found; a folder with .md files was expected", path=folder,
            hint="kb_index/README.md shows what an article looks like.",
        )  # fmt: skip
    articles: list[Article] = []
    problems: list[ArticleError] = []
    by_id: dict[str, Path] = {}
    for path in paths:
        try:
            article = parse_article(path)
            if article.head.id in by_id:
                raise ArticleError(
                    f"id '{article.head.id}' is already used by {by_id[article.head.id]}",
                    path=path,
                    key="id",
                    line=_line_of_id(path),
                )
        except ArticleError as exc:
            problems.append(exc)
            continue
        by_id[article.head.id] = path
        articles.append(article)
    return Loaded(tuple(articles), tuple(problems))


def parse_article(path: Path) -> Article:
    """Return the article in the file ``path``.

    Raises:
        ArticleError: It is not UTF-8, has no front matter, or the front matter breaks the schema;
            names file, key and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise ArticleError(f"cannot be read: {exc}", path=path) from exc
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        raise ArticleError("front matter was expected: a line '---', keys, a line '---'", path=path, line=1)
    end = _closing_line(lines, path)
    head = parse_yaml("\n".join(lines[1:end]), FrontMatter, path=path, first_line=2, error=ArticleError)
    body = "\n".join(lines[end + 1 :]).strip()
    if not any(line.strip() and not re.match(r"#{1,6}\s", line) for line in body.splitlines()):
        raise ArticleError("the article has no text", path=path, line=end + 1)
    return Article(head, body, path)


def _line_of_id(path: Path) -> int:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if line.startswith("id:")), 2)


def _closing_line(lines: Sequence[str], path: Path) -> int:
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            return number
    raise ArticleError("the front matter is not closed by a line '---'", path=path, line=1)
