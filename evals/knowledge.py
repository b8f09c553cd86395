"""How well the shop's own answers are found, and how well it is known when there is none, with baselines beside it.

    python -m evals.knowledge [--shops FOLDER ...] [--reader | --no-reader]

By default the shops that no weight of the shipped models was fitted on (``HELD_OUT``). A shop is a folder with
``articles/`` and ``queries.jsonl``: one object a line with ``id``, ``lang``, ``market``, ``platform``, ``date``, ``text``,
``gold`` (the articles that answer, any of them; none where the shop has no answer) and ``hard_negatives`` (articles that
look right and are not). ``--no-reader`` leaves out the configuration that reads the best passages with the reader.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from sklearn.metrics import roc_auc_score

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.guard.countries import CountryNames
from cs_assist.knowledge import reader as reading
from cs_assist.knowledge.calibrate import MIN_ANSWERED, TARGETS
from cs_assist.knowledge.reader import Reader
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.quality.classification import expected_calibration_error
from cs_assist.quality.intervals import cell
from cs_assist.quality.ranking import (
    Answering,
    answering_at,
    answering_points,
    coverage_at_precision,
    ndcg_at,
    rank_of_first,
    recall_at,
    reciprocal_rank,
    resampled,
    risk_coverage_picture,
)
from evals.bench import timed
from evals.provenance import RESULTS, ROOT, save
from evals.searches import FETCHED, LANGCHAIN, Answer, Asked, ask, ours, searches
from training.retrieval import LEFT_OUT_SHOP

SAMPLE, PLAIN_QUESTIONS = ROOT / "kb_index", ROOT / "evals" / "data" / "plain_questions.jsonl"
HELD_OUT = (ROOT / "evals" / "data" / "shops" / LEFT_OUT_SHOP,)
PLAIN, READ = "cs_assist without the reader", "cs_assist with the reader"
_FOLDS, _WORST, _SHOWN = 10, 20, 160
_RETRIEVAL = "n | right first | among three | among five | MRR | nDCG@5"
_SENT = "precision of the answered | answered, of those with an answer | answered, of those without one"
Answers = dict[str, list[Answer]]


def main() -> None:
    """Measure and write evals/results/knowledge.json, knowledge.md and a picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=Path, nargs="+", default=HELD_OUT, metavar="FOLDER")
    shipped = (reading.SHIPPED / "encoder.json").exists()
    parser.add_argument("--reader", action=argparse.BooleanOptionalAction, default=shipped)
    arguments = parser.parse_args()
    shops = {shop.resolve().name: shop for shop in arguments.shops}
    for shop in shops.values():
        if not (shop / "queries.jsonl").exists() or not (shop / "articles").is_dir():
            parser.error(f"'{shop}' is no shop: articles/ and queries.jsonl are needed")
    if len(shops) < len(arguments.shops):
        parser.error("two of the folders have the same name, which would be the name of both shops")
    readers: dict[str, Reader | None] = {PLAIN: None, **({READ: Reader()} if arguments.reader else {})}
    encoder = OnnxEncoder()
    asked: list[Asked] = []
    answers: Answers = defaultdict(list)
    with tempfile.TemporaryDirectory() as work:
        indexes = {}
        for shop_name, shop in shops.items():
            index = indexes[shop_name] = Path(work) / shop_name
            questions = ask(shop_name, shop, index, encoder)
            asked += questions
            for name, search in searches(index, encoder, readers).items():
                answers[name] += [search(q) for q in track(questions, description=f"{shop_name}: {name}", transient=True)]
        times = latency(asked, indexes, readers)
        plain = ask(SAMPLE.name, SAMPLE, Path(work) / "plain", encoder, PLAIN_QUESTIONS)
        found = {
            name: ours(KnowledgeBase(Path(work) / "plain", encoder, reader=r, countries=CountryNames()))
            for name, r in readers.items()
        }
        plain_answers = {name: [search(q) for q in plain] for name, search in found.items()}
    report(asked, dict(answers), times, plain, plain_answers)


