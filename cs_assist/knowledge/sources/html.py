"""HTML as Markdown that keeps headings, lists and tables, without what a reader of the page cannot see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs_assist.datafile import Mapping
from cs_assist.errors import ArticleError
from cs_assist.knowledge.sources.base import Found, Notice, first_line, language_tag, make_id, name_parts, need, read_text
from cs_assist.knowledge.sources.hiding import Shown
from cs_assist.knowledge.sources.markdown import split_front_matter
from cs_assist.knowledge.sources.sight import Paint, Style, attribute_style, is_hidden, sheet_rules

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody",
    "thead", "tfoot", "tr", "td", "th", "caption", "pre", "blockquote", "hr", "details", "summary", "figure", "figcaption",
    "form", "address", "fieldset", "center", "body", "html",
}  # fmt: skip
#: Elements that show no text of their own; scripts are counted for the report.
_SILENT = {
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "audio", "video", "head", "nav",
    "button", "input", "select", "textarea", "datalist", "annotation", "annotation-xml", "noframes", "noembed",
}  # fmt: skip
#: What surrounds the article on a whole page that does not mark its main part.
_AROUND = ("header", "footer", "aside")
#: What depends on where a pointer is or what was chosen hides nothing for good.
_FOR_NOW = re.compile(r":(?:hover|focus|active|target|checked|visited|open|placeholder-shown|user-)")
_MAX_RULES = 500
#: Columns and rows that one cell may go over.
_MAX_SPAN, _ALL_ROWS = 50, 65_534


@dataclass(frozen=True)
class Page:
    """What a page says. ``hidden`` are the texts that only a program would have read; ``scripts`` is their number."""

    text: str
    title: str = ""
    language: str = ""
    url: str = ""
    hidden: tuple[str, ...] = ()
    scripts: int = 0

    def notices(self, path: Path, *, place: str = "") -> Iterator[Notice]:
        """Yield the warning that the page calls for, if it does."""
        return Shown(self.text, self.hidden, self.scripts).notices(path, place=place)


def read_html(path: Path) -> Iterator[Found | Notice]:
    """Yield the article of a page; it may begin with front matter as Markdown does.

    Title, language and address come from the first heading or ``<title>``, ``<html lang>`` and ``<link rel="canonical">``.

    Raises:
        ArticleError: It is not UTF-8, or nested beyond reason.
        MissingExtraError: The extra ``documents`` is not installed.
    """
    given, html, line = split_front_matter(read_text(path), path)
    page = to_markdown(html, path=path)
    derived = {"id": make_id(name_parts(path)[0]), "title": page.title or first_line(page.text)}
    derived |= {"language": page.language, "url": page.url}
    yield from page.notices(path)
    kept = {key: value for key, value in derived.items() if value}
    yield Found(page.text, given or Mapping({}, None, path), kept, line=line)


def to_markdown(html: str, *, path: Path) -> Page:
    """Return a page or a fragment as Markdown.

    Kept are headings, paragraphs, lists, tables, code and links to web addresses. Taken out are scripts, forms,
    navigation, and text that is hidden by attribute, inline style, the page's own style sheet or a customary class.

    Args:
        html: The markup, however broken.
        path: Where it came from, for error messages.

    Raises:
        ArticleError: It is nested beyond reason.
        MissingExtraError: The extra ``documents`` is not installed.
    """
    need("lxml", needed_for="reading HTML")  # the parser that closes what the markup leaves open
    soup = need("bs4", needed_for="reading HTML").BeautifulSoup(html, "lxml")
    scripts = len(soup.find_all("script"))
    title = _words(soup.title.get_text()) if soup.title else ""
    lang = str(soup.html.get("lang") or "") if soup.html else ""
    link = soup.find("link", rel="canonical")
    url = str(link.get("href") or "") if link else ""
    hidden = _take_out_hidden(soup)
    for node in soup.find_all(list(_SILENT)):
        node.decompose()
    try:
        whole = re.search(r"(?i)<(html|body)\b", html) is not None
        text = "\n\n".join(_blocks(_main_part(soup) if whole else soup))
    except RecursionError as exc:
        raise ArticleError("the HTML is nested too deeply", path=path) from exc
    heading = re.match(r"#\s+(.+)", text)
    return Page(
        text=text,
        title=(heading[1] if heading else title)[:300],
        language=language_tag(lang) if lang else "",
        url=url if re.match(r"https?://", url) else "",
        hidden=hidden,
        scripts=scripts,
    )


def _main_part(soup: Any) -> Any:
    """Return the element that holds the article; on a page that does not mark it, without what stands around it."""
    articles = soup.find_all("article")
    main = soup.find("main") or soup.find(attrs={"role": "main"}) or (articles[0] if len(articles) == 1 else None)
    if main is not None:
        return main
    for node in soup.find_all(_AROUND):
        node.decompose()
    return soup


def _take_out_hidden(soup: Any) -> tuple[str, ...]:
    """Remove what a reader cannot see, and return its texts, the outermost element's as one."""
    styles = _styles(soup)
    texts = []
    for node in soup.find_all(True):
        if node.decomposed or not is_hidden(node.name, _attributes(node), styles[id(node)]):
            continue
        for silent in node.find_all(["script", "style"]):
            silent.decompose()
        text = _words(node.get_text(" ")) if node.name not in _SILENT else ""
        node.decompose()
        texts += [text] if text else []
    return (*texts, *_take_out_unseen(soup, styles))


