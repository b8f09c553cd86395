"""What may be offered to a customer, and by whom: the seller's own file, and nothing that does not stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from babel.core import get_global
from babel.numbers import get_currency_precision
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cs_assist.datafile import check, read_mapping, read_text
from cs_assist.errors import DataFileError
from cs_assist.markets.market import Market
from cs_assist.types import ApologyTier, Conversation, Intent, Message, Offer, OfferKind, Order, Triage

APOLOGIES: tuple[ApologyTier, ...] = ("none", "slight", "formal", "grave")
#: Kinds that are money, and so have an amount.
_MONEY = frozenset({"coupon", "refund", "partial_refund"})
#: No compensation for one order is as large in any currency (Rials and dongs included): a slip of the keyboard.
_ABSURD = Decimal(1_000_000_000)
#: Where what is at stake is not a matter of money, or where an offer could be read as an admission.
_NEVER = frozenset({"self_harm", "safety_issue", "data_exposed", "legal_threat"})


@cache
def _currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that CLDR knows."""
    return frozenset(get_global("all_currencies"))


def _currency(code: str) -> str:
    if code not in _currencies():
        raise ValueError(f"'{code}' is no ISO 4217 currency")
    return code


def _sane(amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    for currency, amount in amounts.items():
        digits = get_currency_precision(currency)
        if amount != round(amount, digits):
            raise ValueError(f"{amount} {currency} has more than {digits} decimals")
    return amounts


Currency = Annotated[str, AfterValidator(_currency)]
Amounts = Annotated[dict[Currency, Annotated[Decimal, Field(gt=0, lt=_ABSURD)]], AfterValidator(_sane)]
MarketCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """One thing that may be offered.

    Args:
        intents: For which matters.
        from_tier: From which regret on: slight, formal or grave.
        amount: By currency, for coupons and refunds. A ``refund`` without it, and without ``percent``, is the order's total.
        percent: Of the order's total, in place of ``amount``; rounded down.
        granted_by: The lowest who may grant it.
        code: The coupon's code.
        markets: Where; everywhere where none is named.
    """

    kind: OfferKind
    intents: Annotated[tuple[Intent, ...], Field(min_length=1)]
    from_tier: Literal["slight", "formal", "grave"]
    granted_by: Literal["bot", "front_line", "team_lead", "supervisor"]
    amount: Amounts = {}
    percent: Annotated[Decimal, Field(gt=0, le=100)] | None = None
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$")] | None = None
    markets: tuple[MarketCode, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        given = bool(self.amount) + (self.percent is not None)
        if self.kind not in _MONEY and given:
            raise ValueError(f"a {self.kind} has no amount")
        if given > 1:
            raise ValueError("has both an amount and a percent")
        if self.kind in ("coupon", "partial_refund") and not given:
            raise ValueError(f"a {self.kind} needs an amount or a percent")
        if self.code and self.kind != "coupon":
            raise ValueError("only a coupon has a code")
        return self


class Ladder(_Strict):
    """The seller's file.

    Args:
        once_in_days: A customer who was compensated within so many days is offered nothing by the bot.
        ceiling: The most that any one offer may be worth, by currency; a currency without one is never offered.
    """

    once_in_days: Annotated[int, Field(ge=1, le=3650)] = 180
    ceiling: Amounts = {}
    offers: Annotated[tuple[Rule, ...], Field(min_length=1)]


class Compensation:
    """Finds what may be offered.

    Args:
        ladder: The seller's; without it nothing ever is.
    """

    def __init__(self, ladder: Ladder | None = None) -> None:
        self._ladder = ladder

    def __call__(
        self,
        message: Message,
        triage: Triage,
        conversation: Conversation,
        *,
        reason: str,
        tier: ApologyTier,
        market: Market | None,
        now: datetime,
    ) -> tuple[Offer, ...]:
        """Return what may be offered, what the market likes best first.

        What is worth more than the ceiling, what would be a second compensation within the seller's days, and what
        cannot be reckoned with, because the order's total is not known, is not the bot's to offer: the first two are
        listed for a supervisor and a team lead, the last not at all.

        Args:
            message: Its order gives total and currency.
            triage: Gives the intent.
            conversation: Its notes tell of earlier compensation.
            reason: The decision's; what is grave is never met with an offer.
            tier: The regret that the matter calls for.
            market: Without one, only rules for all markets hold, in their own order.
            now: The moment of the message.
        """
        ladder = self._ladder
        if ladder is None or tier == "none" or reason in _NEVER or triage.intent in _NEVER:
            return ()
        again = _given_within(conversation, timedelta(days=ladder.once_in_days), now)
        found = [
            offer.model_copy(update={"granted_by": "team_lead", "why": "the customer was compensated before"})
            if again and offer.granted_by in ("bot", "front_line") else offer
            for rule in ladder.offers
            if triage.intent in rule.intents and APOLOGIES.index(tier) >= APOLOGIES.index(rule.from_tier)
            and (not rule.markets or (market is not None and market.code in rule.markets))
            for offer in _offers(rule, ladder, message.order, market)
        ]  # fmt: skip
        liked = market.compensation.order if market else ()
        return tuple(sorted(found, key=lambda offer: liked.index(offer.kind) if offer.kind in liked else len(liked)))


def load_compensation(path: Path | None) -> Compensation:
    """Return the compensations of a seller's YAML file, or none where there is no file.

    Raises:
        DataFileError: The file is missing or breaks the schema; names file, key and line.
    """
    if path is None:
        return Compensation()
    source = read_mapping(read_text(path), path=path)
    ladder = check(source.value, Ladder, [source])
    for place, problem in _above(ladder):
        key = ".".join(str(part) for part in place)
        raise DataFileError(problem, path=path, key=key, line=source.line_of(place), hint="docs/replies.md describes the file.")
    return Compensation(ladder)


def _above(ladder: Ladder) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Yield where an offer goes beyond the file's own ceiling, or has none."""
    for number, rule in enumerate(ladder.offers):
        for currency, amount in rule.amount.items():
            place = ("offers", number, "amount", currency)
            if currency not in ladder.ceiling:
                yield place, f"{currency} has no ceiling"
            elif amount > ladder.ceiling[currency]:
                yield place, f"{amount} {currency} is more than the ceiling of {ladder.ceiling[currency]}"
        if rule.kind in _MONEY and not ladder.ceiling:
            yield ("offers", number), f"a {rule.kind} needs a ceiling by currency"


def _offers(rule: Rule, ladder: Ladder, order: Order | None, market: Market | None) -> Iterator[Offer]:
    """Yield the offer of a rule, with its amount reckoned; nothing where it cannot be."""
    if rule.kind not in _MONEY:
        yield Offer(kind=rule.kind, granted_by=rule.granted_by)
        return
    currency = order.currency if order and order.currency else market.currency if market else None
    total = order.total if order and order.currency else None
    if currency is None or currency not in ladder.ceiling:
        return
    amount = rule.amount.get(currency)
    if not rule.amount and total is not None:
        amount = total if rule.percent is None else _part(total, rule.percent, currency)
    if amount is None or amount <= 0:
        return
    if rule.kind != "coupon" and total is not None and amount > total:
        return  # more than was paid
    if amount <= ladder.ceiling[currency]:
        yield Offer(kind=rule.kind, amount=amount, currency=currency, code=rule.code, granted_by=rule.granted_by)
        return
    why = f"more than the ceiling of {ladder.ceiling[currency]} {currency}"
    yield Offer(kind=rule.kind, amount=amount, currency=currency, code=rule.code, granted_by="supervisor", why=why)


def _part(total: Decimal, percent: Decimal, currency: str) -> Decimal:
    return (total * percent / 100).quantize(Decimal(1).scaleb(-get_currency_precision(currency)), rounding=ROUND_DOWN)


def _given_within(conversation: Conversation, span: timedelta, now: datetime) -> bool:
    """Tell whether the customer was compensated lately; where nobody knows when, they were."""
    notes = [note for note in conversation.notes if note.kind == "compensation"]
    return any(note.at is None or now - note.at < span for note in notes)
