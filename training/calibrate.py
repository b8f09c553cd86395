"""Write the heads that ship: those of the fine-tuning and what wording adds, with probabilities that can be believed.

    python training/calibrate.py --finetuned FOLDER [--encoder FOLDER] [--out FILE]

Temperatures, thresholds and the weight of the stated rules come from the messages that the fine-tuning held out
(``corpora.held_out``), read by the quantised encoder that ships. What earlier turns add is learned afterwards, by
``train_context.py``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import SHIPPED as ENCODER
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.encoder.wording import Wording
from cs_assist.quality.classification import expected_calibration_error
from cs_assist.triage.arrays import softmax
from cs_assist.triage.heads import GRAVE, SHIPPED, WORDED
from cs_assist.triage.signals import load_signals
from cs_assist.triage.training import nll, sure_from
from training import corpora
from training.labels import LABELS
from training.wording import add_wording

SEED = 20261121
ALARM_STRENGTH, ALARM_SCALE, ALARM_WEIGHT = 0.05, 10.0, 4.0  # of a grave message against another
Arrays = dict[str, Any]


def main() -> None:
    """Calibrate, report, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finetuned", required=True, type=Path, help="folder that finetune.py wrote")
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    encoder = OnnxEncoder(arguments.encoder)
    arrays = take_heads(arguments.finetuned, encoder.revision)
    train, rows = corpora.held_out(corpora.messages(corpora.EVERY))
    judged = add_wording(arrays, train, encoder)
    texts = [row["text"] for row in rows]
    vectors, words = encoder.encode_messages(texts), Wording(arrays, WORDED).logits(texts)
    print(f"{len(rows)} held-out messages")
    logits = {name: vectors @ arrays[f"{name}.weights"] + arrays[f"{name}.bias"] + words[name] for name in WORDED}
    for name in LABELS:
        calibrate_head(arrays, name, logits[name], rows)
    intents = softmax(logits["intent"] / arrays["intent.temperature"])
    tune_intents(arrays, rows, intents)
    train_secondary(arrays, [row for row in train if row["group"] in corpora.GROUPS], encoder)
    judges = [row for row in train if row["group"] in corpora.UNSEEN]
    judged = softmax(judged / arrays["intent.temperature"])
    tune_secondary(arrays, judges, judged, encoder)
    alarms = train_alarms(arrays, [row for row in train if row["group"] not in corpora.GROUPS], encoder)
    alarms = np.concatenate([alarms, vectors @ arrays["alarm.weights"] + arrays["alarm.bias"]])
    tune_signals(arrays, [*judges, *rows], np.concatenate([judged, intents]), alarms)
    tune_dissatisfaction(arrays, rows, logits["dissatisfied"][:, 0] / arrays["dissatisfied.temperature"])
    np.savez_compressed(arguments.out, **arrays)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB for encoder {encoder.revision}")


def take_heads(finetuned: Path, revision: str) -> Arrays:
    """Return the fine-tuned heads as arrays over unit vectors, without calibration."""
    arrays: Arrays = {"encoder": np.array(revision)}
    with np.load(finetuned / "finetuned_heads.npz", allow_pickle=False) as found:
        scale = float(found["scale"])
        for name in (*LABELS, "intensity"):
            arrays[f"{name}.weights"] = (found[f"{name}.weight"].T * scale).astype(np.float32)
            arrays[f"{name}.bias"] = found[f"{name}.bias"].astype(np.float32)
            arrays[f"{name}.temperature"] = np.float32(1)
    for name, labels in LABELS.items():
        arrays[f"{name}.labels"] = np.array(labels)
    return arrays


