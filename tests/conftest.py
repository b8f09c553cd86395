"""What every test rests on: no network beyond this machine, no settings of the developer's own, and real parts."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.markets.market import MarketLanguages
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Decision, Triage

# The same examples everywhere, and no clock: the machines that run this are shared.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # a unix socket's path
        return True
    host = str(address[0])
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, original: Callable[..., Any] = original) -> Any:
            if not _is_local(address):
                self.close()
                raise AssertionError(f"a test tried to connect to {address!r}")
            return original(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("CS_ASSIST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CS_ASSIST_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


@pytest.fixture(scope="session")
def reader(encoder: OnnxEncoder) -> MessageReader:
    return MessageReader(encoder, market_languages=MarketLanguages())


@pytest.fixture(scope="session")
def now() -> datetime:
    """A Monday noon, for everything that needs a clock."""
    return NOW


@pytest.fixture(scope="session")
def make_triage() -> Callable[..., Triage]:
    """Build a triage of a calm order question in English; any field may be given."""

    def make(**fields: Any) -> Triage:
        values: dict[str, Any] = {
            "text": "Where is my order?",
            "language": "en",
            "intent": "order_status",
            "intents": (("order_status", 0.6), ("not_received", 0.3)),
            "emotion": "neutral",
            "intensity": 0.5,
            "dissatisfied": False,
            "p_dissatisfied": 0.1,
            "urgency": "normal",
            "priority": "P3",
            **fields,
        }
        values.setdefault("languages", ((values["language"], 1.0),))
        values.setdefault("emotions", ((str(values["emotion"]), 1.0),))
        return Triage(**values)

    return make


@pytest.fixture(scope="session")
def make_decision() -> Callable[..., Decision]:
    """Build a decision; by default a reply within twelve hours."""

    def make(**fields: Any) -> Decision:
        values: dict[str, Any] = {
            "action": "reply",
            "reason": "greeting",
            "priority": "P3",
            "queue": "front_line",
            "due_at": NOW + timedelta(hours=12),
            "answer_within": timedelta(hours=12),
            **fields,
        }
        return Decision(**values)

    return make
