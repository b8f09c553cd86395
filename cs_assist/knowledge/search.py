"""Find: a message and its triage to passages with calibrated probabilities."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cs_assist.config import Settings
from cs_assist.encoder.base import Encoder
from cs_assist.errors import IndexMismatchError
from cs_assist.knowledge.another import BY_COUNTRY, Countries, for_another_country, names_another
from cs_assist.knowledge.answerability import SHIPPED, Answerability, Candidate, Question, Scored, trained_for
from cs_assist.knowledge.calibrate import Calibration, load_calibration
from cs_assist.knowledge.fusion import Fusion
from cs_assist.knowledge.index import PassageIndex, Stored, current_generation
from cs_assist.knowledge.reader import Reader
from cs_assist.knowledge.searchlog import SearchLog
from cs_assist.knowledge.vectors import Mask
from cs_assist.types import Findings, Message, Passage, Triage, same_language

_logger = logging.getLogger(__name__)
_DENSE = 30
_LEXICAL = 15


#: Cosine of a passage's stored vector with the one it gets now, below which it is not the same encoder.
_SAME = 0.98
#: Articles that are shown in the customer's language where they exist in it; what stands below them is not read any more.
_SHOWN = 10
#: How likely a passage about something else answers, at most: ruled, for labelled questions hold too few such to learn from.
_ANOTHER = 0.1
#: The probability from which a passage answers rather than not.
_LIKELY = 0.5
#: ... from which it would have answered, had it been for this customer. Higher, for whom a passage is for says much about it,
#: and here nothing is known of that: gift wrapping was as likely as not to answer questions about gift cards.
_WOULD_ANSWER = 0.75
_DEFAULT_ANSWER_AT: float = Settings.model_fields["reply_at"].default


class Scorer(Protocol):
    """How candidates are ranked, and what their raw scores are worth."""

    @property
    def revision(self) -> str:
        """What a calibration is bound to, beside the encoder."""
        ...

    def category_fit(self, intents: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Return how likely the answer stands in each category."""
        ...

    def score(self, question: Question, candidates: Sequence[Candidate]) -> Scored:
        """Return each candidate's ranking score and raw score, and where the answers stand."""
        ...

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that belongs to each raw score."""
        ...


@dataclass(frozen=True)
class _Ranked:
    """A candidate with what the scorer says of it.

    Attributes:
        span: The characters of its indexed text that answer, where it was read.
        another: Whether it is about something else than the message names.
    """

    candidate: Candidate
    score: float
    raw: float
    span: tuple[int, int] | None
    another: bool


class KnowledgeBase:
    """Searches one index.

    Only passages for the message's market, platform and day are looked at; they are filtered inside
    the search, never afterwards. Candidates come from the nearest vectors and from BM25. With the shipped
    encoder a trained score ranks them; with any other, reciprocal rank fusion. A reader then reads the eight best and
    ranks them anew. A passage about another country, model or error code than the message names never counts as an answer.

    How likely a passage answers is said by the calibration that lies in the index's folder (``cs-assist kb
    calibrate``), else by the shipped weights, which belong to the shipped encoder. With neither, every probability
    is 0, nothing counts as answerable, and :attr:`Findings.uncalibrated` and a warning in the log say why.

    Args:
        folder: An index written by ``cs-assist kb build``.
        encoder: Must have the revision that built the index.
        answer_at: The ``p_answers`` from which a message counts as answerable; by default the calibration's
            operating point, else the default of the setting ``reply_at``.
        reader: Reads the best passages together with the message: better answers for about 60 ms; None does without.
        weights: Weights of the score; by default the shipped ones, where they belong to the encoder.
        calibrated: Whether a calibration in the folder is read; not when a new one is being made.
        log: Notes every search; see :class:`~cs_assist.knowledge.searchlog.SearchLog`.
        countries: Reads which countries a message and a passage name; None asks for none.

    Raises:
        IndexMissingError: There is no index.
        IndexMismatchError: Another encoder built it, or the encoder has changed behind its name.
        IndexDamagedError: A file was altered.
        HeadMismatchError: The weights, or the calibration, belong to another encoder or reader.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        *,
        answer_at: float | None = None,
        reader: Reader | None = None,
        weights: Path | None = None,
        calibrated: bool = True,
        log: SearchLog | None = None,
        countries: Countries | None = None,
    ) -> None:
        self._countries = countries
        self.index = PassageIndex.load(folder, encoder=encoder.revision)
        self._folder = folder
        self._encoder = encoder
        self._log = log
        shipped = trained_for() == encoder.revision
        trained = shipped or weights is not None
        self.scorer: Scorer = (
            Answerability(weights or SHIPPED, encoder=encoder.revision, reader=reader) if trained else Fusion(reader)
        )
        self._check = not shipped
        if self._check:  # the shipped encoder's revision is a hash of its weights; another's may be a mere name
            check_encoder(self.index, encoder)
        read = load_calibration(folder, encoder=encoder.revision, scorer=self.scorer.revision) if calibrated else None
        self.calibration: Calibration | None = read
        chosen = read.answer_at if read else _DEFAULT_ANSWER_AT
        self._answer_at = chosen if answer_at is None else answer_at
        self.uncalibrated = "" if trained or read else f"no calibration for encoder '{encoder.revision}'"
        if self.uncalibrated and calibrated:
            _logger.warning(
                "%s: nothing found in '%s' counts as an answer. Run: cs-assist kb calibrate --index %s --questions FILE",
                self.uncalibrated, folder, folder,
            )  # fmt: skip

    def refresh(self) -> bool:
        """Take over the generation in force in the folder; return whether it is another than before.

        Searches in other threads go on: each uses the generation that it began with. Where an error is raised, the
        generation in use stays. The errors are those of the constructor.
        """
        if current_generation(self._folder) == self.index.generation:
            return False
        index = PassageIndex.load(self._folder, encoder=self._encoder.revision)
        if self._check:
            check_encoder(index, self._encoder)
        self.index = index
        return True

    def __call__(
        self,
        message: Message,
        triage: Triage,
        *,
        on: date,
        k: int = 5,
        language: str | None = None,
        category: str | None = None,
        product: str | None = None,
    ) -> Findings:
        """Return the best ``k`` passages, of different articles first, for a message read on a day.

        Args:
            message: Its market and platform are the filters; no platform means the shop's own.
            triage: Gives the cleaned text, the language and the intents.
            on: The day on which an article must be in force.
            k: How many passages at most; at least one.
            language: Only articles that readers of this language read; by default all languages are
                searched, because an answer in another one still helps the person who drafts.
            category: Only articles of this category; by default those of all.
            product: Only articles about this product, as their heads name it; by default all articles.

        Raises:
            ValueError: ``k`` is less than 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        index = self.index  # one generation for the whole search, whatever another thread takes over
        mask = index.allowed(
            market=message.market, platform=message.platform, on=on, language=language, category=category, product=product
        )
        found = self._findings(index, self._rank(index, message, triage, mask), k)
        if self._log is not None:
            self._log(message, triage, found)
        return found

    def first(self, message: Message, triage: Triage, *, on: date) -> tuple[frozenset[str], float] | None:
        """Return the ids of the article that is ranked first, one a language, and its passage's raw score.

        None where no article is allowed.
        """
        index = self.index
        ranked = self._rank(index, message, triage, index.allowed(market=message.market, platform=message.platform, on=on))
        if not ranked:
            return None
        article = index.passages.of_article(ranked[0].candidate.position)
        return frozenset(index.passages[int(at)].doc_id for at in article), ranked[0].raw

    def _rank(self, index: PassageIndex, message: Message, triage: Triage, mask: Mask) -> list[_Ranked]:
        """Return the candidates of one search, the best first: one passage of each article, then all others."""
        question = Question(
            text=triage.text,
            language=triage.language,
            market=message.market,
            platform=message.platform,
            categories=self.scorer.category_fit(triage.intents),
        )
        candidates = _of_few_variants(self._candidates(index, question, mask), triage.language)
        if not candidates:
            return []
        scored = self.scorer.score(question, candidates)
        another = self._about_another(message, triage)
        ranked = [
            _Ranked(c, float(scored.scores[i]), float(scored.raw[i]), scored.spans.get(i), another(c.passage))
            for i, c in enumerate(candidates)
        ]
        ranked.sort(key=lambda one: (-one.score, one.candidate.position))
        best: dict[str, _Ranked] = {}
        for one in ranked:
            best.setdefault(one.candidate.passage.article, one)
        firsts = list(best.values())
        shown = [_in_their_words(one, index, triage.language, mask) for one in firsts[:_SHOWN]] + firsts[_SHOWN:]
        places = {one.candidate.position for one in shown}
        return [*shown, *(one for one in ranked if one.candidate.position not in places)]

    def _about_another(self, message: Message, triage: Triage) -> Callable[[Stored], bool]:
        """Return what tells whether a passage is about something else than the message names."""
        countries, abroad = self._countries, frozenset[str]()
        if countries is not None and triage.intent in BY_COUNTRY:
            abroad = countries.asked(triage.text, triage.language) - {message.market}
        text = _without_orders(triage)

        def another(passage: Stored) -> bool:
            return names_another(text, passage) or (countries is not None and for_another_country(abroad, passage, countries))

        return another

    def _findings(self, index: PassageIndex, ranked: Sequence[_Ranked], k: int) -> Findings:
        if not ranked:
            return Findings(uncalibrated=self.uncalibrated)
        answers = (self.calibration or self.scorer).probabilities(np.array([one.raw for one in ranked], np.float32))
        found = [(one, min(float(p), _ANOTHER) if one.another else float(p)) for one, p in zip(ranked, answers, strict=True)]
        if any(p >= _LIKELY for _, p in found):  # what names the very model or country goes before its neighbour
            found.sort(key=lambda pair: pair[0].another)
        passages = tuple(_passage(index, one, p) for one, p in found[:k])
        best = passages[0].p_answers
        return Findings(
            passages=passages,
            p_answerable=best,
            answerable=not self.uncalibrated and best >= self._answer_at,
            uncalibrated=self.uncalibrated,
        )

    def candidates(self, question: Question, *, on: date, language: str | None = None) -> list[Candidate]:
        """Return the passages that either search holds likely, each with both scores."""
        index = self.index
        mask = index.allowed(market=question.market, platform=question.platform, on=on, language=language)
        return self._candidates(index, question, mask)

    def likely(self, triage: Triage, passage: Stored) -> bool:
        """Tell whether a passage would probably answer a message, whomever it is for and whenever it is in force."""
        index = self.index
        question = Question(
            text=triage.text,
            language=triage.language,
            market=None,
            platform=passage.platform,
            categories=self.scorer.category_fit(triage.intents),
        )
        candidates = self._candidates(index, question, np.ones(len(index.passages), np.bool_))
        at = next((i for i, one in enumerate(candidates) if one.passage.key == passage.key), None)
        if at is None or names_another(_without_orders(triage), passage):
            return False
        raw = self.scorer.score(question, candidates).raw[at : at + 1]
        return float((self.calibration or self.scorer).probabilities(raw)[0]) >= _WOULD_ANSWER

    def _candidates(self, index: PassageIndex, question: Question, mask: Mask) -> list[Candidate]:
        if not question.text or not mask.any():
            return []
        vector = self._encoder.encode_queries([question.text])[0]
        cosines = dict(index.nearest(vector, mask, _DENSE))
        lexical = np.where(mask, index.lexical.scores(question.text), 0)
        top = np.argsort(-lexical, kind="stable")[:_LEXICAL]
        missing = [int(i) for i in top if lexical[i] > 0 and int(i) not in cosines]
        cosines.update(index.cosines(vector, missing))
        return [Candidate(i, index.passages[i], cosine, float(lexical[i])) for i, cosine in sorted(cosines.items())]


def open_knowledge(
    settings: Settings,
    folder: Path,
    encoder: Encoder,
    *,
    calibrated: bool = True,
    log: SearchLog | None = None,
    countries: Countries | None = None,
) -> KnowledgeBase:
    """Return the knowledge base in a folder as the settings want it: with or without the reader, and with their threshold.

    The errors are those of :class:`KnowledgeBase`, and EncoderError where the reader's model is damaged.
    """
    # A threshold that somebody chose goes before the one that was measured; the mere default does not.
    answer_at = settings.reply_at if "reply_at" in settings.model_fields_set else None
    reader = Reader(threads=settings.threads) if settings.reader else None
    return KnowledgeBase(folder, encoder, answer_at=answer_at, reader=reader, calibrated=calibrated, log=log, countries=countries)


def _without_orders(triage: Triage) -> str:
    """Return the message without its order and tracking numbers, which are no models."""
    text = triage.text
    for entity in triage.entities:
        if entity.type in ("order_number", "tracking_number"):
            text = text.replace(entity.value, " ")
    return text


def _of_few_variants(candidates: list[Candidate], language: str) -> list[Candidate]:
    """Return the candidates without an article's further translations: they would take the places of other articles.

    Of each article those stay that are in the customer's language, and of the other variants the one whose passage is nearest.
    """
    own = {i for i, c in enumerate(candidates) if same_language(language, c.passage.language)}
    nearest: dict[str, tuple[float, str]] = {}
    for i, c in enumerate(candidates):
        if i not in own:
            nearest[c.passage.article] = max((c.cosine, c.passage.doc_id), nearest.get(c.passage.article, (-1.0, "")))
    return [c for i, c in enumerate(candidates) if i in own or nearest[c.passage.article][1] == c.passage.doc_id]


def _in_their_words(one: _Ranked, index: PassageIndex, language: str, mask: Mask) -> _Ranked:
    """Return the same answer in the customer's language, where the article exists in it and says the same there."""
    if same_language(language, one.candidate.passage.language):
        return one
    at = index.translation(one.candidate.position, language, mask)
    if at is None:
        return one
    return replace(one, candidate=replace(one.candidate, position=at, passage=index.passages[at]), span=None)


