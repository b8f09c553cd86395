"""Pack: what a person gets, put together from what the stages have found, without what nobody needs to read.

The words of the whole episode are read again for what they name; card numbers, passwords, numbers of identity and dates
of birth are hidden; a language model, where there is one, translates and sums up.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from cs_assist.config import Settings
from cs_assist.conversation.digest import episode_of, newest_first
from cs_assist.conversation.packet import Titles, make_packet
from cs_assist.guard.privacy import find_private
from cs_assist.reply.compose import Composer
from cs_assist.triage.entities import find_entities
from cs_assist.types import Action, Conversation, Decision, Entity, Handover, ModelUse, Triage, Turn
from cs_assist.walk import Walk

if TYPE_CHECKING:
    from cs_assist.reply.agents import AgentHelp

#: What an agent never needs to read; whoever must, has the customer's own message.
_HIDDEN = frozenset({"card", "password", "national_id", "date_of_birth"})
_READ = 20  # earlier turns of the customer's that are read again


class Packing:
    """Packs what a person gets.

    Args:
        composer: Has the names of matters in the customer's and the agents' language.
        settings: Gives the language of packets, the seller's order numbers, and what a model may do.
        agent_help: Translates and sums up with a model, where there is one.
    """

    def __init__(self, composer: Composer, settings: Settings, agent_help: AgentHelp | None = None) -> None:
        self._composer, self._settings, self._agent_help = composer, settings, agent_help
        self._order_patterns = tuple(re.compile(pattern) for pattern in settings.order_patterns)

    def __call__(self, walk: Walk, decision: Decision, *, suggested: str, notice: str = "") -> Handover:
        """Return the packet of a message that was read, from what is known of it so far.

        Args:
            walk: The message on its way.
            decision: Why a person gets it, and by when.
            suggested: A text for the customer.
            notice: What the customer is told now.
        """
        (triage, conversation), market = walk.read(), walk.market
        code = walk.message.market
        conversation = conversation.model_copy(update={"turns": tuple(_shown(turn, code) for turn in conversation.turns)})
        triage = triage.model_copy(update={"text": _without_secrets(triage.text, code, triage.language)})
        entities = self._named(triage, conversation, code)
        recap, matters = self._composer.titles(triage.language, market)
        titles = Titles(
            recap.matter, recap.orders, recap.words, matters, self._composer.titles(self._settings.agent_language, None)[1]
        )
        return make_packet(
            walk.message, triage, conversation, decision, walk.findings, suggested=suggested, notice=notice,
            language=self._settings.agent_language, zone=market.timezone if market else "UTC", entities=entities, titles=titles,
        )  # fmt: skip

    def with_model(self, walk: Walk, decision: Decision, packet: Handover) -> Handover:
        """Return the packet with what a language model adds to it, as far as the settings want that."""
        helper, told = self._agent_help, walk.message.conversation
        handed = decision.action is Action.HANDOVER
        if helper is None:
            return packet
        if handed and self._settings.llm_summaries:
            summed = helper.summarise(packet, conversation=told)
            walk.used(ModelUse(calls=1, usage=summed.usage))
            packet = summed.packet
        if (handed or decision.nobody_speaks) and self._settings.llm_translations:
            translated = helper.translate_packet(packet, conversation=told)
            if translated.calls:
                walk.used(ModelUse(calls=translated.calls, usage=translated.usage))
            packet = translated.packet
        return packet

    def _named(self, triage: Triage, conversation: Conversation, market: str | None) -> tuple[Entity, ...]:
        """Return what the customer named in the episode, the message's own values first; nothing that is hidden."""
        own = [entity for entity in triage.entities if entity.value in triage.text]
        told = (t for t in reversed(episode_of(conversation)) if t.role == "customer" and not t.deleted)
        earlier = [turn.text for turn in islice(told, _READ) if turn.text != triage.text]
        language = triage.language
        found = [find_entities(t, market=market, language=language, order_patterns=self._order_patterns) for t in earlier]
        return newest_first([own, *found])


def _shown(turn: Turn, market: str | None) -> Turn:
    """Return a turn as an agent reads it."""
    shown = _without_secrets(turn.text, market, None) if turn.role == "customer" else turn.text
    return turn if shown == turn.text else turn.model_copy(update={"text": shown})


def _without_secrets(text: str, market: str | None, language: str | None) -> str:
    """Return a text with the names of secrets in the place of their values."""
    pieces, at = [], 0
    for span in find_private(text, market=market, language=language):
        if span.type in _HIDDEN:
            pieces += [text[at : span.start], f"[{span.type.upper()}]"]
            at = span.end
    return "".join([*pieces, text[at:]])
