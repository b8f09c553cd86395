"""DOCX and PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from cs_assist.datafile import Mapping, load_yaml
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import Found, Notice, check_archive, first_line, language_tag, make_id, name_parts, need
from cs_assist.knowledge.sources.hiding import Shown
from cs_assist.knowledge.sources.html import markdown_table
from cs_assist.knowledge.sources.sight import Paint, Style, hides_text

#: The style of paragraphs that name none, beside the names of styles.
_PLAIN = "\0"
_WHITE = Paint().under({"color": "white"})
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: The words that stand beside page numbers.
PAGE_NUMBERS = Path(__file__).parent.parent / "data" / "page_numbers.yaml"
#: A line that opens or closes more than this share of a PDF's pages is a running title or a page number; in so few, none is.
_RUNNING, _FEW_PAGES = 0.5, 3
#: Numbers of a line of which one may be the page's.
_FEW_NUMBERS = 6
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
        parts = list(_parts(document.iter_inner_content(), _Page.of(document, hidden)))
    except (*_DAMAGED, docx.opc.exceptions.PackageNotFoundError) as exc:
        raise ArticleError(f"no Word document that can be read: {exc}", path=path) from exc
    text = ""
    for kind, part in parts:  # entries of one list stand on neighbouring lines
        text += ("\n" if kind == "list" and text.endswith("\x00") else "\n\n") + part + ("\x00" if kind == "list" else "")
    text = text.replace("\x00", "").strip()
    yield from Shown(text, tuple(dict.fromkeys(hidden))).notices(path)
    heading = next((part.lstrip("# ") for kind, part in parts if kind == "heading"), "")
    derived: dict[str, Any] = {"id": make_id(name_parts(path)[0])}
    derived |= {"title": (title or heading or first_line(text)).strip()[:300]}
    derived |= {"language": language_tag(language)} if language else {}
    derived |= {"reviewed": changed.date().isoformat()} if changed else {}
    yield Found(text, Mapping({}, None, path), {key: value for key, value in derived.items() if value})


class _PageNumbers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    reviewed: date
    page: tuple[str, ...]
    of: tuple[str, ...]


@dataclass(frozen=True)
class _Page:
    """What a Word document's words are written with and on, and those of them that nobody sees.

    Attributes:
        hidden: Takes up what is left out.
        styles: The looks that each style gives to letters, by its id.
        paint: What holds where nothing else is said.
    """

    hidden: list[str]
    styles: dict[str, Style]
    paint: Paint = field(default_factory=Paint)

    @classmethod
    def of(cls, document: Any, hidden: list[str]) -> _Page:
        known = {node.get(f"{_W}styleId"): node for node in document.styles.element.iter(f"{_W}style")}
        styles: dict[str, Style] = {}
        for name, node in known.items():
            chain: list[Any] = []
            while node is not None and node not in chain:
                chain.append(node)
                node = known.get(_value(node.find(f"{_W}basedOn")))
            styles[name] = {key: value for one in reversed(chain) for key, value in _looks(one).items()}
            if _value(known[name], "default") == "1" and _value(known[name], "type") == "paragraph":
                styles[_PLAIN] = styles[name]
        # Whether Word shows the colour of a page is a setting of each reader.
        coloured = document.element.find(f"{_W}background") is not None
        return cls(hidden, styles, Paint(ground=None) if coloured else Paint())

    def on(self, ground: Style) -> _Page:
        return replace(self, paint=self.paint.under(ground)) if ground else self


def _value(node: Any, name: str = "val") -> str:
    return str(node.get(f"{_W}{name}") or "") if node is not None else ""


def _looks(node: Any) -> Style:
    """Return what a run, a paragraph or a style says of its letters, in the words of CSS."""
    style = _ground(node.find(f"{_W}pPr"))
    letters = node.find(f"{_W}rPr")
    if letters is None:
        return style
    colour, size, vanish, mark = (letters.find(f"{_W}{name}") for name in ("color", "sz", "vanish", "highlight"))
    if colour is not None:
        style["color"] = "canvastext" if _value(colour) == "auto" else f"#{_value(colour).lower()}"
    if size is not None and re.fullmatch(r"\d{1,4}(?:\.\d{1,2})?", _value(size)):
        style["font-size"] = f"{float(_value(size)) / 2}pt"
    if vanish is not None:
        style["display"] = "inline" if _value(vanish) in ("0", "false", "off") else "none"
    if mark is not None and _value(mark) != "none":
        style["background-color"] = _value(mark).lower()
    return style | _ground(letters)


def _ground(node: Any) -> Style:
    """Return the colour that a cell, a paragraph or a run is filled with."""
    shade = node.find(f"{_W}shd") if node is not None else None
    fill = _value(shade, "color" if _value(shade) == "solid" else "fill").lower()
    return {"background-color": f"#{fill}"} if re.fullmatch(r"[0-9a-f]{6}", fill) else {}


def _parts(content: Any, page: _Page) -> Iterator[tuple[str, str]]:
    """Yield (kind, Markdown) for each paragraph and table."""
    for item in content:
        if hasattr(item, "rows"):
            fills = item.style.element.iter(f"{_W}tcPr") if item.style is not None else ()
            shaded = any(not _WHITE.under(_ground(fill)).unseen for fill in fills)
            inside = replace(page, paint=replace(page.paint, ground=None)) if shaded else page.on(_ground(item._tbl.tblPr))
            rows = [[""] * row.grid_cols_before + _row(row.cells, inside) for row in item.rows]
            if any(any(row) for row in rows):
                yield "table", markdown_table(rows)
            continue
        text = _text_of(item._p, page)
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


def _row(cells: Any, page: _Page) -> list[str]:
    """Return a row's texts; Word's library repeats a cell for each column and row that it spans, for all of which it holds."""
    known: dict[Any, str] = {}
    for cell in cells:
        if cell._tc not in known:
            known[cell._tc] = _cell(cell, page.on(_ground(cell._tc.tcPr)))
    texts = [known[cell._tc] for cell in cells]
    return texts if len(known) > 1 else [*texts[:1], *[""] * (len(texts) - 1)]  # one alone is a heading within the table


def _cell(cell: Any, page: _Page) -> str:
    return " ".join(text for text in (_text_of(p._p, page) for p in cell.paragraphs) if text).replace("|", "/")


def _text_of(paragraph: Any, page: _Page) -> str:
    """Return a paragraph's text with insertions, which Word's library leaves out, and without what nobody sees."""
    seen, unseen = "", ""
    own = page.styles.get(_value(paragraph.find(f"{_W}pPr/{_W}pStyle")) or _PLAIN, {}) | _ground(paragraph.find(f"{_W}pPr"))
    for run in paragraph.iter(f"{_W}r"):
        words = ""
        for node in run:
            if node.tag == f"{_W}t":
                words += node.text or ""
            elif node.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
                words += "\n" if node.tag != f"{_W}tab" else " "
        style = own | page.styles.get(_value(run.find(f"{_W}rPr/{_W}rStyle")), {}) | _looks(run)
        if hides_text(style) or page.paint.under(style).unseen:
            unseen += words
        else:
            seen += words
    if unseen.strip():
        page.hidden.append(" ".join(unseen.split()))
    return "\n".join(line for line in (" ".join(line.split()) for line in seen.splitlines()) if line)


def read_pdf(path: Path) -> Iterator[Found | Notice]:
    """Yield the one article of a PDF: the text of its pages; headings and tables are not known in a PDF.

    The title comes from the document's properties or is the first line. A first or last line that most pages share, a running
    title or a page number, is left out and told. Pages without text are told.

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
    pages, running = _without_running_lines(pages)
    if running:
        quotes = ", ".join(repr(line[:80]) for line in running[:5]) + (" …" if len(running) > 5 else "")
        yield Notice("passed_over", path, f"lines that most pages begin or end with were left out: {quotes}")
    text = _whole("\n\n".join("\n".join(lines) for lines in pages if lines))
    derived = {"id": make_id(name_parts(path)[0]), "title": _property(properties, "title") or first_line(text)}
    changed = _property(properties, "modification_date")
    derived |= {"reviewed": changed[:10]} if changed else {}
    yield Found(text, Mapping({}, None, path), {key: value[:300] for key, value in derived.items() if value})


