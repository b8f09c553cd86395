from __future__ import annotations

import asyncio
import threading

import pytest

from cs_assist.llm import loop


async def where() -> tuple[int, int]:
    await asyncio.sleep(0)
    return threading.get_ident(), id(asyncio.get_running_loop())


def test_all_work_meets_on_one_loop_in_one_other_thread() -> None:
    found = {loop.wait(where()) for _ in range(3)}

    async def from_another() -> tuple[int, int]:
        return await asyncio.wrap_future(loop.submit(where()))

    found.add(asyncio.run(from_another()))
    assert len(found) == 1
    assert threading.get_ident() not in {thread for thread, _ in found}


def test_what_the_work_raises_is_raised() -> None:
    async def fails() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        loop.wait(fails())


def test_cancelling_ends_the_work() -> None:
    started, ended = threading.Event(), threading.Event()

    async def long() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    future = loop.submit(long())
    assert started.wait(5)
    future.cancel()
    assert ended.wait(5)