def _passage(index: PassageIndex, one: _Ranked, p_answers: float) -> Passage:
    p = one.candidate.passage
    head = len(p.indexed_text) - len(p.text)  # the reader reads the title too, which is no part of the text
    inside = (max(0, one.span[0] - head), max(0, one.span[1] - head)) if one.span else (0, 0)
    return Passage(
        doc_id=p.doc_id,
        chunk=p.number,
        title=p.title,
        text=p.text,
        score=round(one.score, 4),
        p_answers=round(p_answers, 4),
        language=p.language,
        url=p.url,
        category=p.category,
        approved=p.approved,
        markets=p.markets,
        lead=index.lead(p) if p.number else "",
        answer=inside if inside[1] > inside[0] else None,
    )


def check_encoder(index: PassageIndex, encoder: Encoder) -> None:
    """Refuse an encoder that no longer gives a stored passage its vector: some have a name, and no hash, of their weights.

    Raises:
        IndexMismatchError: The first passage's vector has moved.
    """
    stored = index.vectors([0])[0]
    now = encoder.encode_passages([index.passages[0].indexed_text])[0]
    if now.shape != stored.shape or float(now @ stored) < _SAME:
        raise IndexMismatchError(
            f"encoder '{encoder.revision}' gives other vectors than when it built the index: the model has changed.",
            hint="Build the index anew, and calibrate it anew.",
        )
