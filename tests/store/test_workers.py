"""A small storm: workers share a store, are killed, and neither answer twice nor lose anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evals import workers


@pytest.mark.skipif(os.name == "nt", reason="kills with SIGKILL")
def test_killed_workers_lose_nothing_and_answer_nothing_twice(url: str, tmp_path: Path) -> None:
    found = workers.storm(url, tmp_path, workers=4, events=400, kills=3)
    assert found["deliveries"] > 1200
    assert (found["lost"], found["duplicate"], found["conflicting"]) == (0, 0, 0)
    assert found["unsent"] <= found["kills"]


def test_every_event_goes_to_three_workers_in_an_order_of_their_own() -> None:
    plans = [workers.plan(worker, 5, 500) for worker in range(5)]
    for number in range(500):
        assert sum(number in numbers for numbers in plans) == 3
    for numbers in plans:
        assert numbers != sorted(numbers)
        assert len(numbers) > len(set(numbers))
