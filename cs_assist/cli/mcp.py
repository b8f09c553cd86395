"""``cs-assist mcp``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cs_assist.cli import options


def command(
    index: Annotated[Path | None, typer.Option("--index", help="Folder of a knowledge index; by default the settings'.")] = None,
    http: Annotated[
        int | None,
        typer.Option("--http", metavar="PORT", min=1, max=65535, help="Answer on this port of this machine, not on stdio."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Show the client personal data, not placeholders.")] = False,
    debug: options.Debug = False,
) -> None:
    r"""Serve the tools triage, search_knowledge, draft_reply, check_reply and hand_over to an MCP client.

    Nothing is ever sent to a customer. Handovers are recorded in the settings' database. Needs the extra mcp.

    Example: cs-assist mcp --index kb_index/index
    """
    from cs_assist.assistant import Assistant
    from cs_assist.interop.mcp import serve_http, serve_stdio  # the extra is missed before anything is loaded
    from cs_assist.interop.tools import AgentTools

    tools = AgentTools(Assistant(index=index), masked=not clear)
    if http is None:
        serve_stdio(tools)
    else:
        serve_http(tools, http)
