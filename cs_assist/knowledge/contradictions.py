"""Articles that answer one question with different numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from cs_assist.encoder.base import PassageEncoder, Vectors
from cs_assist.knowledge.answerability import category_name
from cs_assist.knowledge.articles import Article, FrontMatter
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.lexical import tokenize
from cs_assist.knowledge.likeness import Likeness
from cs_assist.quantities import quantities

#: Likeness (see `likeness.py`) from which two passages answer one question, two sentences tell one thing, and two
#: sentences with their titles do: first within one language, then across two, where the same thing is less alike.
#: Set on four made-up shops with 413 articles: nothing is reported among those in force, which are written to agree; taken
#: as in force, 16 of the 24 articles that a later one replaced are reported with it.
_WITHIN = (0.9, 1.1, 0.9)
_ACROSS = (0.8, 0.9, 0.8)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_DIGITS = re.compile(r"\d+")
_BLOCK = 512


@dataclass(frozen=True)
class Statement:
    """One sentence of an article."""

    article: Article
    text: str


@dataclass(frozen=True)
class Contradiction:
    """Two sentences that tell one thing with different numbers.

    ``kinds`` says which numbers (see :class:`~cs_assist.quantities.Quantity`). ``exception`` is true where one
    article holds for a part of the other's markets or for one platform only: that may well be meant. ``likeness`` is
    how alike the sentences are; 1 is one question in two languages.
    """

    first: Statement
    second: Statement
    kinds: tuple[str, ...]
    exception: bool
    likeness: float


@dataclass(frozen=True)
class _Sentences:
    """All sentences with numbers of some articles, and their vectors: plain, with the digits masked, and under the title."""

    statements: list[Statement]
    of: Mapping[str, list[int]]
    views: tuple[Vectors, Vectors, Vectors]


def find_contradictions(chunks: Sequence[Chunk], vectors: Vectors, encoder: PassageEncoder, *, on: date) -> list[Contradiction]:
    """Return the contradictions among articles, ordered by the articles' ids.

    Two articles are compared where some customer could get either: same category and product, overlapping markets and
    platforms, in force on one day from ``on``; and where they answer one question, by the vectors of their passages.
    Each sentence with a number is then paired with the sentence of the other article that is nearest to it, when that
    holds in both directions. The pair contradicts itself where its numbers of one kind have nothing in common.
    Articles of a series, whose titles differ in a name ("level Gold", "level Silver"), are not compared. What
    is reported is meant to be right; not everything is found.

    Args:
        chunks: The passages of all articles.
        vectors: One a passage, of ``encoder``.
        encoder: Reads the sentences.
        on: The first day that matters; what was in force only before it is passed over.
    """
    scale = Likeness(encoder.encode_passages)
    pairs = list(_rivals(chunks, vectors, scale, on))
    articles = {chunk.article.head.id: chunk.article for chunk in chunks}
    sentences = _sentences(chunks, {name for pair in pairs for name in pair}, encoder, scale)
    found: list[Contradiction] = []
    for one, other in pairs:
        if not _siblings(articles[one].head, articles[other].head):
            found += _compare(one, other, sentences, scale)
    return found


def _rivals(chunks: Sequence[Chunk], vectors: Vectors, scale: Likeness, on: date) -> Iterator[tuple[str, str]]:
    """Yield the ids of articles that answer one question for one customer, in order."""
    heads = [chunk.article.head for chunk in chunks]
    placed = scale.place(vectors, [head.language for head in heads])
    near: set[tuple[str, str]] = set()
    for start in range(0, len(chunks), _BLOCK):
        likeness = scale.of(placed[start : start + _BLOCK] @ placed.T)
        for row, column in zip(*np.nonzero(likeness >= min(_WITHIN[0], _ACROSS[0])), strict=True):
            a, b = heads[start + row], heads[column]
            wanted = _WITHIN[0] if a.language == b.language else _ACROSS[0]
            if a.id < b.id and likeness[row, column] >= wanted:
                near.add((a.id, b.id))
    by_id = {head.id: head for head in heads}
    yield from (pair for pair in sorted(near) if _meet(by_id[pair[0]], by_id[pair[1]], on))


def _meet(a: FrontMatter, b: FrontMatter, on: date) -> bool:
    """Whether one customer could get either article on a day from ``on``."""
    begins = max(a.valid_from or on, b.valid_from or on, on)
    ends = min(a.valid_until or date.max, b.valid_until or date.max)
    return (
        category_name(a.category) == category_name(b.category)
        and a.product == b.product
        and (a.everywhere or b.everywhere or bool(set(a.markets) & set(b.markets)))
        and (a.platform is None or b.platform is None or a.platform == b.platform)
        and begins <= ends
    )


def _is_exception(a: FrontMatter, b: FrontMatter) -> bool:
    """Whether one article holds for less than the other, as a rule's exception does."""
    if a.platform != b.platform or a.everywhere != b.everywhere:
        return True
    return not a.everywhere and (set(a.markets) < set(b.markets) or set(b.markets) < set(a.markets))


