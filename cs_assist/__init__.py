"""Reads one customer message at a time, in 22 languages, and says what to do about it.

>>> from cs_assist import Assistant, Message, MemoryStore
>>> outcome = Assistant(store=MemoryStore()).handle(Message(id="1", text="Hallo!", market="DE"))
>>> outcome.triage.language
'de'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.3.0"

if TYPE_CHECKING:
    from cs_assist.assistant import Assistant
    from cs_assist.config import Settings, load_settings
    from cs_assist.errors import CsAssistError
    from cs_assist.parts import OrderLookup
    from cs_assist.store.base import MemoryStore
    from cs_assist.types import Action, Customer, Message, Order, OrderItem, Outcome, Triage, Turn

#: Where each public name lives: loaded when it is first used, so that importing costs nothing.
_HOMES = {
    "Action": "types", "Assistant": "assistant", "CsAssistError": "errors", "Customer": "types", "MemoryStore": "store.base",
    "Message": "types", "Order": "types", "OrderItem": "types", "OrderLookup": "parts", "Outcome": "types",
    "Settings": "config", "Triage": "types", "Turn": "types", "load_settings": "config",
}  # fmt: skip

__all__ = [
    "Action", "Assistant", "CsAssistError", "Customer", "MemoryStore", "Message", "Order", "OrderItem", "OrderLookup",
    "Outcome", "Settings", "Triage", "Turn", "load_settings",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cs_assist' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"cs_assist.{_HOMES[name]}"), name)
