"""DOCX and PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cs_assist.datafile import Mapping
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import Found, Notice, check_archive, first_line, language_tag, make_id, name_parts, need
from cs_assist.knowledge.sources.html import markdown_table

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: A line that opens or closes more than this share of a PDF's pages is a running title or a page number.
_RUNNING = 0.5
#: What a damaged file makes the libraries raise, apart from their own errors.
_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, RecursionError, AssertionError,
    NotImplementedError, ArithmeticError,
)  # fmt: skip


def read_docx(path: Path) -> Iterator[Found | Notice]:
    """Yield the one article of a Word document: headings, paragraphs, lists and tables as Markdown.

    Title, language and date of change come from the document's properties, or the title from its first heading.
    Deleted text of tracked changes is left out; hidden text is left out and told.

    Raises:
        ArticleError: It is no Word document.
        MissingExtraError: The extra ``documents`` is not installed.
    """
    check_archive(path)
    docx = need("docx", needed_for="reading DOCX")
    hidden: list[str] = []
    try:
        document = docx.Document(str(path))
        properties = document.core_properties
        title, language, changed = properties.title, properties.language, properties.modified
        parts = list(_parts(document.iter_inner_content(), hidden))
    except (*_DAMAGED, docx.opc.exceptions.PackageNotFoundError) as exc:
        raise ArticleError(f"no Word document that can be read: {exc}", path=path) from exc
    text = ""
    for kind, part in parts:  # entries of one list stand on neighbouring lines
        text += ("\n" if kind == "list" and text.endswith("\x00") else "\n\n") + part + ("\x00" if kind == "list" else "")
    text = text.replace("\x00", "").strip()
    if hidden:
        quotes = "; ".join(repr(words[:80]) for words in hidden[:3])
        said = f"{len(hidden)} hidden text(s) were taken out, a possible injection; {quotes}"
        yield Notice("possible_injection", path, said)
    heading = next((part.lstrip("# ") for kind, part in parts if kind == "heading"), "")
    derived: dict[str, Any] = {"id": make_id(name_parts(path)[0])}
    derived |= {"title": (title or heading or first_line(text)).strip()[:300]}
    derived |= {"language": language_tag(language)} if language else {}
    derived |= {"reviewed": changed.date().isoformat()} if changed else {}
    yield Found(text, Mapping({}, None, path), {key: value for key, value in derived.items() if value})


def _parts(content: Any, hidden: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, Markdown) for each paragraph and table."""
    for item in content:
        if hasattr(item, "rows"):
            rows = [[_cell(cell, hidden) for cell in _once(row.cells)] for row in item.rows]
            if any(any(row) for row in rows):
                yield "table", markdown_table(rows)
            continue
        text = _text_of(item._p, hidden)
        if not text:
            continue
        style = (item.style.name if item.style is not None else "") or ""
        if match := re.fullmatch(r"(?i)heading (\d)", style):
            yield "heading", f"{'#' * min(int(match[1]), 6)} {text}"
        elif style.lower() == "title":
            yield "heading", f"# {text}"
        elif style.lower().startswith("list") or item._p.find(f"{_W}pPr/{_W}numPr") is not None:
            yield "list", f"- {text}"
        else:
            yield "text", text


def _once(cells: Any) -> list[Any]:
    """Return a row's cells with merged ones once: Word's library repeats them for each column."""
    kept: list[Any] = []
    for cell in cells:
        if not kept or kept[-1]._tc is not cell._tc:
            kept.append(cell)
    return kept


def _cell(cell: Any, hidden: list[str]) -> str:
    return " ".join(text for text in (_text_of(p._p, hidden) for p in cell.paragraphs) if text).replace("|", "/")


def _text_of(paragraph: Any, hidden: list[str]) -> str:
    """Return a paragraph's text with insertions, which Word's library leaves out, and without hidden runs."""
    seen, unseen = "", ""
    for run in paragraph.iter(f"{_W}r"):
        words = ""
        for node in run:
            if node.tag == f"{_W}t":
                words += node.text or ""
            elif node.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
                words += "\n" if node.tag != f"{_W}tab" else " "
        vanish = run.find(f"{_W}rPr/{_W}vanish")
        if vanish is not None and vanish.get(f"{_W}val") not in ("0", "false"):
            unseen += words
        else:
            seen += words
    if unseen.strip():
        hidden.append(" ".join(unseen.split()))
    return "\n".join(line for line in (" ".join(line.split()) for line in seen.splitlines()) if line)


def read_pdf(path: Path) -> Iterator[Found | Notice]:
    """Yield the one article of a PDF: the text of its pages; headings and tables are not known in a PDF.

    The title comes from the document's properties or is the first line. A first or last line that most pages share but for
    its numbers, a running title or a page number, is left out. Pages without text are told.

    Raises:
        ArticleError: It is no PDF, is locked by a password, or has no text at all, as scans have none.
        MissingExtraError: The extra ``documents`` is not installed.
    """
    pypdf = need("pypdf", needed_for="reading PDF")
    damaged = (*_DAMAGED, pypdf.errors.PyPdfError, pypdf.errors.DependencyError)
    try:
        reader = pypdf.PdfReader(path)
        locked = reader.is_encrypted and not reader.decrypt("")
        properties = None if locked else reader.metadata
        count = 0 if locked else len(reader.pages)
    except damaged as exc:
        raise ArticleError(f"no PDF that can be read: {exc}", path=path) from exc
    if locked:
        raise ArticleError("the PDF is locked by a password", path=path, hint="Save a copy without one.")
    pages: list[list[str]] = []
    broken: list[int] = []
    for number in range(count):
        try:
            text = reader.pages[number].extract_text()
        except damaged:
            text = ""
        lines = [" ".join(line.split()) for line in text.splitlines()]
        pages.append([line for line in lines if line])
        broken += [] if pages[-1] else [number + 1]
    if len(broken) == count:
        raise ArticleError("the PDF has no text", path=path, hint="A scan needs text recognition before it can be read.")
    if broken:
        shown = ", ".join(str(number) for number in broken[:10]) + (" …" if len(broken) > 10 else "")
        yield Notice("incomplete", path, f"{len(broken)} of {count} pages have no text that can be read: {shown}")
    text = "\n\n".join("\n".join(lines) for lines in _without_running_lines(pages) if lines)
    derived = {"id": make_id(name_parts(path)[0]), "title": _property(properties, "title") or first_line(text)}
    changed = _property(properties, "modification_date")
    derived |= {"reviewed": changed[:10]} if changed else {}
    yield Found(text, Mapping({}, None, path), {key: value[:300] for key, value in derived.items() if value})


def _property(properties: Any, name: str) -> str:
    """Return a property of a PDF; one that cannot be read is none."""
    try:
        value = getattr(properties, name, None)
    except (ValueError, TypeError, AttributeError):
        return ""
    return (value.isoformat() if isinstance(value, date) else str(value or "")).strip()


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    def shape(line: str) -> str:
        return re.sub(r"\d+", "0", line)

    ends = Counter(shape(line) for lines in pages if lines for line in {lines[0], lines[-1]})
    running = {line for line, count in ends.items() if count > _RUNNING * len(pages)} if len(pages) > 3 else set()
    kept = []
    for lines in pages:
        start = 1 if lines and shape(lines[0]) in running else 0
        end = len(lines) - 1 if lines and shape(lines[-1]) in running else len(lines)
        kept.append(lines[start:end])
    return kept
