"""What becomes of a message that a stage failed on: a person gets it, with the reason, and its words are not lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from cs_assist.conversation.memory import Memory
from cs_assist.errors import StoreError
from cs_assist.policy.decide import Policy
from cs_assist.types import Action, Decision, Draft, Fault, Handover, Message, Outcome, Triage
from cs_assist.walk import StageFailed, Walk
from cs_assist.writing import Writing

log = logging.getLogger(__name__)
_SILENT = Draft(text="", language="und", source="none")


class Faults:
    """Turns a failed walk into an outcome.

    Args:
        policy: Says who gets it.
        writing: Writes the notice and packs what there is.
        read: Reads a message that has not been read.
    """

    def __init__(self, policy: Policy, writing: Writing, read: Callable[[Message], Triage]) -> None:
        self._policy, self._writing, self._read = policy, writing, read

    def __call__(self, walk: Walk, memory: Memory, exc: StageFailed | StoreError) -> Outcome:
        """Return a handover that names the failed stage: the customer is told, a person is called, the message is kept.

        Where a person has the conversation already, it is theirs, and nothing is said into it. Where it is the store that
        failed, nothing is kept.
        """
        if isinstance(exc, StoreError):
            return self.not_remembered(walk, type(exc).__name__)
        if walk.conversation is None:
            try:
                with suppress(StageFailed), walk.stage("remember"):
                    walk.conversation = memory(walk.message, None, now=walk.now)
            except StoreError as away:
                return self.not_remembered(walk, type(away).__name__)
        fault = walk.fault or Fault(stage="unknown", error="")
        decision = self._policy.after_fault(fault, walk.triage, walk.conversation, now=walk.now)
        draft = _SILENT
        if walk.triage is not None and decision.action is Action.HANDOVER:
            with suppress(StageFailed), walk.stage("write"):
                draft = self._writing.compose(walk, decision)
        return walk.outcome(decision, draft, handover=self._packet(walk, decision, draft.text))

    def not_remembered(self, walk: Walk, error: str) -> Outcome:
        """Return a handover for a message that could not be saved: nothing of it is kept, and nothing may be sent."""
        log.error("stage remember failed: %s", error)
        fault = walk.fault = Fault(stage="remember", error=error)
        walk.conversation = None
        with suppress(StageFailed), walk.stage("understand"):
            walk.triage = self._read(walk.message)
        decision = self._policy.after_fault(fault, walk.triage, now=walk.now)
        return walk.outcome(decision, _SILENT, handover=self._packet(walk, decision))

    def _packet(self, walk: Walk, decision: Decision, notice: str = "") -> Handover | None:
        """Return the packet of what is known when a stage failed; None where nothing is, or not even that can be packed."""
        if walk.triage is None or decision.action is Action.IGNORE:
            return None
        with suppress(StageFailed), walk.stage("write"):
            return self._writing.packing(walk, decision, suggested="", notice=notice)
        return None
