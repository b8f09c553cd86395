"""How well the shipped reader reads messages that it was not trained on, with baselines beside it.

    python -m evals.triage [--frozen FOLDER] [--test FILE.tsv]

The messages are those of ``training.corpora.held_out``: written by the third group of authors, whose other
messages were trained on. Temperatures and thresholds were chosen on the same messages (a dozen numbers).
``--frozen`` adds the encoder before fine-tuning with linear heads; ``--test`` measures on a file of yours with
the columns of ``training/data/messages``, after taking out what is nearly the same as a training message.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score
from sklearn.svm import LinearSVC

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.markets.market import MarketLanguages
from cs_assist.quality.classification import confusions, expected_calibration_error, reliability_picture
from cs_assist.quality.intervals import cell
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Emotion, Intent, Message, Triage
from evals.languages import language_tables
from evals.provenance import RESULTS, save
from training import corpora
from training.near_duplicates import near

SIGNALS = ("safety_issue", "legal_threat", "human_request")
Rows = list[dict[str, str]]


def main() -> None:
    """Measure and write evals/results/triage.json, triage.md and two pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frozen", type=Path, help="encoder folder before fine-tuning, for a baseline")
    parser.add_argument("--test", type=Path, help="labelled messages to measure on instead")
    arguments = parser.parse_args()
    train, test = corpora.held_out(corpora.messages(corpora.EVERY))
    if arguments.test:
        test = own_test(arguments.test, train)
    result: dict[str, Any] = {"n": len(test), "trained_on": len(train)}
    triages = read(test)
    sections = [
        ("Intent, emotion, dissatisfaction, urgency", headline(test, triages, result)),
        ("Beside baselines", baselines(train, test, triages, arguments.frozen, result)),
        ("By language", by_field(test, triages, "language", result)),
        ("By market", by_field(test, triages, "market", result)),
        ("By intent", by_label(test, triages, "intent")),
        ("By emotion", by_label(test, triages, "emotion")),
        ("Safety, legal threat, human request", signal_table(test, triages, result)),
        ("Several intents, and messages that are not sure", several(test, triages, result)),
        ("Intents confused most often", confused(test, triages, "intent")),
        ("Emotions confused most often", confused(test, triages, "emotion")),
        ("Language", language_tables(test, triages, result)),
    ]
    pictures(test, triages)
    table = "\n\n".join(f"## {name}\n\n{body}" for name, body in sections)
    table += "\n\n![Reliability of intent](triage_intent.png) ![Reliability of dissatisfaction](triage_dissatisfied.png)"
    print(table)
    save("triage", result, table)


def own_test(path: Path, train: Rows) -> Rows:
    """Return the messages of a file, without those nearly the same as a training message."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row | {"language": row.get("language") or path.stem} for row in csv.DictReader(file, delimiter="\t", quoting=3)]
    close = {i for i, _, _ in near([row["text"] for row in rows], [row["text"] for row in train])}
    print(f"{len(close)} of {len(rows)} messages left out: nearly the same as a training message")
    return [row for i, row in enumerate(rows) if i not in close]


def read(test: Rows) -> list[Triage]:
    """Return the shipped reader's reading, with market and channel known."""
    reader = MessageReader(OnnxEncoder(), market_languages=MarketLanguages())
    return reader.read_many(
        [
            Message.model_validate({"id": str(i), "text": row["text"], "market": row["market"], "channel": row["channel"]})
            for i, row in enumerate(test)
        ]
    )