def report(
    asked: Sequence[Asked],
    answers: Answers,
    times: dict[str, tuple[float, float]],
    plain: Sequence[Asked],
    plain_answers: Answers,
) -> None:
    """Write the tables, the figures and the picture."""
    ours = [name for name in (PLAIN, READ) if name in answers]
    result: dict[str, Any] = {"n": len(asked), "answerable": sum(bool(q.gold) for q in asked), "systems": {}}
    result["shops"] = sorted({q.shop for q in asked})
    for name in answers:
        result["systems"][name] = {}
    sections = [
        ("Side by side", side_by_side(asked, answers, result)),
        ("Near-duplicates and what must not be shown", careful(asked, answers, result)),
        ("By where the answer stands", slices(asked, answers, ours, result)),
        ("By language of the question", by_field(asked, answers, ours, "language", result)),
        ("By topic of the right article", by_field(asked, answers, ours, "topic", result)),
        ("When to answer", answerability(asked, answers, result)),
        ("At the shipped operating point", shipped_point(asked, answers, ours, result)),
        ("Plain questions", plain_table(plain, plain_answers, result)),
        ("Time of one search", time_table(times, result)),
        (f"The {_WORST} worst cases of {ours[-1]}", worst(asked, answers[ours[-1]])),
    ]
    if len(result["shops"]) > 1:
        sections.insert(3, ("By shop", by_field(asked, answers, ours, "shop", result)))
    table = "\n\n".join([about(asked), *(f"## {name}\n\n{body}" for name, body in sections)])
    table += "\n\n![Wrong answers against answered questions](knowledge_risk_coverage.png)"
    print(table)
    curves = {name: answering_points(*arrays(asked, found)) for name, found in answers.items()}
    picture = risk_coverage_picture(curves, title=f"{', '.join(result['shops'])}, n={len(asked)}", least=MIN_ANSWERED)
    save("knowledge", result, table)
    (RESULTS / "knowledge_risk_coverage.png").write_bytes(picture)


def about(asked: Sequence[Asked]) -> str:
    """Return what was measured, and what to keep in mind."""
    shops = sorted({q.shop for q in asked})
    texts = len({q.message.text for q in asked})
    lines = [
        f"{len(asked)} questions of {', '.join(shops)} ({texts} different texts), {sum(bool(q.gold) for q in asked)} of them "
        "with an answer. Shares have Wilson intervals; other figures those of 1,000 draws of the questions with replacement. "
        "Both count questions as independent, and some repeat a text in another market: the true intervals are a little wider.",
        "All searches get the cleaned text, and are filtered by market, platform and day.",
    ]
    return "\n\n".join(lines)


