"""Articles of a knowledge base: what an article is, and the folder of files that they are loaded from."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from cs_assist import datafile
from cs_assist.errors import ArticleError, MissingExtraError, UnknownMarketError
from cs_assist.knowledge.sources.base import (
    HALF_CHARACTER,
    Found,
    Notice,
    Reader,
    Skipped,
    half_character,
    is_supported,
    language_tag,
    make_category,
    make_id,
    name_parts,
    read_head,
    read_text,
    short_hash,
)
from cs_assist.knowledge.sources.documents import read_docx, read_pdf
from cs_assist.knowledge.sources.exports import read_export
from cs_assist.knowledge.sources.hiding import Shown, take_out_shapeless
from cs_assist.knowledge.sources.html import read_html
from cs_assist.knowledge.sources.markdown import has_text, oddities, read_markdown, read_plain
from cs_assist.knowledge.sources.tables import read_delimited, read_jsonl, read_xlsx
from cs_assist.markets.market import find_market, market_codes
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
_EXAMPLES = {"id": "returns-de", "title": '"Returns"'}
#: Codes that people write for a country and that ISO 3166-1 has otherwise.
_SLIPS = {"UK": "GB", "EN": "GB", "EL": "GR"}
#: Platforms of which the library knows anything; another's name is allowed, and told, for it may be a slip.
PLATFORMS = (
    "own_shop", "amazon", "ebay", "aliexpress", "shopee", "lazada", "tiktok_shop", "dhgate", "etsy", "walmart", "temu",
    "mercado_libre", "rakuten",
)  # fmt: skip
_ALL = {"ALL", "ANY", "WORLDWIDE", "GLOBAL", "EVERYWHERE", "INTERNATIONAL", "WORLD", "*"}
_REGIONS = {"EU", "EEA", "EZ", "UN", "EMEA", "APAC", "DACH", "LATAM", "NORDICS", "ASEAN", "EUROPE", "ASIA"}
#: Soft hyphens, breaks without width, and marks of direction; the first shape nothing, and the last are for lines of two scripts.
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202c\u2060\u2066-\u2069\ufeff]")
#: What joins letters of Hindi or Persian, and people of a family, or keeps them apart.
_JOINERS = re.compile("[\u200c\u200d]")
#: What pydantic takes for a boolean, as it stands in the cell of a table or in quotes.
_BOOLEAN = re.compile(r"(?i)true|false|yes|no|on|off|1|0|t|f|y|n")


def _text(value: object) -> object:
    if value is None or value == "":
        raise ValueError("nothing stands there; write a text in quotes")
    if not isinstance(value, str):
        read = "a list" if isinstance(value, list | dict) else f"no text but {value!s:.40}"
        raise ValueError(f"it is read as {read}; write one text in quotes")
    return " ".join(value.split())


def _title(title: str) -> str:
    """Return a title without characters that only say where to break a word or how to turn it; joiners stay."""
    title = _UNSEEN.sub("", title).strip()
    if not _JOINERS.sub("", title).isprintable() or not _JOINERS.sub("", title):
        raise ValueError("a title of printable characters was expected")
    return title


def _id(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        raise ValueError(f"1 to 80 letters of ASCII, digits and ._- were expected; write '{make_id(name)}'")
    return name


def _category_name(name: str) -> str:
    if not re.fullmatch(r"[\w-]{1,40}", name):
        raise ValueError(f"1 to 40 letters, digits and _ were expected; write '{make_category(name) or 'policy'}'")
    return name


def _platform_name(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,39}", value):
        plain = make_category(value)
        ask = f"; write '{plain}'" if plain.isascii() and plain else ""
        raise ValueError(f"small letters, digits and _ were expected{ask}")
    return value if isinstance(value, str) else _text(value)


def _market_list(value: object) -> object:
    if isinstance(value, list | tuple):
        return value
    if value is None:
        raise ValueError('nothing stands there; write ["*"] for all markets, or leave the key out')
    if value is False:
        raise ValueError('YAML reads an unquoted NO as False; write ["NO"]')
    if not isinstance(value, str):
        raise ValueError('a list of codes was expected, as in ["DE", "AT"]')
    codes = [_meant(code) or code for code in _codes(value)]
    if any(code.upper() in _REGIONS for code in codes):
        raise ValueError('a list of countries was expected, as in ["DE", "AT"]')
    raise ValueError(f"a list was expected; write {json.dumps(codes or ['*'], ensure_ascii=False)}")


def _quoted_market(value: object) -> object:
    if value is False:
        raise ValueError('YAML reads an unquoted NO as False; write "NO" in quotes')
    if not isinstance(value, str):
        raise ValueError('a code in quotes was expected, as "DE"')
    return value


def _market_code(code: str) -> str:
    if code == "*" or code in market_codes():
        return code
    meant = _meant(code)
    if meant == code:
        return code
    if code.upper() in _REGIONS:
        raise ValueError(f"'{code}' is no country; write the codes of its countries")
    if meant == "*":
        raise ValueError(f"'{code}' is no code; write \"*\" for all markets")
    if len(_codes(code)) > 1:
        raise ValueError(f"'{code}' is no code; write each code in quotes of its own")
    raise ValueError(f"'{code}' is no ISO 3166-1 alpha-2 code" + (f"; did you mean '{meant}'?" if meant else ""))


def _codes(text: str) -> list[str]:
    return [code for code in re.split(r"[\s,;|/]+", text) if code]


def _meant(code: str) -> str:
    """Return the code of the country, or the star, that is meant; empty where that cannot be told."""
    wanted = code.strip().upper()
    if wanted in _ALL:
        return "*"
    try:
        find_market(_SLIPS.get(wanted, wanted))
    except UnknownMarketError as exc:
        return exc.suggestion if exc.suggestion and len(wanted) > 2 else ""
    return _SLIPS.get(wanted, wanted)


def _language(tag: object) -> str:
    if isinstance(tag, str) and is_supported(tag):
        return tag
    if isinstance(tag, bool):
        raise ValueError(f"YAML reads the word as {tag}; write one of {', '.join(LANGUAGES)}")
    near = language_tag(tag) if isinstance(tag, str) else ""
    ask = f"did you mean '{near}'?" if near in LANGUAGES else f"there are {', '.join(LANGUAGES)}"
    raise ValueError(f"'{tag}' is no language that customers are answered in; {ask}")


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        with suppress(ValueError):
            return date.fromisoformat(value.strip())
    near = value.date() if isinstance(value, datetime) else _near_day(str(value).strip())
    ask = f"did you mean {near.isoformat()}?" if near else "write year, month and day, as in 2026-12-31"
    raise ValueError(f"it is no day of the calendar; {ask}")


def _near_day(text: str) -> date | None:
    """Return the day that is meant where it can only be one: 31.12.2026, but not 01/02/2026."""
    numbers = re.match(r"(\d{4})(\d\d)(\d\d)$|(\d{1,4})([-./])(\d\d?)\5(\d{1,4})(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?$", text)
    if not numbers:
        return None
    first, second, third = (int(number) for number in (numbers.group(1, 2, 3) if numbers[1] else numbers.group(4, 6, 7)))
    if first > 31:
        orders = [(first, second, third)] if second <= 12 else [(first, third, second)]
    else:
        orders = [(third, second, first), (third, first, second)]
    if numbers[5] == ".":
        orders = orders[:1]  # with full stops, nobody writes the month before the day
    days = set()
    for year, month, day in orders:
        with suppress(ValueError):
            days |= {date(year, month, day)} if year > 1900 else set()
    return days.pop() if len(days) == 1 else None


def _boolean(value: object) -> object:
    if isinstance(value, bool) or _BOOLEAN.fullmatch(str(value).strip()):
        return value.strip() if isinstance(value, str) else value
    raise ValueError("write true or false")


def _days(value: object) -> object:
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,4}", str(value).strip()):
        raise ValueError("a number of days was expected, as in 90")
    return value


_Text = Annotated[str, BeforeValidator(_text)]
_Market = Annotated[str, BeforeValidator(_quoted_market), AfterValidator(_market_code)]
_Language = Annotated[str, BeforeValidator(_language)]
_Category = Annotated[str, BeforeValidator(_text), AfterValidator(_category_name)]
_Day = Annotated[date, BeforeValidator(_day)]


class _Scope(BaseModel):
    """The keys that articles of one folder may share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: _Language | None = None
    markets: Annotated[tuple[_Market, ...], BeforeValidator(_market_list)] = ()
    platform: Annotated[Platform, BeforeValidator(_platform_name)] | None = None
    category: _Category | None = None
    product: _Text | None = None
    valid_from: _Day | None = None
    valid_until: _Day | None = None
    approved: Annotated[bool, BeforeValidator(_boolean)] = False
    review_after: Annotated[int, Field(ge=1, le=3650), BeforeValidator(_days)] | None = None

    @field_validator("valid_until")
    @classmethod
    def _dates_in_order(cls, until: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if start and until and start > until:
            raise ValueError(f"valid_from {start} is after valid_until {until}; exchange or mend them")
        return until


class FrontMatter(_Scope):
    """The keys of an article's head; empty ``markets``, ``"*"`` in it, or a null ``platform`` mean all."""

    id: Annotated[str, BeforeValidator(_text), AfterValidator(_id)]
    title: Annotated[str, Field(max_length=300), BeforeValidator(_text), AfterValidator(_title)]
    language: _Language
    category: _Category
    url: _Text | None = None
    variant_of: _Text | None = None
    reviewed: _Day | None = None

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
    """Return the article in the Markdown file ``path``, without what a ``_defaults.yaml`` says, and without hidden text.

    Raises:
        ArticleError: It is not UTF-8, has no front matter, or the front matter breaks the schema;
            names file, key and line.
    """
    found = next(item for item in read_markdown(path) if isinstance(item, Found))
    return _article(replace(found, text=take_out_shapeless(found.text)[0]), path, ())


_Layers = tuple[datafile.Mapping, ...]


def _article(found: Found, path: Path, defaults: _Layers, beside: _Layers = ()) -> Article:
    """Return what was found, checked: what is said of the article goes before its file's name, and that before defaults."""
    name, language = name_parts(path)
    from_name = {"language": language, "variant_of": name} if language else {}
    given = found.given
    derived = dict(found.derived)
    if language and "id" in derived:
        derived["id"] = f"{derived['id'][:70]}.{language}"
    layers = [given, *beside, datafile.Mapping(from_name, None, path), *defaults]
    layers.append(datafile.Mapping(derived, None, path, given.first_line))
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values.update(layer.value)
    names: dict[str, str] = values.pop("categories", {})
    if found.labels and "category" not in given.value:
        named = next((names[label] for label in found.labels if label in names), None)
        values["category"] = named or values.get("category") or make_category(found.labels[0])
    try:
        if half_character([values, found.text]):
            raise ArticleError(HALF_CHARACTER, path=path, line=found.line or None)
        if not has_text(found.text):
            raise ArticleError("the article has no text", path=path, line=found.line or None)
        for layer in (given, *beside):
            _refuse_unknown(layer, FrontMatter)
        for key in ("id", "title", "language", "category"):
            if key not in values:
                hint = _WHERE if key in _Defaults.model_fields else f"Write it into the head, as in {key}: {_EXAMPLES[key]}"
                raise ArticleError("the key is missing", path=path, key=key, line=given.first_line, hint=hint)
        head = datafile.check(values, FrontMatter, layers, error=ArticleError)
    except ArticleError as exc:
        problem, at, line = exc.problem, exc.path, exc.line
        if at not in (path, *(layer.path for layer in beside)):  # a default that is right alone and wrong for this article
            problem, at, line = f"{problem}; '{exc.key}' stands in {at}, line {line}", path, given.line_of(("valid_from",))
        problem = f"{found.place}: {problem}" if found.place else problem
        raise ArticleError(problem, path=at, key=exc.key, line=line or None, hint=exc.hint) from exc
    return Article(head, found.text.strip(), path, found.line or None)


def _refuse_unknown(layer: datafile.Mapping, schema: type[BaseModel]) -> None:
    """Refuse a key that the schema has not: ``valid_untill`` must not keep an old price alive.

    Raises:
        ArticleError: Names the key, its line, and the key that may be meant.
    """
    for key in layer.value:
        if key not in schema.model_fields:
            like = get_close_matches(re.sub(r"[\s-]+", "_", str(key).lower()), schema.model_fields, n=1, cutoff=0.7)
            ask = f"did you mean '{like[0]}'?" if like else f"there are {', '.join(schema.model_fields)}"
            raise ArticleError(f"the key is not known; {ask}", path=layer.path, key=str(key), line=layer.line_of((key,)))


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
        self._platforms: set[str | None] = {None, *PLATFORMS}

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
            if half_character(path.name):
                self.files += 1
                self.problems.append(ArticleError("the name of the file is not UTF-8; it was not read", path=_shown(path)))
                continue
            real = os.path.realpath(path)
            if path.is_symlink() and (real in self._seen or os.path.islink(real)):
                self.notices.append(
                    Notice("passed_over", path, f"a link to '{_shown(real)}', which is read already or leads nowhere")
                )
            elif path.is_dir():
                self.walk(path, defaults)
            elif path.suffix.lower() not in READERS:
                self.others[path.suffix.lower() or path.name] += 1
            elif path.exists() and not path.is_file():
                self.notices.append(Notice("passed_over", path, "no regular file; what stands in a pipe may never come"))
            elif path.stem.lower() != "readme":
                self._seen.add(real)
                self.files += 1
                self._read(path, defaults)

    def _read(self, path: Path, defaults: _Layers) -> None:
        """Read one file; what is wrong with it is told, up to ``MAX_PROBLEMS`` times."""
        problems: list[ArticleError] = []
        told: list[Notice] = []
        untold = 0
        items = self._items(path, defaults)
        for item in items:
            if isinstance(item, Article):
                self._by_id[item.head.id] = item
                self.articles.append(item)
                told = [*told, *_oddities(item), *self._unknown_platform(item)]
            elif isinstance(item, Notice):
                told.append(item)
            elif isinstance(item, Skipped):
                self.skipped[item.reason] += 1
            elif len(problems) < MAX_PROBLEMS:
                problems.append(item)
            else:
                untold += 1
        self.problems += problems
        self.notices += told[:MAX_PROBLEMS]
        if len(told) > MAX_PROBLEMS:
            more = f"{len(told) - MAX_PROBLEMS} more notices of this file are not shown"
            self.notices.append(Notice("passed_over", path, more))
        if untold:
            self.problems.append(ArticleError(f"{untold} more problems of this file are not shown", path=path))

    def _unknown_platform(self, article: Article) -> list[Notice]:
        """Return a notice where an article is for a platform that nobody knows, once a platform."""
        name = article.head.platform
        if name is None or name in self._platforms:
            return []
        self._platforms.add(name)
        like = get_close_matches(name, PLATFORMS, n=1, cutoff=0.7)
        ask = f"did you mean '{like[0]}'?" if like else f"there are {', '.join(PLATFORMS)}"
        said = f"the platform '{name}' is none that is known; only messages that name it so find the article; {ask}"
        return [Notice("incomplete", article.path, said)]

    def _items(self, path: Path, defaults: _Layers) -> Iterator[Article | Notice | Skipped | ArticleError]:
        beside: _Layers = ()
        try:
            if path.suffix.lower() in SINGLE and (sidecar := path.with_name(f"{path.name}.yaml")).exists():
                beside = (read_head(read_text(sidecar), sidecar),)
            for item in READERS[path.suffix.lower()](path):
                if not isinstance(item, Found):
                    yield item
                    continue
                text, hidden = take_out_shapeless(item.text)
                yield from Shown(text, hidden).notices(path, place=item.place, line=item.line)
                yield self._checked(replace(item, text=text), path, defaults, beside)
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
        if "id" not in found.given.value and not any("id" in layer.value for layer in beside):
            apart = replace(article, head=article.head.model_copy(update={"id": _other_id(article.head)}))
            if _scope(article.head) != _scope(first.head) and apart.head.id not in self._by_id:
                return apart
        at = f"{first.path}" + (f", line {first.line}" if first.line and first.path == path else "")
        line = found.given.line_of(("id",)) or None
        return ArticleError(f"id '{article.head.id}' is already used by {at}", path=path, key="id", line=line)


def _scope(head: FrontMatter) -> list[str]:
    """Return what tells apart articles of one name in folders with other defaults."""
    return [str(getattr(head, name)) for name in ("language", "markets", "platform", "product", "valid_from")]


def _other_id(head: FrontMatter) -> str:
    """Return an id for an article whose own, made of its file's name, another one has."""
    return f"{head.id[:70]}-{short_hash(json.dumps(_scope(head)))}"


def _shown(path: Path | str) -> Path:
    """Return a path as it can be printed."""
    return Path(os.fsencode(path).decode("utf-8", "replace"))


def _oddities(article: Article) -> list[Notice]:
    """Return what is odd in an article's text; a line is told where the file is the text."""
    before = article.line if article.path.suffix.lower() in (".md", ".markdown") else None
    said = oddities(article.text)
    return [Notice("incomplete", article.path, what, None if before is None else before + line) for line, what in said]


def _read_defaults(path: Path) -> datafile.Mapping:
    """Return a checked ``_defaults.yaml``.

    Raises:
        ArticleError: It is no YAML, or has a key or a value that cannot be shared.
    """
    mapping = read_head(read_text(path), path)
    _refuse_unknown(mapping, _Defaults)
    datafile.check(mapping.value, _Defaults, [mapping], error=ArticleError)
    return mapping


def _nothing_below(error: ArticleError) -> ArticleError:
    problem = f"{error.problem}; nothing in this folder was read"
    return ArticleError(problem, path=error.path, key=error.key, line=error.line, hint=error.hint)
