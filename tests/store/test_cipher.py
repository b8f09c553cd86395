"""Texts are unreadable in the files where a key is set, and a wrong key is told at once."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.config import load_settings
from cs_assist.errors import MissingExtraError, StoreError, StoreKeyError
from cs_assist.store.base import Event
from cs_assist.store.cipher import Cipher
from cs_assist.store.sql import SqlStore, open_store
from cs_assist.types import Conversation, Turn

Connect = Callable[..., SqlStore]
SECRET, TOLD = "my cat ate parcel 4711 in Łódź", "agent: poor cat, sorry"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def fill(store: SqlStore, conversation: str = "c") -> Conversation:
    saved = Conversation(id=conversation, version=1, customer_id="ada", turns=(Turn(role="customer", text=SECRET),))
    assert store.save(saved, Event(conversation_id=conversation, message_id="m", kind="handled", at="", detail={"text": SECRET}))
    assert store.record(Event(conversation_id=conversation, message_id="r", kind="reply", at="", detail={"text": TOLD}))
    store.hold("ada", "lawsuit of the cat")
    return saved


def files_with(folder: Path, *texts: str) -> list[str]:
    """Return the names of the files that hold any of the texts, as they stand while the store is open."""
    return [path.name for path in sorted(folder.iterdir()) if any(text.encode() in path.read_bytes() for text in texts)]


@given(st.text())
def test_what_is_sealed_is_opened_again(text: str) -> None:
    cipher = Cipher(NEW)
    clean = text.encode("utf-8", "replace").decode()
    assert cipher.open(cipher.seal(clean)) == clean


def test_no_text_is_readable_in_an_encrypted_store(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}", key=NEW)
    saved = fill(store)
    assert files_with(tmp_path, SECRET, TOLD, "my cat", "poor cat", "of the cat") == []
    assert files_with(tmp_path, "handled") != []  # what is searched or counted stays readable
    assert store.load("c") == saved
    assert [event.detail["text"] for event in store.events("c")] == [SECRET, TOLD]
    assert store.conversations_of("ada") == (saved,)
    found = store.export("ada")
    assert (found["conversations"][0]["events"][1]["detail"], found["hold"]["reason"]) == ({"text": TOLD}, "lawsuit of the cat")


def test_an_encrypted_store_works_on_both_databases(url: str, connect: Connect) -> None:
    saved = fill(connect(url, key=NEW))
    again = connect(url, key=NEW)
    assert again.load("c") == saved
    assert again.save(saved.model_copy(update={"version": 2}), Event(conversation_id="c", message_id="n", kind="k", at=""))


@pytest.mark.parametrize("key", ["", OLD])
def test_a_wrong_or_missing_key_is_told_when_the_store_is_opened(key: str, url: str, connect: Connect) -> None:
    connect(url, key=NEW).close()
    with pytest.raises(StoreKeyError, match="encrypted") as caught:
        connect(url, key=key)
    assert "CS_ASSIST_STORE_KEY" in caught.value.hint
    assert isinstance(caught.value, StoreError)


def test_what_is_no_key_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(StoreKeyError, match="no Fernet key") as caught:
        SqlStore(f"sqlite:///{tmp_path / 'state.db'}", key=f"{NEW},hunter2")
    assert "hunter2" not in str(caught.value)
    assert "generate_key" in caught.value.hint
    assert not (tmp_path / "state.db").exists()


def test_a_text_that_was_altered_in_the_file_is_not_read(tmp_path: Path, connect: Connect) -> None:
    store = connect(f"sqlite:///{tmp_path / 'state.db'}", key=NEW)
    fill(store)
    with sqlite3.connect(tmp_path / "state.db") as other:
        other.execute("UPDATE cs_conversations SET state = substr(state, 1, 60) || 'AAAA' || substr(state, 65)")
    other.close()
    with pytest.raises(StoreKeyError):
        store.load("c")


def test_a_store_is_encrypted_afterwards_and_its_key_changed(tmp_path: Path, connect: Connect) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    plain = connect(url)
    saved = fill(plain)
    plain.close()
    first = connect(url, key=OLD)
    assert first.load("c") == saved
    assert files_with(tmp_path, SECRET) != []
    assert first.encrypt() == 4  # a state, two events, a hold
    assert files_with(tmp_path, SECRET, TOLD, "of the cat") == []
    first.close()
    both = connect(url, key=f"{NEW}, {OLD}")
    assert both.load("c") == saved
    both.encrypt()
    both.close()
    assert connect(url, key=NEW).load("c") == saved
    with pytest.raises(StoreKeyError):
        connect(url, key=OLD)


def test_the_settings_key_is_used_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CS_ASSIST_STORE_KEY", NEW)
    settings = load_settings(state_dir=tmp_path / "state")
    assert NEW not in repr(settings)
    store = open_store(settings)
    fill(store)
    assert files_with(tmp_path / "state", SECRET) == []
    store.close()


def test_without_the_extra_a_key_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtraError, match="'store_key' needs the extra 'encryption'") as caught:
        SqlStore(f"sqlite:///{tmp_path / 'state.db'}", key=NEW)
    assert "pip install 'cs-assist[encryption]'" in caught.value.hint
