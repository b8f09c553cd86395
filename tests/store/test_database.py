"""Faults of files and servers: told by name, and over when the fault is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text

from cs_assist.errors import StoreError
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.types import Conversation, Turn
from evals.postgres import PostgresServer

Connect = Callable[..., SqlStore]


def happened(message: str, text: str = "") -> Event:
    return Event(conversation_id="c", message_id=message, kind="handled", at="", detail={"text": text})


def test_a_file_that_another_process_keeps_locked_is_told_and_works_afterwards(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "state.db"
    store = connect(f"sqlite:///{path}?timeout=0.1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"state\.db' failed: database is locked") as caught:
        store.save(Conversation(id="c", version=1), happened("m"))
    assert "Another process" in caught.value.hint
    assert store.load("c") is None  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    assert store.save(Conversation(id="c", version=1), happened("m")) is True


def test_a_damaged_file_is_named(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "state.db"
    store = connect(f"sqlite:///{path}")
    for number in range(1, 60):
        assert store.save(Conversation(id="c", version=number), happened(f"m{number}", "x" * 3000))
    store.close()
    held = bytearray(path.read_bytes())
    page = int.from_bytes(held[16:18], "big")
    for start in range(page, len(held) - page, page):
        held[start : start + 200] = b"\xff" * 200
    path.write_bytes(held)

    def use() -> None:
        again = connect(f"sqlite:///{path}")
        again.load("c")
        again.events("c")

    with pytest.raises(StoreError, match=r"state\.db' (failed|is damaged)") as caught:
        use()
    assert caught.value.hint


@pytest.mark.parametrize("state", ["{}", "[]", "not json", '{"id": "c", "from_the_future": 1}'])
def test_a_state_that_cannot_be_read_names_conversation_and_file(state: str, tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}")
    store.save(Conversation(id="c", version=1), happened("m"))
    with sqlite3.connect(tmp_path / "state.db") as other:
        other.execute("UPDATE cs_conversations SET state = ?", (state,))
        other.execute("UPDATE cs_events SET detail = 'not json'")
    other.close()
    with pytest.raises(StoreError, match=r"conversation 'c' in '.*state\.db' cannot be read"):
        store.load("c")
    with pytest.raises(StoreError, match=r"event 'm' of conversation 'c' in '.*state\.db' is damaged"):
        store.events("c")


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path, connect: Connect) -> None:
    def small(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 40")

    event.listen(Engine, "connect", small)
    try:
        store = connect(f"sqlite:///{tmp_path / 'state.db'}")
        saved = Conversation(id="c", version=1)
        assert store.save(saved, happened("m1"))
        grown = Conversation(id="c", version=2, turns=(Turn(role="customer", text="x" * 500_000),))
        with pytest.raises(StoreError, match=r"state\.db' failed: database or disk is full") as caught:
            store.save(grown, happened("m2"))
    finally:
        event.remove(Engine, "connect", small)
    assert "Make room" in caught.value.hint
    assert (store.load("c"), store.seen("c", "m2")) == (saved, False)
    assert store.save(Conversation(id="c", version=2), happened("m2")) is True


@pytest.mark.postgres
def test_postgres_that_goes_away_in_mid_turn_is_told_and_used_again_when_it_is_back(
    server: PostgresServer, postgres_url: str, connect: Connect
) -> None:
    store = connect(postgres_url)
    assert store.save(Conversation(id="c", version=1), happened("m1"))
    state = store.load("c")
    assert state is not None
    server.stop()
    try:
        for call in (lambda: store.save(state, happened("m2")), lambda: store.load("c"), lambda: store.seen("c", "m1")):
            with pytest.raises(StoreError) as caught:
                call()
            assert caught.value.hint
    finally:
        server.start()
    assert store.load("c") == state
    assert store.seen("c", "m2") is False
    assert store.save(state.model_copy(update={"version": 2}), happened("m2")) is True
    assert [known.message_id for known in store.events("c")] == ["m1", "m2"]


@pytest.mark.postgres
def test_a_server_that_came_back_between_two_calls_is_not_noticed(
    server: PostgresServer, postgres_url: str, connect: Connect
) -> None:
    store = connect(postgres_url)
    assert store.save(Conversation(id="c", version=1), happened("m1"))
    server.stop()
    server.start()
    assert store.save(Conversation(id="c", version=2), happened("m2")) is True


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_is_replaced_at_the_next_call(postgres_url: str, connect: Connect) -> None:
    store = connect(postgres_url)
    assert store.save(Conversation(id="c", version=1), happened("m1"))
    other = create_engine(postgres_url)
    for version in (2, 3):
        with other.connect() as connection:
            end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            assert connection.execute(text(f"{end} AND pid <> pg_backend_pid()")).all() != []
        assert store.look("c", f"m{version}") == (Conversation(id="c", version=version - 1), False)
        assert store.save(Conversation(id="c", version=version), happened(f"m{version}")) is True
    other.dispose()


def test_a_conversation_of_5000_turns_keeps_its_events_and_a_small_state(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}")
    with sqlite3.connect(tmp_path / "state.db") as other:
        rows = [(f"m{number}", json.dumps({"text": f"turn {number}"})) for number in range(1, 4991)]
        other.executemany(
            "INSERT INTO cs_events (conversation_id, message_id, kind, at, detail) VALUES ('c', ?, 'k', '', ?)", rows
        )
        other.execute("INSERT INTO cs_conversations (id, version, state) VALUES ('c', 4990, '')")
    other.close()
    for number in range(4991, 5001):
        turns = tuple(Turn(role="customer", text=f"turn {n}") for n in range(number - 39, number + 1))
        assert store.save(Conversation(id="c", version=number, turns=turns), happened(f"m{number}", f"turn {number}"))
    state = store.load("c")
    assert state is not None
    assert len(state.turns) == 40
    assert [known.detail["text"] for known in store.events("c")] == [f"turn {number}" for number in range(1, 5001)]
    with sqlite3.connect(tmp_path / "state.db") as other:  # no look-up of a step reads the whole conversation
        plan = other.execute("EXPLAIN QUERY PLAN SELECT number FROM cs_events WHERE conversation_id = 'c' AND message_id = 'm7'")
        assert all("SEARCH" in row[3] and "conversation_id=? AND message_id=?" in row[3] for row in plan)
    other.close()
    assert len(json.dumps(store.export("c"))) > 5000
