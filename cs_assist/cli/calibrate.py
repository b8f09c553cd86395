"""``cs-assist kb calibrate``: the operating point for a stated precision, from questions with known answers."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cs_assist.cli import options
from cs_assist.cli.lines import Json, Line, batched, read_lines, shown, write
from cs_assist.cli.records import to_day, to_message
from cs_assist.errors import CsAssistError, MessageError
from cs_assist.quality.intervals import cell, wilson

if TYPE_CHECKING:
    from cs_assist.knowledge.calibrate import Calibration, Point
    from cs_assist.types import Message

Questions = Annotated[
    Path, typer.Option("--questions", help="File with JSON Lines: questions and the articles that answer them.")
]
Precision = Annotated[
    float, typer.Option("--precision", min=0.5, max=0.999, help="Share of right ones among the answers that may be sent.")
]


def command(
    index: options.Index,
    questions: Questions,
    precision: Precision = 0.97,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Choose the probability from which an answer may be sent, for a stated precision, and store it with the index.

    Input line: {id, text, market?, platform?, language?, date?, gold: [doc_id...]}

    `gold` names the articles that answer the question and is empty where none does. At least 50 questions are needed,
    10 of them without an answer. One bad line refuses the whole file, and nothing is written then.

    Example: cs-assist kb calibrate --index kb_index/index --questions questions.jsonl --precision 0.97
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.choose import open_encoder
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
    from cs_assist.knowledge.calibrate import Labelled, calibrate, observe
    from cs_assist.knowledge.search import open_knowledge
    from cs_assist.markets.market import MarketLanguages
    from cs_assist.triage.reader import MessageReader

    settings = load_settings()
    encoder = open_encoder(settings)
    knowledge = open_knowledge(settings, index, encoder, calibrated=False)
    asked = _read(questions, {passage.doc_id for passage in knowledge.index.passages})
    shipped = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
    reader = MessageReader(shipped, market_languages=MarketLanguages())
    labelled = []
    for lines in batched(asked, 64):
        triages = reader.read_many([message for message, _, _ in lines])
        labelled += [Labelled(m, t, on, gold) for (m, on, gold), t in zip(lines, triages, strict=True)]
    made = calibrate(
        observe(knowledge, labelled),
        encoder=encoder.revision,
        scorer=knowledge.scorer.revision,
        precision=precision,
        made_at=datetime.now(UTC),
    )
    path = made.save(index)
    if as_json or not sys.stdout.isatty():
        write(_summary(made, path))
    else:
        Console().print(_table(made))
        Console().print(f"[green]p_answers from {made.answer_at:.4f}[/] may be sent → {escape(str(path))}", soft_wrap=True)


def _read(source: Path, documents: set[str]) -> list[tuple[Message, date, tuple[str, ...]]]:
    """Return the questions of a file.

    Raises:
        MessageError: A line is bad; every bad one was printed.
    """
    good, bad = [], 0
    for line in read_lines(source):
        message = line.error or to_message(line)
        try:
            if isinstance(message, CsAssistError):
                raise message
            good.append((message, to_day(line.value.get("date")), _gold(line, documents)))
        except CsAssistError as exc:
            bad += 1
            told = f"{source}, line {line.number}: {exc.message}"
            Console(stderr=True).print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)
    if bad:
        raise MessageError(f"{bad} line(s) of '{source}' are bad; nothing was calibrated.", hint="Mend or remove them.")
    return good


def _gold(line: Line, documents: set[str]) -> tuple[str, ...]:
    gold = line.value.get("gold")
    if not isinstance(gold, list) or not all(isinstance(name, str) for name in gold):
        raise MessageError(f"key 'gold' is {shown(gold)}; a list of article ids was expected, empty where no article answers.")
    unknown = [name for name in gold if name not in documents]
    if unknown:
        raise MessageError(f"key 'gold' names '{unknown[0]}', which is not in the index.")
    return tuple(gold)


def _summary(made: Calibration, path: Path) -> Json:
    told = made.model_dump(mode="json", exclude={"layout", "point", "checked"})
    return {**told, "file": str(path), "point": _cell(made.point), "checked": [_cell(point) for point in made.checked]}


def _cell(point: Point) -> Json:
    low, high = wilson(point.right, point.answered)
    return {
        **point.model_dump(),
        "coverage": round(point.answered / point.questions, 4),
        "precision": round(point.right / point.answered, 4) if point.answered else None,
        "interval": [round(low, 4), round(high, 4)],
    }


def _table(made: Calibration) -> Table:
    table = Table(
        "wanted", "answered", "coverage", "rightly (95% interval)",
        title=f"{made.questions} questions, {made.unanswerable} without an answer; each judged unseen (ten folds)",
    )  # fmt: skip
    for point in made.checked:
        coverage = f"{point.answered / point.questions:.3f}"
        table.add_row(f"{point.target:g}", str(point.answered), coverage, cell(point.right, point.answered))
    return table
