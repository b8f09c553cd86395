"""Train the score that says how likely a passage answers a message.

    python training/train_answerability.py --shops DATA/shops [--encoder FOLDER]

Learns from messages with known answers (and known to have none) against all passages that the two
searches bring up. The fine-tuning of the encoder has left one shop out (``retrieval.LEFT_OUT_SHOP``):
the weights are fitted on the others, and reported and calibrated on that one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import SHIPPED as ENCODER
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.answerability import FEATURES, SHIPPED, Question, category_name, features, judged
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import PassageIndex, build_index
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.markets.market import load_market, market_codes
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message, Triage
from training.retrieval import LEFT_OUT_SHOP


@dataclass
class Case:
    """One message of a shop: its candidates' features, which of them are right, and whether any answer exists."""

    shop: str
    language: str
    rows: np.ndarray
    right: np.ndarray
    documents: list[str]
    answerable: bool
    own_language: bool


def main() -> None:
    """Train on the shops that the encoder has seen, report and calibrate on the one that it has not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", required=True, type=Path)
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    encoder = OnnxEncoder(arguments.encoder)
    reader = MessageReader(encoder, market_languages={c: load_market(c).languages for c in market_codes()})
    asked = [(shop, *_queries(shop, reader)) for shop in sorted(arguments.shops.iterdir())]
    categories = _category_table([(shop, q, t) for shop, qs, ts in asked for q, t in zip(qs, ts, strict=True)])
    cases = [case for shop, queries, triages in asked for case in _cases(shop, queries, triages, encoder, categories)]
    unseen = [case for case in cases if case.shop == LEFT_OUT_SHOP]
    model = _fit([case for case in cases if case.shop != LEFT_OUT_SHOP])
    left_out = [_judge(model, case) for case in unseen]
    curve = _calibrate(unseen, left_out)
    _report(unseen, left_out, curve)
    data = {
        "encoder": encoder.revision, "features": FEATURES, "mean": _round(model.mean), "spread": _round(model.spread),
        "rank": _round(model.rank), "answers": _round(model.answers), "bias": round(model.bias, 6),
        "calibration": curve, "categories": categories,
    }  # fmt: skip
    arguments.out.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(dict(zip(FEATURES, _round(model.rank), strict=True)))


def _queries(shop: Path, reader: MessageReader) -> tuple[list[dict], list[Triage]]:
    queries = [json.loads(line) for line in (shop / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    triages = reader.read_many([_message(query) for query in queries])
    return queries, triages


def _message(query: dict) -> Message:
    return Message(id=query["id"], text=query["text"], market=query["market"], platform=query["platform"], channel="live_chat")


def _category_table(asked: list[tuple[Path, dict, Triage]]) -> dict[str, dict[str, float]]:
    """Return, for each intent, in which categories its answers stand (smoothed shares)."""
    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    heads: dict[str, str] = {}
    for shop, query, triage in asked:
        if not heads.get(str(shop)):
            heads |= {
                f"{shop.name}:{a.head.id}": category_name(a.head.category) for a in load_articles(shop / "articles").articles
            }
            heads[str(shop)] = "read"
        for name in query["gold"][:1]:
            for intent, p in triage.intents:
                counts[intent][heads[f"{shop.name}:{name}"]] += p
    return {
        intent: {c: round(v / (sum(by.values()) + 2), 4) for c, v in by.items() if v / (sum(by.values()) + 2) >= 0.02}
        for intent, by in counts.items()
    }


def _cases(shop: Path, queries: list[dict], triages: list[Triage], encoder: OnnxEncoder, categories: dict) -> list[Case]:
    articles = load_articles(shop / "articles").articles
    languages = {a.head.id: a.head.language for a in articles}
    with tempfile.TemporaryDirectory() as folder:
        build_index([c for a in articles for c in chunk_article(a, encoder.count_tokens)], Path(folder), encoder)
        base = KnowledgeBase.__new__(KnowledgeBase)  # the weights are not there yet: only candidates() is used
        base.index, base._encoder = PassageIndex.load(Path(folder), encoder=encoder.revision), encoder
    found = []
    for query, triage in zip(queries, triages, strict=True):
        fit: dict[str, float] = defaultdict(float)
        for intent, p in triage.intents:
            for category, share in categories.get(intent, {}).items():
                fit[category] += p * share
        question = Question(triage.text, triage.language, query["market"], query["platform"], dict(fit))
        candidates = base.candidates(question, on=date.fromisoformat(query["date"]))
        if candidates:
            documents = [c.passage.doc_id for c in candidates]
            span = " ".join((query.get("span") or "").split())
            right = np.array([c.passage.doc_id in query["gold"] for c in candidates])
            exact = np.array([bool(span) and span in " ".join(c.passage.text.split()) for c in candidates]) & right
            own = any(languages[g].split("-")[0] == query["lang"].split("-")[0] for g in query["gold"])
            found.append(Case(shop.name, query["lang"], features(question, candidates), exact if exact.any() else right,
                              documents, bool(query["gold"]), own))  # fmt: skip
    return found


@dataclass
class Model:
    """The two linear parts: which candidate is best, and whether it answers."""

    mean: np.ndarray
    spread: np.ndarray
    rank: np.ndarray
    answers: np.ndarray
    bias: float


def _fit(cases: list[Case]) -> Model:
    rows = np.concatenate([case.rows for case in cases])
    right = np.concatenate([case.right for case in cases])
    # Every message counts the same, and its right passages as much as its wrong ones.
    weights = np.concatenate([np.where(c.right, 1 / max(1, c.right.sum()), 1 / max(1, (~c.right).sum())) for c in cases])
    mean, spread = rows.mean(0), rows.std(0) + 1e-6
    ranker = LogisticRegression(C=1.0, max_iter=500).fit((rows - mean) / spread, right, sample_weight=weights)
    model = Model(mean, spread, ranker.coef_[0], np.zeros(0), 0.0)
    tops, good = [], []
    for case in cases:
        normal, scores = _ranked(model, case)
        best = int(scores.argmax())
        tops.append(judged(normal, scores, case.documents)[best])
        good.append(case.documents[best] in _right(case))
    judge = LogisticRegression(C=0.3, max_iter=500).fit(np.array(tops), good)
    model.answers, model.bias = judge.coef_[0], float(judge.intercept_[0])
    return model


def _ranked(model: Model, case: Case) -> tuple[np.ndarray, np.ndarray]:
    normal = ((case.rows - model.mean) / model.spread).astype(np.float32)
    return normal, normal @ model.rank.astype(np.float32)


def _judge(model: Model, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates' scores and logits of answering."""
    normal, scores = _ranked(model, case)
    return scores, judged(normal, scores, case.documents) @ model.answers + model.bias


