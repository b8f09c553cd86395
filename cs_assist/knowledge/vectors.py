"""The vectors of an index: exact up to 100,000 passages, above that an inverted file with the exact ones beside it.

Both live in files that are memory-mapped, and both are searched under a mask that FAISS applies while it searches. FAISS
knows the passages by their stable ids (``IndexIDMap2``); here the index inside is asked, which numbers them by position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
import numpy.typing as npt

from cs_assist.encoder.base import Vectors
from cs_assist.knowledge.passages import mapped

#: From this many passages on the vectors are stored as an inverted file.
FLAT_BELOW = 100_000
#: The share of the truly nearest ten that a search of an inverted file must find; where it cannot, all stays exact.
RECALL = 0.97
#: What tuning aims at. A question lies further from the passages than what tuning asks, and costs about a hundredth.
_AIM = 0.99
#: As many neighbours as a search for an answer asks for; tuned for, beside the ten.
_USUAL = 30
_QUESTIONS = 256
#: Candidates that are compared exactly, for each neighbour that is asked for.
_DEPTHS = (4, 16, 64)
_SEED = 20261122

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Selection:
    """The passages that a search may return, in the forms that it wants; made once for each filter."""

    mask: Mask
    count: int
    selector: Any
    #: How many of them stand in each list of an inverted file.
    per_list: Positions


class VectorIndex(Protocol):
    """What searches the vectors of one index."""

    #: The stable ids, by position.
    ids: Positions
    #: The vectors as they were stored, by position; shape (passages, dimension), not to be written to.
    exact: Vectors

    def select(self, mask: Mask) -> Selection:
        """Return the passages of a mask for :meth:`nearest`."""
        ...

    def nearest(self, vector: Vectors, chosen: Selection, k: int) -> list[tuple[int, float]]:
        """Return (position, cosine) of the ``k`` nearest of the chosen passages, at least one; equal ones by position."""
        ...


def cosines(vectors: Vectors, vector: Vectors) -> npt.NDArray[np.float32]:
    """Return the inner product of each row with ``vector``: the same bits for the same row, wherever it stands."""
    found: npt.NDArray[np.float32] = np.einsum("ij,j->i", vectors, vector)  # BLAS does not promise that
    return found


def write_vectors(vectors: Vectors, ids: Positions, folder: Path) -> dict[str, Any]:
    """Write what :func:`open_vectors` reads and return how it searches, for the manifest.

    The same vectors give the same files on the same machine.

    Args:
        vectors: One unit vector a passage; shape (passages, dimension).
        ids: Their stable ids.
        folder: Gets ``vectors.faiss`` and, with an inverted file, ``exact.npy``.

    Returns:
        ``kind`` (``flat`` or ``ivf-sq8``), its parameters, ``recall_at_10``, for an inverted file also
        ``recall_at_10_filtered``, and how many questions (``sample``) those were measured with.

    Raises:
        OSError: The files cannot be written.
    """
    index, told = _inverted(vectors, ids) if len(vectors) >= FLAT_BELOW else (None, {})
    if index is None:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, ids)
        told = {"kind": "flat", "recall_at_10": 1.0, "sample": 0}
    else:
        np.save(folder / "exact.npy", vectors, allow_pickle=False)
    try:
        faiss.write_index(index, str(folder / "vectors.faiss"))
    except RuntimeError as exc:  # faiss has one error for everything; what it meets here is a full disk
        raise OSError(str(exc).splitlines()[0]) from exc
    return told


def open_vectors(folder: Path, told: dict[str, Any]) -> VectorIndex:
    """Return the vectors in ``folder``, memory-mapped; ``told`` is what :func:`write_vectors` returned.

    Raises:
        OSError: A file is missing.
        RuntimeError: FAISS cannot read its file.
    """
    path = str(folder / "vectors.faiss")
    if told["kind"] == "flat":
        return FlatVectors(faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC))
    index: Any = faiss.read_index(path, faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    lists: Any = faiss.downcast_InvertedLists(_inner(index).invlists)
    lists.prefetch_nthread = 0  # thirty-two threads a search that touch pages ahead cost more than they save
    return InvertedVectors(index, mapped(folder / "exact.npy"), scan=told["scan"], depth=told["depth"])


class FlatVectors:
    """Every allowed vector is compared."""

    def __init__(self, index: Any) -> None:
        self._whole = index  # owns what is read below
        self._flat = _inner(index)
        self.ids: Positions = faiss.vector_to_array(index.id_map)
        rows: Vectors = faiss.rev_swig_ptr(self._flat.get_xb(), self._flat.ntotal * self._flat.d)
        self.exact: Vectors = rows.reshape(self._flat.ntotal, self._flat.d)
        self.exact.flags.writeable = False  # the pages below may not be

    def select(self, mask: Mask) -> Selection:
        """Return the passages of a mask for :meth:`nearest`."""
        return Selection(mask, int(np.count_nonzero(mask)), _selector(mask), np.empty(0, np.int64))

    def nearest(self, vector: Vectors, chosen: Selection, k: int) -> list[tuple[int, float]]:
        """Return (position, cosine) of the ``k`` nearest of the chosen passages, at least one; equal ones by position."""
        parameters = faiss.SearchParameters(sel=chosen.selector)  # type: ignore[call-arg]
        wanted = k
        while True:  # until a score below the k-th shows that all of its equals are in
            wanted = min(2 * wanted, chosen.count)
            scores, at = self._flat.search(vector.reshape(1, -1), wanted, params=parameters)
            if wanted == chosen.count or scores[0, -1] < scores[0, k - 1]:
                return _ranked(at[0], scores[0], k)


class InvertedVectors:
    """The lists nearest to a question are compared, as bytes; the best of those are compared exactly.

    Lists are taken, nearest first, until ``scan`` *allowed* passages stand in them. So a filter costs no neighbours: the
    fewer it leaves, the more lists are looked at, and where it leaves ``scan`` or fewer, all of them are compared. Then
    the ``depth`` × k best are ranked by their exact vectors.
    """

    def __init__(self, index: Any, exact: Vectors, *, scan: int, depth: int) -> None:
        self._whole = index  # owns what is read below
        self._lists = _inner(index)
        self.ids: Positions = faiss.vector_to_array(index.id_map)
        self.exact = exact
        self.scan, self.depth = scan, depth
        count = self._lists.nlist
        self.centres: Vectors = self._lists.quantizer.reconstruct_n(0, count)
        self.list_of = np.empty(len(exact), np.int32)
        for number in range(count):
            size = self._lists.invlists.list_size(number)
            if size:
                self.list_of[faiss.rev_swig_ptr(self._lists.invlists.get_ids(number), size)] = number

    def select(self, mask: Mask) -> Selection:
        """Return the passages of a mask for :meth:`nearest`."""
        per_list = np.bincount(self.list_of[mask], minlength=len(self.centres))
        return Selection(mask, int(per_list.sum()), _selector(mask), per_list)

    def nearest(self, vector: Vectors, chosen: Selection, k: int) -> list[tuple[int, float]]:
        """Return (position, cosine) of the ``k`` nearest of the chosen passages, at least one; equal ones by position."""
        centres = self.centres @ vector
        lists = np.argsort(-centres, kind="stable")
        lists = lists[chosen.per_list[lists] > 0]
        reached = np.cumsum(chosen.per_list[lists])
        wanted = self.depth * k
        enough = max(wanted, self.scan * max(1.0, k / _USUAL))
        probes = min(int(np.searchsorted(reached, enough)) + 1, len(lists))
        within = int(reached[probes - 1])
        lists = np.ascontiguousarray(lists[None, :probes])
        while True:
            wanted = min(wanted, within)
            rough, at = self._compare(vector, lists, centres[lists], wanted, chosen)
            scores = cosines(self.exact[at], vector)
            best = np.lexsort((at, -scores))[:k]
            # Equal vectors have equal bytes: a rougher score below all of the best shows that their equals are in.
            if wanted == within or rough[-1] < rough[best].min():
                return _ranked(at[best], scores[best], k)
            wanted *= 2

    def _compare(
        self, vector: Vectors, lists: Positions, centres: Vectors, k: int, chosen: Selection
    ) -> tuple[Vectors, Positions]:
        parameters = faiss.SearchParametersIVF(nprobe=lists.shape[1], sel=chosen.selector)  # type: ignore[call-arg]
        question = np.ascontiguousarray(vector.reshape(1, -1), np.float32)
        scores, at = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
        # FAISS's own wrapper for chosen lists takes no selector.
        self._lists.search_preassigned_c(
            1, faiss.swig_ptr(question), k, faiss.swig_ptr(lists), faiss.swig_ptr(centres),
            faiss.swig_ptr(scores), faiss.swig_ptr(at), False, parameters,
        )  # fmt: skip
        return scores[0], at[0]


def _ranked(at: Positions, scores: Vectors, k: int) -> list[tuple[int, float]]:
    return [(int(at[i]), float(scores[i])) for i in np.lexsort((at, -scores))[:k]]


def _inner(index: Any) -> Any:
    """Return the index inside an ``IndexIDMap2``, as what it is."""
    return faiss.downcast_index(index.index)


def _selector(mask: Mask) -> Any:
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]


def _inverted(vectors: Vectors, ids: Positions) -> tuple[Any, dict[str, Any]]:
    """Return an inverted file of bytes, tuned, and what is told of it; None where it cannot be tuned to :data:`RECALL`.

    About 4·√n lists, as FAISS's guidelines advise; one byte a dimension for what is left of a vector beside its list's
    centre. That is a quarter of the memory, and a search that reads 3% of the passages.
    """
    count, dimension = vectors.shape
    lists = 1 << round(float(np.log2(4 * count**0.5)))
    inner = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    inner.cp.seed = _SEED
    inner.cp.min_points_per_centroid = 1
    chance = np.random.default_rng(_SEED)
    inner.train(vectors[np.sort(chance.choice(count, min(count, 40 * lists), replace=False))])
    index = faiss.IndexIDMap2(inner)
    for start in range(0, count, 65_536):
        index.add_with_ids(vectors[start : start + 65_536], ids[start : start + 65_536])
    pairs = chance.choice(count, (_QUESTIONS, 2))
    between = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    between /= np.maximum(np.linalg.norm(between, axis=1, keepdims=True), 1e-12)
    search = InvertedVectors(index, vectors, scan=count, depth=_DEPTHS[0])
    everything = np.ones(count, np.bool_)
    # Questions lie between the passages, not upon them: tuned with passages alone a search would find four in five. But
    # only passages as questions show whether bytes can tell near copies apart.
    upon, off = _trial(search, everything, vectors[pairs[:, 0]]), _trial(search, everything, between)
    hard = _filtered(search, pairs, between, chance)
    recalls = _tune(search, [[upon], [off], hard or [off]])  # where all passages are alike, there are no regions
    recall, filtered = min(recalls[:2]), recalls[2]
    if min(recall, filtered) < RECALL:
        return None, {}
    told = {"kind": "ivf-sq8", "lists": lists, "scan": search.scan, "depth": search.depth}
    return index, {**told, "recall_at_10": recall, "recall_at_10_filtered": filtered, "sample": _QUESTIONS}


@dataclass(frozen=True)
class _Trial:
    """Questions under one filter, and the cosines of their true neighbours."""

    chosen: Selection
    questions: Vectors
    truth: Vectors


def _trial(search: InvertedVectors, mask: Mask, questions: Vectors) -> _Trial:
    chosen = search.select(mask)
    allowed = search.exact if chosen.count == len(mask) else search.exact[mask]
    truth, _ = faiss.knn(questions, allowed, min(_USUAL, chosen.count), metric=faiss.METRIC_INNER_PRODUCT)
    return _Trial(chosen, questions, truth)


def _filtered(search: InvertedVectors, pairs: Positions, questions: Vectors, chance: np.random.Generator) -> list[_Trial]:
    """Return trials under filters that allow about half of the passages, and none of what a question is made of.

    Those are the hardest, and they occur: a question in one language where only articles in others are allowed. The
    passages are parted into eight regions of neighbouring lists; each filter allows four.
    """
    heads = search.centres[chance.choice(len(search.centres), 8, replace=False)]
    region = (search.centres @ heads.T).argmax(axis=1)[search.list_of]
    trials, free = [], np.ones(len(questions), np.bool_)
    for bit in (1, 2, 4):
        for side in (0, bit):
            outside = free & ((region[pairs] & bit) != side).all(axis=1)
            free &= ~outside
            mask = (region & bit) == side
            if outside.any() and mask.any():
                trials.append(_trial(search, mask, questions[outside]))
    return trials


def _tune(search: InvertedVectors, kinds: Sequence[Sequence[_Trial]]) -> list[float]:
    """Set the smallest ``depth`` and ``scan`` that reach :data:`_AIM`, else the largest; return each recall@10 with them."""
    few = [[replace(trial, questions=trial.questions[:32], truth=trial.truth[:32])] for (trial, *_) in kinds]
    for search.depth in _DEPTHS:  # with all lists, so that only the bytes can be at fault
        found = min(_recall(search, kind, k) for kind in few for k in (10, _USUAL))
        if found >= _AIM:
            break
    best = [found] * len(kinds)
    for halves in range(16, -1, -1) if found >= RECALL else ():
        search.scan = round(len(search.exact) * 2 ** (-halves / 2))
        best = [_recall(search, kind, 10) for kind in kinds]
        if min(best) >= _AIM and all(_recall(search, kind, _USUAL) >= _AIM for kind in kinds):
            break
    return best


def _recall(search: InvertedVectors, trials: Sequence[_Trial], k: int) -> float:
    """Return the share of the ``k`` nearest that is found; by score, for equal passages stand in for each other."""
    hits = []
    for trial in trials:
        wanted = min(k, trial.chosen.count)
        found = [[score for _, score in search.nearest(question, trial.chosen, wanted)] for question in trial.questions]
        hits.append((np.array(found) >= trial.truth[:, [wanted - 1]] - 1e-6).ravel())  # sums in another order differ by less
    return round(float(np.concatenate(hits).mean()), 4)
