"""Whatever fails on a message's way, a person is called and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sample_shop import ANGRY, NOON, angry, build_sample_index, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import StoreError, StoreReadOnlyError
from cs_assist.store.base import MemoryStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Conversation, Message, Turn
from cs_assist.walk import StageFailed, Walk

Open = Callable[..., Assistant]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder, reader: MessageReader) -> Open:
    """Open the sample shop's assistant, with a store and with settings by name."""
    index = build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)
    return partial(open_shop, index, encoder, reader)


class Failure(RuntimeError):
    """What a broken stage raises; its text is the customer's."""


def broken(parent: type) -> type:
    def fail(self: object, message: Message, *_: Any, **__: Any) -> None:
        raise Failure(message.text if isinstance(message, Message) else ANGRY[0])

    return type(f"Broken{parent.__name__}", (parent,), {"__call__": fail})


def break_stages(assistant: Assistant, parts: Sequence[str]) -> None:
    """Let some stages raise; the rest of each stays what it is."""
    for part in parts:
        whole = getattr(assistant, part)
        whole.__class__ = broken(type(whole))


@pytest.mark.parametrize(
    ("part", "stage"),
    [
        ("reader", "understand"),
        ("memory", "remember"),
        ("knowledge", "find"),
        ("policy", "decide"),
        ("composer", "write"),
        ("guard", "check"),
    ],
)
def test_a_stage_that_raises_becomes_a_handover_that_names_it(shop: Open, reader: MessageReader, part: str, stage: str) -> None:
    assistant = shop()
    assistant.reader = copy(reader)
    break_stages(assistant, [part])
    outcome = assistant.handle(angry(1))
    assert outcome.action.value == "handover"
    assert outcome.fault is not None
    assert (outcome.fault.stage, outcome.fault.error) == (stage, "Failure")
    assert outcome.decision.reasons == (f"stage '{stage}' failed: Failure",)
    assert outcome.decision.due_at == NOON + timedelta(hours=1)
    assert "Paket" not in outcome.decision.model_dump_json() + outcome.fault.model_dump_json()
    if part != "memory":  # a dialogue has a memory of its own
        ((_, judged),) = assistant.converse([Turn(role="customer", text=ANGRY[0])], message=angry(1))
        assert judged.fault == outcome.fault


@pytest.mark.parametrize("part", ["knowledge", "policy"])
def test_after_a_fault_the_customer_is_told_and_a_person_holds_the_conversation(shop: Open, part: str) -> None:
    store = MemoryStore()
    assistant = shop(store)
    break_stages(assistant, [part])
    outcome = assistant.handle(angry(1))
    assert outcome.reply.language == "de"
    assert outcome.reply.text
    state = store.load("c")
    assert state is not None
    assert state.holder == "pending"


@pytest.mark.parametrize("part", ["knowledge", "policy", "composer", "guard"])
def test_after_a_fault_the_person_has_a_packet(shop: Open, part: str) -> None:
    assistant = shop()
    break_stages(assistant, [part])
    packet = assistant.handle(angry(1)).handover
    assert packet is not None
    assert packet.reason == "fault"
    assert tuple(turn.text for turn in packet.timeline) == ANGRY[:1]


@pytest.mark.parametrize("parts", [("knowledge", "composer"), ("policy", "composer"), ("knowledge", "policy", "guard")])
def test_several_broken_stages_are_still_no_exception(shop: Open, parts: Sequence[str]) -> None:
    assistant = shop()
    break_stages(assistant, parts)
    outcome = assistant.handle(angry(1))
    assert outcome.action.value == "handover"
    assert outcome.fault is not None
    assert outcome.fault.stage == ("find" if "knowledge" in parts else "decide")


def test_a_failing_stage_writes_no_word_of_the_customers_into_the_log(shop: Open, caplog: pytest.LogCaptureFixture) -> None:
    assistant = shop()
    break_stages(assistant, ["policy"])
    assistant.handle(angry(1))
    assert "decide" in caplog.text
    assert "Paket" not in caplog.text


class FailingStore(MemoryStore):
    """A store whose disk has gone."""

    def load(self, conversation_id: str) -> Conversation | None:
        raise StoreReadOnlyError("the disk has gone.")


def test_a_store_that_cannot_be_read_answers_nothing_and_says_so(shop: Open) -> None:
    with pytest.raises(StoreError, match="the disk has gone"):
        shop(FailingStore()).handle(angry(1))


def test_a_stage_that_succeeds_leaves_no_fault() -> None:
    walk = Walk(angry(1), None, NOON)
    with walk.stage("find"):
        pass
    assert walk.fault is None


def test_a_failed_stage_is_kept_by_name_and_kind() -> None:
    walk = Walk(angry(1), None, NOON)
    with pytest.raises(StageFailed), walk.stage("find"):
        raise OSError(ANGRY[0])
    assert walk.fault is not None
    assert walk.fault.model_dump() == {"stage": "find", "error": "OSError"}


def test_a_message_that_was_not_read_has_nothing_to_show() -> None:
    with pytest.raises(ValueError, match="was not read"):
        Walk(angry(1), None, NOON).read()
