"""One message on its way through the stages: what is known so far, and what happens when a stage fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cs_assist.errors import StoreError
from cs_assist.markets.market import Market
from cs_assist.types import Conversation, Decision, Draft, Fault, Findings, Message, Outcome, Triage

log = logging.getLogger(__name__)


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

    def outcome(self, decision: Decision, reply: Draft, **more: Any) -> Outcome:
        """Return the outcome with every stage's result."""
        return Outcome(
            message_id=self.message.id, action=decision.action, triage=self.triage, conversation=self.conversation,
            findings=self.findings, decision=decision, reply=reply, fault=self.fault, **more,
        )  # fmt: skip
