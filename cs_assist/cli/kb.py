"""``cs-assist kb build`` and ``cs-assist kb search``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from cs_assist.cli import calibrate, options, propose, upkeep
from cs_assist.cli.lines import Json, Line, View, run, shown, write
from cs_assist.cli.records import findings_object, to_day, to_message
from cs_assist.errors import CsAssistError, MessageError

if TYPE_CHECKING:
    from cs_assist.knowledge.articles import Loaded

app = typer.Typer(help="Build and search the knowledge index.", no_args_is_help=True)
app.command("calibrate")(calibrate.command)
app.command("sync")(upkeep.sync)
app.command("check")(upkeep.check)
app.command("gaps")(upkeep.gaps)
app.command("localise")(propose.localise)


def _cells(o: Json) -> tuple[object, ...]:
    if not o["passages"]:
        return ("none",)
    best, *others = o["passages"]
    return (
        best["doc_id"],
        f"{best['p_answers']:.2f}",
        best["language"],
        best["text"][:300],
        " ".join(p["doc_id"] for p in others[:3]),
    )


VIEW = View(("id", "best article", "p_answers", "language", "passage", "others"), _cells)


@app.command()
def build(
    articles: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of articles, in any of the kinds that are read.")],
    index: options.Index,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse to build when an article is rejected.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    debug: options.Debug = False,
) -> None:
    r"""Build the index from a folder of articles; the old index answers until the new one is whole.

    Example: cs-assist kb build kb_index/articles --index kb_index/index
    """
    from cs_assist.config import load_settings
    from cs_assist.encoder.choose import open_encoder
    from cs_assist.knowledge.articles import load_articles
    from cs_assist.knowledge.chunks import chunk_article
    from cs_assist.knowledge.index import build_index

    console = Console(stderr=True)
    options.check_apart(articles, index)
    settings = load_settings()
    loaded = load_articles(articles)
    print_report(loaded, console)
    if strict and loaded.problems:
        console.print(f"{len(loaded.problems)} article(s) rejected; nothing was built (--strict).", style="red")
        raise typer.Exit(2)
    encoder = open_encoder(settings)
    chunks = [chunk for article in loaded.articles for chunk in chunk_article(article, encoder.count_tokens)]
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("passages", total=len(chunks))
        manifest = build_index(
            chunks, index, encoder, built_at=datetime.now(UTC),
            progress=lambda done, _: progress.update(task, completed=done),
        )  # fmt: skip
    languages = sorted({article.head.language for article in loaded.articles})
    summary = {
        "index": str(index),
        "articles": manifest["articles"],
        "passages": manifest["passages"],
        "rejected": len(loaded.problems),
        "notices": len(loaded.notices),
        "skipped": dict(loaded.skipped),
        "languages": languages,
        "encoder": manifest["encoder"],
    }
    if as_json or not sys.stdout.isatty():
        write(summary)
    else:
        told = f"[green]{summary['articles']} articles, {summary['passages']} passages[/] in {len(languages)} languages"
        Console().print(f"{told} → {escape(str(index))}", soft_wrap=True)


def print_report(loaded: Loaded, console: Console) -> None:
    """Print what did not load, what loaded and should be looked at, and what was left out on purpose."""
    for problem in loaded.problems:
        console.print(str(problem), style="yellow", highlight=False, markup=False, soft_wrap=True)
    for notice in loaded.notices:
        console.print(str(notice), style="cyan", highlight=False, markup=False, soft_wrap=True)
    if loaded.skipped:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(loaded.skipped.items()))
        console.print(f"Left out on purpose: {counts}.", style="cyan", highlight=False)


@app.command()
def search(
    index: options.Index, source: options.Source = None, as_json: options.AsJson = False, debug: options.Debug = False
) -> None:
    r"""Find the passages that answer each message, with the probability that they do.

    Input line: {id, text, market?, platform?, date?, k?, category?, product?, article_language?}

    Example: echo '{"id": 1, "text": "How long to Austria?", "market": "AT"}' | cs-assist kb search --index kb_index/index
    """
    from cs_assist.assistant import Assistant
    from cs_assist.store.base import MemoryStore
    from cs_assist.walk import in_market

    assistant = Assistant(index=index, store=MemoryStore())
    knowledge = assistant.knowledge
    if knowledge is None:
        raise MessageError(f"there is no index in '{index}'.")

    def answer(lines: Sequence[Line]) -> Iterator[Json | CsAssistError]:
        for line in lines:
            message = to_message(line)
            try:
                on, k = to_day(line.value.get("date")), _count(line.value.get("k"))
                names = ("category", "product", "article_language")
                category, product, language = (_name(line.value.get(name), name) for name in names)
            except MessageError as exc:
                yield exc
                continue
            if isinstance(message, CsAssistError):
                yield message
                continue
            message, _ = in_market(message, assistant.settings)
            triage = assistant.triage([message])[0]
            found = knowledge(message, triage, on=on, k=k, language=language, category=category, product=product)
            yield {"id": line.id, **findings_object(found)}

    run(source, answer, batch=8, what="questions", view=None if as_json else VIEW)


def _count(value: object) -> int:
    if value is None:
        return 5
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100:
        raise MessageError(f"key 'k' is {shown(value)}; a number from 1 to 100 was expected.")
    return value


def _name(value: object, key: str) -> str | None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise MessageError(f"key '{key}' is {shown(value)}; a text was expected.")
    return value