def _siblings(a: FrontMatter, b: FrontMatter) -> bool:
    """Whether two titles are alike but for what each is about: articles of a series, which may differ in everything."""
    one, other = ({word for word in tokenize(head.title) if not word.isdigit()} for head in (a, b))
    return bool(one - other and other - one) and 2 * len(one & other) >= len(one | other)


def _sentences(chunks: Sequence[Chunk], wanted: set[str], encoder: PassageEncoder, scale: Likeness) -> _Sentences:
    statements: list[Statement] = []
    titles: list[str] = []
    of: dict[str, list[int]] = defaultdict(list)
    for chunk in chunks:
        head = chunk.article.head
        for text in _SENTENCE.split(chunk.text) if head.id in wanted else ():
            if quantities(text, language=head.language):
                of[head.id].append(len(statements))
                statements.append(Statement(chunk.article, text.strip()))
                titles.append(" · ".join(chunk.title_path))
    languages = [statement.article.head.language for statement in statements]
    texts = [statement.text for statement in statements]
    plain, masked, titled = (
        scale.place(encoder.encode_passages(view), languages)
        for view in (
            texts,
            [_DIGITS.sub("0", text) for text in texts],
            [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)],
        )
    )
    return _Sentences(statements, of, (plain, masked, titled))


def _compare(one: str, other: str, sentences: _Sentences, scale: Likeness) -> Iterator[Contradiction]:
    rows, columns = sentences.of.get(one, []), sentences.of.get(other, [])
    if not rows or not columns:
        return
    plain, masked, titled = (scale.of(view[rows] @ view[columns].T) for view in sentences.views)
    for i, j in enumerate(masked.argmax(axis=1)):
        first, second = sentences.statements[rows[i]], sentences.statements[columns[j]]
        within = first.article.head.language == second.article.head.language
        _, alike, alike_titled = _WITHIN if within else _ACROSS
        likeness = float(plain[i, j] + masked[i, j]) / 2
        if masked[:, j].argmax() != i or likeness < alike or titled[i, j] < alike_titled:
            continue
        kinds = _different(first, second)
        if kinds:
            yield Contradiction(first, second, kinds, _is_exception(first.article.head, second.article.head), round(likeness, 2))


def _different(first: Statement, second: Statement) -> tuple[str, ...]:
    """Return the kinds of numbers that both sentences have, and have differently."""
    one, other = _by_kind(first), _by_kind(second)
    return tuple(
        kind for kind in sorted(one.keys() & other.keys()) if not any(_agree(kind, a, b) for a in one[kind] for b in other[kind])
    )


def _by_kind(statement: Statement) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for quantity in quantities(statement.text, language=statement.article.head.language):
        found[quantity.kind].append(quantity.values)
    return found


def _agree(kind: str, a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two numbers of a kind can both hold: dates that are equal as far as given, ranges of which one holds the other."""
    if kind == "date":
        return a[0].endswith(b[0]) or b[0].endswith(a[0])
    (low, high), (least, most) = (
        (min(values), max(values)) for values in ([Decimal(value) for value in a], [Decimal(value) for value in b])
    )
    return (low <= least and most <= high) or (least <= low and high <= most)
