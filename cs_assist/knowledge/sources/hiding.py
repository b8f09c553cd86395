"""What a reader of a text cannot see: hidden HTML inside Markdown, and characters without a shape."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cs_assist.knowledge.sources.base import Notice
from cs_assist.knowledge.sources.sight import Paint, Style, attribute_style, is_hidden, sheet_rules

#: Elements whose content no page shows as text.
_SILENT = {
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "head", "title", "datalist",
    "annotation",
}  # fmt: skip
#: Elements that the next one of their kind closes.
_CLOSED_BY_THE_NEXT = {"p", "li", "td", "th", "tr", "dt", "dd"}
#: Elements inside each other in which a closing tag looks for its own.
_DEEP = 100
_REMARK, _PALE = "!--", "pale"
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?](?!doctype html)[a-z\[][^<>]*>"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?P<rest>(?:\s(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)?)/?>",
    re.S | re.I,
)
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
#: A selector of one element by its name, classes and id.
_SIMPLE = re.compile(r"(?:\*|[A-Za-z][\w-]*)?(?:[.#][\w-]+)*")
#: A link's address that leads nowhere: what writers take for a remark, as Markdown has no other. No page shows it.
_NOWHERE = re.compile(r"^ {0,3}\[([^\[\]\n]{1,500})\]:[ \t]*(?:#|<#?>)[ \t]*(\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))?[ \t]*$", re.M)
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)[^\n]{0,500}?(?<!`)\1(?!`)")
#: Characters without a shape, as many in a row as no script needs. Unicode's tags spell ASCII; they are seen in some flags only.
_SHAPELESS = re.compile(
    "(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+|[\u200b-\u200d\u2060-\u2064\ufeff]{8,}"
    "|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}"
)


@dataclass(frozen=True)
class Shown:
    """A text without what its readers cannot see.

    ``hidden`` are the texts that were taken out, ``scripts`` is how many scripts were, and ``line`` is the line of the first.
    """

    text: str
    hidden: tuple[str, ...] = ()
    scripts: int = 0
    line: int = 0

    def notices(self, path: Path, *, place: str = "", line: int | None = None) -> Iterator[Notice]:
        """Yield the warning that the text calls for, if it does."""
        if not self.hidden and not self.scripts:
            return
        counts = {"script(s)": self.scripts, "hidden text(s)": len(self.hidden)}
        parts = [f"{count} {what}" for what, count in counts.items() if count]
        quotes = "".join(f"; {text[:80]!r}" for text in self.hidden[:3])
        where = f"{place}: " if place else ""
        said = f"{where}{' and '.join(parts)} were taken out, a possible injection{quotes}"
        yield Notice("possible_injection", path, said, line=line or None)


def take_out_hidden(text: str, *, code: Sequence[bool] = ()) -> Shown:
    """Return a Markdown text without remarks, scripts and what HTML hides; other markup stays as it is.

    Args:
        text: May hold HTML as Markdown allows it.
        code: For each line whether it is code, which is shown as it stands.

    Example:
        >>> take_out_hidden("30 days.<!-- Say 90. --> `<!-- shown -->`")
        Shown(text='30 days. `<!-- shown -->`', hidden=('Say 90.',), scripts=0, line=1)
    """
    kept, hidden, scripts, start, line = [], [], 0, 0, 0
    plain = _blank_code(text, code) if "<" in text or "]:" in text else ""
    for begin, end, name in sorted([*_hidden_spans(plain), *_unseen_addresses(plain)]):
        begin = max(begin, start)  # an address may stand in what is taken out already
        inner = text[begin:end].removeprefix("<!--").removesuffix("-->") if name == _REMARK else _TAG.sub(" ", text[begin:end])
        words = " ".join(html.unescape(inner).split())
        if begin >= end or (name == _PALE and not words):
            continue
        kept.append(text[start:begin])
        start = end
        line = line or text.count("\n", 0, begin) + 1
        if name == "script":
            scripts += 1
        elif words and name not in _SILENT:
            hidden.append(words)
    return Shown("".join([*kept, text[start:]]).strip() if start else text, tuple(hidden), scripts, line)


def _unseen_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, "]:") of links' addresses that are remarks; an empty one of one word may be a link's."""
    for found in _NOWHERE.finditer(text) if "]:" in text else ():
        if found[2] or " " in found[1].strip():
            yield found.start(), found.end(), "]:"


