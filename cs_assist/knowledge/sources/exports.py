"""Help-centre exports: what the interfaces of Zendesk Guide, Intercom, Freshdesk and Shopify return as JSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cs_assist.datafile import Mapping
from cs_assist.errors import ArticleError, UnknownMarketError
from cs_assist.knowledge.sources.base import Found, Item, Notice, Skipped, language_tag
from cs_assist.knowledge.sources.html import to_markdown
from cs_assist.markets.market import find_market

Json = dict[str, Any]
#: Lists that an export may have beside its articles, or in files of these names in the same folder.
NAMES = ("sections", "categories", "collections", "folders")
#: Locales that end as a country's do and name none: Latin America.
_NO_COUNTRY = {"es-la", "es_la"}
_KNOWN = "Zendesk Guide, Intercom, Freshdesk or Shopify pages"


@dataclass(frozen=True)
class _Text:
    """One language's text of an exported article."""

    id: str
    group: str | None
    title: str
    html: str
    language: str | None
    changed: object
    url: str | None = None
    valid_from: object = None
    labels: tuple[str, ...] = ()
    source: str | None = None  # the locale that the article was written in first


#: Names of sections and their like: (kind, id) to what the export says of it.
Shelves = dict[tuple[str, str], Json]
Adapter = Callable[[Json, Shelves], Iterator[_Text | Skipped]]


def read_export(path: Path) -> Iterator[Item]:
    """Yield the articles of a JSON export; one in several languages becomes one article a language.

    Drafts, articles for some users only and translations that are marked outdated are skipped. Where the
    export has ``sections``, ``categories``, ``collections`` or ``folders``, or a file of such a name stands in the
    same folder, their titles become the articles' labels. Where a language has several locales, as ``de`` and ``de-at``,
    a locale's country becomes the market; that of the locale in which most articles were written first does not.

    Raises:
        ArticleError: It is no JSON, or no export that is known.
        MissingExtraError: The extra ``documents``, which reads HTML, is not installed.
    """
    if path.stem.lower() in NAMES:
        return
    value = _json(path)
    items = _articles(value)
    if not items and not (isinstance(value, dict) and "articles" in value):
        raise ArticleError(f"no export that is known; {_KNOWN} were expected", path=path)
    shelves = _shelves(value, path)
    yield from _goes_on(value, path)
    found: list[tuple[str, _Text | Skipped | ArticleError]] = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            found.append(("", ArticleError(f"article {number}: an object was expected", path=path)))
            continue
        place = f"article {number} (id {item.get('id')})"
        adapter = _adapter(item)
        if adapter is None:
            said = f"{place}: no article of an export that is known; {_KNOWN} were expected"
            found.append(("", ArticleError(said, path=path)))
            continue
        try:
            found += [(place, text) for text in adapter(item, shelves)]
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            said = f"{place}: not as the interface has it: {type(exc).__name__}: {exc}"
            found.append(("", ArticleError(said, path=path)))
    markets = _markets([text for _, text in found if isinstance(text, _Text)])
    for place, text in found:
        if not isinstance(text, _Text):
            yield text
            continue
        try:
            yield from _article(text, markets.get(text.language or ""), path, place)
        except (TypeError, ValueError) as exc:
            yield ArticleError(f"{place}: not as the interface has it: {type(exc).__name__}: {exc}", path=path)
        except ArticleError as exc:
            yield ArticleError(f"{place}: {exc.problem}", path=path, key=exc.key)


def _article(text: _Text, market: str | None, path: Path, place: str) -> Iterator[Item]:
    page = to_markdown(text.html, path=path)
    yield from page.notices(path, place=place)
    values = {
        "id": re.sub(r"[^A-Za-z0-9._-]+", "-", text.id)[:80],
        "title": " ".join(str(text.title or "").split())[:300],
        "language": language_tag(text.language) if text.language else None,
        "markets": [market] if market else None,
        "url": text.url,
        "variant_of": text.group,
        "valid_from": _day(text.valid_from),
        "reviewed": _day(text.changed),
    }
    given = {key: value for key, value in values.items() if value is not None}
    yield Found(page.text, Mapping(given, None, path, 0), labels=text.labels, place=place)


