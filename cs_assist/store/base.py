"""What the assistant needs of a store, and the twin that lives in memory."""

from __future__ import annotations

import threading
from typing import Protocol

from cs_assist.types import Conversation, Record


class Event(Record):
    """One thing that happened in a conversation; events are only ever added."""

    conversation_id: str
    message_id: str
    kind: str
    at: str
    detail: dict[str, str | int | float | bool | None]


class Store(Protocol):
    """Keeps conversations and their events."""

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None for a new conversation."""
        ...

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether a message was already handled."""
        ...

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save a state one version above the loaded one, with its event, as one step.

        Returns:
            False where another worker was faster (the stored version is not ``version - 1``, or the
            message was already handled); nothing is written then.
        """
        ...


class MemoryStore:
    """A store that ends with the process: for trials, tests and evaluation."""

    def __init__(self) -> None:
        self._states: dict[str, Conversation] = {}
        self.events: list[Event] = []
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None."""
        return self._states.get(conversation_id)

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether a message was already handled."""
        return (conversation_id, message_id) in self._seen

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save state and event; False where another worker was faster."""
        with self._lock:
            current = self._states.get(conversation.id)
            key = (conversation.id, event.message_id)
            if (current.version if current else 0) != conversation.version - 1 or key in self._seen:
                return False
            self._states[conversation.id] = conversation
            self._seen.add(key)
            self.events.append(event)
            return True