def _take_out_unseen(soup: Any, styles: dict[int, Style]) -> list[str]:
    """Remove the words that are written as nobody can see them, and return them, what stands together as one."""
    paints = {id(soup): Paint()}
    texts: list[str] = []
    together = False
    for node in list(soup.descendants):
        around = paints.get(id(node.parent), Paint())
        if node.name is not None:
            paints[id(node)] = around.under(styles[id(node)]) if styles[id(node)] else around
        elif node.strip() and type(node).__name__ == "NavigableString":
            if around.unseen:
                words = _words(node)
                texts[len(texts) - together :] = [f"{texts[-1]} {words}" if together else words]
                node.replace_with("")
            together = around.unseen
    return texts


def _styles(soup: Any) -> dict[int, Style]:
    """Return each element's style, of the page's style sheets and its own attributes; its own go before."""
    invalid = need("soupsieve", needed_for="reading HTML").SelectorSyntaxError
    styles: dict[int, Style] = {id(node): {} for node in soup.find_all(True)}
    rules = sheet_rules("\n".join(style.get_text() for style in soup.find_all("style")))
    for selector, style in rules[-_MAX_RULES:]:
        if _FOR_NOW.search(selector):
            continue
        try:
            for node in soup.select(selector):
                styles[id(node)].update(style)
        except (invalid, NotImplementedError):
            continue  # a selector that bs4 does not know hides nothing that it could find
    for node in soup.find_all(True):
        styles[id(node)].update(attribute_style(_attributes(node)))
    return styles


def _attributes(node: Any) -> dict[str, str]:
    return {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in node.attrs.items()}


def _blocks(node: Any) -> list[str]:
    """Return the Markdown blocks of an element."""
    blocks: list[str] = []
    run: list[str] = []

    def close() -> None:
        blocks.extend(part for part in (_paragraph(text) for text in re.split(r"\n\s*\n", "".join(run))) if part)
        run.clear()

    for child in node.children:
        if child.name is None:
            run.append(re.sub(r"\s+", " ", child) if type(child).__name__ == "NavigableString" else "")
        elif child.name in _BLOCKS or child.find(list(_BLOCKS)):
            close()
            blocks += _block(child)
        else:
            run.append(_inline(child))
    close()
    return blocks


def _block(node: Any) -> list[str]:
    name = node.name
    if name in _HEADINGS or name == "summary":
        text = _words(_inline(node).replace("**", ""))
        return [f"{'#' * int(name[1]) if name in _HEADINGS else '###'} {text}"] if text else []
    if name in ("ul", "ol"):
        return _list(node)
    if name == "table":
        return _table(node)
    if name == "pre":
        text = node.get_text().strip("\n")
        return [f"```\n{text}\n```"] if text.strip() else []
    if name == "blockquote":
        return ["\n".join(f"> {line}" for line in block.splitlines()) for block in _blocks(node)]
    return _blocks(node)


