"""Cutting an article into passages along its own structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cs_assist.knowledge.articles import Article
from cs_assist.knowledge.sources.markdown import in_code

#: Tokens of one passage with its title path: an answer with its conditions fits, two topics rarely do.
MAX_TOKENS = 160
#: What a title path leaves of them to the text, at least, however long the title is.
_TEXT_SHARE = 0.25
#: Thai has no full stop: a space between two of its letters ends a phrase, one beside a number does not.
_SENTENCE = re.compile(r"(?<=[.!?؟।॥။])(?=\s)|(?<=[。！？｡])(?![」』”）])|(?<=[\u0e00-\u0e7f])(?=\s+[\u0e00-\u0e7f])")
_CLAUSE = re.compile(r"(?<=[,;:،؛])(?=\s)|(?<=[、，；：])")
_SPACE = re.compile(r"(?<=\S)(?=\s)")
#: Where scripts without spaces may be cut when nothing else is left.
_UNSPACED = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])|(?<=[\u0e00-\u0e7f])(?=[เแโใไก-ฮ])")
_DELIMITER = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
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
    """Return the passages of an article, in order; ``indexed_text`` of each has up to ``limit`` tokens.

    Blocks (headings, paragraphs, lists, tables) are joined while they fit beside the title path and
    never torn, unless one block alone is longer: then it is cut between the entries of a list, lines, sentences, clauses,
    words, or last the characters of a script without spaces, whichever comes first and suffices, and a table's head
    is repeated. Only with a row of a table, a word, or a title that takes more than three quarters of it may a passage be
    longer than ``limit``. A section that does not fit whole begins a passage of its own, and a heading stays with what
    follows it. ``title_path`` names the heading that the passage begins under; headings that would leave less than half
    of ``limit`` to the text are shortened in it and stand whole in the text.
    """
    packed: list[tuple[tuple[str, ...], str]] = []
    room = 0
    for path, blocks in _sections(article):
        heading = [f"## {' · '.join(path[1:])}"] if len(path) > 1 else []
        whole = "\n\n".join([*heading, *blocks])
        if packed and count_tokens(whole) <= room:
            room -= count_tokens(whole)
            packed[-1] = (packed[-1][0], f"{packed[-1][1]}\n\n{whole}")
            continue
        short = _short(path, count_tokens, limit)
        size = max(limit - count_tokens(" · ".join(short)), int(limit * _TEXT_SHARE), 1)
        parts = _pack(blocks if short == path else [*heading, *blocks], count_tokens, size)
        packed += [(short, part) for part in parts]
        room = size - count_tokens(parts[-1])
    return [Chunk(article, number, path, text) for number, (path, text) in enumerate(packed)]


def _short(path: tuple[str, ...], count_tokens: Callable[[str], int], limit: int) -> tuple[str, ...]:
    """Return a title path that leaves half of the limit to the text: of the headings, the last one says most."""
    title, *names = path
    room = max(limit // 2 - count_tokens(title), limit // 8, 1)
    while len(names) > 1 and count_tokens(" · ".join(names)) > room:
        del names[0]
    if names and count_tokens(names[0]) > room:
        names = _join(_pieces(names[0], count_tokens, room), count_tokens, room)[:1]
    return (title, *names)


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

    for line, fenced in zip(article.text.splitlines(), in_code(article.text), strict=True):
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
    """Return what empty lines part; those within code part nothing."""
    blocks: list[list[str]] = [[]]
    for line, fenced in zip(lines, in_code("".join(f"{line}\n" for line in lines)), strict=True):
        if line.strip() or fenced:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


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
    """Return a block that is too long in parts, cut between its lines or, where one is too long, inside it."""
    lines = block.splitlines(keepends=True)
    at = next((n for n, line in enumerate(lines[1:], start=1) if "|" in lines[n - 1] and _DELIMITER.match(line)), 0)
    if not at:
        return _join(_entries(lines, count_tokens, limit), count_tokens, limit)
    before, head, rows = "".join(lines[: at - 1]), "".join(lines[at - 1 : at + 1]), lines[at + 1 :]
    lead, room = count_tokens(before), limit - count_tokens(head)
    together = bool(before) and lead + count_tokens("".join(rows[:1])) <= room
    tables = [(head + part).strip() for part in _join(rows, count_tokens, room, used=lead if together else 0) or [""]]
    if together:
        return [before + tables[0], *tables[1:]]
    return [*_join(_entries(before.splitlines(keepends=True), count_tokens, limit), count_tokens, limit), *tables]


def _entries(lines: Sequence[str], count_tokens: Callable[[str], int], limit: int) -> list[str]:
    """Return lines, with what is indented under an entry of a list beside it, and those that are too long in pieces."""
    entries: list[str] = []
    for line in lines:
        if entries and line[:1] in " \t" and count_tokens(entries[-1] + line) <= limit:
            entries[-1] += line
        else:
            entries.append(line)
    return [piece for entry in entries for piece in _pieces(entry, count_tokens, limit)]


def _pieces(text: str, count_tokens: Callable[[str], int], limit: int) -> list[str]:
    """Return a text in pieces within the limit: sentences, or clauses of those that are too long, or halves of these."""
    pieces = [text]
    for cut in (_SENTENCE, _CLAUSE):
        pieces = [part for piece in pieces for part in (cut.split(piece) if count_tokens(piece) > limit else [piece]) if part]
    return [half for piece in pieces for half in _halves(piece, count_tokens, limit)]


def _halves(text: str, count_tokens: Callable[[str], int], limit: int) -> list[str]:
    if count_tokens(text) <= limit:
        return [text]
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    for cut in (_SPACE, _UNSPACED):
        places = [found.start() for found in cut.finditer(text) if first < found.start() < last]
        if places:
            middle = min(places, key=lambda place: abs(2 * place - len(text)))
            return [*_halves(text[:middle], count_tokens, limit), *_halves(text[middle:], count_tokens, limit)]
    return [text]


def _join(pieces: Sequence[str], count_tokens: Callable[[str], int], room: int, *, used: int = 0) -> list[str]:
    """Return pieces joined while they fit; of the first part's room, some may be ``used``."""
    parts = [""]
    for piece in pieces:
        size = count_tokens(piece)
        if used and used + size > room:
            parts.append("")
            used = 0
        parts[-1] += piece
        used += size
    return [part.strip() for part in parts if part.strip()]
