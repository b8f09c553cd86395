"""From raw scores to probabilities, measured on a shop's own questions, and the point from which an answer may be sent.

A calibration belongs to one encoder and one way of scoring. Both are written into it and checked when it is read: a
threshold never carries over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cs_assist.errors import CalibrationError, HeadMismatchError, IndexDamagedError, KnowledgeIndexError
from cs_assist.types import Message, Probability, Triage

FILE = "calibration.json"
MIN_QUESTIONS = 50
MIN_UNANSWERABLE = 10
#: Messages that must have been answered at a point before its precision counts as measured.
MIN_ANSWERED = 20
#: The precisions that every report states.
TARGETS = (0.95, 0.97, 0.99)
_FOLDS = 10
Floats = npt.NDArray[np.float64]


class Point(BaseModel):
    """What came out at one wanted precision: of ``questions`` messages ``answered`` were, ``right`` of them rightly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Probability
    questions: int
    answered: int
    right: int


class Calibration(BaseModel):
    """A monotone map from raw score to probability, and the operating point.

    The map is ``1 / (1 + exp(-(slope * raw + intercept)))`` (Platt 1999). ``point`` is what the operating point
    ``answer_at`` did on the very questions it was chosen on; ``checked`` is what the whole procedure, map and
    choice, did on questions that it had not seen (ten folds), and is the honest figure. ``ece`` is the mean distance
    between probability and share of right answers over ten bins, on unseen questions too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layout: Literal[2] = 2
    encoder: str
    scorer: str
    made_at: datetime
    questions: int
    unanswerable: int
    right_first: int
    slope: Annotated[float, Field(gt=0)]
    intercept: float
    precision: Probability
    answer_at: Probability
    point: Point
    checked: tuple[Point, ...]
    ece: float

    def probabilities(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that belongs to each raw score, rounded to four decimals."""
        return _probabilities(np.asarray(raw, np.float64), self.slope, self.intercept).astype(np.float32)

    def save(self, folder: Path) -> Path:
        """Write the calibration into an index's folder, whole or not at all; return the file.

        Raises:
            KnowledgeIndexError: The folder cannot be written.
        """
        path, temporary = folder / FILE, folder / f"{FILE}.new"
        try:
            said = self.model_dump(mode="json")
            temporary.write_text(json.dumps({**said, "own_sha256": _own_hash(said)}, indent=1) + "\n", encoding="utf-8")
            os.replace(temporary, path)
        except OSError as exc:
            raise KnowledgeIndexError(f"'{path}' cannot be written: {exc.strerror}.", hint="Make the folder writable.") from exc
        return path


def load_calibration(folder: Path, *, encoder: str, scorer: str) -> Calibration | None:
    """Return the calibration in an index's folder, or None where there is none.

    Raises:
        HeadMismatchError: It was made for another encoder or another way of scoring.
        IndexDamagedError: It is no calibration, or was altered since it was made.
    """
    path = folder / FILE
    again = f"Run: cs-assist kb calibrate --index {folder} --questions FILE; or remove the file."
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        stated = said.pop("own_sha256", "") if isinstance(said, dict) else ""
        made = Calibration.model_validate_json(json.dumps(said))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as exc:
        raise IndexDamagedError(f"'{path}' is no calibration.", hint=again) from exc
    if stated != _own_hash(said):
        raise IndexDamagedError(f"'{path}' is altered since it was made.", hint=again)
    for what, had, wanted in (("encoder", made.encoder, encoder), ("score", made.scorer, scorer)):
        if had != wanted:
            raise HeadMismatchError(f"'{path}' was made for {what} '{had}', but '{wanted}' is in use.", hint=again)
    return made


def _own_hash(said: dict[str, Any]) -> str:
    """Return the hash of all that a calibration says."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Labelled:
    """A question whose answer is known: ``gold`` names the articles that answer it, and is empty where none does."""

    message: Message
    triage: Triage
    on: date
    gold: tuple[str, ...]


@dataclass(frozen=True)
class Observed:
    """What a search said to one labelled question; ``raw`` is None where no article was allowed at all."""

    raw: float | None
    right: bool
    answerable: bool


class Searcher(Protocol):
    """What :func:`observe` needs of a knowledge base."""

    def first(self, message: Message, triage: Triage, *, on: date) -> tuple[frozenset[str], float] | None:
        """Return the ids of the article that is ranked first, one a language, and its passage's raw score."""
        ...


def observe(knowledge: Searcher, questions: Sequence[Labelled]) -> list[Observed]:
    """Search for every labelled question, and compare the first article with the truth."""
    observed = []
    for question in questions:
        first = knowledge.first(question.message, question.triage, on=question.on)
        right = first is not None and not first[0].isdisjoint(question.gold)
        observed.append(Observed(first[1] if first else None, right, bool(question.gold)))
    return observed


