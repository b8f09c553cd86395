"""Public intent and emotion sets through the trainer that sellers use.

    python -m evals.public_sets --data DATA [--test FOLDER]

DATA holds ``banking77/``, ``clinc150/``, ``bitext/`` and ``brighter/`` with their training and validation parts.
FOLDER holds the test parts, under the same names with ``test`` in place of ``valid`` or ``dev``
(``banking77/test.tsv``, ``clinc150/test.tsv``, ``clinc150/oos_test.txt``, ``bitext/test.csv``,
``brighter/deu-test.csv`` …); a part that is not there is measured on the validation part, and the table says so.
The encoder that ships has seen none of these four sets.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.quality.intervals import cell
from cs_assist.triage.own_intents import OwnIntents
from cs_assist.triage.training import Example, LinearHead, Trained, train_intents
from evals.provenance import save

SEED = 20261121
BRIGHTER = ("deu", "esp", "ptbr", "chn", "rus", "hin", "ron")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Source:
    """Where the parts lie, and what has been measured so far."""

    data: Path
    test: Path | None
    encoder: OnnxEncoder
    result: dict[str, Any]
    lines: list[str]

    def part(self, name: str, kind: str) -> tuple[Path, str]:
        """Return the test part of a file, or the validation part where there is none, and which it is."""
        held = self.test / name.replace(kind, "test") if self.test else None
        return (held, "test") if held and held.exists() else (self.data / name, "validation")

    def add(self, name: str, hits: int, n: int, what: str) -> None:
        """Note one figure."""
        self.lines.append(f"| {name} | {what} | {n} | {cell(hits, n)} |")
        self.result[name.replace(" ", "_")] = round(hits / n, 4)
        print(self.lines[-1], flush=True)


def main() -> None:
    """Measure and write evals/results/public_sets.json and public_sets.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--test", type=Path)
    arguments = parser.parse_args()
    source = Source(arguments.data, arguments.test, OnnxEncoder(), {}, [])
    banking77(source)
    clinc150(source)
    bitext(source)
    emotions = brighter(source)
    table = "\n".join(["| set | measured on | n | accuracy |", "| --- | --- | --- | --- |", *source.lines, "", emotions])
    print(emotions)
    save("public_sets", source.result, table)


def labelled(path: Path) -> Pairs:
    """Return (text, label) of a file of lines ``label<TAB>text``."""
    rows = (line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [(text, label) for label, text in rows]


def trained(pairs: Pairs, source: Source) -> Trained:
    """Return a head trained as ``cs-assist train`` does."""
    return train_intents([Example(text, label, line) for line, (text, label) in enumerate(pairs, 1)], source.encoder, seed=SEED)


def probabilities(head: Trained, texts: Sequence[str], source: Source) -> np.ndarray:
    """Return the head's probabilities for ``texts``."""
    return OwnIntents(head.arrays).score(list(texts), source.encoder.encode_messages(list(texts)))


def hits(head: Trained, pairs: Pairs, source: Source) -> int:
    """Return how many of ``pairs`` the head reads right."""
    p = probabilities(head, [text for text, _ in pairs], source)
    return sum(head.labels[i] == label for i, (_, label) in zip(p.argmax(1), pairs, strict=True))


def banking77(source: Source) -> None:
    """Full training part, 10 and 5 examples an intent."""
    path, what = source.part("banking77/valid.tsv", "valid")
    test = labelled(path)
    for name in ("train", "train_10", "train_5"):
        head = trained(labelled(source.data / "banking77" / f"{name}.tsv"), source)
        source.add(f"Banking77 {name}", hits(head, test, source), len(test), what)


def clinc150(source: Source) -> None:
    """In-scope accuracy, and out-of-scope told from in-scope at a threshold chosen on the validation part."""
    path, what = source.part("clinc150/valid.tsv", "valid")
    outside_path, _ = source.part("clinc150/oos_valid.txt", "valid")
    test, outside = labelled(path), outside_path.read_text(encoding="utf-8").splitlines()
    head = trained(labelled(source.data / "clinc150" / "train.tsv"), source)
    source.add("CLINC150 in scope", hits(head, test, source), len(test), what)
    inside = probabilities(head, [text for text, _ in labelled(source.data / "clinc150" / "valid.tsv")], source).max(1)
    strange = probabilities(head, (source.data / "clinc150" / "oos_valid.txt").read_text(encoding="utf-8").splitlines(), source)
    grid = np.linspace(0.05, 0.99, 95)
    at = float(max(grid, key=lambda t: (inside >= t).mean() + (strange.max(1) < t).mean()))
    p = probabilities(head, [text for text, _ in test], source)
    right = sum(head.labels[row.argmax()] == label and row.max() >= at for row, (_, label) in zip(p, test, strict=True))
    refused = int((probabilities(head, outside, source).max(1) < at).sum())
    source.add(f"CLINC150 in scope, taken from {at:.2f}", right, len(test), what)
    source.add("CLINC150 out of scope refused", refused, len(outside), what)


def bitext(source: Source) -> None:
    """27 intents of English shop messages."""

    def read(path: Path) -> Pairs:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["utterance"], row["intent"]) for row in csv.DictReader(file)]

    path, what = source.part("bitext/dev.csv", "dev")
    test = read(path)
    source.add("Bitext", hits(trained(read(source.data / "bitext" / "train.csv"), source), test, source), len(test), what)


