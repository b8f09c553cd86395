"""Train the heads over an encoder's vectors, with a cross-validated report.

    python training/train_heads.py [--encoder FOLDER] [--seed 20261121]

The temperatures, the threshold of dissatisfaction and the weight of the stated rules come from
out-of-fold predictions, so they are honest about messages that the heads have not seen.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, roc_auc_score

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import SHIPPED as ENCODER
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.heads import SHIPPED
from cs_assist.triage.signals import load_signals
from cs_assist.types import Emotion, Intent, Urgency
from training import corpora

FOLDS = 5
LABELS = {
    "intent": [i.value for i in Intent],
    "emotion": [e.value for e in Emotion],
    "dissatisfied": ["0", "1"],
    "urgency": [u.value for u in Urgency],
}
STRENGTH = {"intent": 8.0, "emotion": 4.0, "dissatisfied": 4.0, "urgency": 4.0}


def main() -> None:
    """Train all heads, print the report, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--seed", type=int, default=20261121)
    arguments = parser.parse_args()
    encoder = OnnxEncoder(arguments.encoder)
    rows = corpora.messages()
    vectors = encoder.encode_messages([row["text"] for row in rows])
    order = np.random.default_rng(arguments.seed).permutation(len(rows))
    folds = np.empty(len(rows), int)
    folds[order] = np.arange(len(rows)) % FOLDS
    arrays: dict[str, np.ndarray] = {"encoder": np.array(encoder.revision)}
    held_out = {}
    for name in LABELS:
        held_out[name] = _train(arrays, name, rows, vectors, folds, arguments.seed)
    _train_intensity(arrays, rows, vectors)
    _tune_signals(arrays, rows, held_out["intent"])
    _tune_dissatisfaction(arrays, rows, held_out["dissatisfied"])
    _report(rows, held_out)
    np.savez_compressed(arguments.out, **arrays)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB for encoder {encoder.revision}")


def _train(arrays: dict, name: str, rows: list, vectors: np.ndarray, folds: np.ndarray, seed: int) -> np.ndarray:
    """Fit one head, store it, and return calibrated out-of-fold probabilities."""
    labels = LABELS[name]
    gold = np.array([labels.index(row[name]) for row in rows])
    logits = np.zeros((len(rows), len(labels)), np.float32)
    for fold in range(FOLDS):
        train = folds != fold
        logits[~train] = head_logits(fit_head(vectors[train], gold[train], name, seed), vectors[~train], len(labels))
    heat = min(np.geomspace(0.4, 2.5, 40), key=lambda t: _nll(logits / t, gold))
    final = fit_head(vectors, gold, name, seed)
    weights, bias = _matrix(final, len(labels))
    if name == "dissatisfied":
        weights, bias, heat = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1], heat
    arrays |= {f"{name}.weights": weights, f"{name}.bias": bias, f"{name}.temperature": np.float32(heat)}
    arrays[f"{name}.labels"] = np.array(labels)
    powers = np.exp(logits / heat - (logits / heat).max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fit_head(vectors: np.ndarray, gold: np.ndarray, name: str, seed: int) -> LogisticRegression:
    """Return one head fitted on ``vectors``; the tolerance is far below the mean gradient of unit vectors."""
    return LogisticRegression(C=STRENGTH[name], max_iter=400, tol=1e-5, random_state=seed).fit(vectors, gold)


def _matrix(model: LogisticRegression, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (dimension x labels) and bias, two columns also where the model keeps one."""
    if labels == 2:
        return (np.concatenate([-model.coef_ / 2, model.coef_ / 2]).T.astype(np.float32),
                np.concatenate([-model.intercept_ / 2, model.intercept_ / 2]).astype(np.float32))  # fmt: skip
    return model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)


def head_logits(model: LogisticRegression, vectors: np.ndarray, labels: int) -> np.ndarray:
    """Return the head's logits for ``vectors``, one column a label."""
    weights, bias = _matrix(model, labels)
    return vectors @ weights + bias


def _nll(logits: np.ndarray, gold: np.ndarray) -> float:
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(gold)), gold]))


def _train_intensity(arrays: dict, rows: list, vectors: np.ndarray) -> None:
    model = Ridge(alpha=1.0).fit(vectors, np.array([float(row["intensity"]) for row in rows]))
    arrays["intensity.weights"] = model.coef_.astype(np.float32)[:, None]
    arrays["intensity.bias"] = np.array([model.intercept_], np.float32)
    arrays["intensity.temperature"] = np.float32(1)


def _tune_signals(arrays: dict, rows: list, intents: np.ndarray) -> None:
    """Learn, for each signal that is an intent, how the head's score and the rule's hit combine."""
    signals = load_signals()
    found = [{hit.signal for hit in signals.find(row["text"])} for row in rows]
    for name in ("safety_issue", "legal_threat", "human_request"):
        p = intents[:, LABELS["intent"].index(name)]
        odds = np.log((p + 1e-4) / (1 - p + 1e-4))
        hit = np.array([name in f for f in found], float)
        gold = np.array([row["intent"] == name for row in rows], int)
        model = LogisticRegression(C=10).fit(np.c_[odds, hit], gold)
        arrays[f"signal.{name}"] = np.array([*model.coef_[0], model.intercept_[0]], np.float32)
        both = model.predict_proba(np.c_[odds, hit])[:, 1] >= 0.5
        print(f"{name}: rule recall {hit[gold == 1].mean():.3f} precision {gold[hit == 1].mean():.3f}; "
              f"with the head recall {both[gold == 1].mean():.3f} precision {gold[both].mean():.3f} n={gold.sum()}")  # fmt: skip


def _tune_dissatisfaction(arrays: dict, rows: list, p: np.ndarray) -> None:
    gold = np.array([row["dissatisfied"] == "1" for row in rows], int)
    grid = np.linspace(0.2, 0.8, 61)
    arrays["dissatisfied.threshold"] = np.float32(max(grid, key=lambda t: f1_score(gold, p[:, 1] >= t)))


def _report(rows: list, held_out: dict[str, np.ndarray]) -> None:
    intents = np.array([row["intent"] for row in rows])
    guess = np.array(LABELS["intent"])[held_out["intent"].argmax(1)]
    first3 = np.sort(held_out["intent"].argsort(1)[:, -3:])
    gold3 = np.array([LABELS["intent"].index(i) for i in intents])
    print(f"intent accuracy {np.mean(guess == intents):.4f}, among three {np.mean((first3 == gold3[:, None]).any(1)):.4f}")
    languages = np.array([row["language"] for row in rows])
    for language in sorted(set(languages)):
        here = languages == language
        print(f"  {language:8} n={here.sum():4} {np.mean(guess[here] == intents[here]):.3f}")
    emotions = [row["emotion"] for row in rows]
    guesses = np.array(LABELS["emotion"])[held_out["emotion"].argmax(1)]
    print(f"emotion macro-F1 {f1_score(emotions, guesses, average='macro'):.4f}")
    print(
        f"dissatisfaction AUC {roc_auc_score([row['dissatisfied'] == '1' for row in rows], held_out['dissatisfied'][:, 1]):.4f}"
    )


if __name__ == "__main__":
    main()
