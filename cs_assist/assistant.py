"""The way of a message: understand, remember, find, decide, write, check. Read this file first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import random
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Literal, overload

from cs_assist.config import Settings, load_settings
from cs_assist.conversation.history import Crm
from cs_assist.conversation.memory import Memory
from cs_assist.encoder.base import Encoder
from cs_assist.encoder.onnx import SHIPPED, OnnxEncoder
from cs_assist.errors import StoreError
from cs_assist.faults import Faults
from cs_assist.guard.check import Guard
from cs_assist.guard.redaction import redact_logs
from cs_assist.markets.market import Market, MarketLanguages
from cs_assist.packing import Packing
from cs_assist.parts import OrderLookup, decide, index_in_use, open_knowledge, open_memory, open_model, with_order
from cs_assist.policy.decide import Policy
from cs_assist.reply.compose import Composer
from cs_assist.store.base import MemoryStore, Store
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Decision, Draft, DraftPiece, Message, Outcome, Triage, Turn
from cs_assist.walk import OneAtATime, StageFailed, Walk, as_draft, earlier_messages, in_market, with_known_market
from cs_assist.writing import Writing

if TYPE_CHECKING:
    from cs_assist.interop.runnable import AssistantRunnable

_PATIENCE = 10.0  # seconds for saving a conversation that other workers write too
_PAUSE = 0.05  # seconds at most before it is read again, after the first time that another was faster


class Assistant:
    """Reads customers' messages and says what to do about each.

    Args:
        settings: By default those of the environment and ``cs_assist.toml``.
        index: Folder of a knowledge index; by default the settings'. Where that default is missing, there is no knowledge.
        encoder: Searches the index, which it must have built; by default the settings'. Messages are
            always read with the encoder that ships, because the heads belong to it.
        store: Where conversations live; by default the settings' database.
        crm: What else you know of a customer, for the person who takes over.
        orders: Looks up the order whose number a message names, where the message carries none.
        model: A LangChain chat model that helps to write; by default the settings'. It decides nothing.

    Raises:
        SettingsError: A setting is wrong.
        IndexMissingError: ``index`` was given and holds no index.
        EncoderError: The shipped model is damaged.
        StoreError: The store cannot be opened.
        ModelError, MissingExtraError, PromptError: The model cannot be used.

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
        orders: OrderLookup | None = None,
        model: Any = None,
    ) -> None:
        self.settings = with_known_market(settings or load_settings())
        self.encoder = OnnxEncoder(self.settings.encoder_dir or SHIPPED, threads=self.settings.threads)
        self.reader = MessageReader(
            self.encoder,
            market_languages=MarketLanguages(),
            own_intents=self.settings.intents_dir,
            order_patterns=self.settings.order_patterns,
        )
        self.knowledge = open_knowledge(self.settings, Path(index) if index is not None else None, encoder, self.encoder)
        self._given_store, self._crm, self._orders = store, crm, orders
        self.policy = Policy(self.settings)
        self.composer = Composer(self.settings)
        self.guard = Guard.from_settings(self.settings, self.reader.identify, self.encoder)
        helpers = open_model(self.settings, model, self.composer, self.reader.identify)
        self.model, self.second_reader = helpers.model, helpers.second_reader
        packing = Packing(self.composer, self.settings, helpers.agent_help)
        self.writing = Writing(self.policy, self.composer, self.guard, helpers.drafter, packing=packing)
        self._faults = Faults(self.policy, self.writing, self.reader)
        self._turns = OneAtATime()
        redact_logs()  # every module that logs on a message's way is imported by now

    @cached_property
    def memory(self) -> Memory:
        """The stage that remembers, over the store."""
        return open_memory(self.settings, self._given_store, self.encoder, crm=self._crm)

    def triage(self, messages: Sequence[Message]) -> list[Triage]:
        """Return what each message is; nothing is remembered. Fastest in batches of a hundred or more."""
        return self.reader.read_many([in_market(message, self.settings)[0] for message in messages])

    def handle(self, message: Message) -> Outcome:
        """Return what to do about ``message``, and remember it.

        Whatever goes wrong in a stage becomes a handover that names the stage; an exception never
        reaches the customer's chat. Where the store fails, or the conversation cannot be saved among too many workers,
        the handover is of stage "remember", has no ``conversation`` and no text, and nothing of it is remembered: deliver
        the message again, and it is decided anew.

        Raises:
            UnknownMarketError: The message names a market that does not exist: the caller's mistake.
            StoreError: The store cannot be opened.
        """
        now = message.received_at or datetime.now(UTC)
        message, market = in_market(message, self.settings)
        memory = self.memory
        try:
            with self._turns(message.conversation):
                outcome = self._remembered(message, market, memory, now)
        except StoreError as exc:
            return self._faults.not_remembered(Walk(message, market, now), type(exc).__name__)
        return outcome or self._faults.not_remembered(Walk(message, market, now), "TooManyWorkers")

    def _remembered(self, message: Message, market: Market | None, memory: Memory, now: datetime) -> Outcome | None:
        """Return the outcome that was saved; None where other workers were faster for too long."""
        until, pause = monotonic() + _PATIENCE, _PAUSE
        while True:
            walk = Walk(message, market, now)
            outcome = self._answer(walk, memory)
            if outcome.conversation is None or outcome.conversation.duplicate:
                return outcome
            if memory.commit(outcome.conversation, outcome, walk.message, versions=index_in_use(self.knowledge), now=now):
                return outcome
            if monotonic() > until:
                return None
            sleep(random() * pause)
            pause = min(2 * pause, 1.0)

    def preview(self, message: Message) -> Outcome:
        """Return what :meth:`handle` would do about ``message`` now, and raise what it would; nothing is remembered."""
        told, market = in_market(message, self.settings)
        return self._answer(Walk(told, market, message.received_at or datetime.now(UTC)), self.memory)

    def stream_draft(self, message: Message) -> Iterator[DraftPiece]:
        """Yield the draft for ``message`` as it is written, for an agent's eyes only; nothing is remembered.

        Pieces are a model's raw words until the last one, which has the checked text and its outcome: never more than a draft.
        Without a model that may write it is the only one. What :meth:`handle` raises is raised before the first piece.
        """
        told, market = in_market(message, self.settings)
        walk, memory = Walk(told, market, message.received_at or datetime.now(UTC)), self.memory
        try:
            decision = as_draft(self._decide(walk, memory))
            with walk.stage("write"):
                draft = yield from self.writing.stream(walk, decision)
            outcome = self._checked(walk, decision, draft)
        except (StageFailed, StoreError) as exc:
            outcome = self._faults(walk, memory, exc)
        yield DraftPiece(text=outcome.reply.text, checked=True, outcome=outcome)

    @overload
    def as_runnable(self, *, as_json: Literal[False] = False) -> AssistantRunnable[Outcome]: ...
    @overload
    def as_runnable(self, *, as_json: Literal[True]) -> AssistantRunnable[dict[str, Any]]: ...
    def as_runnable(self, *, as_json: bool = False) -> AssistantRunnable[Any]:
        """Return the assistant as a LangChain ``Runnable`` (extra ``langchain``); ``as_json`` for the contract's objects."""
        from cs_assist.interop.runnable import AssistantRunnable

        return AssistantRunnable(self, as_json=as_json)

    def may_send(self, outcome: Outcome) -> bool:
        """Tell, immediately before a text leaves, whether it still may: not once a person holds the conversation.

        Raises:
            StoreError: The store cannot be read, so that nobody can tell: send nothing, and ask again.
        """
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
        message, market = in_market(message, self.settings)
        bare = {"html": None, "history": (), "conversation_id": message.id, "customer": None, "edits": None}
        trial = open_memory(self.settings, MemoryStore(), self.encoder)
        for index, turn in enumerate(turns):
            at = turn.at or now + timedelta(minutes=index)
            if turn.role != "customer":
                trial.hear(message.id, turn, now=at)
                continue
            told = message.model_copy(update={**bare, "id": f"{message.id}-{index}", "text": turn.text})
            outcome = self._answer(Walk(told, market, at), trial)
            if outcome.conversation is not None:
                trial.watch(outcome.conversation, told, now=at)
            yield index, outcome

    def _answer(self, walk: Walk, memory: Memory) -> Outcome:
        """Walk the six stages once."""
        try:
            decision = self._decide(walk, memory)
            with walk.stage("write"):
                draft = self.writing.write(walk, decision)
            return self._checked(walk, decision, draft)
        except (StageFailed, StoreError) as exc:
            return self._faults(walk, memory, exc)

    def _decide(self, walk: Walk, memory: Memory) -> Decision:
        """Understand, remember, find, decide."""
        message, now = walk.message, walk.now
        with walk.stage("understand"):
            found = memory.find(message)
            known = found.state
            told = message.model_copy(update={"history": known.turns}) if known else message
            triage = self.reader(told, known_language=known.language if known else None)
            if self.second_reader is not None and not (known and known.holder in ("pending", "human")):
                triage = walk.opinion(*self.second_reader(told, triage))
                found = memory.find(message)  # a model takes seconds, in which a person may have taken the conversation
            walk.triage = triage
            earlier = [] if known else self.reader.read_many(earlier_messages(message))
        with walk.stage("remember"):
            walk.conversation = memory(message, triage, earlier=earlier, found=found, now=now)
        with walk.stage("find"):
            walk.message = message = with_order(message, triage, self._orders)
            if self.knowledge is not None and triage.text:
                walk.findings = self.knowledge(message, triage, on=now.date())
        with walk.stage("decide"):
            return decide(walk, self.policy, self.composer)

    def _checked(self, walk: Walk, decision: Decision, draft: Draft) -> Outcome:
        """Check, and pack what a person needs."""
        with walk.stage("check"):
            draft, checks, decision = self.writing.check(walk, draft, decision)
        with walk.stage("write"):
            packet = self.writing.packet(walk, decision, draft)
        return walk.outcome(decision, draft, checks=checks, handover=packet)
