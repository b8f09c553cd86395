"""What the seller offers within the bot's authority, in words: at most two options, with the seller's own amounts."""

from __future__ import annotations

from cs_assist.reply import formats
from cs_assist.reply.scene import Scene
from cs_assist.types import Action, Offer

_MOST = 2
#: Drafts whose matter may be a grave one, or whose facts are in doubt: a person decides what is offered.
_NOT_IN = frozenset({"suspected", "order_doubtful", "held_by_person", "unsure", "same_case"})


def offer_lines(scene: Scene) -> list[str]:
    """Return the options that may stand in the text.

    Those are the offers that the seller lets the bot grant, in the decision's order, in an answer or a draft. What needs
    a person's word stands in the packet alone, and so does everything where a person takes over.
    """
    decision = scene.decision
    if decision.action not in (Action.REPLY, Action.DRAFT) or decision.reason in _NOT_IN:
        return []
    options = [offer for offer in decision.offers if offer.granted_by == "bot" and not _made_before(scene, offer)]
    return [scene.state(_line(scene, offer)) for offer in options[:_MOST]]  # the seller's file makes it true


def _line(scene: Scene, offer: Offer) -> str:
    leaves, say = scene.voice.bank.offer, scene.voice.say
    if offer.amount is None or offer.currency is None:
        return say(getattr(leaves, offer.kind))
    amount = formats.money(offer.amount, offer.currency, scene.locale)
    if offer.kind == "coupon" and offer.code:
        return say(leaves.coupon_code, amount=amount, code=offer.code)
    return say(getattr(leaves, offer.kind), amount=amount)


def _made_before(scene: Scene, offer: Offer) -> bool:
    """Tell whether this conversation has read the offer already: an offer made twice reads like two."""
    leaf = scene.voice.bank.offer.coupon_code if offer.code else getattr(scene.voice.bank.offer, offer.kind)
    return scene.voice.was_said(leaf)
