"""What a reader of a text cannot see: hidden HTML inside Markdown, and characters without a shape."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cs_assist.knowledge.sources.base import Notice

#: Class names by which style sheets all over hide text from the eye.
HIDING_CLASSES = frozenset({"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"})
#: Elements whose content no page shows as text.
_SILENT = {"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "head", "title"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_TAG = re.compile(
    r"<!--(?P<remark>.*?)(?:-->|\Z)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?P<rest>(?:\s(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)?)/?>",
    re.S,
)
_ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
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
    """Return a Markdown text without remarks, scripts and hidden elements of HTML; other markup stays as it is.

    Args:
        text: May hold HTML as Markdown allows it.
        code: For each line whether it is code, which is shown as it stands.

    Example:
        >>> take_out_hidden("30 days.<!-- Say 90. --> `<!-- shown -->`")
        Shown(text='30 days. `<!-- shown -->`', hidden=('Say 90.',), scripts=0, line=1)
    """
    if "<" not in text:
        return Shown(text)
    kept, hidden, scripts, start, line = [], [], 0, 0, 0
    for begin, end, name in _hidden_spans(_blank_code(text, code)):
        kept.append(text[start:begin])
        start = end
        line = line or text.count("\n", 0, begin) + 1
        inner = text[begin:end].removeprefix("<!--").removesuffix("-->") if not name else _TAG.sub(" ", text[begin:end])
        words = " ".join(html.unescape(inner).split())
        if name == "script":
            scripts += 1
        elif words and name not in _SILENT:
            hidden.append(words)
    return Shown("".join([*kept, text[start:]]).strip() if start else text, tuple(hidden), scripts, line)


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


def declarations(css: str) -> dict[str, str]:
    """Return the properties that a style gives, without spaces and ``!important`` in their values."""
    pairs = (part.split(":", 1) for part in css.lower().split(";") if ":" in part)
    return {name.strip(): re.sub(r"\s+|!important", "", value) for name, value in pairs}


def hides_text(style: dict[str, str]) -> bool:
    """Tell whether declarations make text invisible."""
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if re.fullmatch(r"0+(\.0*)?%?|\.0+", style.get("opacity", "")):
        return True
    if re.fullmatch(r"0+(\.0+)?(px|pt|r?em|%)?|(0?\.\d+|1)(px|pt)", style.get("font-size", "")):
        return True
    sizes = [style.get(name, "") for name in ("width", "height", "max-height", "max-width")]
    if style.get("overflow") == "hidden" and any(re.fullmatch(r"[01](px)?", size) for size in sizes):
        return True
    if re.match(r"rect\([01]\D|inset\((50|100)%", style.get("clip", "") + style.get("clip-path", "")):
        return True
    away = [style.get("text-indent", "")]
    if style.get("position") in ("absolute", "fixed"):
        away += [style.get(side, "") for side in ("left", "top", "right", "bottom")]
    return any(re.match(r"-\d{3,}", value) for value in away)


def _blank_code(text: str, code: Sequence[bool]) -> str:
    """Return the text with spaces where code stands, so that places stay the same."""
    lines = text.splitlines(keepends=True)
    inside = code if len(code) == len(lines) else [False] * len(lines)
    blank = "".join(re.sub(r"[^\n]", " ", line) if is_code else line for line, is_code in zip(lines, inside, strict=True))
    return _INLINE_CODE.sub(lambda found: " " * len(found[0]), blank)


def _hidden_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, element) of what is hidden, the outermost element as one; one left open hides the rest."""
    begin, name, depth = 0, "", 0
    for tag in _TAG.finditer(text):
        if tag["name"] is None:
            if not depth:
                yield tag.start(), tag.end(), ""
            continue
        here, closes = tag["name"].lower(), bool(tag["close"])
        if depth:
            if here == name:
                depth += -1 if closes else 1
            if not depth:
                yield begin, tag.end(), name
        elif not closes and (here in _SILENT or _is_hidden(tag["rest"] or "")):
            if here in _VOID or tag[0].endswith("/>"):
                yield tag.start(), tag.end(), here
            else:
                begin, name, depth = tag.start(), here, 1
    if depth:
        yield begin, len(text), name


def _is_hidden(rest: str) -> bool:
    attributes = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(rest)}
    if "hidden" in attributes or HIDING_CLASSES.intersection(attributes.get("class", "").split()):
        return True
    return hides_text(declarations(html.unescape(attributes.get("style", ""))))
