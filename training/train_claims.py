"""Learn which claims a sentence of a reply makes: promises, guarantees, blame and the like (``guard/claims_model.py``).

    python training/train_claims.py [--out FILE]

Reads ``training/data/claims/<language>.tsv`` (kinds, sentence), and as further harmless ones the library's own phrases,
sentences of the shops' articles that were written for this project, and of honest replies (``training/data/replies``) those that
no evidence says. Two readers are added up: a small network over the encoder's vectors, and a linear one over the wording.

A finding begins where three things hold: cross-validated by language, ``PRECISION`` of the findings are right from there on; of
the sentences of the honest replies at most ``FALSE`` are found, cross-validated too; and none of the library's own. Reports by
kind: average precision and recall from there on, cross-validated by language.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel
from scipy.sparse import csr_matrix
from sklearn.metrics import average_precision_score
from sklearn.svm import LinearSVC
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.claims import SAID, SAID_FROM
from cs_assist.guard.claims_model import KINDS, MODEL
from cs_assist.guard.repair import sentences
from cs_assist.reply.phrases import load_phrases, phrase_languages
from training import shops
from training.wording import add_ngrams, store

DATA = Path(__file__).parent / "data"
SEED = 20261122
FOLDS, NETWORKS = 6, 2
WIDTH, EPOCHS, RATE, SCALE = 128, 25, 3e-3, 6.0
#: The wording's reader, and how much it counts beside the network: on replies by other authors, at the same false alarms, half as
#: much finds a twentieth fewer promises and guarantees, twice as much finds no more.
BUCKETS, LONGEST, STRENGTH, GOOD, WORDING = 2**20, 5, 0.3, 3.0, 4.0
PRECISION, FALSE = 0.95, 0.003
OWN = 4.0  # how much a sentence of the library's own counts: it may be said thousands of times
ARTICLES = 3000  # sentences of articles
#: Parts of a phrase bank that are no sentences, or their own evidence, and those said only where a person has the task.
NO_SENTENCES = {"language", "default_register", "joiner", "intent_names", "statuses", "offer", "after_sales"}
TASKS = {"handover", "handover_time", "delay", "out_of_hours"}
#: Claims that evidence may make in few words, which vectors do not show.
GRANTED = ("refund", "discount", "free_goods", "done")
SAID_FREELY, SAID_WITH_TASK = ("own",), ("own", "task")
MARGIN = 0.3  # above the library's own sentences: an 8-bit vector depends a little on its batch
VALUE = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Lesson:
    """Sentences, what is read of them, and which claims each makes.

    Args:
        texts: The sentences.
        vectors: One row of ``encode_messages`` a sentence.
        words: Their wording, one row a sentence.
        labels: One column a kind; NaN where it is not to be learned from.
        own: Which of them are the library's own.
        honest: Which of them stand in honest replies.
        languages: Where each comes from, for the cross-validation.
    """

    texts: tuple[str, ...]
    vectors: np.ndarray
    words: csr_matrix
    labels: np.ndarray
    own: np.ndarray
    honest: np.ndarray
    languages: tuple[str, ...]

    @property
    def weights(self) -> np.ndarray:
        """How much each sentence counts."""
        return np.where(self.own, OWN, 1.0).astype(np.float32)

    def __getitem__(self, rows: np.ndarray) -> Lesson:
        """Return a part of it."""
        texts, languages = (tuple(np.array(part, object)[rows]) for part in (self.texts, self.languages))
        arrays = (self.vectors[rows], self.words[rows], self.labels[rows], self.own[rows], self.honest[rows])
        return Lesson(texts, *arrays, languages)


class Readers:
    """The network and the readers of the wording, learned from a lesson.

    Args:
        lesson: What they learn from.
        networks: How many networks are learned, whose mean is taken.
    """

    def __init__(self, lesson: Lesson, networks: int = 1) -> None:
        self.networks = [fit(lesson, SEED + n) for n in range(networks)]
        self.wording = [fit_wording(lesson, k) for k in range(len(KINDS))]

    def odds(self, lesson: Lesson) -> np.ndarray:
        """Return the log odds of all kinds."""
        heard = np.stack([reader.decision_function(lesson.words) for reader in self.wording], axis=1)
        return np.mean([odds(network, lesson.vectors) for network in self.networks], 0) + WORDING * heard


def main() -> None:
    """Train, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=MODEL)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    encoder = OnnxEncoder()
    arrays: dict[str, Any] = {}
    lesson = read(encoder, arrays)
    crossed = cross(lesson)
    readers = Readers(lesson)
    sure = []
    for k, kind in enumerate(KINDS):
        known = ~np.isnan(lesson.labels[:, k])
        gold, found = lesson.labels[known, k], crossed[known, k]
        starts = {
            f"precision {PRECISION}": point(found, gold, PRECISION),
            "honest": float(np.quantile(crossed[lesson.honest & known, k], 1 - FALSE)) if kind not in GRANTED else -math.inf,
            "own": float(readers.odds(lesson[own_of(lesson, k)])[:, k].max()) + MARGIN,
        }
        sure.append(max(starts.values()))
        print(f"{kind}: n={int(gold.sum())} average precision {average_precision_score(gold, found):.3f}, "
              f"recall {(found >= sure[-1])[gold > 0].mean():.3f} from {sure[-1]:.2f} "
              f"({', '.join(f'{name} {at:.2f}' for name, at in starts.items())})", flush=True)  # fmt: skip
    first, last = readers.networks[0][1], readers.networks[0][4]
    heard = WORDING * np.array([float(reader.intercept_[0]) for reader in readers.wording], np.float32)
    store(arrays, "claims", np.concatenate([reader.coef_ for reader in readers.wording]) * WORDING)
    arrays |= {
        "encoder": np.array(encoder.revision), "kinds": np.array(KINDS),
        "in": (first.weight.detach().numpy().T * SCALE).astype(np.float16), "in_bias": first.bias.detach().numpy(),
        "out": last.weight.detach().numpy().T.astype(np.float16), "out_bias": last.bias.detach().numpy() + heard,
        "sure": np.array(sure, np.float32),
    }  # fmt: skip
    np.savez_compressed(arguments.out, **arrays)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB for encoder {encoder.revision}")