def _markets(texts: Sequence[_Text]) -> dict[str, str]:
    """Return the market of each locale that is one country's beside others of its language, and not the first of all."""
    sources = Counter(text.source for text in texts if text.source)
    first = sources.most_common(1)[0][0] if sources else None
    locales = {text.language for text in texts if text.language}
    languages = Counter(language_tag(locale) for locale in locales)
    regions = {locale: _region(locale) for locale in locales if locale != first and languages[language_tag(locale)] > 1}
    return {locale: region for locale, region in regions.items() if region}


def _region(locale: str) -> str:
    """Return the code of a locale's country; empty where it names none."""
    code = re.split(r"[-_]", locale)[-1].upper()
    if len(code) != 2 or code == locale.upper() or locale.lower() in _NO_COUNTRY:
        return ""
    try:
        find_market(code)
    except UnknownMarketError:
        return ""
    return code


def _goes_on(value: Any, path: Path) -> Iterator[Notice]:
    """Yield a notice where an export says that it is not the last page of its articles."""
    pages = [page for page in (value if isinstance(value, list) else [value]) if isinstance(page, dict)]
    told = [_has_next(page) for page in pages]
    if True in told and False not in told:
        said = "the export goes on: it holds no last page; fetch the others, if they are not in another file"
        yield Notice("incomplete", path, said)


def _has_next(page: Json) -> bool | None:
    """Return whether a page says that another one follows; ``None`` where it says nothing."""
    inner = page["data"].get("pages") if isinstance(page.get("data"), dict) else None
    places = [page, page.get("meta"), page.get("pages"), page.get("articles"), inner]
    places += [place.get("pageInfo") for place in places if isinstance(place, dict)]
    for place in places:
        for key in ("next_page", "has_more", "next", "hasNextPage"):
            if isinstance(place, dict) and key in place:
                return bool(place[key])
    return None


def _json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return json.load(file)
    except json.JSONDecodeError as exc:
        raise ArticleError(f"not valid JSON: {exc.msg}", path=path, line=exc.lineno) from exc
    except (UnicodeDecodeError, RecursionError) as exc:
        raise ArticleError(f"not valid JSON: {exc}", path=path) from exc


def _articles(value: Any) -> list[Any]:
    """Return the articles of an answer of any of the interfaces: a list, a page of one, or a single one."""
    if isinstance(value, list):
        pages = [_articles(page) for page in value if isinstance(page, dict) and _adapter(page) is None]
        return [item for page in pages for item in page] if value and any(pages) else value
    if not isinstance(value, dict):
        return []
    data = value.get("data")
    inner = data.get("pages") if isinstance(data, dict) else None
    for found in (value.get("articles"), data, value.get("pages"), inner):
        if isinstance(found, list):
            return [item for item in found if not (isinstance(item, dict) and item.get("type") == "collection")]
        if isinstance(found, dict) and isinstance(found.get("nodes"), list):
            return list(found["nodes"])
        if isinstance(found, dict) and isinstance(found.get("edges"), list):
            return [edge.get("node") for edge in found["edges"] if isinstance(edge, dict)]
    single = next((value[name] for name in ("article", "page") if isinstance(value.get(name), dict)), value)
    return [single] if _adapter(single) else []


def _shelves(value: Any, path: Path) -> Shelves:
    shelves: Shelves = {}
    for name in NAMES:
        beside = path.with_name(f"{name}.json")
        lists = [_json(beside)] if beside.is_file() else []
        lists += value if isinstance(value, list) else [value]
        for entry in lists:
            found = (entry.get(name) or entry.get("data")) if isinstance(entry, dict) else entry
            for shelf in found if isinstance(found, list) else []:
                if isinstance(shelf, dict) and "id" in shelf and _adapter(shelf) is None:
                    shelves[name, str(shelf["id"])] = shelf
    return shelves


def _adapter(item: Json) -> Adapter | None:
    if "section_id" in item or ("locale" in item and "body" in item):
        return _zendesk
    if item.get("type") == "article" or ("state" in item and "body" in item):
        return _intercom
    if "folder_id" in item and "status" in item:
        return _freshdesk
    if "handle" in item and ("body_html" in item or "body" in item):
        return _shopify
    return None


