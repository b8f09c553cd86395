"""``cs-assist scenarios``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cs_assist.cli import options
from cs_assist.cli.lines import write
from cs_assist.errors import SettingsError

if TYPE_CHECKING:
    from cs_assist.quality.scenarios import Scenario


def command(
    market: Annotated[str, typer.Option(help="Market of the complaints, such as JP.")],
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same scenarios.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the JSON Lines to this file.", show_default=False)] = None,
    page: Annotated[Path | None, typer.Option(help="Write matrix and plans to this Markdown file.", show_default=False)] = None,
    with_model: Annotated[bool, typer.Option("--with-model", help="Let the settings' language model write the texts.")] = False,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Make up complaints of a market: their risk, what must happen, a plan, and a reply's frame.

    Output line: {id, text, market, channel, platform, language, now, history, turns, intent, emotion, dissatisfied,
    circumstances, risk, expected, plan, template, avoid, made_by}: an input line of reply and converse.

    Example: cs-assist scenarios --market JP --n 100 --json | cs-assist reply --index kb_index/index
    """
    from cs_assist.config import load_settings
    from cs_assist.markets.market import load_market
    from cs_assist.quality.scenarios import make_scenarios, to_markdown

    settings, data = load_settings(), load_market(market)
    made = make_scenarios(data, settings, n=n, seed=seed)
    console = Console(stderr=True)
    if with_model:
        from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
        from cs_assist.llm.door import LanguageModel
        from cs_assist.quality.scenarios import enrich
        from cs_assist.triage.reader import MessageReader

        model = LanguageModel.from_settings(settings)
        if model is None:
            raise SettingsError("no language model is set.", hint="Set CS_ASSIST_LLM, as in openai:gpt-4.1-mini.")
        encoder = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
        done = enrich(made, model, MessageReader(encoder, market_languages={data.code: data.languages}), data)
        made = done.scenarios
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(done.kept.items())) or "none"
        console.print(f"texts of the model that were not taken: {told}", highlight=False)
    if page is not None:
        _save(page, to_markdown(made, f"Complaints, {data.name}"))
    if out is not None:
        _save(out, "".join(json.dumps(scenario.line(), ensure_ascii=False) + "\n" for scenario in made))
        console.print(f"{len(made)} scenarios written to {out}", highlight=False, markup=False, soft_wrap=True)
    elif as_json or not sys.stdout.isatty():
        for scenario in made:
            write(scenario.line())
    else:
        _show(made)


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"'{path}' cannot be written: {exc.strerror}.", hint="Name a file in a folder that exists.") from exc


def _show(made: list[Scenario]) -> None:
    from cs_assist.quality.scenarios import matrix

    table = Table("id", "risk", "intent", "emotion", "channel", "text", "must happen", "plan")
    for s in made:
        risk = f"{s.risk.level} {s.risk.likelihood}×{s.risk.severity}"
        must = f"{s.expected.action.value} ({s.expected.rule}) {s.expected.priority}"
        cells = (s.id, risk, s.intent, s.emotion.value, s.channel, s.text, must, s.plan[0])
        table.add_row(*(escape(cell) for cell in cells))
    counts = Table("severity", *(f"likelihood {i}" for i in range(1, 6)), title="scenarios by risk")
    for severity, row in zip(range(5, 0, -1), matrix(made), strict=True):
        counts.add_row(str(severity), *(str(count or "") for count in row))
    Console().print(table, counts)
