"""What is erased is gone from the files, not only from the answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cs_assist.config import load_settings
from cs_assist.conversation.identity import Identity
from cs_assist.conversation.memory import Memory
from cs_assist.store.base import Event
from cs_assist.store.retention import Retention
from cs_assist.store.sql import SqlStore
from cs_assist.types import Conversation, Customer, Decision, Draft, Findings, Message, Outcome, Triage, Turn
from evals.postgres import PostgresServer

Connect = Callable[..., SqlStore]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
#: Every one of these stands in what the store holds on Ada.
TRACES = ("Ada Quagmire", "ada-customer-17", "hash-of-her-mail", "ticket-of-ada", "message-of-ada", "parrot ate")


def files_with(folder: Path, *texts: str) -> list[str]:
    """Return what is found in which file, -wal and -shm included, as the files stand."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        held = path.read_bytes()
        found += [f"{path.name}: {text}" for text in texts if text.encode() in held]
    return found


def fill(store: SqlStore, messages: int = 60) -> None:
    """Hold two conversations of Ada's, long enough for many pages, and one of Bob's between."""
    for number in range(1, messages + 1):
        for name, customer, said in (
            ("ticket-of-ada", "ada-customer-17", f"Ada Quagmire: my parrot ate it {number}. " * 20),
            ("ticket-of-bob", "bob", f"Bob Fenwick asks again, {number}. " * 20),
        ):
            state = Conversation(
                id=name, version=number, customer_id=customer, turns=(Turn(role="customer", text=said),),
                updated_at=NOW - timedelta(days=40 if customer != "bob" else 1),
            )  # fmt: skip
            who = "message-of-ada" if customer != "bob" else "m"
            event = Event(conversation_id=name, message_id=f"{who}-{number}", kind="handled", at="", detail={"text": said})
            assert store.save(state, event)
    store.link("ada-customer-17", {"email": "hash-of-her-mail"})
    store.hold("ada-customer-17", "Ada Quagmire sues", until=NOW)


def test_after_an_erasure_no_byte_of_the_customer_is_in_the_files(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}")
    other = connect(f"sqlite:///{tmp_path / 'state.db'}")
    fill(store)
    assert {line.split(": ", 1)[1] for line in files_with(tmp_path, *TRACES)} == set(TRACES)
    assert other.load("ticket-of-ada") is not None
    assert store.erase("ada-customer-17", now=NOW).wiped is True
    assert files_with(tmp_path, *TRACES) == []
    assert files_with(tmp_path, "Bob Fenwick") != []
    assert len(other.events("ticket-of-bob")) == 60


def test_an_erasure_also_takes_what_release_3_left_between_the_rows(tmp_path: Path, connect: Connect) -> None:
    path = tmp_path / "state.db"
    connect(f"sqlite:///{path}").close()
    old = sqlite3.connect(path, isolation_level=None)
    old.execute("PRAGMA secure_delete = OFF")
    for number in range(50):
        old.execute("INSERT INTO cs_meta VALUES (?, ?)", (f"x{number}", "Ada Quagmire: my parrot ate it " * 6))
    old.execute("DELETE FROM cs_meta WHERE name LIKE 'x%'")
    old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old.close()
    assert files_with(tmp_path, "parrot ate") != []
    store = connect(f"sqlite:///{path}")
    store.erase("ada-customer-17")
    assert files_with(tmp_path, "parrot ate") == []


def test_what_was_purged_is_gone_from_the_files_too(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}")
    fill(store)
    store.release("ada-customer-17")
    assert store.purge(NOW, Retention(days=30)).conversations == 1
    assert files_with(tmp_path, *TRACES) == []
    assert files_with(tmp_path, "Bob Fenwick") != []


def test_an_erasure_that_cannot_empty_the_log_says_so(tmp_path: Path, connect: Connect) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}?timeout=0.1"
    store = connect(url)
    fill(store, 3)
    with sqlite3.connect(tmp_path / "state.db") as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cs_events").fetchone()
        erased = store.erase("ada-customer-17", now=NOW)
        assert (erased.conversations, erased.wiped) == (1, False)
        assert store.load("ticket-of-ada") is None
        reader.rollback()
    reader.close()
    assert store.erase("ada-customer-17").wiped is True
    assert files_with(tmp_path, *TRACES) == []


