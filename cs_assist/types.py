"""The records that pass between the stages. All are frozen: no stage edits an earlier result."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Record(BaseModel):
    """Base of all records: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Intent(StrEnum):
    """What the customer needs done first; the order is the taxonomy's."""

    PRODUCT_QUESTION = "product_question"
    SIZE_ADVICE = "size_advice"
    STOCK_AVAILABILITY = "stock_availability"
    PRICE_DISCOUNT = "price_discount"
    BULK_ORDER = "bulk_order"
    PLACE_ORDER = "place_order"
    ORDER_STATUS = "order_status"
    CHANGE_ORDER = "change_order"
    CHANGE_ADDRESS = "change_address"
    CANCEL_ORDER = "cancel_order"
    SHIPPING_TIME = "shipping_time"
    SHIPPING_COST = "shipping_cost"
    SHIPPING_COVERAGE = "shipping_coverage"
    CUSTOMS_DUTIES = "customs_duties"
    DELIVERY_DELAYED = "delivery_delayed"
    NOT_RECEIVED = "not_received"
    RETURN_POLICY = "return_policy"
    RETURN_REQUEST = "return_request"
    EXCHANGE_REQUEST = "exchange_request"
    REFUND_REQUEST = "refund_request"
    REFUND_STATUS = "refund_status"
    ITEM_DAMAGED = "item_damaged"
    ITEM_WRONG_OR_MISSING = "item_wrong_or_missing"
    NOT_AS_DESCRIBED = "not_as_described"
    PAYMENT_METHODS = "payment_methods"
    PAYMENT_FAILED = "payment_failed"
    BILLING_ISSUE = "billing_issue"
    INVOICE_REQUEST = "invoice_request"
    ACCOUNT_HELP = "account_help"
    DATA_PRIVACY = "data_privacy"
    USAGE_HELP = "usage_help"
    WARRANTY_REPAIR = "warranty_repair"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    HUMAN_REQUEST = "human_request"
    LEGAL_THREAT = "legal_threat"
    SAFETY_ISSUE = "safety_issue"
    GREETING = "greeting"
    SPAM = "spam"
    OUT_OF_SCOPE = "out_of_scope"


IntentGroup = Literal["presale", "order", "shipping", "returns", "payment", "account", "tech", "feedback", "escalation", "other"]
_GROUPS: tuple[tuple[IntentGroup, int], ...] = (
    ("presale", 5),
    ("order", 5),
    ("shipping", 6),
    ("returns", 8),
    ("payment", 4),
    ("account", 2),
    ("tech", 2),
    ("feedback", 2),
    ("escalation", 3),
    ("other", 3),
)
#: The taxonomy's group of each intent.
INTENT_GROUPS: dict[str, IntentGroup] = dict(
    zip([i.value for i in Intent], [name for name, size in _GROUPS for _ in range(size)], strict=True)
)


class Emotion(StrEnum):
    NEUTRAL = "neutral"
    HAPPY = "happy"
    CONFUSED = "confused"
    ANXIOUS = "anxious"
    DISAPPOINTED = "disappointed"
    FRUSTRATED = "frustrated"
    ANGRY = "angry"


