"""Figures about searches: where the right answer stands, and what answering from a confidence on would do."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.errors import MissingExtraError

Array = npt.NDArray[Any]
_ROUNDS = 1_000
_SEED = 20261122


def rank_of_first(ranked: Sequence[str], right: Collection[str]) -> int:
    """Return the place, from 1, of the first of ``ranked`` that is right; 0 where none is.

    Example:
        >>> rank_of_first(["a", "b", "c"], {"c", "b"}), rank_of_first(["a"], {"b"})
        (2, 0)
    """
    return next((place for place, name in enumerate(ranked, 1) if name in right), 0)


def recall_at(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """Return 1.0 where one of the first ``k`` is right, else 0.0: any right article answers the question.

    The mean over questions with one right article each is the usual recall at ``k``; where there are several, it is
    what is also called success at ``k``.

    Example:
        >>> recall_at(["a", "b"], {"b"}, 1), recall_at(["a", "b"], {"b"}, 2)
        (0.0, 1.0)
    """
    return float(0 < rank_of_first(ranked, right) <= k)


def reciprocal_rank(ranked: Sequence[str], right: Collection[str]) -> float:
    """Return 1 through the place of the first right one, 0.0 where none is; the mean over questions is the MRR (Voorhees 1999).

    Example:
        >>> reciprocal_rank(["a", "b"], {"b"})
        0.5
    """
    place = rank_of_first(ranked, right)
    return 1 / place if place else 0.0


def ndcg_at(ranked: Sequence[str], right: Collection[str], k: int) -> float:
    """Return the normalised discounted cumulated gain of the first ``k``, each right one a gain of 1; between 0 and 1.

    Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", with the discount
    ``log2(place + 1)`` that is usual today.

    Args:
        ranked: Names, best first, each once.
        right: The names that are right; 0.0 where there is none.
        k: How many count.

    Example:
        >>> ndcg_at(["b", "a"], {"b"}, 5), round(ndcg_at(["a", "b"], {"b"}, 5), 3)
        (1.0, 0.631)
    """
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = float(discounts[: len(right)].sum())
    gained = sum(float(d) for d, name in zip(discounts, ranked, strict=False) if name in right)
    return min(1.0, gained / best) if best else 0.0  # the two sums may differ in their last digit


@dataclass(frozen=True)
class Answering:
    """What answering every question whose confidence is at least ``threshold`` does.

    Attributes:
        threshold: The lowest confidence that is answered.
        answered: How many questions are.
        right: How many of them rightly.
        covered: How many of them have an answer, given rightly or not.
        answerable: How many of all questions have an answer.
    """

    threshold: float
    answered: int
    right: int
    covered: int
    answerable: int

    @property
    def precision(self) -> float:
        """The share of right ones among the answered; 1.0 where nothing is answered, because nothing wrong is said."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def coverage(self) -> float:
        """The share of the questions with an answer that are answered; 0.0 where there are none."""
        return self.covered / self.answerable if self.answerable else 0.0


def answering_at(threshold: float, confidence: Array, right: Array, answerable: Array) -> Answering:
    """Return what answering from ``threshold`` on does; the arrays are those of :func:`answering_points`."""
    sent = (confidence >= threshold) & np.isfinite(confidence)
    counts = (int(sent.sum()), int(right[sent].sum()), int(answerable[sent].sum()), int(answerable.sum()))
    return Answering(float(threshold), *counts)


def answering_points(confidence: Array, right: Array, answerable: Array) -> list[Answering]:
    """Return what each threshold does, from the highest confidence down: as it falls, more is answered.

    Args:
        confidence: One number a question, higher is surer; ``-inf`` where nothing was found, which is never answered.
        right: Whether the first answer is right.
        answerable: Whether the question has an answer.
    """
    return [
        answering_at(float(threshold), confidence, right, answerable)
        for threshold in np.unique(confidence[np.isfinite(confidence)])[::-1]
    ]


def coverage_at_precision(
    confidence: Array, right: Array, answerable: Array, precision: float, *, least: int = 1
) -> Answering | None:
    """Return the lowest threshold from which at least ``precision`` of the answers are right, or None where none is.

    The threshold is chosen on the questions that it is counted on, which flatters it: choose on some, count on others
    with :func:`answering_at`.

    Args:
        confidence: As in :func:`answering_points`.
        right: As in :func:`answering_points`.
        answerable: As in :func:`answering_points`.
        precision: The share of right ones among the answered that is wanted.
        least: How many must be answered for a precision to count as measured.

    Example:
        >>> right = np.array([True, True, False, True])
        >>> found = coverage_at_precision(np.array([0.9, 0.8, 0.7, 0.6]), right, np.ones(4, bool), 0.75)
        >>> found.threshold, found.precision, found.coverage
        (0.6, 0.75, 1.0)
    """
    points = [p for p in answering_points(confidence, right, answerable) if p.answered >= least and p.precision >= precision]
    return points[-1] if points else None


def resampled(figure: Callable[[Array], float], n: int) -> tuple[float, float]:
    """Return the 95% interval of a figure by drawing the questions anew, with replacement (Efron's percentile bootstrap, 1979).

    Args:
        figure: Takes the places of the drawn questions, between 0 and ``n``, and returns the figure over them; a draw
            for which it gives nan is passed over.
        n: How many questions there are.

    Example:
        >>> low, high = resampled(lambda drawn: float(np.mean(drawn)), 101)
        >>> 40 < low < 50 < high < 60
        True
    """
    generator = np.random.default_rng(_SEED)
    figures = np.array([figure(generator.integers(0, n, n)) for _ in range(_ROUNDS)] if n else [np.nan])
    if np.isnan(figures).all():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return float(low), float(high)


def risk_coverage_picture(curves: Mapping[str, Sequence[Answering]], *, title: str, least: int = 1) -> bytes:
    """Return a PNG: the share of wrong ones among the answered, against the share of answerable questions answered.

    Args:
        curves: :func:`answering_points` by name.
        title: Stands above.
        least: Points with fewer answered questions are left out: their shares are noise.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise MissingExtraError("train", needed_for="drawing a risk-coverage curve") from exc
    figure = Figure(figsize=(6.4, 4.8), dpi=100, layout="constrained")
    axes = figure.subplots()
    for name, points in curves.items():
        kept = [point for point in points if point.answered >= least]
        axes.step([p.coverage for p in kept], [1 - p.precision for p in kept], where="post", label=name)
    axes.set(title=title, xlabel="share of answerable questions answered", ylabel="share wrong among the answered")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.grid(alpha=0.3)
    if curves:
        figure.legend(loc="outside lower center", ncols=2)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
