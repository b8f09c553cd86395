"""The taxonomy's labels: what a message is about, what its writer feels, and what is to be done with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


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
    """What the customer feels."""

    NEUTRAL = "neutral"
    HAPPY = "happy"
    CONFUSED = "confused"
    ANXIOUS = "anxious"
    DISAPPOINTED = "disappointed"
    FRUSTRATED = "frustrated"
    ANGRY = "angry"


class Urgency(StrEnum):
    """How soon it must be seen to, whatever the intent."""

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