class Urgency(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Action(StrEnum):
    """What is to be done with a message; the design page says what each one means."""

    REPLY = "reply"
    DRAFT = "draft"
    ASK = "ask"
    HANDOVER = "handover"
    IGNORE = "ignore"


Channel = Literal["live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"]
#: A marketplace or sales channel: own_shop, amazon, ebay, aliexpress, shopee, lazada, tiktok_shop, dhgate,
#: etsy, walmart, temu, mercado_libre, rakuten, or another's name; for an unknown one the strictest rules hold.
Platform = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
Role = Literal["customer", "bot", "agent", "system"]
Holder = Literal["bot", "pending", "human", "resolved", "closed"]
Tier = Literal["front_line", "team_lead", "supervisor"]
Priority = Literal["P1", "P2", "P3", "P4"]
Severity = Literal["block", "warn", "note"]
Probability = Annotated[float, Field(ge=0, le=1)]
Ranked = tuple[tuple[str, Probability], ...]


def without_surrogates(text: str) -> str:
    """Return ``text`` with each lone surrogate, which no encoder reads, as U+FFFD."""
    return text if text.isascii() else "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def _sane(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2999:
        raise ValueError("a moment between the years 1970 and 2999 was expected")
    return moment


Text = Annotated[str, AfterValidator(without_surrogates)]
Moment = Annotated[AwareDatetime, AfterValidator(_sane)]


class Turn(Record):
    """One earlier turn of a conversation.

    Callers give ``role`` and ``text``; the rest is what the assistant adds: for a customer's turn what it was
    read as, for the shop's the articles that it rests on. ``id`` is the message's, ``said_in`` the conversation
    where the case spans several channels. A deleted turn keeps its place without its text.
    """

    role: Role
    text: Text
    at: Moment | None = None
    emotion: Emotion | None = None
    id: Text | None = None
    channel: Channel | None = None
    said_in: Text | None = None
    intent: str | None = None
    dissatisfied: bool | None = None
    bare: bool = False
    orders: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    episode: int = 1
    deleted: bool = False


class OrderItem(Record):
    name: str
    quantity: Annotated[int, Field(ge=1)] = 1


class Order(Record):
    """What the shop knows of an order; a fact that is missing is asked for, never guessed."""

    number: str
    status: (
        Literal[
            "pending",
            "processing",
            "shipped",
            "out_for_delivery",
            "delivered",
            "cancelled",
            "returned",
            "refunded",
            "held_at_customs",
        ]
        | None
    ) = None
    carrier: str | None = None
    tracking: str | None = None
    placed_at: date | None = None
    promised_date: date | None = None
    destination: str | None = None
    items: tuple[OrderItem, ...] = ()
    total: Annotated[Decimal, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None


class Customer(Record):
    """Who writes, as far as the channel knows; only keyed hashes of it are stored (``tags`` are the seller's own marks)."""

    email: Text | None = None
    phone: Text | None = None
    marketplace_id: Text | None = None
    tags: tuple[str, ...] = ()


class Message(Record):
    """One message of a customer, with what the channel knows about it.

    Args:
        id: The channel's own id; the same id twice is the same message.
        text: Plain text; may be empty where ``html`` is given.
        html: The message's HTML part, read in place of ``text``.
        market: ISO 3166-1 alpha-2 code of the market that the customer buys in.
        language: A hint (the shop's locale), used only where the text is too short to tell.
        history: Earlier turns, oldest first, where the caller keeps them; otherwise the store's are used.
        conversation_id: Defaults to ``id``: a message of its own.
        received_at: When it came; the clock of every decision about it.
        customer: Who writes: joins what the same customer asks on several channels.
        author: Who wrote it. Webhooks also carry the shop's own messages: those are noted, never answered.
        edits: The id of the earlier message that this one replaces.
    """

    id: Text
    text: Text = ""
    html: Text | None = None
    market: str | None = None
    channel: Channel = "email"
    platform: Platform | None = None
    language: str | None = None
    name: str | None = None
    history: tuple[Turn, ...] = ()
    order: Order | None = None
    conversation_id: str | None = None
    received_at: Moment | None = None
    customer: Customer | None = None
    author: Role = "customer"
    edits: Text | None = None

    @property
    def conversation(self) -> str:
        """The id of the conversation that this message belongs to."""
        return self.conversation_id or self.id


class Entity(Record):
    """A value found in the message.

    ``start`` and ``end`` count characters of ``Message.text``, or, where HTML was read in its place, of
    the HTML's visible text.
    """

    type: str
    value: str
    start: int
    end: int


class Hit(Record):
    """A stated rule that fired, with its span as in :class:`Entity`."""

    signal: str
    language: str
    start: int
    end: int


class Triage(Record):
    """What one message is, read with what came before it.

    ``intent`` is one of :class:`Intent`, or the seller's own; ``intents`` ranks them all as the primary
    one, with probabilities that sum to 1. ``secondary`` holds what is asked besides, each with the
    probability that it is. Where ``unsure`` is set, the first two of ``intents`` are the candidates and
    neither should be acted on alone.
    """

    text: str
    language: str
    languages: Ranked
    intent: str
    intents: Ranked
    secondary: Ranked = ()
    unsure: bool = False
    emotion: Emotion
    emotions: Ranked
    intensity: Probability
    dissatisfied: bool
    p_dissatisfied: Probability
    urgency: Urgency
    priority: Priority
    bare: bool = False
    entities: tuple[Entity, ...] = ()
    hits: tuple[Hit, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def p_intent(self) -> float:
        """Probability of the primary intent."""
        return dict(self.intents)[self.intent]


class Note(Record):
    """Something of a customer's history that a person should know: ``count`` times, or in words of the shop's."""

    kind: Literal["contacts", "address_changes", "delivery_problems", "compensation", "vip", "language", "crm"]
    count: int = 0
    text: str = ""


class Conversation(Record):
    """The state of a conversation as one message finds it, that message counted in.

    ``strikes`` counts dissatisfied customer turns in a row within the episode. An episode ends when
    the conversation is resolved or closed, or after a stated silence; a new one starts without strikes.
    ``held`` says that a person has it, so that nothing may be sent. ``passed_over`` is set where a message asks for
    no answer of its own: ``echo`` (the shop's own words came back), ``own`` (an agent or a bot wrote it) or
    ``edited`` (what was answered was only reworded). ``asked`` counts how often the message's question was asked in
    the episode, this time included. ``joined`` points to the conversation whose case this one was found to be part
    of; its messages are counted there. ``same_as`` is the conversation on another channel in which the same was asked,
    ``answer_there`` what was answered. ``keys`` are hashes, as are the customers in ``clash``, who share some of them.
    """

    id: Text
    episode: int = 1
    holder: Holder = "bot"
    strikes: int = 0
    unanswered: int = 0
    customer_turns: int = 0
    language: str | None = None
    turns: tuple[Turn, ...] = ()
    duplicate: bool = False
    passed_over: Literal["", "echo", "own", "edited"] = ""
    updated_at: datetime | None = None
    version: int = 0
    held: bool = False
    asked: int = 1
    counted_from: datetime | None = None
    waiting_since: datetime | None = None
    promised_at: datetime | None = None
    market: str | None = None
    channel: Channel | None = None
    tier: Tier = "front_line"
    joined: str | None = None
    same_as: str | None = None
    answer_there: str = ""
    customer_id: str | None = None
    keys: tuple[str, ...] = ()
    clash: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def said(self) -> str:
        """All that the shop has already written, to keep replies from repeating themselves."""
        return "\n".join(turn.text for turn in self.turns if turn.role in ("bot", "agent"))


class Passage(Record):
    """A part of an article, found for a message.

    ``score`` ranks passages of one search; ``p_answers`` is the calibrated probability that the
    passage answers the message, comparable across searches with the same encoder. ``lead`` is the
    article's opening paragraph where the passage is another part of it; no ``markets`` means all.
    ``answer`` is where in ``text`` the reader sees the words that answer, in characters; None where it was not read.
    """

    doc_id: str
    chunk: int
    title: str
    text: str
    score: float
    p_answers: Probability
    language: str
    url: str | None = None
    category: str
    approved: bool = False
    markets: tuple[str, ...] = ()
    lead: str = ""
    answer: tuple[int, int] | None = None


class Findings(Record):
    """What the search found: passages, best first, and whether the best one answers.

    ``uncalibrated`` says why all probabilities are 0 where nothing turns scores into probabilities.
    """

    passages: tuple[Passage, ...] = ()
    p_answerable: Probability = 0.0
    answerable: bool = False
    uncalibrated: str = ""


class Decision(Record):
    """What may be done, by whom, by when, and why."""

    action: Action
    reason: str
    reasons: tuple[str, ...] = ()
    priority: Priority
    queue: str
    due_at: AwareDatetime
    send_at: AwareDatetime | None = None
    passage: Passage | None = None
    ask: str | None = None
    answer_within: timedelta
    tier: Tier = "front_line"
    skill: str = "after_sales"
    nobody_speaks: bool = False


class Draft(Record):
    """A text for the customer and what it rests on."""

    text: str
    language: str
    citations: tuple[str, ...] = ()
    source: Literal["curated", "composed", "notice", "none"]
    evidence: tuple[str, ...] = ()


class Finding(Record):
    """Something a check has against a text; ``start`` and ``end`` count characters of that text.

    ``suggestion`` says in English what to write or do instead.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    message: str
    suggestion: str = ""


class Handover(Record):
    """Everything that a person needs to take over a conversation."""

    reason: str
    priority: Priority
    queue: str
    due_at: AwareDatetime
    summary: str
    timeline: tuple[Turn, ...]
    emotions: tuple[str, ...]
    entities: tuple[Entity, ...]
    order: Order | None
    tried: tuple[str, ...]
    suggested_reply: str
    source_text: str | None = None
    customer_language: str
    market: str | None
    tier: Tier = "front_line"
    skill: str = "after_sales"
    agent_language: str = "en"
    customer_summary: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    compensation: tuple[str, ...] = ()
    meanwhile: tuple[str, ...] = ()


class Fault(Record):
    """A stage that failed, and how."""

    stage: str
    error: str


class Outcome(Record):
    """The answer to one message, with every stage's result: "why?" needs no second run."""

    message_id: str
    action: Action
    triage: Triage | None
    conversation: Conversation | None
    findings: Findings
    decision: Decision
    reply: Draft
    checks: tuple[Finding, ...] = ()
    handover: Handover | None = None
    fault: Fault | None = None


#: Languages that work without a network; ``es-419`` and ``pt-BR`` are styles of ``es`` and ``pt``.
LANGUAGES: tuple[str, ...] = (
    "ar", "de", "en", "es", "es-419", "fr", "hi", "hi-Latn", "id", "it", "ja", "ko", "ms", "nl", "pl",
    "pt", "pt-BR", "ru", "sv", "th", "tr", "vi", "zh-Hans", "zh-Hant",
)  # fmt: skip


def same_language(left: str, right: str) -> bool:
    """Tell whether a reader of one tag reads the other: regional styles yes, other scripts no.

    Example:
        >>> same_language("es-419", "es"), same_language("zh-Hant", "zh-Hans")
        (True, False)
    """
    scripts = ("Hans", "Hant", "Latn")
    one, two = left.split("-"), right.split("-")
    return one[0] == two[0] and [p for p in one if p in scripts] == [p for p in two if p in scripts]
