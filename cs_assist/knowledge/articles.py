"""Articles of a knowledge base: what an article is, and the folder of files that they are loaded from."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cs_assist import datafile
from cs_assist.errors import ArticleError, MissingExtraError
from cs_assist.knowledge.sources.base import (
    Found,
    Notice,
    Reader,
    Skipped,
    is_supported,
    language_tag,
    make_category,
    name_parts,
    read_text,
)
from cs_assist.knowledge.sources.documents import read_docx, read_pdf
from cs_assist.knowledge.sources.exports import read_export
from cs_assist.knowledge.sources.html import read_html
from cs_assist.knowledge.sources.markdown import has_text, read_markdown, read_plain
from cs_assist.knowledge.sources.tables import read_delimited, read_jsonl, read_xlsx
from cs_assist.types import LANGUAGES, Platform

#: Which reader reads which kind of file.
READERS: dict[str, Reader] = {
    ".md": read_markdown, ".markdown": read_markdown, ".txt": read_plain, ".html": read_html, ".htm": read_html,
    ".docx": read_docx, ".pdf": read_pdf, ".csv": read_delimited, ".tsv": read_delimited, ".jsonl": read_jsonl,
    ".xlsx": read_xlsx, ".json": read_export,
}  # fmt: skip
#: Kinds whose files are one article each and may have a YAML file of the same name and ``.yaml`` beside them.
SINGLE = {".txt", ".html", ".htm", ".docx", ".pdf"}
DEFAULTS = "_defaults.yaml"
#: Problems told of one file; a broken table would fill the report otherwise.
MAX_PROBLEMS = 50
_WHERE = "It may stand in the article, in the file's name (returns.de.html), or in a _defaults.yaml; see docs/write-articles.md."
#: Codes that people write for a country and that ISO 3166-1 has otherwise.
_SLIPS = {"UK": "GB", "EN": "GB", "EL": "GR"}


def _quoted_no(value: object) -> object:
    if value is False:
        raise ValueError('YAML reads an unquoted NO as False; write "NO" in quotes')
    return value


def _market_code(code: str) -> str:
    if code == "*":
        return code
    if code.upper() in _SLIPS:
        raise ValueError(f"'{code}' is no ISO 3166-1 code; did you mean '{_SLIPS[code.upper()]}'?")
    if len(code) != 2 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise ValueError(f"'{code}' is no ISO 3166-1 alpha-2 code")
    return code


def _language(tag: str) -> str:
    if is_supported(tag):
        return tag
    near = language_tag(tag)
    ask = f"did you mean '{near}'?" if near in LANGUAGES else f"there are {', '.join(LANGUAGES)}"
    raise ValueError(f"'{tag}' is no language that customers are answered in; {ask}")


_Market = Annotated[str, BeforeValidator(_quoted_no), AfterValidator(_market_code)]
_Language = Annotated[str, BeforeValidator(_quoted_no), AfterValidator(_language)]
_Category = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]


class _Scope(BaseModel):
    """The keys that articles of one folder may share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: _Language | None = None
    markets: tuple[_Market, ...] = ()
    platform: Platform | None = None
    category: _Category | None = None
    product: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    approved: bool = False
    review_after: Annotated[int, Field(ge=1, le=3650)] | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> _Scope:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} is after valid_until {self.valid_until}")
        return self


