from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cs_assist.config import load_settings
from cs_assist.conversation.identity import open_identity
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.types import Conversation, Customer

from .conftest import Run

SECRET = "an-identity-key"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A store with two customers: Ada, who is known by mail, and somebody with one conversation."""
    path = tmp_path / "state.db"
    store = SqlStore(f"sqlite:///{path}")
    old = datetime.now(UTC) - timedelta(days=100)
    for name, customer, market in (("t-1", "ada", "DE"), ("t-2", "ada", "FR"), ("t-3", None, "DE")):
        saved = Conversation(id=name, version=1, customer_id=customer, market=market, channel="email", updated_at=old)
        event = Event(conversation_id=name, message_id="m", kind="handled", at="", detail={"text": f"Grüße aus {name}"})
        assert store.save(saved, event)
    keys = open_identity(load_settings(identity_key=SECRET)).keys(Customer(email="ada@mail.example", phone="+49 170 1234567"))
    store.link("ada", keys)
    store.close()
    return path


@pytest.mark.parametrize("key", ["ada", "Ada@mail.example", "+49 170 1234567", "t-2"])
def test_a_customer_is_erased_by_any_name(key: str, state: Path, run: Run) -> None:
    done = run("customers", "erase", key, "--state", state, CS_ASSIST_IDENTITY_KEY=SECRET)
    assert (done.code, done.err) == (0, "")
    (told,) = done.objects
    assert (told["customer"], told["conversations"], told["events"], told["wiped"]) == ("ada", 2, 2, True)
    again = run("customers", "erase", key, "--state", state, CS_ASSIST_IDENTITY_KEY=SECRET)
    assert (again.code, again.out) == (2, "")
    assert "customer.unknown" in again.err
    assert SqlStore(f"sqlite:///{state}").load("t-3") is not None


def test_an_export_is_a_file_that_only_its_owner_reads(state: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    done = run("customers", "export", "ada", "--out", out, "--state", state)
    assert done.objects == [{"customer": "ada", "file": str(out), "conversations": 2, "events": 2}]
    held = json.loads(out.read_text(encoding="utf-8"))
    assert [part["events"][0]["detail"]["text"] for part in held["conversations"]] == ["Grüße aus t-1", "Grüße aus t-2"]
    assert len(held["keys"]) == 2
    assert out.stat().st_mode & 0o077 == 0


def test_a_held_customer_is_erased_only_after_the_release(state: Path, run: Run) -> None:
    held = run("customers", "hold", "ada", "--reason", "court case", "--until", "2999-01-01", "--state", state)
    assert held.objects == [{"customer": "ada", "held": True}]
    refused = run("customers", "erase", "ada", "--state", state)
    assert (refused.code, refused.out) == (2, "")
    assert "court case" in refused.err
    assert "2999-01-01" in refused.err
    released = run("customers", "release", "t-1", "--state", state)
    assert released.objects == [{"customer": "ada", "held": False, "was_held": True}]
    assert run("customers", "erase", "ada", "--state", state).code == 0


def test_a_purge_keeps_to_the_settings(state: Path, run: Run) -> None:
    nothing = run("customers", "purge", "--state", state)
    assert (nothing.objects[0]["conversations"], nothing.code) == (0, 0)
    days = {"CS_ASSIST_RETENTION_DAYS": "400", "CS_ASSIST_RETENTION_DAYS_BY": '{"DE": 30}'}
    told = run("customers", "purge", "--dry-run", "--state", state, **days).objects
    assert told == [{"dry_run": True, "conversations": 2, "events": 2, "keys": 0, "held": 0}]
    assert run("customers", "purge", "--state", state, **days).objects[0]["conversations"] == 2
    assert run("customers", "purge", "--state", state, **days).objects[0]["conversations"] == 0


def test_a_market_that_does_not_exist_is_told(state: Path, run: Run) -> None:
    done = run("customers", "purge", "--state", state, CS_ASSIST_RETENTION_DAYS_BY='{"whatsap": 30}')
    assert done.code == 2
    assert "'whatsap', which is no market and no channel. Did you mean 'whatsapp'?" in done.err


def test_encrypting_needs_a_key_and_a_file_that_is_there(state: Path, run: Run) -> None:
    assert "store.key" in run("customers", "encrypt", "--state", state).err
    missing = run("customers", "purge", "--state", state.with_name("none.db"))
    assert missing.code == 2
    assert "there is no store" in missing.err
    assert not state.with_name("none.db").exists()


def test_an_export_over_the_store_itself_is_refused_and_over_another_file_is_closed_to_others(
    state: Path, run: Run, tmp_path: Path
) -> None:
    before = state.read_bytes()
    refused = run("customers", "export", "ada", "--state", state, "--out", state)
    assert (refused.code, refused.out) == (2, "")
    assert "is the store itself" in refused.err
    assert state.read_bytes() == before
    (tmp_path / "open.json").touch(mode=0o644)
    assert run("customers", "export", "ada", "--state", state, "--out", tmp_path / "open.json").code == 0
    assert (tmp_path / "open.json").stat().st_mode & 0o777 == 0o600


def test_an_empty_file_or_a_folder_is_no_store_and_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    for name in ("empty.db", "."):
        done = run("customers", "erase", "ada@mail.example", "--state", tmp_path / name)
        assert (done.code, done.out) == (2, "")
        assert "there is no store" in done.err
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("empty.db", 0)]


def test_a_store_is_encrypted_from_the_command_line(state: Path, run: Run) -> None:
    fernet = pytest.importorskip("cryptography.fernet")
    key = fernet.Fernet.generate_key().decode()
    assert b"aus t-3" in state.read_bytes()
    done = run("customers", "encrypt", "--state", state, CS_ASSIST_STORE_KEY=key)
    assert done.objects == [{"texts": 6}]
    assert b"aus t-3" not in state.read_bytes()
    assert "store.key" in run("customers", "export", "t-3", "--out", state.with_name("x"), "--state", state).err
