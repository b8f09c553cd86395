"""A stored conversation decided anew from its events: to the same outcomes, or to where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from cs_assist.assistant import Assistant
from cs_assist.conversation.cases import Recalled
from cs_assist.conversation.events import detail_of
from cs_assist.parts import index_in_use
from cs_assist.store.base import Event, Store
from cs_assist.types import Conversation, Holder, Message, Note, Outcome

#: What must come out the same.
COMPARED = ("action", "reason", "priority", "queue", "tier", "reply", "intent", "language", "strikes", "asked")
_ASSIGNED = "assigned_"
_DECIDED = frozenset({"handled", "own", "echo", "edited", "replaced", "withdrawn"})


@dataclass(frozen=True)
class Replayed:
    """One event, then and now.

    Args:
        event: As it was stored.
        differences: What was compared and differs: name, then, now.
        versions: What the decision is made with and has changed: name, then, now.
        decided: Whether there was anything to decide anew. Events of releases that did not keep the message cannot be.
    """

    event: Event
    differences: tuple[tuple[str, JsonValue, JsonValue], ...] = ()
    versions: tuple[tuple[str, JsonValue, JsonValue], ...] = ()
    decided: bool = True

    @property
    def same(self) -> bool:
        """Whether the outcome is the stored one."""
        return not self.differences

    def as_object(self) -> dict[str, Any]:
        """Return it as the command line prints it."""
        detail = self.event.detail
        return {
            "id": self.event.message_id,
            "kind": self.event.kind,
            "at": self.event.at,
            "action": detail.get("action"),
            "reason": detail.get("reason"),
            "decided": self.decided,
            "same": self.same,
            "differences": [list(row) for row in self.differences],
            "versions": [list(row) for row in self.versions],
        }


def events_of(store: Store, conversation_id: str) -> tuple[Event, ...]:
    """Return the events of a conversation, and after them those of the case that it was found to be part of."""
    events: list[Event] = []
    place: str | None = conversation_id
    passed: set[str] = set()
    while place is not None and place not in passed:
        passed.add(place)
        events += store.events(place)
        state = store.load(place)
        place = state.joined if state is not None else None
    return tuple(events)


def replay(assistant: Assistant, events: Iterable[Event]) -> Iterator[Replayed]:
    """Yield each event of one conversation with what is decided now.

    Messages are handled with the clock and the order that they had, in the order in which they were handled; what people
    did in between (taking, resolving, deleting) is done again. Customers are not recognised anew, because only hashes of
    who they are were kept: what was known of them and of their other conversations is taken from the event.

    Args:
        assistant: With the settings and the index of then, or of now to see what a change would do. Its store must be
            an empty :class:`~cs_assist.store.base.MemoryStore`.
        events: Of one conversation, in order, as :func:`events_of` gives them.
    """
    for event in events:
        at = datetime.fromisoformat(event.at)
        detail = event.detail
        if event.kind.startswith(_ASSIGNED):
            assistant.memory.assign(event.conversation_id, _holder(event.kind), now=at)
            yield Replayed(event, decided=False)
        elif event.kind == "deleted":
            said_in, message_id = detail.get("conversation"), detail.get("message")  # older releases have neither
            if isinstance(said_in, str) and isinstance(message_id, str):
                assistant.memory.delete(said_in, message_id, now=at)
            yield Replayed(event, decided=False)
        elif event.kind in _DECIDED and isinstance(detail.get("message"), dict):
            message = Message.model_validate(detail["message"]).model_copy(update={"received_at": at})
            assistant.memory.recalled = _recalled(event)
            yield _compare(event, assistant.handle(message), assistant)
        else:
            yield Replayed(event, decided=False)


def _recalled(event: Event) -> Recalled:
    """Return what was known beyond the conversation; an older release did not keep all of it."""
    notes, same_as, answer = (event.detail.get(name) for name in ("notes", "same_as", "answer_there"))
    return Recalled(
        event.conversation_id,
        notes=tuple(Note.model_validate(note) for note in notes) if isinstance(notes, list) else None,
        same_as=same_as if isinstance(same_as, str) else None,
        answer_there=answer if isinstance(answer, str) else "",
    )


def _compare(event: Event, outcome: Outcome, assistant: Assistant) -> Replayed:
    then, now = event.detail, detail_of(outcome)
    rows = tuple((name, then.get(name), now.get(name)) for name in COMPARED if then.get(name) != now.get(name))
    before = then.get("versions")
    after = {**assistant.memory.versions, **index_in_use(assistant.knowledge)}
    old = before if isinstance(before, dict) else {}
    changed = tuple((name, old.get(name), after.get(name)) for name in {**old, **after} if old.get(name) != after.get(name))
    return Replayed(event, rows, changed)


def _holder(kind: str) -> Holder:
    name = kind.removeprefix(_ASSIGNED)
    return Conversation.model_validate({"id": "replay", "holder": name}).holder
