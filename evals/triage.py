"""How well the heads read messages of authors that they were not trained on.

The heads are fitted anew on the first group of authors and tested on the second: the shipped heads know
both. A majority guess stands beside them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.markets.market import load_market, market_codes
from cs_assist.triage.language import LanguageReader
from cs_assist.triage.signals import load_signals
from evals.intervals import cell
from evals.provenance import save
from training import corpora
from training.train_heads import LABELS, fit_head, head_logits

SEED = 20261121


def main() -> None:
    """Measure and write evals/results/triage.json and triage.md."""
    rows = corpora.messages()
    vectors = OnnxEncoder().encode_messages([row["text"] for row in rows])
    first = np.array([row["group"] == "first" for row in rows])
    test = [row for row, mine in zip(rows, first, strict=True) if not mine]
    out: dict[str, np.ndarray] = {}
    for name, labels in LABELS.items():
        gold = np.array([labels.index(row[name]) for row in rows])
        model = fit_head(vectors[first], gold[first], name, SEED)
        out[name] = head_logits(model, vectors[~first], len(labels))
    result: dict[str, Any] = {"n": len(test), "trained_on": int(first.sum())}
    lines = [intent_table(test, out["intent"], result), "", signal_table(test, out["intent"], result), ""]
    lines.append(other_figures(test, out, result))
    table = "\n".join(lines)
    print(table)
    save("triage", result, table)


def intent_table(test: list[dict[str, str]], logits: np.ndarray, result: dict[str, Any]) -> str:
    """Return intent accuracy by language, with the majority guess and the share among the first three."""
    gold = np.array([LABELS["intent"].index(row["intent"]) for row in test])
    order = logits.argsort(1)[:, ::-1]
    majority = Counter(gold.tolist()).most_common(1)[0][1]
    by_language: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(test):
        by_language[row["language"]].append(i)
    lines = ["| language | n | intent | among three |", "| --- | --- | --- | --- |"]
    for language, where in sorted(by_language.items()):
        hits, three = order[where, 0] == gold[where], (order[where, :3] == gold[where][:, None]).any(1)
        lines.append(f"| {language} | {len(where)} | {cell(int(hits.sum()), len(where))} | {three.mean():.3f} |")
        result[f"intent_{language}"] = round(float(hits.mean()), 4)
    hits = order[:, 0] == gold
    lines.append(
        f"| all | {len(test)} | {cell(int(hits.sum()), len(test))} | {(order[:, :3] == gold[:, None]).any(1).mean():.3f} |"
    )
    lines.append(f"| majority guess | {len(test)} | {majority / len(test):.3f} | |")
    result["intent"] = round(float(hits.mean()), 4)
    return "\n".join(lines)


def signal_table(test: list[dict[str, str]], logits: np.ndarray, result: dict[str, Any]) -> str:
    """Return recall and precision of the stated rules, alone and with the head at two probabilities."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = powers / powers.sum(1, keepdims=True)
    signals = load_signals()
    found = [{hit.signal for hit in signals.find(row["text"])} for row in test]
    lines = ["| found by | recall | precision |", "| --- | --- | --- |"]
    for name in ("safety_issue", "legal_threat", "human_request"):
        gold = [row["intent"] == name for row in test]
        named = [g or name in row["secondary"] for g, row in zip(gold, test, strict=True)]
        rule = np.array([name in f for f in found])
        p = probabilities[:, LABELS["intent"].index(name)]
        for how, hit in (
            ("rule", rule),
            ("rule or head from 0.5", rule | (p >= 0.5)),
            ("rule or head from 0.1", rule | (p >= 0.1)),
        ):
            both = sum(bool(g and h) for g, h in zip(gold, hit, strict=True))
            right = sum(bool(g and h) for g, h in zip(named, hit, strict=True))
            alarms = int(hit.sum())
            lines.append(f"| {name}: {how} | {cell(both, sum(gold))} of {sum(gold)} | {cell(right, alarms)} of {alarms} |")
            result[f"recall_{name}_{how.replace(' ', '_')}"] = round(both / sum(gold), 4)
    return "\n".join(lines)


def other_figures(test: list[dict[str, str]], out: dict[str, np.ndarray], result: dict[str, Any]) -> str:
    """Return emotion, dissatisfaction, urgency and language."""
    emotion = f1_score([LABELS["emotion"].index(r["emotion"]) for r in test], out["emotion"].argmax(1), average="macro")
    unhappy = out["dissatisfied"][:, 1] - out["dissatisfied"][:, 0]
    auc = roc_auc_score([row["dissatisfied"] == "1" for row in test], unhappy)
    urgency = np.mean([LABELS["urgency"][i] == r["urgency"] for i, r in zip(out["urgency"].argmax(1), test, strict=True)])
    reader = LanguageReader()
    languages = {code: load_market(code).languages for code in market_codes()}
    merge = {"es-419": "es", "pt-BR": "pt"}
    right = {"text alone": 0, "with the market": 0}
    for row in test:
        prior = {merge.get(tag, tag): 1 / (1 + i) for i, tag in enumerate(languages.get(row["market"], ()))}
        gold = merge.get(row["language"], row["language"])
        right["text alone"] += reader.read(row["text"])[0][0] == gold
        right["with the market"] += reader.read(row["text"], prior=prior)[0][0] == gold
    result |= {
        "emotion_macro_f1": round(float(emotion), 4),
        "dissatisfied_auc": round(float(auc), 4),
        "urgency": round(float(urgency), 4),
    }
    result |= {f"language_{k.replace(' ', '_')}": round(v / len(test), 4) for k, v in right.items()}
    rows = [
        ("emotion macro-F1", f"{emotion:.3f}"),
        ("dissatisfaction ROC AUC", f"{auc:.3f}"),
        ("urgency accuracy", f"{urgency:.3f}"),
    ]
    rows += [(f"language, {k} (the head has seen these messages: an upper bound)", cell(v, len(test))) for k, v in right.items()]
    return "| what | figure |\n| --- | --- |\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)


if __name__ == "__main__":
    main()
