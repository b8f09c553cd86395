"""Figures and pictures about probabilities of classes: accuracy with intervals, confusions, calibration."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.errors import MissingExtraError
from cs_assist.quality.intervals import cell

Array = npt.NDArray[Any]
BINS = 15


def reliability(confidence: Array, right: Array, *, bins: int = BINS) -> list[tuple[float, float, int]]:
    """Return, for each bin of equal width that is not empty: mean confidence, share right, count.

    Args:
        confidence: The probability of each first guess.
        right: Whether that guess was right.
        bins: Bins between 0 and 1.
    """
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[where == b].mean()), float(right[where == b].mean()), int((where == b).sum()))
        for b in range(bins)
        if (where == b).any()
    ]


def expected_calibration_error(confidence: Array, right: Array, *, bins: int = BINS) -> float:
    """Return the mean distance between confidence and share right over the bins, weighted by their counts.

    Source: Guo et al. 2017, "On calibration of modern neural networks", equation 3.

    Example:
        >>> expected_calibration_error(np.array([0.8] * 5), np.array([1, 1, 1, 1, 0]))
        0.0
    """
    parts = reliability(confidence, right, bins=bins)
    error = sum(abs(sure - share) * n for sure, share, n in parts) / max(1, len(confidence))
    return round(error, 9)


def per_class(gold: Sequence[str], guess: Sequence[str]) -> list[tuple[str, int, float, float, float]]:
    """Return label, n, precision, recall and F1 for each label that occurs, in alphabetical order."""
    pairs, golds, guesses = Counter(zip(gold, guess, strict=True)), Counter(gold), Counter(guess)
    rows = []
    for label in sorted(golds | guesses):
        hits = pairs[label, label]
        precision = hits / guesses[label] if guesses[label] else 0.0
        recall = hits / golds[label] if golds[label] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        rows.append((label, golds[label], precision, recall, f1))
    return rows


def confusions(gold: Sequence[str], guess: Sequence[str], *, most: int = 20) -> list[tuple[str, str, int]]:
    """Return (right label, guessed label, count) of the most frequent mistakes, most frequent first."""
    wrong = Counter((g, q) for g, q in zip(gold, guess, strict=True) if g != q)
    return [(g, q, n) for (g, q), n in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:most]]


def report(gold: Sequence[str], labels: Sequence[str], probabilities: Array) -> tuple[dict[str, Any], str]:
    """Return the figures of a classifier, as values and as Markdown tables.

    Args:
        gold: The right label of each example.
        labels: What the columns of ``probabilities`` stand for.
        probabilities: One row an example.
    """
    guess = [labels[i] for i in probabilities.argmax(1)]
    right = np.array([g == q for g, q in zip(gold, guess, strict=True)])
    three = np.array([g in {labels[i] for i in row} for g, row in zip(gold, probabilities.argsort(1)[:, -3:], strict=True)])
    rows = per_class(gold, guess)
    named = [row for row in rows if row[1]]
    ece = expected_calibration_error(probabilities.max(1), right)
    figures: dict[str, Any] = {
        "n": len(gold),
        "accuracy": round(float(right.mean()), 4),
        "among_three": round(float(three.mean()), 4),
        "macro_f1": round(float(np.mean([row[4] for row in named])), 4),
        "expected_calibration_error": round(ece, 4),
    }
    lines = [
        "| figure | value |",
        "| --- | --- |",
        f"| accuracy (95% interval) | {cell(int(right.sum()), len(right))} of {len(right)} |",
        f"| right label among the first three | {three.mean():.3f} |",
        f"| macro-F1 | {figures['macro_f1']:.3f} |",
        f"| expected calibration error, {BINS} bins | {ece:.3f} |",
        "",
        "| label | n | precision | recall | F1 |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {label} | {n} | {p:.3f} | {r:.3f} | {f:.3f} |" for label, n, p, r, f in rows),
        "",
        "| right label | taken for | times |",
        "| --- | --- | --- |",
        *(f"| {g} | {q} | {n} |" for g, q, n in confusions(gold, guess)),
    ]
    return figures, "\n".join(lines)


def reliability_picture(confidence: Array, right: Array, *, title: str) -> bytes:
    """Return a PNG: share right against confidence, with how many examples stand behind each bar.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise MissingExtraError("train", needed_for="drawing a reliability curve") from exc
    parts = reliability(confidence, right)
    figure = Figure(figsize=(4.8, 4.8), dpi=100, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    upper.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1, label="perfect")
    upper.plot([p[0] for p in parts], [p[1] for p in parts], marker="o", label="measured")
    upper.set(title=title, ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    upper.text(0.03, 0.93, f"ECE {expected_calibration_error(confidence, right):.3f}, n={len(right)}")
    upper.legend(loc="lower right")
    lower.bar([p[0] for p in parts], [p[2] for p in parts], width=0.8 / BINS, color="grey")
    lower.set(xlabel="confidence", ylabel="examples")
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
