from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from sample_shop import angry, message

from cs_assist.assistant import Assistant
from cs_assist.errors import MessageError, UnknownMarketError
from cs_assist.store.base import MemoryStore
from cs_assist.types import Message, Outcome

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # LangChain's own
    pytest.importorskip("langchain_core", reason="the extra 'langchain' is not installed")
    from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
    from langchain_core.tools import BaseTool

    from cs_assist.interop.runnable import AssistantRunnable, langchain_tools, to_message
    from cs_assist.interop.tools import AgentTools

QUESTION = "How long does delivery to the United States take?"


@pytest.fixture
def runnable(shop: Assistant) -> AssistantRunnable:
    return shop.as_runnable()


def numbered(number: int) -> dict[str, Any]:
    return {"id": f"m{number}", "text": f"Where is order 114-5520917-12345{number:02}?", "market": "US"}


# --- the runnable


def test_it_gives_what_the_assistant_gives(runnable: AssistantRunnable, shop: Assistant, store: MemoryStore) -> None:
    outcome = runnable.invoke(message(QUESTION))
    assert isinstance(outcome, Outcome)
    assert outcome.findings.passages[0].doc_id == "shipping-us"
    assert store.seen("c", "m1")
    again = runnable.invoke(message(QUESTION))
    assert isinstance(again, Outcome)
    assert again.decision.reason == "duplicate"


def test_a_dict_is_a_message_and_json_is_the_contracts(shop: Assistant) -> None:
    told = shop.as_runnable(as_json=True).invoke({"id": "1", "text": "The charger is on fire!", "market": "US"})
    assert isinstance(told, dict)
    assert (told["id"], told["action"], told["reasons"][0]) == ("1", "handover", "safety_issue")
    json.dumps(told)


def test_schemas_are_those_of_the_records(shop: Assistant) -> None:
    runnable = shop.as_runnable()
    assert runnable.get_input_schema() is Message
    assert runnable.get_output_schema() is Outcome
    assert shop.as_runnable(as_json=True).get_output_jsonschema()["type"] == "object"
    assert "market" in runnable.get_input_jsonschema()["properties"]


def test_it_is_a_link_of_a_chain(runnable: AssistantRunnable) -> None:
    chain = (lambda text: Message(id="1", text=text, market="US")) | runnable | (lambda outcome: outcome.action.value)
    assert chain.invoke("I want to talk to a human being!") == "handover"


def test_a_stream_is_the_one_checked_outcome(runnable: AssistantRunnable) -> None:
    (outcome,) = runnable.stream(message(QUESTION))
    assert isinstance(outcome, Outcome)

    async def collect() -> list[Any]:
        return [part async for part in runnable.astream(message(QUESTION, 2))]

    assert len(asyncio.run(collect())) == 1


def test_a_batch_keeps_the_order_and_each_conversations(runnable: AssistantRunnable, shop: Assistant, store: MemoryStore) -> None:
    mixed = [angry(1), Message(id="x", text=QUESTION, market="US"), angry(2)]
    outcomes = runnable.batch(list(mixed), {"max_concurrency": 8})
    assert [o.message_id for o in outcomes if isinstance(o, Outcome)] == ["m1", "x", "m2"]
    last = outcomes[2]
    assert isinstance(last, Outcome)
    assert (last.decision.reason, last.conversation and last.conversation.strikes) == ("dissatisfied", 2)


def test_an_async_batch_does_the_same(runnable: AssistantRunnable) -> None:
    outcomes = asyncio.run(runnable.abatch([angry(1), angry(2), message(QUESTION, 3, conversation_id="d")]))
    assert [o.action.value for o in outcomes if isinstance(o, Outcome)][1] == "handover"


def test_a_bad_message_of_a_batch_stands_in_its_place(runnable: AssistantRunnable) -> None:
    given: list[Any] = [numbered(1), {"id": "2", "text": "a", "channel": "fax"}, 7, numbered(3)]
    found = runnable.batch(given, return_exceptions=True)
    assert [type(one) for one in found] == [Outcome, MessageError, MessageError, Outcome]
    with pytest.raises(MessageError, match="channel"):
        runnable.batch(given)


def test_sixty_four_at_once_do_not_mix(runnable: AssistantRunnable) -> None:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(runnable.ainvoke(numbered(number)) for number in range(64)))

    for number, outcome in enumerate(asyncio.run(all_of_them())):
        assert outcome.message_id == f"m{number}"
        assert f"114-5520917-12345{number:02}" in [entity.value for entity in outcome.triage.entities]


def test_callbacks_tags_and_metadata_are_passed_through(runnable: AssistantRunnable) -> None:
    seen: list[tuple[str, Any]] = []

    class Sync(BaseCallbackHandler):
        def on_chain_start(self, serialized: Any, inputs: Any, **more: Any) -> None:
            seen.append(("start", (more["tags"], more["metadata"]["shop"], more["name"])))

        def on_chain_end(self, outputs: Any, **more: Any) -> None:
            seen.append(("end", type(outputs)))

        def on_chain_error(self, error: BaseException, **more: Any) -> None:
            seen.append(("error", type(error)))

    class Async(AsyncCallbackHandler):
        async def on_chain_end(self, outputs: Any, **more: Any) -> None:
            seen.append(("async end", type(outputs)))

    config: Any = {"callbacks": [Sync()], "tags": ["t"], "metadata": {"shop": "s"}}
    runnable.invoke(numbered(1), config)
    assert seen == [("start", (["t"], "s", "cs_assist")), ("end", Outcome)]
    asyncio.run(runnable.ainvoke(numbered(2), {"callbacks": [Async()]}))
    assert seen[-1] == ("async end", Outcome)
    with pytest.raises(UnknownMarketError):
        runnable.invoke({**numbered(3), "market": "XQ"}, config)
    assert seen[-1] == ("error", UnknownMarketError)


