"""Groups for the training of the reader: one question, passages that answer it and passages that do not."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.lexical import tokenize
from cs_assist.knowledge.reader import DEPTH, framed
from training.retrieval import question_sets
from training.shops import asked

_WINDOW = 420  # characters of a paragraph that are shown; half of it where a character says more


@dataclass(frozen=True)
class Shown:
    """One passage: whether it answers, and the characters of the words that do."""

    text: str
    answers: bool
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Group:
    """One question with its passages; ``name`` tells the shop or set, and ``language`` is the question's."""

    name: str
    language: str
    asked: str
    shown: tuple[Shown, ...]
    answerable: bool
    plain: bool = False


def shop_groups(shop: Path, encoder: OnnxEncoder, *, size: int, seed: int) -> list[Group]:
    """Return a group for each question of a shop: the passages that answer, and the likeliest that do not.

    Another part of an article that answers is left out where the words that answer stand in one part alone: nobody
    has judged it.
    """
    random_ = random.Random(seed)
    made = []
    for item in asked(shop, encoder):
        best = sorted(range(len(item.candidates)), key=lambda i: -item.candidates[i].cosine)
        wanted = item.exact if any(item.exact) else item.right
        hits = [i for i in best if wanted[i]][:2]
        wrong = [i for i in best if not item.right[i]]
        # The likeliest, a hard one that the shop's author named, and one from further down.
        named = [i for i in wrong if item.candidates[i].passage.doc_id in item.query["hard_negatives"]][:1]
        rest = [i for i in wrong[:DEPTH] if i not in named]
        random_.shuffle(rest)
        chosen = (
            hits
            + named
            + rest[: max(0, size - 1 - len(hits) - len(named))]
            + random_.sample(wrong[DEPTH:], min(1, len(wrong[DEPTH:])))
        )
        if item.query["gold"] and not hits:
            continue
        shown = [_shown(item.candidates[i].passage.indexed_text, wanted[i], item.query.get("span") or "") for i in chosen]
        text = framed(item.question.text, market=item.question.market, platform=item.question.platform)
        made.append(Group(shop.name, item.query["lang"], text, tuple(shown), bool(item.query["gold"]), item.query["plain"]))
    return made


def _shown(text: str, answers: bool, span: str) -> Shown:
    at = text.find(span) if answers and span else -1
    return Shown(text, answers, (at, at + len(span)) if at >= 0 else None)


def public_groups(root: Path, *, each: int, size: int, seed: int) -> list[Group]:
    """Return groups of the public question sets: the paragraph's part that answers, and parts of the same text that do not."""
    random_ = random.Random(seed)
    made = []
    for name, rows in question_sets(root):
        by_text: dict[str, list[str]] = {}
        for row in rows:
            parts = by_text.setdefault(row.title, [])
            if row.context not in parts:
                parts.append(row.context)
        random_.shuffle(rows)
        for row in rows[:each]:
            shown = [_around(row.context, row.start, row.end, row.title, random_)]
            pool = [_excerpt(part, row.title, random_) for part in by_text[row.title] if part != row.context]
            pool += _elsewhere(row.context, row.start, row.end, row.title)
            if len(pool) < size - 1:  # short texts have one paragraph: then the likeliest of some others
                pool += [_excerpt(random_.choice(rows).context, row.title, random_) for _ in range(12)]
            words = set(tokenize(row.question))
            pool.sort(key=lambda text: -len(words & set(tokenize(text))))
            answer = row.context[row.start : row.end]
            wrong = [text for text in pool if not answer or answer not in text][: size - 1]
            shown += [Shown(text, False) for text in wrong]
            made.append(Group(name, name, framed(row.question, market=None, platform=None), tuple(shown), True))
    return made


def _room(text: str) -> int:
    return _WINDOW if re.search("[a-zA-Zа-яء-ي]{3}", text[:60]) else _WINDOW // 2


def _around(context: str, start: int, end: int, title: str, random_: random.Random) -> Shown:
    room = _room(context)
    begin = max(0, start - random_.randrange(0, max(1, room - (end - start)))) if end - start < room else start
    text = f"{title}\n{context[begin : begin + room]}"
    at = len(title) + 1 + start - begin
    return Shown(text, True, (at, at + end - start) if end > start else None)


def _excerpt(context: str, title: str, random_: random.Random) -> str:
    room = _room(context)
    begin = random_.randrange(0, max(1, len(context) - room))
    return f"{title}\n{context[begin : begin + room]}"


def _elsewhere(context: str, start: int, end: int, title: str) -> Iterator[str]:
    """Yield the parts of a long paragraph before and after the answer."""
    room = _room(context)
    for part in (context[max(0, start - room) : start], context[end : end + room]):
        if len(part) > room // 2:
            yield f"{title}\n{part}"
