"""How likely a passage answers a message: a calibrated score over what two searches and the context say, and the reader.

The weights are trained by ``training/train_answerability.py`` on messages with known answers,
against passages that are on the topic and do not answer; they belong to one encoder's revision, and those of the second
stage to one reader's too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cs_assist.errors import HeadMismatchError
from cs_assist.knowledge.index import Stored
from cs_assist.knowledge.lexical import codes_of, tokenize
from cs_assist.knowledge.reader import DEPTH, Reader, Reading, framed
from cs_assist.types import same_language

SHIPPED = Path(__file__).parent / "data" / "answerability.json"
FEATURES = (
    "cosine", "cosine_gap", "margin", "lexical", "lexical_gap", "overlap", "title_overlap", "codes_found",
    "codes_missing", "same_language", "names_market", "names_platform", "product_named", "product_other",
    "category_fit", "first_part", "query_words",
)  # fmt: skip


#: Names that shops give to one category.
_SAME_CATEGORY = {"product": "products", "tech": "products", "shipping": "logistics", "payment": "payments", "return": "returns"}


def category_name(category: str) -> str:
    """Return a category's usual name.

    Example:
        >>> category_name("product")
        'products'
    """
    return _SAME_CATEGORY.get(category, category)


@dataclass(frozen=True)
class Candidate:
    """One passage with what the two searches say of it."""

    position: int
    passage: Stored
    cosine: float
    lexical: float


@dataclass(frozen=True)
class Question:
    """What is asked, and around it."""

    text: str
    language: str
    market: str | None
    platform: str | None
    categories: dict[str, float]


def features(question: Question, candidates: Sequence[Candidate]) -> npt.NDArray[np.float32]:
    """Return one row of :data:`FEATURES` a candidate."""
    words = set(tokenize(question.text))
    codes = codes_of(question.text)
    cosines = sorted((c.cosine for c in candidates), reverse=True)
    lexicals = sorted((c.lexical for c in candidates), reverse=True)
    second = _runner_up(candidates)
    rows = []
    for c in candidates:
        p = c.passage
        named = bool(p.product_terms & words)
        rows.append(
            (
                c.cosine,
                c.cosine - cosines[0],
                c.cosine - second if c.cosine >= cosines[0] else 0.0,
                np.log1p(c.lexical),
                np.log1p(c.lexical) - np.log1p(lexicals[0]),
                len(words & p.terms) / max(1, len(words)),
                len(words & p.title_terms) / max(1, len(words)),
                len(codes & p.codes) if codes else 0,
                len(codes - p.codes) if codes else 0,
                float(same_language(question.language, p.language)),
                float(question.market in p.markets),
                float(p.platform is not None and p.platform == question.platform),
                float(named),
                float(bool(p.product_terms) and not named),
                question.categories.get(category_name(p.category), 0.0),
                float(p.number == 0),
                np.log1p(len(words)),
            )
        )
    return np.array(rows, np.float32).reshape(len(rows), len(FEATURES))


def _runner_up(candidates: Sequence[Candidate]) -> float:
    """Return the best cosine among passages of other articles than the best one's."""
    best = max(candidates, key=lambda c: c.cosine)
    return max((c.cosine for c in candidates if c.passage.article != best.passage.article), default=best.cosine - 0.1)


