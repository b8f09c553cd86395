from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from typing import Any

import pytest

from cs_assist.assistant import Assistant

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("mcp", reason="the extra 'mcp' is not installed")
    import anyio
    from mcp import Client

    from cs_assist.interop.mcp import make_server
    from cs_assist.interop.tools import DEFINITIONS, AgentTools


@pytest.fixture
def tools(shop: Assistant) -> AgentTools:
    return AgentTools(shop)


def text_of(result: Any) -> str:
    return str(result.content[0].text)


def test_the_server_lists_the_shared_tools(tools: AgentTools) -> None:
    async def scene() -> list[Any]:
        async with Client(make_server(tools)) as client:
            assert "never" in str(client.instructions)
            return list((await client.list_tools()).tools)

    listed = anyio.run(scene)
    assert [tool.name for tool in listed] == [one.name for one in DEFINITIONS]
    assert [tool.input_schema for tool in listed] == [one.arguments.model_json_schema() for one in DEFINITIONS]
    assert [tool.name for tool in listed if not tool.annotations.read_only_hint] == ["hand_over"]
    assert not any(tool.annotations.destructive_hint for tool in listed)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_call_gives_masked_json_as_text_and_as_an_object(tools: AgentTools, mode: str) -> None:
    async def scene() -> Any:
        async with Client(make_server(tools), mode=mode) as client:
            return await client.call_tool("triage", {"text": "Mail anna@example.com: where is my parcel?", "market": "US"})

    result = anyio.run(scene)
    assert not result.is_error
    assert json.loads(text_of(result)) == result.structured_content
    assert result.structured_content["language"] == "en"
    assert "anna@" not in text_of(result)


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("triage", {"text": "a", "market": "XQ"}, "'market'"),
        ("triage", {"text": ""}, "'text'"),
        ("triage", {"text": "a" * 1_000_000}, "'text'"),
        ("triage", {"text": 3}, "'text'"),
        ("hand_over", {"conversation_id": "none", "why": "x"}, "'conversation_id'"),
        ("send", {}, "'send'"),
    ],
)
def test_a_mistake_is_a_tools_error_that_names_the_argument(
    tools: AgentTools, name: str, arguments: dict[str, Any], named: str
) -> None:
    async def scene() -> Any:
        async with Client(make_server(tools)) as client:
            result = await client.call_tool(name, arguments)
            assert not (await client.call_tool("triage", {"text": "still there?"})).is_error
            return result

    result = anyio.run(scene)
    assert result.is_error
    assert named in text_of(result)
    assert len(text_of(result)) < 600


def test_sixty_four_calls_at_once_do_not_mix(tools: AgentTools) -> None:
    found: dict[int, str] = {}

    async def scene() -> None:
        async with Client(make_server(tools)) as client, anyio.create_task_group() as group:

            async def one(number: int) -> None:
                call = {"text": f"My e-mail is u{number}@example.com, hello", "conversation_id": f"c{number}", "why": "w"}
                found[number] = text_of(await client.call_tool("hand_over", {**call, "market": "US"}))

            for number in range(64):
                group.start_soon(one, number)

    anyio.run(scene)
    assert all("[EMAIL_1]" in text and "@example.com" not in text for text in found.values())
    assert [tools.restore("[EMAIL_1]", f"c{number}") for number in range(64)] == [f"u{n}@example.com" for n in range(64)]


def test_a_cancelled_call_does_not_hold_the_others_up(tools: AgentTools, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    call = tools.call

    def slow(name: str, arguments: Any) -> Any:
        if arguments["text"] == "slow":
            free.wait(30)
        return call(name, arguments)

    monkeypatch.setattr(tools, "call", slow)

    async def scene() -> Any:
        async with Client(make_server(tools)) as client:
            with anyio.move_on_after(0.2) as scope:
                await client.call_tool("triage", {"text": "slow"})
            assert scope.cancelled_caught
            answer = await client.call_tool("triage", {"text": "Where is my parcel?"})
            free.set()
            return answer

    assert not anyio.run(scene).is_error


def test_without_the_extra_the_import_says_what_to_install() -> None:
    code = "import sys; sys.modules['mcp'] = None; import cs_assist.interop.mcp"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'cs-assist[mcp]'" in done.stderr
