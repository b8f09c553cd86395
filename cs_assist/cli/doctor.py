"""``cs-assist doctor``."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cs_assist import __version__
from cs_assist.cli import options
from cs_assist.config import load_settings
from cs_assist.errors import CsAssistError
from cs_assist.markets.market import load_market, market_codes

_EXTRAS = {
    "sentence-transformers": "sentence_transformers",
    "openai": "langchain_openai",
    "langchain": "langchain_core",
    "mcp": "mcp",
    "postgres": "psycopg",
    "encryption": "cryptography",
    "server": "fastapi",
    "ray": "ray",
    "otel": "opentelemetry",
}


def command(
    index: Annotated[Path | None, typer.Option("--index", help="Check this index; the settings' by default.")] = None,
    debug: options.Debug = False,
) -> None:
    r"""Check the installation: model, heads, markets, phrases, index, store, optional parts.

    Exits 1 when something that is needed does not work.

    Example: cs-assist doctor --index kb_index/index
    """
    from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder  # late: it loads numpy, which no other command needs at once

    console = Console()
    settings = load_settings()

    @cache
    def encoder() -> OnnxEncoder:
        return OnnxEncoder(settings.encoder_dir or SHIPPED, threads=settings.threads)

    def model() -> str:
        length = float((encoder().encode_queries(["Where is my parcel?"]) ** 2).sum())
        return f"{encoder().revision}, {encoder().dimension} dimensions, unit length {length:.3f}"

    def heads() -> str:
        from cs_assist.triage.reader import MessageReader
        from cs_assist.types import Message

        reader = MessageReader(encoder(), market_languages={}, own_intents=settings.intents_dir)
        return f"reads 'Where is my parcel?' as {reader(Message(id='doctor', text='Where is my parcel?')).intent}"

    def markets() -> str:
        from cs_assist.walk import with_known_market

        with_known_market(settings)
        return f"{len([load_market(code) for code in market_codes()])} markets"

    def sellers() -> str:
        from cs_assist.policy.compensation import load_compensation
        from cs_assist.reply.banks import Banks
        from cs_assist.reply.extras import load_after_sales

        load_compensation(settings.compensation_file)
        load_after_sales(settings.after_sales_file)
        return f"{Banks(settings.phrases_dir).check()} phrase banks"

    def knowledge() -> str:
        from cs_assist.knowledge.index import PassageIndex

        found = PassageIndex.load(index or settings.index_dir, encoder=encoder().revision)
        return f"{found.manifest['articles']} articles, {found.manifest['passages']} passages"

    def store() -> str:
        from cs_assist.store.sql import open_store

        opened = open_store(settings)
        opened.close()
        return opened.url.render_as_string()  # hides a password

    console.print(f"cs-assist {__version__}, Python {platform.python_version()}, {platform.machine()}", highlight=False)
    checks: list[tuple[str, bool, Callable[[], str]]] = [
        ("encoder", True, model),
        ("heads", True, heads),
        ("markets", True, markets),
        ("phrases", True, sellers),
        ("index", index is not None, knowledge),
        ("store", True, store),
    ]
    broken = [name for name, needed, check in checks if not _check(console, name, check) and needed]
    missing = [name for name, module in _EXTRAS.items() if importlib.util.find_spec(module) is None]
    console.print(f"  optional parts not installed: {', '.join(missing) or 'none'}", style="dim")
    if broken:
        raise typer.Exit(1)


def _check(console: Console, name: str, check: Callable[[], str]) -> bool:
    try:
        console.print(f"[green]✓[/] {name}: {escape(check())}", highlight=False, soft_wrap=True)
    except CsAssistError as exc:
        console.print(f"[red]✗[/] {name}: {escape(str(exc))}", highlight=False, soft_wrap=True)
        return False
    return True