def headline(test: Rows, triages: Sequence[Triage], result: dict[str, Any]) -> str:
    """Return the figures over all messages."""
    n = len(test)
    right = [t.intent == row["intent"] for t, row in zip(triages, test, strict=True)]
    three = [row["intent"] in {name for name, _ in t.intents[:3]} for t, row in zip(triages, test, strict=True)]
    languages = sorted({row["language"] for row in test})
    means = [float(np.mean([r for r, row in zip(right, test, strict=True) if row["language"] == tag])) for tag in languages]
    emotion = f1_score([row["emotion"] for row in test], [t.emotion.value for t in triages], average="macro")
    unhappy = np.array([row["dissatisfied"] == "1" for row in test])
    p = np.array([t.p_dissatisfied for t in triages])
    precision, recall, _ = precision_recall_curve(unhappy, p)
    said = np.array([t.dissatisfied for t in triages])
    ece = expected_calibration_error(np.array([t.p_intent for t in triages]), np.array(right))
    implicit = [bool(s) for s, row in zip(said, test, strict=True) if row["implicit"] == "1"]
    urgency = [t.urgency.value == row["urgency"] for t, row in zip(triages, test, strict=True)]
    distance = float(np.mean([abs(t.intensity - float(row["intensity"])) for t, row in zip(triages, test, strict=True)]))
    result |= {
        "intent": round(float(np.mean(right)), 4),
        "intent_mean_of_languages": round(float(np.mean(means)), 4),
        "intent_worst_language": round(min(means), 4),
        "among_three": round(float(np.mean(three)), 4),
        "intent_ece": round(ece, 4),
        "emotion_macro_f1": round(float(emotion), 4),
        "dissatisfied_auc": round(float(roc_auc_score(unhappy, p)), 4),
        "dissatisfied_recall_at_precision_85": round(float(recall[precision >= 0.85].max()), 4),
        "urgency": round(float(np.mean(urgency)), 4),
    }
    rows = [
        ("intent, all messages", cell(sum(right), n)),
        ("intent, mean of languages / worst", f"{np.mean(means):.3f} / {min(means):.3f} ({languages[int(np.argmin(means))]})"),
        ("right intent among the first three", cell(sum(three), n)),
        ("expected calibration error of intent", f"{ece:.3f}"),
        ("emotion macro-F1", f"{emotion:.3f}"),
        ("intensity, mean absolute error", f"{distance:.3f}"),
        ("dissatisfaction ROC AUC", f"{result['dissatisfied_auc']:.3f}"),
        ("dissatisfaction recall at precision 0.85", f"{result['dissatisfied_recall_at_precision_85']:.3f}"),
        ("dissatisfied: precision", cell(int((said & unhappy).sum()), int(said.sum()))),
        ("dissatisfied: recall", cell(int((said & unhappy).sum()), int(unhappy.sum()))),
        ("dissatisfied, only implied: recall", cell(sum(implicit), len(implicit))),
        ("urgency", cell(sum(urgency), n)),
    ]
    return f"n={n}\n\n| figure | value |\n| --- | --- |\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)


def baselines(train: Rows, test: Rows, triages: Sequence[Triage], frozen: Path | None, result: dict[str, Any]) -> str:
    """Return intent, emotion and dissatisfaction of simpler readers trained on the same messages."""
    lines = ["| reader | intent | emotion macro-F1 | dissatisfaction AUC |", "| --- | --- | --- | --- |"]

    def add(name: str, guesses: Callable[[str], tuple[Sequence[str], np.ndarray | None]]) -> None:
        intent, emotion, unhappy = (guesses(field) for field in ("intent", "emotion", "dissatisfied"))
        hits = sum(g == row["intent"] for g, row in zip(intent[0], test, strict=True))
        f1 = f1_score([row["emotion"] for row in test], list(emotion[0]), average="macro")
        auc = "–" if unhappy[1] is None else f"{roc_auc_score([row['dissatisfied'] == '1' for row in test], unhappy[1]):.3f}"
        lines.append(f"| {name} | {cell(hits, len(test))} | {f1:.3f} | {auc} |")
        result[f"baseline_{name}"] = round(hits / len(test), 4)

    def majority(field: str) -> tuple[Sequence[str], None]:
        return [Counter(row[field] for row in train).most_common(1)[0][0]] * len(test), None

    def linear(x: Any, z: Any, make: Callable[[], Any]) -> Callable[[str], tuple[Sequence[str], np.ndarray]]:
        def guess(field: str) -> tuple[Sequence[str], np.ndarray]:
            model = make().fit(x, [row[field] for row in train])
            return model.predict(z).tolist(), model.decision_function(z)

        return guess

    add("majority guess", majority)
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    x, z = words.fit_transform(row["text"] for row in train), words.transform(row["text"] for row in test)
    add("TF-IDF of character n-grams + linear SVM", linear(x, z, lambda: LinearSVC(C=0.3)))
    if frozen:
        encoder = OnnxEncoder(frozen)
        a, b = (encoder.encode_messages([row["text"] for row in rows]) for rows in (train, test))
        add("encoder before fine-tuning + linear head", linear(a, b, lambda: LogisticRegression(C=8, max_iter=300)))
    unhappy = np.array([t.p_dissatisfied for t in triages])
    own = {"intent": [t.intent for t in triages], "emotion": [t.emotion.value for t in triages], "dissatisfied": []}
    add("cs_assist", lambda field: (own[field], unhappy))
    return "\n".join(lines)


def by_field(test: Rows, triages: Sequence[Triage], field: str, result: dict[str, Any]) -> str:
    """Return intent, emotion, dissatisfaction and urgency for each value of a field."""
    where: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(test):
        where[row[field]].append(i)
    lines = [f"| {field} | n | intent | among three | emotion | dissatisfied | urgency |", "| --- |" + " --- |" * 6]
    for value, places in sorted(where.items()):
        pairs = [(triages[i], test[i]) for i in places]
        counts = (
            sum(t.intent == r["intent"] for t, r in pairs),
            sum(r["intent"] in dict(t.intents[:3]) for t, r in pairs),
            sum(t.emotion.value == r["emotion"] for t, r in pairs),
            sum(t.dissatisfied == (r["dissatisfied"] == "1") for t, r in pairs),
            sum(t.urgency.value == r["urgency"] for t, r in pairs),
        )
        lines.append(f"| {value} | {len(pairs)} | " + " | ".join(cell(count, len(pairs)) for count in counts) + " |")
        result[f"intent_{value}"] = round(counts[0] / len(pairs), 4)
    return "\n".join(lines)


