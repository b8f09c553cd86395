from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cs_assist import __version__

from .conftest import COMMAND, Run

MANY = b'{"text": "Where is my parcel?"}\n' * 2_000


def shell(script: str, work: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CS_ASSIST_")}
    variables = {**kept, "CLI": str(COMMAND), "CS_ASSIST_STATE_DIR": str(work / "state")}
    command = ["bash", "-o", "pipefail", "-c", script]
    return subprocess.run(command, cwd=work, env=variables, input=given, capture_output=True, check=False)


@pytest.mark.parametrize("command", ["mask", "markets --json", "markets show DE", "scenarios --market DE --n 300", "--help"])
def test_a_reader_that_has_gone_is_no_error(work: Path, command: str) -> None:
    done = shell(f'"$CLI" {command} | true', work, MANY)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", ["mask", "markets", "markets show DE", "customers purge --dry-run"])
def test_a_full_disk_is_told_in_one_line(work: Path, command: str) -> None:
    done = shell(f'"$CLI" {command} > /dev/full', work, MANY)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "The system refused: [Errno 28] No space left on device. Add --debug to see where."
    ]


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}


@pytest.mark.parametrize("command", ["markets show JP", "markets", "scenarios --market JP --n 3"])
def test_json_is_in_utf_8_whatever_the_outputs_own_encoding_is(run: Run, command: str) -> None:
    done = run(*command.split(), **ASCII)
    assert (done.code, done.err) == (0, "")
    assert "\\" not in done.out.replace("\\n", "").replace('\\"', "")
    assert any(ord(char) > 0x3000 for char in done.out)
    assert done.objects


@pytest.mark.parametrize("command", ["doctor", "--help", "markets --help"])
def test_what_an_output_cannot_show_is_escaped_and_never_fails(run: Run, command: str) -> None:
    done = run(*command.split(), **ASCII)
    assert done.code == 0
    assert done.out.isascii()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_a_program_that_is_started_with_its_streams_closed_ends_as_with_empty_ones(work: Path, closed: str) -> None:
    done = shell(f'"$CLI" mask {closed}', work)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("command", ["", "kb ", "kb search ", "markets "])
def test_help_has_a_short_name_at_every_command(run: Run, command: str) -> None:
    short, long = (run(*command.split(), name) for name in ("-h", "--help"))
    assert (short.code, short.out) == (0, long.out)


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.split() == ["cs-assist", __version__]
