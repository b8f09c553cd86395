"""What to ask where it is sure what a customer wants, and the detail is missing without which nobody could answer."""

from __future__ import annotations

from cs_assist.types import Intent, Message, Triage

_SURE = 0.6
#: Words from which a problem counts as described; in scripts without spaces, four characters stand for a word.
_DESCRIBED = 12
_UNSPACED = ("ja", "th", "zh-Hans", "zh-Hant")
#: Intent → what is asked for, and whether a number in the message tells it.
_QUESTIONS: dict[str, tuple[str, bool]] = {
    Intent.SIZE_ADVICE: ("size", True),  # "I wear 38", "170 cm"
    Intent.USAGE_HELP: ("error", False),
    Intent.ACCOUNT_HELP: ("error", False),
    Intent.PAYMENT_FAILED: ("payment", False),
    Intent.BULK_ORDER: ("quantity", True),
    Intent.SHIPPING_COVERAGE: ("destination", False),
    Intent.ITEM_DAMAGED: ("photo", False),
    Intent.ITEM_WRONG_OR_MISSING: ("photo", False),
    Intent.NOT_AS_DESCRIBED: ("photo", False),
    Intent.WARRANTY_REPAIR: ("photo", False),
}


def missing(message: Message, triage: Triage) -> str | None:
    """Return what to ask the customer for, a name among the phrase banks' questions; None where nothing is known to be missing.

    Example:
        >>> from cs_assist.types import Triage
        >>> read = dict(language="en", languages=(), intent="bulk_order", intents=(("bulk_order", 0.9),), emotion="neutral",
        ...     emotions=(), intensity=0, dissatisfied=False, p_dissatisfied=0, urgency="normal", priority="P3")
        >>> missing(Message(id="1"), Triage(text="I want to order lamps for our office", **read))
        'quantity'
    """
    if triage.intent not in _QUESTIONS or triage.unsure or triage.p_intent < _SURE or triage.flags:
        return None
    ask, told_by_number = _QUESTIONS[triage.intent]
    if told_by_number:
        return None if any(char.isdigit() for char in triage.text) else ask
    if ask == "destination" and message.market:
        return None
    words = len(triage.text) // 4 if triage.language in _UNSPACED else len(triage.text.split())
    return ask if words < _DESCRIBED else None