def _zendesk(item: Json, shelves: Shelves) -> Iterator[_Text | Skipped]:
    """An article of the Help Center API, with its translations where they were side-loaded."""
    section = shelves.get(("sections", str(item.get("section_id"))), {})
    category = shelves.get(("categories", str(section.get("category_id"))), {})
    labels = tuple(str(shelf["name"]) for shelf in (section, category) if shelf.get("name"))
    texts = item.get("translations") or [item]
    for text in texts:
        if text.get("draft", item.get("draft")):
            yield Skipped("draft")
        elif item.get("user_segment_id") or item.get("user_segment_ids"):
            yield Skipped("restricted")
        elif text.get("outdated") or text["locale"] in (item.get("outdated_locales") or ()):
            yield Skipped("outdated")
        else:
            group = f"zendesk-{item['id']}"
            yield _Text(
                id=f"{group}-{text['locale']}", group=group, title=text["title"], html=text.get("body") or "",
                language=text["locale"], changed=text.get("updated_at"), url=text.get("html_url") or item.get("html_url"),
                labels=labels, source=item.get("source_locale"),
            )  # fmt: skip


def _intercom(item: Json, shelves: Shelves) -> Iterator[_Text | Skipped]:
    """An article of the Articles API; ``translated_content`` has its other languages."""
    group = f"intercom-{item['id']}"
    parents = [item.get("parent_id"), *(item.get("parent_ids") or ())]
    names = [shelves.get(("collections", str(parent)), {}).get("name") for parent in parents]
    labels = tuple(dict.fromkeys(str(name) for name in names if name))
    default = item.get("default_locale")
    contents = {default: item}
    for locale, content in (item.get("translated_content") or {}).items():
        if isinstance(content, dict) and locale != default:
            contents[locale] = content
    for locale, text in contents.items():
        if text.get("state") != "published":
            yield Skipped("draft")
        else:
            yield _Text(
                id=f"{group}-{locale}" if locale else group, group=group, title=text["title"], html=text.get("body") or "",
                language=locale, changed=text.get("updated_at"), url=text.get("url"), labels=labels,
                source=default,
            )  # fmt: skip


def _freshdesk(item: Json, shelves: Shelves) -> Iterator[_Text | Skipped]:
    """A solution article; status 2 is published, and only folders for all or for signed-in users are open."""
    levels = [level.get("data") or {} for level in item.get("hierarchy") or ()]
    folder = shelves.get(("folders", str(item["folder_id"])), {})
    names = [folder.get("name"), *(level.get("name") for level in reversed(levels))]
    names.append(shelves.get(("categories", str(item.get("category_id"))), {}).get("name"))
    if item["status"] != 2:
        yield Skipped("draft")
    elif item.get("folder_visibility", folder.get("visibility", 1)) not in (1, 2):
        yield Skipped("restricted")
    else:
        language = item.get("language") or next((level["language"] for level in levels if level.get("language")), None)
        group = f"freshdesk-{item['id']}"
        yield _Text(
            id=f"{group}-{language}" if language else group, group=group, title=item["title"],
            html=item.get("description") or "", language=language, changed=item.get("updated_at"), url=item.get("url"),
            labels=tuple(dict.fromkeys(str(name) for name in names if name)),
        )  # fmt: skip


def _shopify(item: Json, shelves: Shelves) -> Iterator[_Text | Skipped]:
    """A page of an online store; it has no language, and is in force from the day it is published."""
    published = item.get("published_at", item.get("publishedAt"))
    if item.get("isPublished") is False or not published:
        yield Skipped("draft")
        return
    yield _Text(
        id=f"shopify-{str(item.get('id') or item['handle']).rpartition('/')[2]}", group=None, title=item["title"],
        html=item.get("body_html", item.get("body")) or "", language=None,
        changed=item.get("updated_at", item.get("updatedAt")), valid_from=published,
    )  # fmt: skip


def _day(value: object) -> str | None:
    """Return the UTC day of an ISO time or of seconds since 1970."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    moment = datetime.fromisoformat(str(value))
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()