def arrays(asked: Sequence[Asked], found: Sequence[Answer]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each question's confidence, whether the first article is right, and whether there is an answer."""
    confidence = np.array([answer.confidence for answer in found], float)
    right = np.array([rank_of_first(a.articles, q.gold) == 1 for q, a in zip(asked, found, strict=True)], bool)
    return confidence, right, np.array([bool(q.gold) for q in asked], bool)


def retrieval(pairs: Sequence[tuple[Asked, Answer]], into: dict[str, Any]) -> str:
    """Return n, recall at 1, 3 and 5, MRR and nDCG@5 over questions that have an answer, as cells of a row."""
    into["n"] = n = len(pairs)
    cells = [str(n)]
    for k in (1, 3, 5):
        hits = int(sum(recall_at(a.articles, q.gold, k) for q, a in pairs))
        into[f"recall_{k}"] = round(hits / n, 4) if n else None
        cells.append(cell(hits, n))
    reciprocal = np.array([reciprocal_rank(a.articles, q.gold) for q, a in pairs])
    gain = np.array([ndcg_at(a.articles, q.gold, 5) for q, a in pairs])
    cells += [_mean(reciprocal, "mrr", into), _mean(gain, "ndcg_5", into)]
    return " | ".join(cells)


def _mean(values: np.ndarray, name: str, into: dict[str, Any]) -> str:
    return _figure(lambda drawn: float(values[drawn].mean()), len(values), name, into)


def _figure(figure: Callable[[np.ndarray], float], n: int, name: str, into: dict[str, Any]) -> str:
    if not n or np.isnan(value := figure(np.arange(n))):
        into[name] = None
        return "–"
    low, high = resampled(figure, n)
    into[name], into[f"{name}_interval"] = round(value, 4), [round(low, 4), round(high, 4)]
    return f"{value:.3f} ({low:.3f}–{high:.3f})"


def side_by_side(asked: Sequence[Asked], answers: Answers, result: dict[str, Any]) -> str:
    """Return every search over the questions that have an answer."""
    lines = [f"| search | {_RETRIEVAL} |", "| --- |" + " --- |" * 6]
    for name, found in answers.items():
        pairs = [(q, a) for q, a in zip(asked, found, strict=True) if q.gold]
        into: dict[str, Any] = {}
        result["systems"][name]["all"] = into
        lines.append(f"| {label(name)} | {retrieval(pairs, into)} |")
    if LANGCHAIN not in answers:
        lines.append(f"| {LANGCHAIN} | not installed (`pip install langchain-community`) |" + " |" * 5)
    lines += [
        "",
        "One place an article, that of its best passage. An article in any language counts. LangChain's store filters the "
        f"{FETCHED} nearest passages of all markets, which is its default, and may be left with few or none.",
    ]
    return "\n".join(lines)


def label(name: str) -> str:
    """Return a search's name, with the version of what is not ours."""
    return f"{name} (langchain-community {version('langchain-community')})" if name == LANGCHAIN else name


def careful(asked: Sequence[Asked], answers: Answers, result: dict[str, Any]) -> str:
    """Return how often the right article stands before its near-duplicates, and what came first that must not."""
    faults = ("not in force", "another market", "another platform")
    lines = [
        f"| search | before all near-duplicates | first article {' | '.join(faults)} | nothing found |",
        "| --- |" + " --- |" * 5,
    ]
    for name, found in answers.items():
        into = result["systems"][name]
        hard = [(q, a) for q, a in zip(asked, found, strict=True) if q.gold and q.near]
        before = sum(rank_of_first(a.articles, q.gold | q.near) == rank_of_first(a.articles, q.gold) > 0 for q, a in hard)
        into["before_near_duplicates"] = {"n": len(hard), "share": round(before / len(hard), 4) if hard else None}
        firsts = [q.faults.get(a.articles[0], "") for q, a in zip(asked, found, strict=True) if a.articles]
        counts = [firsts.count(fault) for fault in faults]
        into["must_not_be_shown"] = dict(zip(faults, counts, strict=True))
        into["nothing_found"] = len(asked) - len(firsts)
        told = " | ".join(f"{count} of {len(firsts)}" for count in counts)
        lines.append(f"| {name} | {cell(before, len(hard))} of {len(hard)} | {told} | {into['nothing_found']} |")
    lines += ["", "What must not be shown is counted from the articles' heads, not from the index."]
    blocked = [sorted(q.gold) for q in asked if q.gold and q.gold <= q.faults.keys()]
    if blocked:
        lines.append(f"Questions whose right articles may not be shown to them, and so cannot be found: {len(blocked)}.")
    return "\n".join(lines)


def slices(asked: Sequence[Asked], answers: Answers, ours: Sequence[str], result: dict[str, Any]) -> str:
    """Return our searches where the right article is in the customer's language, and where it is in others only."""
    lines = [f"| the right article is | search | {_RETRIEVAL} |", "| --- | --- |" + " --- |" * 6]
    for where, own in (("in the customer's language", True), ("only in another language", False)):
        for name in ours:
            pairs = [(q, a) for q, a in zip(asked, answers[name], strict=True) if q.gold and q.own_language == own]
            into: dict[str, Any] = {}
            result["systems"][name]["own_language" if own else "other_language"] = into
            lines.append(f"| {where} | {name} | {retrieval(pairs, into)} |")
    return "\n".join(lines)


def by_field(asked: Sequence[Asked], answers: Answers, ours: Sequence[str], field: str, result: dict[str, Any]) -> str:
    """Return our searches for each value of a field of the questions that have an answer."""
    lines = [f"| {field} | search | {_RETRIEVAL} |", "| --- | --- |" + " --- |" * 6]
    for value in sorted({getattr(q, field) for q in asked if q.gold}):
        for name in ours:
            pairs = [(q, a) for q, a in zip(asked, answers[name], strict=True) if q.gold and getattr(q, field) == value]
            into: dict[str, Any] = {}
            result["systems"][name].setdefault(f"by_{field}", {})[value] = into
            lines.append(f"| {value} | {name} | {retrieval(pairs, into)} |")
    return "\n".join(lines)


def answerability(asked: Sequence[Asked], answers: Answers, result: dict[str, Any]) -> str:
    """Return how well each search's confidence tells what can be answered, and how much is answered at a precision."""
    wanted = " | ".join(f"answered at {target:g}" for target in TARGETS)
    unseen = " | ".join(f"unseen, {target:g}" for target in TARGETS)
    lines = [
        f"| search | AUC: has an answer | AUC: first is right | calibration error | {wanted} |",
        "| --- |" + " --- |" * (3 + len(TARGETS)),
    ]
    below = [f"| search | {unseen} |", "| --- |" + " --- |" * len(TARGETS)]
    for name, found in answers.items():
        into: dict[str, Any] = {}
        result["systems"][name]["answerability"] = into
        confidence, right, answerable = arrays(asked, found)
        cells = [_auc(confidence, answerable, "auc_answerable", into), _auc(confidence, right, "auc_first_right", into)]
        if found[0].sent is None:
            cells.append("no probability")
        else:
            error = expected_calibration_error(np.maximum(confidence, 0), right)
            into["calibration_error"] = round(error, 4)
            cells.append(f"{error:.3f}")
        points = [coverage_at_precision(confidence, right, answerable, t, least=MIN_ANSWERED) for t in TARGETS]
        cells += [_covered(point, f"at_{t:g}", into) for t, point in zip(TARGETS, points, strict=True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        folds = [_unseen(asked, confidence, right, answerable, t) for t in TARGETS]
        below.append(
            f"| {name} | "
            + " | ".join(_covered(p, f"unseen_{t:g}", into, precise=True) for t, p in zip(TARGETS, folds, strict=True))
            + " |"
        )
    note = (
        f"n={len(asked)}, {sum(bool(q.gold) for q in asked)} with an answer. *Answered at 0.95*: the share of the questions with "
        "an answer that are answered at the lowest threshold from which 95 of 100 answers are right; an answer to a question "
        f"that has none is a wrong one, and at least {MIN_ANSWERED} must be answered. The threshold is chosen on the same "
        "questions, which flatters it. *Unseen*: the threshold is chosen on nine tenths of the texts and counted on the last, "
        "ten times; the precision that comes out, and the share answered."
    )
    return "\n".join([note, "", *lines, "", *below])


def _auc(confidence: np.ndarray, gold: np.ndarray, name: str, into: dict[str, Any]) -> str:
    places = np.unique(confidence, return_inverse=True)[1]  # the same order, without infinities

    def auc(drawn: np.ndarray) -> float:
        return float(roc_auc_score(gold[drawn], places[drawn])) if 0 < gold[drawn].sum() < len(drawn) else float("nan")

    return _figure(auc, len(gold), name, into)


def _unseen(
    asked: Sequence[Asked], confidence: np.ndarray, right: np.ndarray, answerable: np.ndarray, target: float
) -> Answering:
    """Return what thresholds do on questions that they were not chosen on; a text and its repetitions are in one fold."""
    number: dict[str, int] = {}
    folds = np.array([number.setdefault(q.message.text, len(number)) % _FOLDS for q in asked])
    parts = []
    for fold in range(_FOLDS):
        here = folds == fold
        chosen = coverage_at_precision(confidence[~here], right[~here], answerable[~here], target, least=MIN_ANSWERED)
        parts.append(answering_at(chosen.threshold if chosen else np.inf, confidence[here], right[here], answerable[here]))
    sums = (sum(getattr(part, field) for part in parts) for field in ("answered", "right", "covered", "answerable"))
    return Answering(float("nan"), *sums)


def _covered(point: Answering | None, name: str, into: dict[str, Any], *, precise: bool = False) -> str:
    """Return the coverage as a cell, with the precision before it where it is measured and not chosen."""
    into[name] = None
    if point is None or not point.answered:
        return "nowhere"
    into[name] = {
        "answered": point.answered, "right": point.right, "precision": round(point.precision, 4),
        "covered": point.covered, "coverage": round(point.coverage, 4),
    }  # fmt: skip
    covered = cell(point.covered, point.answerable)
    if precise:
        return f"{cell(point.right, point.answered)} right of {point.answered}; answered {covered}"
    into[name]["threshold"] = round(point.threshold, 4)
    return f"{covered} from {point.threshold:.3f}"


def shipped_point(asked: Sequence[Asked], answers: Answers, ours: Sequence[str], result: dict[str, Any]) -> str:
    """Return what is counted as answerable (``findings.answerable``) with the settings as they ship."""
    lines = [f"| search | {_SENT} |", "| --- |" + " --- |" * 3]
    lines += [f"| {name} | {_sent(asked, answers[name], result['systems'][name])} |" for name in ours]
    return "\n".join(lines)


def _sent(asked: Sequence[Asked], found: Sequence[Answer], into: dict[str, Any]) -> str:
    """Return what is answered with the settings as they ship, as cells of a row."""
    _, right, answerable = arrays(asked, found)
    sent = np.array([bool(answer.sent) for answer in found], bool)
    point = answering_at(0.5, sent.astype(float), right, answerable)
    _covered(point, "shipped", into)
    into["shipped_without_an_answer"] = wrongly = int((sent & ~answerable).sum())
    return (
        f"{cell(point.right, point.answered)} of {point.answered} | {cell(point.covered, point.answerable)} | "
        f"{cell(wrongly, int((~answerable).sum()))}"
    )


def plain_table(asked: Sequence[Asked], answers: Answers, result: dict[str, Any]) -> str:
    """Return what becomes of what most people ask: short questions on the sample shop, each about one thing."""
    result["plain"] = {}
    lines = [
        f"{len(asked)} questions of two to nine words on {SAMPLE.name}, {sum(bool(q.gold) for q in asked)} with an answer; the "
        "other shops' questions are chosen to be hard.",
        "",
        f"| search | right first | {_SENT} |",
        "| --- |" + " --- |" * 4,
    ]
    for name, found in answers.items():
        into = result["plain"][name] = {"n": len(asked)}
        hits = int(arrays(asked, found)[1].sum())
        into["first"] = hits
        lines.append(f"| {name} | {cell(hits, sum(bool(q.gold) for q in asked))} | {_sent(asked, found, into)} |")
    return "\n".join(lines)


def latency(
    asked: Sequence[Asked], indexes: dict[str, Path], readers: dict[str, Reader | None]
) -> dict[str, tuple[float, float]]:
    """Return p50 and p95 of one search in milliseconds, each text once, with its encoding, after ten for warming up."""
    chosen = list({q.triage.text: q for q in asked if q.triage.text}.values())
    times = {}
    for name, reader in track(readers.items(), description="time of one search", transient=True):
        encoder = OnnxEncoder()  # a fresh one has no text's vector at hand
        bases = {
            shop: KnowledgeBase(folder, encoder, reader=reader, countries=CountryNames()) for shop, folder in indexes.items()
        }

        def run(i: int, bases: dict[str, KnowledgeBase] = bases) -> None:
            q = chosen[i % len(chosen)]
            bases[q.shop](q.message, q.triage, on=q.on)

        times[name] = timed(run, max(1, len(chosen) - 10))
    return times


def time_table(times: dict[str, tuple[float, float]], result: dict[str, Any]) -> str:
    """Return the times as a table."""
    lines = ["| search | p50 (ms) | p95 (ms) |", "| --- | --- | --- |"]
    for name, (p50, p95) in times.items():
        result["systems"][name] |= {"p50_ms": p50, "p95_ms": p95}
        lines.append(f"| {name} | {p50} | {p95} |")
    return "\n".join([*lines, "", "One after the other, with the encoding of the message and five passages asked for."])


def worst(asked: Sequence[Asked], found: Sequence[Answer]) -> str:
    """Return the wrong first articles that the search was surest of."""
    pairs = [(q, a) for q, a in zip(asked, found, strict=True) if a.articles and a.articles[0] not in q.gold]
    pairs.sort(key=lambda pair: (-pair[1].confidence, pair[0].message.id))
    lines = ["| p | language, market | question | first | right |", "| --- | --- | --- | --- | --- |"]
    for q, a in pairs[:_WORST]:
        text = " ".join(q.message.text.split()).replace("|", "\\|")
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        right = ", ".join(
            f"{name} (place {a.articles.index(name) + 1 if name in a.articles else '–'})" for name in sorted(q.gold)
        )
        where = ", ".join(x for x in (q.language, q.message.market, q.message.platform) if x)
        lines.append(f"| {a.confidence:.2f} | {where} | {shown} ({q.message.id}) | {a.articles[0]} | {right or 'nothing'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
