"""What every reader of a kind of file hands over, and the small rules that they share."""

from __future__ import annotations

import importlib
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import yaml

from cs_assist.datafile import Mapping, read_mapping
from cs_assist.errors import ArticleError, MissingExtraError
from cs_assist.types import LANGUAGES, same_language

#: Bytes of a text file, or of a document once unpacked, beyond which it is no help article.
MAX_TEXT = 10_000_000
MAX_UNPACKED = 200_000_000
#: Levels of lists and mappings in a head.
_MAX_DEPTH = 8
#: A value between the quotes that word processors make of straight ones.
_CURLY = re.compile(r"[“”„‟‘’‚«](.*)[“”‟‘’»]")
#: What is said where :func:`half_character` is true.
HALF_CHARACTER = "half a character (a lone surrogate) stands in a text"
_HALF = re.compile("[\ud800-\udfff]")
_TAGS = {tag.lower(): tag for tag in LANGUAGES}
#: Locales whose language is written in another way than their first part says.
_LOCALES = {
    "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-my": "zh-Hans",
    "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "zh-mo": "zh-Hant", "es-es": "es", "in": "id",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One article as a file has it, not yet checked.

    Attributes:
        text: Its Markdown text.
        given: The keys that the file states for it, with their place.
        derived: Weaker values that the reader made out itself; whatever is written down goes before them.
        labels: Names of the sections that hold it, the nearest first; one of them may become the category.
        line: Where the text begins; 0 where a file has no lines.
        place: Where in the file, for files of many articles that have no lines: "sheet 'FAQ'", "article 12".
    """

    text: str
    given: Mapping
    derived: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    line: int = 0
    place: str = ""


@dataclass(frozen=True)
class Notice:
    """Something that the seller should know about a file that loaded all the same.

    ``code`` is ``possible_injection``, ``passed_over`` or ``incomplete``.
    """

    code: str
    path: Path
    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}" + (f", line {self.line}" if self.line else "") + f": {self.message}"


@dataclass(frozen=True)
class Skipped:
    """An article that is left out on purpose; ``reason`` is ``draft``, ``restricted`` or ``outdated``."""

    reason: str


Item = Found | Notice | Skipped | ArticleError
Reader = Callable[[Path], Iterator[Item]]


def need(module: str, *, needed_for: str) -> Any:
    """Return a module of the extra ``documents``.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as exc:
        raise MissingExtraError("documents", needed_for=needed_for) from exc


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without byte order mark; all its lines end in a line feed.

    Raises:
        ArticleError: It cannot be read, is not UTF-8 (names the line), has more than ``MAX_TEXT`` bytes, or is no regular file:
            what stands in a pipe may never come.
    """
    try:
        if not path.is_file() and path.exists():
            raise ArticleError("no regular file", path=path)
        if path.stat().st_size > MAX_TEXT:
            raise ArticleError(f"the file has more than {MAX_TEXT // 1_000_000} MB", path=path, hint="Cut it into articles.")
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as exc:
        raise ArticleError(f"cannot be read: {exc}", path=path) from exc
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ArticleError("cannot be read: the line is not UTF-8", path=path, line=line, hint="Save the file as UTF-8.") from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_head(text: str, path: Path, *, first_line: int = 1) -> Mapping:
    """Return the keys that stand over an article or for a folder, read as YAML without references.

    Raises:
        ArticleError: It is no YAML mapping, has a key twice, or is nested as no head is; names the line, and where the usual
            slips are known, what to write instead.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            # Checked before anything is built of it: a few lines of brackets or references can end the process.
            if depth > _MAX_DEPTH or isinstance(event, yaml.AliasEvent):
                line = (event.start_mark.line if event.start_mark else 0) + first_line
                said = "a key and a value, or a list of values, was expected; references and deep nesting are not read"
                raise ArticleError(said, path=path, line=line)
    except yaml.YAMLError:
        pass  # is told below, with its line
    try:
        mapping = read_mapping(text, path=path, first_line=first_line, error=ArticleError)
    except ArticleError as exc:
        lines = text.splitlines()
        at = (exc.line or first_line) - first_line
        hint = "Keep one of them." if exc.key else ""
        if not hint and at < len(lines):
            hint = _yaml_hint(lines[at], any(not line.strip() for line in lines[:at]))
        raise ArticleError(exc.problem, path=path, key=exc.key, line=exc.line, hint=hint) from exc
    _refuse_curly_quotes(mapping)
    return mapping


def _refuse_curly_quotes(mapping: Mapping) -> None:
    """Refuse a value in a word processor's quotes: YAML takes them for a part of it."""
    pairs = mapping.node.value if isinstance(mapping.node, yaml.MappingNode) else []
    for key, value in pairs:
        for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(node, yaml.ScalarNode) and not node.style and (quoted := _CURLY.fullmatch(node.value)):
                line = node.start_mark.line + mapping.first_line
                hint = f"Write straight quotes: {json.dumps(quoted[1], ensure_ascii=False)}"
                raise ArticleError(
                    f"{node.value[:60]} stands in curly quotes", path=mapping.path, key=key.value, line=line, hint=hint
                )


def _yaml_hint(line: str, after_blank: bool) -> str:
    """Return what to write in place of a line that is no YAML; ``after_blank`` where an empty line stands before it."""
    if re.match(r" *\t", line):
        return "Write spaces in place of the tab."
    if re.search(r"[:\[,]\s*\*", line):
        return 'Write "*" in quotes.'
    key = re.match(r"\s*([\w-]+)\s*:(\s*)(.*)", line)
    if not key:
        return "Is the line '---' missing before it?" if after_blank else "Write a key, a colon, a space and a value."
    if not key[2]:
        return "Write a space after the colon."
    if re.search(r":\s|\s#|^[%@`&!|>?]", key[3]) and not key[3].startswith(('"', "'")):
        value = _CURLY.sub(r"\1", key[3].strip())
        return f"Write the value in quotes: {key[1]}: {json.dumps(value, ensure_ascii=False)}"
    return ""


def half_character(value: object) -> bool:
    r"""Tell whether half a character, which no file can hold, stands in a text, or in the texts of lists and mappings.

    Example:
        >>> half_character({"question": ["\ud83d"]}), half_character("\U0001f600")
        (True, False)
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, str) and not one.isascii() and _HALF.search(one):
            return True
    return False


def check_archive(path: Path) -> None:
    """Refuse a document that is no whole archive, or one that unpacks to more than ``MAX_UNPACKED`` bytes.

    Raises:
        ArticleError: Names which of the two.
    """
    try:
        with ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_UNPACKED:
                hint = "Cut it into smaller ones."
                raise ArticleError(f"the document unpacks to {size // 1_000_000} MB", path=path, hint=hint)
            damaged = archive.testzip()
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error, NotImplementedError, RuntimeError) as exc:
        if isinstance(exc, ArticleError):
            raise
        raise ArticleError(f"cannot be read: {exc}", path=path) from exc
    if damaged:
        raise ArticleError(f"cannot be read: its part '{damaged}' is damaged", path=path)


def is_supported(tag: str) -> bool:
    """Tell whether customers who write in one of the library's languages read this tag."""
    return any(same_language(tag, known) for known in LANGUAGES)


def language_tag(locale: str) -> str:
    """Return the library's tag for a locale as helpdesks write it; an unknown one comes back unchanged.

    Example:
        >>> [language_tag(x) for x in ("en-us", "pt-br", "es-mx", "zh_TW", "fr-CA", "fi")]
        ['en', 'pt-BR', 'es-419', 'zh-Hant', 'fr', 'fi']
    """
    plain = locale.strip().replace("_", "-").lower()
    first, *rest = plain.split("-")
    for name in (plain, "-".join([first, *rest[:1]])):
        if name in _LOCALES:
            return _LOCALES[name]
        if name in _TAGS:
            return _TAGS[name]
    if first == "es":
        return "es-419"  # every other Spanish locale is American
    return _TAGS.get(first, locale)


def name_parts(path: Path) -> tuple[str, str | None]:
    """Return a file's name without its ending, and the language that stands before the ending, if one does.

    Example:
        >>> name_parts(Path("returns.pt-BR.html")), name_parts(Path("v1.2.txt")), name_parts(Path("customs/index.html"))
        (('returns', 'pt-BR'), ('v1.2', None), ('customs', None))
    """
    name, language = path.stem, None
    base, dot, last = name.rpartition(".")
    if dot and base and re.fullmatch(r"[A-Za-z]{2}([-_][A-Za-z0-9]{2,4})*", last) and is_supported(language_tag(last)):
        name, language = base, language_tag(last)
    return (path.parent.name if name.lower() == "index" and path.parent.name else name), language


def make_id(name: str) -> str:
    """Return an id made of a name: ASCII letters, digits and ``._-``; a hash stands for what that loses.

    Example:
        >>> make_id("Returns & refunds"), make_id("退货")
        ('Returns-refunds', 'x-5d626fd3')
    """
    folded = unicodedata.normalize("NFKD", name)
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", kept).strip("-._")
    if any(c.isalnum() and not c.isascii() for c in kept) or not plain:
        plain = f"{plain[:60] or 'x'}-{short_hash(name)}"
    return plain[:80]


def make_category(label: str) -> str:
    """Return a category's name made of a section's title.

    Example:
        >>> make_category("Shipping & Delivery")
        'shipping_delivery'
    """
    return re.sub(r"\W+", "_", label.lower()).strip("_")[:40]


def short_hash(text: str) -> str:
    """Return eight hexadecimal digits that stay the same for the same text."""
    return blake2b(text.encode(), digest_size=4).hexdigest()


def first_line(text: str) -> str:
    """Return the first line that has words, without a heading's marks and at most 300 characters long."""
    line = next((line for line in text.splitlines() if any(c.isalnum() for c in line)), "")
    return re.sub(r"^#{1,6}\s+", "", line.strip()).strip()[:300]
