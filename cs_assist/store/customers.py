"""What a store in a database does with everything it holds on one customer: hand out, hold, erase, let lapse."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from cs_assist.errors import StoreError, StoreKeyError
from cs_assist.store.base import Erased, Event, Hold, Purged, exported, held_error, stamp
from cs_assist.store.cipher import Cipher
from cs_assist.store.database import Database
from cs_assist.store.retention import Retention
from cs_assist.store.tables import column_key, conversations, events, holds, keys
from cs_assist.store.traces import Traces, only_part_of, without_case
from cs_assist.types import Conversation, without_surrogates

_BATCH = 500  # rows a transaction, so that other workers get their turn


class SqlCustomers:
    """The part of a store in a database that deletes and hands out.

    Args:
        database: Where it is kept.
        cipher: Seals and opens the texts.
    """

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def erase(self, customer_id: str, *, now: datetime | None = None) -> Erased:
        """Delete everything held on a customer, out of the files too.

        Raises:
            StoreHeldError: The customer is under a hold at ``now``; nothing is deleted.
        """
        with self._database.writing() as connection:
            hold = _hold(connection, customer_id, self._cipher)
            if hold and hold.holds(now or datetime.now(UTC)):
                raise held_error(hold)
            connection.execute(delete(holds).where(holds.c.customer_id == customer_id))
            names = _locked(connection, whose(customer_id))
            count, of_events = _delete(connection, names)
            self._take_out(connection, _traces(connection, customer_id))
            linked = connection.execute(delete(keys).where(keys.c.customer_id == customer_id)).rowcount
        wiped = self._database.wipe(thoroughly=True)
        return Erased(conversations=count, events=of_events, keys=linked, wiped=wiped)

    def export(self, customer_id: str) -> dict[str, Any]:
        """Return everything held on a customer, as values that JSON knows."""
        with self._database.reading(together=True) as connection:
            hold = _hold(connection, customer_id, self._cipher)
            found = select(conversations.c.id, conversations.c.state).where(whose(customer_id)).order_by(conversations.c.id)
            parts = []
            for name, state in connection.execute(found).all():
                happened = self._events(connection, name)
                known = self._state(name, state)
                real = known.id if known else next((event.conversation_id for event in happened), name)
                parts.append(exported(real, known, happened))
            linked = select(keys.c.kind, keys.c.key, keys.c.linked_at).where(keys.c.customer_id == customer_id)
            rows = connection.execute(linked.order_by(keys.c.number)).mappings().all()
        return {
            "customer_id": customer_id,
            "keys": [dict(row) for row in rows],
            "hold": hold.model_dump(mode="json") if hold else None,
            "conversations": parts,
        }

    def hold(self, customer_id: str, reason: str, until: datetime | None = None) -> None:
        """Refuse to delete a customer's data from now on, until ``until`` or :meth:`release`."""
        values = {
            "reason": self._cipher.seal(reason),
            "since": stamp(datetime.now(UTC)),
            "until": stamp(until) if until else None,
        }
        with self._database.writing() as connection:
            connection.execute(delete(holds).where(holds.c.customer_id == customer_id))
            connection.execute(insert(holds).values(customer_id=customer_id, **values))

    def release(self, customer_id: str) -> bool:
        """End a hold; False where there was none."""
        with self._database.writing() as connection:
            return connection.execute(delete(holds).where(holds.c.customer_id == customer_id)).rowcount > 0

    def purge(self, now: datetime, retention: Retention, *, dry_run: bool = False) -> Purged:
        """Delete the conversations whose time is over, with their events, and customers who have none left."""
        with self._database.reading(together=True) as connection:
            kept_back = _holding(connection, now)
            old, held = _over(connection, retention, now, kept_back)
            listed = [name for group in old.values() for name in group]
            if dry_run:
                ended = {name: owner for batch in _batches(listed) for name, owner in self._ended(connection, batch).items()}
                names = [*ended, *self._without_case(connection, listed, set(ended.values()), gone=ended)]
                count = sum(_count_events(connection, batch) for batch in _batches(names))
                return Purged(conversations=len(names), events=count, held=held)
        conversations_gone, events_gone = 0, 0
        customers: set[str] = set()
        for cutoff, names in old.items():
            for batch in _batches(names):
                with self._database.writing() as connection:
                    # Looked at again: a message may have come, or a hold, since they were listed.
                    still = and_(conversations.c.id.in_(batch), conversations.c.updated_at < cutoff)
                    still = and_(still, _owner.not_in(_holding(connection, now)))
                    ended = self._ended(connection, _locked(connection, still))
                    customers |= set(ended.values())
                    count, of_events = _delete(connection, list(ended))
                conversations_gone, events_gone = conversations_gone + count, events_gone + of_events
        with self._database.writing() as connection:
            count, of_events = _delete(connection, self._without_case(connection, listed, customers))
            conversations_gone, events_gone = conversations_gone + count, events_gone + of_events
            # Nobody knows how old these are: their time begins now.
            unknown = conversations.c.updated_at.is_(None)
            connection.execute(update(conversations).where(unknown).values(updated_at=stamp(now)))
            linked = _unlink(connection, customers, retention.cutoff(None, None, now), kept_back)
        self._database.wipe(thoroughly=False)
        return Purged(conversations=conversations_gone, events=events_gone, keys=linked, held=held)

    def encrypt(self) -> int:
        """Seal every text with the newest key, after a key was set for the first time or changed; returns the texts written."""
        written = 0
        texts = (conversations.c.state, events.c.detail, holds.c.reason)
        for column, name in zip(texts, (conversations.c.id, events.c.number, holds.c.customer_id), strict=True):
            with self._database.reading() as connection:
                names = connection.execute(select(name)).scalars().all()
            for batch in _batches(names):
                with self._database.writing() as connection:
                    rows = connection.execute(select(name, column).where(name.in_(batch)).with_for_update()).all()
                    for key, sealed in rows:
                        fresh = self._cipher.seal(self._cipher.open(sealed))
                        written += connection.execute(update(column.table).where(name == key).values({column: fresh})).rowcount
        self._database.wipe(thoroughly=True)
        return written

    def _take_out(self, connection: Connection, traces: Traces) -> None:
        """Take what names a customer out of the states and the events of others."""
        everybody = connection.execute(select(conversations.c.id).order_by(conversations.c.id)).scalars().all()
        for batch in _batches(everybody):
            found = _states(connection, conversations.c.id.in_(batch))
            for name in sorted(name for name, sealed in found if self._may_hold(sealed, traces)):
                self._take_out_of(connection, _locked(connection, conversations.c.id == name), traces)

    def _take_out_of(self, connection: Connection, names: Sequence[str], traces: Traces) -> None:
        """Take what names a customer out of locked conversations of others."""
        for name, sealed in _states(connection, conversations.c.id.in_(names)):
            if (state := self._state(name, sealed)) is None or (after := traces.out_of(state)) is state:
                continue
            text = self._cipher.seal(after.model_dump_json(exclude_none=True))
            here = update(conversations).where(conversations.c.id == name)
            connection.execute(here.values(state=text, version=after.version))
            for row in connection.execute(select(events).where(events.c.conversation_id == name)).all():
                detail = traces.out_of_event(self._event(row).detail, state.customer_id)
                told = self._cipher.seal(without_surrogates(json.dumps(detail, ensure_ascii=False)))
                connection.execute(update(events).where(events.c.number == row.number).values(detail=told))

    def _may_hold(self, sealed: str, traces: Traces) -> bool:
        """Tell whether a text may name a customer; one that no key opens any more says nothing to anybody."""
        try:
            return traces.may_stand_in(self._cipher.open(sealed))
        except StoreKeyError:
            return False

    def _ended(self, connection: Connection, names: Sequence[str]) -> dict[str, str]:
        """Return which of the conversations have a time of their own, and whose they are."""
        rows = connection.execute(select(conversations.c.id, _owner, conversations.c.state).where(conversations.c.id.in_(names)))
        return {name: owner for name, owner, sealed in rows if self._case_of(name, sealed) is None}

    def _without_case(
        self, connection: Connection, names: Sequence[str], customers: Collection[str], *, gone: Collection[str] = ()
    ) -> list[str]:
        """Return which of these, and of these customers' conversations, are only part of a case that is ``gone`` or not there."""
        pointers: dict[str, str] = {}
        for column, values in ((conversations.c.id, names), (conversations.c.customer_id, sorted(customers))):
            for batch in _batches(values):
                for name, sealed in _states(connection, column.in_(batch)):
                    if (case := self._case_of(name, sealed)) is not None:
                        pointers[name] = column_key(case)
        there: set[str] = set()
        for batch in _batches(sorted(set(pointers.values()))):
            there |= set(connection.execute(select(conversations.c.id).where(conversations.c.id.in_(batch))).scalars())
        return sorted(without_case(pointers, there - set(gone)))

    def _case_of(self, name: str, sealed: str) -> str | None:
        """Return the case of which a conversation is only a part; a damaged one has its own time like any other."""
        try:
            return only_part_of(self._state(name, sealed))
        except StoreError:
            return None

    def _state(self, name: str, sealed: str) -> Conversation | None:
        if not sealed:
            return None
        try:
            return Conversation.model_validate_json(self._cipher.open(sealed))
        except ValidationError as exc:
            fault = exc.errors(include_url=False, include_input=False)[0]
            raise StoreError(
                f"the state of conversation '{name}' in '{self._database.url.database}' cannot be read: {fault['msg']}.",
                hint="Another release wrote it, or it is damaged: use one release, or restore a backup.",
            ) from exc

    def _events(self, connection: Connection, name: str) -> tuple[Event, ...]:
        rows = connection.execute(select(events).where(events.c.conversation_id == name).order_by(events.c.number))
        return tuple(self._event(row) for row in rows)

    def _event(self, row: Row[Any]) -> Event:
        conversation_id, message_id = json.loads(row.ids) if row.ids else (row.conversation_id, row.message_id)
        try:
            detail = json.loads(self._cipher.open(row.detail))
        except ValueError as exc:
            raise StoreError(
                f"event '{message_id}' of conversation '{conversation_id}' in '{self._database.url.database}' is damaged.",
                hint="Restore a backup.",
            ) from exc
        return Event(conversation_id=conversation_id, message_id=message_id, kind=row.kind, at=row.at, detail=detail)


