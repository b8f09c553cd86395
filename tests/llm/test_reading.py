from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.errors import ModelError
from cs_assist.llm.reading import read_reply
from cs_assist.llm.schemas import Translation

messages = pytest.importorskip("langchain_core.messages", reason="needs the extra 'langchain'")
GOOD = '{"language": "en", "text": "Hi"}'


def reply(content: str = "", **more: Any) -> Any:
    return messages.AIMessage(content=content, **more)


def call(name: str, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": "1", "type": "tool_call"}


def test_an_answer_may_come_as_text_or_as_the_call_of_its_form() -> None:
    expected = Translation(language="en", text="Hi")
    assert read_reply(reply(GOOD), Translation) == (expected, False)
    assert read_reply(reply(tool_calls=[call("Translation", language="en", text="Hi")]), Translation) == (expected, False)


@pytest.mark.parametrize("text", [f"```json\n{GOOD}\n```", f"{{x}} Sure: {GOOD} Anything else?", f'{{"text": 1}} {GOOD}'])
def test_an_answer_is_found_in_other_words(text: str) -> None:
    assert read_reply(reply(text), Translation) == (Translation(language="en", text="Hi"), True)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (reply(GOOD, response_metadata={"stop_reason": "max_tokens"}), "truncated"),
        (reply(GOOD, response_metadata={"finish_reason": "MAX_TOKENS"}), "truncated"),
        (reply("", response_metadata={"finish_reason": "SAFETY"}), "filtered"),
        (reply("", response_metadata={"stop_reason": "refusal"}), "refused"),
        (reply("", additional_kwargs={"refusal": "No."}), "refused"),
        (reply("", tool_calls=[call("Translation", language="en")]), "invalid"),
        (reply(GOOD, tool_calls=[call("pay", amount=5)]), "tool_call"),
        (reply(" \n"), "empty"),
    ],
)
def test_providers_ways_of_failing_are_told_apart(made: Any, kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_reply(made, Translation)
    assert caught.value.kind == kind


@given(st.text() | st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(json.dumps))
def test_any_other_reply_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_reply(reply(text), Translation)
    assert caught.value.kind in ("invalid", "empty")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("text", ["{" * 100_000, '{"a":' * 50_000, "[" * 100_000])
def test_nested_rubbish_ends(text: str) -> None:
    with pytest.raises(ModelError):
        read_reply(reply(text), Translation)
