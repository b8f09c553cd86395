"""``cs-assist markets``: the installed markets, and one of them at a moment."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cs_assist.cli import options
from cs_assist.cli.lines import write
from cs_assist.cli.records import to_moment
from cs_assist.markets.calendar import holiday, next_holidays, observances, what_changes, wish
from cs_assist.markets.clocks import answer_within, clocks, contact_at, due_at, opening, platform_hours, send_at
from cs_assist.markets.market import Ground, Market, load_market, market_codes
from cs_assist.types import Channel

app = typer.Typer(invoke_without_command=True)

#: Shown above the notes on tone, in this order; the other keys have their own places.
_PLAIN = ("languages", "currency", "locale", "registers", "name_style", "tone", "payments", "platforms", "avoid")


@app.callback()
def listing(
    context: typer.Context,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""List the markets that are installed; `show` tells about one of them.

    Example: cs-assist markets
    """
    if context.invoked_subcommand:
        return
    markets = [load_market(code) for code in sorted(market_codes())]
    if as_json or not sys.stdout.isatty():
        for market in markets:
            write(market.model_dump(mode="json"))
        return
    table = Table("code", "market", "languages", "currency", "time zone", "letters", "chat")
    for market in markets:
        table.add_row(market.code, market.name, " ".join(market.languages), market.currency, market.timezone,
                      market.registers.letter, market.registers.chat)  # fmt: skip
    Console().print(table)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="ISO 3166-1 alpha-2 code, such as JP.")],
    now: Annotated[str | None, typer.Option("--now", metavar="ISO", help="The moment; by default the real one.")] = None,
    as_json: options.AsJson = False,
    debug: options.Debug = False,
) -> None:
    r"""Show one market: what is open now, due times, what is observed, and what is known with its source.

    Example: cs-assist markets show JP --now 2026-03-01T02:00Z
    """
    market = load_market(code)
    clock = to_moment(now) if now else datetime.now(UTC).replace(microsecond=0)
    at = _at(market, clock)
    if as_json or not sys.stdout.isatty():
        write({**at, "market": market.model_dump(mode="json")})
    else:
        _print(market, at, Console())


def _at(market: Market, now: datetime) -> dict[str, Any]:
    """Return what holds in a market at a moment, as JSON can say it: times of due and send in UTC, holidays as local days."""
    local = now.astimezone(market.zone)
    opens = opening(market, now)
    welcome = contact_at(now, market)
    channels: dict[str, Any] = {}
    for channel in get_args(Channel):
        due = due_at(now, answer_within(market, channel, None, "P3"), market, "P3", None)
        sent = send_at(now, market, channel, None, "P3", pressing=False, latest=due)
        channels[channel] = {"due_at": due.isoformat(), "send_at": sent.isoformat()}
    return {
        "code": market.code,
        "now": now.astimezone(UTC).isoformat(),
        "local_time": local.isoformat(),
        "open": opens <= now,
        "opens_at": opens.astimezone(UTC).isoformat(),
        "holiday": holiday(market, local.date()) or None,
        "observances": list(observances(market, local.date())),
        "wish": wish(market, local.date()),
        "next_holidays": [{"date": day.isoformat(), "name": name} for day, name in next_holidays(market, local.date())],
        "contact_at": welcome.isoformat() if welcome else None,
        "channels": channels,
        "platform_hours": {name: hours for name, hours in platform_hours().items() if name in market.platforms},
    }


def _print(market: Market, at: dict[str, Any], console: Console) -> None:
    local = datetime.fromisoformat(at["local_time"])
    console.rule(f"{market.name} ({market.code})")
    console.print(f"{local:%A %Y-%m-%d %H:%M} in {market.timezone}", highlight=False)
    state = "open" if at["open"] else f"closed, opens {_local(at['opens_at'], market)}"
    hours = market.business_hours
    console.print(f"service {state} (business hours {hours.start:%H:%M}-{hours.end:%H:%M})", highlight=False)
    if at["holiday"]:
        console.print(f"public holiday: {at['holiday']}", style="yellow", highlight=False)
    for name in observances(market, local.date()):
        seen = what_changes(name)
        told = " ".join(text for text in (seen.tone, seen.offers, seen.stops) if text)
        console.print(f"[yellow]{escape(seen.name)}[/]: {escape(told)}", highlight=False)
    coming = ", ".join(f"{there['date']} {there['name']}" for there in at["next_holidays"])
    console.print(f"next holidays: {coming or 'none known'}", highlight=False)
    welcome = _local(at["contact_at"], market) if at["contact_at"] else "not within 45 days"
    console.print(f"messages of our own: {welcome}", highlight=False)
    console.print(_due(market, at), _customs(market), _facts(market))


def _local(moment: str, market: Market) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(market.zone):%a %Y-%m-%d %H:%M}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")  # a source or a custom is never cut short
    return table


def _due(market: Market, at: dict[str, Any]) -> Table:
    table = _table("Answers (P3)", "channel", "usual time", "due, local time", "sent")
    for channel, times in at["channels"].items():
        sent = "at once" if times["send_at"] == at["now"] else _local(times["send_at"], market)
        hours = market.answer_within_hours.get(channel)
        usual = "-" if hours is None else f"{hours:g} h" if hours >= 1 else f"{hours * 60:g} min"
        table.add_row(channel, usual, _local(times["due_at"], market), sent)
    for platform in at["platform_hours"]:
        for clock in clocks(None, platform):
            table.add_row(platform, f"{clock.hours:g} h", f"{clock.kind}, nights and weekends included", "at once")
    for clock in market.clocks:
        table.add_row("law", f"{clock.hours:g} h", f"{clock.kind}: {clock.note}", f"({clock.certainty})")
    return table


def _customs(market: Market) -> Table:
    table = _table("Customs", "custom", "here", "certainty", "source")
    dumped = market.model_dump(mode="json")
    shown = {name: dumped[name] for name in _PLAIN}
    shown |= dumped["manners"] | {"contact": dumped["contact"], "quiet_hours": dumped["quiet_hours"]}
    shown["contact"]["windows"] = dumped["contact"]["windows"] or "business hours"
    shown |= {"compensation": market.compensation.order, "personal line": market.compensation.with_personal_line}
    for name, value in shown.items():
        ground = _ground(market, "manners" if name in dumped["manners"] else name)
        source = f"{ground.source} ({ground.note})" if ground and ground.note else ground.source if ground else ""
        table.add_row(name.replace("_", " "), escape(_plain(value)), ground.certainty if ground else "", escape(source))
    return table


def _ground(market: Market, name: str) -> Ground | None:
    return next((ground for custom, ground in market.customs.items() if custom == name), None)


def _facts(market: Market) -> Table:
    table = _table("Facts", "fact", "value", "note", "certainty", "source")
    for name, fact in sorted(market.facts.items(), key=lambda item: item[1].value is None):  # what is known first
        value = "not known" if fact.value is None else str(fact.value)
        table.add_row(name.replace("_", " "), escape(value), escape(fact.note), fact.certainty, escape(fact.source))
    return table


def _plain(value: Any) -> str:
    """Return a value of a market as one reads it, without JSON's brackets and quotes."""
    if isinstance(value, dict):
        if set(value) == {"start", "end"}:
            return f"{value['start'][:5]}-{value['end'][:5]}"
        return "; ".join(f"{key.replace('_', ' ')}: {_plain(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value) or "-"
    return "-" if value is None else "yes" if value is True else "no" if value is False else str(value)