#: Whose a conversation is: without a customer, its own.
_owner = func.coalesce(conversations.c.customer_id, conversations.c.id)


def whose(customer_id: str) -> ColumnElement[bool]:
    """Return the condition that a conversation is this customer's."""
    own = and_(conversations.c.customer_id.is_(None), conversations.c.id == column_key(customer_id))
    return or_(conversations.c.customer_id == customer_id, own)


def _hold(connection: Connection, customer_id: str, cipher: Cipher) -> Hold | None:
    row = connection.execute(select(holds).where(holds.c.customer_id == customer_id)).mappings().first()
    return Hold.model_validate({**row, "reason": cipher.open(row["reason"])}) if row else None


def _holding(connection: Connection, now: datetime) -> set[str]:
    active = or_(holds.c.until.is_(None), holds.c.until > stamp(now))
    return set(connection.execute(select(holds.c.customer_id).where(active)).scalars())


def _over(connection: Connection, retention: Retention, now: datetime, kept_back: set[str]) -> tuple[dict[str, list[str]], int]:
    """Return the ids of conversations that are too old, by the moment that decides, and how many of them are held."""
    old: dict[str, list[str]] = {}
    held = 0
    found = select(conversations.c.id, _owner, conversations.c.market, conversations.c.channel, conversations.c.updated_at)
    for name, owner, market, channel, touched in connection.execute(found.where(conversations.c.updated_at < stamp(now))):
        cutoff = retention.cutoff(market, channel, now)
        if cutoff is None or touched >= stamp(cutoff):
            continue
        if owner in kept_back:
            held += 1
        else:
            old.setdefault(stamp(cutoff), []).append(name)
    return old, held


