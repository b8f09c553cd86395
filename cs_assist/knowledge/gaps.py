"""Missing articles: what customers ask again and again, in whatever language, and no article answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from cs_assist.encoder.base import QueryEncoder
from cs_assist.knowledge.index import Stored
from cs_assist.knowledge.likeness import Likeness
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.types import Intent, Message, Triage, same_language

#: Likeness (see `likeness.py`) from which two questions are one, if their intents agree too: the probability that both
#: give to the same intents. Set on 36 questions of six kinds in eight languages: hidden among 100 or 480 other messages, 33 of
#: them came together with their own kind, and with one message that belonged elsewhere.
SAME_QUESTION = 0.6
SAME_INTENT = 0.2
EXAMPLES = 5
#: Messages that no article could answer.
_NO_QUESTION = {Intent.GREETING, Intent.PRAISE, Intent.SPAM, Intent.HUMAN_REQUEST}
#: Texts whose likeness is computed at a time.
_BLOCK = 1_024


@dataclass(frozen=True)
class Asked:
    """One message that was not answered, as it was read, and the day on which it came."""

    message: Message
    triage: Triage
    on: date


@dataclass(frozen=True)
class Gap:
    """One question without an answer.

    Attributes:
        count: How many messages ask it.
        languages: The messages' languages, the most frequent first, with counts; ``markets`` likewise.
        examples: Up to five of the messages, the most typical first, one of each language first.
        nearest: The article whose text is nearest to the question, whomever it is for; None in an empty index.
        why: Why that one did not answer: ``other_market``, ``other_platform``, ``expired``, ``not_yet_valid``,
            ``other_language``, or ``off_topic``: it does not say what most of the messages ask, or nothing kept it from them.
    """

    count: int
    languages: tuple[tuple[str, int], ...]
    markets: tuple[tuple[str, int], ...]
    examples: tuple[Asked, ...]
    nearest: Stored | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class Gaps:
    """The report: the gaps, the most frequent first, and what became of the other messages.

    ``answered`` messages have an answer in the index by now, ``no_question`` ones ask nothing, and ``single`` ones are
    alone with their question.
    """

    gaps: tuple[Gap, ...]
    messages: int
    answered: int
    no_question: int
    single: int


def find_gaps(asked: Sequence[Asked], base: KnowledgeBase, encoder: QueryEncoder, *, at_least: int = 3) -> Gaps:
    """Return the questions that several messages ask and the index does not answer.

    The method: messages that the index answers by now are left out, and so are greetings, praise, spam and calls for a
    person. Two of the rest are neighbours where their likeness, without what their languages put into their vectors,
    is at least :data:`SAME_QUESTION` and their intents agree by at least :data:`SAME_INTENT`. The message with the
    most neighbours leads the first group, which is itself and those neighbours, the nearest first, that are on
    average as alike to all that are in it already. It is taken away and the rest is treated in the same way. Equal
    ones go by text and id, so that the same messages give the same groups in any order.

    Args:
        asked: The messages, from wherever they were not answered.
        base: The index; its operating point says what counts as answered.
        encoder: The one of the index.
        at_least: Messages from which a group is reported.
    """
    questions = [a for a in asked if a.triage.text and a.triage.intent not in _NO_QUESTION]
    open_ = [a for a in questions if not base(a.message, a.triage, on=a.on, k=1).answerable]
    open_.sort(key=lambda a: (a.triage.text, a.triage.language, a.message.id))
    vectors = encoder.encode_queries([a.triage.text for a in open_]) if open_ else np.empty((0, 1), np.float32)
    scale = Likeness(encoder.encode_queries)
    placed = scale.place(vectors, [a.triage.language for a in open_])
    groups = group(placed, scale, _intents(open_))
    gaps = [_gap([open_[i] for i in members], vectors[members], base) for members in groups if len(members) >= at_least]
    return Gaps(
        gaps=tuple(sorted(gaps, key=lambda gap: -gap.count)),
        messages=len(asked),
        answered=len(questions) - len(open_),
        no_question=len(asked) - len(questions),
        single=len(open_) - sum(gap.count for gap in gaps),
    )


def group(placed: npt.NDArray[np.float32], scale: Likeness, intents: npt.NDArray[np.float32]) -> list[list[int]]:
    """Return groups of positions, each led by the one with the most neighbours; the rest in falling likeness to it.

    Args:
        placed: One vector a message, from the scale's ``place``.
        scale: Turns their cosines into likeness.
        intents: One row a message, the probability of each intent.
    """
    near: list[npt.NDArray[np.intp]] = []  # of each position, those as alike as one question; itself among them
    for start in range(0, len(placed), _BLOCK):
        likeness = scale.of(placed[start : start + _BLOCK] @ placed.T)
        for i, row in enumerate(likeness, start=start):
            alike = np.flatnonzero(row >= SAME_QUESTION)
            agree = np.minimum(intents[i], intents[alike]).sum(axis=1) >= SAME_INTENT
            near.append(alike[agree | (alike == i)])
    counts = np.array([len(several) for several in near], np.int64)
    groups = []
    while len(counts) and counts.max() > 0:
        leader = int(counts.argmax())
        neighbours = [int(i) for i in near[leader] if counts[i] > 0 and i != leader]
        neighbours.sort(key=lambda i: (-float(placed[leader] @ placed[i]), i))
        members = [leader]
        for i in neighbours:
            if scale.of(placed[members] @ placed[i]).mean() >= SAME_QUESTION:
                members.append(i)
        for i in members:
            counts[near[i]] -= 1
        counts[members] = np.iinfo(np.int64).min // 2  # taken, however often it is counted down from here
        groups.append(members)
    return groups


def _intents(asked: Sequence[Asked]) -> npt.NDArray[np.float32]:
    found = [dict(one.triage.intents) for one in asked]
    return np.array([[p.get(intent.value, 0.0) for intent in Intent] for p in found], np.float32).reshape(len(found), len(Intent))


def _gap(members: Sequence[Asked], vectors: npt.NDArray[np.float32], base: KnowledgeBase) -> Gap:
    nearest = _nearest(vectors[0], base)
    return Gap(
        count=len(members),
        languages=_counted([asked.triage.language for asked in members]),
        markets=_counted([asked.message.market or "" for asked in members]),
        examples=_examples(members),
        nearest=nearest,
        why=_why(nearest, members, base) if nearest else (),
    )


def _counted(values: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(value for value in values if value).items(), key=lambda pair: (-pair[1], pair[0])))


def _examples(members: Sequence[Asked]) -> tuple[Asked, ...]:
    """Return the first message of each language, then the others, each text once."""
    firsts: dict[str, Asked] = {}
    texts: dict[str, Asked] = {}
    for asked in members:
        if asked.triage.text not in texts:
            texts[asked.triage.text] = asked
            firsts.setdefault(asked.triage.language, asked)
    others = [asked for asked in texts.values() if firsts[asked.triage.language] is not asked]
    return (*firsts.values(), *others)[:EXAMPLES]


def _nearest(vector: npt.NDArray[np.float32], base: KnowledgeBase) -> Stored | None:
    index = base.index
    found = index.nearest(vector, np.ones(len(index.passages), np.bool_), 1)
    return index.passages[found[0][0]] if found else None


def _why(passage: Stored, members: Sequence[Asked], base: KnowledgeBase) -> tuple[str, ...]:
    """Return what kept a passage from most of the messages; where it says something else, nothing did."""
    answered = [asked for asked in members if base.uncalibrated or base.likely(asked.triage, passage)]
    reasons = Counter(reason for asked in answered for reason in _obstacles(passage, asked))
    return tuple(sorted(reason for reason, count in reasons.items() if 2 * count > len(members))) or ("off_topic",)


def _obstacles(passage: Stored, asked: Asked) -> list[str]:
    day, market = asked.on.isoformat(), asked.message.market
    checks = (
        ("other_market", bool(market and passage.markets and market not in passage.markets)),
        ("other_platform", passage.platform not in (None, asked.message.platform or "own_shop")),
        ("expired", bool(passage.valid_until and passage.valid_until < day)),
        ("not_yet_valid", bool(passage.valid_from and passage.valid_from > day)),
        ("other_language", not same_language(asked.triage.language, passage.language)),
    )
    return [reason for reason, holds in checks if holds]
