"""Reading a model's reply: what went wrong with it, or the answer that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cs_assist.errors import ModelError

T = TypeVar("T", bound=BaseModel)
#: How providers say that a reply was cut off, or held back by a filter, or refused.
_CUT = {"length", "max_tokens", "max_output_tokens", "model_length", "incomplete"}
_FILTERED = {"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "guardrail_intervened"}
_REFUSED = {"refusal"}
_MOST_STARTS = 50


def read_reply(reply: Any, schema: type[T]) -> tuple[T, bool]:
    """Return the answer in a LangChain ``AIMessage``, and whether it had to be looked for in free text.

    Raises:
        ModelError: The reply was refused, filtered, cut off, empty, a call of an unknown tool, or does not fit.
    """
    told = check_finish(reply)
    text = str(reply.text).strip()
    calls = [*reply.tool_calls, *reply.invalid_tool_calls]
    if calls and (wrong := next((call["name"] for call in calls if call["name"] != schema.__name__), None)) is not None:
        raise ModelError("tool_call", f"the model called a tool '{str(wrong)[:60]}' where an answer was asked for.")
    if reply.tool_calls:
        return _fitting(json.dumps(reply.tool_calls[0]["args"]), schema), False
    if not text:
        raise ModelError("empty", f"the model's reply is empty (it ended with '{told or 'nothing'}').")
    try:
        return schema.model_validate_json(text), False
    except ValidationError as exc:
        for piece in _objects(text):
            try:
                return schema.model_validate_json(piece), True
            except ValidationError:
                continue
        raise _invalid(exc) from None  # its text repeats the reply


def check_finish(reply: Any) -> str:
    """Return the provider's word for how the reply ended.

    Raises:
        ModelError: It was refused, filtered or cut off.
    """
    about = reply.response_metadata
    told = str(about.get("finish_reason") or about.get("stop_reason") or about.get("status") or "").lower()
    if reply.additional_kwargs.get("refusal") or told in _REFUSED:
        raise ModelError("refused", "the model refused to answer.")
    if told in _FILTERED:
        raise ModelError("filtered", "the provider's content filter held the reply back.")
    if told in _CUT:
        raise ModelError(
            "truncated", "the reply was cut off at its greatest length.", hint="Raise `llm_max_tokens` if it is often so."
        )
    return told


def _fitting(text: str, schema: type[T]) -> T:
    try:
        return schema.model_validate_json(text)
    except ValidationError as exc:
        raise _invalid(exc) from None  # its text repeats the reply


def _invalid(exc: ValidationError) -> ModelError:
    first = exc.errors(include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    return ModelError("invalid", f"the model's answer does not fit its schema at '{where[:80]}': {first['type']}.")


def _objects(text: str) -> Iterator[str]:
    """Yield the JSON objects that stand in a text, from the first brace on."""
    decoder, start = json.JSONDecoder(), text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        yield json.dumps(value)
        start = text.find("{", end)