@dataclass(frozen=True)
class Scored:
    """What a scorer says of the candidates of one search.

    Attributes:
        scores: Rank the candidates of this search.
        raw: Log-odds that each answers, before calibration; comparable between searches.
        spans: By candidate that the reader read: the characters of its indexed text that answer, if it does.
    """

    scores: npt.NDArray[np.float32]
    raw: npt.NDArray[np.float32]
    spans: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def leads(scores: npt.NDArray[np.float32], documents: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return how far each score stands above the best one of another article; 1 where there is none."""
    found = np.ones(len(scores), np.float32)
    for i, document in enumerate(documents):
        others = [s for s, d in zip(scores, documents, strict=True) if d != document]
        if others:
            found[i] = scores[i] - max(others)
    return found


def judged(normal: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], documents: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return what the probability is computed from: the features, the score, and its lead over other articles."""
    return np.concatenate([normal, scores[:, None], leads(scores, documents)[:, None]], axis=1).astype(np.float32)


def with_reading(
    rows: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], answers: npt.NDArray[np.float32], documents: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Return the features of the second stage: those of the first, its score, and what the reader says, each with its lead."""
    return np.concatenate(
        [rows, np.stack([scores, leads(scores, documents), answers, leads(answers, documents)], axis=1)], axis=1
    ).astype(np.float32)


def trained_for(path: Path = SHIPPED) -> str:
    """Return the revision of the encoder that a file of weights belongs to."""
    return str(json.loads(path.read_text(encoding="utf-8"))["encoder"])


class Stage:
    """Two sets of linear weights over standardised features: one ranks, the other says how likely a candidate answers."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._mean = np.array(data["mean"], np.float32)
        self._spread = np.array(data["spread"], np.float32)
        self._rank = np.array(data["rank"], np.float32)
        self._answers = np.array(data["answers"], np.float32)
        self._bias = float(data["bias"])
        self._calibration = [(float(a), float(b)) for a, b in data["calibration"]]

    def judge(
        self, rows: npt.NDArray[np.float32], documents: Sequence[str]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return, for each candidate of one search, its ranking score and its raw score: the log-odds that it answers.

        Args:
            rows: The features of all candidates of the search.
            documents: The article of each candidate: what a candidate must stand out against is the
                best passage of another article.
        """
        normal = np.asarray((rows - self._mean) / self._spread, np.float32)
        scores = np.asarray(normal @ self._rank, np.float32)
        return scores, np.asarray(judged(normal, scores, documents) @ self._answers + self._bias, np.float32)

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that belongs to each raw score, as it was on questions that no weight was fitted on."""
        xs, ys = zip(*self._calibration, strict=True)
        return np.asarray(np.interp(raw, xs, ys), np.float32)


class Answerability:
    """The trained weights. Without a reader the first stage ranks and judges; with one, the second re-ranks the best.

    Args:
        path: A file written by ``training/train_answerability.py``.
        encoder: The revision of the encoder in use.
        reader: Reads the best passages of each search.

    Raises:
        HeadMismatchError: The weights were trained with another encoder or reader: a threshold never carries over.
    """

    def __init__(self, path: Path = SHIPPED, *, encoder: str, reader: Reader | None = None) -> None:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
        if data["encoder"] != encoder:
            raise HeadMismatchError(
                f"'{path.name}' was calibrated for encoder '{data['encoder']}', but '{encoder}' is in use.",
                hint="Run training/train_answerability.py for this encoder, or calibrate without weights.",
            )
        if tuple(data["features"]) != FEATURES:
            raise HeadMismatchError(f"'{path.name}' has other features than this release.", hint="Train it anew.")
        if reader and data["reader"] != reader.revision:
            raise HeadMismatchError(
                f"'{path.name}' was trained with reader '{data['reader']}', but '{reader.revision}' is in use.",
                hint="Run training/train_answerability.py for this reader, or switch the reader off.",
            )
        #: Changes whenever the raw score may: a calibration belongs to one.
        self.revision = f"{path.stem}@{hashlib.sha256(text.encode()).hexdigest()[:12]}" + ("+reader" if reader else "")
        self._reader = reader
        self._first, self._second = Stage(data["first"]), Stage(data["second"])
        self.categories: dict[str, dict[str, float]] = data["categories"]

    def score(self, question: Question, candidates: Sequence[Candidate]) -> Scored:
        """Return what :class:`Scored` says, for the candidates of one search."""
        rows, documents = features(question, candidates), [c.passage.article for c in candidates]
        scores, raw = self._first.judge(rows, documents)
        if self._reader is None:
            return Scored(scores, raw)
        chosen, readings = read_best(self._reader, question, candidates, scores)
        names = [documents[i] for i in chosen]
        answers = np.array([reading.answers for reading in readings], np.float32)
        second = with_reading(rows[chosen], scores[chosen], answers, names)
        return reordered(scores, chosen, readings, *self._second.judge(second, names))

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that belongs to each raw score."""
        return (self._second if self._reader else self._first).probabilities(raw)

    def category_fit(self, intents: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Return how likely the answer stands in each category, given the message's intents."""
        fit: dict[str, float] = {}
        for intent, p in intents:
            for category, share in self.categories.get(intent, {}).items():
                fit[category] = fit.get(category, 0.0) + p * share
        return fit


def read_best(
    reader: Reader, question: Question, candidates: Sequence[Candidate], scores: npt.NDArray[np.float32]
) -> tuple[list[int], list[Reading]]:
    """Return the places of the best candidates, and what the reader says of each."""
    chosen = [int(i) for i in np.argsort(-scores, kind="stable")[:DEPTH]]
    asked = framed(question.text, market=question.market, platform=question.platform)
    return chosen, reader.read(asked, [candidates[i].passage.indexed_text for i in chosen])


def reordered(
    scores: npt.NDArray[np.float32],
    chosen: Sequence[int],
    readings: Sequence[Reading],
    read_scores: npt.NDArray[np.float32],
    read_raw: npt.NDArray[np.float32],
) -> Scored:
    """Return all candidates: those that were read with their new scores, the others below them in their old order."""
    out = np.full(len(scores), read_scores.min() - 1, np.float32) + np.minimum(scores - scores[list(chosen)].min(), 0)
    raw = np.full(len(scores), read_raw.min(), np.float32)
    out[list(chosen)], raw[list(chosen)] = read_scores, read_raw
    return Scored(out, raw, {i: (reading.start, reading.end) for i, reading in zip(chosen, readings, strict=True)})
