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
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.wording import BUCKETS, LONGEST, Weighting, wording
from cs_assist.errors import MissingExtraError, TrainingDataError, TrainingTargetError
from cs_assist.triage.arrays import softmax
from cs_assist.triage.cleaning import clean
from cs_assist.triage.own_intents import FILE
from cs_assist.triage.salutation import without_salutation
from cs_assist.types import without_surrogates

Array = npt.NDArray[np.float32]
COLUMNS = ("text", "intent")
REPORT = ("report.md", "report.json", "reliability.png")
FEW = 5  # examples of a class below which the report warns
CELL = 100_000  # characters of a text or an intent: a longer one is a file that slipped into a cell
_SEPARATORS = {".tsv": "\t", ".csv": ","}
_IN_A_CELL = {".tsv": "a tab ends a cell", ".csv": "a cell that holds a comma needs quotation marks around it"}
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
            broken by a missing column, a row with more or fewer cells than the header, an empty cell, one that
            is no text or is longer than :data:`CELL`, an unknown label, one text with two labels, a class
            with one example, fewer than two classes.
    """
    found: dict[str, Example] = {}
    faults: list[_Fault] = []
    counts: Counter[str] = Counter()
    whole = True
    for line, row in _rows(path):
        if isinstance(row, _Fault):
            faults.append(row)
            whole = False
            continue
        text, intent = row
        problem = _problem(text, intent, labels, found)
        if problem:
            faults.append(_Fault(line, *problem))
            counts[intent] += 1  # once mended, it may be the second of its class
            continue
        found.setdefault(_key(text), Example(text, intent, line))
    counts.update(example.intent for example in found.values())
    if whole and not single:  # a row whose intent could not be read may be the second of any class
        faults += [
            _Fault(example.line, "intent", f"'{example.intent}' has one example only; two or more are needed")
            for example in found.values()
            if counts[example.intent] == 1
        ]
    if faults:
        raise _told(path, sorted(faults))
    if len(counts) < (1 if single else 2):
        raise TrainingDataError(f"{len(counts)} intent(s) found; {1 if single else 2} or more are needed", path=path)
    return list(found.values())


def written_alike(intents: Iterable[str]) -> list[list[str]]:
    """Return the intents that differ in nothing but capitals, spaces or the width of letters, as sorted groups.

    Example:
        >>> written_alike(["pause", "refund", "Pause"])
        [['Pause', 'pause']]
    """
    groups: dict[str, set[str]] = {}
    for intent in intents:
        groups.setdefault(_key(intent), set()).add(intent)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)


class _Fault(NamedTuple):
    """One thing that is wrong with a file."""

    line: int
    column: str
    what: str


#: A text and its intent, or why the row has none.
_Row = tuple[str, str] | _Fault


def _told(path: Path, faults: Sequence[_Fault]) -> TrainingDataError:
    """Return the error that tells of all faults, up to twenty."""
    first, *rest = faults
    others = "".join(f"\n  line {at}, column '{column}': {what}" for at, column, what in rest[: _SHOWN - 1])
    more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return TrainingDataError(first.what + others + more, path=path, line=first.line, key=first.column)


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


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _rows(path: Path) -> Iterator[tuple[int, _Row]]:
    kind = path.suffix.lower()
    if kind not in (*_SEPARATORS, ".jsonl"):
        raise TrainingDataError(f"'{path.suffix}' is no kind that is read; use .tsv, .csv or .jsonl", path=path)
    text = read_text(path)
    for line, row in _json_lines(path, text) if kind == ".jsonl" else _table(path, text, kind):
        yield line, row if isinstance(row, _Fault) else _cells(line, row)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with or without a byte order mark.

    Raises:
        TrainingDataError: It cannot be read, or is not UTF-8; names the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise TrainingDataError(f"is not UTF-8: {exc.reason}", path=path, line=line, hint="Save it as UTF-8.") from exc
    except OSError as exc:
        raise TrainingDataError(f"cannot be read: {exc.strerror}", path=path) from exc
    if "\0" in text:  # UTF-16 without its mark passes for UTF-8
        line = text[: text.index("\0")].count("\n") + 1
        raise TrainingDataError("is not UTF-8 text: it holds null characters", path=path, line=line, hint="Save it as UTF-8.")
    return text


def _cells(line: int, row: dict[str, Any]) -> _Row:
    """Return the two cells of a row as the reader will see them."""
    cells = []
    for column in COLUMNS:
        value = "" if row.get(column) is None else row[column]
        if not isinstance(value, str):
            return _Fault(line, column, f"is {json.dumps(value, ensure_ascii=False)[:40]}; a string was expected")
        if len(value) > CELL:
            return _Fault(line, column, f"has {len(value)} characters; {CELL} at most are read")
        cells.append(clean(without_surrogates(value), mail=False).text)
    return without_salutation(cells[0]), cells[1]


def _table(path: Path, text: str, kind: str) -> Iterator[tuple[int, dict[str, Any] | _Fault]]:
    # Strict: a quotation mark that is never closed would swallow the rest of the file as one text.
    dialect = csv.excel if _SEPARATORS[kind] == "," else _Tabs
    reader = csv.reader(io.StringIO(text, newline=""), dialect=dialect, strict=True)
    header: list[str] = []
    line = 0
    try:
        with _cells_of_any_length():
            for row in reader:
                here, line = line + 1, reader.line_num  # a quoted cell may hold line breaks
                if not row:
                    continue
                if not header:
                    header = _header(path, row, here)
                elif len(row) == len(header):
                    yield here, dict(zip(header, row, strict=True))
                else:
                    yield here, _uneven(here, row, header, _IN_A_CELL[kind])
    except csv.Error as exc:
        raise TrainingDataError(f"cannot be read: {exc}", path=path, line=line + 1) from exc
    if not header:
        _header(path, [], 1)


def _header(path: Path, header: list[str], line: int) -> list[str]:
    for column in COLUMNS:
        if header.count(column) != 1:
            told = "the column is missing" if column not in header else "the column stands there more than once"
            have = ", ".join(header) or "none"
            raise TrainingDataError(f"{told}; found: {have[:200]}", path=path, line=line, key=column)
    return header


def _uneven(line: int, row: list[str], header: list[str], why: str) -> _Fault:
    """Return what is told of a row with another number of cells than the header: the column that it lacks, or its last one."""
    what = f"the row has {len(row)} cell(s), the header has {len(header)}"
    if len(row) < len(header):
        return _Fault(line, header[len(row)], what)
    return _Fault(line, header[-1], f"{what}; {why}")


@contextmanager
def _cells_of_any_length() -> Iterator[None]:
    """Let the csv module pass on long cells: it refuses them without a word about which."""
    usual = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(usual)


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, raw in enumerate(io.StringIO(text, newline=None), start=1):
        if raw.strip():
            try:
                value = json.loads(raw)
            except json.JSONDecodeError as exc:
                raise TrainingDataError(f"is not JSON: {exc.msg} at character {exc.pos + 1}", path=path, line=line) from exc
            except (ValueError, RecursionError) as exc:
                raise TrainingDataError(f"is not JSON that can be read: {exc}", path=path, line=line) from exc
            if not isinstance(value, dict):
                raise TrainingDataError("is no JSON object", path=path, line=line)
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
