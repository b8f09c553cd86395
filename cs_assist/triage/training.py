"""Training heads for a seller's own intents from a table of labelled messages; needs the extra ``train``.

One linear classifier over the encoder's two vectors and the wording (see ``wording.py``). Everything
that is reported comes from cross-validation: each message was judged by a head that had not seen it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import BUCKETS, LONGEST, Weighting, wording
from cs_assist.errors import MissingExtraError, TrainingDataError, TrainingTargetError
from cs_assist.triage.arrays import softmax
from cs_assist.triage.cleaning import clean
from cs_assist.triage.own_intents import FILE
from cs_assist.types import without_surrogates

Array = npt.NDArray[np.float32]
COLUMNS = ("text", "intent")
REPORT = ("report.md", "report.json", "reliability.png")
FEW = 5  # examples of a class below which the report warns
_SEPARATORS = {".tsv": "\t", ".csv": ","}
_WORDING = 1.0  # weight of the wording beside the two unit vectors, which weigh 2: the best on Banking77 with 10 examples
_VECTORS = 2.0
_STRENGTH = 1.0
_FOLDS = 5
_ENOUGH = 4_000  # examples from which three folds say as much as five
_SHOWN = 20  # problems of a file that are told at once
_ELSEWHERE = "Name a new folder."


class Encoder(Protocol):
    """What training needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and content hash."""
        ...

    def encode_messages(self, texts: Sequence[str]) -> Array:
        """Return what the heads read of each text."""
        ...


@dataclass(frozen=True)
class Example:
    """One labelled message and the line that it came from."""

    text: str
    intent: str
    line: int


@dataclass(frozen=True)
class Trained:
    """A trained head and how it did on messages that it had not seen.

    ``probabilities`` are cross-validated, one row an example and one column a label.
    """

    arrays: dict[str, npt.NDArray[Any]]
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    probabilities: Array
    folds: int


def read_examples(path: Path, *, labels: Sequence[str] | None = None, single: bool = False) -> list[Example]:
    """Return the examples of a TSV, CSV or JSON Lines file with the columns ``text`` and ``intent``.

    TSV is read without quoting (a quotation mark is a character); other columns are passed over. A text
    is kept as the reader will see it (without invisible characters), and once where it stands twice.

    Args:
        path: The file, UTF-8.
        labels: The intents that are allowed; by default whatever stands in the file.
        single: Allow classes with a single example, as a file to measure on may have.

    Raises:
        TrainingDataError: The file cannot be read or breaks a rule; names file, line and column. A rule is
            broken by a missing column, an empty cell, an unknown label, one text with two labels, a class
            with one example, fewer than two classes.
    """
    found: dict[str, Example] = {}
    problems: list[tuple[int, str, str]] = []
    counts: Counter[str] = Counter()
    for line, cells in _rows(path):
        text, intent = (_cell(cells.get(column)) for column in COLUMNS)
        problem = _problem(text, intent, labels, found)
        if problem:
            problems.append((line, *problem))
            counts[intent] += 1  # once mended, it may be the second of its class
            continue
        found.setdefault(_key(text), Example(text, intent, line))
    counts.update(example.intent for example in found.values())
    for example in found.values():
        if counts[example.intent] == 1 and not single:
            problems.append((example.line, "intent", f"'{example.intent}' has one example only; two or more are needed"))
    if not problems and len(counts) < (1 if single else 2):
        raise TrainingDataError(f"{len(counts)} intent(s) found; {1 if single else 2} or more are needed", path=path)
    if problems:
        line, column, what = min(problems)
        others = "".join(f"\n  line {at}, column '{name}': {text}" for at, name, text in sorted(problems)[1:_SHOWN])
        more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise TrainingDataError(what + others + more, path=path, line=line, key=column)
    return list(found.values())


def _problem(text: str, intent: str, labels: Sequence[str] | None, found: dict[str, Example]) -> tuple[str, str] | None:
    for column, cell in zip(COLUMNS, (text, intent), strict=True):
        if not cell:
            return column, "is empty"
    if labels is not None and intent not in labels:
        near = get_close_matches(intent, labels, n=1)
        return "intent", f"unknown label '{intent}'" + (f"; did you mean '{near[0]}'?" if near else "")
    known = found.get(_key(text))
    if known and known.intent != intent:
        return "intent", f"'{intent}' contradicts line {known.line}, which has the same text as '{known.intent}'"
    return None


def _cell(value: object) -> str:
    return "" if value is None else clean(without_surrogates(str(value)), mail=False).text


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix not in (*_SEPARATORS, ".jsonl"):
        raise TrainingDataError(f"'{path.suffix}' is no kind that is read; use .tsv, .csv or .jsonl", path=path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise TrainingDataError(f"is not UTF-8: {exc.reason}", path=path, line=line, hint="Save it as UTF-8.") from exc
    except OSError as exc:
        raise TrainingDataError(f"cannot be read: {exc.strerror}", path=path) from exc
    yield from _json_lines(path, text) if path.suffix == ".jsonl" else _table(path, text)


def _table(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    separator = _SEPARATORS[path.suffix]
    # Strict: a quotation mark that is never closed would swallow the rest of the file as one text.
    dialect = csv.excel if separator == "," else _Tabs
    reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect, strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            have = ", ".join(reader.fieldnames or ()) or "none"
            raise TrainingDataError(f"the column is missing; found: {have[:200]}", path=path, line=1, key=missing[0])
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as exc:
        raise TrainingDataError(f"cannot be read: {exc}", path=path, line=reader.line_num + 1) from exc


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, raw in enumerate(io.StringIO(text, newline=None), start=1):
        if raw.strip():
            try:
                value = json.loads(raw)
            except (ValueError, RecursionError) as exc:
                raise TrainingDataError(f"is not JSON: {exc}", path=path, line=line) from exc
            if not isinstance(value, dict):
                raise TrainingDataError("is no JSON object", path=path, line=line)
            for column in COLUMNS:
                if isinstance(value.get(column), list | dict):
                    raise TrainingDataError("is no text", path=path, line=line, key=column)
            yield line, value


def train_intents(
    examples: Sequence[Example], encoder: Encoder, *, seed: int, progress: Callable[[int, int], None] | None = None
) -> Trained:
    """Return a head for the examples' intents, with cross-validated probabilities.

    Args:
        examples: From :func:`read_examples`.
        encoder: Whose vectors the head reads; it belongs to this encoder's revision.
        seed: Decides the folds; the same seed and examples give the same head.
        progress: Called with (steps done, steps in all).

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.model_selection import StratifiedKFold
    except ImportError as exc:
        raise MissingExtraError("train", needed_for="training") from exc
    texts = [example.text for example in examples]
    labels = tuple(sorted({example.intent for example in examples}))
    gold = np.array([labels.index(example.intent) for example in examples])
    wanted = 3 if len(examples) > _ENOUGH else _FOLDS
    folds = max(2, min(wanted, int(np.bincount(gold).min())))
    steps = iter(range(1, folds + 3))

    def told() -> None:
        if progress:
            progress(next(steps), folds + 2)

    vectors = encoder.encode_messages(texts)
    told()
    logits = np.zeros((len(texts), len(labels)), np.float32)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(texts, gold):
        part = LinearHead.fit([texts[i] for i in train], vectors[train], gold[train], len(labels), seed)
        logits[test] = part.logits([texts[i] for i in test], vectors[test])
        told()
    heat = min(np.geomspace(0.05, 4, 60), key=lambda t: nll(logits / t, gold))
    head = LinearHead.fit(texts, vectors, gold, len(labels), seed)
    told()
    probabilities = softmax(logits / heat)
    arrays: dict[str, npt.NDArray[Any]] = {
        "encoder": np.array(encoder.revision),
        "labels": np.array(labels),
        "temperature": np.float32(heat),  # type: ignore[dict-item]
        "unsure_below": np.float32(sure_from(probabilities, gold)),  # type: ignore[dict-item]
        **head.arrays(),
    }
    return Trained(arrays, labels, tuple(examples), probabilities, folds)


