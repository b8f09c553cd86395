"""What is learned from the wording of texts, put beside what the encoder says of them.

A linear classifier over hashed n-grams reads less well than the encoder, but errs elsewhere: it has no notion of meaning,
and remembers turns of phrase that a small encoder blurs. How much it counts beside the encoder in the heads is chosen on
groups of authors that the encoder has not learned from, each read by a classifier that has not learned from that group either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.svm import LinearSVC

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.encoder.wording import Weighting
from cs_assist.triage.heads import WORDED
from cs_assist.triage.training import matrix, nll, rarities
from training import corpora
from training.labels import LABELS

#: So many that hardly two n-grams share one, and pieces of up to five characters: with a sixteenth of the buckets and pieces of
#: four, 0.006 fewer of the sixth group's intents are read rightly; so are they where the n-grams that weigh least are left out.
BUCKETS, LONGEST = 2**22, 5
LEAST = 3  # texts that an n-gram occurs in
STRENGTH = 1.0  # of the classifier (its C); a third of it reads 0.010 fewer intents rightly
SEED = 20261122
WEIGHTS = np.geomspace(0.25, 8, 21)
HEATS = np.geomspace(0.5, 4, 31)
Arrays = dict[str, Any]


def add_wording(arrays: Arrays, rows: list[dict[str, str]], encoder: OnnxEncoder) -> np.ndarray:
    """Add to the heads in ``arrays`` what the wording of ``rows`` teaches, and print what it changes on unseen authors.

    Returns:
        The logits of the intents of the rows in ``corpora.UNSEEN``, in their order, none read by what it has taught.
    """
    texts = [row["text"] for row in rows]
    words = add_ngrams(arrays, texts, buckets=BUCKETS, longest=LONGEST)
    groups = np.array([row["group"] for row in rows])
    judges = np.flatnonzero(np.isin(groups, corpora.UNSEEN))
    vectors = encoder.encode_messages([texts[i] for i in judges])
    logits = {}
    for name in WORDED:
        gold = np.array([LABELS[name].index(row[name]) for row in rows])
        margins = np.zeros((len(rows), len(LABELS[name])), np.float32)
        for group in corpora.UNSEEN:
            here = groups == group
            margins[here] = _pairs(_fit(words[~here], gold[~here]).decision_function(words[here]))
        dense = _pairs(vectors @ arrays[f"{name}.weights"] + arrays[f"{name}.bias"])
        worded, right = margins[judges], gold[judges]
        weight, heat = min(
            ((w, t) for w in WEIGHTS for t in HEATS), key=lambda pair: nll(dense / pair[1] + pair[0] * worded, right)
        )
        both = logits[name] = dense + heat * weight * worded
        print(
            f"{name}: wording weighs {weight:.2f}; of {len(judges)} messages by unknown authors are read rightly by vectors "
            f"{_share(dense, right):.4f}, wording {_share(worded, right):.4f}, both {_share(both, right):.4f}",
            flush=True,
        )
        model = _fit(words, gold)
        store(arrays, name, model.coef_ * weight * heat)
        # What it says of every message.
        arrays[f"{name}.bias"] = (arrays[f"{name}.bias"] + weight * heat * model.intercept_).astype(np.float32)
    return logits["intent"]


def add_ngrams(arrays: Arrays, texts: Sequence[str], *, buckets: int, longest: int) -> Any:
    """Add the n-grams of ``texts``, as :class:`~cs_assist.encoder.wording.Wording` reads them, and return their weights."""
    seen, rarity = rarities(texts, buckets=buckets, longest=longest, least=LEAST)
    arrays |= {
        "wording.seen": seen.astype(np.int32),
        "wording.rarity": rarity.astype(np.float16),
        "wording.buckets": np.int64(buckets),
        "wording.longest": np.int64(longest),
    }
    return matrix(Weighting(seen, rarity, buckets=buckets, longest=longest), texts, len(seen))


def store(arrays: Arrays, name: str, weights: np.ndarray) -> None:
    """Add a reader's weights, one row a label and one column an n-gram, in 8 bits."""
    table = weights.T.astype(np.float32)
    scale = np.maximum(np.abs(table).max(0), 1e-9) / 127
    arrays[f"{name}.wording"] = np.rint(table / scale).astype(np.int8)
    arrays[f"{name}.wording_scale"] = scale.astype(np.float32)


def _fit(words: Any, gold: np.ndarray) -> LinearSVC:
    return LinearSVC(C=STRENGTH, random_state=SEED).fit(words, gold)


def _pairs(logits: np.ndarray) -> np.ndarray:
    """Return one column a label, also of a head with two labels, which has a single column."""
    logits = logits.reshape(len(logits), -1)
    return np.concatenate([np.zeros_like(logits), logits], 1) if logits.shape[1] == 1 else logits


def _share(logits: np.ndarray, gold: np.ndarray) -> float:
    return float(np.mean(logits.argmax(1) == gold))
