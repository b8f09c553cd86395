"""Train the scores that say how likely a passage answers a message.

    python training/train_answerability.py --shops DATA/shops [--encoder FOLDER]

Learns from messages with known answers (and known to have none) against all passages that the two searches bring up. The
weights of the first stage are fitted on shops that the encoder was not trained on. The second, which also hears the reader,
is fitted on ``shops.CALIBRATION_SHOPS``, which the reader was not trained on either; both probabilities are calibrated on
these, the second's in folds by shop. ``shops.TEST_SHOP``, on which nothing is fitted, is only reported on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent.parent))

from cs_assist.encoder.onnx import SHIPPED as ENCODER
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.answerability import FEATURES, SHIPPED, category_name, features, judged, read_best, with_reading
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.reader import Reader
from cs_assist.markets.market import MarketLanguages
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message, Triage
from training import shops as data

#: Of the ranking weights' squares; 3 and 10 rank alike in folds by shop, both better than a pointwise fit.
PENALTY = 3.0
#: How often a plain question counts beside a hard one where probabilities are calibrated: three in ten are plain then. Of what
#: customers ask more are.
PLAIN_WEIGHT = 2


@dataclass
class Case:
    """One message of a shop: its candidates' features, which of them are right, and what the reader says of the best."""

    shop: str
    language: str
    rows: np.ndarray
    right: np.ndarray
    documents: list[str]
    answerable: bool
    own_language: bool
    asked: data.Asked


