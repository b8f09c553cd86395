"""The invented shops: their questions, and the passages that the searches bring up for each."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.knowledge.answerability import Candidate, Question
from cs_assist.knowledge.articles import load_articles
from cs_assist.knowledge.chunks import chunk_article
from cs_assist.knowledge.index import PassageIndex, build_index
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.types import Triage
from training.retrieval import LEFT_OUT_SHOP

OURS = Path(__file__).parent / "data" / "shops"
#: What most people ask, a file a shop: the shops' own questions are all hard ones. A reader that has learned from these alone
#: is unsure of plain ones, and a probability that is calibrated on them is too low for these.
PLAIN = Path(__file__).parent / "data" / "plain"
#: Weights are fitted on the others of ours, probabilities calibrated on these.
CALIBRATION_SHOPS = ("quillo", "solenne", "optelle", "driftcell")
#: Nothing is fitted on it: it is evaluated on.
TEST_SHOP = Path(__file__).parent.parent / "evals" / "data" / "shops" / LEFT_OUT_SHOP


@dataclass
class Asked:
    """One message of a shop with the passages that the two searches bring up."""

    query: dict  # type: ignore[type-arg]
    question: Question
    candidates: list[Candidate]
    exact: list[bool] = field(default_factory=list)  # holds the answering words
    right: list[bool] = field(default_factory=list)  # is part of an article that answers


def known_shops(root: Path) -> list[Path]:
    """Return the shops that came with the data and that the encoder was trained on."""
    return [shop for shop in sorted(root.iterdir()) if shop.name != LEFT_OUT_SHOP]


def own_shops() -> list[Path]:
    """Return the shops of this project that weights are fitted on; the encoder has not seen them."""
    return [shop for shop in sorted(OURS.iterdir()) if shop.name not in CALIBRATION_SHOPS]


def calibration_shops() -> list[Path]:
    """Return the shops that the second stage is fitted and probabilities are calibrated on."""
    return [OURS / name for name in CALIBRATION_SHOPS]


def queries(shop: Path) -> list[dict]:  # type: ignore[type-arg]
    """Return the questions of a shop: its own, which are hard, and the plain ones (``plain`` is true) that there are."""
    found = []
    for path, plain in ((shop / "queries.jsonl", False), (PLAIN / f"{shop.name}.jsonl", True)):
        if path.exists():
            found += [json.loads(line) | {"plain": plain} for line in path.read_text(encoding="utf-8").splitlines()]
    return found


def asked(shop: Path, encoder: OnnxEncoder, triages: list[Triage] | None = None) -> list[Asked]:
    """Return each question of a shop with its candidates, filtered by market, platform and day as in use."""
    articles = load_articles(shop / "articles").articles
    with tempfile.TemporaryDirectory() as folder:
        build_index([c for a in articles for c in chunk_article(a, encoder.count_tokens)], Path(folder), encoder)
        base = KnowledgeBase.__new__(KnowledgeBase)  # the weights are not there yet: only candidates() is used
        base.index, base._encoder = PassageIndex.load(Path(folder), encoder=encoder.revision), encoder
    found = []
    for at, query in enumerate(queries(shop)):
        triage = triages[at] if triages else None
        text = triage.text if triage else query["text"]
        question = Question(text, triage.language if triage else query["lang"], query["market"], query["platform"], {})
        candidates = base.candidates(question, on=date.fromisoformat(query["date"]))
        span = " ".join((query.get("span") or "").split())
        right = [c.passage.doc_id in query["gold"] for c in candidates]
        exact = [bool(span) and r and span in " ".join(c.passage.text.split()) for c, r in zip(candidates, right, strict=True)]
        found.append(Asked(query, question, candidates, exact, right))
    return found
