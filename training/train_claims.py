"""Learn which claims a sentence of a reply makes: promises, guarantees, blame and the like (``guard/claims_model.py``).

    python training/train_claims.py [--out FILE]

Reads ``training/data/claims/<language>.tsv`` (kinds, sentence), and as further harmless ones the library's own phrases and
sentences of the shops' articles that were written for this project. Reports cross-validated by language: average precision,
and recall at the operating point, which is the lowest from which ``PRECISION`` of the findings are right.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel
from sklearn.metrics import average_precision_score
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.claims_model import KINDS, MODEL
from cs_assist.reply.phrases import load_phrases, phrase_languages
from training import shops

DATA = Path(__file__).parent / "data" / "claims"
SEED = 20261122
FOLDS, NETWORKS = 6, 2
WIDTH, EPOCHS, RATE, SCALE = 128, 25, 3e-3, 6.0
PRECISION = 0.9
ARTICLES = 3000  # sentences of articles
#: Parts of a phrase bank that are no sentences, or said only where a person has the task.
NO_SENTENCES = {"language", "default_register", "joiner", "intent_names", "statuses"}
TASKS = {"handover", "handover_time", "delay", "out_of_hours"}
MARGIN = 0.3  # above the library's own sentences: an 8-bit vector depends a little on its batch
VALUE = re.compile(r"\{\w+\}")


def main() -> None:
    """Train, report, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=MODEL)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    rows = [*written(), *own_phrases(), *(("articles", (), text) for text in article_sentences())]
    encoder = OnnxEncoder()
    x = encoder.encode_messages([text for _, _, text in rows]).astype(np.float32)
    y = np.array([[kind in kinds for kind in KINDS] for _, kinds, _ in rows], np.float32)
    languages = sorted({language for language, _, _ in rows if language != "articles"})
    fold = np.array([languages.index(name) % FOLDS if name != "articles" else n % FOLDS for n, (name, _, _) in enumerate(rows)])
    crossed = np.zeros_like(y)
    for f in range(FOLDS):
        networks = [fit(x[fold != f], y[fold != f], SEED + n) for n in range(NETWORKS)]
        crossed[fold == f] = np.mean([odds(network, x[fold == f]) for network in networks], 0)
    sure = []
    for k, kind in enumerate(KINDS):
        sure.append(point(crossed[:, k], y[:, k], PRECISION))
        hits = crossed[:, k] >= sure[-1]
        print(f"{kind}: n={int(y[:, k].sum())} average precision {average_precision_score(y[:, k], crossed[:, k]):.3f}, "
              f"at precision {PRECISION} recall {hits[y[:, k] > 0].mean():.3f}")  # fmt: skip
    network = fit(x, y, SEED)
    tops = own_tops(network, encoder)
    sure = [max(at, top + MARGIN) for at, top in zip(sure, tops, strict=True)]
    first, last = network[1], network[4]
    arrays: dict[str, Any] = {
        "encoder": np.array(encoder.revision), "kinds": np.array(KINDS),
        "in": (first.weight.detach().numpy().T * SCALE).astype(np.float16), "in_bias": first.bias.detach().numpy(),
        "out": last.weight.detach().numpy().T.astype(np.float16), "out_bias": last.bias.detach().numpy(),
        "sure": np.array(sure, np.float32),
    }  # fmt: skip
    np.savez_compressed(arguments.out, **arrays)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB for encoder {encoder.revision}")


def written() -> list[tuple[str, tuple[str, ...], str]]:
    """Return language, kinds and sentence of every line of the data."""
    rows = []
    for path in sorted(DATA.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            kinds, text = line.split("\t")
            names = tuple(kind.strip() for kind in kinds.split(","))
            unknown = [name for name in names if name not in (*KINDS, "none")]
            if unknown:
                raise SystemExit(f"{path.name}: unknown kind '{unknown[0]}' of '{text}'")
            rows.append((path.stem, names, text))
    return rows


def own_phrases() -> list[tuple[str, tuple[str, ...], str]]:
    """Return the library's own sentences as harmless ones, but for those that are only said where a person has the task."""
    rows = []
    for language in sorted(phrase_languages()):
        bank = load_phrases(language)
        for name in type(bank).model_fields:
            if name not in NO_SENTENCES | TASKS:
                rows += [
                    (language, (), VALUE.sub("24", text)) for text in strings(getattr(bank, name)) if " " in text or len(text) > 8
                ]
    return rows


def own_tops(network: nn.Sequential, encoder: OnnxEncoder) -> np.ndarray:
    """Return the highest log odds of each kind among the library's own sentences: findings begin above them.

    What is only said where a person has the task may promise and tell what was done.
    """
    said: list[tuple[bool, str]] = []
    for language in sorted(phrase_languages()):
        bank = load_phrases(language)
        for name in set(type(bank).model_fields) - NO_SENTENCES:
            for text in strings(getattr(bank, name)):
                parts = re.split(r"(?<=[.!?。！？।])\s*", VALUE.sub("Papaya Lane", text))
                said += [(name in TASKS, part) for part in parts if len(part) > 8]
    found = odds(network, encoder.encode_messages([text for _, text in said]).astype(np.float32))
    tasks = np.array([task for task, _ in said])
    short = np.array([sum(char.isalpha() for char in text) < 30 for _, text in said])
    found[short, KINDS.index("others")] = -np.inf  # a signature names the shop
    for kind in ("promise", "done"):
        found[tasks, KINDS.index(kind)] = -np.inf
    return found.max(0)


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


def fit(x: np.ndarray, y: np.ndarray, seed: int) -> nn.Sequential:
    """Return a trained network."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Dropout(0.15), nn.Linear(x.shape[1], WIDTH), nn.ReLU(), nn.Dropout(0.4), nn.Linear(WIDTH, len(KINDS))
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    data, labels, size = torch.tensor(x * SCALE), torch.tensor(y), 128
    steps = EPOCHS * -(-len(data) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    network.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(data))
        for at in range(0, len(order), size):
            batch = order[at : at + size]
            loss = nn.functional.binary_cross_entropy_with_logits(network(data[batch]), labels[batch])
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
