"""The command line: one file a command; each parses, calls the library, and prints."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from cs_assist import __version__
from cs_assist.cli import (
    agents,
    converse,
    customers,
    doctor,
    guard,
    kb,
    markets,
    mask,
    mcp,
    replay,
    reply,
    scan,
    scenarios,
    train,
    triage,
)
from cs_assist.errors import CsAssistError

app = typer.Typer(
    name="cs-assist",
    epilog="Messages are JSON Lines on standard input or in a file, one object a line; answers come in the same order.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"cs-assist {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Read customers' messages and say what to do about them: reply, draft, ask, hand over or ignore."""


app.command("triage")(triage.command)
app.command("reply")(reply.command)
app.command("converse")(converse.command)
app.command("replay")(replay.command)
app.command("guard")(guard.command)
app.command("mask")(mask.command)
app.command("scan")(scan.command)
app.add_typer(kb.app, name="kb")
app.command("train")(train.command)
app.add_typer(markets.app, name="markets")
app.command("scenarios")(scenarios.command)
app.command("translate")(agents.translate)
app.command("rewrite")(agents.rewrite)
app.add_typer(customers.app, name="customers")
app.command("mcp")(mcp.command)
app.command("doctor")(doctor.command)


def main() -> None:
    """Run the command line: exit 0 when all was answered, 2 for the caller's mistakes, 1 for ours."""
    # A scheduler may start us with its streams closed.
    sys.stdin, sys.stdout = sys.stdin or open(os.devnull), sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a sign gets its code, as on stderr
    try:
        _run()
    except CsAssistError as exc:
        if "--debug" in sys.argv:
            raise
        print(exc, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has gone (such as `head`); nothing is left to say.
        _drop_output()
        sys.exit(0)
    except OSError as exc:
        if "--debug" in sys.argv:
            raise
        print(f"The system refused: {exc}. Add --debug to see where.", file=sys.stderr)
        _drop_output()
        sys.exit(1)


def _run() -> None:
    try:
        app(standalone_mode=True)
    except SystemExit as exc:
        if isinstance(exc.__context__, BrokenPipeError):  # click makes an exit code of 1 of it
            raise exc.__context__ from None
        sys.stdout.flush()  # while what goes wrong can still be told
        raise


def _drop_output() -> None:
    """Send what is still to be printed nowhere, or the interpreter would fail once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
