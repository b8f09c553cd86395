"""Start `cs-assist mcp` and call its tools with the official MCP client, over standard input and output."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

COMMAND = Path(sys.executable).parent / "cs-assist"


async def talk(folder: str) -> None:
    """List the tools, read a message, check a reply, and make a mistake."""
    server = StdioServerParameters(
        command=str(COMMAND), args=["mcp"], env={**os.environ, "CS_ASSIST_STATE_DIR": folder}, cwd=folder
    )
    async with Client(stdio_client(server)) as client:
        print("tools:", ", ".join(tool.name for tool in (await client.list_tools()).tools))
        read = await client.call_tool("triage", {"text": "Wo ist mein Paket?", "market": "DE"})
        print("triage:", read.structured_content["language"], read.structured_content["intent"])
        checked = await client.call_tool("check_reply", {"text": "You get $50 back.", "market": "US", "language": "en"})
        print("check_reply:", checked.structured_content["verdict"])
        wrong = await client.call_tool("triage", {"text": "Hello", "market": "Atlantis"})
        print("error:", wrong.content[0].text)


def main() -> None:
    """Talk to a server that keeps its store in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(talk, folder)


if __name__ == "__main__":
    main()