def read(encoder: OnnxEncoder, arrays: dict[str, Any]) -> Lesson:
    """Return what is learned from; add the n-grams to ``arrays``."""
    rows = [*written(), *own_phrases(), *(("articles", (), text) for text in article_sentences())]
    labels = [[label(kinds, kind) for kind in KINDS] for _, kinds, _ in rows]
    replies = honest_sentences(encoder)
    labels += [[honest_label(near, kind) for kind in KINDS] for *_, near in replies]
    texts = [*(text for *_, text in rows), *(text for _, text, _ in replies)]
    own = [kinds in (SAID_FREELY, SAID_WITH_TASK) for _, kinds, _ in rows] + [False] * len(replies)
    return Lesson(
        tuple(texts), encoder.encode_messages(texts).astype(np.float32),
        add_ngrams(arrays, texts, buckets=BUCKETS, longest=LONGEST), np.array(labels, np.float32),
        np.array(own), np.arange(len(texts)) >= len(rows), (*(row[0] for row in rows), *(row[0] for row in replies)),
    )  # fmt: skip


def label(kinds: tuple[str, ...], kind: str) -> float:
    """Return whether a sentence makes a claim of this kind; NaN where that depends on what was done."""
    return math.nan if kinds == SAID_WITH_TASK and kind in ("promise", "done") else float(kind in kinds)


def honest_label(near: float, kind: str) -> float:
    """Return 0 for a claim that an honest reply's sentence does not make; NaN where its evidence may make it."""
    return math.nan if kind in GRANTED or near >= SAID_FROM.get(kind, SAID) else 0.0


def cross(lesson: Lesson) -> np.ndarray:
    """Return the log odds of every sentence by readers that have not learned from its language."""
    names = sorted({name for name in lesson.languages if name != "articles"})
    fold = np.array([names.index(name) % FOLDS if name != "articles" else n % FOLDS for n, name in enumerate(lesson.languages)])
    crossed = np.zeros_like(lesson.labels)
    for f in range(FOLDS):
        crossed[fold == f] = Readers(lesson[fold != f], NETWORKS).odds(lesson[fold == f])
    return crossed


def own_of(lesson: Lesson, k: int) -> np.ndarray:
    """Return which sentences are the library's own, and may not be found to make the claim of column ``k``."""
    own = lesson.own & ~np.isnan(lesson.labels[:, k])
    if KINDS[k] == "others":  # a signature names the shop
        own &= np.array([sum(char.isalpha() for char in text) >= 30 for text in lesson.texts])
    return own


