"""A message that a stage failed on is kept, and a person's conversation stays theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sample_shop import ANGRY, NOON, angry, build_sample_index, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Holder

Open = Callable[..., Assistant]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder, reader: MessageReader) -> Open:
    """Open the sample shop's assistant, with a store and with settings by name."""
    index = build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)
    return partial(open_shop, index, encoder, reader)


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("broken")


@pytest.mark.parametrize("stage", ["_reader", "_person"])
def test_a_message_that_failed_before_it_was_counted_is_kept_and_its_notice_may_leave(
    shop: Open, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = shop()
    if stage == "_reader":
        monkeypatch.setattr(assistant, "reader", broken)
    else:
        monkeypatch.setattr(assistant.memory, "_person", broken)
    outcome = assistant.handle(angry(1))
    state = assistant.memory.known(angry(1))
    assert state is not None
    assert (state.holder, state.turns[0].text) == ("pending", ANGRY[0])
    assert assistant.may_send(outcome) == bool(outcome.reply.text)
    assert assistant.handle(angry(1)).action.value == "ignore"


@pytest.mark.parametrize("holder", ["human", "pending"])
def test_a_fault_says_nothing_into_a_persons_conversation_and_keeps_its_tier(
    shop: Open, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = shop()
    assistant.handle(angry(1).model_copy(update={"id": "law", "text": "I will take you to court over this.", "market": "GB"}))
    assistant.memory.assign("c", holder, now=NOON)
    before = assistant.memory.known(angry(1))
    monkeypatch.setattr(assistant, "knowledge", broken)
    outcome = assistant.handle(angry(1))
    after = assistant.memory.known(angry(1))
    assert before is not None
    assert after is not None
    assert (outcome.action.value, outcome.reply.text, outcome.decision.tier) == ("draft", "", before.tier)
    assert (after.tier, after.holder) == (before.tier, holder)
    assert [turn.role for turn in after.turns[len(before.turns) :]] == ["customer"]