def brighter(source: Source) -> str:
    """Several emotions a sentence: one head an emotion, trained on all languages together; thresholds from training folds."""
    train: list[dict[str, str]] = []
    for path in sorted((source.data / "brighter").glob("*-train.csv")):
        train += _emotional(path)
    vectors = source.encoder.encode_messages([row["text"] for row in train])
    names = [name for name in train[0] if name not in ("id", "text", "language")]
    fold = np.random.default_rng(SEED).integers(0, 3, len(train))
    heads = {}
    for name in names:
        known = np.array([row.get(name, "") in ("0", "1") for row in train])
        gold = np.array([row.get(name) == "1" for row in train]).astype(np.int64)
        margins = np.zeros(len(train))
        for k in range(3):
            fit, rest = np.flatnonzero(known & (fold != k)), np.flatnonzero(known & (fold == k))
            margins[rest] = _margin(_fit(train, vectors, gold, fit), [train[i]["text"] for i in rest], vectors[rest])
        grid = np.linspace(-1.5, 1.0, 51)
        at = max(grid, key=lambda t: f1_score(gold[known], margins[known] >= t))
        heads[name] = (_fit(train, vectors, gold, np.flatnonzero(known)), at)
    lines = ["| BRIGHTER | measured on | n | macro-F1 |", "| --- | --- | --- | --- |"]
    means = []
    for code in BRIGHTER:
        path, what = source.part(f"brighter/{code}-dev.csv", "dev")
        test = _emotional(path)
        texts = [row["text"] for row in test]
        v = source.encoder.encode_messages(texts)
        scores = []
        for name, (head, at) in heads.items():
            if name in test[0]:
                gold = [row[name] == "1" for row in test]
                if any(gold):
                    scores.append(f1_score(gold, _margin(head, texts, v) >= at))
        means.append(float(np.mean(scores)))
        lines.append(f"| {code} | {what} | {len(test)} | {means[-1]:.3f} |")
        source.result[f"BRIGHTER_{code}"] = round(means[-1], 4)
    lines.append(f"| mean of {len(BRIGHTER)} | | | {np.mean(means):.3f} |")
    source.result["BRIGHTER_mean"] = round(float(np.mean(means)), 4)
    return "\n".join(lines)


def _emotional(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fit(rows: Sequence[dict[str, str]], vectors: np.ndarray, gold: np.ndarray, where: np.ndarray) -> LinearHead:
    return LinearHead.fit([rows[i]["text"] for i in where], vectors[where], gold[where], 2, SEED)


def _margin(head: LinearHead, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    return np.asarray(head.logits(texts, vectors)[:, 1])


if __name__ == "__main__":
    main()