def _locked(connection: Connection, which: ColumnElement[bool]) -> Sequence[str]:
    """Return ids of conversations, in one order and locked, so that no worker adds to them before the transaction ends."""
    query = select(conversations.c.id).where(which).order_by(conversations.c.id).with_for_update()
    return connection.execute(query).scalars().all()


def _states(connection: Connection, which: ColumnElement[bool]) -> list[tuple[str, str]]:
    """Return ids and states as they are written."""
    rows = connection.execute(select(conversations.c.id, conversations.c.state).where(which))
    return [(name, sealed) for name, sealed in rows]


def _traces(connection: Connection, customer_id: str) -> Traces:
    """Return what names a customer in others' conversations."""
    mine, row = keys.alias(), keys.c
    same = and_(row.kind == mine.c.kind, row.key == mine.c.key)
    linked = select(row.kind, row.key, row.customer_id).where(same, mine.c.customer_id == customer_id)
    return Traces.of(customer_id, ((kind, key, customer) for kind, key, customer in connection.execute(linked)))


def _delete(connection: Connection, names: Sequence[str]) -> tuple[int, int]:
    of_events = 0
    for batch in _batches(names):
        of_events += connection.execute(delete(events).where(events.c.conversation_id.in_(batch))).rowcount
        connection.execute(delete(conversations).where(conversations.c.id.in_(batch)))
    return len(names), of_events


def _unlink(connection: Connection, customers: Iterable[str], cutoff: datetime | None, kept_back: set[str]) -> int:
    """Delete the keys of customers who have no conversation left: of these, and of all linked before ``cutoff``."""
    candidates = set(customers)
    if cutoff is not None:
        candidates |= set(connection.execute(select(keys.c.customer_id).where(keys.c.linked_at < stamp(cutoff))).scalars())
    gone = 0
    for customer in sorted(candidates - kept_back):
        if connection.execute(select(conversations.c.id).where(whose(customer)).limit(1)).first() is None:
            gone += connection.execute(delete(keys).where(keys.c.customer_id == customer)).rowcount
    return gone


def _count_events(connection: Connection, names: Sequence[str]) -> int:
    return connection.execute(select(func.count()).where(events.c.conversation_id.in_(names))).scalar_one()


def _batches(names: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (names[start : start + _BATCH] for start in range(0, len(names), _BATCH))