def _whole(text: str) -> str:
    """Return a text with a mark in place of each half of a character that a PDF's encoding leaves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _property(properties: Any, name: str) -> str:
    """Return a property of a PDF; one that cannot be read is none."""
    try:
        value = getattr(properties, name, None)
    except (ValueError, TypeError, AttributeError):
        return ""
    return _whole(value.isoformat() if isinstance(value, date) else str(value or "")).strip()


def _without_running_lines(pages: list[list[str]]) -> tuple[list[list[str]], list[str]]:
    """Return the pages without the running line at each end, and one of each kind of the lines that were left out.

    A line runs where it is the same on most pages, to the letter, or is but for a page number that counts with them.
    """
    if len(pages) <= _FEW_PAGES:
        return pages, []
    ends = [(at, line) for at, lines in enumerate(pages) if lines for line in {lines[0], lines[-1]}]
    counted = Counter(kind for at, line in ends for kind in _kinds(line, at))
    running = {kind for kind, count in counted.items() if count > _RUNNING * len(pages)}
    kept: list[list[str]] = []
    out: dict[tuple[str, int | None], str] = {}
    for at, lines in enumerate(pages):
        first, last = ([kind for kind in _kinds(line, at) if kind in running] for line in (lines[:1] + lines[-1:] or ["", ""]))
        for kinds, line in ((first, lines[:1]), (last, lines[-1:])):
            if kinds:
                out.setdefault(kinds[0], line[0])
        kept.append(lines[1 if first else 0 : len(lines) - (1 if last else 0)])
    return kept, list(out.values())


def _kinds(line: str, at: int) -> list[tuple[str, int | None]]:
    """Return what a line at the end of a page may be again on another page: itself, and itself with another page number.

    Args:
        line: The line.
        at: The page's place among the pages.
    """
    kinds: list[tuple[str, int | None]] = [(line, None)] if line else []
    for number in islice(re.finditer(r"(?<!\d)\d{1,5}(?!\d)", line), _FEW_NUMBERS):
        shape = f"{line[: number.start()]}\0{line[number.end() :]}"
        if _page_number().search(shape.lower()):
            kinds.append((shape, int(number[0]) - at))
    return kinds


@cache
def _page_number() -> re.Pattern[str]:
    r"""Return what finds a page number, which \0 stands for: alone on its line, before the number of pages, or beside "page"."""
    words = load_yaml(PAGE_NUMBERS, _PageNumbers)
    page, of = (
        "|".join(w if _is_unspaced(w[0]) else rf"(?<![^\W\d_]){re.escape(w)}(?![^\W\d_])" for w in some)
        for some in (words.page, words.of)
    )
    return re.compile(
        rf"^[\W_]{{0,9}}\0[\W_]{{0,9}}(?:(?:{of})?[\W_]{{0,9}}\d+[\W_]{{0,9}})?$"
        rf"|\0\s?/\s?\d+|(?:{page})[\s.:#-]{{0,3}}\0|\0[\s.-]{{0,2}}(?:{page})"
    )


def _is_unspaced(letter: str) -> bool:
    return "\u0e00" <= letter <= "\u0e7f" or "\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af"
