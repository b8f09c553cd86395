"""What one reply is written for, and what its lines rest on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from babel import Locale

from cs_assist.markets.market import Market, day_in
from cs_assist.reply import formats
from cs_assist.reply.apology import Apology
from cs_assist.reply.phrases import Voice
from cs_assist.types import Conversation, Decision, Message, Triage

CHATS = frozenset({"live_chat", "social_dm", "whatsapp"})
LETTERS = frozenset({"email", "marketplace"})


@dataclass(frozen=True)
class Scene:
    """What one reply is written for.

    Args:
        evidence: What lines have stated so far, as they state it: the guard holds every number against it.
    """

    message: Message
    triage: Triage
    conversation: Conversation
    decision: Decision
    market: Market | None
    voice: Voice
    now: datetime
    apology: Apology
    evidence: list[str] = field(default_factory=list)

    @property
    def chat(self) -> bool:
        """Whether it is read in a chat window."""
        return self.message.channel in CHATS

    @property
    def letter(self) -> bool:
        """Whether it is a letter with closing and signature; a note of a telephone call is neither that nor a chat."""
        return self.message.channel in LETTERS

    @property
    def opening(self) -> bool:
        """Whether this is the first thing that the shop says in the conversation."""
        return not self.voice.used

    @property
    def today(self) -> date:
        """The day on which the policy judged what is overdue."""
        return day_in(self.market, self.now)

    @property
    def locale(self) -> Locale:
        """The customer's language as their market formats it."""
        return formats.locale_for(self.voice.bank.language, self.market.locale if self.market else None)

    @property
    def pleased(self) -> bool:
        """Whether nothing is wrong: the time for a wish or an extra."""
        order = self.message.order
        lost = order is not None and order.status in ("cancelled", "returned", "refunded", "held_at_customs")
        calm = not self.triage.dissatisfied and self.triage.emotion.value in ("neutral", "happy")
        return calm and not lost and self.apology.tier == "none"

    def state(self, fact: str) -> str:
        """Return ``fact``, noted as evidence."""
        self.evidence.append(fact)
        return fact
