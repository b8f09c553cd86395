"""Find: a message and its triage to passages with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.knowledge.answerability import SHIPPED, Answerability, Candidate, Question, features
from cs_assist.knowledge.index import PassageIndex
from cs_assist.types import Findings, Message, Passage, Triage

_DENSE = 30
_LEXICAL = 15


class TextEncoder(Protocol):
    """What searching needs of an encoder."""

    @property
    def revision(self) -> str:
        """Name and content hash."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one unit vector a text."""
        ...


class KnowledgeBase:
    """Searches one index.

    Only passages for the message's market, platform and day are looked at; they are filtered inside
    the search, never afterwards. Candidates come from the nearest vectors and from BM25; a trained
    score ranks them and says how likely each answers.

    Args:
        folder: An index written by ``cs-assist kb build``.
        encoder: Must have the revision that built the index.
        answer_at: The ``p_answers`` from which a message counts as answerable.
        weights: Weights of the score; the shipped ones by default.

    Raises:
        IndexMissingError: There is no index.
        IndexMismatchError: Another encoder built it.
        IndexDamagedError: A file was altered.
        HeadMismatchError: The weights belong to another encoder.
    """

    def __init__(self, folder: Path, encoder: TextEncoder, *, answer_at: float = 0.5, weights: Path = SHIPPED) -> None:
        self.index = PassageIndex.load(folder, encoder=encoder.revision)
        self.answerability = Answerability(weights, encoder=encoder.revision)
        self._encoder = encoder
        self._answer_at = answer_at

    def __call__(self, message: Message, triage: Triage, *, on: date, k: int = 5, language: str | None = None) -> Findings:
        """Return the best ``k`` passages, of different articles first, for a message read on a day.

        Args:
            message: Its market and platform are the filters; no platform means the shop's own.
            triage: Gives the cleaned text, the language and the intents.
            on: The day on which an article must be in force.
            k: How many passages at most.
            language: Only articles that readers of this language read; by default all languages are
                searched, because an answer in another one still helps the person who drafts.
        """
        question = Question(
            text=triage.text,
            language=triage.language,
            market=message.market,
            platform=message.platform,
            categories=self.answerability.category_fit(triage.intents),
        )
        candidates = self.candidates(question, on=on, language=language)
        if not candidates:
            return Findings()
        documents = [candidate.passage.doc_id for candidate in candidates]
        scores, answers = self.answerability.judge(features(question, candidates), documents)
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].position))
        first_of: dict[str, int] = {}
        for i in order:
            first_of.setdefault(candidates[i].passage.doc_id, i)
        firsts = list(first_of.values())
        chosen = (firsts + [i for i in order if i not in firsts])[:k]
        passages = tuple(self._passage(candidates[i], float(scores[i]), float(answers[i])) for i in chosen)
        best = passages[0].p_answers
        return Findings(passages=passages, p_answerable=best, answerable=best >= self._answer_at)

    def candidates(self, question: Question, *, on: date, language: str | None = None) -> list[Candidate]:
        """Return the passages that either search holds likely, each with both scores."""
        mask = self.index.allowed(market=question.market, platform=question.platform, on=on, language=language)
        if not question.text or not mask.any():
            return []
        vector = self._encoder.encode_queries([question.text])[0]
        cosines = dict(self.index.nearest(vector, mask, _DENSE))
        lexical = np.where(mask, self.index.lexical.scores(question.text), 0)
        top = np.argsort(-lexical, kind="stable")[:_LEXICAL]
        missing = [int(i) for i in top if lexical[i] > 0 and int(i) not in cosines]
        cosines.update(self.index.cosines(vector, missing))
        return [Candidate(i, self.index.passages[i], cosine, float(lexical[i])) for i, cosine in sorted(cosines.items())]

    def _passage(self, candidate: Candidate, score: float, p_answers: float) -> Passage:
        p = candidate.passage
        return Passage(
            doc_id=p.doc_id,
            chunk=p.number,
            title=p.title,
            text=p.text,
            score=round(score, 4),
            p_answers=round(p_answers, 4),
            language=p.language,
            url=p.url,
            category=p.category,
            approved=p.approved,
            markets=p.markets,
            lead=self.index.lead(p) if p.number else "",
        )
