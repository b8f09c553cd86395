"""``cs-assist markets``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cs_assist.cli import options
from cs_assist.markets.market import Market, load_market, market_codes


def command(
    code: Annotated[str | None, typer.Argument(help="Show one market in full, such as JP.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
    debug: options.Debug = False,
) -> None:
    r"""List the markets that are installed, or show one.

    Example: cs-assist markets JP
    """
    markets = [load_market(code)] if code else [load_market(c) for c in sorted(market_codes())]
    if as_json or not sys.stdout.isatty():
        for market in markets:
            print(json.dumps(market.model_dump(mode="json"), ensure_ascii=False))
    elif code:
        _show(markets[0])
    else:
        table = Table("code", "market", "languages", "currency", "time zone", "letters", "chat")
        for market in markets:
            table.add_row(market.code, market.name, " ".join(market.languages), market.currency, market.timezone,
                          market.registers.letter, market.registers.chat)  # fmt: skip
        Console().print(table)


def _show(market: Market) -> None:
    table = Table(title=f"{market.name} ({market.code})", show_header=False)
    for name, value in market.model_dump(mode="json", exclude={"facts", "code", "name", "extends"}).items():
        table.add_row(name.replace("_", " "), json.dumps(value, ensure_ascii=False).strip('"'))
    facts = Table("fact", "value", "note", "certainty", "source")
    for name, fact in market.facts.items():
        facts.add_row(name.replace("_", " "), str(fact.value), fact.note, fact.certainty, fact.source)
    Console().print(table, facts)