def calibrate_head(arrays: Arrays, name: str, logits: np.ndarray, rows: list[dict[str, str]]) -> None:
    """Choose the temperature with the highest likelihood of the right labels."""
    gold = np.array([LABELS[name].index(row[name]) for row in rows])
    if name == "dissatisfied":
        logits = np.concatenate([np.zeros_like(logits), logits], 1)
    heat = min(np.geomspace(0.3, 4, 80), key=lambda t: nll(logits / t, gold))
    arrays[f"{name}.temperature"] = np.float32(heat)
    p = softmax(logits / heat)
    ece = expected_calibration_error(p.max(1), p.argmax(1) == gold)
    print(f"{name}: accuracy {np.mean(p.argmax(1) == gold):.4f}, temperature {heat:.3f}, expected calibration error {ece:.4f}")
    if name == "emotion":
        print(f"emotion macro-F1 {f1_score(gold, p.argmax(1), average='macro'):.4f}")


def asked_besides(rows: list[dict[str, str]]) -> np.ndarray:
    """Return, one row a message and one column an intent, whether it is labelled as asked besides."""
    labels = LABELS["intent"]
    found = np.zeros((len(rows), len(labels)), bool)
    for i, row in enumerate(rows):
        for name in row["secondary"].replace(";", ",").split(","):
            if name.strip() in labels:
                found[i, labels.index(name.strip())] = True
    return found


def train_secondary(arrays: Arrays, rows: list[dict[str, str]], encoder: OnnxEncoder) -> None:
    """Fit, for each intent, whether it is asked besides, on the training messages."""
    vectors = encoder.encode_messages([row["text"] for row in rows])
    labels = asked_besides(rows)
    columns = [
        LinearSVC(C=0.3, random_state=SEED).fit(vectors, labels[:, i]) if labels[:, i].any() else None
        for i in range(len(labels[0]))
    ]
    arrays["secondary.weights"] = np.stack([c.coef_[0] if c else np.zeros(vectors.shape[1]) for c in columns], 1).astype(
        np.float32
    )
    arrays["secondary.bias"] = np.array([c.intercept_[0] if c else -1.0 for c in columns], np.float32)
    arrays["secondary.temperature"] = np.float32(1)


def tune_intents(arrays: Arrays, rows: list[dict[str, str]], p: np.ndarray) -> None:
    """Choose from when a first intent is sure."""
    gold = np.array([LABELS["intent"].index(row["intent"]) for row in rows])
    arrays["intent.unsure_below"] = np.float32(sure_from(p, gold))
    print(
        f"sure from {arrays['intent.unsure_below']:.3f}: {np.mean(p.max(1) >= arrays['intent.unsure_below']):.3f} of the messages"
    )


def tune_secondary(arrays: Arrays, rows: list[dict[str, str]], p: np.ndarray, encoder: OnnxEncoder) -> None:
    """Learn how likely other intents are asked besides, and from when they count, on authors that nothing has learned from."""
    margins = encoder.encode_messages([row["text"] for row in rows]) @ arrays["secondary.weights"] + arrays["secondary.bias"]
    others = np.ones(p.shape, bool)
    others[np.arange(len(p)), p.argmax(1)] = False
    x = np.stack([margins[others], np.log(np.maximum(p[others], 1e-6))], 1)
    named = asked_besides(rows)[others]
    model = LogisticRegression(C=100).fit(x, named)
    arrays["secondary"] = np.array([*model.coef_[0], model.intercept_[0]], np.float32)
    chance = model.predict_proba(x)[:, 1]
    best = max(np.linspace(0.05, 0.6, 56), key=lambda t: f1_score(named, chance >= t))
    arrays["secondary.threshold"] = np.float32(best)
    hits = int((named & (chance >= best)).sum())
    print(f"secondary from {best:.2f}: precision {hits / max(1, (chance >= best).sum()):.3f} recall {hits / named.sum():.3f} "
          f"n={named.sum()}")  # fmt: skip


