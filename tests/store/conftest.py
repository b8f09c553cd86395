"""The stores that the contract is tried on; the PostgreSQL server lives as long as the test session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from glob import glob
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cs_assist.store.base import MemoryStore
from cs_assist.store.sql import SqlStore

AnyStore = MemoryStore | SqlStore
_ACCOUNT = "postgres"  # PostgreSQL refuses to run as root
_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
_numbers = count(1)


def _program(name: str) -> str | None:
    versions = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: float(path.split("/")[4]))
    return versions[-1] if versions else shutil.which(name)


def _run(*command: str) -> None:
    """Run a command of PostgreSQL's, as its own account where this one is root."""
    if _ROOT:
        command = ("runuser", "-u", _ACCOUNT, "--", *command)
    # Output goes to files: a server would keep a pipe open for as long as it lives.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", timeout=60, check=False)
        output.seek(0)
        if done.returncode:
            pytest.skip(f"PostgreSQL cannot be started: {output.read()[-400:].strip()}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a server of our own on a free loopback port; gives its URL without a database."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: pip install 'cs-assist[postgres]'")
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if not initdb or not pg_ctl:
        pytest.skip("no initdb and pg_ctl in /usr/lib/postgresql or on PATH")
    folder = Path(tempfile.mkdtemp(prefix="cs_assist_pg_"))
    if _ROOT:
        import pwd

        try:
            account = pwd.getpwnam(_ACCOUNT)
        except KeyError:
            pytest.skip(f"running as root without an account '{_ACCOUNT}'")
        os.chown(folder, account.pw_uid, account.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(folder / "data")
    try:
        _run(initdb, "-D", data, "-U", "cs", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql+psycopg://cs@127.0.0.1:{port}"
        finally:
            _run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty database of the test's own."""
    name = f"test_{next(_numbers)}"
    engine = create_engine(f"{postgres_server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine.dispose()
    return f"{postgres_server}/{name}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once for each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def connect() -> Iterator[Callable[[str], SqlStore]]:
    """Open stores that are closed when the test ends."""
    opened: list[SqlStore] = []

    def run(url: str) -> SqlStore:
        opened.append(SqlStore(url))
        return opened[-1]

    yield run
    for store in opened:
        store.close()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, connect: Callable[[str], SqlStore]) -> AnyStore:
    """An empty store, once for each kind: what one of them promises, all keep."""
    if request.param == "memory":
        return MemoryStore()
    return connect(request.getfixturevalue(f"{request.param}_url"))