def _calibrate(cases: list[Case], judged_cases: list[tuple[np.ndarray, np.ndarray]]) -> list[list[float]]:
    """Return the points of a monotone curve from the best passage's logit to its probability of being right."""
    best = np.array([logits[scores.argmax()] for scores, logits in judged_cases])
    right = np.array([c.documents[int(s.argmax())] in _right(c) for c, (s, _) in zip(cases, judged_cases, strict=True)])
    curve = IsotonicRegression(y_min=0.005, y_max=0.995, out_of_bounds="clip").fit(best, right)
    xs = np.unique(np.quantile(best, np.linspace(0, 1, 25)))
    ys = np.maximum.accumulate(np.convolve(np.pad(curve.predict(xs), 1, mode="edge"), np.ones(3) / 3, mode="valid"))
    return [[round(float(x), 4), round(float(y), 4)] for x, y in zip(xs, ys, strict=True)]


def _right(case: Case) -> set[str]:
    return {d for d, r in zip(case.documents, case.right, strict=True) if r} if case.answerable else set()


def _report(cases: list[Case], judged_cases: list[tuple[np.ndarray, np.ndarray]], curve: list[list[float]]) -> None:
    xs, ys = zip(*curve, strict=True)
    raw = np.array([logits[scores.argmax()] for scores, logits in judged_cases])
    best = np.interp(raw, xs, ys)
    ranks = []
    for case, (s, _) in zip(cases, judged_cases, strict=True):
        documents = list(dict.fromkeys(case.documents[i] for i in np.argsort(-s)))
        ranks.append(next((r for r, d in enumerate(documents) if d in _right(case)), 99) if case.answerable else None)
    for name, keep in (
        ("all answerable", None),
        ("article in the customer's language", True),
        ("only in another language", False),
    ):
        here = [r for r, c in zip(ranks, cases, strict=True) if r is not None and (keep is None or c.own_language == keep)]
        print(
            f"{name}: n={len(here)} first {np.mean([r == 0 for r in here]):.3f} among three {np.mean([r < 3 for r in here]):.3f}"
        )
    answerable = np.array([c.answerable for c in cases])
    print(f"answerable against not, AUC {roc_auc_score(answerable, raw):.3f}")
    right = np.array([r == 0 for r in ranks])
    # What would be sent: only a passage in the customer's own language may leave without a person.
    column = FEATURES.index("same_language")
    own = np.array([c.rows[s.argmax(), column] > 0 for c, (s, _) in zip(cases, judged_cases, strict=True)])
    for at in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9):
        for name, sent in (("all", best >= at), ("in the customer's language", (best >= at) & own)):
            precision = right[sent].mean() if sent.any() else float("nan")
            print(f"p_answers from {at}, {name}: {sent.sum()} of {len(best)} answered, {precision:.3f} rightly")


def _round(values: np.ndarray) -> list[float]:
    return [round(float(v), 6) for v in values]


if __name__ == "__main__":
    main()
