from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sample_shop import ANGRY, NOON, build_sample_index, message, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.replay import replay
from cs_assist.store.base import Event, MemoryStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Customer, Message, Order

ANA = Customer(email="ana@example.com")
QUESTION = "How long does delivery to the United States take and what does it cost?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    return build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)


@pytest.fixture(scope="module")
def told(index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path_factory: pytest.TempPathFactory) -> tuple[Event, ...]:
    """A conversation over two channels in which a person takes part."""
    store = MemoryStore()
    state_dir = tmp_path_factory.mktemp("state")
    shop = open_shop(index, encoder, reader, store, reply_at=0.3, state_dir=state_dir)
    hour = timedelta(hours=1)
    shop.handle(message(QUESTION, 1, customer=ANA))
    shop.handle(message(QUESTION, 2, customer=ANA, conversation_id="wa", channel="whatsapp", received_at=NOON + hour))
    shop.handle(message("This is a disgrace, I am furious!", 3, received_at=NOON + 2 * hour))
    shop.handle(message("I want to speak to a human now.", 4, received_at=NOON + 3 * hour))
    shop.memory.assign("c", "human", now=NOON + 4 * hour)
    shop.handle(message("Hello, this is Tom. I look into it.", 5, author="agent", received_at=NOON + 5 * hour))
    shop.handle(message("Thank you Tom", 6, received_at=NOON + 6 * hour))
    shop.memory.resolve("c", now=NOON + 7 * hour)
    shop.handle(message(ANGRY[0], 7, market="DE", received_at=NOON + 8 * hour))
    shop.memory.delete("c", "m7", now=NOON + 9 * hour)
    return store.events("c")


def again(index: Path, encoder: OnnxEncoder, reader: MessageReader, **settings: Any) -> Assistant:
    return open_shop(index, encoder, reader, MemoryStore(), **{"reply_at": 0.3, **settings})


def test_a_conversation_comes_out_the_same(
    told: tuple[Event, ...], index: Path, encoder: OnnxEncoder, reader: MessageReader
) -> None:
    replayed = list(replay(again(index, encoder, reader), told))
    assert [row.event.message_id for row in replayed] == [event.message_id for event in told]
    assert [row.as_object()["differences"] for row in replayed] == [[]] * len(told)
    assert sum(row.decided for row in replayed) == 7
    assert all(row.same and not row.versions for row in replayed)


def test_the_second_channel_was_not_answered(told: tuple[Event, ...]) -> None:
    assert [(e.detail["action"], e.detail["reason"]) for e in told[:2]] == [("reply", "answered"), ("draft", "same_case")]


def test_what_a_change_would_do_is_told(
    told: tuple[Event, ...], index: Path, encoder: OnnxEncoder, reader: MessageReader
) -> None:
    changed = again(index, encoder, reader, handover_rules_off=("human_request", "dissatisfied"))
    changed.memory.versions["library"] = "9.9"
    differing = {row.event.message_id: row for row in replay(changed, told) if not row.same}
    reasons = [(before, now) for name, before, now in differing["m4"].differences if name == "reason"]
    assert [before for before, _ in reasons] == ["human_request"]
    assert reasons[0][1] not in ("human_request", "dissatisfied")
    assert [(name, now) for name, _, now in differing["m4"].versions] == [("library", "9.9")]


def test_an_event_of_a_release_that_kept_no_message_is_passed_over(
    index: Path, encoder: OnnxEncoder, reader: MessageReader
) -> None:
    old = Event(conversation_id="c", message_id="m1", kind="handled", at=NOON.isoformat(), detail={"action": "reply"})
    (row,) = replay(again(index, encoder, reader), [old])
    assert (row.decided, row.same) == (False, True)


def test_what_was_deleted_on_another_channel_or_before_it_came_is_so_again(
    index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path: Path
) -> None:
    shop = open_shop(index, encoder, reader, MemoryStore(), reply_at=0.3, state_dir=tmp_path)
    shop.handle(message(QUESTION, 1, customer=ANA))
    shop.memory.delete("c", "m2", now=NOON)
    shop.handle(message(QUESTION, 1, customer=ANA, conversation_id="wa", channel="whatsapp"))
    shop.memory.delete("wa", "m1", now=NOON)
    shop.handle(message("And how much is delivery?", 2))
    events = shop.memory._store.events("c")
    assert [event.kind for event in events] == ["handled", "deleted", "handled", "deleted", "withdrawn"]
    anew = again(index, encoder, reader)
    assert [row.decided for row in replay(anew, events)] == [True, False, True, False, True]
    state = anew.memory.known(message("?", 3))
    assert state is not None
    assert [(turn.said_in, turn.deleted) for turn in state.turns if turn.role == "customer"] == [("c", False), ("wa", True)]


def test_an_order_that_was_looked_up_is_kept_with_the_event(index: Path, encoder: OnnxEncoder, reader: MessageReader) -> None:
    class Orders:
        def find(self, number: str, message: Message) -> Order | None:
            return Order(number=number, status="shipped")

    store = MemoryStore()
    shop = open_shop(index, encoder, reader, store, orders=Orders(), reply_at=0.3)
    outcome = shop.handle(message("Where is my order PL-2610-47715?", 1))
    assert outcome.decision.reason == "order_facts"
    (row,) = replay(again(index, encoder, reader), store.events("c"))
    assert row.same