def calibrate(
    observed: Sequence[Observed], *, encoder: str, scorer: str, precision: float = 0.97, made_at: datetime
) -> Calibration:
    """Fit the map and choose the lowest probability from which at least ``precision`` of the answers are right.

    Args:
        observed: What :func:`observe` gave; questions like those that customers ask, in their proportions.
        encoder: The revision of the encoder that searched.
        scorer: The revision of the score.
        precision: The share of right ones among answered messages that is wanted.
        made_at: The moment to note.

    Raises:
        CalibrationError: There are too few questions, the score says nothing about them, or the precision is
            reached nowhere. Nothing is chosen then.
    """
    unanswerable = sum(not o.answerable for o in observed)
    _need_enough(len(observed), unanswerable)
    slope, intercept = _fit(observed)
    p = _judged(observed, slope, intercept)
    right = np.array([o.right for o in observed])
    answer_at = _choose(p, right, precision)
    if answer_at is None:
        raise CalibrationError(
            f"no threshold answers {MIN_ANSWERED} or more of the {len(observed)} questions with a precision of {precision:g}.",
            hint=_best_reached(p, right),
        )
    folds = _fold_numbers(right)
    unseen = np.zeros(len(observed))
    for fold in range(_FOLDS):
        train = [o for o, f in zip(observed, folds, strict=True) if f != fold]
        unseen[folds == fold] = _judged([o for o, f in zip(observed, folds, strict=True) if f == fold], *_fit(train))
    targets = sorted({*TARGETS, precision})
    return Calibration(
        encoder=encoder,
        scorer=scorer,
        made_at=made_at,
        questions=len(observed),
        unanswerable=unanswerable,
        right_first=int(right.sum()),
        slope=slope,
        intercept=intercept,
        precision=precision,
        answer_at=answer_at,
        point=_point(precision, p >= answer_at, right),
        checked=tuple(_checked(observed, folds, target) for target in targets),
        ece=round(_ece(unseen, right), 4),
    )


def _need_enough(questions: int, unanswerable: int) -> None:
    if questions < MIN_QUESTIONS or unanswerable < MIN_UNANSWERABLE:
        raise CalibrationError(
            f"{questions} questions, {unanswerable} of them without an answer, are too few to choose a threshold.",
            hint=f"At least {MIN_QUESTIONS} are needed, {MIN_UNANSWERABLE} of them with an empty 'gold'; hundreds are better.",
        )


def _best_reached(p: Floats, right: npt.NDArray[np.bool_]) -> str:
    """Return what could be had, for the hint of an error."""
    shares = [(right[p >= at].mean(), at) for at in np.unique(p) if at > 0 and (p >= at).sum() >= MIN_ANSWERED]
    if not shares:
        return "Fewer than that find any article; check markets and dates of the questions."
    best, at = max(shares)
    return f"The highest that is reached is {best:.3f}, on {int((p >= at).sum())} questions. Ask for less, or mend the articles."


def _fit(observed: Sequence[Observed]) -> tuple[float, float]:
    """Return slope and intercept of a logistic map by Newton's method, with Platt's smoothed targets."""
    found = [(o.raw, o.right) for o in observed if o.raw is not None]
    raw = np.array([r for r, _ in found])
    right = np.array([g for _, g in found], bool)
    spread = float(raw.std()) if len(raw) else 0.0
    if spread < 1e-9 or right.all() or not right.any():
        raise CalibrationError(
            "the score does not tell right answers from wrong ones in these questions.",
            hint="Check 'gold': some questions must be answered rightly, and some must not.",
        )
    middle = float(raw.mean())
    x = np.stack([(raw - middle) / spread, np.ones(len(raw))], axis=1)
    goal = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        curve = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)  # never singular
        step = np.linalg.solve(curve, x.T @ (goal - p))
        weights += np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-8:
            break
    slope = float(weights[0] / spread)
    if slope <= 0:
        raise CalibrationError(
            "higher scores are no likelier to be right in these questions.", hint="Check 'gold', markets and dates."
        )
    return slope, float(weights[1] - slope * middle)


def _probabilities(raw: Floats, slope: float, intercept: float) -> Floats:
    # Four decimals, as passages have them: the threshold is chosen on what will be compared with it.
    return np.round(1 / (1 + np.exp(-np.clip(slope * raw + intercept, -30, 30))), 4)


def _judged(observed: Sequence[Observed], slope: float, intercept: float) -> Floats:
    """Return the probability of each first passage; 0 where nothing was found."""
    raw = np.array([np.nan if o.raw is None else o.raw for o in observed])
    return np.nan_to_num(_probabilities(raw, slope, intercept), nan=0.0)


def _choose(p: Floats, right: npt.NDArray[np.bool_], precision: float) -> float | None:
    """Return the lowest probability from which on enough are answered and at least ``precision`` of them rightly."""
    for at in np.unique(p[p > 0]):
        answered = p >= at
        if answered.sum() < MIN_ANSWERED:
            return None
        if right[answered].mean() >= precision:
            return float(at)
    return None


def _fold_numbers(right: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Deal the questions out to the folds, right and wrong ones evenly, the same way every time."""
    folds = np.empty(len(right), np.int64)
    dealt = np.concatenate([np.flatnonzero(right), np.flatnonzero(~right)])
    folds[dealt] = np.arange(len(right)) % _FOLDS
    return folds


def _checked(observed: Sequence[Observed], folds: npt.NDArray[np.int64], target: float) -> Point:
    """Return what the procedure does on questions it has not seen: map and threshold come from the other folds."""
    answered = right = 0
    for fold in range(_FOLDS):
        train = [o for o, f in zip(observed, folds, strict=True) if f != fold]
        held = [o for o, f in zip(observed, folds, strict=True) if f == fold]
        curve = _fit(train)
        at = _choose(_judged(train, *curve), np.array([o.right for o in train]), target)
        if at is not None:
            sent = _judged(held, *curve) >= at
            answered += int(sent.sum())
            right += sum(o.right for o, s in zip(held, sent, strict=True) if s)
    return Point(target=target, questions=len(observed), answered=answered, right=right)


def _point(target: float, answered: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> Point:
    return Point(target=target, questions=len(right), answered=int(answered.sum()), right=int(right[answered].sum()))


def _ece(p: Floats, right: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini, Cooper and Hauskrecht 2015)."""
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
