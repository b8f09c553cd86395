"""The knowledge index on disk: passages, vectors, lexical index and a manifest that vouches for them.

A folder holds numbered generations and a file ``CURRENT`` that names the one in force. A build
writes a new generation beside the old one and swaps the name at the very end, so whoever kills it leaves
the old index answering. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from cs_assist.errors import IndexDamagedError, IndexMismatchError, IndexMissingError, KnowledgeIndexError
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.lexical import LexicalIndex, tokenize
from cs_assist.types import same_language

LAYOUT = 1
_FILES = ("vectors.faiss", "passages.jsonl")
Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


class PassageEncoder(Protocol):
    """What building an index needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and content hash."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text."""
        ...


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

    @cached_property
    def terms(self) -> frozenset[str]:
        """The search terms of the text."""
        return frozenset(tokenize(self.text))

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


def stable_id(key: str) -> int:
    """Return the same positive 63-bit number for a passage's key in every build."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def build_index(
    chunks: Sequence[Chunk],
    folder: Path,
    encoder: PassageEncoder,
    *,
    progress: Progress | None = None,
    batch: int = 256,
) -> dict[str, Any]:
    """Write a new generation of the index and put it in force; return its manifest.

    Args:
        chunks: The passages.
        folder: Where the index lives; made where it is missing.
        encoder: Its revision is written into the manifest and checked on loading.
        progress: Called with (passages done, passages in all).
        batch: Passages encoded at a time.

    Raises:
        KnowledgeIndexError: There is nothing to index, or the folder cannot be written.
    """
    if not chunks:
        raise KnowledgeIndexError("there are no passages to index.", hint="Check the articles that were rejected.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="building-", dir=folder))
    except OSError as exc:
        raise KnowledgeIndexError(f"the folder '{folder}' cannot be written: {exc}.", hint="Choose another --index.") from exc
    try:
        manifest = _write(chunks, work, encoder, progress, batch)
        # A name of its own for each build: the same content may stand there already, damaged.
        generation = f"generation-{manifest['content']}-{work.name.removeprefix('building-')}"
        os.replace(work, folder / generation)
        _swap(folder, generation)
    except OSError as exc:
        shutil.rmtree(work, ignore_errors=True)
        raise KnowledgeIndexError(
            f"the index in '{folder}' cannot be written: {exc}.", hint="The old index still answers."
        ) from exc
    _sweep(folder, keep=generation)
    return manifest


def _write(chunks: Sequence[Chunk], work: Path, encoder: PassageEncoder, progress: Progress | None, batch: int) -> dict[str, Any]:
    texts = [chunk.indexed_text for chunk in chunks]
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    # Encoded by length, so that a batch pads little; progress is counted in passages all the same.
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        vectors[chosen] = encoder.encode_passages([texts[i] for i in chosen])
        if progress:
            progress(min(start + batch, len(order)), len(order))
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(encoder.dimension))
    ids = np.array([stable_id(chunk.key) for chunk in chunks], np.int64)
    index.add_with_ids(vectors, ids)
    faiss.write_index(index, str(work / "vectors.faiss"))
    with (work / "passages.jsonl").open("w", encoding="utf-8") as file:
        for chunk in chunks:
            file.write(json.dumps(asdict(Stored.of(chunk)), ensure_ascii=False) + "\n")
    LexicalIndex.build(texts).save(work / "lexical")
    files = {name: _sha256(work / name) for name in _FILES}
    files |= {f"lexical/{p.name}": _sha256(p) for p in sorted((work / "lexical").iterdir())}
    content = hashlib.sha256(json.dumps([LAYOUT, encoder.revision, files]).encode()).hexdigest()[:16]
    manifest = {
        "layout": LAYOUT,
        "encoder": encoder.revision,
        "dimension": encoder.dimension,
        "metric": "inner product of unit vectors",
        "passages": len(chunks),
        "articles": len({chunk.article.head.id for chunk in chunks}),
        "content": content,
        "sha256": files,
    }
    (work / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _swap(folder: Path, generation: str) -> None:
    temporary = folder / "CURRENT.new"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(generation + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / "CURRENT")


def _sweep(folder: Path, *, keep: str) -> None:
    """Remove older generations and what killed builds left behind; readers have theirs in memory."""
    for path in folder.iterdir():
        if path.is_dir() and path.name.startswith(("generation-", "building-")) and path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class PassageIndex:
    """A loaded index: passages by position, vectors in FAISS under stable ids, filters by selector."""

    def __init__(self, manifest: dict[str, Any], passages: list[Stored], vectors: faiss.Index, lexical: LexicalIndex) -> None:
        self.manifest = manifest
        self.passages = passages
        self.lexical = lexical
        self._vectors = vectors
        self._ids = np.array([stable_id(passage.key) for passage in passages], np.int64)
        self._position = {int(number): at for at, number in enumerate(self._ids)}
        self._first = {passage.doc_id: passage.text for passage in passages if passage.number == 0}
        self._masks: dict[tuple[str | None, str | None, date, str | None], npt.NDArray[np.bool_]] = {}

    @classmethod
    def load(cls, folder: Path, *, encoder: str) -> PassageIndex:
        """Return the index in force in ``folder``.

        Args:
            folder: Where :func:`build_index` wrote.
            encoder: The revision of the encoder that will ask.

        Raises:
            IndexMissingError: There is none.
            IndexMismatchError: Another encoder or layout built it.
            IndexDamagedError: A file does not have the hash that the manifest states.
        """
        again = f"Build it: cs-assist kb build ARTICLES --index {folder}"
        try:
            home = folder / (folder / "CURRENT").read_text(encoding="utf-8").strip()
            manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise IndexMissingError(f"there is no knowledge index in '{folder}'.", hint=again) from exc
        if manifest.get("layout") != LAYOUT:
            raise IndexMismatchError(
                f"the index in '{folder}' has layout {manifest.get('layout')}, this release reads {LAYOUT}.", hint=again
            )
        if manifest["encoder"] != encoder:
            raise IndexMismatchError(
                f"the index in '{folder}' was built by encoder '{manifest['encoder']}', but '{encoder}' is in use.",
                hint=again,
            )
        for name, wanted in manifest["sha256"].items():
            if not (home / name).is_file() or _sha256(home / name) != wanted:
                raise IndexDamagedError(f"'{home / name}' is missing or altered since it was built.", hint=again)
        lines = (home / "passages.jsonl").read_text(encoding="utf-8").split("\n")
        rows = (json.loads(line) for line in lines if line)
        passages = [Stored(**{**row, "markets": tuple(row["markets"])}) for row in rows]
        return cls(manifest, passages, faiss.read_index(str(home / "vectors.faiss")), LexicalIndex.load(home / "lexical"))

    def allowed(
        self, *, market: str | None, platform: str | None, on: date, language: str | None = None
    ) -> npt.NDArray[np.bool_]:
        """Return, by position, whether a passage is for this market and platform and in force on a day.

        Without a platform the shop's own is meant; without a market or a language those of all are allowed.
        A language allows what its readers read: ``es-419`` articles in ``es``, but not ``zh-Hant`` in ``zh-Hans``.
        """
        key = (market, platform, on, language)
        mask = self._masks.get(key)
        if mask is None:
            day = on.isoformat()
            here = platform or "own_shop"
            mask = np.array(
                [
                    (market is None or not p.markets or market in p.markets)
                    and p.platform in (None, here)
                    and (p.valid_from is None or p.valid_from <= day)
                    and (p.valid_until is None or day <= p.valid_until)
                    and (language is None or same_language(language, p.language))
                    for p in self.passages
                ]
            )
            if len(self._masks) > 256:
                self._masks.clear()
            self._masks[key] = mask
        return mask

    def lead(self, passage: Stored) -> str:
        """Return the opening paragraph of the article that a passage is part of."""
        return self._first.get(passage.doc_id, "").split("\n\n", 1)[0]

    def nearest(self, vector: Vectors, mask: npt.NDArray[np.bool_], k: int) -> list[tuple[int, float]]:
        """Return (position, cosine) of the ``k`` nearest allowed passages; equal ones by position."""
        chosen = self._ids[mask]
        if not len(chosen):
            return []
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(chosen))  # type: ignore[call-arg]
        wanted = k
        while True:  # until a score below the k-th shows that all of its equals are in
            wanted = min(2 * wanted, len(chosen))
            scores, ids = self._vectors.search(vector.reshape(1, -1), wanted, params=parameters)
            if wanted == len(chosen) or scores[0, -1] < scores[0, k - 1]:
                break
        found = [(self._position[int(i)], float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def cosines(self, vector: Vectors, positions: Sequence[int]) -> dict[int, float]:
        """Return the cosine of ``vector`` with the passages at some positions."""
        if not positions:
            return {}
        rows = np.stack([self._vectors.reconstruct(int(self._ids[at])) for at in positions])
        return {at: float(score) for at, score in zip(positions, rows @ vector, strict=True)}
