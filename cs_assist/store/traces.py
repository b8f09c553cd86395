"""What of one conversation or customer stands in another: ids and keys that two customers share, and what only points."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from cs_assist.types import Conversation


@dataclass(frozen=True)
class Traces:
    """What names a customer in the conversations of others.

    Args:
        customer_id: The customer.
        keys: What they are known under, each as ``kind:hash``.
        shared: Who else is known under each of the keys: theirs they remain.
    """

    customer_id: str
    keys: frozenset[str]
    shared: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, customer_id: str, linked: Iterable[tuple[str, str, str]]) -> Traces:
        """Return the traces of a customer, by the kind, key and customer of everybody who is linked to a key of theirs."""
        shared: dict[str, set[str]] = {}
        mine = set()
        for kind, key, customer in linked:
            if customer == customer_id:
                mine.add(f"{kind}:{key}")
            else:
                shared.setdefault(f"{kind}:{key}", set()).add(customer)
        return cls(customer_id, frozenset(mine), {key: frozenset(others) for key, others in shared.items()})

    def may_stand_in(self, text: str) -> bool:
        """Tell whether any of it may stand in the JSON of a state or an event."""
        return any(mark in text for mark in self._marks)

    def out_of(self, state: Conversation) -> Conversation:
        """Return the state of somebody else's conversation without it, one version on; as it is where there is nothing of it."""
        clash = tuple(other for other in state.clash if other != self.customer_id)
        keys = tuple(key for key in state.keys if self._stays(key, state.customer_id))
        if (clash, keys) == (state.clash, state.keys):
            return state
        # A worker who has read the state before may not save it again.
        return state.model_copy(update={"clash": clash, "keys": keys, "version": state.version + 1})

    def out_of_event(self, detail: Mapping[str, JsonValue], whose: str | None) -> dict[str, JsonValue]:
        """Return what is kept with an event of somebody else's conversation without it."""
        keys = detail.get("keys")
        if not isinstance(keys, list):
            return dict(detail)
        return {**detail, "keys": [key for key in keys if self._stays(str(key), whose)]}

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        return (json.dumps(self.customer_id, ensure_ascii=False)[1:-1], *(key.partition(":")[2] for key in self.keys))

    def _stays(self, key: str, whose: str | None) -> bool:
        return key not in self.keys or whose in self.shared.get(key, ())


def only_part_of(state: Conversation | None) -> str | None:
    """Return the case that a conversation is nothing but part of, so that it has no time of its own; None where it has turns."""
    return None if state is None or state.turns else state.joined


def without_case(pointers: Mapping[str, str], there: Collection[str]) -> set[str]:
    """Return the pointers whose case is not ``there``, by what each points to; a case may be behind other pointers."""
    gone: set[str] = set()
    while more := {name for name, case in pointers.items() if name not in gone and (case in gone or case not in there)}:
        gone |= more
    return gone
