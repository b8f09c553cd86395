"""Five tools for agents, told once: :mod:`~cs_assist.interop.runnable` gives them to LangChain, ``mcp`` to MCP clients.

An agent is another's program with a language model in it, so that nothing here is sent to a customer, nothing that a model
says of an order is taken for a fact, and what comes back is masked unless the developer wants it in clear.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar, get_args
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cs_assist.assistant import Assistant
from cs_assist.cli.lines import explain
from cs_assist.cli.records import Json, findings_object, triage_object
from cs_assist.errors import CsAssistError, MessageError, UnknownConversationError, UnknownMarketError
from cs_assist.guard.check import verdict
from cs_assist.guard.context import Context
from cs_assist.guard.privacy import Kind, Vault
from cs_assist.knowledge.search import KnowledgeBase
from cs_assist.markets.market import find_market
from cs_assist.types import (
    Action,
    Channel,
    Decision,
    Draft,
    Entity,
    Finding,
    Message,
    Outcome,
    Platform,
    Turn,
    without_surrogates,
)
from cs_assist.walk import Walk

#: A handover that an agent asked for has this reason.
REASON = "agent_request"
LONGEST = 20_000  # characters of one text
_ATTEMPTS = 5  # at saving a conversation that other workers write too
_RANKED = 5  # candidates that are told of each ranking
_VAULTS = 1024  # conversations whose placeholders are kept; the one that was quiet longest goes first
_PRIVATE = frozenset(get_args(Kind))


def _market(code: str) -> str:
    try:
        find_market(code)
    except UnknownMarketError as exc:
        raise ValueError(exc.message) from exc
    return code.strip().upper()


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    return text


_Clean = Annotated[str, Field(max_length=LONGEST), AfterValidator(without_surrogates)]
_Words = Annotated[_Clean, AfterValidator(_said)]
_Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(without_surrogates)]
_Market = Annotated[str, AfterValidator(_market)]
_Arguments = TypeVar("_Arguments", bound="Arguments")


class Arguments(BaseModel):
    """What every tool may be told; an unknown argument is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    market: _Market | None = Field(default=None, description="ISO 3166-1 alpha-2 code of the country that the customer buys in")
    platform: Platform | None = Field(default=None, description="where they bought: own_shop, amazon, ebay, shopee, ...")

    def given(self, *names: str) -> dict[str, Any]:
        """Return the named arguments that have a value."""
        return {name: value for name in ("market", "platform", *names) if (value := getattr(self, name)) is not None}


class Said(BaseModel):
    """One earlier turn of a conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["customer", "bot", "agent"]
    text: _Clean


class _Customers(Arguments):
    """A customer's message and where it came from."""

    text: _Words = Field(description="the customer's message, word for word and untranslated")
    channel: Channel | None = Field(default=None, description="where the customer writes; email where it is left out")
    language: str | None = Field(default=None, max_length=35, description="BCP 47 tag; only a hint for very short messages")
    history: tuple[Said, ...] = Field(default=(), max_length=40, description="earlier turns, oldest first")


class TriageArguments(_Customers):
    """Of ``triage``."""


class SearchArguments(Arguments):
    """Of ``search_knowledge``."""

    text: _Words = Field(description="the question, in the customer's own words and language")
    on: date | None = Field(default=None, description="ISO date on which an article must be in force; today where left out")
    k: int = Field(default=5, ge=1, le=20, description="how many passages at most")


class DraftArguments(_Customers):
    """Of ``draft_reply``."""

    name: str | None = Field(default=None, max_length=100, description="how the customer is called")
    conversation_id: _Id | None = Field(default=None, description="the helpdesk's id of the conversation, where there is one")


class CheckArguments(Arguments):
    """Of ``check_reply``."""

    text: _Words = Field(description="the reply, exactly as the customer would read it")
    channel: Channel | None = Field(default=None, description="where the customer reads it; email where it is left out")
    language: str | None = Field(default=None, max_length=35, description="BCP 47 tag that the reply should be in")
    customer_text: _Clean = Field(default="", description="the message that is answered: the reply must be in its language")
    articles: tuple[_Id, ...] = Field(default=(), max_length=20, description="doc_id of each article that the reply rests on")
    evidence: tuple[_Clean, ...] = Field(
        default=(), max_length=20, description="facts from the shop's own systems, word for word; never the reply's own claims"
    )
    conversation_id: _Id | None = Field(default=None, description="whose placeholders, such as [NAME_1], the reply uses")


