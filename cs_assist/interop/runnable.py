"""LangChain outward: the assistant as a ``Runnable``, and its tools for agents (extra ``langchain``)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from cs_assist.assistant import Assistant
from cs_assist.cli.lines import explain
from cs_assist.cli.records import Json, outcome_object
from cs_assist.errors import CsAssistError, MessageError, MissingExtraError
from cs_assist.interop.tools import DEFINITIONS, AgentTools, Definition, explained
from cs_assist.types import Message, Outcome

try:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.runnables.config import get_config_list, run_in_executor
    from langchain_core.tools import BaseTool, StructuredTool, ToolException
except ImportError as exc:
    raise MissingExtraError("langchain", needed_for="cs_assist.interop.runnable") from exc

Input = Message | dict[str, Any]
#: What one assistant gives: an ``Outcome``, or its JSON.
Output = TypeVar("Output")


class AssistantRunnable(Runnable[Input, Output]):
    """An assistant as a link of LangChain's chains; made by :meth:`Assistant.as_runnable`.

    The input is a :class:`~cs_assist.types.Message` or a dict of its fields, the output what
    :meth:`Assistant.handle` returns. ``stream`` yields that one outcome: nothing unchecked is ever streamed. A batch
    answers the messages of one conversation one after another, in their order. Async calls run in a worker thread;
    one that is cancelled before its turn is never handled, one that is cancelled later is handled and remembered.

    Args:
        assistant: Does the work; it may be shared by any number of threads.
        as_json: Give the machine contract's object (``cs-assist reply``) in place of an ``Outcome``.

    Raises:
        MessageError: By every call, where a dict is no message; names the key.
        UnknownMarketError: By every call, where there is no such market.
        StoreError: By every call, where the store cannot be opened.
    """

    def __init__(self, assistant: Assistant, *, as_json: bool = False) -> None:
        self.assistant = assistant
        self.as_json = as_json
        self.name = "cs_assist"

    @property
    def InputType(self) -> type[Input]:
        """A message."""
        return Message

    @property
    def OutputType(self) -> type[Output]:
        """An outcome, or its JSON."""
        return cast("type[Output]", dict[str, Any] if self.as_json else Outcome)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return what to do about one message, and remember it."""
        _know_nothing_of(kwargs)
        return self._call_with_config(self._handle, input, config, run_type="chain")

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return what :meth:`invoke` does, from a worker thread."""
        _know_nothing_of(kwargs)

        async def handle(given: Input) -> Output:
            return await run_in_executor(None, self._handle, given)

        return await self._acall_with_config(handle, input, config, run_type="chain")

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[Output]:
        """Return one outcome a message, in the order of the messages."""
        configs = get_config_list(config, len(inputs))
        found: dict[int, Output] = {}
        for chosen in _rounds(inputs):
            some = super().batch(
                [inputs[i] for i in chosen], [configs[i] for i in chosen], return_exceptions=return_exceptions, **kwargs
            )
            found.update(zip(chosen, some, strict=True))
        return [found[i] for i in range(len(inputs))]

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[Output]:
        """Return what :meth:`batch` does, from worker threads."""
        configs = get_config_list(config, len(inputs))
        found: dict[int, Output] = {}
        for chosen in _rounds(inputs):
            some = await super().abatch(
                [inputs[i] for i in chosen], [configs[i] for i in chosen], return_exceptions=return_exceptions, **kwargs
            )
            found.update(zip(chosen, some, strict=True))
        return [found[i] for i in range(len(inputs))]

    def _handle(self, given: Input) -> Output:
        outcome = self.assistant.handle(to_message(given))
        return cast("Output", outcome_object(outcome) if self.as_json else outcome)


def to_message(given: Input) -> Message:
    """Return a message, or the message that a dict describes.

    Raises:
        MessageError: It is neither; names the key.

    Example:
        >>> to_message({"id": "1", "text": "Hi", "channel": "fax"})
        Traceback (most recent call last):
        ...
        cs_assist.errors.MessageError: MessageError [message.invalid]: key 'channel': Input should be 'live_chat', ...
    """
    if isinstance(given, Message):
        return given
    if not isinstance(given, dict):
        raise MessageError(f"the input is a {type(given).__name__}; a Message or a dict of its fields was expected.")
    try:
        return Message.model_validate(given)
    except ValidationError as exc:
        raise explain(exc) from exc


def langchain_tools(tools: AgentTools) -> list[BaseTool]:
    """Return the five tools for an agent built with LangChain or LangGraph.

    A tool's message is JSON that the model may read; its ``artifact`` is the same with personal data in clear, which
    LangChain does not show to the model. Whatever is wrong with a call becomes a message with status ``error`` that
    names the argument and says what to do.
    """
    return [_structured(tools, definition) for definition in DEFINITIONS]


def _structured(tools: AgentTools, definition: Definition) -> BaseTool:
    def call(**arguments: Any) -> tuple[str, Json]:
        try:
            answer = tools.call(definition.name, arguments)
        except CsAssistError as exc:
            raise ToolException(explained(exc)) from exc
        return json.dumps(answer.shown, ensure_ascii=False), answer.clear

    return StructuredTool.from_function(
        call,
        name=definition.name,
        description=definition.description,
        args_schema=definition.arguments,
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=_wrong,
        metadata={"title": definition.title, "writes": definition.writes},
    )


def _wrong(exc: Any) -> str:
    return explained(explain(exc))


def _rounds(inputs: Sequence[Input]) -> list[list[int]]:
    """Return places of a batch, in rounds in which no conversation occurs twice."""
    rounds: list[list[int]] = []
    seen: dict[object, int] = {}
    for at, given in enumerate(inputs):
        number = seen.get(key := _conversation(given, at), 0)
        seen[key] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(at)
    return rounds


def _conversation(given: Input, at: int) -> object:
    """Return the conversation that an input belongs to; what is no message stands alone."""
    if isinstance(given, Message):
        return given.conversation
    name = (given.get("conversation_id") or given.get("id")) if isinstance(given, dict) else None
    return name if isinstance(name, str) else (at,)


def _know_nothing_of(options: dict[str, Any]) -> None:
    """Refuse options that would be passed over in silence."""
    if options:
        raise TypeError(f"unknown option '{next(iter(options))}'")
