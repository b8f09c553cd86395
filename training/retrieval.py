"""Pairs of a message and the passage that answers it, for the contrastive part of the training."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import Chunk, chunk_article

LEFT_OUT_SHOP = "voltari"  # never trained on: retrieval and answerability are measured and calibrated with it
QA_EACH = 400  # pairs taken from each public question-answer set
_WINDOW = 350  # characters of a paragraph around its answer


@dataclass(frozen=True)
class Pair:
    """``group`` names what is asked: passages of the same group are no negatives of each other."""

    query: str
    passage: str
    hard: tuple[str, ...]
    group: str


@dataclass(frozen=True)
class Answered:
    """A question of a public set with the paragraph that answers it, and where in it."""

    question: str
    context: str
    title: str
    start: int
    end: int


def pairs(root: Path) -> list[Pair]:
    """Return the shops' pairs, with hard negatives, and a share of the public sets; one shop is left out."""
    found = [pair for shop in sorted((root / "shops").iterdir()) if shop.name != LEFT_OUT_SHOP for pair in shop_pairs(shop)]
    for name, rows in question_sets(root):
        rows = [row for i, row in enumerate(rows) if not i or row.context != rows[i - 1].context]  # one of each paragraph
        step = max(1, len(rows) // QA_EACH)
        for row in rows[::step][:QA_EACH]:
            passage = row.context[max(0, row.start - _WINDOW) : row.start + _WINDOW]
            found.append(Pair(row.question, passage, (), f"{name}:{passage[:40]}"))
    return found


def shop_pairs(shop: Path) -> list[Pair]:
    """Return the answerable queries of one shop with the passage that holds the answering span."""
    encoder = OnnxEncoder()
    chunks = {a.head.id: chunk_article(a, encoder.count_tokens) for a in load_articles(shop / "articles").articles}
    found = []
    for line in (shop / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        gold = [name for name in query["gold"] if name in chunks]
        if gold:
            passage = holding(chunks[gold[0]], query.get("span") or "")
            hard = tuple(holding(chunks[name], query["text"]).indexed_text for name in query["hard_negatives"] if name in chunks)
            found.append(Pair(query["text"], passage.indexed_text, hard, f"{shop.name}:{passage.key}"))
    return found


def holding(chunks: list[Chunk], span: str) -> Chunk:
    """Return the chunk that shares most words with ``span``."""
    wanted = set(re.findall(r"\w+", span.lower()))
    return max(chunks, key=lambda chunk: (len(wanted & set(re.findall(r"\w+", chunk.text.lower()))), -chunk.number))


def question_sets(root: Path) -> list[tuple[str, list[Answered]]]:
    """Return the public question-answer sets by name, with the questions of each that have an answer."""
    sets: dict[str, list[Answered]] = {}
    for path in sorted((root / "qa").iterdir()):
        name = re.sub(r"-\d+$", "", path.stem)  # some come in parts
        sets.setdefault(name, []).extend(row for row in _questions(path) if row.question and row.context)
    return list(sets.items())


def _questions(path: Path) -> Iterator[Answered]:
    if path.suffix == ".json":
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"]:
                    if qa.get("answers"):
                        answer, context = qa["answers"][0], paragraph["context"]
                        yield Answered(
                            qa["question"].strip(),
                            context,
                            article.get("title", ""),
                            *_span(context, answer["text"], int(answer["answer_start"])),
                        )
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            answers = row.get("answers") or {}
            if answers.get("text"):
                at = _span(row["context"], answers["text"][0], int(answers["answer_start"][0]))
                yield Answered(row["question"].strip(), row["context"], row.get("title", ""), *at)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                words = {key: re.findall(r"'([^']*)'", row[key]) for key in ("question", "passage", "seq_label")}
                marked = [i for i, label in enumerate(words["seq_label"]) if label != "O"]
                if marked and len(words["seq_label"]) == len(words["passage"]):
                    before, answer = words["passage"][: marked[0]], words["passage"][marked[0] : marked[-1] + 1]
                    start = len(" ".join(before)) + bool(before)
                    yield Answered(
                        " ".join(words["question"]), " ".join(words["passage"]), "", start, start + len(" ".join(answer))
                    )


def _span(context: str, answer: str, start: int) -> tuple[int, int]:
    """Return where the answer stands; some sets count characters otherwise than Python does."""
    if context[start : start + len(answer)] != answer:
        start = max(context.find(answer), 0)
    return start, start + len(answer)
