from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai_server import Provider
from sample_shop import build_sample_index

from cs_assist.encoder.onnx import OnnxEncoder

COMMAND = Path(sys.executable).parent / "cs-assist"


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder to work in, without settings."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="session")
def run(work: Path) -> Run:
    """Run the installed command on lines (objects, or bytes as they are); a traceback is never an answer."""

    def start(*arguments: object, lines: Sequence[object] = (), cwd: Path | None = None, **variables: str) -> Done:
        given = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CS_ASSIST_")}
        done = subprocess.run(
            [str(COMMAND), *(str(argument) for argument in arguments)],
            input=given, capture_output=True, check=False, cwd=cwd or work,
            env={**kept, "COLUMNS": "120", "CS_ASSIST_STATE_DIR": str(work / "state"), **variables},
        )  # fmt: skip
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        assert "Traceback" not in err, err
        return Done(done.returncode, out, err)

    return start


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    return build_sample_index(tmp_path_factory.mktemp("shop") / "index", encoder)


@pytest.fixture
def model() -> Iterator[Provider]:
    """An OpenAI-compatible server on loopback, for commands that are given :func:`variables`."""
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


def variables(model: Provider) -> dict[str, str]:
    """Return what a command needs in its environment to write to the server."""
    return {"CS_ASSIST_LLM": "openai:gpt-4.1-mini", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "a-key"}