class FrontMatter(_Scope):
    """The keys of an article's head; empty ``markets``, ``"*"`` in it, or a null ``platform`` mean all."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    language: _Language
    category: _Category
    url: str | None = None
    variant_of: str | None = None
    reviewed: date | None = None

    @property
    def everywhere(self) -> bool:
        """Whether the article is for all markets."""
        return not self.markets or "*" in self.markets


class _Defaults(_Scope):
    """What a ``_defaults.yaml`` may say; ``categories`` gives names to the sections of exports."""

    categories: dict[str, _Category] = {}


@dataclass(frozen=True)
class Article:
    """One article: its head, its Markdown text and where it came from."""

    head: FrontMatter
    text: str
    path: Path
    line: int | None = None


@dataclass(frozen=True)
class Loaded:
    """The articles of a folder, and the report.

    Attributes:
        articles: What loaded, in the order of the files' paths.
        problems: What did not load and why; ``--strict`` refuses on any.
        notices: What loaded and should be looked at all the same.
        skipped: How many articles were left out on purpose, by reason: ``draft``, ``restricted``, ``outdated``.
    """

    articles: tuple[Article, ...]
    problems: tuple[ArticleError, ...]
    notices: tuple[Notice, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)


def load_articles(folder: Path) -> Loaded:
    r"""Return all articles under ``folder``; what is broken is reported and the rest loads.

    Read are the kinds of files in :data:`READERS`, but no readme, no hidden file and no hidden folder. Links are followed, and
    each real file is read once. A ``_defaults.yaml`` holds for its folder and those below; where it is wrong, nothing
    under it loads, because an article without its markets would answer everywhere.

    Raises:
        ArticleError: ``folder`` is no folder or holds no file that could be read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "_defaults.yaml").write_text("category: returns")
        >>> _ = (folder / "faq.en.csv").write_text("question,answer\nCan I return it?,Within 30 days.\nAnd then?")
        >>> loaded = load_articles(folder)
        >>> [(a.head.title, a.head.language, a.text) for a in loaded.articles]
        [('Can I return it?', 'en', 'Within 30 days.')]
        >>> loaded.problems[0].line, loaded.problems[0].key
        (3, 'answer')
    """
    loading = _Loading()
    if folder.is_dir():
        loading.walk(folder, ())
    if not loading.files:
        raise ArticleError(
            "no articles found; a folder with articles was expected", path=folder,
            hint=f"Kinds that are read: {', '.join(READERS)}. kb_index/README.md shows what an article looks like.",
        )  # fmt: skip
    if loading.others:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(loading.others.items()))
        loading.notices.append(Notice("passed_over", folder, f"files of other kinds: {kinds}"))
    return Loaded(tuple(loading.articles), tuple(loading.problems), tuple(loading.notices), dict(loading.skipped))


def parse_article(path: Path) -> Article:
    """Return the article in the Markdown file ``path``, without what a ``_defaults.yaml`` says.

    Raises:
        ArticleError: It is not UTF-8, has no front matter, or the front matter breaks the schema;
            names file, key and line.
    """
    return _article(next(read_markdown(path)), path, ())


_Layers = tuple[datafile.Mapping, ...]


def _article(found: Found, path: Path, defaults: _Layers, beside: _Layers = ()) -> Article:
    """Return what was found, checked: what is said of the article goes before its file's name, and that before defaults."""
    name, language = name_parts(path)
    from_name = {"language": language, "variant_of": name} if language else {}
    given = found.given
    derived = dict(found.derived)
    if language and "id" in derived:
        derived["id"] = f"{derived['id'][:70]}.{language}"
    layers = [given, *beside, datafile.Mapping(from_name, None, path), *defaults, datafile.Mapping(derived, None, path)]
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values.update(layer.value)
    names: dict[str, str] = values.pop("categories", {})
    if found.labels and "category" not in given.value:
        named = next((names[label] for label in found.labels if label in names), None)
        values["category"] = named or values.get("category") or make_category(found.labels[0])
    try:
        if not has_text(found.text):
            raise ArticleError("the article has no text", path=path, line=found.line or None)
        for key in ("language", "category"):
            if key not in values:
                raise ArticleError("Field required", path=path, key=key, line=given.first_line, hint=_WHERE)
        head = datafile.check(values, FrontMatter, layers, error=ArticleError)
    except ArticleError as exc:
        if not found.place:
            raise
        problem = f"{found.place}: {exc.problem}"
        raise ArticleError(problem, path=exc.path, key=exc.key, line=exc.line or None, hint=exc.hint) from exc
    return Article(head, found.text.strip(), path, found.line or None)


