"""What an order's facts say to the customer, in their market's dates and money; nothing is said that the order does not hold."""

from __future__ import annotations

from cs_assist.reply import formats
from cs_assist.reply.phrases import Leaf
from cs_assist.reply.scene import Scene
from cs_assist.types import Intent, Order

#: Items that are named; a longer list is left out, because half a list reads like the whole.
_MOST_ITEMS = 5
_WITH_CARRIER = ("shipped", "out_for_delivery", "held_at_customs")
_WITH_TOTAL = {Intent.REFUND_STATUS, Intent.REFUND_REQUEST, Intent.BILLING_ISSUE, Intent.INVOICE_REQUEST}
_WITH_DESTINATION = {Intent.CHANGE_ADDRESS, Intent.SHIPPING_COVERAGE, Intent.CUSTOMS_DUTIES, Intent.NOT_RECEIVED}
_COMMAS = {"ja": "、", "zh": "、", "ar": "، "}


def order_lines(scene: Scene, order: Order) -> list[str]:
    """Return a line for each fact that matters to the question; a chat gets the state and what comes next only."""
    lines = []
    for leaf, values in told(scene, order):
        stated = {name: value if name == "status" else scene.state(value) for name, value in values.items()}
        lines.append(scene.voice.say(leaf, **stated))
    return lines


def told(scene: Scene, order: Order) -> list[tuple[Leaf, dict[str, str]]]:
    """Return for each such fact the wordings that tell it, and what stands in their places."""
    bank, lines = scene.voice.bank.order, list[tuple[Leaf, dict[str, str]]]()
    if order.status:
        lines.append((bank.status, {"order": order.number, "status": getattr(scene.voice.bank.statuses, order.status)}))
    if order.promised_date and order.under_way and order.status != "held_at_customs":
        leaf = bank.overdue if order.overdue(scene.today) else bank.promised
        lines.append((leaf, {"date": formats.day(order.promised_date, scene.locale)}))
    if order.tracking and order.carrier and order.status in _WITH_CARRIER:  # "your parcel travels with ..."
        lines.append((bank.tracking, {"carrier": order.carrier, "tracking": order.tracking}))
    if scene.letter:  # last: a text that is too long loses its end
        lines += _details(scene, order)
    return lines


def _details(scene: Scene, order: Order) -> list[tuple[Leaf, dict[str, str]]]:
    bank, intent, lines = scene.voice.bank, scene.triage.intent, list[tuple[Leaf, dict[str, str]]]()
    if order.placed_at:
        lines.append((bank.order.placed, {"date": formats.day(order.placed_at, scene.locale)}))
    if 0 < len(order.items) <= _MOST_ITEMS and all(item.name for item in order.items):
        comma = _COMMAS.get(bank.language.split("-")[0], ", ")
        lines.append((bank.order.items, {"items": comma.join(f"{item.quantity} × {item.name}" for item in order.items)}))
    if order.total is not None and order.currency and intent in _WITH_TOTAL:
        lines.append((bank.order.total, {"amount": formats.money(order.total, order.currency, scene.locale)}))
    customer = scene.message.customer  # where somebody lives is told to nobody who may be another
    if (
        order.destination
        and customer
        and customer.verified
        and (intent in _WITH_DESTINATION or order.status == "held_at_customs")
    ):
        lines.append((bank.order.destination, {"destination": order.destination}))
    return lines
