"""The stores that the contract is tried on; the PostgreSQL server lives as long as the test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cs_assist.store.base import MemoryStore
from cs_assist.store.sql import SqlStore
from evals.postgres import NoPostgresError, PostgresServer, postgres_server

AnyStore = MemoryStore | SqlStore


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own."""
    try:
        with postgres_server() as running:
            yield running
    except NoPostgresError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def postgres_url(server: PostgresServer) -> str:
    """An empty database of the test's own."""
    return server.new_database()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once for each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def connect() -> Iterator[Callable[..., SqlStore]]:
    """Open stores that are closed when the test ends."""
    opened: list[SqlStore] = []

    def run(url: str, *, key: str = "") -> SqlStore:
        opened.append(SqlStore(url, key=key))
        return opened[-1]

    yield run
    for store in opened:
        store.close()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, connect: Callable[..., SqlStore]) -> AnyStore:
    """An empty store, once for each kind: what one of them promises, all keep."""
    if request.param == "memory":
        return MemoryStore()
    return connect(request.getfixturevalue(f"{request.param}_url"))
