"""The records that pass between the stages. All are frozen: no stage edits an earlier result."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from cs_assist.labels import INTENT_GROUPS as INTENT_GROUPS
from cs_assist.labels import LANGUAGES as LANGUAGES
from cs_assist.labels import Action as Action
from cs_assist.labels import Emotion as Emotion
from cs_assist.labels import Intent as Intent
from cs_assist.labels import IntentGroup as IntentGroup
from cs_assist.labels import Urgency as Urgency
from cs_assist.labels import canonical_tag as canonical_tag
from cs_assist.labels import same_language as same_language
from cs_assist.plain import day_as_written, letters_and_digits, on_one_line, or_none
from cs_assist.plain import without_surrogates as without_surrogates


class Record(BaseModel):
    """Base of all records: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Channel = Literal["live_chat", "social_dm", "email", "marketplace", "whatsapp", "phone_note"]
#: A marketplace or sales channel: own_shop, amazon, ebay, aliexpress, shopee, lazada, tiktok_shop, dhgate,
#: etsy, walmart, temu, mercado_libre, rakuten, or another's name; for an unknown one the strictest rules hold.
Platform = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
Role = Literal["customer", "bot", "agent", "system"]
Holder = Literal["bot", "pending", "human", "resolved", "closed"]
#: Why a message asks for no answer of its own; :class:`Conversation` says what each means.
PassedOver = Literal["", "echo", "own", "edited", "replaced", "withdrawn"]
Tier = Literal["front_line", "team_lead", "supervisor"]
Priority = Literal["P1", "P2", "P3", "P4"]
Severity = Literal["block", "warn", "note"]
#: How much regret a matter calls for.
ApologyTier = Literal["none", "slight", "formal", "grave"]
OfferKind = Literal["coupon", "refund", "partial_refund", "replacement", "gift", "written_apology"]
Probability = Annotated[float, Field(ge=0, le=1)]
Ranked = tuple[tuple[str, Probability], ...]