@dataclass(frozen=True)
class LinearHead:
    """A linear head, as it is stored and as it is used."""

    buckets: npt.NDArray[np.int64]
    rarity: Array
    dense: Array
    sparse: Array
    bias: Array

    @classmethod
    def fit(cls, texts: Sequence[str], vectors: Array, gold: npt.NDArray[np.int64], labels: int, seed: int) -> LinearHead:
        """Fit one-against-all margins on the vectors and the wording side by side."""
        from scipy.sparse import csr_matrix, hstack
        from sklearn.svm import LinearSVC

        buckets, rarity = rarities(texts)
        weighting = Weighting(buckets, rarity)
        words = matrix(weighting, texts, len(buckets))
        both = hstack([csr_matrix(vectors * _VECTORS), words * _WORDING]).tocsr()
        model = LinearSVC(C=_STRENGTH, random_state=seed).fit(both, gold)
        weights = np.zeros((both.shape[1], labels), np.float32)
        bias = np.full(labels, -1.0, np.float32)  # a label that this part lacks
        if len(model.classes_) == 2:
            here = model.classes_
            weights[:, here[1]], weights[:, here[0]] = model.coef_[0], -model.coef_[0]
            bias[here[1]], bias[here[0]] = model.intercept_[0], -model.intercept_[0]
        else:
            weights[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
        width = vectors.shape[1]
        dense, sparse = (weights[:width] * _VECTORS, weights[width:] * _WORDING)
        return cls(buckets, rarity, dense.astype(np.float32), sparse.astype(np.float32), bias)

    def logits(self, texts: Sequence[str], vectors: Array) -> Array:
        """Return the margins, one row a text and one column a label."""
        words = matrix(Weighting(self.buckets, self.rarity), texts, len(self.buckets))
        return np.asarray(vectors @ self.dense + words @ self.sparse + self.bias, np.float32)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what ``OwnIntents`` reads."""
        return {
            "buckets": self.buckets,
            "rarity": self.rarity,
            "dense": self.dense,
            "sparse": self.sparse.astype(np.float16),
            "bias": self.bias,
        }


def rarities(
    texts: Sequence[str], *, buckets: int = BUCKETS, longest: int = LONGEST, least: int = 1
) -> tuple[npt.NDArray[np.int64], Array]:
    """Return the buckets that occur in ``least`` texts or more, ascending, and how rare each is: see :class:`Weighting`."""
    counts = Counter(bucket for text in texts for bucket in wording(text, buckets=buckets, longest=longest))
    seen = np.array(sorted(bucket for bucket, n in counts.items() if n >= least), np.int64)
    often = np.array([counts[bucket] for bucket in seen.tolist()], np.float32)
    return seen, np.asarray(np.log((1 + len(texts)) / (1 + often)) + 1, np.float32)


def matrix(weighting: Weighting, texts: Sequence[str], width: int) -> Any:
    """Return the weights of each text's n-grams as a sparse matrix, one row a text and ``width`` columns."""
    from scipy.sparse import csr_matrix

    rows = [weighting(text) for text in texts]
    starts = np.cumsum([0, *(len(where) for where, _ in rows)])
    where = np.concatenate([w for w, _ in rows]) if rows else np.empty(0, np.int64)
    weights = np.concatenate([w for _, w in rows]) if rows else np.empty(0, np.float32)
    return csr_matrix((weights, where, starts), shape=(len(texts), width))


def nll(logits: Array, gold: npt.NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood of the right labels."""
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(gold)), gold]))


def sure_from(probabilities: Array, gold: npt.NDArray[np.int64], *, precision: float = 0.9) -> float:
    """Return the lowest probability above which first guesses are right as often as ``precision`` says.

    0.5 at least: below it another label is as likely as this one.
    """
    best = probabilities.max(1)
    order = best.argsort()[::-1]
    at, right = best[order], (probabilities.argmax(1) == gold)[order]
    precisions = np.cumsum(right) / np.arange(1, len(order) + 1)
    last = np.append(at[1:] < at[:-1], True)  # of those that are equally likely: all or none
    good = np.flatnonzero((precisions >= precision) & last & (at >= 0.5))
    return float(at[good[-1]]) if len(good) else 0.99


def check_target(out: Path, *, force: bool) -> None:
    """Refuse a target that would overwrite something: call it before the work, not after.

    Raises:
        TrainingTargetError: ``out`` is there and ``force`` is not set, or it holds something else than what
            training writes, or it cannot be made.
    """
    if not out.exists():
        parent = next(folder for folder in out.absolute().parents if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            raise TrainingTargetError(f"'{out}' cannot be made: '{parent}' is no folder that can be written.", hint=_ELSEWHERE)
        return
    if not out.is_dir():
        raise TrainingTargetError(f"'{out}' is there and is no folder.", hint=_ELSEWHERE)
    there = {path.name for path in out.iterdir()}
    others = sorted(there - {FILE, *REPORT})
    if others:
        raise TrainingTargetError(f"'{out}' holds something else, such as '{others[0]}'.", hint=_ELSEWHERE)
    if there and not force:
        raise TrainingTargetError(f"'{out}' already holds trained intents.", hint="Name a new folder, or add --force.")


def save(trained: Trained, out: Path, files: Iterable[tuple[str, str | bytes]] = (), *, force: bool = False) -> None:
    """Write the head and the report's ``files`` (name, content) into the folder ``out``, whole or not at all.

    Args:
        trained: From :func:`train_intents`.
        out: Is made, with its parents; what was trained into it earlier is replaced as a whole.
        files: Each named as in :data:`REPORT`.
        force: Replace what was trained earlier.

    Raises:
        TrainingTargetError: As :func:`check_target` says, or the folder cannot be written.
    """
    check_target(out, force=force)
    whole = out.resolve()  # '.' cannot be renamed by that name
    try:
        whole.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=whole.parent, prefix=f".{whole.name}-") as made:
            folder = Path(made) / "new"
            folder.mkdir()
            np.savez_compressed(folder / FILE, **trained.arrays)  # type: ignore[arg-type,unused-ignore]
            for name, content in files:
                (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
            if whole.exists():
                whole.rename(Path(made) / "old")
            folder.rename(whole)
    except OSError as exc:
        raise TrainingTargetError(f"'{out}' cannot be written: {exc.strerror}.", hint=_ELSEWHERE) from exc
