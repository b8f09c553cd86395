"""The parts of an assistant, put together from the settings, and what two of them do together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cs_assist import __version__
from cs_assist.config import Settings
from cs_assist.conversation.history import Crm
from cs_assist.conversation.memory import Memory
from cs_assist.conversation.repetition import Repetition
from cs_assist.encoder.base import Encoder
from cs_assist.encoder.choose import open_encoder
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import IndexMissingError
from cs_assist.guard.countries import CountryNames
from cs_assist.guard.redaction import redact
from cs_assist.knowledge import search
from cs_assist.knowledge.searchlog import SearchLog
from cs_assist.policy.decide import Policy
from cs_assist.reply.compose import Composer
from cs_assist.store.base import Store
from cs_assist.triage import own_intents
from cs_assist.triage.heads import SHIPPED
from cs_assist.types import Decision, Message, Order, Triage
from cs_assist.walk import Walk

if TYPE_CHECKING:
    from cs_assist.knowledge.propose import Proposer
    from cs_assist.llm.door import LanguageModel
    from cs_assist.reply.agents import AgentHelp
    from cs_assist.reply.drafting import Drafter
    from cs_assist.triage.second_opinion import SecondReader

log = logging.getLogger(__name__)


class OrderLookup(Protocol):
    """A seller's own system that knows orders, asked once for a message that names a number and carries no order.

    It is asked while the customer waits. What it raises is a fault of the stage "find" and calls a person.
    """

    def find(self, number: str, message: Message) -> Order | None:
        """Return the order, or None where there is none that this customer may hear of.

        Whoever writes can name any number: compare the order's owner with ``message.customer`` before you return it.
        """
        ...


class Helpers(NamedTuple):
    """What works with a language model; none of them decides."""

    model: LanguageModel | None = None
    drafter: Drafter | None = None
    second_reader: SecondReader | None = None
    agent_help: AgentHelp | None = None


def with_order(message: Message, triage: Triage, orders: OrderLookup | None) -> Message:
    """Return the message with the order that it names; as it is where it carries one, names none, or none is found.

    Raises:
        TypeError: The lookup returned something else than an order.
    """
    numbers = dict.fromkeys(entity.value for entity in triage.entities if entity.type == "order_number")
    if orders is None or message.order is not None or len(numbers) != 1:
        return message  # of several orders nobody can tell which is meant
    order = orders.find(next(iter(numbers)), message)
    if order is None:
        return message
    if not isinstance(order, Order):
        raise TypeError("an order lookup must return an Order or None")
    return message.model_copy(update={"order": order})


def decide(walk: Walk, policy: Policy, composer: Composer) -> Decision:
    """Return the policy's decision with what may be offered: how much regret a matter calls for is the composer's to say."""
    (triage, conversation), message, market, now = walk.read(), walk.message, walk.market, walk.now
    decision = policy(message, triage, conversation, walk.findings, market=market, now=now)
    tier = composer.apology(message, triage, conversation, decision, market=market, now=now).tier
    return policy.with_offers(decision, message, triage, conversation, tier=tier, market=market, now=now)


def open_knowledge(
    settings: Settings, index: Path | None, encoder: Encoder | None, shipped: OnnxEncoder
) -> search.KnowledgeBase | None:
    """Return the knowledge base of a folder, by default the settings'; None where that default is not there.

    Raises:
        IndexMissingError: ``index`` was given and holds no index.
    """
    encoder = encoder or (open_encoder(settings) if settings.search_model else shipped)
    shown = redact if settings.search_log_text else None
    searches = SearchLog(settings.search_log, text=shown) if settings.search_log else None
    try:
        return search.open_knowledge(settings, index or settings.index_dir, encoder, log=searches, countries=CountryNames())
    except IndexMissingError:
        if index is not None:
            raise
        log.warning("no knowledge index in '%s': questions will be drafted for a person", settings.index_dir)
        return None


def open_memory(settings: Settings, store: Store | None, encoder: OnnxEncoder, *, crm: Crm | None = None) -> Memory:
    """Return the memory over a store, by default the settings' database.

    Raises:
        StoreError: The store cannot be opened.
    """
    if store is None:
        from cs_assist.store.sql import open_store

        store = open_store(settings)
    versions = {"library": __version__, "encoder": encoder.revision, "heads": _hash_of(SHIPPED)}
    if settings.intents_dir is not None:
        versions["own_intents"] = _hash_of(settings.intents_dir / own_intents.FILE)
    return Memory(store, settings, repetition=Repetition(encoder), crm=crm, versions=versions)


def index_in_use(knowledge: object) -> dict[str, str]:
    """Return the generation of the index that is searched, as events keep it among the versions; nothing without one."""
    return {"index": knowledge.index.generation} if isinstance(knowledge, search.KnowledgeBase) else {}


@cache
def _hash_of(path: Path) -> str:
    """Return what tells the weights in a file from others, for as long as the process uses those that it has read."""
    return f"sha256:{sha256(path.read_bytes()).hexdigest()[:12]}"


def open_model(settings: Settings, model: Any, composer: Composer, identify: Callable[[str], tuple[str, float]]) -> Helpers:
    """Return what works with a language model: the given one, or the settings'; nothing where there is neither.

    Raises:
        MissingExtraError: The extra that the model needs is not installed.
        SettingsError: The setting ``llm`` names no model.
        ModelError: (kind ``wrong_key``) No key is set.
        PromptError: A prompt of ``prompts_dir`` is wrong.
    """
    if model is None and not settings.llm:
        return Helpers()
    from cs_assist.guard.veil import Veil
    from cs_assist.llm.door import LanguageModel
    from cs_assist.reply.drafting import Drafter
    from cs_assist.triage.second_opinion import SecondReader

    door = model if isinstance(model, LanguageModel) else LanguageModel.from_settings(settings, model=model)
    if door is None:
        return Helpers()

    def veil(message: Message, language: str) -> Veil:
        return Veil(message, language=language)

    return Helpers(
        door,
        Drafter(door, composer, settings, identify=identify, veil=veil),
        SecondReader(door, settings, veil=veil),
        open_agent_help(door, identify) if settings.llm_summaries or settings.llm_translations else None,
    )


def open_agent_help(model: LanguageModel, identify: Callable[[str], tuple[str, float]]) -> AgentHelp:
    """Return translation, rewriting and summaries for agents, masked and verified by the guard."""
    from cs_assist.guard.parity import Parity
    from cs_assist.guard.privacy import Vault
    from cs_assist.reply.agents import AgentHelp

    return AgentHelp(model, vault=Vault, facts=Parity(), identify=identify)


def open_proposer(model: LanguageModel, identify: Callable[[str], tuple[str, float]]) -> Proposer:
    """Return what proposes articles, verified by the guard; customers' questions are masked."""
    from cs_assist.guard.parity import Parity
    from cs_assist.guard.privacy import mask
    from cs_assist.knowledge.propose import Proposer

    def masked(text: str, market: str | None, language: str | None) -> str:
        return mask(text, market, language).text

    return Proposer(model, facts=Parity(), identify=identify, mask=masked)