@pytest.mark.parametrize("sealed", [False, True])
def test_an_erased_customers_id_and_hashes_stand_in_nobodys_conversation(
    tmp_path: Path, connect: Connect, make_triage: Callable[..., Triage], make_decision: Callable[..., Decision], sealed: bool
) -> None:
    key = pytest.importorskip("cryptography.fernet").Fernet.generate_key().decode() if sealed else ""
    store = connect(f"sqlite:///{tmp_path / 'state.db'}", key=key)
    identity = Identity(b"secret")
    memory = Memory(store, load_settings(), identity=identity)
    phone = "+44 20 7946 0000"
    ada, bob = (Customer(email=f"{name}@example.com", phone=phone) for name in ("ada", "bob"))
    for number, who in enumerate((ada, bob, Customer(phone=phone), ada)):  # whose the third is, nobody can tell
        message = Message(id="m", text="Where is my kettle?", conversation_id=f"c{number}", customer=who, market="GB")
        state = memory(message, make_triage(), now=NOW)
        made = make_decision(action="reply")
        outcome = Outcome(
            message_id="m", action=made.action, triage=None, conversation=state, findings=Findings(), decision=made,
            reply=Draft(text="On its way.", language="en", source="composed"),
        )  # fmt: skip
        assert memory.commit(state, outcome, message, now=NOW)
    whose = identity.recognise(identity.keys(ada), store).customer_id
    assert whose is not None
    clashes = [state.clash for name in ("c1", "c2") if (state := store.load(name))]
    assert all(whose in clash for clash in clashes)
    hashed = identity.keys(ada)
    assert files_with(tmp_path, whose, hashed["email"]) != []
    assert store.erase(whose).conversations == 2
    assert files_with(tmp_path, whose, whose.removeprefix("customer-"), hashed["email"]) == []
    kept = {name: state.keys for name in ("c1", "c2") if (state := store.load(name))}
    assert kept["c2"] == ()
    assert set(kept["c1"]) == {f"{kind}:{value}" for kind, value in identity.keys(bob).items()}


def test_a_damaged_conversation_stands_in_nobodys_way(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}")
    fill(store, 2)
    with sqlite3.connect(tmp_path / "state.db") as file:
        file.execute("UPDATE cs_conversations SET state = '{\"turns\": 7' WHERE id = 'ticket-of-bob'")
    file.close()
    assert store.erase("ada-customer-17", now=NOW).conversations == 1
    assert store.purge(NOW + timedelta(days=900), Retention(days=30)).conversations == 1


@pytest.mark.postgres
def test_after_an_erasure_no_table_of_postgres_holds_a_byte(server: PostgresServer, postgres_url: str, connect: Connect) -> None:
    store = connect(postgres_url)
    fill(store)
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        folder = (
            server.data
            / "base"
            / str(connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one())
        )
        connection.execute(text("CHECKPOINT"))
        assert files_with(folder, "ticket-of-ada", "hash-of-her-mail") != []  # long texts are compressed
        assert store.erase("ada-customer-17", now=NOW).wiped is True
        connection.execute(text("CHECKPOINT"))
    engine.dispose()
    assert files_with(folder, *TRACES) == []
    assert len(store.events("ticket-of-bob")) == 60


@pytest.mark.postgres
def test_a_reader_of_postgres_delays_the_wiping_and_not_the_erasure(
    postgres_url: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cs_assist.store.database.WAIT", 1)
    store = connect(postgres_url)
    fill(store, 2)
    engine = create_engine(postgres_url)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM cs_events"))
        erased = store.erase("ada-customer-17", now=NOW)
    engine.dispose()
    assert (erased.conversations, erased.wiped) == (1, False)
    assert store.load("ticket-of-ada") is None
    assert store.erase("ada-customer-17").wiped is True
