"""Train the language head on customers' messages, shops' sentences and public ones.

    python training/train_language.py --text DATA [--evaluate]

``--evaluate`` cross-validates on the messages (5 folds) instead of writing the head.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.triage.language import BUCKETS, MODEL, ngrams
from training import corpora

DATA = Path(__file__).parent / "data"
OTHER = DATA / "other_languages"
MERGED = {"es-419": "es", "pt-BR": "pt"}  # the head does not tell regional styles
SEED = 20261121


def main() -> None:
    """Train and write the head, or evaluate it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, type=Path, help="folder with the public sets (langid/)")
    parser.add_argument("--evaluate", action="store_true")
    arguments = parser.parse_args()
    own, public = messages(), [*shop_sentences(), *sentences(arguments.text)]
    if arguments.evaluate:
        evaluate(own, public)
        return
    head = fit(own + public)
    np.savez_compressed(MODEL, **quantise(head), temperature=np.float64(temperature(own, public)))
    print(f"{MODEL}: {MODEL.stat().st_size / 1e6:.2f} MB")


def messages() -> list[tuple[str, str]]:
    """Return (text, label) of our messages: Spanish and Portuguese without their regional styles."""
    rows = corpora.held_out(corpora.messages((*corpora.EVERY, *corpora.KEPT)))[0]
    return [(row["text"], MERGED.get(row["language"], row["language"])) for row in rows]


def shop_sentences() -> list[tuple[str, str]]:
    """Return (text, label) of what shops write: replies are read, too, and no customer is as formal."""
    rows = []
    for path in sorted((DATA / "claims").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            found = [cells[1] for cells in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(cells) == 2]
        rows += [(text, MERGED.get(path.stem, path.stem)) for text in found]
    for path in sorted((DATA / "contradictions").glob("*.jsonl")):
        label = MERGED.get(path.stem, path.stem)
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            rows += [(text, label) for text in (case["evidence"], *case["agrees"])]
    return rows


def sentences(root: Path) -> list[tuple[str, str]]:
    """Return (text, label) of public sentences, and of languages that are not ours (``und-other``)."""
    rows = []
    for path in sorted((root / "langid").glob("*.txt")):
        label = {"zh": "zh-Hans"}.get(path.stem, path.stem)
        rows += [(line, label) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for path in sorted(OTHER.glob("*.txt")):
        rows += [(line, "und-other") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return rows


def features(texts: list[str]) -> csr_matrix:
    """Return the sparse n-gram counts of ``texts``, each row divided by the root of its n-gram count."""
    data, indices, starts = [], [], [0]
    for text in texts:
        counts = Counter(ngrams(text).tolist())
        total = max(1, sum(counts.values()))
        indices += list(counts)
        data += [n / np.sqrt(total) for n in counts.values()]
        starts.append(len(indices))
    return csr_matrix((data, indices, starts), shape=(len(texts), BUCKETS))


def fit(rows: list[tuple[str, str]]) -> LinearSVC:
    """Return a linear head over the n-grams of ``rows``; short starts of messages are added.

    Customers write "ok merci" as often as a sentence, so each message also counts by its first two words.
    """
    extra = [(" ".join(text.split()[:2]), label) for text, label in rows if len(text.split()) > 4]
    texts, labels = zip(*(rows + extra), strict=True)
    # Margins with a temperature are as well calibrated here as a logistic regression, in a tenth of the time.
    return LinearSVC(C=1, random_state=SEED).fit(features(list(texts)), labels)


def quantise(head: LinearSVC) -> dict[str, np.ndarray]:
    """Return the head's arrays with 8-bit weights, a scale a language."""
    scales = np.abs(head.coef_).max(1) / 127
    codes = np.rint(head.coef_ / scales[:, None]).astype(np.int8).T
    return {"labels": np.array(head.classes_.tolist()), "codes": codes, "scales": scales, "bias": head.intercept_}


def temperature(own: list[tuple[str, str]], public: list[tuple[str, str]]) -> float:
    """Return the temperature that calibrates the head on a held-out fifth of the messages."""
    test = own[::5]
    head = fit([row for i, row in enumerate(own) if i % 5] + public)
    logits = features([text for text, _ in test]) @ head.coef_.T + head.intercept_
    where = [list(head.classes_).index(label) for _, label in test]
    grid = np.geomspace(0.05, 4, 60)
    return float(min(grid, key=lambda t: _nll(logits / t, where)))


def _nll(logits: np.ndarray, where: list[int]) -> float:
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(where)), where]))


def evaluate(own: list[tuple[str, str]], public: list[tuple[str, str]]) -> None:
    """Print cross-validated accuracy by language, without any prior."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for fold in range(5):
        test = [row for i, row in enumerate(own) if i % 5 == fold]
        train = [row for i, row in enumerate(own) if i % 5 != fold]
        head = fit(train + public)
        for (_, label), guess in zip(test, head.predict(features([text for text, _ in test])), strict=True):
            total[label] += 1
            right[label] += guess == label
    for label in sorted(total):
        print(f"{label:9} n={total[label]:5} accuracy={right[label] / total[label]:.4f}")
    print(f"all       n={sum(total.values()):5} accuracy={sum(right.values()) / sum(total.values()):.4f}")


if __name__ == "__main__":
    main()
