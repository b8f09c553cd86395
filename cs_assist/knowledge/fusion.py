"""Ranking without training: for an encoder that no weights were trained for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cs_assist.knowledge.answerability import Candidate, Question

#: The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): 1 / (60 + rank).
_DAMPING = 60
#: The lead of a best passage that no other article competes with.
_ALONE = 0.1


class Fusion:
    """Ranks candidates by reciprocal rank fusion of cosine and BM25; what a rank is worth it cannot say.

    Nothing here depends on an encoder's scale. Therefore the raw score of a candidate is a difference: how far its
    cosine stands above the mean of all candidates, plus its lead over the best passage of another article. Only a
    calibration (:mod:`~cs_assist.knowledge.calibrate`) turns that into a probability.

    Example:
        >>> Fusion().probabilities(np.array([0.1, 0.3], np.float32)).tolist()
        [0.0, 0.0]
    """

    #: Changes whenever the raw score does: a calibration belongs to one.
    revision = "fusion@1"

    def category_fit(self, intents: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Return nothing: where an intent's answers stand is learnt, and nothing was."""
        return {}

    def score(
        self, question: Question, candidates: Sequence[Candidate]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return each candidate's ranking score and raw score; equal scores have equal ranks."""
        cosine = np.array([c.cosine for c in candidates], np.float32)
        lexical = np.array([c.lexical for c in candidates], np.float32)
        scores = 1 / (_DAMPING + _ranks(cosine)) + np.where(lexical > 0, 1 / (_DAMPING + _ranks(lexical)), 0)
        leads = np.full(len(candidates), _ALONE, np.float32)
        best = _best_by_article(candidates)
        for i, candidate in enumerate(candidates):
            others = [value for document, value in best.items() if document != candidate.passage.doc_id]
            if others:
                leads[i] = cosine[i] - max(others)
        return scores.astype(np.float32), (cosine - cosine.mean() + leads).astype(np.float32)

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return 0 for each raw score: nothing may be sent on a score that was never compared with the truth."""
        return np.zeros_like(raw)


def _ranks(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Return each value's rank, from 1 for the highest."""
    ordered = np.sort(-values)
    return np.asarray(np.searchsorted(ordered, -values, side="left") + 1, np.int64)


def _best_by_article(candidates: Sequence[Candidate]) -> dict[str, float]:
    best: dict[str, float] = {}
    for candidate in candidates:
        document = candidate.passage.doc_id
        best[document] = max(candidate.cosine, best.get(document, -1.0))
    return best
