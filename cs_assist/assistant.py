"""The way of a message: understand, remember, find, decide, write, check. Read this file first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cs_assist.config import Settings, load_settings
from cs_assist.conversation.history import Crm
from cs_assist.conversation.memory import Memory
from cs_assist.conversation.packet import make_packet
from cs_assist.encoder.base import Encoder
from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.errors import CsAssistError
from cs_assist.guard.check import Guard, verdict
from cs_assist.guard.redaction import redact_logs
from cs_assist.guard.repair import repair
from cs_assist.markets.market import Market, find_market, load_market, market_codes
from cs_assist.parts import open_knowledge, open_memory
from cs_assist.policy.decide import Policy
from cs_assist.reply.compose import Composer
from cs_assist.store.base import MemoryStore, Store
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Action, Decision, Draft, Fault, Finding, Handover, Message, Outcome, Triage, Turn
from cs_assist.walk import StageFailed, Walk

_ATTEMPTS = 5  # at saving a conversation that other workers write too


class Assistant:
    """Reads customers' messages and says what to do about each.

    Args:
        settings: By default those of the environment and ``cs_assist.toml``.
        index: Folder of a knowledge index; by default the settings'. If that default is not there,
            the assistant works without knowledge.
        encoder: Searches the index, which it must have built; by default the settings'. Messages are
            always read with the encoder that ships, because the heads belong to it.
        store: Where conversations live; by default the settings' database.
        crm: What else you know of a customer, for the person who takes over.

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

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        index: Path | str | None = None,
        encoder: Encoder | None = None,
        store: Store | None = None,
        crm: Crm | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self.encoder = OnnxEncoder(self.settings.encoder_dir or SHIPPED, threads=self.settings.threads)
        languages = {code: load_market(code).languages for code in market_codes()}
        self.reader = MessageReader(
            self.encoder,
            market_languages=languages,
            own_intents=self.settings.intents_dir,
            order_patterns=self.settings.order_patterns,
        )
        self.knowledge = open_knowledge(self.settings, Path(index) if index is not None else None, encoder, self.encoder)
        self._given_store, self._crm = store, crm
        self.policy = Policy(self.settings)
        self.composer = Composer(self.settings)
        self.guard = Guard.from_settings(self.settings, self.reader.identify, self.encoder)
        redact_logs()  # every module that logs on a message's way is imported by now

    @cached_property
    def memory(self) -> Memory:
        """The stage that remembers, over the store."""
        return open_memory(self.settings, self._given_store, self.encoder, crm=self._crm)

    def triage(self, messages: Sequence[Message]) -> list[Triage]:
        """Return what each message is; nothing is remembered. Fastest in batches of a hundred or more."""
        return self.reader.read_many([self._in_market(message)[0] for message in messages])

    def handle(self, message: Message) -> Outcome:
        """Return what to do about ``message``, and remember it.

        Whatever goes wrong in a stage becomes a handover that names the stage; an exception never
        reaches the customer's chat.

        Raises:
            UnknownMarketError: The message names a market that does not exist: the caller's mistake.
            StoreError: The store cannot be read or written, so nothing may be answered.
        """
        now = message.received_at or datetime.now(UTC)
        message, market = self._in_market(message)
        memory = self.memory
        for _ in range(_ATTEMPTS):
            outcome = self._answer(message, market, memory, now)
            if outcome.conversation is None or outcome.conversation.duplicate:
                return outcome
            if memory.commit(outcome.conversation, outcome, message, now=now):
                return outcome
        raise CsAssistError(f"conversation '{message.conversation}' is being written by too many workers.", hint="Try again.")

    def may_send(self, outcome: Outcome) -> bool:
        """Tell, immediately before a text leaves, whether it still may: not once a person holds the conversation."""
        return self.memory.may_send(outcome)

    def converse(self, turns: Sequence[Turn], *, message: Message) -> Iterator[tuple[int, Outcome]]:
        """Yield (index, outcome) for every customer turn of a dialogue, judged with only what came before.

        Every turn is judged as if the bot still held the conversation, and what the shop said stands for what was
        decided: nothing is handed over in earnest.

        Args:
            turns: The dialogue; turns of the shop are taken as they are.
            message: Gives market, channel and platform; its text is not used.
        """
        now = message.received_at or datetime.now(UTC)
        message, market = self._in_market(message)
        bare = {"html": None, "history": (), "conversation_id": message.id, "customer": None, "edits": None}
        trial = open_memory(self.settings, MemoryStore(), self.encoder)
        for index, turn in enumerate(turns):
            at = turn.at or now + timedelta(minutes=index)
            if turn.role != "customer":
                trial.hear(message.id, turn, now=at)
                continue
            told = message.model_copy(update={**bare, "id": f"{message.id}-{index}", "text": turn.text})
            outcome = self._answer(told, market, trial, at)
            if outcome.conversation is not None:
                trial.watch(outcome.conversation, told, now=at)
            yield index, outcome

    def _answer(self, message: Message, market: Market | None, memory: Memory, now: datetime) -> Outcome:
        """Walk the six stages once."""
        walk = Walk(message, market, now)
        try:
            with walk.stage("understand"):
                known = memory.known(message)
                told = message.model_copy(update={"history": known.turns}) if known else message
                walk.triage = triage = self.reader(told, known_language=known.language if known else None)
                earlier = [] if known else self._earlier(message)
            with walk.stage("remember"):
                walk.conversation = memory(message, triage, earlier=earlier, now=now)
            with walk.stage("find"):
                if self.knowledge is not None and triage.text:
                    walk.findings = self.knowledge(message, triage, on=now.date())
            with walk.stage("decide"):
                decision = self.policy(message, triage, walk.conversation, walk.findings, market=market, now=now)
            with walk.stage("write"):
                draft = self._compose(walk, decision)
            with walk.stage("check"):
                draft, checks, decision = self._check(walk, draft, decision)
            with walk.stage("write"):
                packet = self._packet(walk, decision, draft)
        except StageFailed:
            return self._fault(walk)
        return walk.outcome(decision, draft, checks=checks, handover=packet)

    def _compose(self, walk: Walk, decision: Decision) -> Draft:
        triage, conversation = walk.read()
        return self.composer(walk.message, triage, conversation, decision, market=walk.market, now=walk.now)

    def _check(self, walk: Walk, draft: Draft, decision: Decision) -> tuple[Draft, tuple[Finding, ...], Decision]:
        """Check, repair once, then downgrade: reply to draft, draft to handover."""
        checks = self._findings(walk, draft, decision)
        if verdict(checks) == "block":
            draft = repair(draft, checks)
            checks = self._findings(walk, draft, decision)
        if verdict(checks) != "block":
            return draft, checks, decision
        decision = self.policy.after_block(decision, checks)
        if decision.action is Action.HANDOVER:
            draft = self._compose(walk, decision)
            if verdict(self._findings(walk, draft, decision)) == "block":
                draft = draft.model_copy(update={"text": ""})
        return draft, checks, decision

    def _findings(self, walk: Walk, draft: Draft, decision: Decision) -> tuple[Finding, ...]:
        """Return what stands against a draft; what is sent without a person must not rest on planted instructions either."""
        alone = decision.action in (Action.REPLY, Action.ASK)
        found = self.guard(draft, walk.message, on=walk.now.date(), task_created=not alone)
        passage = decision.passage
        read = (passage.lead, passage.text) if passage else ()
        return (*self.guard.planted(walk.message, read), *found) if alone else found

    def _packet(self, walk: Walk, decision: Decision, draft: Draft) -> Handover | None:
        """Return the packet for a person; a suggested reply is attached where an answer was likely."""
        if decision.action not in (Action.HANDOVER, Action.DRAFT):
            return None
        triage, conversation = walk.read()
        suggested = draft.text if decision.action is Action.DRAFT and decision.passage else conversation.answer_there
        best = walk.findings.passages[0] if walk.findings.passages else None
        if decision.action is Action.HANDOVER and best and best.p_answers >= self.settings.draft_at:
            proposal = decision.model_copy(update={"action": Action.DRAFT, "reason": "suggested", "passage": best})
            suggested = self._compose(walk, proposal).text
        return make_packet(
            walk.message,
            triage,
            conversation,
            decision,
            walk.findings,
            suggested=suggested,
            language=self.settings.agent_language,
        )

    def _earlier(self, message: Message) -> list[Triage]:
        """Return what the customer's turns in the given history are."""
        bare = {"html": None, "order": None}
        return self.reader.read_many(
            [
                message.model_copy(update={**bare, "text": turn.text, "history": message.history[:i]})
                for i, turn in enumerate(message.history)
                if turn.role == "customer"
            ]
        )

    def _fault(self, walk: Walk) -> Outcome:
        """Return a handover that names the failed stage: the customer is told, a person is called."""
        fault = walk.fault or Fault(stage="unknown", error="")
        decision = self.policy.after_fault(fault, now=walk.now)
        draft, packet = Draft(text="", language="und", source="none"), None
        if walk.triage is not None:
            language = self.settings.agent_language
            packet = make_packet(walk.message, *walk.read(), decision, walk.findings, suggested="", language=language)
            with suppress(StageFailed), walk.stage("write"):
                draft = self._compose(walk, decision)
        return walk.outcome(decision, draft, handover=packet)

    def _in_market(self, message: Message) -> tuple[Message, Market | None]:
        """Return the message with its market's code as the data has it, and the market."""
        code = message.market or self.settings.default_market
        market = find_market(code) if code else None
        return message.model_copy(update={"market": code.strip().upper() if code else None}), market
