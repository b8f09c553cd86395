"""Markdown of an article as plain text that a chat or a mail can carry."""

from __future__ import annotations

import re

_LINK = re.compile(r"\[([^\]\n]{1,300})\]\(([^)\s]{1,500})\)")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.{1,500}?)(?<=\S)\1")
_RULE = re.compile(r"^\s*\|?\s*:?-{3,}")


def to_plain(markdown: str) -> str:
    """Return ``markdown`` without marks; tables become one line a row.

    Example:
        >>> to_plain("**2 days** for | A | B")
        '2 days for | A | B'
    """
    lines: list[str] = []
    head: list[str] = []
    for line in markdown.splitlines():
        if line.lstrip().startswith("|"):
            if _RULE.match(line):
                if lines and lines[-1].startswith("\x00"):
                    head = lines.pop()[1:].split("\x01")
                continue
            cells = [_inline(cell.strip()) for cell in line.strip().strip("|").split("|")]
            lines.append(_row(cells, head) if head else "\x00" + "\x01".join(cells))
            continue
        head = []
        line = re.sub(r"^(\s*)[-*+]\s+", r"\1• ", line)
        lines.append(_heading(line) if re.match(r"#{1,6}\s", line) else _inline(line))
    plain = "\n".join(line.replace("\x00", "").replace("\x01", " · ") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _row(cells: list[str], head: list[str]) -> str:
    first, *rest = cells
    named = [f"{name}: {cell}" if name else cell for name, cell in zip(head[1:], rest, strict=False) if cell]
    return f"• {first} – " + "; ".join(named) if named else f"• {first}"


def _heading(line: str) -> str:
    """Return a heading as a line that leads over to what follows it."""
    text = _inline(re.sub(r"^#{1,6}\s+", "", line)).rstrip()
    if not text or not text[-1].isalnum():
        return text
    return text + ("：" if "\u3040" <= text[-1] <= "\u9fff" else ":")


def _inline(text: str) -> str:
    text = _LINK.sub(lambda m: m[1] if m[1] == m[2] else f"{m[1]} ({m[2]})", text)
    return _EMPHASIS.sub(r"\2", text)