def by_label(test: Rows, triages: Sequence[Triage], field: str) -> str:
    """Return recall and precision of each label, with intervals."""
    gold = [row[field] for row in test]
    guess = [str(getattr(t, field)) for t in triages]
    lines = [f"| {field} | n | recall | precision |", "| --- | --- | --- | --- |"]
    for label in [item.value for item in (Intent if field == "intent" else Emotion)]:
        both = sum(g == q == label for g, q in zip(gold, guess, strict=True))
        lines.append(f"| {label} | {gold.count(label)} | {cell(both, gold.count(label))} | {cell(both, guess.count(label))} |")
    return "\n".join(lines)


def signal_table(test: Rows, triages: Sequence[Triage], result: dict[str, Any]) -> str:
    """Return recall and precision of what must not be missed; a secondary mention is no false alarm."""
    lines = ["| found by | recall | precision |", "| --- | --- | --- |"]
    for name in SIGNALS:
        gold = np.array([row["intent"] == name for row in test])
        named = gold | np.array([name in row["secondary"] for row in test])
        rule = np.array([f"rule:{name}" in t.flags for t in triages])
        possible = np.array([f"possible:{name}" in t.flags for t in triages])
        first = np.array([t.intent == name for t in triages])
        p = np.array([dict(t.intents)[name] for t in triages])
        for how, hit in (
            ("rule", rule),
            ("intent", first),
            ("any flag or intent", rule | first | possible),
            ("probability ≥ 0.1", p >= 0.1),
        ):
            recall = cell(int((gold & hit).sum()), int(gold.sum()))
            precision = cell(int((named & hit).sum()), int(hit.sum()))
            lines.append(f"| {name}: {how} | {recall} of {gold.sum()} | {precision} of {hit.sum()} |")
            result[f"recall_{name}_{how.replace(' ', '_')}"] = round(float(hit[gold].mean()), 4)
    return "\n".join(lines)


def several(test: Rows, triages: Sequence[Triage], result: dict[str, Any]) -> str:
    """Return how secondary intents are found, and what abstaining gains."""
    wanted = [{s.strip() for s in row["secondary"].replace(";", ",").split(",") if s.strip()} for row in test]
    found = [{name for name, _ in t.secondary} for t in triages]
    hits = sum(len(w & f) for w, f in zip(wanted, found, strict=True))
    named, given = sum(map(len, wanted)), sum(map(len, found))
    sure = [(t, row) for t, row in zip(triages, test, strict=True) if not t.unsure]
    right = sum(t.intent == row["intent"] for t, row in sure)
    unsure = [(t, row) for t, row in zip(triages, test, strict=True) if t.unsure]
    either = sum(row["intent"] in dict(t.intents[:2]) for t, row in unsure)
    outside = [t.intent == Intent.OUT_OF_SCOPE for t in triages]
    gold = [row["intent"] == Intent.OUT_OF_SCOPE for row in test]
    both = sum(o and g for o, g in zip(outside, gold, strict=True))
    result |= {"sure_share": round(len(sure) / len(test), 4), "sure_right": round(right / max(1, len(sure)), 4)}
    rows = [
        ("secondary intents: precision", cell(hits, given)),
        ("secondary intents: recall", cell(hits, named)),
        ("messages read as sure", cell(len(sure), len(test))),
        ("of these right", cell(right, len(sure))),
        ("of the unsure ones, right intent among the two candidates", cell(either, len(unsure))),
        ("out of scope: recall", cell(both, sum(gold))),
        ("out of scope: precision", cell(both, sum(outside))),
    ]
    return "| figure | value |\n| --- | --- |\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)


def confused(test: Rows, triages: Sequence[Triage], field: str) -> str:
    """Return the most frequent mistakes."""
    pairs = confusions([row[field] for row in test], [str(getattr(t, field)) for t in triages])
    return "| right | taken for | times |\n| --- | --- | --- |\n" + "\n".join(f"| {a} | {b} | {n} |" for a, b, n in pairs)


def pictures(test: Rows, triages: Sequence[Triage]) -> None:
    """Draw the reliability of intent and dissatisfaction."""
    sure = np.array([t.p_intent for t in triages])
    right = np.array([t.intent == row["intent"] for t, row in zip(triages, test, strict=True)])
    (RESULTS / "triage_intent.png").write_bytes(reliability_picture(sure, right, title="intent"))
    p = np.array([t.p_dissatisfied for t in triages])
    unhappy = np.array([row["dissatisfied"] == "1" for row in test])
    (RESULTS / "triage_dissatisfied.png").write_bytes(reliability_picture(p, unhappy, title="dissatisfied"))


if __name__ == "__main__":
    main()
