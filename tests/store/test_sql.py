"""What only a database can get wrong: files, folders, other processes, other releases."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from cs_assist.errors import MissingExtraError, StoreError, StoreReadOnlyError, StoreVersionError
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.store.tables import SCHEMA
from cs_assist.types import Conversation

Connect = Callable[[str], SqlStore]
#: Adds 15 messages to one conversation, trying again where the other process was faster.
WORKER = """
import sys
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.types import Conversation
url, name = sys.argv[1:]
store = SqlStore(url)
for number in range(15):
    while True:
        known = store.load("c") or Conversation(id="c")
        state = known.model_copy(update={"version": known.version + 1, "customer_turns": known.customer_turns + 1})
        if store.save(state, Event(conversation_id="c", message_id=f"{name}-{number}", kind="handled", at="", detail={})):
            break
store.close()
"""


def event(message: str) -> Event:
    return Event(conversation_id="c", message_id=message, kind="handled", at="", detail={"intent": "praise"})


@pytest.fixture
def frozen_folder() -> Iterator[Path]:
    """A folder that this process, for as long as the test lasts, may read and not write."""
    folder = Path(tempfile.mkdtemp(prefix="cs_assist_"))
    SqlStore(f"sqlite:///{folder / 'state.db'}").close()
    (folder / "state.db").chmod(0o444)
    folder.chmod(0o555)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)  # permissions do not hold for root
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_state_survives_reopening(url: str, connect: Connect) -> None:
    saved = Conversation(id="c", version=1, strikes=1, language="th")
    first = connect(url)
    assert first.save(saved, event("m"))
    first.close()
    again = connect(url)
    assert again.load("c") == saved
    assert again.seen("c", "m")
    assert again.save(saved.model_copy(update={"version": 2}), event("n"))


def test_two_open_stores_see_each_others_states(url: str, connect: Connect) -> None:
    one, two = connect(url), connect(url)
    assert one.save(Conversation(id="c", version=1), event("m"))
    assert two.seen("c", "m")
    assert two.save(Conversation(id="c", version=1), event("n")) is False
    assert two.save(Conversation(id="c", version=2), event("n"))
    assert one.load("c") == two.load("c")


def test_two_processes_share_one_database_without_losing_a_message(url: str, connect: Connect) -> None:
    store = connect(url)
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, url, name], stderr=subprocess.PIPE, text=True) for name in ("a", "b")
    ]
    errors = [worker.communicate(timeout=120)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], errors
    state = store.load("c")
    assert state is not None
    assert (state.customer_turns, state.version) == (30, 30)
    assert all(store.seen("c", f"{name}-{number}") for name in ("a", "b") for number in range(15))


@pytest.mark.parametrize("attempt", range(5))
def test_workers_that_open_a_new_database_at_once_all_can(attempt: int, url: str) -> None:
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


@pytest.mark.parametrize("found", [SCHEMA + 1, SCHEMA + 41])
def test_a_store_of_a_newer_schema_is_refused_and_says_which(found: int, url: str, connect: Connect) -> None:
    connect(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE cs_meta SET value = :value WHERE name = 'schema'"), {"value": str(found)})
        connection.execute(text("UPDATE cs_meta SET value = '9.8.7' WHERE name = 'release'"))
    engine.dispose()
    with pytest.raises(
        StoreVersionError, match=f"has schema {found} by release 9.8.7, this release knows up to {SCHEMA}"
    ) as caught:
        connect(url)
    assert "Update cs-assist" in caught.value.hint
    del caught
    gc.collect()  # a connection that was left open is told here, not in some later test


def test_a_new_store_says_its_schema(url: str, connect: Connect) -> None:
    connect(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM cs_meta WHERE name = 'schema'")).scalar() == str(SCHEMA)
        assert set(inspect(connection).get_table_names()) == {
            "cs_alembic_version", "cs_conversations", "cs_customer_keys", "cs_events", "cs_holds", "cs_meta",
        }  # fmt: skip
    engine.dispose()


def test_missing_folders_are_made(tmp_path: Path, connect: Connect) -> None:
    connect(f"sqlite:///{tmp_path}/deep/er/state.db")
    assert (tmp_path / "deep/er/state.db").is_file()


def test_a_read_only_folder_is_told_at_once(frozen_folder: Path) -> None:
    with pytest.raises(StoreReadOnlyError, match="cannot be written") as caught:
        SqlStore(f"sqlite:///{frozen_folder / 'new.db'}")
    assert "CS_ASSIST_STATE_DIR" in caught.value.hint


def test_a_store_in_a_read_only_folder_is_told_at_once(frozen_folder: Path) -> None:
    with pytest.raises(StoreReadOnlyError, match="cannot be written"):
        SqlStore(f"sqlite:///{frozen_folder / 'state.db'}")


def test_a_folder_that_cannot_be_made_is_told_at_once(frozen_folder: Path) -> None:
    with pytest.raises(StoreReadOnlyError, match="cannot be made") as caught:
        SqlStore(f"sqlite:///{frozen_folder}/below/state.db")
    assert "CS_ASSIST_STATE_DIR" in caught.value.hint


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnlyError, match="cannot be made"):
        SqlStore(f"sqlite:///{tmp_path}/file/state.db")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"these are not the tables you are looking for" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        SqlStore(f"sqlite:///{tmp_path / 'state.db'}")


@pytest.mark.parametrize(
    "url", ["nosuchdb://host/x", "sqlite+nodriver:///x.db", "no url at all", "", "postgresql+psycopg://cs:secret@127.0.0.1:1/x"]
)
def test_a_url_that_leads_nowhere_is_a_store_error_without_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore(url)
    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_a_store_whose_tables_are_gone_says_so_in_every_call(url: str, connect: Connect) -> None:
    store = connect(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in ("cs_events", "cs_conversations"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    for call in (
        lambda: store.load("c"),
        lambda: store.seen("c", "m"),
        lambda: store.save(Conversation(id="c", version=1), event("m")),
        lambda: store.save(Conversation(id="c", version=2), event("m")),
    ):
        with pytest.raises(StoreError, match="cs_"):
            call()


def test_an_event_is_written_with_its_detail(url: str, connect: Connect) -> None:
    connect(url).save(Conversation(id="c", version=1), event("m"))
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT conversation_id, message_id, kind, detail FROM cs_events")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("c", "m", "handled", '{"intent": "praise"}')]


def test_a_missing_driver_names_the_extra_to_install_and_no_password() -> None:
    with pytest.raises(MissingExtraError, match="needs the extra 'postgres'") as caught:
        SqlStore("postgresql+pg8000://shop:secret@127.0.0.1:1/db")
    assert "pip install 'cs-assist[postgres]'" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_an_error_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError) as caught:
        SqlStore("postgresql://shop:secret@127.0.0.1:1/db")
    assert "secret" not in str(caught.value)
