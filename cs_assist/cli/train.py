"""``cs-assist train``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cs_assist.cli import options
from cs_assist.cli.lines import write

_NEXT = "Use it: set CS_ASSIST_INTENTS_DIR (or 'intents_dir' in cs_assist.toml) to this folder."


def command(
    intents: Annotated[Path, typer.Option("--intents", help="Examples: .tsv, .csv or .jsonl with 'text' and 'intent'.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the trained intents and the report.")],
    test: Annotated[
        Path | None, typer.Option("--test", help="More examples, to measure on; they are not trained on.", show_default=False)
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="File with the allowed intents, one a line.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Decides the folds of the cross-validation.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace intents trained earlier.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    debug: options.Debug = False,
) -> None:
    r"""Train your own intents from labelled examples: 2 a class at least, 5 or more are advised.

    The folder gets intents.npz, report.md, report.json and reliability.png. All figures are
    cross-validated, or measured on --test. Needs: pip install 'cs-assist[train]'

    Example: cs-assist train --intents my.tsv --out my_intents
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
    from cs_assist.quality import classification
    from cs_assist.triage import training
    from cs_assist.triage.own_intents import OwnIntents

    console = Console(stderr=True)
    training.check_target(out, force=force)
    allowed = _labels(labels) if labels else None
    examples = training.read_examples(intents, labels=allowed)
    names = sorted({example.intent for example in examples})
    held_out = training.read_examples(test, labels=names, single=True) if test else []
    alike = training.written_alike(names)
    _warn(alike, console)
    settings = load_settings()
    encoder = OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)
    started = time.monotonic()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("training", total=None)
        trained = training.train_intents(
            examples, encoder, seed=seed, progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
    seconds = time.monotonic() - started
    gold = [example.intent for example in examples]
    figures, tables = classification.report(gold, trained.labels, trained.probabilities)
    import numpy as np  # late: no other command needs it at once

    right = np.array([g == trained.labels[i] for g, i in zip(gold, trained.probabilities.argmax(1), strict=True)])
    picture = classification.reliability_picture(trained.probabilities.max(1), right, title="cross-validated")
    summary: dict[str, Any] = {
        "out": str(out),
        "examples": len(examples),
        "intents": len(names),
        "folds": trained.folds,
        "seed": seed,
        "seconds": round(seconds, 1),
        "encoder": encoder.revision,
        "unsure_below": round(float(trained.arrays["unsure_below"]), 4),
        "few_examples": [name for name in names if gold.count(name) < training.FEW],
        "written_alike": alike,
        "cross_validated": figures,
    }
    parts = [f"# Intents trained from {intents.name}", _head(summary), "## Cross-validated", tables]
    if held_out:
        texts = [example.text for example in held_out]
        p = OwnIntents(trained.arrays).score(texts, encoder.encode_messages(texts))
        summary["test"], tables = classification.report([e.intent for e in held_out], trained.labels, p)
        parts += [f"## Measured on {test.name if test else ''}", tables]
    files: list[tuple[str, str | bytes]] = [
        ("reliability.png", picture),
        ("report.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n"),
        ("report.md", "\n\n".join([*parts, "![Reliability](reliability.png)", _NEXT]) + "\n"),
    ]
    training.save(trained, out, files, force=force)
    if as_json or not sys.stdout.isatty():
        write(summary)
    else:
        _show(summary, out)


def _labels(path: Path) -> list[str]:
    from cs_assist.errors import TrainingDataError
    from cs_assist.triage.training import read_text

    found = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    if not found:
        raise TrainingDataError("names no intent", path=path, hint="Write the allowed intents, one a line.")
    return found


def _warn(alike: list[list[str]], console: Console) -> None:
    for group in alike:
        told = f"intents that are written nearly alike are learned as different ones: {', '.join(group)}"
        console.print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)


def _head(summary: dict[str, Any]) -> str:
    keys = ("examples", "intents", "folds", "seed", "seconds", "encoder", "unsure_below")
    lines = [f"{key.replace('_', ' ')}: {summary[key]}" for key in keys]
    if summary["few_examples"]:
        lines.append(f"fewer than 5 examples, so hardly learned: {', '.join(summary['few_examples'])}")
    lines += [f"learned as different intents, but written nearly alike: {', '.join(group)}" for group in summary["written_alike"]]
    return "\n".join(f"- {line}" for line in lines)


def _show(summary: dict[str, Any], out: Path) -> None:
    console = Console()
    for name in ("cross_validated", "test"):
        figures = summary.get(name)
        if isinstance(figures, dict):
            shown = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in figures.items())
            console.print(f"[green]{name.replace('_', '-')}[/]: {shown}", highlight=False)
    if summary["few_examples"]:
        told = f"few examples: {', '.join(summary['few_examples'])}"
        console.print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{out}/report.md has the tables. {_NEXT}", highlight=False, markup=False, soft_wrap=True)
