"""A PostgreSQL server of our own, for as long as a test or a measurement lasts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

_ACCOUNT = "postgres"  # PostgreSQL refuses to run as root
_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


class NoPostgresError(Exception):
    """PostgreSQL cannot be started here; the text says why."""


def _program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, which distributions keep off the PATH."""
    versions = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: float(path.split("/")[4]))
    if versions:
        return versions[-1]
    if asked := shutil.which("pg_config"):
        folder = subprocess.run([asked, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    found = shutil.which(name)
    if not found:
        raise NoPostgresError(f"no {name} in /usr/lib/postgresql, in the folder of pg_config or on PATH")
    return found


def _run(*command: str) -> None:
    """Run a command of PostgreSQL's, as its own account where this one is root."""
    if _ROOT:
        command = ("runuser", "-u", _ACCOUNT, "--", *command)
    # Output goes to files: a server would keep a pipe open for as long as it lives.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", timeout=60, check=False)
        output.seek(0)
        if done.returncode:
            raise NoPostgresError(f"PostgreSQL cannot be started: {output.read()[-400:].strip()}")


class PostgresServer:
    """A cluster in a folder of its own on a free loopback port; made by :func:`postgres_server`.

    Args:
        folder: Where it keeps everything.
        safe: Wait for the disk at every commit, as a real server does; tests need not.
    """

    def __init__(self, folder: Path, *, safe: bool) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data = folder / "data"
        self._folder = folder
        self._options = f"-h 127.0.0.1 -p {self.port} -k {folder} -c fsync={'on' if safe else 'off'}"
        self._pg_ctl = _program("pg_ctl")
        self._numbers = count(1)
        _run(_program("initdb"), "-D", str(self.data), "-U", "cs", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        _run(self._pg_ctl, "-D", str(self.data), "-o", self._options, "-l", str(self._folder / "log"), "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; ``immediate`` as a crash would, ``fast`` in order."""
        _run(self._pg_ctl, "-D", str(self.data), "-m", mode, "-w", "stop")

    def new_database(self) -> str:
        """Return the URL of a new, empty database."""
        name, server = f"test_{next(self._numbers)}", f"postgresql+psycopg://cs@127.0.0.1:{self.port}"
        engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        engine.dispose()
        return f"{server}/{name}"


@contextmanager
def postgres_server(*, safe: bool = False) -> Iterator[PostgresServer]:
    """Run a server until the block ends.

    Raises:
        NoPostgresError: It is not installed, or root has no account to run it as.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise NoPostgresError("psycopg is not installed: pip install 'cs-assist[postgres]'")
    _program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="cs_assist_pg_"))
    try:
        if _ROOT:
            import pwd

            try:
                account = pwd.getpwnam(_ACCOUNT)
            except KeyError as exc:
                raise NoPostgresError(f"running as root without an account '{_ACCOUNT}'") from exc
            os.chown(folder, account.pw_uid, account.pw_gid)
        server = PostgresServer(folder, safe=safe)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
