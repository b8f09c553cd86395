"""The taxonomy's labels: what a message is about, what its writer feels, what is to be done with it; and languages' tags."""

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
#: Intents that want nothing done.
COURTESY: frozenset[str] = frozenset({Intent.GREETING, Intent.PRAISE})
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


#: Languages that work without a network; ``es-419`` and ``pt-BR`` are styles of ``es`` and ``pt``.
LANGUAGES: tuple[str, ...] = (
    "ar", "de", "en", "es", "es-419", "fr", "hi", "hi-Latn", "id", "it", "ja", "ko", "ms", "nl", "pl",
    "pt", "pt-BR", "ru", "sv", "th", "tr", "vi", "zh-Hans", "zh-Hant",
)  # fmt: skip


def canonical_tag(tag: str) -> str:
    """Return a BCP 47 tag in its usual letters; Chinese by its script, which a region implies, without the region.

    Example:
        >>> [canonical_tag(tag) for tag in ("DE", "de_at", "EN-gb", "zh-TW", "zh", "hi-latn", "pt-br", "es-419")]
        ['de', 'de-AT', 'en-GB', 'zh-Hant', 'zh-Hans', 'hi-Latn', 'pt-BR', 'es-419']
    """
    first, *rest = tag.strip().replace("_", "-").split("-")
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    if first.lower() == "zh":
        traditional = "Hant" in parts or ("Hans" not in parts and bool({"TW", "HK", "MO"} & set(parts)))
        return "zh-Hant" if traditional else "zh-Hans"
    return "-".join((first.lower(), *parts))


def same_language(left: str, right: str) -> bool:
    """Tell whether a reader of one tag reads the other: regional styles yes, other scripts no.

    Example:
        >>> same_language("es-419", "es"), same_language("zh-Hant", "zh-Hans")
        (True, False)
    """
    scripts = ("Hans", "Hant", "Latn")
    one, two = left.split("-"), right.split("-")
    return one[0] == two[0] and [p for p in one if p in scripts] == [p for p in two if p in scripts]