class HandOverArguments(Arguments):
    """Of ``hand_over``."""

    conversation_id: _Id = Field(description="the helpdesk's id of the conversation")
    why: Annotated[_Words, Field(max_length=500)] = Field(description="one sentence for the person who takes over: why")
    text: _Clean = Field(default="", description="the customer's latest message, where cs_assist has not handled it yet")
    message_id: _Id | None = Field(default=None, description="the channel's id of that message")
    channel: Channel | None = Field(default=None, description="where the customer writes; email where it is left out")
    language: str | None = Field(default=None, max_length=35, description="BCP 47 tag; only a hint for very short messages")


@dataclass(frozen=True)
class Definition:
    """One tool: what a model reads of it, and what it may be called with.

    Args:
        name: As it is called.
        title: For people.
        description: For the model: what it does, when to call it, what it never does.
        arguments: Checks the arguments; its JSON schema is the tool's.
        writes: Whether the store is changed.
    """

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    writes: bool = False


DEFINITIONS = (
    Definition(
        "triage",
        "Read a message",
        "Tell what a customer's message is: language, intent, emotion, dissatisfaction, urgency, order numbers and other "
        "entities, each with its probability. Remembers nothing.",
        TriageArguments,
    ),
    Definition(
        "search_knowledge",
        "Search the shop's articles",
        "Find passages of the shop's own articles that answer a question, in any language. Rely on a passage only where "
        "'answerable' is true; where it is false the shop has no answer, so hand over instead of answering from memory.",
        SearchArguments,
    ),
    Definition(
        "draft_reply",
        "Draft a reply",
        "Write the reply that the shop may give to a customer's message, checked, in the customer's language, and say what may "
        "be done with it (action: reply, draft, ask, handover or ignore). It is NOT sent and nothing is remembered; for "
        "'draft' and 'handover' a person must decide. It knows nothing of orders unless the articles tell it.",
        DraftArguments,
    ),
    Definition(
        "check_reply",
        "Check a reply",
        "Check a reply, whoever wrote it, before a customer reads it: platform rules, promises, facts without evidence, "
        "sensitive topics, personal data, language. Every figure must be in 'articles' or 'evidence'. Never send a text whose "
        "verdict is 'block'.",
        CheckArguments,
    ),
    Definition(
        "hand_over",
        "Hand over to a person",
        "Give a conversation to a person and stop answering it. Returns the packet for the person, and 'notice': what the "
        "customer may be told. Call it when the customer asks for a person, is angry again, or in doubt. Sends nothing.",
        HandOverArguments,
        writes=True,
    ),
)


@dataclass(frozen=True)
class Answer:
    """What a tool gives: ``shown`` for the model, ``clear`` with personal data for your own program. Both are JSON."""

    shown: Json
    clear: Json


