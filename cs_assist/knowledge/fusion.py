"""Ranking without trained weights: for an encoder that none were trained for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cs_assist.knowledge.answerability import Candidate, Question, Scored, leads, read_best, reordered
from cs_assist.knowledge.reader import Reader

#: The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): 1 / (60 + rank).
_DAMPING = 60
#: The lead of a best passage that no other article competes with.
_ALONE = 0.1


class Fusion:
    """Ranks candidates by reciprocal rank fusion of cosine and BM25; what a rank is worth it cannot say.

    Nothing here depends on an encoder's scale. Therefore the raw score of a candidate is a difference: how far its
    cosine stands above the mean of all candidates, plus its lead over the best passage of another article. With a
    reader, the best are ranked anew by what it says, and that and its lead are the raw score. Only a calibration
    (:mod:`~cs_assist.knowledge.calibrate`) turns either into a probability.

    Args:
        reader: Reads the best passages of each search.

    Example:
        >>> Fusion().probabilities(np.array([0.1, 0.3], np.float32)).tolist()
        [0.0, 0.0]
    """

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader = reader
        #: Changes whenever the raw score does: a calibration belongs to one.
        self.revision = f"fusion@1+{reader.revision}" if reader else "fusion@1"

    def category_fit(self, intents: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Return nothing: where an intent's answers stand is learnt, and nothing was."""
        return {}

    def score(self, question: Question, candidates: Sequence[Candidate]) -> Scored:
        """Return each candidate's ranking score and raw score; equal scores have equal ranks."""
        cosine = np.array([c.cosine for c in candidates], np.float32)
        lexical = np.array([c.lexical for c in candidates], np.float32)
        both = 1 / (_DAMPING + _ranks(cosine)) + np.where(lexical > 0, 1 / (_DAMPING + _ranks(lexical)), 0)
        scores: npt.NDArray[np.float32] = both.astype(np.float32)
        if self._reader is None:
            lead = np.full(len(candidates), _ALONE, np.float32)
            best = _best_by_article(candidates)
            for i, candidate in enumerate(candidates):
                others = [value for document, value in best.items() if document != candidate.passage.article]
                if others:
                    lead[i] = cosine[i] - max(others)
            return Scored(scores, (cosine - cosine.mean() + lead).astype(np.float32))
        chosen, readings = read_best(self._reader, question, candidates, scores)
        answers = np.array([reading.answers for reading in readings], np.float32)
        raw = answers + leads(answers, [candidates[i].passage.article for i in chosen])
        return reordered(scores, chosen, readings, answers, raw)

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
        document = candidate.passage.article
        best[document] = max(candidate.cosine, best.get(document, -1.0))
    return best