def main() -> None:
    """Fit both stages, calibrate, and report on the shop that nothing was fitted on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", required=True, type=Path, help="folder of the shops that came with the data")
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    encoder, reader = OnnxEncoder(arguments.encoder), Reader()
    messages = MessageReader(encoder, market_languages=MarketLanguages())
    searched = [*data.own_shops(), *data.calibration_shops(), data.TEST_SHOP]
    shops = [*data.known_shops(arguments.shops), *searched]
    asked = {shop: (data.queries(shop), messages.read_many([_message(q) for q in data.queries(shop)])) for shop in shops}
    fitted_on = [shop for shop in shops if shop != data.TEST_SHOP]
    categories = _category_table([(shop, q, t) for shop in fitted_on for q, t in zip(*asked[shop], strict=True)])
    cases = {shop: _cases(shop, asked[shop][1], encoder, categories) for shop in searched}
    # The encoder has learned the shops that came with the data by heart: its scores mean less there than with a customer.
    first = _fit([case for shop in data.own_shops() for case in cases[shop]])
    second_cases = {
        shop: [_read(reader, first, case) for case in cases[shop]] for shop in [*data.calibration_shops(), data.TEST_SHOP]
    }
    known = [case for shop in data.calibration_shops() for case in second_cases[shop]]
    second = _fit(known)
    written: dict = {"encoder": encoder.revision, "reader": reader.revision, "features": FEATURES}
    for name, model, here, unseen in (
        ("first", first, [case for shop in data.calibration_shops() for case in cases[shop]], None),
        ("second", second, known, _across(known)),
    ):
        pairs = list(zip(here, unseen or [_judge(model, case) for case in here], strict=True))
        pairs = [pair for pair in pairs for _ in range(PLAIN_WEIGHT if pair[0].asked.query["plain"] else 1)]
        curve = _calibrate([case for case, _ in pairs], [judged_case for _, judged_case in pairs])
        written[name] = {
            "mean": _round(model.mean), "spread": _round(model.spread), "rank": _round(model.rank),
            "answers": _round(model.answers), "bias": round(model.bias, 6), "calibration": curve,
        }  # fmt: skip
        test = (cases if name == "first" else second_cases)[data.TEST_SHOP]
        print(f"{name} stage, on {data.TEST_SHOP.name}:")
        _report(test, [_judge(model, case) for case in test], curve)
    print(dict(zip((*FEATURES, "score", "score_lead", "reading", "reading_lead"), _round(second.rank), strict=True)))
    arguments.out.write_text(json.dumps({**written, "categories": categories}, indent=1) + "\n", encoding="utf-8")


def _message(query: dict) -> Message:
    return Message(id=query["id"], text=query["text"], market=query["market"], platform=query["platform"], channel="live_chat")


def _category_table(asked: list[tuple[Path, dict, Triage]]) -> dict[str, dict[str, float]]:
    """Return, for each intent, in which categories its answers stand (smoothed shares)."""
    counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    heads: dict[Path, dict[str, str]] = {}
    for shop, query, triage in asked:
        if shop not in heads:
            heads[shop] = {a.head.id: category_name(a.head.category) for a in load_articles(shop / "articles").articles}
        for name in query["gold"][:1]:
            for intent, p in triage.intents:
                counts[intent][heads[shop][name]] += p
    return {
        intent: {c: round(v / (sum(by.values()) + 2), 4) for c, v in by.items() if v / (sum(by.values()) + 2) >= 0.02}
        for intent, by in counts.items()
    }


def _cases(shop: Path, triages: list[Triage], encoder: OnnxEncoder, categories: dict) -> list[Case]:
    languages = {a.head.id: a.head.language for a in load_articles(shop / "articles").articles}
    found = []
    for item, triage in zip(data.asked(shop, encoder, triages), triages, strict=True):
        for intent, p in triage.intents:
            for category, share in categories.get(intent, {}).items():
                item.question.categories[category] = item.question.categories.get(category, 0.0) + p * share
        if item.candidates:
            own = any(languages[g].split("-")[0] == item.query["lang"].split("-")[0] for g in item.query["gold"])
            rows, documents = features(item.question, item.candidates), [c.passage.article for c in item.candidates]
            quoting = {d for d, e in zip(documents, item.exact, strict=True) if e}
            # Of an article with the answering words only the passage that has them is right; of another that answers, all.
            right = np.array([e or (r and d not in quoting) for d, e, r in zip(documents, item.exact, item.right, strict=True)])
            found.append(Case(shop.name, item.query["lang"], rows, right, documents, bool(item.query["gold"]), own, item))
    return found


def _read(reader: Reader, first: Model, case: Case) -> Case:
    """Return the case as the second stage meets it: the best candidates alone, with what the reader says of them."""
    scores, _ = _judge(first, case)
    chosen, readings = read_best(reader, case.asked.question, case.asked.candidates, scores)
    documents = [case.documents[i] for i in chosen]
    answers = np.array([reading.answers for reading in readings], np.float32)
    rows = with_reading(case.rows[chosen], scores[chosen].astype(np.float32), answers, documents)
    return Case(case.shop, case.language, rows, case.right[chosen], documents, case.answerable, case.own_language, case.asked)


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
    mean, spread = rows.mean(0), rows.std(0) + 1e-6
    model = Model(mean, spread, _ranker([((c.rows - mean) / spread, c.right) for c in cases]), np.zeros(0), 0.0)
    tops, good = [], []
    for case in cases:
        normal, scores = _ranked(model, case)
        best = int(scores.argmax())
        tops.append(judged(normal, scores, case.documents)[best])
        good.append(case.documents[best] in _right(case))
    judge = LogisticRegression(C=0.3, max_iter=500).fit(np.array(tops), good)
    model.answers, model.bias = judge.coef_[0], float(judge.intercept_[0])
    return model


def _ranker(cases: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the weights under which the right candidates of each message most likely come first among all of it.

    The likelihood is that of a choice among each message's candidates (conditional logit), in which every message counts the
    same; messages without a right candidate, or without a wrong one, tell nothing.
    """
    told = [(rows, right) for rows, right in cases if right.any() and not right.all()]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = PENALTY * float(weights @ weights) / 2, PENALTY * weights
        for rows, right in told:
            scores = rows @ weights
            powers = np.exp(scores - scores.max())
            wanted = np.where(right, powers, 0.0)
            total -= float(np.log(wanted.sum() / powers.sum()))
            slope -= rows.T @ (wanted / wanted.sum() - powers / powers.sum())
        return total, slope

    found = minimize(loss, np.zeros(cases[0][0].shape[1]), jac=True, method="L-BFGS-B")
    weights: np.ndarray = found.x
    return weights


def _across(cases: list[Case]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return each case judged by weights that were fitted on the other shops."""
    models = {shop: _fit([case for case in cases if case.shop != shop]) for shop in {case.shop for case in cases}}
    return [_judge(models[case.shop], case) for case in cases]


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
    right = np.array([r == 0 for r in ranks])
    print(
        f"answerable against not, AUC {roc_auc_score(answerable, raw):.3f}; first is right, AUC {roc_auc_score(right, raw):.3f}"
    )
    for at in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        sent = best >= at
        if sent.any():
            print(f"p_answers from {at}: {sent.sum()} of {len(best)} answered, {right[sent].mean():.3f} rightly")


def _round(values: np.ndarray) -> list[float]:
    return [round(float(v), 6) for v in values]


if __name__ == "__main__":
    main()
