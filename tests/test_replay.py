from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sample_shop import ANGRY, NOON, build_sample_index, message, open_shop

from cs_assist.assistant import Assistant
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.replay import events_of, replay
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


def named(customer: Customer, number: int, **fields: Any) -> Message:
    return message("Wie lange dauert die Lieferung nach Deutschland?", number, market="DE", customer=customer, **fields)


def test_whom_the_seller_marked_is_a_vip_again_and_nobody_knows_why(
    index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path: Path
) -> None:
    store = MemoryStore()
    shop = open_shop(index, encoder, reader, store, reply_at=0.3, vip_customers=("gold",), state_dir=tmp_path)
    gold = Customer(email="ana@example.com", tags=("gold", "wheelchair"))
    assert shop.handle(named(gold, 1)).decision.reason == "vip"
    (event,) = store.events("c")
    assert "gold" not in event.model_dump_json()
    assert "wheelchair" not in event.model_dump_json()
    assert [row.as_object()["differences"] for row in replay(again(index, encoder, reader), [event])] == [[]]


def test_what_was_answered_in_another_conversation_is_known_again(
    index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path: Path
) -> None:
    store = MemoryStore()
    shop = open_shop(index, encoder, reader, store, reply_at=0.3, state_dir=tmp_path)
    shop.handle(message("Hello!", 1, customer=ANA))
    shop.handle(message(QUESTION, 2, customer=ANA, conversation_id="mail"))
    outcome = shop.handle(message(QUESTION, 3, customer=ANA))
    assert (outcome.decision.reason, outcome.conversation and outcome.conversation.id) == ("same_case", "c")
    replayed = list(replay(again(index, encoder, reader), events_of(store, "c")))
    assert [row.as_object()["differences"] for row in replayed] == [[], []]


@pytest.mark.parametrize("silence", [None, 900])
def test_a_conversation_that_became_part_of_a_case_is_followed_into_it(
    index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path: Path, silence: int | None
) -> None:
    store = MemoryStore()
    shop = open_shop(index, encoder, reader, store, reply_at=0.3, state_dir=tmp_path)
    chat: dict[str, Any] = {"customer": ANA, "conversation_id": "wa", "channel": "whatsapp"}
    shop.handle(message("Hello!", 1, **chat))
    later = NOON + timedelta(days=9)
    shop.handle(message(QUESTION, 1, customer=ANA, received_at=later))
    shop.handle(message(QUESTION, 2, **{**chat, "received_at": later + timedelta(minutes=2)}))
    shop.handle(message("I want to speak to a human now.", 3, **{**chat, "received_at": later + timedelta(minutes=5)}))
    events = events_of(store, "wa")
    assert [(event.conversation_id, event.kind) for event in events] == [
        ("wa", "handled"), ("wa", "joined"), ("wa", "passed_on"), ("wa", "passed_on"), *[("c", "handled")] * 3
    ]  # fmt: skip
    anew = again(index, encoder, reader, **({"episode_silence_hours": silence} if silence else {}))
    replayed = [row for row in replay(anew, events) if row.decided]
    assert [row.event.detail["reason"] for row in replayed] == ["greeting", "answered", "same_case", "human_request"]
    assert [row.as_object()["differences"] for row in replayed] == [[]] * 4
    assert events_of(store, "nowhere") == ()


def test_the_index_and_the_heads_are_among_the_versions(
    told: tuple[Event, ...], index: Path, encoder: OnnxEncoder, reader: MessageReader, tmp_path: Path
) -> None:
    versions = told[0].detail["versions"]
    assert isinstance(versions, dict)
    assert str(versions["heads"]).startswith("sha256:")
    assert versions["index"] == (index / "CURRENT").read_text().strip()
    another = build_sample_index(tmp_path / "index", encoder)
    changed = next(replay(again(another, encoder, reader), told)).versions
    assert [(name, then) for name, then, _ in changed] == [("index", versions["index"])]
