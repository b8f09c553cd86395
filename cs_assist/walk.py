"""One message on its way through the stages: what is known so far, and what happens when a stage fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from cs_assist.config import Settings
from cs_assist.conversation.turns import recent
from cs_assist.errors import SettingsError, StoreError, UnknownMarketError
from cs_assist.markets.market import Market, find_market
from cs_assist.types import Action, Conversation, Decision, Draft, Fault, Finding, Findings, Message, ModelUse, Outcome, Triage

log = logging.getLogger(__name__)


class OneAtATime:
    """Lets the threads of a process into a conversation one after another; other conversations go on meanwhile.

    Example:
        >>> turns = OneAtATime()
        >>> with turns("4711"):
        ...     pass
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
        self._door = Lock()

    @contextmanager
    def __call__(self, conversation_id: str) -> Iterator[None]:
        """Wait until no other thread is in the conversation."""
        with self._door:
            mine = self._locks.setdefault(conversation_id, _Lock())
        with mine.lock:
            yield


class _Lock:
    def __init__(self) -> None:
        self.lock = Lock()


class StageFailed(Exception):
    """A stage raised; what and where stands in the walk."""


@dataclass
class Walk:
    """One message on its way: what is known so far."""

    message: Message
    market: Market | None
    now: datetime
    triage: Triage | None = None
    conversation: Conversation | None = None
    findings: Findings = field(default_factory=Findings)
    fault: Fault | None = None
    use: ModelUse | None = None
    checked: dict[tuple[Draft, bool], tuple[Finding, ...]] = field(default_factory=dict)
    planted: dict[tuple[tuple[str, ...], bool], tuple[Finding, ...]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Turn whatever a stage raises into a fault with the stage's name and no word of the customer's."""
        try:
            yield
        except StoreError:
            raise
        except Exception as exc:
            log.error("stage %s failed: %s", name, type(exc).__name__)
            self.fault = self.fault or Fault(stage=name, error=type(exc).__name__)
            raise StageFailed from exc

    def read(self) -> tuple[Triage, Conversation]:
        """Return triage and conversation; a conversation that was not loaded is a new one."""
        if self.triage is None:
            raise ValueError("the message was not read")
        return self.triage, self.conversation or Conversation(id=self.message.conversation)

    def used(self, use: ModelUse) -> None:
        """Add what was asked of a language model."""
        known = self.use or ModelUse()
        self.use = ModelUse(
            calls=known.calls + use.calls, usage=known.usage + use.usage, downgraded=use.downgraded or known.downgraded
        )

    def opinion(self, triage: Triage, use: ModelUse | None) -> Triage:
        """Return the triage that a second reading gave, and note what that took."""
        if use is not None:
            self.used(use)
        return triage

    def outcome(self, decision: Decision, reply: Draft, **more: Any) -> Outcome:
        """Return the outcome with every stage's result."""
        return Outcome(
            message_id=self.message.id, action=decision.action, triage=self.triage, conversation=self.conversation,
            findings=self.findings, decision=decision, reply=reply, fault=self.fault, model=self.use,
            **more,
        )  # fmt: skip


def in_market(message: Message, settings: Settings) -> tuple[Message, Market | None]:
    """Return the message with its market's code as the data has it, and the market.

    Raises:
        UnknownMarketError: There is no such country.
    """
    code = message.market or settings.default_market
    market = find_market(code) if code else None
    return message.model_copy(update={"market": code.strip().upper() if code else None}), market


def with_known_market(settings: Settings) -> Settings:
    """Return the settings when their ``default_market`` is one.

    Raises:
        SettingsError: There is no such country; names the nearest.
    """
    try:
        if settings.default_market:
            find_market(settings.default_market)
    except UnknownMarketError as exc:
        told = f"setting 'default_market' is '{settings.default_market}': {exc.message}"
        raise SettingsError(told, hint="See `cs-assist markets`; an ISO 3166-1 code was expected, such as GB.") from exc
    return settings


def as_draft(decision: Decision) -> Decision:
    """Return a decision by which nothing is sent to the customer without a person."""
    if decision.action not in (Action.REPLY, Action.ASK):
        return decision
    return decision.model_copy(update={"action": Action.DRAFT, "send_at": None})


def earlier_messages(message: Message) -> list[Message]:
    """Return the customer's latest turns in the given history, each as a message with what came before it."""
    bare = {"html": None, "order": None}
    latest = recent(message.history)
    return [
        message.model_copy(update={**bare, "text": turn.text, "history": latest[:i]})
        for i, turn in enumerate(latest)
        if turn.role == "customer"
    ]
