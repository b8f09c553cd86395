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
from cs_assist.knowledge.sources.hiding import HIDING_CLASSES, Shown, declarations, hides_text
from cs_assist.knowledge.sources.markdown import split_front_matter

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody",
    "thead", "tfoot", "tr", "td", "th", "caption", "pre", "blockquote", "hr", "details", "summary", "figure", "figcaption",
    "form", "address", "fieldset", "center", "body", "html",
}  # fmt: skip
#: Elements that show no text of their own; scripts are counted for the report.
_SILENT = {
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "audio", "video", "head", "nav",
    "button", "input", "select", "textarea",
}  # fmt: skip
#: What surrounds the article on a whole page that does not mark its main part.
_AROUND = ("header", "footer", "aside")
_PALE = {"#fff", "#ffffff", "white", "transparent", "rgb(255,255,255)", "rgba(255,255,255,1)", "rgba(0,0,0,0)"}
_MAX_RULES = 500


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
    invalid = need("soupsieve", needed_for="reading HTML").SelectorSyntaxError
    suspects = [node for node in soup.find_all(True) if _is_hidden(node)]
    for selector in _hiding_selectors("\n".join(style.get_text() for style in soup.find_all("style"))):
        try:
            suspects += soup.select(selector)
        except (invalid, NotImplementedError):
            continue  # a selector that bs4 does not know hides nothing that it could find
    texts = []
    for node in suspects:
        if node.decomposed:
            continue
        for silent in node.find_all(["script", "style"]):
            silent.decompose()
        text = _words(node.get_text(" ")) if node.name not in _SILENT else ""
        node.decompose()
        texts += [text] if text else []
    return tuple(texts)


def _hiding_selectors(css: str) -> list[str]:
    """Return the selectors of the rules that hide text; rules for other media or states are none of ours."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found: list[str] = []
    depth, start, selector = 0, 0, ""
    for match in re.finditer(r"[{}]", css):
        if match[0] == "{":
            if depth == 0:
                selector = css[start : match.start()].strip()
            depth, start = depth + 1, match.end()
            continue
        own = depth == 1 and not selector.startswith("@") and ":" not in selector
        if own and hides_text(declarations(css[start : match.start()])):
            found.append(selector)
        depth, start = max(depth - 1, 0), match.end()
    return found[:_MAX_RULES]


def _is_hidden(node: Any) -> bool:
    if node.has_attr("hidden") or HIDING_CLASSES.intersection(node.get("class") or ()):
        return True
    style = declarations(str(node.get("style") or ""))
    return bool(style) and (hides_text(style) or _is_pale(node, style))


def _is_pale(node: Any, style: dict[str, str]) -> bool:
    """Tell whether text has its background's colour, or a page's usual one where no background is set."""
    colour = style.get("color", "")
    own = (declarations(str(n.get("style") or "")) for n in (node, *node.parents) if hasattr(n, "get"))
    grounds = ([value for name, value in styles.items() if name.startswith("background")] for styles in own)
    ground = next((values[-1] for values in grounds if values), None)
    return bool(colour) and (colour == ground or (ground is None and colour in _PALE))


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
    rows: list[list[str]] = []
    cells_of = [
        (row.find_all(["td", "th"], recursive=False), row) for row in node.find_all("tr") if row.find_parent("table") is node
    ]
    if node.find("table") or len(cells_of) < 2 or max(len(cells) for cells, _ in cells_of) < 2:
        return [block for cells, _ in cells_of for cell in cells for block in _blocks(cell)]
    for cells, _ in cells_of:
        row: list[str] = []
        for cell in cells:
            span = str(cell.get("colspan") or "1")
            text = " ".join(block.replace("\n", " ") for block in _blocks(cell)).replace("|", "/")
            row += [text, *[""] * (min(int(span), 50) - 1 if span.isdecimal() else 0)]
        rows.append(row)
    caption = node.find("caption")
    return [*(_blocks(caption) if caption else []), markdown_table(rows)]


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
