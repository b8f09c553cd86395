"""The contract of a store: one suite for the one in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from cs_assist.store.base import Event
from cs_assist.types import Conversation, Turn

if TYPE_CHECKING:
    from store.conftest import AnyStore

AT = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def event(message: str, *, conversation: str = "c", kind: str = "handled") -> Event:
    return Event(
        conversation_id=conversation, message_id=message, kind=kind, at=AT.isoformat(), detail={"strikes": 1, "intent": None}
    )


def state(version: int, *, conversation: str = "c", strikes: int = 0) -> Conversation:
    return Conversation(id=conversation, version=version, strikes=strikes)


def test_an_unknown_conversation_has_no_state(store: AnyStore) -> None:
    assert store.load("c") is None
    assert store.seen("c", "m") is False


def test_a_saved_state_is_loaded_as_it_was(store: AnyStore) -> None:
    turns = (Turn(role="customer", text="Où? 哪里 😀 \u0000 'quoted'; --", at=AT), Turn(role="bot", text="Ici."))
    saved = Conversation(
        id="c",
        version=1,
        episode=3,
        holder="pending",
        strikes=2,
        unanswered=1,
        customer_turns=4,
        language="fr",
        turns=turns,
        updated_at=AT,
    )
    assert store.save(saved, event("m")) is True
    assert store.load("c") == saved
    assert store.seen("c", "m") is True


def test_a_newer_version_replaces_the_older(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2, strikes=1), event("2"))
    assert store.load("c") == state(2, strikes=1)


@pytest.mark.parametrize("version", [0, 1, 2, 4, 9])
def test_a_state_of_any_version_but_the_next_is_not_saved(version: int, store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2), event("2"))
    assert store.save(state(version, strikes=7), event("late")) is False
    assert store.load("c") == state(2)
    assert store.seen("c", "late") is False


@pytest.mark.parametrize("version", [0, 2, 5])
def test_a_conversation_begins_with_version_one(version: int, store: AnyStore) -> None:
    assert store.save(state(version), event("1")) is False
    assert store.load("c") is None


@pytest.mark.parametrize("kind", ["handled", "other"])
def test_a_message_that_was_handled_is_not_saved_again(kind: str, store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2, strikes=7), event("1", kind=kind)) is False
    assert store.load("c") == state(1)


def test_after_a_refusal_the_next_save_is_welcome(store: AnyStore) -> None:
    assert store.save(state(1), event("1"))
    assert store.save(state(2), event("1")) is False
    assert store.save(state(2), event("2")) is True


def test_conversations_do_not_meet(store: AnyStore) -> None:
    assert store.save(state(1), event("m"))
    assert store.save(state(1, conversation="d", strikes=1), event("m", conversation="d"))
    assert store.seen("d", "other") is False
    assert store.load("c") == state(1)
    assert store.load("d") == state(1, conversation="d", strikes=1)


@pytest.mark.parametrize("name", ["", "C", "c ", "%", "<a.b+c@mail.example>", "客户'; DROP TABLE cs_events; --", "x" * 500])
def test_any_name_is_a_name_of_its_own(name: str, store: AnyStore) -> None:
    assert store.save(state(1), event("m"))
    assert store.load(name) is None
    assert store.save(state(1, conversation=name, strikes=1), event(name, conversation=name)) is True
    assert store.load(name) == state(1, conversation=name, strikes=1)
    assert store.seen(name, name) is True
    assert store.load("c") == state(1)


def test_of_many_threads_that_save_the_same_version_one_wins(store: AnyStore) -> None:
    assert store.save(state(1), event("first"))
    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(lambda number: store.save(state(2, strikes=number), event(f"m{number}")), range(6)))
    assert sum(won) == 1
    assert store.load("c") == state(2, strikes=won.index(True))
    assert [store.seen("c", f"m{number}") for number in range(6)] == won


def test_threads_that_try_again_lose_nothing(store: AnyStore) -> None:
    assert store.save(state(1), event("first"))

    def add(number: int) -> None:
        for _ in range(200):
            known = store.load("c")
            assert known is not None
            update = {"version": known.version + 1, "customer_turns": known.customer_turns + 1}
            if store.save(known.model_copy(update=update), event(f"m{number}")):
                return
        raise AssertionError(f"thread {number} was always refused")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    known = store.load("c")
    assert known is not None
    assert (known.customer_turns, known.version) == (12, 13)


def test_an_event_takes_plain_values_only() -> None:
    with pytest.raises(ValidationError, match="detail"):
        Event(conversation_id="c", message_id="m", kind="k", at="", detail={"order": {"number": 1}})  # type: ignore[dict-item]
