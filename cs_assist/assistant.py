"""The way of a message: understand, remember, find, decide, write, check. Read this file first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from cs_assist.config import Settings, load_settings
from cs_assist.conversation.memory import Memory
from cs_assist.conversation.packet import make_packet
from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.errors import CsAssistError, IndexMissingError
from cs_assist.guard.check import Guard, verdict
from cs_assist.guard.repair import repair
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.markets.market import Market, load_market, market_codes
from cs_assist.policy.decide import Policy
from cs_assist.reply.compose import Composer
from cs_assist.store.base import MemoryStore, Store
from cs_assist.triage.reader import MessageReader
from cs_assist.types import (
    Action,
    Conversation,
    Decision,
    Draft,
    Fault,
    Finding,
    Findings,
    Handover,
    Message,
    Outcome,
    Triage,
    Turn,
)

log = logging.getLogger(__name__)
Result = TypeVar("Result")
_ATTEMPTS = 5  # at saving a conversation that other workers write too


class _StageFailed(Exception):
    """A stage raised; carries its name and the error's kind, never the customer's text."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.stage)
        self.fault = fault


class Assistant:
    """Reads customers' messages and says what to do about each.

    Args:
        settings: By default those of the environment and ``cs_assist.toml``.
        index: Folder of a knowledge index; by default the settings'. If that default is not there,
            the assistant works without knowledge.
        store: Where conversations live; by default the settings' database.

    Raises:
        SettingsError: A setting is wrong.
        IndexMissingError: ``index`` was given and holds no index.
        EncoderError: The shipped model is damaged.
        StoreError: The store cannot be opened.

    Example:
        >>> from cs_assist import Assistant, Message, MemoryStore
        >>> assistant = Assistant(store=MemoryStore())
        >>> outcome = assistant.handle(Message(id="1", text="The charger is on fire!", market="US"))
        >>> outcome.action.value, outcome.decision.reason
        ('handover', 'safety_issue')
    """

    def __init__(self, settings: Settings | None = None, *, index: Path | str | None = None, store: Store | None = None) -> None:
        self.settings = settings or load_settings()
        self.encoder = OnnxEncoder(self.settings.encoder_dir or SHIPPED, threads=self.settings.threads)
        self.reader = MessageReader(self.encoder, market_languages={c: load_market(c).languages for c in market_codes()})
        self.knowledge = self._open_knowledge(Path(index) if index is not None else None)
        self._given_store = store
        self.policy = Policy(self.settings)
        self.composer = Composer(self.settings)
        self.guard = Guard(self.reader.identify)

    @cached_property
    def memory(self) -> Memory:
        """The stage that remembers, over the store."""
        if self._given_store is not None:
            return Memory(self._given_store, self.settings)
        from cs_assist.store.sql import SqlStore

        return Memory(SqlStore(self.settings.database), self.settings)

    def triage(self, messages: Sequence[Message]) -> list[Triage]:
        """Return what each message is; nothing is remembered. Fastest in batches of a hundred or more."""
        return self.reader.read_many(messages)

    def handle(self, message: Message) -> Outcome:
        """Return what to do about ``message``, and remember it.

        Whatever goes wrong in a stage becomes a handover that names the stage; an exception never
        reaches the customer's chat.

        Raises:
            UnknownMarketError: The message names a market that does not exist: the caller's mistake.
            StoreError: The store cannot be read or written, so nothing may be answered.
        """
        now = message.received_at or datetime.now(UTC)
        market = self._market(message)
        memory = self.memory
        for _ in range(_ATTEMPTS):
            outcome = self._answer(message, market, memory, now)
            if outcome.conversation is None or outcome.conversation.duplicate:
                return outcome
            if memory.commit(outcome.conversation, outcome, now=now):
                return outcome
        raise CsAssistError(f"conversation '{message.conversation}' is being written by too many workers.", hint="Try again.")

    def converse(self, turns: Sequence[Turn], *, message: Message) -> Iterator[tuple[int, Outcome]]:
        """Yield (index, outcome) for every customer turn of a dialogue, judged with only what came before.

        Args:
            turns: The dialogue; turns of the shop are taken as they are.
            message: Gives market, channel and platform; its text is not used.
        """
        now = message.received_at or datetime.now(UTC)
        trial = Memory(MemoryStore(), self.settings)
        for index, turn in enumerate(turns):
            if turn.role != "customer":
                continue
            at = turn.at or now + timedelta(minutes=index)
            update = {
                "id": f"{message.id}-{index}",
                "text": turn.text,
                "history": tuple(turns[:index]),
                "conversation_id": None,
            }
            outcome = self._answer(message.model_copy(update=update), self._market(message), trial, at)
            yield index, outcome

    def _answer(self, message: Message, market: Market | None, memory: Memory, now: datetime) -> Outcome:
        """Walk the six stages once."""
        triage: Triage | None = None
        conversation: Conversation | None = None
        findings = Findings()
        try:
            language = memory.language(message)
            triage = _stage("understand", lambda: self.reader(message, known_language=language))
            read = triage
            earlier = _stage("understand", lambda: self._earlier(message))
            conversation = memory(message, triage, earlier=earlier, now=now)
            known = conversation
            if self.knowledge is not None and triage.text:
                search = self.knowledge
                findings = _stage("find", lambda: search(message, read, on=now.date()))
            found = findings
            decision = _stage("decide", lambda: self.policy(message, read, known, found, market=market, now=now))
            draft, checks, decision = _stage(
                "write", lambda: self._write_and_check(message, read, known, decision, market=market, now=now)
            )
            packet = _stage("write", lambda: self._packet(message, read, known, decision, found, draft, market, now))
        except _StageFailed as failure:
            return self._fault(message, triage, conversation, findings, failure.fault, market, now)
        return Outcome(
            message_id=message.id,
            action=decision.action,
            triage=triage,
            conversation=conversation,
            findings=findings,
            decision=decision,
            reply=draft,
            checks=checks,
            handover=packet,
        )

    def _write_and_check(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        *,
        market: Market | None,
        now: datetime,
    ) -> tuple[Draft, tuple[Finding, ...], Decision]:
        """Compose, check, repair once, then downgrade: a reply that may not leave becomes a draft."""
        draft = self.composer(message, triage, conversation, decision, market=market, now=now)
        checks = self.guard(draft, message)
        if verdict(checks) == "block":
            draft = repair(draft, checks)
            checks = self.guard(draft, message)
        if verdict(checks) == "block" and decision.action in (Action.REPLY, Action.ASK):
            why = (*decision.reasons, f"blocked by {', '.join(sorted({c.rule for c in checks}))}")
            decision = decision.model_copy(update={"action": Action.DRAFT, "reasons": why, "send_at": None})
        return draft, checks, decision

    def _packet(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        decision: Decision,
        findings: Findings,
        draft: Draft,
        market: Market | None,
        now: datetime,
    ) -> Handover | None:
        """Return the packet for a person; a suggested reply is attached where an answer was likely."""
        if decision.action not in (Action.HANDOVER, Action.DRAFT):
            return None
        suggested = draft.text if decision.action is Action.DRAFT and decision.passage else ""
        best = findings.passages[0] if findings.passages else None
        if decision.action is Action.HANDOVER and best and best.p_answers >= self.settings.draft_at:
            proposal = decision.model_copy(update={"action": Action.DRAFT, "reason": "suggested", "passage": best})
            suggested = self.composer(message, triage, conversation, proposal, market=market, now=now).text
        emotions = [t.emotion.value for t in self._earlier(message)]
        return make_packet(message, triage, conversation, decision, findings, suggested=suggested, emotions=emotions)

    def _earlier(self, message: Message) -> list[Triage]:
        """Return what the customer's turns in the given history are."""
        said = [turn for turn in message.history if turn.role == "customer"]
        bare = {"history": (), "html": None, "order": None}
        return self.reader.read_many([message.model_copy(update={**bare, "text": turn.text}) for turn in said])

    def _fault(
        self,
        message: Message,
        triage: Triage | None,
        conversation: Conversation | None,
        findings: Findings,
        fault: Fault,
        market: Market | None,
        now: datetime,
    ) -> Outcome:
        """Return a handover that names the failed stage: the customer is told, a person is called."""
        decision = self.policy.after_fault(fault, now=now)
        draft = Draft(text="", language="und", source="none")
        packet = None
        if triage is not None and fault.stage != "write":
            state = conversation or Conversation(id=message.conversation)
            draft = self.composer(message, triage, state, decision, market=market, now=now)
            packet = make_packet(message, triage, state, decision, findings, suggested="")
        return Outcome(
            message_id=message.id, action=Action.HANDOVER, triage=triage, conversation=conversation, findings=findings,
            decision=decision, reply=draft, handover=packet, fault=fault,
        )  # fmt: skip

    def _market(self, message: Message) -> Market | None:
        code = message.market or self.settings.default_market
        return load_market(code) if code else None

    def _open_knowledge(self, index: Path | None) -> KnowledgeBase | None:
        try:
            return KnowledgeBase(index or self.settings.index_dir, self.encoder, answer_at=self.settings.reply_at)
        except IndexMissingError:
            if index is not None:
                raise
            log.warning("no knowledge index in '%s': questions will be drafted for a person", self.settings.index_dir)
            return None


def _stage(name: str, run: Callable[[], Result]) -> Result:
    """Run a stage; whatever it raises becomes a fault with the stage's name."""
    try:
        return run()
    except Exception as exc:
        log.exception("stage %s failed", name)
        raise _StageFailed(Fault(stage=name, error=f"{type(exc).__name__}")) from exc