def train_alarms(arrays: Arrays, rows: list[dict[str, str]], encoder: OnnxEncoder) -> np.ndarray:
    """Learn what hears each grave intent alone, from authors that the encoder has not learned from.

    The fine-tuned head has seen few hazards that are told by the situation alone. Of those in ``corpora.GRAVE`` a reader that has
    not seen the same author hears 0.94 at a precision of 0.85, the fine-tuned head with the wording 0.84.

    Returns:
        The log odds of the rows in ``corpora.UNSEEN``, in their order, each by what the other groups taught.
    """
    vectors = encoder.encode_messages([row["text"] for row in rows]) * ALARM_SCALE
    groups = np.array([row["group"] for row in rows])
    counts = np.where(np.isin(groups, corpora.GRAVE), ALARM_WEIGHT, 1.0)
    odds = np.zeros((len(rows), len(GRAVE)))
    weights, biases = [], []
    for at, name in enumerate(GRAVE):
        gold = np.array([row["intent"] == name for row in rows])
        for group in corpora.UNSEEN:
            here = groups == group
            odds[here, at] = _hears(vectors[~here], gold[~here], counts[~here]).decision_function(vectors[here])
        model = _hears(vectors, gold, counts)
        weights.append(model.coef_[0] * ALARM_SCALE)
        biases.append(model.intercept_[0])
    arrays["alarm.weights"] = np.stack(weights, 1).astype(np.float32)
    arrays["alarm.bias"] = np.array(biases, np.float32)
    arrays["alarm.temperature"] = np.float32(1)
    return odds[np.isin(groups, corpora.UNSEEN)]


def _hears(vectors: np.ndarray, gold: np.ndarray, counts: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=ALARM_STRENGTH, max_iter=500).fit(vectors, gold, sample_weight=counts)


def tune_signals(arrays: Arrays, rows: list[dict[str, str]], intents: np.ndarray, alarms: np.ndarray) -> None:
    """Learn, for each grave intent, how the head's score, the rule's hit and the alarm combine."""
    signals = load_signals()
    found = [{hit.signal for hit in signals.find(row["text"])} for row in rows]
    for at, name in enumerate(GRAVE):
        p = intents[:, LABELS["intent"].index(name)]
        odds = np.log((p + 1e-4) / (1 - p + 1e-4))
        hit = np.array([name in f for f in found], float)
        gold = np.array([row["intent"] == name for row in rows], int)
        x = np.c_[odds, hit, alarms[:, at]]
        model = LogisticRegression(C=10).fit(x, gold)
        arrays[f"signal.{name}"] = np.array([*model.coef_[0], model.intercept_[0]], np.float32)
        chance = model.predict_proba(x)[:, 1]
        named = gold.astype(bool) | np.array([name in row["secondary"] for row in rows])
        arrays[f"possible.{name}"] = np.float32(possible_from(chance, named))
        both, possible = chance >= 0.5, chance >= arrays[f"possible.{name}"]
        print(f"{name} possible from {arrays[f'possible.{name}']:.3f}: recall {possible[gold == 1].mean():.3f} "
              f"precision {named[possible].mean():.3f}")  # fmt: skip
        print(f"{name}: rule recall {hit[gold == 1].mean():.3f} precision {gold[hit == 1].mean():.3f}; "
              f"with the head recall {both[gold == 1].mean():.3f} precision {gold[both].mean():.3f} n={gold.sum()}")  # fmt: skip


def possible_from(p: np.ndarray, named: np.ndarray, *, precision: float = 0.85) -> float:
    """Return the lowest probability above which alarms are right as often as ``precision`` says; 0.5 at most."""
    order = p.argsort()[::-1]
    precisions = np.cumsum(named[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precisions >= precision)
    return min(0.5, float(p[order[good[-1]]])) if len(good) else 0.5


def tune_dissatisfaction(arrays: Arrays, rows: list[dict[str, str]], logits: np.ndarray) -> None:
    """Choose the threshold with the best F1."""
    gold = np.array([row["dissatisfied"] == "1" for row in rows], int)
    p = 1 / (1 + np.exp(-logits))
    arrays["dissatisfied.threshold"] = np.float32(max(np.linspace(0.2, 0.8, 61), key=lambda t: f1_score(gold, p >= t)))
    print(f"dissatisfaction ROC AUC {roc_auc_score(gold, p):.4f}, threshold {arrays['dissatisfied.threshold']:.2f}")


if __name__ == "__main__":
    main()
