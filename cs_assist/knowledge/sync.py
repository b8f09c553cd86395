"""Bringing an index up to date: only what changed is encoded, and the report says what that was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from cs_assist.encoder.base import Encoder, PassageEncoder, Vectors
from cs_assist.errors import IndexMissingError
from cs_assist.knowledge.answerability import trained_for
from cs_assist.knowledge.articles import Article
from cs_assist.knowledge.chunks import Chunk, chunk_article
from cs_assist.knowledge.index import (
    PassageIndex,
    Progress,
    Stored,
    article_hash,
    note_in_step,
    write_generation,
    writing,
)
from cs_assist.knowledge.search import check_encoder


@dataclass(frozen=True)
class Changes:
    """How a folder of articles differs from an index: the ids of the articles, sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Synced:
    """What a sync did.

    ``passages`` is how many there are now; ``encoded`` and ``kept`` say how many of them got a new vector and how
    many kept theirs. ``written`` is false where the index held all of it already and stayed as it was.
    """

    changes: Changes
    passages: int
    encoded: int
    kept: int
    written: bool


def compare(articles: Sequence[Article], index: PassageIndex | None) -> Changes:
    """Return what is added, changed, removed and unchanged in ``articles`` against an index.

    Two articles with one id are equal where head and text are (:func:`~cs_assist.knowledge.index.article_hash`).

    Example:
        >>> from cs_assist.knowledge.articles import Article, FrontMatter
        >>> head = FrontMatter(id="returns", title="Returns", language="en", category="returns")
        >>> compare([Article(head, "30 days.", Path("returns.md"))], None).added
        ('returns',)
    """
    there = {passage.doc_id for passage in index.passages} if index else set()
    hashes: Mapping[str, str] = index.hashes if index else {}
    here = {article.head.id: article for article in articles}
    same = {name for name in there & here.keys() if hashes.get(name) == article_hash(here[name])}
    return Changes(
        added=tuple(sorted(here.keys() - there)),
        changed=tuple(sorted((there & here.keys()) - same)),
        removed=tuple(sorted(there - here.keys())),
        unchanged=tuple(sorted(same)),
    )


def sync_index(
    articles: Sequence[Article],
    folder: Path,
    encoder: Encoder,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Synced:
    """Make the index in ``folder`` hold exactly ``articles``.

    A passage whose indexed text (titles and text) is in the old index keeps its vector, so nothing is encoded twice,
    also where only an article's markets or dates changed. What is new is written as one generation beside the old
    one, and swapped in whole: readers see the old index or the new one. Where nothing changed, nothing is written.
    A folder without an index gets one.

    Args:
        articles: All articles that the index shall hold.
        folder: Where the index lives.
        encoder: Must have the revision that built the index.
        now: The moment that the new generation notes as its time of building.
        progress: Called with (passages encoded, passages to encode).

    Raises:
        IndexBusyError: Another process is writing this index.
        IndexMismatchError: Another encoder or layout built it, or the encoder has changed: build it anew.
        IndexDamagedError: A file of it was altered: build it anew.
        KnowledgeIndexError: There is nothing to index, or the folder cannot be written; the old index still answers.
    """
    with writing(folder):
        try:
            index: PassageIndex | None = PassageIndex.load(folder, encoder=encoder.revision)
        except IndexMissingError:
            index = None
        if index and trained_for() != encoder.revision:  # as in KnowledgeBase: a name need not be a hash of the weights
            check_encoder(index, encoder)
        changes = compare(articles, index)
        chunks = [chunk for article in articles for chunk in chunk_article(article, encoder.count_tokens)]
        kept = known_positions(chunks, index)
        if index and not changes and [Stored.of(chunk) for chunk in chunks] == index.passages:
            note_in_step(folder, now)
            return Synced(changes, len(chunks), encoded=0, kept=len(chunks), written=False)
        known = dict(zip(kept, index.vectors(list(kept.values())), strict=True)) if index else {}
        write_generation(chunks, folder, encoder, known=known, built_at=now, progress=progress)
    encoded = sum(chunk.indexed_text not in known for chunk in chunks)
    return Synced(changes, len(chunks), encoded=encoded, kept=len(chunks) - encoded, written=True)


def known_positions(chunks: Sequence[Chunk], index: PassageIndex | None) -> dict[str, int]:
    """Return, for each indexed text of ``chunks`` that the index has, a position where its vector stands."""
    wanted = {chunk.indexed_text for chunk in chunks}
    passages = index.passages if index else []
    return {text: at for at, passage in enumerate(passages) if (text := passage.indexed_text) in wanted}


def vectors_for(chunks: Sequence[Chunk], index: PassageIndex | None, encoder: PassageEncoder) -> Vectors:
    """Return one vector a chunk, shape (chunks, dimension): the index's where it has the text, else a new one."""
    kept = known_positions(chunks, index)
    known = dict(zip(kept, index.vectors(list(kept.values())), strict=True)) if index else {}
    missing = [text for text in dict.fromkeys(chunk.indexed_text for chunk in chunks) if text not in known]
    known |= dict(zip(missing, encoder.encode_passages(missing), strict=True))
    return np.stack([known[chunk.indexed_text] for chunk in chunks])
