"""Cutting an article into passages along its own structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cs_assist.knowledge.articles import Article

#: Tokens of one passage: an answer with its conditions fits, two topics rarely do.
MAX_TOKENS = 160
_FENCE = re.compile(r"^\s*(```|~~~)")
_SENTENCE = re.compile(r"(?<=[.!?])(?=\s)|(?<=[。！？])")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")


@dataclass(frozen=True)
class Chunk:
    """One passage. ``title_path`` leads from the article's title to the passage's own heading."""

    article: Article
    number: int
    title_path: tuple[str, ...]
    text: str

    @property
    def key(self) -> str:
        """The passage's identity across rebuilds."""
        return f"{self.article.head.id}#{self.number}"

    @property
    def indexed_text(self) -> str:
        """What is embedded and searched: title path and text."""
        return " · ".join(self.title_path) + "\n" + self.text


def chunk_article(article: Article, count_tokens: Callable[[str], int], *, limit: int = MAX_TOKENS) -> list[Chunk]:
    """Return the passages of an article, in order.

    Blocks (headings, paragraphs, lists, tables) are joined while they fit into ``limit`` tokens and
    never torn, unless one block alone is longer: then it is cut between lines, or sentences, and a
    table's head is repeated. A section that does not fit whole begins a passage of its own, and a heading
    stays with what follows it. ``title_path`` names the heading that the passage begins under.
    """
    packed: list[tuple[tuple[str, ...], str]] = []
    room = 0
    for path, blocks in _sections(article):
        head = f"## {' · '.join(path[1:])}\n\n" if len(path) > 1 else ""
        whole = head + "\n\n".join(blocks)
        if packed and count_tokens(whole) <= room:
            room -= count_tokens(whole)
            packed[-1] = (packed[-1][0], f"{packed[-1][1]}\n\n{whole}")
            continue
        parts = _pack(blocks, count_tokens, limit)
        packed += [(path, part) for part in parts]
        room = limit - count_tokens(parts[-1])
    return [Chunk(article, number, path, text) for number, (path, text) in enumerate(packed)]


def _sections(article: Article) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return the article's sections: the path of titles, and the blocks of text."""
    sections: list[tuple[tuple[str, ...], list[str]]] = []
    trail: list[tuple[int, str]] = []
    lines: list[str] = []

    def close() -> None:
        blocks = _blocks(lines)
        if blocks:
            sections.append(((article.head.title, *(name for _, name in trail)), blocks))
        lines.clear()

    fenced = False
    for line in article.text.splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if not heading:
            lines.append(line)
            continue
        close()
        depth = len(heading[1])
        while trail and trail[-1][0] >= depth:
            trail.pop()
        if heading[2] != article.head.title:
            trail.append((depth, heading[2]))
    close()
    return sections


def _blocks(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines).strip()
    return [block.strip("\n") for block in re.split(r"\n\s*\n", text) if block.strip()]


def _pack(blocks: Sequence[str], count_tokens: Callable[[str], int], limit: int) -> list[str]:
    packed: list[str] = []
    room = 0
    for block in blocks:
        size = count_tokens(block)
        if size > limit:
            packed.extend(_split_block(block, count_tokens, limit))
            room = 0
        elif size <= room:
            packed[-1] += "\n\n" + block
            room -= size
        else:
            packed.append(block)
            room = limit - size
    return packed


def _split_block(block: str, count_tokens: Callable[[str], int], limit: int) -> list[str]:
    """Return a block that is too long in parts, cut between its lines or, where it has one, its sentences."""
    lines = block.splitlines(keepends=True)
    if len(lines) == 1:
        lines = _SENTENCE.split(block)
    is_table = block.lstrip().startswith("|") and len(lines) > 2
    head = "".join(lines[:2]) if is_table else ""
    room = limit - count_tokens(head) if head else limit
    parts = [""]
    used = 0
    for line in lines[2:] if is_table else lines:
        size = count_tokens(line)
        if used and used + size > room:
            parts.append("")
            used = 0
        parts[-1] += line
        used += size
    return [(head + part).strip() for part in parts if part.strip()]
