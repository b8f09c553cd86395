"""The knowledge index on disk: passages, vectors, lexical index and a manifest that vouches for them.

A folder holds numbered generations and a file ``CURRENT`` that names the one in force. A build
writes a new generation beside the old one and swaps the name at the very end, so whoever kills it leaves
the old index answering. One writer at a time: a second is refused. Readers map the files into memory, so that
several processes share them. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from cs_assist.encoder.base import PassageEncoder, Vectors
from cs_assist.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, KnowledgeIndexError
from cs_assist.knowledge.articles import Article
from cs_assist.knowledge.chunks import Chunk
from cs_assist.knowledge.lexical import LexicalIndex
from cs_assist.knowledge.passages import Passages, write_passages
from cs_assist.knowledge.passages import Stored as Stored
from cs_assist.knowledge.vectors import Mask, Positions, Selection, VectorIndex, cosines, open_vectors, write_vectors
from cs_assist.types import same_language

LAYOUT = 3
#: Bytes of filters that are kept, about.
_MASKS = 64_000_000
Progress = Callable[[int, int], None]


def stable_id(key: str) -> int:
    """Return the same positive 63-bit number for a passage's key in every build."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def article_hash(article: Article) -> str:
    """Return 16 hex digits over an article's head and text: equal in every process while neither changes.

    A key of the head that is left at its default is not counted, so that a release that knows a new key does
    not make every article a changed one.
    """
    head = article.head.model_dump(mode="json", exclude_defaults=True)
    told = json.dumps([head, article.text], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the right to write the index in ``folder``, which is made where it is missing.

    The lock is SQLite's on the file ``writer.lock``: it works on every system, and it ends with the process that
    holds it, however that ends. Readers need none.

    Raises:
        IndexBusyError: Another process or thread is writing.
        KnowledgeIndexError: The folder cannot be written.
    """
    hint = "Choose another --index, or make the folder writable."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(folder / "writer.lock", timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as exc:
        raise KnowledgeIndexError(f"the folder '{folder}' cannot be written: {exc}.", hint=hint) from exc
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as exc:
            if exc.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise IndexBusyError(
                    f"another process is writing the index in '{folder}'.", hint="Let it finish, then run the command again."
                ) from exc
            raise KnowledgeIndexError(f"the folder '{folder}' cannot be written: {exc}.", hint=hint) from exc
        yield
    finally:
        lock.close()


def build_index(
    chunks: Sequence[Chunk],
    folder: Path,
    encoder: PassageEncoder,
    *,
    built_at: datetime | None = None,
    progress: Progress | None = None,
    batch: int = 256,
) -> dict[str, Any]:
    """Write a new generation of the index and put it in force; return its manifest.

    Args:
        chunks: The passages.
        folder: Where the index lives; made where it is missing.
        encoder: Its revision is written into the manifest and checked on loading.
        built_at: The moment to note in the manifest.
        progress: Called with (passages encoded, passages to encode).
        batch: Passages encoded at a time.

    Raises:
        IndexBusyError: Another process is writing this index.
        KnowledgeIndexError: There is nothing to index, or the folder cannot be written.
    """
    _need_passages(chunks)
    with writing(folder):
        return write_generation(chunks, folder, encoder, built_at=built_at, progress=progress, batch=batch)


def write_generation(
    chunks: Sequence[Chunk],
    folder: Path,
    encoder: PassageEncoder,
    *,
    known: Mapping[str, Vectors] | None = None,
    built_at: datetime | None = None,
    progress: Progress | None = None,
    batch: int = 256,
) -> dict[str, Any]:
    """Do what :func:`build_index` does, for a caller that holds :func:`writing`.

    The arguments and errors are those of :func:`build_index`, and ``known``: vectors of this encoder by
    indexed text. A passage with such a text is not encoded again.
    """
    _need_passages(chunks)
    try:
        work = Path(tempfile.mkdtemp(prefix="building-", dir=folder))
    except OSError as exc:
        raise KnowledgeIndexError(f"the folder '{folder}' cannot be written: {exc}.", hint="Choose another --index.") from exc
    try:
        vectors = _vectors(chunks, encoder, known or {}, progress, batch)
        manifest = _write(chunks, vectors, work, encoder, built_at)
        # A name of its own for each build: the same content may stand there already, damaged.
        generation = f"generation-{manifest['content']}-{work.name.removeprefix('building-')}"
        os.replace(work, folder / generation)
        _swap(folder, generation)
    except OSError as exc:
        raise KnowledgeIndexError(
            f"the index in '{folder}' cannot be written: {exc}.", hint="The old index still answers."
        ) from exc
    finally:
        shutil.rmtree(work, ignore_errors=True)  # is there only where something failed
    _sweep(folder, keep=generation)
    return manifest


def _need_passages(chunks: Sequence[Chunk]) -> None:
    if not chunks:
        raise KnowledgeIndexError("there are no passages to index.", hint="Check the articles that were rejected.")


def _vectors(
    chunks: Sequence[Chunk], encoder: PassageEncoder, known: Mapping[str, Vectors], progress: Progress | None, batch: int
) -> Vectors:
    texts = [chunk.indexed_text for chunk in chunks]
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    for i, text in enumerate(texts):
        if text in known:
            vectors[i] = known[text]
    # Encoded by length, so that a batch pads little; progress is counted in passages all the same.
    order = sorted((i for i, text in enumerate(texts) if text not in known), key=lambda i: len(texts[i]))
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        vectors[chosen] = encoder.encode_passages([texts[i] for i in chosen])
        if progress:
            progress(min(start + batch, len(order)), len(order))
    return vectors


def _write(
    chunks: Sequence[Chunk], vectors: Vectors, work: Path, encoder: PassageEncoder, built_at: datetime | None
) -> dict[str, Any]:
    told = write_vectors(vectors, np.array([stable_id(chunk.key) for chunk in chunks], np.int64), work)
    hashes = {chunk.article.head.id: article_hash(chunk.article) for chunk in chunks if chunk.number == 0}
    (work / "articles.json").write_text(json.dumps(hashes, indent=0) + "\n", encoding="utf-8")
    write_passages(chunks, work)
    LexicalIndex.build(chunk.indexed_text for chunk in chunks).save(work / "lexical")
    files = _sha256(work, sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()))
    content = hashlib.sha256(json.dumps([LAYOUT, encoder.revision, told, files]).encode()).hexdigest()[:16]
    manifest = {
        "layout": LAYOUT,
        "encoder": encoder.revision,
        "dimension": encoder.dimension,
        "metric": "inner product of unit vectors",
        "vectors": told,
        "passages": len(chunks),
        "articles": len({chunk.article.head.id for chunk in chunks}),
        "content": content,
        "built_at": built_at.isoformat() if built_at else None,
        "sha256": files,
    }
    manifest["own_sha256"] = _own_hash(manifest)
    (work / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _own_hash(manifest: Mapping[str, Any]) -> str:
    """Return the hash of all that a manifest says but this."""
    said = {key: value for key, value in manifest.items() if key != "own_sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _swap(folder: Path, generation: str) -> None:
    _put(folder / "CURRENT", generation)


def note_in_step(folder: Path, now: datetime) -> None:
    """Note that the index held exactly its articles at a moment; for a caller that holds :func:`writing`."""
    try:
        _put(folder / "IN_STEP", now.isoformat())
    except OSError as exc:
        raise KnowledgeIndexError(f"the index in '{folder}' cannot be written: {exc}.", hint="It still answers.") from exc


def _put(path: Path, line: str) -> None:
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _sweep(folder: Path, *, keep: str) -> None:
    """Remove older generations and what killed builds left behind.

    Readers have theirs mapped: such files go when the last reader does, or, where a system does not let them go, with
    the next build.
    """
    for path in folder.iterdir():
        if path.is_dir() and path.name.startswith(("generation-", "building-")) and path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def _sha256(home: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each named file in a folder; empty where one is missing."""

    def digest(name: str) -> str:
        try:
            with (home / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return ""

    names = list(names)
    with ThreadPoolExecutor(2) as pool:  # hashing leaves the interpreter to others; two, for the large files take seconds
        return dict(zip(names, pool.map(digest, names), strict=True))


def current_generation(folder: Path) -> str:
    """Return the name of the generation in force.

    Raises:
        IndexMissingError: There is none.
    """
    try:
        return (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as exc:
        raise IndexMissingError(f"there is no knowledge index in '{folder}'.", hint=_again(folder)) from exc


def _line_of(path: Path) -> str:
    """Return the line that :func:`_put` wrote; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _moment(line: str) -> datetime | None:
    """Return the moment that a line tells; None where it tells none, so that nothing is held to be in step."""
    try:
        moment = datetime.fromisoformat(line)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _again(folder: Path) -> str:
    return f"Build it: cs-assist kb build ARTICLES --index {folder}"


class PassageIndex:
    """A loaded index: passages by position, vectors in FAISS under stable ids, filters by selector.

    It is read only, and any number of threads may search it.

    ``hashes`` has :func:`article_hash` by article. ``in_step``
    is the last moment of which it is known that the index held exactly its articles.
    """

    def __init__(
        self,
        manifest: dict[str, Any],
        passages: Passages,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        *,
        generation: str = "",
        hashes: Mapping[str, str] | None = None,
        in_step: datetime | None = None,
    ) -> None:
        self.manifest = manifest
        self.passages = passages
        self.lexical = lexical
        self.generation = generation
        self.hashes = dict(hashes or {})
        self.in_step = in_step
        self._vectors = vectors
        self._masks: dict[tuple[str | date | None, ...], Mask] = {}
        self._selections: dict[int, Selection] = {}

    @classmethod
    def load(cls, folder: Path, *, encoder: str) -> PassageIndex:
        """Return the index in force in ``folder``, also while another process swaps it.

        Args:
            folder: Where :func:`build_index` wrote.
            encoder: The revision of the encoder that will ask.

        Raises:
            IndexMissingError: There is none.
            IndexMismatchError: Another encoder or layout built it.
            IndexDamagedError: A file does not have the hash that the manifest states.
        """
        while True:
            generation = current_generation(folder)
            try:
                return cls._open(folder, generation, encoder)
            except (IndexMissingError, IndexDamagedError):
                # A writer removes the old generation once the new one is in force: then begin again with that.
                if current_generation(folder) == generation:
                    raise

    @classmethod
    def _open(cls, folder: Path, generation: str, encoder: str) -> PassageIndex:
        again = _again(folder)
        home = folder / generation
        try:
            manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise IndexMissingError(f"there is no knowledge index in '{folder}'.", hint=again) from exc
        layout = manifest.get("layout") if isinstance(manifest, dict) else None
        if layout != LAYOUT:
            raise IndexMismatchError(f"the index in '{folder}' has layout {layout}, this release reads {LAYOUT}.", hint=again)
        if manifest.get("own_sha256") != _own_hash(manifest):
            raise IndexDamagedError(f"'{home / 'manifest.json'}' is altered since it was built.", hint=again)
        if manifest["encoder"] != encoder:
            raise IndexMismatchError(
                f"the index in '{folder}' was built by encoder '{manifest['encoder']}', but '{encoder}' is in use.",
                hint=again,
            )
        found = _sha256(home, manifest["sha256"])
        for name, wanted in manifest["sha256"].items():
            if found[name] != wanted:
                raise IndexDamagedError(f"'{home / name}' is missing or altered since it was built.", hint=again)
        try:
            passages = Passages(home)
            hashes = json.loads((home / "articles.json").read_text(encoding="utf-8"))
            vectors, lexical = open_vectors(home, manifest["vectors"]), LexicalIndex.load(home / "lexical")
        except (OSError, RuntimeError) as exc:  # faiss raises RuntimeError; the hashes fitted a moment ago
            raise IndexDamagedError(f"'{home}' was removed while it was read.", hint=again) from exc
        moments = (_moment(line) for line in (manifest.get("built_at") or "", _line_of(folder / "IN_STEP")))
        in_step = max((moment for moment in moments if moment), default=None)
        return cls(manifest, passages, vectors, lexical, generation=generation, hashes=hashes, in_step=in_step)

    def allowed(
        self,
        *,
        market: str | None,
        platform: str | None,
        on: date,
        language: str | None = None,
        category: str | None = None,
        product: str | None = None,
    ) -> Mask:
        """Return, by position, whether a passage is for this market and platform and in force on a day.

        Without a platform the shop's own is meant; without a market, a language, a category or a product those of all
        are allowed. A language allows what its readers read: ``es-419`` articles in ``es``, but not ``zh-Hant`` in
        ``zh-Hans``. A category or a product allows the articles whose head names it, letter for letter. Where an article has
        a text for this market, its text for all markets in the same language is not allowed.

        The array cannot be written to; a search with the one that was returned is faster than with a copy.
        """
        key = (market, platform, on, language, category, product)
        mask = self._masks.get(key)
        if mask is None:
            mask = self.passages.allowed(
                market=market, platform=platform, on=on, language=language, category=category, product=product
            )
            mask.flags.writeable = False
            if len(self._masks) >= max(16, min(256, _MASKS // len(mask))):
                self._masks.clear()
                self._selections.clear()
            self._selections[id(mask)] = self._vectors.select(mask)
            self._masks[key] = mask
        return mask

    def translation(self, at: int, language: str, mask: Mask) -> int | None:
        """Return the allowed passage that says in ``language`` what the one at a position says; None where there is none.

        It is part of a variant of the same article, and of that variant's passages the nearest, as the other is of its own.
        """
        article = self.passages.of_article(at)
        own = [int(i) for i in article if mask[i] and same_language(language, self.passages[int(i)].language)]
        if not own:
            return None
        here = self.passages[at].doc_id
        others = [int(i) for i in article if self.passages[int(i)].doc_id == here]
        found = own[int(np.argmax(self.vectors(own) @ self.vectors([at])[0]))]
        return found if others[int(np.argmax(self.vectors(others) @ self.vectors([found])[0]))] == at else None

    def lead(self, passage: Stored) -> str:
        """Return the opening paragraph of the article that a passage is part of."""
        wanted = stable_id(f"{passage.doc_id}#0")
        order, ids = self._by_id
        at = int(np.searchsorted(ids, wanted))
        if at == len(ids) or ids[at] != wanted:
            return ""
        return self.passages[int(order[at])].text.split("\n\n", 1)[0]

    @cached_property
    def _by_id(self) -> tuple[Positions, Positions]:
        order = np.argsort(self._vectors.ids)
        return order, self._vectors.ids[order]

    def nearest(self, vector: Vectors, mask: Mask, k: int) -> list[tuple[int, float]]:
        """Return (position, cosine) of the ``k`` nearest allowed passages; equal ones by position.

        Below 100,000 passages these are the nearest. From there on at least 97 in 100 of them are, as the manifest states
        for the index (``vectors``, ``recall_at_10``), with a filter as without; the cosines are exact.
        """
        chosen = self._selections.get(id(mask))
        if chosen is None or chosen.mask is not mask:
            chosen = self._vectors.select(mask)
        return self._vectors.nearest(vector, chosen, k) if chosen.count else []

    def cosines(self, vector: Vectors, positions: Sequence[int]) -> dict[int, float]:
        """Return the cosine of ``vector`` with the passages at some positions."""
        if not positions:
            return {}
        return {at: float(score) for at, score in zip(positions, cosines(self.vectors(positions), vector), strict=True)}

    def vectors(self, positions: Sequence[int]) -> Vectors:
        """Return the vectors of the passages at some positions, as they were stored; shape (positions, dimension)."""
        return self._vectors.exact[np.asarray(positions, np.int64)]