class AgentTools:
    """The five tools of one assistant. Calls from several threads are safe and do not mix.

    Args:
        assistant: Does the work.
        masked: Show the model placeholders such as ``[NAME_1]`` in place of personal data. One conversation's value keeps
            its placeholder; what the model writes with placeholders is read with the values. The values of the last
            thousand conversations are kept in this process's memory.
        conversation_id: The only conversation that may be named. Give it where the agent itself reads what a customer
            writes: a planted instruction could have it name another customer's.

    Example:
        >>> from cs_assist import Assistant, MemoryStore
        >>> tools = AgentTools(Assistant(store=MemoryStore()))
        >>> tools.call("triage", {"text": "Wo ist mein Paket?", "market": "DE"}).shown["intent"]
        'order_status'
    """

    def __init__(self, assistant: Assistant, *, masked: bool = True, conversation_id: str | None = None) -> None:
        self.assistant = assistant
        self.masked = masked
        self._only = conversation_id
        self._vaults: OrderedDict[str, Vault] = OrderedDict()
        self._lock = threading.Lock()

    def call(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """Call a tool.

        Raises:
            MessageError: There is no such tool, or an argument is missing, unknown or wrong; the argument is named.
            CsAssistError: What the library itself raises, such as a StoreError.
        """
        calls: dict[str, Callable[[Any], Answer]] = {
            "triage": self._triage,
            "search_knowledge": self._search,
            "draft_reply": self._draft,
            "check_reply": self._check,
            "hand_over": self._hand_over,
        }
        definition = next((one for one in DEFINITIONS if one.name == name), None)
        if definition is None:
            raise MessageError(f"there is no tool '{name[:60]}'.", hint=f"There are {', '.join(calls)}.")
        try:
            checked = definition.arguments.model_validate(dict(arguments))
        except ValidationError as exc:
            raise explain(exc) from exc
        named = getattr(checked, "conversation_id", None)
        if self._only is not None and named not in (None, self._only):
            raise MessageError(f"key 'conversation_id' is '{named[:60]}'; only '{self._only}' may be named here.")
        return calls[name](checked)

    def mask(self, text: str, conversation_id: str, *, market: str | None = None) -> str:
        """Return ``text`` as a model may read it, with the placeholders of the conversation."""
        return self._mask(text, conversation_id, market=market)

    def restore(self, text: str, conversation_id: str) -> str:
        """Return ``text`` with the values of the conversation's placeholders; unknown ones stay."""
        with self._lock:
            vault = self._vaults.get(conversation_id)
            return vault.restore(text) if vault else text

    # --- the five

    def _triage(self, arguments: TriageArguments) -> Answer:
        message = _message(arguments, "language", "channel", text=arguments.text, history=_turns(arguments.history))
        found = triage_object(self.assistant.triage([message])[0])
        found |= {key: found[key][:_RANKED] for key in ("languages", "intents", "emotions")}  # a model pays for every word
        return self._answer(found, None, arguments.market)

    def _search(self, arguments: SearchArguments) -> Answer:
        message = _message(arguments, text=arguments.text)
        triage = self.assistant.triage([message])[0]
        found = findings_object(self._knowledge()(message, triage, on=arguments.on or _today(), k=arguments.k))
        return Answer(found, found)  # the shop's own articles

    def _draft(self, arguments: DraftArguments) -> Answer:
        here = arguments.conversation_id
        message = _message(
            arguments, "language", "channel", "name", "conversation_id",
            text=self._restored(arguments.text, here), history=_turns(arguments.history),
        )  # fmt: skip
        outcome = self.assistant.preview(message)
        draft, packet = outcome.reply, outcome.handover
        told = {
            "sent": False,
            "action": outcome.action.value,
            "reasons": [outcome.decision.reason, *outcome.decision.reasons],
            "reply": draft.model_dump(mode="json", include={"text", "language", "citations", "source"}),
            "suggested_reply": packet.suggested_reply if packet else "",
            "findings": _findings(outcome.checks, draft.text),
            "due_at": outcome.decision.due_at.isoformat(),
        }
        return self._answer(told, here, arguments.market)

    def _check(self, arguments: CheckArguments) -> Answer:
        guard, here = self.assistant.guard, arguments.conversation_id
        text, customer = self._restored(arguments.text, here), self._restored(arguments.customer_text, here)
        context = Context(
            language=arguments.language or guard.language_for(text, customer), market=arguments.market,
            platform=arguments.platform, channel=arguments.channel or "email", customer_text=customer, on=_today(),
            evidence=(*(self._restored(one, here) for one in arguments.evidence), *self._articles(arguments.articles)),
            allowed=guard.switched_off,
        )  # fmt: skip
        found = guard.check(text, context)
        return self._answer({"verdict": verdict(found), "findings": _findings(found, text)}, here, arguments.market)

    def _hand_over(self, arguments: HandOverArguments) -> Answer:
        here, now = arguments.conversation_id, datetime.now(UTC)
        why = self._restored(arguments.why, here)
        message = self._handed(arguments)
        for _ in range(_ATTEMPTS):
            outcome, event = _forced(self.assistant, message, why, now)
            state = outcome.conversation
            if state is None:
                raise CsAssistError(
                    f"the conversation could not be read: {outcome.fault}; nothing was recorded.", hint="Try again."
                )
            if self.assistant.memory.commit(state, outcome, event, now=now):
                break
        else:
            raise CsAssistError(f"conversation '{here}' is being written by too many workers.", hint="Try again.")
        after = self.assistant.memory.known(event)
        told = {
            "holder": after.holder if after else "pending",
            "notice": _notice(self.assistant, message, outcome, now),
            "packet": outcome.handover.model_dump(
                mode="json", exclude={"timeline": {"__all__": set(Turn.model_fields) - {"role", "text", "at", "channel"}}}
            )
            if outcome.handover
            else None,
        }
        return self._answer(told, here, message.market)

    # --- their parts

    def _handed(self, arguments: HandOverArguments) -> Message:
        """Return the message with which a conversation is handed over: the given one, else the customer's last.

        Raises:
            UnknownConversationError: None was given, and the store has none.
        """
        here = arguments.conversation_id
        if arguments.text.strip():
            more = {"id": arguments.message_id} if arguments.message_id else {}
            text = self._restored(arguments.text, here)
            return _message(arguments, "language", "channel", "conversation_id", text=text, **more)
        state = self.assistant.memory.known(Message(id=here))
        last = next((t for t in reversed(state.turns) if t.role == "customer" and not t.deleted), None) if state else None
        if state is None or last is None:
            raise UnknownConversationError(
                f"key 'conversation_id': the store has no message of conversation '{here}'.",
                hint="Give the customer's message as 'text', or correct the id.",
            )
        known = {"market": state.market, "channel": last.channel or state.channel}
        place = {**{key: value for key, value in known.items() if value}, **arguments.given("channel")}
        return Message(id=last.id or here, text=last.text, conversation_id=last.said_in or state.id, **place)

    def _knowledge(self) -> KnowledgeBase:
        if self.assistant.knowledge is None:
            raise CsAssistError(
                "there is no knowledge index, so that nothing can be searched.",
                hint="Build one with `cs-assist kb build`, and set `index_dir`.",
            )
        return self.assistant.knowledge

    def _articles(self, names: tuple[str, ...]) -> list[str]:
        """Return the texts of the articles with these ids.

        Raises:
            MessageError: The index has no such article.
        """
        if not names:
            return []
        texts: dict[str, list[str]] = {name: [] for name in names}
        for passage in self._knowledge().index.passages:
            if passage.doc_id in texts:
                texts[passage.doc_id].append(f"{passage.title}\n{passage.text}")
        for name, found in texts.items():
            if not found:
                raise MessageError(
                    f"key 'articles': the index has no article '{name}'.", hint="Take 'doc_id' from search_knowledge."
                )
        return [text for found in texts.values() for text in found]

    def _restored(self, text: str, conversation_id: str | None) -> str:
        return self.restore(text, conversation_id) if conversation_id else text

    def _answer(self, told: Json, conversation_id: str | None, market: str | None) -> Answer:
        if not self.masked:
            return Answer(told, told)
        vault = Vault()  # of a single call, where no conversation is named: nobody else's values may come back
        return Answer(_walk(told, lambda text: self._mask(text, conversation_id, market=market, vault=vault)), told)

    def _mask(self, text: str, conversation_id: str | None, *, market: str | None, vault: Vault | None = None) -> str:
        with self._lock:
            if conversation_id is not None:
                vault = self._vaults.setdefault(conversation_id, Vault())
                self._vaults.move_to_end(conversation_id)
                if len(self._vaults) > _VAULTS:
                    self._vaults.popitem(last=False)
            return (vault or Vault()).mask(text, market=market).text


def explained(exc: CsAssistError) -> str:
    """Return an error as an agent's model reads it: what is wrong, and what to do."""
    return f"{exc.message} {exc.hint}".strip()


def _message(arguments: Arguments, *names: str, **more: Any) -> Message:
    """Return the message that some arguments describe; one without an id gets a new one.

    Raises:
        MessageError: A field is wrong; it is named.
    """
    try:
        return Message.model_validate({"id": uuid4().hex, **arguments.given(*names), **more})
    except ValidationError as exc:
        raise explain(exc) from exc


def _turns(history: Iterable[Said]) -> tuple[Turn, ...]:
    return tuple(Turn(role=turn.role, text=turn.text) for turn in history)


def _findings(found: Iterable[Finding], text: str) -> list[Json]:
    """Return what a check found; the words themselves stand for their places, which models count badly."""
    return [
        {"rule": f.rule, "severity": f.severity, "quote": text[f.start : f.end], "message": f.message, "suggestion": f.suggestion}
        for f in found
    ]


def _forced(assistant: Assistant, message: Message, why: str, now: datetime) -> tuple[Outcome, Message]:
    """Return the outcome of a message with the handover that an agent asks for, and the message to record it with.

    A message that the store knows is not counted again: the handover is then recorded as a happening of its own.
    """
    outcome = assistant.preview(message.model_copy(update={"received_at": now}))
    state, triage, decision = outcome.conversation, outcome.triage, outcome.decision
    if state is None or triage is None:
        return outcome, message
    event, seen = message, state.duplicate
    if seen:
        event = Message(id=f"hand-over-{uuid4().hex}", conversation_id=state.id, author="agent", channel=message.channel)
        event = event.model_copy(update={"text": why, "market": message.market})
    state = state.model_copy(update={"duplicate": False, "passed_over": ""})
    update: dict[str, Any] = {"reasons": (*(() if seen else decision.reasons), f"an agent handed over: {why}")}
    if decision.action is not Action.HANDOVER:
        update |= {"action": Action.HANDOVER, "reason": REASON, "ask": None, "send_at": None}
    decision = decision.model_copy(update=update)
    suggested = outcome.handover.suggested_reply if outcome.handover else ""
    if outcome.action is Action.REPLY:
        suggested = outcome.reply.text
    walk = Walk(message, find_market(message.market) if message.market else None, now, triage, state, outcome.findings)
    packet = assistant.writing.packing(walk, decision, suggested=suggested)
    nothing = Draft(text="", language=triage.language, source="none")  # whoever calls us sends, or does not
    told = {"action": Action.HANDOVER, "conversation": state, "decision": decision, "reply": nothing, "handover": packet}
    return outcome.model_copy(update={**told, "checks": ()}), event


def _notice(assistant: Assistant, message: Message, outcome: Outcome, now: datetime) -> str:
    """Return what the customer may be told of the handover; empty where no text passes the checks."""
    triage, state = outcome.triage, outcome.conversation
    decision: Decision = outcome.decision.model_copy(update={"passage": None})
    if triage is None or state is None:
        return ""
    market = find_market(message.market) if message.market else None
    draft = assistant.composer(message, triage, state, decision, market=market, now=now)
    found = assistant.guard(draft, message, on=now.date(), task_created=True)
    return "" if verdict(found) == "block" else draft.text


def _walk(value: Any, mask: Callable[[str], str], key: str = "") -> Any:
    """Return a JSON value with its texts masked; codes, times and numbers stay."""
    if isinstance(value, dict):
        if value.keys() == Entity.model_fields.keys():
            return {**value, "value": _hidden(value["type"], value["value"], mask)}
        return {name: _walk(item, mask, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(item, mask, key) for item in value]
    return mask(value) if isinstance(value, str) and key not in _CODES else value


def _hidden(kind: str, value: str, mask: Callable[[str], str]) -> str:
    """Return an entity's value, masked by its type where it cannot be told from the value alone."""
    masked = mask(value)
    return f"[{kind.upper()}]" if masked == value and kind in _PRIVATE else masked


#: Keys whose values are names of ours or moments, never somebody's words.
_CODES = frozenset(
    {
        "action", "agent_language", "at", "channel", "citations", "customer_language", "due_at", "emotion", "emotions", "flags",
        "holder", "intent", "intents", "language", "languages", "market", "priority", "queue", "reason", "role", "rule",
        "secondary", "severity", "signal", "skill", "source", "tier", "tried", "type", "urgency", "verdict",
    }
)  # fmt: skip


def _today() -> date:
    return datetime.now(UTC).date()