class _Loading:
    """One walk over a folder: what it has found so far."""

    def __init__(self) -> None:
        self.articles: list[Article] = []
        self.problems: list[ArticleError] = []
        self.notices: list[Notice] = []
        self.skipped: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.files = 0
        self._by_id: dict[str, Article] = {}
        self._seen: set[str] = set()

    def walk(self, folder: Path, defaults: _Layers) -> None:
        """Read a folder and those below it, in the order of their names, links last."""
        self._seen.add(os.path.realpath(folder))
        try:
            entries = sorted(folder.iterdir(), key=lambda path: (path.is_symlink(), path.name))
            if (folder / DEFAULTS).exists():
                defaults = (_read_defaults(folder / DEFAULTS), *defaults)
        except (ArticleError, OSError) as exc:
            error = exc if isinstance(exc, ArticleError) else ArticleError(f"cannot be read: {exc}", path=folder)
            self.files += 1
            self.problems.append(_nothing_below(error))
            return
        sidecars = {f"{path.name}.yaml" for path in entries if path.suffix.lower() in SINGLE}
        for path in entries:
            if path.name.startswith((".", "~$")) or path.name == DEFAULTS or path.name in sidecars:
                continue
            real = os.path.realpath(path)
            if path.is_symlink() and (real in self._seen or os.path.islink(real)):
                self.notices.append(Notice("passed_over", path, f"a link to '{real}', which is read already or leads nowhere"))
            elif path.is_dir():
                self.walk(path, defaults)
            elif path.suffix.lower() not in READERS:
                self.others[path.suffix.lower() or path.name] += 1
            elif path.stem.lower() != "readme":
                self._seen.add(real)
                self.files += 1
                self._read(path, defaults)

    def _read(self, path: Path, defaults: _Layers) -> None:
        """Read one file; what is wrong with it is told, up to ``MAX_PROBLEMS`` times."""
        problems: list[ArticleError] = []
        untold = 0
        items = self._items(path, defaults)
        for item in items:
            if isinstance(item, Article):
                self._by_id[item.head.id] = item
                self.articles.append(item)
            elif isinstance(item, Notice):
                self.notices.append(item)
            elif isinstance(item, Skipped):
                self.skipped[item.reason] += 1
            elif len(problems) < MAX_PROBLEMS:
                problems.append(item)
            else:
                untold += 1
        self.problems += problems
        if untold:
            self.problems.append(ArticleError(f"{untold} more problems of this file are not shown", path=path))

    def _items(self, path: Path, defaults: _Layers) -> Iterator[Article | Notice | Skipped | ArticleError]:
        beside: _Layers = ()
        try:
            if path.suffix.lower() in SINGLE and (sidecar := path.with_name(f"{path.name}.yaml")).exists():
                beside = (datafile.read_mapping(read_text(sidecar), path=sidecar, error=ArticleError),)
            for item in READERS[path.suffix.lower()](path):
                yield self._checked(item, path, defaults, beside) if isinstance(item, Found) else item
        except ArticleError as exc:
            yield exc
        except MissingExtraError as exc:
            yield ArticleError(exc.message, path=path, hint=exc.hint)
        except OSError as exc:
            yield ArticleError(f"cannot be read: {exc}", path=path)

    def _checked(self, found: Found, path: Path, defaults: _Layers, beside: _Layers) -> Article | ArticleError:
        try:
            article = _article(found, path, defaults, beside)
        except ArticleError as exc:
            return exc
        first = self._by_id.get(article.head.id)
        if first is None:
            return article
        at = f"{first.path}" + (f", line {first.line}" if first.line and first.path == path else "")
        line = found.given.line_of(("id",)) or None
        return ArticleError(f"id '{article.head.id}' is already used by {at}", path=path, key="id", line=line)


def _read_defaults(path: Path) -> datafile.Mapping:
    """Return a checked ``_defaults.yaml``.

    Raises:
        ArticleError: It is no YAML, or has a key or a value that cannot be shared.
    """
    mapping = datafile.read_mapping(read_text(path), path=path, error=ArticleError)
    datafile.check(mapping.value, _Defaults, [mapping], error=ArticleError)
    return mapping


def _nothing_below(error: ArticleError) -> ArticleError:
    problem = f"{error.problem}; nothing in this folder was read"
    return ArticleError(problem, path=error.path, key=error.key, line=error.line, hint=error.hint)