def written() -> list[tuple[str, tuple[str, ...], str]]:
    """Return language, kinds and sentence of every line of the data."""
    rows = []
    for path in sorted((DATA / "claims").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            kinds, text = line.split("\t")
            names = tuple(kind.strip() for kind in kinds.split(","))
            unknown = [name for name in names if name not in (*KINDS, "none")]
            if unknown:
                raise SystemExit(f"{path.name}: unknown kind '{unknown[0]}' of '{text}'")
            rows.append((path.stem, names, text))
    return rows


def own_phrases() -> list[tuple[str, tuple[str, ...], str]]:
    """Return the library's own sentences, as harmless ones, once with a figure and once with a name in the place of values.

    What the seller's own files allow is left out: it is its own evidence.
    """
    rows = []
    for language in sorted(phrase_languages()):
        bank = load_phrases(language)
        for name in sorted(set(type(bank).model_fields) - NO_SENTENCES):
            kinds = SAID_WITH_TASK if name in TASKS else SAID_FREELY
            for text in strings(getattr(bank, name)):
                for value in ("24", "Papaya Lane") if VALUE.search(text) else ("",):
                    parts = re.split(r"(?<=[.!?。！？।])\s*", VALUE.sub(value, text))
                    rows += [(language, kinds, part) for part in parts if len(part) > 8]
    return rows


def honest_sentences(encoder: OnnxEncoder) -> list[tuple[str, str, float]]:
    """Return language and sentences of honest replies, and how near (cosine) the evidence's nearest sentence is to each."""
    found = []
    for path in sorted((DATA / "replies").glob("*.jsonl")):
        for reply in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if reply["kind"] != "clean":
                continue
            parts = [text for text in split(reply["text"]) if sum(map(str.isalpha, text)) >= 12]
            known = [text for piece in reply["evidence"] for text in split(piece)]
            vectors = [encoder.encode_messages(texts) for texts in (parts, known)]
            half = vectors[0].shape[1] // 2
            near = (vectors[0][:, :half] @ vectors[1][:, :half].T).max(1).tolist()
            found += [(path.stem, text, value) for text, value in zip(parts, near, strict=True)]
    return found


def split(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [text[a:b] for a, b in sentences(text) if text[a:b].strip()]


def strings(value: Any) -> Iterator[str]:
    """Yield all texts inside a part of a phrase bank."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from strings(getattr(value, name))


def article_sentences() -> list[str]:
    """Return sentences of articles, which promise and push nothing by themselves; headings and lists are left out."""
    found = []
    for shop in (*shops.own_shops(), *shops.calibration_shops()):
        for path in sorted((shop / "articles").glob("*.md")):
            body = path.read_text(encoding="utf-8").split("---", 2)[-1]
            for line in body.splitlines():
                if line.strip() and line[0] not in "#-|*>0123456789":
                    found += [part.strip() for part in re.split(r"(?<=[.!?。！？])\s*", line) if 20 <= len(part) <= 300]
    return random.Random(SEED).sample(sorted(set(found)), min(ARTICLES, len(set(found))))


def fit_wording(lesson: Lesson, k: int) -> LinearSVC:
    """Return what hears one kind by its wording."""
    known = np.flatnonzero(~np.isnan(lesson.labels[:, k]))
    reader = LinearSVC(C=STRENGTH, class_weight={0: 1.0, 1: GOOD}, random_state=SEED)
    return reader.fit(lesson.words[known], lesson.labels[known, k], sample_weight=lesson.weights[known])


def fit(lesson: Lesson, seed: int) -> nn.Sequential:
    """Return a trained network."""
    torch.manual_seed(seed)
    x, y = lesson.vectors, torch.tensor(lesson.labels)
    weights = torch.tensor(lesson.weights)[:, None] * ~torch.isnan(y)
    network = nn.Sequential(
        nn.Dropout(0.15), nn.Linear(x.shape[1], WIDTH), nn.ReLU(), nn.Dropout(0.4), nn.Linear(WIDTH, len(KINDS))
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    data, labels, size = torch.tensor(x * SCALE), torch.nan_to_num(y), 128
    steps = EPOCHS * -(-len(data) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    network.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(data))
        for at in range(0, len(order), size):
            batch = order[at : at + size]
            loss = nn.functional.binary_cross_entropy_with_logits(network(data[batch]), labels[batch], weights[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def odds(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """Return the log odds of all kinds."""
    return network(torch.tensor(x * SCALE)).numpy()


def point(scores: np.ndarray, gold: np.ndarray, precision: float) -> float:
    """Return the lowest score from which findings are right as often as ``precision`` says."""
    order = np.argsort(-scores)
    right = np.cumsum(gold[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(right >= precision)
    return float(scores[order[good[-1]]]) if len(good) else float("inf")


if __name__ == "__main__":
    main()