def _list(node: Any) -> list[str]:
    """Return a list as one block; what stands inside an entry is indented under it."""
    lines: list[str] = []
    number = 0
    for child in node.find_all(True, recursive=False):
        if child.name != "li":
            lines += _indent(_blocks(child), "  ")
            continue
        inner = _blocks(child)
        if not inner:
            continue
        number += 1
        mark = "- " if node.name == "ul" else f"{number}. "
        first, *rest = "\n".join(inner).splitlines()
        lines += [mark + first, *(" " * len(mark) + line for line in rest)]
    return ["\n".join(lines)] if lines else []


def _indent(blocks: list[str], by: str) -> list[str]:
    return [by + line for block in blocks for line in block.splitlines()]


def _table(node: Any) -> list[str]:
    """Return a table with its first row as head; one that only lays out a page becomes its cells' blocks."""
    cells_of = [
        (row.find_all(["td", "th"], recursive=False), row) for row in node.find_all("tr") if row.find_parent("table") is node
    ]
    if node.find("table") or len(cells_of) < 2 or max(len(cells) for cells, _ in cells_of) < 2:
        return [block for cells, _ in cells_of for cell in cells for block in _blocks(cell)]
    rows: list[list[str]] = []
    above: dict[int, tuple[int, str]] = {}
    group: Any = None
    for cells, row in cells_of:
        if row.parent is not group:  # no cell reaches out of its part of the table
            above, group = {}, row.parent
        line, above = _row(cells, above)
        rows += [line] if cells else []
    caption = node.find("caption")
    return [*(_blocks(caption) if caption else []), markdown_table(rows)]


def _row(cells: list[Any], above: dict[int, tuple[int, str]]) -> tuple[list[str], dict[int, tuple[int, str]]]:
    """Return the texts of a row, and what reaches into the next one; a cell's text holds for all that the cell spans.

    Args:
        cells: The row's own cells.
        above: What reaches into it from above: column to rows and text.
    """
    line: list[str] = []
    below: dict[int, tuple[int, str]] = {}
    waiting = iter(cells)
    while True:
        at = len(line)
        if at in above:
            rows, text = above[at]
            line.append(text)
            below |= {at: (rows - 1, text)} if rows > 1 else {}
        elif (cell := next(waiting, None)) is not None:
            text = " ".join(block.replace("\n", " ") for block in _blocks(cell)).replace("|", "/")
            across, rows = _span(cell, "colspan", _MAX_SPAN), _span(cell, "rowspan", _ALL_ROWS)
            alone = len(cells) == 1 and not above  # a heading within the table
            line += [text, *["" if alone else text] * (across - 1)]
            below |= {at + n: (rows - 1, "" if alone and n else text) for n in range(across)} if rows > 1 else {}
        elif any(column > at for column in above):
            line.append("")
        else:
            return line, below


def _span(cell: Any, name: str, most: int) -> int:
    """Return over how many columns or rows a cell goes; 0 means all that are left."""
    said = str(cell.get(name) or "1").strip()
    return min(int(said[:6]), most) or most if said.isascii() and said.isdecimal() else 1


def markdown_table(rows: list[list[str]]) -> str:
    """Return rows as a Markdown table, the first one as its head.

    Example:
        >>> print(markdown_table([["Land", "Tage"], ["AT", "3"]]))
        | Land | Tage |
        | --- | --- |
        | AT | 3 |
    """
    width = max(len(row) for row in rows)
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows if any(row)]
    return "\n".join([*lines[:1], "| " + " | ".join(["---"] * width) + " |", *lines[1:]])


def _inline(node: Any) -> str:
    """Return an element without blocks as text with links and bold marks."""
    if node.name == "br":
        return "\n"
    text = "".join(
        _inline(child)
        if child.name is not None
        else (re.sub(r"\s+", " ", child) if type(child).__name__ == "NavigableString" else "")
        for child in node.children
    )
    words = _words(text)
    if node.name == "a" and words and re.match(r"https?://\S+$", str(node.get("href") or "")):
        return text.replace(text.strip(), f"[{words}]({node['href']})")
    if node.name in ("b", "strong") and words and "**" not in text and "\n" not in text.strip():
        return text.replace(text.strip(), f"**{words}**")
    return text


def _paragraph(text: str) -> str:
    return "\n".join(line for line in (_words(line) for line in text.splitlines()) if line)


def _words(text: str) -> str:
    return " ".join(text.split())
