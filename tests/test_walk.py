"""Whatever fails on a message's way, a person is called and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest
from sample_shop import ANGRY, NOON, angry, build_sample_index, open_shop

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import SettingsError, StoreError, StoreReadOnlyError
from cs_assist.store.base import Event, MemoryStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Conversation, Customer, Fault, Message, Outcome, Turn
from cs_assist.walk import OneAtATime, StageFailed, Walk, earlier_messages, with_known_market

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


class HalfStore(MemoryStore):
    """A store that answers the first question of a message only."""

    asked = 0

    def look(self, conversation_id: str, message_id: str) -> tuple[Conversation | None, bool]:
        self.asked += 1
        if self.asked > 1:
            raise StoreReadOnlyError("the disk has gone.")
        return super().look(conversation_id, message_id)

    def conversations_of(self, customer_id: str, *, since: datetime | None = None) -> tuple[Conversation, ...]:
        raise StoreReadOnlyError("the disk has gone.")


ASKS: dict[str, Callable[[Assistant, Message], Outcome | None]] = {
    "handle": lambda assistant, told: assistant.handle(told),
    "preview": lambda assistant, told: assistant.preview(told),
    "stream": lambda assistant, told: list(assistant.stream_draft(told))[-1].outcome,
}


@pytest.mark.parametrize("how", ASKS)
@pytest.mark.parametrize("store", [FailingStore, HalfStore])
@pytest.mark.parametrize("parts", [[], ["policy"], ["reader"]])
def test_a_store_that_cannot_be_read_calls_a_person_and_sends_nothing(
    shop: Open, reader: MessageReader, tmp_path: Path, how: str, store: type[MemoryStore], parts: list[str]
) -> None:
    assistant = shop(store(), state_dir=tmp_path)
    assistant.reader = copy(reader)
    break_stages(assistant, parts)
    outcome = ASKS[how](assistant, angry(1).model_copy(update={"customer": Customer(email="ana@example.com")}))
    assert outcome is not None
    assert outcome.fault == Fault(stage="remember", error="StoreReadOnlyError")
    assert (outcome.action.value, outcome.reply.text, outcome.conversation) == ("handover", "", None)


def test_a_person_gets_a_packet_though_the_store_is_away(shop: Open) -> None:
    outcome = shop(FailingStore()).handle(angry(1))
    assert (outcome.action.value, outcome.decision.reason, outcome.reply.text) == ("handover", "fault", "")
    assert outcome.fault == Fault(stage="remember", error="StoreReadOnlyError")
    assert outcome.handover is not None
    assert outcome.conversation is None


class AwayStore(MemoryStore):
    """A store that goes away for a while."""

    away = False

    def save(self, state: Conversation, event: Event) -> bool:
        if self.away:
            raise StoreError("the server has gone.")
        return super().save(state, event)


def test_a_store_that_comes_back_loses_nothing(shop: Open) -> None:
    store = AwayStore()
    assistant = shop(store)
    store.away = True
    assert not assistant.may_send(assistant.handle(angry(1)))
    store.away = False
    again = assistant.handle(angry(1))
    assert again.fault is None
    assert not again.conversation.duplicate  # type: ignore[union-attr]


class BusyStore(MemoryStore):
    """A store in which another worker is always faster."""

    def save(self, state: Conversation, event: Event) -> bool:
        return False


def test_a_conversation_that_cannot_be_saved_for_too_long_calls_a_person(shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_assist.assistant._PATIENCE", 0.2)
    outcome = shop(BusyStore()).handle(angry(1))
    assert outcome.fault == Fault(stage="remember", error="TooManyWorkers")
    assert outcome.conversation is None


def test_many_messages_at_once_in_one_conversation_are_all_handled(shop: Open) -> None:
    assistant = shop()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: assistant.handle(angry(1).model_copy(update={"id": f"x{n}"})), range(8)))
    assert all(outcome.fault is None for outcome in outcomes)
    state = assistant.memory.known(angry(1))
    assert state is not None
    assert {turn.id for turn in state.turns if turn.role == "customer"} == {f"x{n}" for n in range(8)}


def test_threads_enter_a_conversation_one_after_another_and_others_meanwhile() -> None:
    turns, inside, left = OneAtATime(), Signal(), Signal()

    def stay() -> None:
        with turns("a"):
            inside.set()
            left.wait(timeout=5)

    def enter(name: str) -> bool:
        with turns(name):
            return left.is_set()

    with ThreadPoolExecutor(3) as pool:
        pool.submit(stay)
        assert inside.wait(timeout=5)
        same, other = pool.submit(enter, "a"), pool.submit(enter, "b")
        assert other.result(timeout=5) is False
        left.set()
        assert same.result(timeout=5) is True


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


def test_of_a_long_history_the_latest_turns_are_read_each_with_what_came_before() -> None:
    history = tuple(Turn(role="customer" if n % 2 else "bot", text=str(n)) for n in range(5_000))
    read = earlier_messages(Message(id="m", text="And now?", html="<p>x</p>", history=history))
    assert [message.text for message in read] == [str(n) for n in range(4_961, 5_000, 2)]
    assert [turn.text for turn in read[1].history] == ["4960", "4961", "4962"]
    assert all(message.html is None for message in read)


@pytest.mark.parametrize("code", [None, "", "GB", "gb", "PE"])
def test_a_default_market_that_is_a_country_is_taken(code: str | None) -> None:
    settings = load_settings(default_market=code)
    assert with_known_market(settings) is settings


@pytest.mark.parametrize("code", ["UK", "GER", "Japan", "ZZ", " "])
def test_a_default_market_that_is_none_is_told_with_the_settings_name(code: str) -> None:
    with pytest.raises(SettingsError, match=f"setting 'default_market' is '{code}'") as caught:
        with_known_market(load_settings(default_market=code))
    assert ("Did you mean 'GB'?" in str(caught.value)) is (code == "UK")


def test_an_assistant_is_not_made_with_a_default_market_that_is_none() -> None:
    with pytest.raises(SettingsError, match="default_market"):
        Assistant(load_settings(default_market="UK"), store=MemoryStore())
