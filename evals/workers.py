"""Many workers at one store, killed at any point: are replies given twice, or events lost?

``python -m evals.workers`` runs 16 processes against SQLite and PostgreSQL. Each of 10,000 events is delivered to three of
them, to some twice, and to each worker in an order of its own. A worker does with an event what the assistant does: skip what
was seen, load, decide (here: number the reply), save, and where the save won, send. Workers are killed (SIGKILL) at
random moments and started again where they stopped.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cs_assist.errors import StoreError
from cs_assist.store.base import Event
from cs_assist.store.sql import SqlStore
from cs_assist.types import Conversation, Turn
from evals.postgres import postgres_server

ROOT = Path(__file__).parent.parent
WORKERS, EVENTS, KILLS = 16, 10_000, 32
_COPIES = 3  # workers that are delivered the same event
_TURNS = 25  # events of one conversation
_WINDOW = 200  # how far from its place an event may come
_TWICE = 0.05  # share of events that one worker is delivered twice


def main() -> None:
    """Measure both databases and write the table."""
    from evals.provenance import save

    result: dict[str, Any] = {"workers": WORKERS, "events": EVENTS}
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = storm(f"sqlite:///{folder}/state.db", Path(folder), WORKERS, EVENTS, KILLS)
    with tempfile.TemporaryDirectory() as folder, postgres_server(safe=True) as server:
        result["postgresql"] = storm(server.new_database(), Path(folder), WORKERS, EVENTS, KILLS)
    names = {
        "deliveries": "deliveries",
        "kills": "workers killed",
        "lost": "events lost",
        "duplicate": "duplicate replies",
        "conflicting": "conflicting replies",
        "unsent": "replies stored whose worker was killed before it sent them",
        "refused": "calls refused by the store and tried again",
        "seconds": "seconds",
    }
    rows = [f"| {what} | {result['sqlite'][name]:,} | {result['postgresql'][name]:,} |" for name, what in names.items()]
    table = "\n".join([f"| {WORKERS} workers × {EVENTS:,} events | SQLite | PostgreSQL |", "| --- | --- | --- |", *rows])
    print(table)
    save("workers", result, table)


def plan(worker: int, workers: int, events: int) -> list[int]:
    """Return the numbers of the events that a worker is delivered, in its order."""
    mine = [number for number in range(events) if worker in random.Random(number).sample(range(workers), _COPIES)]
    chance = random.Random(worker)
    numbers = [number for number in mine for _ in range(2 if chance.random() < _TWICE else 1)]
    return sorted(numbers, key=lambda number: number + chance.uniform(0, _WINDOW))


def ids(number: int, events: int) -> tuple[str, str]:
    """Return conversation and message of an event; neighbours belong to different conversations."""
    return f"c{number % -(-events // _TURNS)}", f"m{number}"


def work(url: str, folder: Path, worker: int, workers: int, events: int) -> None:
    """Be one worker: go on where this worker's last life ended."""
    store = SqlStore(url)
    with open(folder / f"done-{worker}", "a+b", buffering=0) as done, open(folder / f"sent-{worker}", "ab", buffering=0) as sent:
        done.seek(0)
        for number in plan(worker, workers, events)[done.read().count(b"\n") :]:
            reply, refused = deliver(store, *ids(number, events))
            if reply:
                sent.write(f"{number}\t{reply}\n".encode())
            done.write(f"{refused}\n".encode())
    store.close()


def deliver(store: SqlStore, conversation: str, message: str) -> tuple[str, int]:
    """Return the reply to send, empty where another worker gives it, and how often the store refused a call."""
    refused = 0
    while True:
        try:
            if store.seen(conversation, message):
                return "", refused
            state = store.load(conversation) or Conversation(id=conversation)
            reply = f"reply {state.version + 1} to {message}"
            turns = (*state.turns, Turn(role="customer", text=message), Turn(role="bot", text=reply))
            update = {"version": state.version + 1, "customer_turns": state.customer_turns + 1, "turns": turns[-40:]}
            detail = {"version": state.version + 1, "reply": reply}
            event = Event(conversation_id=conversation, message_id=message, kind="handled", at="", detail=detail)
            if store.save(state.model_copy(update=update), event):
                return reply, refused
        except StoreError:
            refused += 1
            time.sleep(0.1)


def storm(url: str, folder: Path, workers: int, events: int, kills: int) -> dict[str, int]:
    """Let the workers loose, kill some of them, and count what came of it.

    Raises:
        RuntimeError: A worker ended by itself with an error.
    """
    chance = random.Random(kills)

    def begin(worker: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "evals.workers", url, str(folder), str(worker), str(workers), str(events)]
        return subprocess.Popen(command, cwd=ROOT)

    start = time.monotonic()
    running = {worker: begin(worker) for worker in range(workers)}
    killed = 0
    while running:
        time.sleep(chance.uniform(0.2, 2))
        for worker, process in list(running.items()):
            code = process.poll()
            if code is not None:
                if code:
                    raise RuntimeError(f"worker {worker} ended with {code}")
                del running[worker]
        busy = [worker for worker in running if (folder / f"done-{worker}").exists()]
        if busy and killed < kills:
            worker = chance.choice(busy)
            running[worker].send_signal(signal.SIGKILL)
            if running[worker].wait() == -signal.SIGKILL:  # else it had just ended
                killed += 1
            running[worker] = begin(worker)
    counts = count(url, folder, workers, events)
    deliveries = sum(len(plan(worker, workers, events)) for worker in range(workers))
    return {"deliveries": deliveries, "kills": killed, **counts, "seconds": round(time.monotonic() - start)}


def count(url: str, folder: Path, workers: int, events: int) -> dict[str, int]:
    """Compare what the store holds with what was delivered and what was sent."""
    sent: Counter[int] = Counter()
    replies: dict[int, set[str]] = {}
    refused = 0
    for worker in range(workers):
        for line in (folder / f"sent-{worker}").read_text().splitlines():
            number, reply = line.split("\t")
            sent[int(number)] += 1
            replies.setdefault(int(number), set()).add(reply)
        refused += sum(int(line or 0) for line in (folder / f"done-{worker}").read_text().splitlines())
    lost = conflicting = 0
    store = SqlStore(url)
    expected: dict[str, list[int]] = {}
    for number in range(events):
        expected.setdefault(ids(number, events)[0], []).append(number)
    for conversation, numbers in expected.items():
        state, known = store.load(conversation), store.events(conversation)
        by_message = {event.message_id: event for event in known}
        lost += sum(f"m{number}" not in by_message for number in numbers)
        lost += len(numbers) - (state.customer_turns if state else 0)  # stored, and not counted by the state
        conflicting += len(known) - len({event.detail["version"] for event in known})  # two answers to one state
        for number in numbers:
            stored = {by_message[f"m{number}"].detail["reply"]} if f"m{number}" in by_message else set()
            conflicting += len(replies.get(number, set()) - stored)
    store.close()
    return {
        "lost": lost,
        "duplicate": sum(times - 1 for times in sent.values()),
        "conflicting": conflicting,
        "unsent": events - len(sent),
        "refused": refused,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1], Path(sys.argv[2]), *(int(number) for number in sys.argv[3:]))
    else:
        main()
