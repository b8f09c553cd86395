"""The event loop on which all calls of models run, in a thread of its own.

Clients of providers keep connections that belong to one loop, so calls from many threads and many loops meet here; and
only a call on a loop can be broken off when its time is up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_LOG = logging.getLogger("cs_assist.llm")
_lock = threading.Lock()
_running: dict[int, asyncio.AbstractEventLoop] = {}


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start ``work`` and return its future; cancelling the future cancels the work."""
    with _lock:
        loop = _running.get(os.getpid())  # a forked process has no thread behind its parent's loop
        if loop is None:
            loop = _running[os.getpid()] = asyncio.new_event_loop()
            loop.set_exception_handler(lambda _, about: _LOG.debug("%s", about["message"]))  # nobody waits any more; no text
            threading.Thread(target=loop.run_forever, name="cs_assist.llm", daemon=True).start()
    return asyncio.run_coroutine_threadsafe(work, loop)


def wait(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns; an interrupt while waiting cancels it."""
    future = submit(work)
    try:
        return future.result()
    finally:
        future.cancel()
