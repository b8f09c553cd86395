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


def pairs(root: Path) -> list[Pair]:
    """Return the shops' pairs, with hard negatives, and a share of the public sets; one shop is left out."""
    found = [pair for shop in sorted((root / "shops").iterdir()) if shop.name != LEFT_OUT_SHOP for pair in shop_pairs(shop)]
    for path in sorted((root / "qa").iterdir()):
        rows = list(_qa(path))
        step = max(1, len(rows) // QA_EACH)
        found += [Pair(question, passage, (), f"{path.name}:{passage[:40]}") for question, passage in rows[::step][:QA_EACH]]
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


def _qa(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".json":
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                for qa in paragraph["qas"][:1]:
                    if qa.get("answers"):
                        at = int(qa["answers"][0]["answer_start"])
                        yield qa["question"], _around(paragraph["context"], at)
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("question") and row.get("context"):
                answers = row.get("answers") or {}
                starts = answers.get("answer_start") or answers.get("answer_begin_position") or [0]
                yield row["question"], _around(row["context"], int(starts[0]))
    else:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                words = {key: " ".join(re.findall(r"'([^']*)'", row[key])) for key in ("question", "passage")}
                yield words["question"], words["passage"][: 2 * _WINDOW]


def _around(context: str, at: int) -> str:
    start = max(0, at - _WINDOW)
    return context[start : at + _WINDOW]