def test_the_event_loop_is_free_while_a_message_is_handled(runnable: AssistantRunnable, shop: Assistant) -> None:
    loops_thread = threading.get_ident()
    threads = []
    handle = shop.handle
    shop.handle = lambda given: (threads.append(threading.get_ident()), handle(given))[1]  # type: ignore[method-assign,assignment,func-returns-value]
    asyncio.run(runnable.ainvoke(numbered(1)))
    assert threads
    assert threads[0] != loops_thread


def test_a_call_that_is_cancelled_before_its_turn_is_never_handled(runnable: AssistantRunnable, shop: Assistant) -> None:
    free, started, handled = threading.Event(), threading.Event(), []

    def slow(given: Message) -> None:
        handled.append(given.id)
        started.set()
        free.wait(30)

    shop.handle = slow  # type: ignore[method-assign,assignment]

    async def scene() -> None:
        from concurrent.futures import ThreadPoolExecutor

        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        first = asyncio.create_task(runnable.ainvoke(numbered(1)))
        second = asyncio.create_task(runnable.ainvoke(numbered(2)))
        while not started.is_set():
            await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        free.set()
        await first

    asyncio.run(scene())
    assert handled == ["m1"]


@pytest.mark.parametrize(("given", "named"), [({"text": "a"}, "'id'"), ({"id": "1", "txt": "a"}, "'txt'"), ("hello", "str")])
def test_what_is_no_message_is_refused_with_its_key(given: Any, named: str) -> None:
    with pytest.raises(MessageError, match=named):
        to_message(given)


def test_options_that_would_be_passed_over_are_refused(runnable: AssistantRunnable) -> None:
    with pytest.raises(TypeError, match="stop"):
        runnable.invoke(numbered(1), stop=["x"])


def test_without_the_extra_the_method_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['langchain_core'] = None\n"
        "from cs_assist import Assistant, MemoryStore\n"
        "Assistant(store=MemoryStore()).as_runnable()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'cs-assist[langchain]'" in done.stderr


# --- tools for agents


@pytest.fixture
def tools(shop: Assistant) -> dict[str, BaseTool]:
    return {tool.name: tool for tool in langchain_tools(AgentTools(shop))}


def call(tool: BaseTool, **arguments: Any) -> ToolMessage:
    found = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    assert isinstance(found, ToolMessage)
    return found


def test_a_tools_message_is_masked_json_and_its_artifact_is_clear(tools: dict[str, BaseTool]) -> None:
    found = call(tools["triage"], text="Mail anna.smith@example.com: where is my parcel?", market="US")
    assert "anna.smith" not in found.content
    assert json.loads(str(found.content))["language"] == "en"
    assert "anna.smith@example.com" in json.dumps(found.artifact)


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("triage", {"text": "a", "market": "XQ"}, "'market'"),
        ("triage", {"text": ""}, "'text'"),
        ("triage", {"text": "a" * 1_000_000}, "'text'"),
        ("draft_reply", {"text": 3}, "'text'"),
        ("check_reply", {"text": "a", "articles": ["made-up"]}, "'articles'"),
        ("hand_over", {"conversation_id": "none", "why": "x"}, "'conversation_id'"),
    ],
)
def test_a_mistake_becomes_a_message_that_names_the_argument(
    tools: dict[str, BaseTool], name: str, arguments: dict[str, Any], named: str
) -> None:
    found = call(tools[name], **arguments)
    assert found.status == "error"
    assert named in str(found.content)
    assert "Traceback" not in str(found.content)
    assert len(str(found.content)) < 600


def test_tools_have_the_shared_schemas(tools: dict[str, BaseTool]) -> None:
    assert list(tools) == ["triage", "search_knowledge", "draft_reply", "check_reply", "hand_over"]
    for tool in tools.values():
        schema = tool.tool_call_schema
        assert not isinstance(schema, dict)
        assert schema.model_json_schema()["properties"]["text"]["type"] == "string"


def test_tools_run_in_the_background_too(tools: dict[str, BaseTool]) -> None:
    given = {"type": "tool_call", "id": "1", "name": "triage", "args": {"text": "Where is my parcel?"}}
    assert json.loads(asyncio.run(tools["triage"].ainvoke(given)).content)["language"] == "en"


class Scripted(GenericFakeChatModel):
    """A chat model that calls tools as it was told, whatever it is asked."""

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Any:
        return self


def test_an_agent_of_langgraph_uses_the_tools(tools: dict[str, BaseTool], store: MemoryStore) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agents = pytest.importorskip("langchain.agents", reason="langchain is not installed")

    def calls(name: str, **arguments: Any) -> AIMessage:
        return AIMessage(content="", tool_calls=[ToolCall(name=name, args=arguments, id=name, type="tool_call")])

    script = [
        calls("search_knowledge", text=QUESTION, market="US", on="2026-11-23"),
        calls("triage", text=QUESTION, market="Utopia"),
        calls("hand_over", conversation_id="c", why="it asks for a person", text="A human please", market="US"),
        AIMessage(content="A colleague has it."),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agent = agents.create_agent(Scripted(messages=iter(script)), list(tools.values()))
        done = agent.invoke({"messages": [HumanMessage(QUESTION)]})
    results = [one for one in done["messages"] if isinstance(one, ToolMessage)]
    assert [one.status for one in results] == ["success", "error", "success"]
    assert json.loads(str(results[0].content))["passages"][0]["doc_id"] == "shipping-us"
    assert "'market'" in str(results[1].content)
    state = store.load("c")
    assert state is not None
    assert state.holder == "pending"
    assert done["messages"][-1].content == "A colleague has it."