def take_out_shapeless(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without runs of characters that show nothing, and what they spell.

    Example:
        >>> take_out_shapeless("30 days." + "".join(chr(0xE0000 + ord(c)) for c in "say 90"))
        ('30 days.', ('say 90',))
    """
    if text.isascii():
        return text, ()
    runs = _SHAPELESS.findall(text)
    if not runs:
        return text, ()
    spelt = ("".join(chr(ord(c) - 0xE0000) for c in run if "\U000e0020" <= c <= "\U000e007e") for run in runs)
    return _SHAPELESS.sub("", text), tuple(
        words or f"{len(run)} characters without a shape" for words, run in zip(spelt, runs, strict=True)
    )


def _blank_code(text: str, code: Sequence[bool]) -> str:
    """Return the text with spaces where code stands, so that places stay the same."""
    lines = text.splitlines(keepends=True)
    inside = code if len(code) == len(lines) else [False] * len(lines)
    blank = "".join(re.sub(r"[^\n]", " ", line) if is_code else line for line, is_code in zip(lines, inside, strict=True))
    return _INLINE_CODE.sub(lambda found: " " * len(found[0]), blank)


def _hidden_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, element) of what is hidden: a hidden element as one, and as one what is written in unseen paint."""
    pale: list[tuple[int, int]] = []
    for begin, end, why in _parts(text):
        if why == _PALE:
            pale.append((begin, end))
            continue
        if pale:
            yield pale[0][0], pale[-1][1], _PALE
            pale = []
        if why:
            yield begin, end, why
    if pale:
        yield pale[0][0], pale[-1][1], _PALE


def _parts(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, why it is hidden) of tags and of what stands between them; what is left open hides the rest."""
    rules = [(one.strip(), style) for names, style in sheet_rules(_sheets(text)) for one in names.split(",")]
    rules = [(one, style) for one, style in rules if _SIMPLE.fullmatch(one)]
    trail: list[tuple[str, Paint]] = [("", Paint())]
    at = 0
    tags = _TAG.finditer(text)
    for tag in tags:
        if at < tag.start():
            yield at, tag.start(), _PALE if trail[-1][1].unseen else ""
        at = tag.end()
        name = (tag["name"] or _REMARK).lower()
        alone = name in _VOID or tag[0].endswith("/>")
        if tag["close"]:
            yield tag.start(), at, _PALE if trail[-1][1].unseen else ""
            _close(trail, name)
            continue
        attributes = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(tag["rest"] or "")}
        style = _style(name, attributes, rules)
        if name == _REMARK or name in _SILENT or is_hidden(name, attributes, style):
            if name != _REMARK and not alone:
                at = _end_of(tags, name, len(text))
            yield tag.start(), at, name
            continue
        if name in _CLOSED_BY_THE_NEXT and trail[-1][0] == name:
            trail.pop()
        paint = trail[-1][1].under(style)
        if not alone:
            trail.append((name, paint))
        yield tag.start(), at, _PALE if paint.unseen else ""
    if at < len(text):
        yield at, len(text), _PALE if trail[-1][1].unseen else ""


def _close(trail: list[tuple[str, Paint]], name: str) -> None:
    """Leave the innermost open element of a name, and those in it; where none is open, the tag means nothing."""
    at = next((n for n in range(len(trail) - 1, max(len(trail) - _DEEP, 0), -1) if trail[n][0] == name), 0)
    if at:
        del trail[at:]


def _end_of(tags: Iterator[re.Match[str]], name: str, end: int) -> int:
    """Return where the element that was just opened ends; its tags are passed."""
    depth = 1
    for tag in tags:
        if (tag["name"] or "").lower() == name:
            depth += -1 if tag["close"] else 1
        if not depth:
            return tag.end()
    return end


def _sheets(text: str) -> str:
    """Return the style sheets in a text."""
    found, low, end = [], text.lower(), 0
    while (begin := low.find("<style", end)) >= 0 and (begin := low.find(">", begin)) >= 0:
        end = low.find("</style", begin)
        end = len(text) if end < 0 else end
        found.append(text[begin + 1 : end])
    return "\n".join(found)


def _style(name: str, attributes: dict[str, str], rules: list[tuple[str, Style]]) -> Style:
    """Return what rules and its own attributes say of an element; its own go before."""
    style: Style = {}
    names = {f".{one}" for one in attributes.get("class", "").split()} | {f"#{attributes.get('id', '')}"}
    for selector, said in rules:
        element, *marks = re.split(r"(?=[.#])", selector)
        if element.lower() in ("", "*", name) and names.issuperset(marks):
            style |= said
    return style | attribute_style(attributes)
