"""What may follow a settled matter: a coupon for another time, a link to a care guide, a wish for the season."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from babel.numbers import format_percent
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import load_yaml
from cs_assist.markets.calendar import wish
from cs_assist.reply import formats
from cs_assist.reply.scene import Scene
from cs_assist.types import Action, same_language

#: The seller's own ground; marketplaces forbid links and coupons, or count them as advertising.
_OWN = (None, "own_shop")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Coupon(_Strict):
    """A coupon for a next purchase: an amount by currency, or a percentage."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$")]
    amount: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[Decimal, Field(gt=0)]] = {}
    percent: Annotated[int, Field(ge=1, le=90)] | None = None

    @model_validator(mode="after")
    def _worth_something(self) -> Self:
        if bool(self.amount) == (self.percent is not None):
            raise ValueError("needs an amount or a percent, and not both")
        return self


class CareGuide(_Strict):
    """A guide for the products whose name contains ``product``, by language."""

    product: Annotated[str, Field(min_length=2)]
    links: Annotated[dict[str, Annotated[str, Field(pattern=r"^https://[^\s<>\"]{4,300}$")]], Field(min_length=1)]


class AfterSales(_Strict):
    """The seller's file; see docs/replies.md."""

    coupon: Coupon | None = None
    care_guides: tuple[CareGuide, ...] = ()


def load_after_sales(path: Path | None) -> AfterSales:
    """Return the extras of a seller's YAML file; none where there is no file.

    Raises:
        DataFileError: The file is missing or breaks the schema; names file, key and line.
    """
    return load_yaml(path, AfterSales) if path else AfterSales()


def extra_lines(scene: Scene, extras: AfterSales) -> list[str]:
    """Return a coupon and a care guide, each at most once in a conversation.

    Only for a customer who has praised or whose delivered order is in hand, in a market where some talk beside the
    matter is welcome, and on the seller's own ground.
    """
    order, market = scene.message.order, scene.market
    settled = scene.decision.reason == "praise" or (
        scene.decision.reason == "order_facts" and order is not None and order.status == "delivered"
    )
    welcome = market is not None and market.tone.small_talk != "none" and scene.message.platform in _OWN
    if scene.decision.action is not Action.REPLY or not (settled and welcome and scene.pleased):
        return []
    return [line for line in (_guide(scene, extras), _coupon(scene, extras.coupon)) if line]


def season_line(scene: Scene) -> str:
    """Return a wish for the season where one is customary, once in a conversation and to nobody who is displeased."""
    bank = scene.voice.bank
    if not (bank.season and scene.market and scene.market.wishes and scene.opening and scene.pleased):
        return ""
    if scene.decision.action is not Action.REPLY or scene.triage.hits:
        return ""
    season = wish(scene.market, scene.now.astimezone(scene.market.zone).date())
    return scene.voice.say(bank.season[season]) if season in bank.season else ""


def _coupon(scene: Scene, coupon: Coupon | None) -> str:
    currency = scene.market.currency if scene.market else ""
    if coupon is None or coupon.code in scene.voice.used or (coupon.percent is None and currency not in coupon.amount):
        return ""
    if coupon.percent is not None:
        amount = str(format_percent(Decimal(coupon.percent) / 100, locale=scene.locale))
    else:
        amount = formats.money(coupon.amount[currency], currency, scene.locale)
    leaf = scene.voice.bank.after_sales.coupon
    return scene.state(scene.voice.say(leaf, amount=amount, code=coupon.code))  # the seller's file makes it true


def _guide(scene: Scene, extras: AfterSales) -> str:
    order = scene.message.order
    for guide in extras.care_guides:
        bought = order is not None and any(guide.product.casefold() in item.name.casefold() for item in order.items)
        links = [link for tag, link in guide.links.items() if same_language(tag, scene.voice.bank.language)]
        if bought and links and links[0] not in scene.voice.used:
            return scene.state(scene.voice.say(scene.voice.bank.after_sales.care_guide, link=links[0]))
    return ""
