"""A store of every earlier release is upgraded where it stands, on both databases."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from cs_assist.errors import StoreError
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.store.tables import SCHEMA, metadata
from cs_assist.types import Conversation, Turn

Connect = Callable[..., SqlStore]
#: As release 0.3 made them.
RELEASE_3 = {
    "cs_meta": "CREATE TABLE cs_meta (name VARCHAR(40) NOT NULL PRIMARY KEY, value VARCHAR(200))",
    "cs_conversations": "CREATE TABLE cs_conversations"
    " (id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL)",
    "cs_events": "CREATE TABLE cs_events (number {number}, conversation_id TEXT NOT NULL, message_id TEXT NOT NULL,"
    " kind VARCHAR(40) NOT NULL, at VARCHAR(40) NOT NULL, detail TEXT NOT NULL, UNIQUE (conversation_id, message_id))",
    "index": "CREATE INDEX ix_cs_events_conversation_id ON cs_events (conversation_id)",
}
AT = "2026-11-20T08:30:00.250000Z"
#: What release 0.3 wrote for a conversation of two turns.
STATE = {
    "id": "c", "episode": 2, "holder": "pending", "strikes": 1, "unanswered": 1, "customer_turns": 3, "language": "de",
    "turns": [
        {"role": "customer", "text": "Wo ist mein Paket? 😀", "at": AT, "emotion": "anxious"},
        {"role": "bot", "text": "Unterwegs.", "at": AT, "emotion": None},
    ],
    "duplicate": False, "updated_at": AT, "version": 3,
}  # fmt: skip


def make_release_3(url: str, *, only: int = 4) -> None:
    """Make the first ``only`` things of an old store; with all four it has two conversations."""
    engine = create_engine(url)
    number = "SERIAL PRIMARY KEY" if url.startswith("postgresql") else "INTEGER NOT NULL PRIMARY KEY"
    with engine.begin() as connection:
        for statement in list(RELEASE_3.values())[:only]:
            connection.execute(text(statement.format(number=number)))
        if only == len(RELEASE_3):
            connection.execute(text("INSERT INTO cs_meta VALUES ('schema', '1')"))
            states = [("c", STATE), ("n" * 1500, {**STATE, "id": "n" * 1500, "updated_at": None, "version": 1})]
            for name, state in states:
                connection.execute(
                    text("INSERT INTO cs_conversations VALUES (:id, :version, :state)"),
                    {"id": name, "version": state["version"], "state": json.dumps(state, ensure_ascii=False)},
                )
            for name, message in (("c", "m1"), ("c", "sha256:" + "1" * 64), ("n" * 1500, "m1")):
                connection.execute(
                    text(
                        "INSERT INTO cs_events (conversation_id, message_id, kind, at, detail)"
                        " VALUES (:c, :m, 'handled', :at, :d)"
                    ),
                    {"c": name, "m": message, "at": AT, "d": '{"action": "reply", "p_dissatisfied": 0.25, "intent": null}'},
                )
    engine.dispose()


def test_a_store_of_release_3_is_upgraded_and_loses_nothing(url: str, connect: Connect) -> None:
    make_release_3(url)
    store = connect(url)
    state = store.load("c")
    assert state is not None
    assert (state.version, state.holder, state.strikes, state.episode, state.language) == (3, "pending", 1, 2, "de")
    assert [(turn.role, turn.text, turn.at) for turn in state.turns] == [
        ("customer", "Wo ist mein Paket? 😀", datetime.fromisoformat(AT)),
        ("bot", "Unterwegs.", datetime.fromisoformat(AT)),
    ]
    assert [event.message_id for event in store.events("c")] == ["m1", "sha256:" + "1" * 64]
    assert store.events("c")[0].detail == {"action": "reply", "p_dissatisfied": 0.25, "intent": None}
    assert store.seen("c", "m1")
    assert store.seen("c", "sha256:" + "1" * 64)
    assert store.conversations_of("c", since=datetime.fromisoformat(AT)) == (state,)
    assert store.save(state.model_copy(update={"version": 4}), Event(conversation_id="c", message_id="m4", kind="k", at=AT))
    assert store.save(state, Event(conversation_id="c", message_id="m5", kind="k", at=AT)) is False


def test_ids_that_are_too_long_for_an_index_are_found_after_the_upgrade(url: str, connect: Connect) -> None:
    make_release_3(url)
    store, name = connect(url), "n" * 1500
    state = store.load(name)
    assert state is not None
    assert state.id == name
    assert store.seen(name, "m1")
    assert [(event.conversation_id, event.message_id) for event in store.events(name)] == [(name, "m1")]


@pytest.mark.parametrize("only", [1, 2, 3])
def test_a_store_that_an_old_worker_left_half_made_is_completed(only: int, url: str, connect: Connect) -> None:
    make_release_3(url, only=only)
    store = connect(url)
    assert store.save(
        Conversation(id="c", version=1, turns=(Turn(role="bot", text="x"),)),
        Event(conversation_id="c", message_id="m", kind="k", at=AT),
    )


@pytest.mark.parametrize("old", [True, False], ids=["upgraded", "new"])
def test_after_all_migrations_the_tables_are_those_of_the_code(old: bool, url: str, connect: Connect) -> None:
    if old:
        make_release_3(url)
    connect(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "cs_alembic_version"})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == f"v{SCHEMA}"
    engine.dispose()


def test_workers_that_upgrade_at_once_all_can(url: str) -> None:
    make_release_3(url)
    gate = threading.Barrier(4)
    failed: list[str] = []

    def work() -> None:
        gate.wait(30)
        try:
            SqlStore(url).close()
        except StoreError as exc:
            failed.append(str(exc))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_an_upgrade_that_fails_changes_nothing(url: str) -> None:
    make_release_3(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cs_holds (something INTEGER)"))
    with pytest.raises(StoreError, match="cs_holds"):
        SqlStore(url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT value FROM cs_meta WHERE name = 'schema'")).scalar() == "1"
        connection.execute(text("SELECT id, version, state FROM cs_conversations WHERE id = 'c'")).one()
        connection.execute(text("DROP TABLE cs_holds"))
    engine.dispose()
    SqlStore(url).close()


def test_a_schema_that_is_no_number_is_a_damaged_store(url: str, connect: Connect) -> None:
    connect(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE cs_meta SET value = 'two' WHERE name = 'schema'"))
    engine.dispose()
    with pytest.raises(StoreError, match="is damaged: its schema is 'two'"):
        connect(url)
