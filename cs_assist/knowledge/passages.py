"""The passages of an index: JSON lines that are read when one is asked for, and columns that filters are made from."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.lexical import codes_of, tokenize
from cs_assist.types import same_language

#: Passages that stay in memory once they were asked for.
_KEPT = 16_384
#: What a filter may ask for, and the article; each has a number for every value that occurs, and a column with the number of
#: each passage.
_CODED = ("markets", "platform", "language", "category", "product", "article")
_COLUMNS = (*_CODED, "valid_from", "valid_until")
_NO_END = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Stored:
    """One passage as the index keeps it."""

    key: str
    doc_id: str
    number: int
    title: str
    heading: str
    text: str
    language: str
    markets: tuple[str, ...]
    platform: str | None
    category: str
    product: str | None
    valid_from: str | None
    valid_until: str | None
    url: str | None
    approved: bool
    variant_of: str | None

    @property
    def article(self) -> str:
        """What the passage is part of: one article, in however many languages it exists."""
        return self.variant_of or self.doc_id

    @property
    def indexed_text(self) -> str:
        """What was embedded: :attr:`Chunk.indexed_text` of the chunk that this passage was made from."""
        return " · ".join([self.title, self.heading] if self.heading else [self.title]) + "\n" + self.text

    @cached_property
    def terms(self) -> frozenset[str]:
        """The search terms of the text."""
        return frozenset(tokenize(self.text))

    @cached_property
    def codes(self) -> frozenset[str]:
        """The numbers, models and abbreviations that title and text name."""
        return codes_of(f"{self.title} {self.text}")

    @cached_property
    def title_terms(self) -> frozenset[str]:
        """The search terms of title and heading."""
        return frozenset(tokenize(f"{self.title} {self.heading}"))

    @cached_property
    def product_terms(self) -> frozenset[str]:
        """The search terms of the product's name; empty where the article is about none."""
        return frozenset(tokenize(self.product or ""))

    @classmethod
    def of(cls, chunk: Chunk) -> Stored:
        """Return what is kept of a chunk."""
        head = chunk.article.head
        return cls(
            key=chunk.key,
            doc_id=head.id,
            number=chunk.number,
            title=head.title,
            heading=" · ".join(chunk.title_path[1:]),
            text=chunk.text,
            language=head.language,
            markets=() if head.everywhere else tuple(sorted(head.markets)),
            platform=head.platform,
            category=head.category,
            product=head.product,
            valid_from=head.valid_from.isoformat() if head.valid_from else None,
            valid_until=head.valid_until.isoformat() if head.valid_until else None,
            url=head.url,
            approved=head.approved,
            variant_of=head.variant_of,
        )


def write_passages(chunks: Sequence[Chunk], folder: Path) -> None:
    """Write what :class:`Passages` reads: ``passages.jsonl``, where each line begins, and the columns of the filters."""
    numbers: dict[str, dict[Any, int]] = {name: {} for name in _CODED}
    columns = np.empty((len(_COLUMNS), len(chunks)), np.int32)
    offsets = np.zeros(len(chunks) + 1, np.int64)
    with (folder / "passages.jsonl").open("wb") as file:
        for at, chunk in enumerate(chunks):
            stored = Stored.of(chunk)
            line = json.dumps(vars(stored), ensure_ascii=False).encode()
            offsets[at + 1] = offsets[at] + file.write(line + b"\n")
            row = {**vars(stored), "article": stored.article}
            begin, end = chunk.article.head.valid_from, chunk.article.head.valid_until
            codes = [numbers[name].setdefault(row[name], len(numbers[name])) for name in _CODED]
            columns[:, at] = [*codes, begin.toordinal() if begin else 0, end.toordinal() if end else _NO_END]
    np.save(folder / "offsets.npy", offsets, allow_pickle=False)
    np.save(folder / "columns.npy", columns, allow_pickle=False)
    values = {name: list(numbers[name]) for name in _CODED}
    (folder / "values.json").write_text(json.dumps(values, ensure_ascii=False) + "\n", encoding="utf-8")


class Passages(Sequence[Stored]):
    """The passages that :func:`write_passages` wrote into a folder, by position.

    The files are memory-mapped: opening them takes the same time for ten passages as for a million, and a removed
    folder is read on. A :class:`Stored` is made when it is asked for; the last 16,384 that were are kept.

    Raises:
        OSError: A file is missing.
    """

    def __init__(self, folder: Path) -> None:
        with (folder / "passages.jsonl").open("rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._offsets = mapped(folder / "offsets.npy")
        self._columns = dict(zip(_COLUMNS, mapped(folder / "columns.npy"), strict=True))
        self._values: dict[str, list[Any]] = json.loads((folder / "values.json").read_text(encoding="utf-8"))
        self._kept = lru_cache(_KEPT)(self._read)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, at: int) -> Stored: ...
    @overload
    def __getitem__(self, at: slice) -> list[Stored]: ...
    def __getitem__(self, at: int | slice) -> Stored | list[Stored]:
        places = range(len(self))[at]
        return self._kept(places) if isinstance(places, int) else [self._kept(place) for place in places]

    def __iter__(self) -> Iterator[Stored]:
        return map(self._read, range(len(self)))  # walking through all of them shall not push out those in use

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    def _read(self, at: int) -> Stored:
        row = json.loads(self._lines[self._offsets[at] : self._offsets[at + 1]])
        return Stored(**{**row, "markets": tuple(row["markets"])})

    def allowed(
        self,
        *,
        market: str | None,
        platform: str | None,
        on: date,
        language: str | None = None,
        category: str | None = None,
        product: str | None = None,
    ) -> npt.NDArray[np.bool_]:
        """Return, by position, what :meth:`PassageIndex.allowed` promises; nothing is kept."""
        day, here = on.toordinal(), platform or "own_shop"
        mask: npt.NDArray[np.bool_] = (self._columns["valid_from"] <= day) & (self._columns["valid_until"] >= day)
        self._narrow(mask, "platform", lambda own: own in (None, here))
        if market is not None:
            self._narrow(mask, "markets", lambda own: not own or market in own)
            self._prefer_own(mask)
        if language is not None:
            self._narrow(mask, "language", lambda own: same_language(language, own))
        if category is not None:
            self._narrow(mask, "category", lambda own: own == category)
        if product is not None:
            self._narrow(mask, "product", lambda own: own == product)
        return mask

    def _prefer_own(self, mask: npt.NDArray[np.bool_]) -> None:
        """Leave out an article's text for all markets where those that are left have one for this market in its language."""
        everywhere = np.array([not own for own in self._values["markets"]])[self._columns["markets"]]
        own = mask & ~everywhere
        if own.any() and not own.all():
            texts = self._columns["article"] * np.int64(len(self._values["language"])) + self._columns["language"]
            mask &= ~(everywhere & np.isin(texts, texts[own]))

    def of_article(self, at: int) -> npt.NDArray[np.int64]:
        """Return the positions of all passages of the article that the one at a position is part of, its variants' too."""
        column = self._columns["article"]
        return np.flatnonzero(column == column[at])

    def _narrow(self, mask: npt.NDArray[np.bool_], name: str, fits: Callable[[Any], bool]) -> None:
        fitting = np.array([fits(value) for value in self._values[name]])
        if not fitting.all():
            mask &= fitting[self._columns[name]]


def mapped(path: Path) -> npt.NDArray[Any]:
    """Return the array of a ``.npy`` file without reading it into memory; it cannot be written to."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
