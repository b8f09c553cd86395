"""How likely a passage answers a message: a calibrated score over what two searches and the context say.

The weights are trained by ``training/train_answerability.py`` on messages with known answers,
against passages that are on the topic and do not answer; they belong to one encoder's revision.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cs_assist.errors import HeadMismatchError
from cs_assist.knowledge.index import Stored
from cs_assist.knowledge.lexical import tokenize
from cs_assist.types import same_language

SHIPPED = Path(__file__).parent / "data" / "answerability.json"
_CODE = re.compile(r"\d+(?:[.,]\d+)?|[A-Za-z]+\d+\w*|[A-Z]{2,}")

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
    codes = {code.lower() for code in _CODE.findall(question.text)}
    cosines = sorted((c.cosine for c in candidates), reverse=True)
    lexicals = sorted((c.lexical for c in candidates), reverse=True)
    second = _runner_up(candidates)
    rows = []
    for c in candidates:
        p = c.passage
        body = f"{p.title} {p.text}".lower() if codes else ""
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
                sum(code in body for code in codes),
                sum(code not in body for code in codes),
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
    return max((c.cosine for c in candidates if c.passage.doc_id != best.passage.doc_id), default=best.cosine - 0.1)


def judged(normal: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], documents: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return what the probability is computed from: the features, the score, and its lead over other articles."""
    leads = np.empty(len(scores), np.float32)
    for i, document in enumerate(documents):
        others = [s for s, d in zip(scores, documents, strict=True) if d != document]
        leads[i] = scores[i] - max(others) if others else 1.0
    return np.concatenate([normal, scores[:, None], leads[:, None]], axis=1).astype(np.float32)


def trained_for(path: Path = SHIPPED) -> str:
    """Return the revision of the encoder that a file of weights belongs to."""
    return str(json.loads(path.read_text(encoding="utf-8"))["encoder"])


class Answerability:
    """The trained weights: one set ranks the candidates, another says how likely a candidate answers.

    Args:
        path: A file written by ``training/train_answerability.py``.
        encoder: The revision of the encoder in use.

    Raises:
        HeadMismatchError: The weights were trained with another encoder: a threshold never carries over.
    """

    def __init__(self, path: Path = SHIPPED, *, encoder: str) -> None:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
        if data["encoder"] != encoder:
            raise HeadMismatchError(
                f"'{path.name}' was calibrated for encoder '{data['encoder']}', but '{encoder}' is in use.",
                hint="Run training/train_answerability.py for this encoder, or calibrate without weights.",
            )
        if tuple(data["features"]) != FEATURES:
            raise HeadMismatchError(f"'{path.name}' has other features than this release.", hint="Train it anew.")
        #: Changes whenever the raw score may: a calibration belongs to one.
        self.revision = f"{path.stem}@{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        self._mean = np.array(data["mean"], np.float32)
        self._spread = np.array(data["spread"], np.float32)
        self._rank = np.array(data["rank"], np.float32)
        self._answers = np.array(data["answers"], np.float32)
        self._bias = float(data["bias"])
        self._calibration = [(float(a), float(b)) for a, b in data["calibration"]]
        self.categories: dict[str, dict[str, float]] = data["categories"]

    def score(
        self, question: Question, candidates: Sequence[Candidate]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return what :meth:`judge` does, for the candidates of one search."""
        return self.judge(features(question, candidates), [c.passage.doc_id for c in candidates])

    def judge(
        self, rows: npt.NDArray[np.float32], documents: Sequence[str]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return, for each candidate of one search, its ranking score and its raw score: the log-odds that it answers.

        Args:
            rows: :func:`features` of all candidates of the search.
            documents: The article of each candidate: what a candidate must stand out against is the
                best passage of another article.
        """
        normal = np.asarray((rows - self._mean) / self._spread, np.float32)
        scores = np.asarray(normal @ self._rank, np.float32)
        return scores, np.asarray(judged(normal, scores, documents) @ self._answers + self._bias, np.float32)

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that belongs to each raw score, as it was on the questions of the training."""
        xs, ys = zip(*self._calibration, strict=True)
        return np.asarray(np.interp(raw, xs, ys), np.float32)

    def category_fit(self, intents: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Return how likely the answer stands in each category, given the message's intents."""
        fit: dict[str, float] = {}
        for intent, p in intents:
            for category, share in self.categories.get(intent, {}).items():
                fit[category] = fit.get(category, 0.0) + p * share
        return fit
