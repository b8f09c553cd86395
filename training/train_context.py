"""Learn what a conversation adds to a message's own displeasure: how it goes on, and what the shop said last.

    python training/train_context.py [--out FILE]

Reads ``training/data/dialogues``, labelled turn by turn, and writes the arrays ``context*``, ``turn*`` and ``answer*`` into the
heads file, whose others it leaves. What the wording of an exchange tells is read, for the fit, by a classifier that has not
learned from the same group of authors. The report is cross-validated by language; ``evals/handover.py`` measures on dialogues
by other authors.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.encoder.wording import Weighting
from cs_assist.triage.arrays import load_arrays
from cs_assist.triage.cleaning import clean
from cs_assist.triage.context import FEATURES, Reading, features, row
from cs_assist.triage.heads import EXCHANGE, SHIPPED, Heads
from cs_assist.triage.salutation import without_salutation
from cs_assist.triage.training import matrix
from training import corpora
from training.wording import store

DATA = Path(__file__).parent / "data" / "dialogues"
STRENGTH = 0.1  # of the logistic regression (its C)
VECTORS = 3.0  # how much a vector's coordinate weighs beside a standardised feature
WORDING = 0.3  # strength (C) of the classifier that hears the exchange
STRIKES = 2  # dissatisfied messages in a row that call a person
SEED = 20261123


def main() -> None:
    """Fit, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    encoder = OnnxEncoder()
    dialogues = [
        {**json.loads(line), "author": path.parent.name}
        for path in sorted(DATA.glob("*/*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    arrays: dict[str, Any] = dict(load_arrays(arguments.out))
    heads = Heads(arguments.out, revision=encoder.revision)
    x, y, groups = rows(dialogues, encoder, heads)
    first, opens = opening(dialogues, encoder, heads)
    x[:, FEATURES.index("exchange")] = exchange = hear(dialogues, y, arrays)
    plain = x.shape[1] - 3 * encoder.dimension  # what is no coordinate of a vector
    scale = np.concatenate([x[:, :plain].std(0) + 1e-6, np.full(x.shape[1] - plain, 1 / VECTORS)])
    mean = np.concatenate([x[:, :plain].mean(0), np.zeros(x.shape[1] - plain)])
    z = (x - mean) / scale
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    crossed = cross_val_predict(model, z, y, groups=groups, cv=GroupKFold(6), method="predict_proba")[:, 1]
    at = max(np.linspace(0.2, 0.8, 61), key=lambda t: handed_over_rightly(dialogues, opens >= first, crossed >= t))
    print(
        f"later turns of {len(dialogues)} dialogues, n={len(y)}, across languages: ROC AUC of the message alone "
        f"{roc_auc_score(y, x[:, 0]):.4f}, of the exchange's wording "
        f"{roc_auc_score(y, exchange):.4f}, in context {roc_auc_score(y, crossed):.4f}; from {at:.2f} on: F1 "
        f"{f1_score(y, crossed >= at):.3f}, right {np.mean((crossed >= at) == y):.3f}, of the dialogues "
        f"{handed_over_rightly(dialogues, opens >= first, crossed >= at):.3f}"
    )
    fitted = model.fit(z, y)
    weights = fitted.coef_[0] / scale
    arrays["dissatisfied.threshold"] = np.float32(first)
    arrays["context"] = np.array([*weights, fitted.intercept_[0] - weights @ mean], np.float32)
    arrays["context.threshold"] = np.float32(at)
    np.savez_compressed(arguments.out, **arrays)


def hear(dialogues: list[dict[str, Any]], gold: np.ndarray, arrays: dict[str, Any]) -> np.ndarray:
    """Add to ``arrays`` what the wording of exchanges teaches; return what it says of each, read by what other authors taught."""
    exchanges = [(d["author"], *texts) for d in dialogues for texts in later_turns(d)]
    authors = np.array([author for author, *_ in exchanges])
    weighting = Weighting(
        arrays["wording.seen"], arrays["wording.rarity"].astype(np.float32),
        buckets=int(arrays["wording.buckets"]), longest=int(arrays["wording.longest"]),
    )  # fmt: skip
    width = len(arrays["wording.seen"])
    words = hstack([matrix(weighting, [texts[at] for _, *texts in exchanges], width) for at in range(len(EXCHANGE))]).tocsr()
    heard = np.zeros(len(gold))
    for author in sorted(set(authors)):
        here = authors == author
        heard[here] = words[here] @ _fit(words[~here], gold[~here]).coef_[0]
    weights = _fit(words, gold).coef_
    for at, name in enumerate(EXCHANGE):
        store(arrays, name, weights[:, at * width : (at + 1) * width])
    return heard


def _fit(words: Any, gold: np.ndarray) -> LinearSVC:
    return LinearSVC(C=WORDING, random_state=SEED).fit(words, gold)


def later_turns(dialogue: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every later customer turn that is no bare answer, with what the shop said before it."""
    said, first = "", True
    for turn in dialogue["turns"]:
        text = without_salutation(clean(turn["text"], mail=False).text)
        if turn["role"] != "customer":
            said = text
        else:
            if not first and not turn["bare"]:
                yield text, said
            first = False


def handed_over_rightly(dialogues: list[dict[str, Any]], first: np.ndarray, later: np.ndarray) -> float:
    """Return the share of dialogues in which two dissatisfied turns in a row are heard where they are, or nowhere.

    Dialogues that need a person for another reason are left out.

    Args:
        dialogues: The labelled dialogues.
        first: Whether each one's opening is heard as dissatisfied.
        later: The same of every later customer turn that is no bare answer, as ``rows`` returns them.
    """
    heard, right, counted = iter(later), 0, 0
    for dialogue, opens in zip(dialogues, first, strict=True):
        strikes, due, begun = 0, None, False
        for at, turn in enumerate(dialogue["turns"]):
            if turn["role"] != "customer" or (begun and turn["bare"]):
                continue
            strikes = strikes + 1 if (next(heard) if begun else opens) else 0
            begun = True
            due = at if due is None and strikes == STRIKES else due
        if dialogue["rule"] in ("a", None):
            counted += 1
            right += due == dialogue["handover_turn"]
    return right / counted


def opening(dialogues: list[dict[str, Any]], encoder: OnnxEncoder, heads: Heads) -> tuple[float, np.ndarray]:
    """Return the probability from which a first message counts as dissatisfied, and how likely each opening is to be so.

    It has the best F1 on average over messages that the fine-tuning held out, hard on purpose, and openings of dialogues.
    """
    _, held = corpora.held_out(corpora.messages())
    sets = [
        ([row["text"] for row in held], [row["dissatisfied"] == "1" for row in held]),
        (
            [without_salutation(d["turns"][0]["text"]) for d in dialogues],
            [bool(d["turns"][0].get("dissatisfied")) for d in dialogues],
        ),
    ]
    grid = np.linspace(0.1, 0.8, 71)
    scores = []
    for texts, labels in sets:
        p = heads.score(encoder.encode_messages(texts), texts).dissatisfied
        scores.append([f1_score(labels, p >= t) for t in grid])
        print(f"n={len(texts)}: best F1 {max(scores[-1]):.3f} from {grid[int(np.argmax(scores[-1]))]:.2f}")
    best = int(np.mean(scores, axis=0).argmax())
    print(f"first messages: from {grid[best]:.2f} on, F1 {scores[0][best]:.3f} and {scores[1][best]:.3f}")
    return float(grid[best]), np.asarray(p)


def rows(dialogues: list[dict[str, Any]], encoder: OnnxEncoder, heads: Heads) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the head hears of every later customer turn that is no bare answer, its label, and its language."""
    texts = [without_salutation(clean(turn["text"], mail=False).text) for d in dialogues for turn in d["turns"]]
    vectors = encoder.encode_messages(texts)
    scores = heads.score(vectors, texts)
    half, at = encoder.dimension, 0
    found, labels, groups = [], [], []
    for dialogue in dialogues:
        before: list[Reading] = []
        said: list[np.ndarray] = []
        answered = False
        for turn in dialogue["turns"]:
            vector = vectors[at, :half]
            if turn["role"] != "customer":
                answered = answered or bool(before)
                said.append(vector)
            else:
                now = Reading(vector, scores.intents[at], float(scores.displeasure[at]))
                if before and not turn["bare"]:
                    plain = features(now, before, said, answered=answered)
                    found.append(row(plain, vectors[at], scores.emotions[at], said[-4:]))
                    labels.append(bool(turn["dissatisfied"]))
                    groups.append(dialogue["lang"])
                before.append(now)
            at += 1
    return np.array(found), np.array(labels), np.array(groups)


if __name__ == "__main__":
    main()