def _sane(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 2999:
        raise ValueError("a moment between the years 1970 and 2999 was expected")
    return moment


Text = Annotated[str, AfterValidator(without_surrogates)]
Name = Annotated[Text, Field(pattern=r"\S")]
Moment = Annotated[AwareDatetime, AfterValidator(_sane)]


class Turn(Record):
    """One earlier turn of a conversation.

    Callers give ``role`` and ``text``; the rest is what the assistant adds: for a customer's turn what it was
    read as, for the shop's the articles that it rests on. ``id`` is the message's, ``said_in`` the conversation
    where the case spans several channels. A deleted turn keeps its place without its text. ``edits`` names the edits that
    it went through, the one whose words it has last; ``edited_at`` is when that was made.
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
    edits: tuple[Text, ...] = ()
    edited_at: Moment | None = None


Brief = Annotated[str, BeforeValidator(on_one_line), Field(max_length=100)]
Long = Annotated[str, BeforeValidator(on_one_line), Field(max_length=500)]
Day = Annotated[date | None, BeforeValidator(day_as_written)]
#: Days until which an order may be promised, and a total, beyond which a fact is a slip.
_FARTHEST = 730
_GREATEST = Decimal(10) ** 12


class OrderItem(Record):
    name: Long
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1


class Order(Record):
    """What the shop knows of an order; a fact that is missing is asked for, never guessed.

    What can be no value at all (a negative total, no piece of an item, a text far too long) is refused here; what only
    cannot be true (see :meth:`doubts`) is not, because the customer's message must not be lost for it.
    """

    number: Brief
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
    carrier: Annotated[Brief | None, BeforeValidator(or_none)] = None
    tracking: Annotated[Brief | None, BeforeValidator(or_none)] = None
    placed_at: Day = None
    promised_date: Day = None
    destination: Annotated[Long | None, BeforeValidator(or_none)] = None
    items: tuple[OrderItem, ...] = ()
    total: Annotated[Decimal, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None

    @property
    def under_way(self) -> bool:
        """Whether it is still to be delivered."""
        return self.status in ("pending", "processing", "shipped", "out_for_delivery", "held_at_customs")

    def is_called(self, number: str) -> bool:
        """Tell whether a number that a customer gives is this order's, or its parcel's, however it is written.

        Example:
            >>> Order(number="#1001").is_called("1001"), Order(number="PL-2611-40077").is_called("PL-9999-11111")
            (True, False)
        """
        given = letters_and_digits(number)
        names = [letters_and_digits(name) for name in (self.number, self.tracking or "") if name]
        return any(given and (name.endswith(given) or given.endswith(name)) for name in names if name)

    def overdue(self, today: date) -> bool:
        """Tell whether it should have been delivered before ``today`` and was not."""
        return self.under_way and self.promised_date is not None and self.promised_date < today

    def doubts(self, today: date) -> tuple[str, ...]:
        """Return what cannot be true of the facts: they are for a person to look at, not for a customer to read.

        Example:
            >>> Order(number="1", placed_at=date(2026, 9, 3), promised_date=date(2026, 9, 1)).doubts(date(2026, 9, 4))
            ('promised for 2026-09-01, before it was placed',)
        """
        tomorrow = today + timedelta(days=1)  # the shop's clock may be ahead of UTC
        found = [] if self.number else ["it has no number"]
        if self.placed_at and self.placed_at > tomorrow:
            found.append(f"placed on {self.placed_at}, which is in the future")
        if self.placed_at and self.promised_date and self.promised_date < self.placed_at:
            found.append(f"promised for {self.promised_date}, before it was placed")
        if self.total is not None and self.currency is None:
            found.append("a total without a currency")
        if self.promised_date and (self.promised_date - today).days > _FARTHEST:
            found.append(f"promised for {self.promised_date}, years from now")
        if self.total is not None and self.total >= _GREATEST:
            found.append(f"a total of {self.total:.3g}")
        return tuple(found)


class Customer(Record):
    """Who writes, as far as the channel knows; only keyed hashes of it are stored (``tags`` are the seller's own marks).

    ``verified``: the caller has made sure that it is who they say, by a login or by what only they know. Only then may a
    reply repeat what an order says of a person.
    """

    email: Text | None = None
    phone: Text | None = None
    marketplace_id: Text | None = None
    tags: tuple[str, ...] = ()
    verified: bool = False


class Message(Record):
    """One message of a customer, with what the channel knows about it.

    Args:
        id: The channel's own id, never empty; the same id twice is the same message.
        text: Plain text; may be empty where ``html`` is given.
        html: The message's HTML part, read in place of ``text`` where it shows any words.
        market: ISO 3166-1 alpha-2 code of the market that the customer buys in.
        language: A hint (the shop's locale), used only where the text is too short to tell.
        history: Earlier turns, oldest first, where the caller keeps them; otherwise the store's are used.
        conversation_id: Defaults to ``id``: a message of its own.
        received_at: When it came; the clock of every decision about it.
        customer: Who writes: joins what the same customer asks on several channels.
        author: Who wrote it. Webhooks also carry the shop's own messages: those are noted, never answered.
        edits: The id of the earlier message that this one replaces.
    """

    id: Name
    text: Text = ""
    html: Text | None = None
    market: str | None = None
    channel: Channel = "email"
    platform: Platform | None = None
    language: str | None = None
    name: str | None = None
    history: tuple[Turn, ...] = ()
    order: Order | None = None
    conversation_id: Text | None = None
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

    ``start`` and ``end`` count characters of ``Message.text`` as it came, not of ``Triage.text``. Where HTML was read
    (``Message.html`` that shows words, or a mail whose ``text`` is HTML), they count characters of what
    ``cs_assist.triage.cleaning.html_to_text`` returns for it.
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


class Opinion(Record):
    """What a language model read in a message that the library was not sure of.

    ``agrees``: it reads the primary intent. ``settled``: of the two candidates it reads the other, which is the primary
    one now. ``differs``: it reads neither, so the message is unsure. ``failed``: it gave no answer; ``why`` says how.
    """

    verdict: Literal["agrees", "settled", "differs", "failed"]
    intent: str = ""
    p: Probability = 0.0
    why: str = ""


class Triage(Record):
    """What one message is, read with what came before it.

    ``intent`` is one of :class:`Intent`, or the seller's own; ``intents`` ranks them all as the primary
    one, with probabilities that sum to 1. ``secondary`` holds what is asked besides, each with the
    probability that it is. Where ``unsure`` is set, the first two of ``intents`` are the candidates and
    neither should be acted on alone. ``opinion`` is a language model's second reading, where one was asked for.
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
    opinion: Opinion | None = None

    @property
    def p_intent(self) -> float:
        """Probability of the primary intent."""
        return dict(self.intents)[self.intent]

    @property
    def grave_hits(self) -> tuple[Hit, ...]:
        """The stated rules that fired for what must never be missed: all but those of displeasure."""
        return tuple(hit for hit in self.hits if hit.signal != "displeased")


class Note(Record):
    """Something of a customer's history that a person should know: ``count`` times, or in words of the shop's.

    ``at`` is when it happened last, where that is known.
    """

    kind: Literal["contacts", "address_changes", "delivery_problems", "compensation", "vip", "language", "crm"]
    count: int = 0
    text: str = ""
    at: Moment | None = None


class Conversation(Record):
    """The state of a conversation as one message finds it, that message counted in.

    ``strikes`` counts dissatisfied customer turns in a row within the episode. An episode ends when
    the conversation is resolved or closed, or after a stated silence; a new one starts without strikes.
    ``held`` says that a person has it, so that nothing may be sent. ``passed_over`` is set where a message asks for
    no answer of its own: ``echo`` (the shop's own words came back), ``own`` (an agent or a bot wrote it), ``edited``
    (what was answered was only spelled anew), ``replaced`` (a later wording of it came first) or ``withdrawn`` (its
    author deleted it before it came). ``counted`` is the name under which the message is noted with the conversation.
    ``asked`` counts how often the message's question was asked in the episode, this time included. Strikes count from
    ``counted_from``; ``assigned_at`` is when somebody last took, gave back or settled the conversation. ``joined`` points to
    the conversation whose case this one was found to be part of; its messages are counted there. ``same_as`` is the
    conversation on another channel in which the same was asked, ``answer_there`` what was answered. ``keys`` are hashes,
    as are the customers in ``clash``, who share some of them. ``order`` is what was last known of an order.
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
    passed_over: PassedOver = ""
    counted: Text = ""
    updated_at: datetime | None = None
    version: int = 0
    held: bool = False
    asked: int = 1
    counted_from: datetime | None = None
    assigned_at: datetime | None = None
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
    order: Order | None = None

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


class Offer(Record):
    """A compensation that the seller's file allows, for a customer to accept.

    Args:
        kind: What it is.
        amount: How much money, in ``currency``; None where the kind has no amount.
        code: The seller's code of a coupon.
        granted_by: Who may grant it; what the bot may grant can stand in a text, all else is for a person.
        why: The line of the seller's file, or why it goes higher than that.
    """

    kind: OfferKind
    amount: Decimal | None = None
    currency: str | None = None
    code: str | None = None
    granted_by: Literal["bot", "front_line", "team_lead", "supervisor"]
    why: str = ""


class Decision(Record):
    """What may be done, by whom, by when, and why.

    ``offers`` is all that the seller's file of compensations allows here, in the market's order of preference.
    ``proposed`` is the reason for which the bot would have said something, where a person holds the
    conversation or must approve it.

    ``human_at`` is when somebody who can deal with it is there next, ``team`` whose shift that is and ``team_zone`` their
    time zone; ``nobody_speaks`` says that they do not speak the customer's language, ``speaker_at`` when anybody does, and
    ``languages`` what those speak who are there before. Where a stage failed, nobody was asked for.
    """

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
    offers: tuple[Offer, ...] = ()
    proposed: str = ""
    team: str = ""
    team_zone: str = ""
    human_at: AwareDatetime | None = None
    speaker_at: AwareDatetime | None = None
    languages: tuple[str, ...] = ()


class Draft(Record):
    """A text for the customer and what it rests on."""

    text: str
    language: str
    citations: tuple[str, ...] = ()
    source: Literal["curated", "composed", "model", "notice", "none"]
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


class Promise(Record):
    """What the shop said it would do, when it said so, and by when, where its words name a time."""

    text: str
    said_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None


class Handover(Record):
    """Everything that a person needs to take over a conversation.

    ``summary``, ``entities`` and ``order`` cover the whole episode, the newest first; an entity's span counts characters
    of the turn that it was found in. ``promised_at`` is when the customer was promised a person, ``notice`` what they are
    told now. ``translation`` has a model's translation of the customer's turns, ``suggested_translation`` that of the
    suggested reply. ``timezone`` is the one in which a person reads the times: the team's, else the market's.
    """

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
    promises: tuple[Promise, ...] = ()
    compensation: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    meanwhile: tuple[str, ...] = ()
    team: str = ""
    human_at: AwareDatetime | None = None
    timezone: str = "UTC"
    promised_at: AwareDatetime | None = None
    notice: str = ""
    translation: str = ""
    suggested_translation: str = ""


class Fault(Record):
    """A stage that failed, and how."""

    stage: str
    error: str


class Usage(Record):
    """What one answer cost.

    ``exact`` says that the provider counted the tokens; else they are bounds. ``cost`` is None where no price is
    known. A ``cached`` answer cost nothing: its tokens are 0. ``repaired_parse`` says that the answer was read out of
    free text, not given in the demanded form. ``seconds`` is the time of the call, waiting and retries included.
    """

    model: str
    prompt_id: str
    prompt_version: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal | None
    currency: str
    seconds: float
    cached: bool
    exact: bool
    repaired_parse: bool


class ModelUse(Record):
    """What a language model did for one message.

    ``calls`` counts what was asked of it, ``usage`` holds what each answer cost. ``downgraded`` says why the reply is
    not its text: how it failed (a kind of :class:`~cs_assist.errors.ModelError`), or what its text was refused for.
    """

    calls: int = 0
    usage: tuple[Usage, ...] = ()
    downgraded: str = ""


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
    model: ModelUse | None = None


class DraftPiece(Record):
    """A piece of a draft on its way to an agent, never to a customer.

    Pieces that are not ``checked`` are a model's raw words, to be put together; the last one is ``checked``: its text
    is the whole draft in place of all before it, and ``outcome`` is what it belongs to.
    """

    text: str
    checked: bool = False
    outcome: Outcome | None = None
