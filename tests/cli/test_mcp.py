from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cs_assist.store.sql import SqlStore

from .conftest import COMMAND

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")
    import anyio
    from mcp import Client, StdioServerParameters

QUESTION = {"text": "How long does delivery to the United States take?", "market": "US", "on": "2026-11-23"}


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CS_ASSIST_")}
    return {**kept, "CS_ASSIST_STATE_DIR": str(folder)}


def server(index: Path, folder: Path, *more: str) -> StdioServerParameters:
    arguments = ["mcp", "--index", str(index), *more]
    return StdioServerParameters(command=str(COMMAND), args=arguments, env=environment(folder), cwd=folder)


def test_the_real_client_talks_to_the_installed_command_over_stdio(index: Path, tmp_path: Path) -> None:
    from mcp.client.stdio import stdio_client

    async def scene() -> list[Any]:
        async with Client(stdio_client(server(index, tmp_path))) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == ["triage", "search_knowledge", "draft_reply", "check_reply", "hand_over"]
            told = {"text": "I am Anna Smith. I want a human!", "market": "US", "conversation_id": "c"}
            return [
                await client.call_tool("search_knowledge", QUESTION),
                await client.call_tool("triage", {"text": "a", "market": "XQ"}),
                await client.call_tool("draft_reply", told),
                await client.call_tool("check_reply", {"text": "Returns within 99 days.", "language": "en"}),
                await client.call_tool("hand_over", {**told, "why": "asked for a human"}),
                await client.call_tool("triage", {"text": "a" * 1_000_000}),
            ]

    search, mistake, draft, check, handover, large = anyio.run(scene)
    assert search.structured_content["passages"][0]["doc_id"] == "shipping-us"
    assert mistake.is_error
    assert "'market'" in mistake.content[0].text
    assert large.is_error
    assert "'text'" in large.content[0].text
    assert (draft.structured_content["sent"], draft.structured_content["action"]) == (False, "handover")
    assert check.structured_content["verdict"] == "block"
    assert handover.structured_content["holder"] == "pending"
    assert "Anna" not in handover.content[0].text
    state = SqlStore(f"sqlite:///{tmp_path / 'state.db'}").load("c")
    assert state is not None
    assert (state.holder, state.turns[0].text) == ("pending", "I am Anna Smith. I want a human!")


def test_clear_shows_personal_data(index: Path, tmp_path: Path) -> None:
    from mcp.client.stdio import stdio_client

    async def scene() -> Any:
        async with Client(stdio_client(server(index, tmp_path, "--clear"))) as client:
            return await client.call_tool("triage", {"text": "My e-mail is anna@example.com", "market": "US"})

    assert "anna@example.com" in anyio.run(scene).content[0].text


@contextmanager
def listening(index: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(COMMAND), "mcp", "--index", str(index), "--http", str(port)]
    with subprocess.Popen(command, env=environment(folder), cwd=folder, stderr=subprocess.PIPE) as process:
        try:
            while process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()


def test_the_real_client_talks_over_http_on_this_machine(index: Path, tmp_path: Path) -> None:
    async def scene(url: str) -> Any:
        async with Client(url) as client:
            return await client.call_tool("search_knowledge", QUESTION)

    with listening(index, tmp_path) as url:
        result = anyio.run(scene, url)
    assert json.loads(result.content[0].text)["passages"][0]["doc_id"] == "shipping-us"


def test_a_port_that_is_taken_is_told(index: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [str(COMMAND), "mcp", "--index", str(index), "--http", port],
            capture_output=True, text=True, check=False, env=environment(tmp_path), cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"port {port} cannot be had" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_ends_with_its_client(index: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(COMMAND), "mcp", "--index", str(index)],
        input="", capture_output=True, text=True, check=False, env=environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_missing_index_is_told_before_anything_is_served(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(COMMAND), "mcp", "--index", str(tmp_path / "none")],
        input="", capture_output=True, text=True, check=False, env=environment(tmp_path), cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "IndexMissingError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_extra_is_told_with_the_line_to_install_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['mcp'] = None; sys.argv = ['cs-assist', 'mcp']; from cs_assist.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment(tmp_path), cwd=tmp_path
    )
    assert done.returncode == 2
    assert "pip install 'cs-assist[mcp]'" in done.stderr
    assert "Traceback" not in done.stderr
