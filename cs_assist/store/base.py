"""What the assistant needs of a store, and the twin that lives in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from pydantic import Field, JsonValue

from cs_assist.errors import StoreHeldError
from cs_assist.store.retention import Retention
from cs_assist.store.traces import Traces, only_part_of, without_case
from cs_assist.types import Conversation, Moment, Record, Text, without_surrogates


class Event(Record):
    """One thing that happened in a conversation; events are only ever added.

    ``message_id`` is what happened, once: any text, such as the channel's id of a message. ``detail`` may
    hold whatever a later replay needs: texts, the decision, versions of model and prompts.
    """

    conversation_id: Text
    message_id: Text
    kind: str
    at: str
    detail: dict[str, JsonValue] = Field(default_factory=dict)


class Hold(Record):
    """Why a customer's data may not be deleted, and until when; None is until it is released."""

    customer_id: str
    reason: str
    since: Moment
    until: Moment | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether it still holds at ``now``."""
        return self.until is None or self.until > now


class Erased(Record):
    """What was deleted of one customer.

    ``wiped`` says that the bytes are gone from the store's files, too. Where it is False other processes
    kept an old view of a SQLite file open: erase again when they have finished.
    """

    conversations: int = 0
    events: int = 0
    keys: int = 0
    wiped: bool = True


class Purged(Record):
    """What was deleted because its time was over, and how many conversations were kept by a hold."""

    conversations: int = 0
    events: int = 0
    keys: int = 0
    held: int = 0


class Store(Protocol):
    """Keeps conversations, their events, and whose they are.

    A conversation belongs to its ``customer_id``; where it has none, its own id stands for the customer.
    """

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None for a new conversation."""
        ...

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether a message was already handled, or something else was recorded under its id."""
        ...

    def look(self, conversation_id: str, message_id: str) -> tuple[Conversation | None, bool]:
        """Return what :meth:`load` and :meth:`seen` return, read together."""
        ...

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save a state one version above the loaded one, with its event, as one step.

        Returns:
            False where another worker was faster (the stored version is not ``version - 1``, or the
            message was already handled); nothing is written then.
        """
        ...

    def record(self, event: Event) -> bool:
        """Add an event that changes no state: an agent's reply, an edit, a deletion, a delivery.

        Returns:
            False where the conversation has an event of this ``message_id`` already; nothing is written then.
        """
        ...

    def events(self, conversation_id: str) -> tuple[Event, ...]:
        """Return all events of a conversation in the order in which they were added."""
        ...

    def link(self, customer_id: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Note that a customer is known under ``keys``: kind (such as ``email``) to hashed value.

        Returns:
            All customers known under any of the keys, as :meth:`customer_of` does. More than one is a
            clash of identities; nothing is ever merged.
        """
        ...

    def customer_of(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Return the customers known under any of ``keys``, the one linked first in front; () for nobody."""
        ...

    def keys_of(self, customer_id: str) -> tuple[tuple[str, str], ...]:
        """Return what a customer is known under, as pairs of kind and hashed value, the one linked first in front."""
        ...

    def conversations_of(self, customer_id: str, *, since: datetime | None = None) -> tuple[Conversation, ...]:
        """Return a customer's conversations, the one that was quiet longest first; since ``since`` only, where given."""
        ...


class Keeper(Store, Protocol):
    """A store that also deletes and hands out what it holds on a customer."""

    def erase(self, customer_id: str, *, now: datetime | None = None) -> Erased:
        """Delete everything held on a customer: conversations, events, keys, and what names them in others' conversations.

        A key that somebody else is known under, too, stays theirs.

        Raises:
            StoreHeldError: The customer is under a hold at ``now``; nothing is deleted.
        """
        ...

    def export(self, customer_id: str) -> dict[str, Any]:
        """Return everything held on a customer, as values that JSON knows.

        Returns:
            ``customer_id``, ``keys`` (kind, key, linked_at), ``hold`` (or None) and ``conversations``, each
            with its ``id``, its ``state`` (None where there are events alone) and its ``events``.
        """
        ...

    def hold(self, customer_id: str, reason: str, until: datetime | None = None) -> None:
        """Refuse to delete a customer's data from now on, until ``until`` or :meth:`release`."""
        ...

    def release(self, customer_id: str) -> bool:
        """End a hold; False where there was none."""
        ...

    def purge(self, now: datetime, retention: Retention, *, dry_run: bool = False) -> Purged:
        """Delete the conversations whose time is over, with their events, and customers who have none left.

        A conversation's time runs from its last message; one that is only part of another's case goes with that. With
        ``dry_run`` nothing is deleted and the counts are what would be; keys are not counted then.
        """
        ...


def moment(conversation: Conversation | None, event: Event) -> str | None:
    """Return when a conversation was last touched, in a form that sorts; None where neither record knows."""
    if conversation is not None and conversation.updated_at is not None:
        return stamp(conversation.updated_at)
    try:
        return stamp(datetime.fromisoformat(event.at))
    except (ValueError, OverflowError):
        return None


def stamp(when: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, always of one length, so that it sorts as text."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def exported(conversation_id: str, state: Conversation | None, events: Iterable[Event]) -> dict[str, Any]:
    """Return one conversation of an export."""
    return {
        "id": conversation_id,
        "state": state.model_dump(mode="json") if state else None,
        "events": [event.model_dump(mode="json", exclude={"conversation_id"}) for event in events],
    }


def held_error(hold: Hold) -> StoreHeldError:
    """Return the error that refuses an erasure."""
    until = f"until {hold.until.isoformat()}" if hold.until else "until it is released"
    return StoreHeldError(
        f"the data of customer '{hold.customer_id}' are held {until}: {hold.reason}. Nothing was erased.",
        hint="When the reason is over, run: cs-assist customers release KEY",
    )


class _Kept:
    """What the store in memory has of one conversation."""

    def __init__(self) -> None:
        self.state: Conversation | None = None
        self.touched: str | None = None
        self.events: dict[str, Event] = {}

    def customer(self, name: str) -> str:
        """Return whose conversation ``name`` is."""
        return self.state.customer_id if self.state and self.state.customer_id is not None else name

    def take_out(self, traces: Traces) -> None:
        """Take what names another customer out of the state and the events."""
        if self.state is None or (after := traces.out_of(self.state)) is self.state:
            return
        self.state = after
        for name, event in self.events.items():
            detail = traces.out_of_event(event.detail, self.state.customer_id)
            self.events[name] = event.model_copy(update={"detail": detail})


class _MemoryConversations:
    """The part of the store in memory that answering needs."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._keys: dict[tuple[str, str, str], str] = {}
        self._lock = threading.RLock()

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the state last saved, or None."""
        kept = self._kept.get(without_surrogates(conversation_id))
        return kept.state if kept else None

    def seen(self, conversation_id: str, message_id: str) -> bool:
        """Tell whether the conversation has an event of this id."""
        kept = self._kept.get(without_surrogates(conversation_id))
        return kept is not None and without_surrogates(message_id) in kept.events

    def look(self, conversation_id: str, message_id: str) -> tuple[Conversation | None, bool]:
        """Return the state last saved, and whether the conversation has an event of this id."""
        with self._lock:
            return self.load(conversation_id), self.seen(conversation_id, message_id)

    def save(self, conversation: Conversation, event: Event) -> bool:
        """Save state and event; False where another worker was faster."""
        with self._lock:
            current = self.load(conversation.id)
            if (current.version if current else 0) != conversation.version - 1 or not self.record(event):
                return False
            kept = self._kept.setdefault(conversation.id, _Kept())
            kept.state, kept.touched = conversation, moment(conversation, event) or kept.touched
            return True

    def record(self, event: Event) -> bool:
        """Add an event; False where there is one of its id."""
        with self._lock:
            kept = self._kept.setdefault(event.conversation_id, _Kept())
            if event.message_id in kept.events:
                return False
            kept.events[event.message_id] = event.model_copy(deep=True)
            touched = moment(None, event)
            if touched and (kept.touched is None or kept.touched < touched):
                kept.touched = touched
            return True

    def events(self, conversation_id: str) -> tuple[Event, ...]:
        """Return all events of a conversation in order."""
        with self._lock:
            kept = self._kept.get(without_surrogates(conversation_id))
            return tuple(event.model_copy(deep=True) for event in kept.events.values()) if kept else ()

    def link(self, customer_id: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Note a customer's keys; returns everybody known under them."""
        with self._lock:
            for kind, key in keys.items():
                self._keys.setdefault((kind, key, customer_id), stamp(datetime.now(UTC)))
            return self.customer_of(keys)

    def customer_of(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Return the customers known under any of ``keys``."""
        with self._lock:
            return tuple(dict.fromkeys(whose for kind, key, whose in self._keys if keys.get(kind) == key))

    def keys_of(self, customer_id: str) -> tuple[tuple[str, str], ...]:
        """Return what a customer is known under."""
        with self._lock:
            return tuple((kind, key) for kind, key, whose in self._keys if whose == customer_id)

    def conversations_of(self, customer_id: str, *, since: datetime | None = None) -> tuple[Conversation, ...]:
        """Return a customer's conversations, the one that was quiet longest first."""
        least = stamp(since) if since else ""
        with self._lock:
            found = [(kept.touched or "", name, kept.state) for name, kept in self._of(customer_id)]
        return tuple(state for touched, _, state in sorted(found, key=lambda row: row[:2]) if state and touched >= least)

    def _of(self, customer_id: str) -> list[tuple[str, _Kept]]:
        return sorted(
            ((name, kept) for name, kept in self._kept.items() if kept.customer(name) == customer_id), key=lambda row: row[0]
        )


class MemoryStore(_MemoryConversations):
    """A store that ends with the process: for trials, tests and evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self._holds: dict[str, Hold] = {}

    def erase(self, customer_id: str, *, now: datetime | None = None) -> Erased:
        """Delete everything held on a customer."""
        with self._lock:
            hold = self._holds.get(customer_id)
            if hold and hold.holds(now or datetime.now(UTC)):
                raise held_error(hold)
            self._holds.pop(customer_id, None)
            conversations, events = self._delete([name for name, _ in self._of(customer_id)])
            mine = {(kind, key) for kind, key, whose in self._keys if whose == customer_id}
            traces = Traces.of(customer_id, (row for row in self._keys if row[:2] in mine))
            for kept in self._kept.values():
                kept.take_out(traces)
            return Erased(conversations=conversations, events=events, keys=self._unlink(customer_id))

    def export(self, customer_id: str) -> dict[str, Any]:
        """Return everything held on a customer, as values that JSON knows."""
        with self._lock:
            hold = self._holds.get(customer_id)
            keys = [(kind, key, at) for (kind, key, whose), at in self._keys.items() if whose == customer_id]
            return {
                "customer_id": customer_id,
                "keys": [{"kind": kind, "key": key, "linked_at": at} for kind, key, at in keys],
                "hold": hold.model_dump(mode="json") if hold else None,
                "conversations": [exported(name, kept.state, kept.events.values()) for name, kept in self._of(customer_id)],
            }

    def hold(self, customer_id: str, reason: str, until: datetime | None = None) -> None:
        """Refuse to delete a customer's data from now on."""
        self._holds[customer_id] = Hold(customer_id=customer_id, reason=reason, since=datetime.now(UTC), until=until)

    def release(self, customer_id: str) -> bool:
        """End a hold; False where there was none."""
        return self._holds.pop(customer_id, None) is not None

    def purge(self, now: datetime, retention: Retention, *, dry_run: bool = False) -> Purged:
        """Delete the conversations whose time is over."""
        with self._lock:
            kept_back = {name for name, hold in self._holds.items() if hold.holds(now)}
            old = [name for name, kept in self._kept.items() if self._is_old(kept, retention, now)]
            held = [name for name in old if self._kept[name].customer(name) in kept_back]
            listed = {name for name in old if name not in held}
            old = [name for name in old if name in listed and only_part_of(self._kept[name].state) is None]
            pointers = self._pointers(listed, {self._kept[name].customer(name) for name in old})
            old += sorted(without_case(pointers, self._kept.keys() - set(old)))
            if dry_run:
                return Purged(conversations=len(old), events=sum(len(self._kept[name].events) for name in old), held=len(held))
            customers = {self._kept[name].customer(name) for name in old}
            conversations, events = self._delete(old)
            for kept in self._kept.values():
                kept.touched = kept.touched or stamp(now)  # nobody knows its age: its time begins now
            if cutoff := retention.cutoff(None, None, now):
                customers |= {whose for (_, _, whose), at in self._keys.items() if at < stamp(cutoff)}
            gone = [customer for customer in customers - kept_back if not self._of(customer)]
            keys = sum(self._unlink(customer) for customer in gone)
            return Purged(conversations=conversations, events=events, keys=keys, held=len(held))

    def _is_old(self, kept: _Kept, retention: Retention, now: datetime) -> bool:
        market, channel = (kept.state.market, kept.state.channel) if kept.state else (None, None)
        cutoff = retention.cutoff(market, channel, now)
        return cutoff is not None and kept.touched is not None and kept.touched < stamp(cutoff)

    def _pointers(self, names: set[str], customers: set[str]) -> dict[str, str]:
        """Return which of these conversations, and of these customers', are nothing but part of a case, and of which."""
        asked = [name for name, kept in self._kept.items() if name in names or kept.customer(name) in customers]
        return {name: case for name in asked if (case := only_part_of(self._kept[name].state)) is not None}

    def _delete(self, names: list[str]) -> tuple[int, int]:
        return len(names), sum(len(self._kept.pop(name).events) for name in names)

    def _unlink(self, customer_id: str) -> int:
        gone = [row for row in self._keys if row[2] == customer_id]
        for row in gone:
            del self._keys[row]
        return len(gone)
