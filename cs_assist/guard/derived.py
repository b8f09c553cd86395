"""Figures that a reply works out from others: a rest, an instalment, a share, a day counted on, what lies between two days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations, permutations, product

from cs_assist.guard.evidence import MEASURES, Evidence, family
from cs_assist.guard.facts import Fact, Reading
from cs_assist.quantities import NUMBER, plain, to_decimal

__all__ = ["follows", "holds", "is_borne_out", "is_worked_out", "same_unit"]

#: Signs that stand for several currencies.
_SHARED_SIGNS = {
    "元": frozenset(["CNY", "TWD", "HKD", "SGD", "RMB", "¥"]),
    "$": frozenset(["USD", "AUD", "CAD", "SGD", "NZD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"]),
    "kr": frozenset(["SEK", "NOK", "DKK"]),
    "¥": frozenset(["JPY", "CNY", "RMB"]),
}
#: Measures are rounded where they are converted: 12 inches (304.8 mm) are 30 cm.
_ROUNDING = Decimal("0.02")
_IMPERIAL = (Decimal("453.6"), Decimal("304.8"), Decimal("28.35"))
#: Amounts, counts and shares of a reply that are put together.
_FEW = 8
#: The largest number of parts or pieces.
_PIECES = 100
_CENT = Decimal("0.01")
#: Days of a month on average, of a month at most; minutes of a day.
_MONTH, _LAST_DAY, _DAY = Decimal("30.44"), 31, 1440
#: Measures that are added, taken away or multiplied.
_PARTS = 12
#: How a number shows that it is a day: an ending behind it ("23rd", "23-го", "23'ünde"), a weekday before it.
_DAY_SIGNS = "日号號일"
_ORDINAL = re.compile(rf"[-'’.]?[^\W\d_]|[{_DAY_SIGNS}]")
_BESIDE = 3


def follows(fact: Fact, kind: str, reading: Reading, together: Evidence, on: date | None) -> bool:
    """Whether a fact of a reply follows from two that are known.

    A date from another and a duration, in days, working days or months; a day of the month and a weekday from such a date; a
    duration from two dates or two times of day; a length, weight or other measure from two of its kind, or from one and a number
    of pieces.

    Args:
        fact: What is stated.
        kind: Its family.
        reading: The reply.
        together: The evidence and the customer's message, as one.
        on: The day of the reply.

    Example:
        >>> from cs_assist.guard.evidence import evidence_of
        >>> from cs_assist.guard.facts import read
        >>> reading = read("You have until 9 December, and 3 cm to grow.", "en")
        >>> known = evidence_of(("30 days from delivery", "delivered 2026-11-09", "size S up to 65 cm", "62 cm tall"))
        >>> [follows(fact, family(fact.kind), reading, known, None) for fact in reading.facts]
        [True, True]
    """
    if kind == "date":
        ends = together.due if together.dates else {made[5:] for made in together.due}  # of unknown years the days count alone
        return any(made.endswith(value if together.dates else value[-5:]) for value in fact.values for made in ends)
    if kind == "number":
        return _is_day(fact, reading) and any(int(made[-2:]) == int(fact.values[0]) for made in (*together.due, *_days(together)))
    if kind == "weekday":
        return any(date.fromisoformat(made).weekday() == int(fact.values[0]) for made in together.due) and bool(together.dates)
    if kind == "duration" and fact.kind == "time day" and reading.seen.text[fact.end - 1] in _DAY_SIGNS:
        return any(int(made[-2:]) == Decimal(fact.values[0]) for made in (*together.due, *_days(together)))
    if kind == "duration":
        return not fact.range and _lies_between(fact, together, on)
    return kind in MEASURES and not fact.range and _is_measured(fact, reading, together)


def _days(known: Evidence) -> tuple[str, ...]:
    return tuple(day.isoformat() for day in known.days)


def _is_day(fact: Fact, reading: Reading) -> bool:
    """Whether a number of up to 31 is told as a day of the month."""
    value = fact.values[0]
    if fact.range or not value.isdigit() or not 1 <= int(value) <= _LAST_DAY:
        return False
    if _ORDINAL.match(reading.seen.text, fact.end):
        return True
    return any(near.kind in ("weekday", "day") and 0 <= fact.start - near.end <= _BESIDE for near in reading.facts)


def _lies_between(fact: Fact, known: Evidence, on: date | None) -> bool:
    """Whether a duration is the time between two dates, or two times of day."""
    value = Decimal(fact.values[0])
    days = {*known.apart, *(abs((on - day).days) for day in known.days if on)}
    if fact.kind == "time month":
        return any(abs(Decimal(several) / _MONTH - value) < 1 for several in days)
    if fact.kind != "time day":
        return False
    return value in days or round(value * _DAY) in {
        abs(one - other) for one, other in combinations(sorted(known.clock)[:_PARTS], 2)
    }


def _is_measured(fact: Fact, reading: Reading, known: Evidence) -> bool:
    """Whether a measure is the sum or difference of two others, or several times one."""
    value = Decimal(fact.values[0])
    # What a customer gives without a unit ("I am 108"), the reply says back with one.
    said = [
        other
        for other in reading.facts
        if other.start != fact.start and all(one in known.bare for one in _numbers(reading, other))
    ]
    alike = [other for other in (*known.facts.get(family(fact.kind), ()), *said) if other.kind == fact.kind]
    given = list(dict.fromkeys(Decimal(one) for other in alike for one in other.values))[:_PARTS]
    if any(value in (one + other, abs(one - other)) for one, other in combinations(given, 2)):
        return True
    counts = [int(one) for one in known.written | known.spoken if one.isdigit() and 1 < int(one) <= _PIECES]
    return any(value == one * count for one, count in product(given, counts))


def is_worked_out(fact: Fact, reading: Reading, known: Evidence, customer: Evidence, *, steps: int = 2) -> bool:
    """Whether a sum of money follows from others that the reply states, too, and that are known.

    What is still missing (60 − 52), an instalment (480 in 4), a price for several, a share of an amount, an amount less
    or plus a share, and points at a rate that the evidence gives. Both figures that it follows from must stand in the reply, or
    one of them in the customer's message; one of them may itself have been worked out (``steps``).

    Example:
        >>> from cs_assist.guard.evidence import evidence_of
        >>> from cs_assist.guard.facts import read
        >>> reading = read("Your basket is 52 EUR, so 8 EUR are missing to the 60 EUR.", "en")
        >>> known = evidence_of(("free from 60 EUR", "basket 52 EUR"))
        >>> is_worked_out(reading.facts[1], reading, known, evidence_of(()))
        True
    """
    if fact.range:
        return False
    value = Decimal(fact.values[0])
    amounts = list(_amounts(fact, reading, known, customer, steps=steps))
    theirs = [Decimal(one) for said in customer.facts.get("money", ()) if same_unit(fact.kind, said.kind) for one in said.values]
    # "At 1,950 you are 50 short" of what the evidence asks for.
    ours = [Decimal(one) for other in known.facts.get("money", ()) if same_unit(fact.kind, other.kind) for one in other.values]
    told = [one for one in amounts if one in theirs or plain(one) in customer.bare]
    pairs = (*permutations(amounts, 2), *product(amounts, theirs[:_FEW]), *product(told, ours[:_FEW]))
    if any(value in (abs(one - other), one + other) for one, other in pairs):
        return True
    counts = list(_counts(fact, reading, known, customer))
    if any(value == amount * count for amount, count in product(ours[:_FEW], counts)):
        return True
    for amount in dict.fromkeys((*amounts, *theirs[:_FEW])):
        if any(abs(value - amount / count) < _step(value) or value == amount * count for count in counts):
            return True
        for share in _shares(reading, known):
            made = (
                amount * share,
                amount - amount * share,
                amount + amount * share,
                amount / (1 + share),
                amount - amount / (1 + share),
            )
            if any(abs(value - one) <= _step(value) / 2 for one in made):
                return True
    return any(value == count * rate for count in _spoken_of(reading, known, customer) for rate in _rates(fact, known))


def is_borne_out(fact: Fact, reading: Reading, known: Evidence, customer: Evidence) -> bool:
    """Whether the evidence has a sum or a share, in whatever currency sign, or it follows from what is known."""
    kind = family(fact.kind)
    if any(
        same_unit(fact.kind, other.kind) and (holds(fact, other, loose=False) or fact.values[0] in other.values)
        for other in known.facts.get(kind, ())
    ):
        return True
    return kind == "money" and is_worked_out(fact, reading, known, customer)


def _step(amount: Decimal) -> Decimal:
    """Return to what an amount is rounded: whole ones where it is whole."""
    return Decimal(1) if amount == int(amount) and amount >= _PIECES else _CENT


def _amounts(fact: Fact, reading: Reading, known: Evidence, customer: Evidence, *, steps: int) -> Iterator[Decimal]:
    """Yield the other amounts of the reply that are known, the evidence's or the customer's, or worked out in a step less."""
    theirs = (*known.facts.get("money", ()), *customer.facts.get("money", ()))
    given = {value for other in theirs if same_unit(fact.kind, other.kind) for value in other.values} | known.bare | customer.bare
    several = {
        value: other
        for other in reading.facts
        if other.start != fact.start
        and (same_unit(fact.kind, other.kind) or (other.kind == "number" and Decimal(other.values[0]) >= _PIECES))  # "150 ribu"
        for value in other.values
    }
    for value, other in list(several.items())[:_FEW]:
        if value in given or (
            steps > 1
            and other.kind == fact.kind
            and other.start < fact.start
            and is_worked_out(other, reading, known, customer, steps=steps - 1)
        ):
            yield Decimal(value)


def _counts(fact: Fact, reading: Reading, known: Evidence, customer: Evidence) -> Iterator[int]:
    """Yield how many parts or pieces the reply speaks of, as far as they are known."""
    said = dict.fromkeys(
        value
        for other in reading.facts
        if other.start != fact.start and family(other.kind) in ("number", "count", "duration")
        for value in (*other.values, *_numbers(reading, other))
    )
    for value in said:
        if value.isdigit() and 1 < int(value) <= _PIECES and value in known.written | known.spoken | customer.written:
            yield int(value)


def _shares(reading: Reading, known: Evidence) -> Iterator[Decimal]:
    given = {value for other in known.facts.get("percent", ()) for value in other.values}
    for other in reading.facts:
        if other.kind == "percent" and other.values[-1] in given:
            yield Decimal(other.values[-1]) / 100


def _spoken_of(reading: Reading, known: Evidence, customer: Evidence) -> Iterator[Decimal]:
    """Yield the numbers without a unit that a reply shares with its evidence, or with the customer."""
    given = known.bare | customer.bare
    for other in [other for other in reading.facts if other.kind == "number" and other.values[0] in given][:_FEW]:
        yield Decimal(other.values[0])


def _rates(fact: Fact, known: Evidence) -> Iterator[Decimal]:
    """Yield what one is worth where the evidence says "100 points = 1 €"."""
    for statement in known.statements:
        if "=" not in statement.text:
            continue
        worth = [other for other in statement.facts if same_unit(fact.kind, other.kind) and not other.range]
        of = [other for other in statement.facts if other.kind == "number" and Decimal(other.values[0]) > 0]
        if len(worth) == 1 and len(of) == 1:
            yield Decimal(worth[0].values[0]) / Decimal(of[0].values[0])


def _numbers(reading: Reading, fact: Fact) -> Iterator[str]:
    for match in NUMBER.finditer(reading.seen.text[fact.start : fact.end]):
        yield plain(to_decimal(match.group()))


def holds(fact: Fact, other: Fact, *, loose: bool) -> bool:
    """Whether an amount is another one; of a range, its end may be said alone ("up to 5 days")."""
    if {fact.kind, other.kind} == {"time month", "time day"}:
        months, days = (fact, other) if fact.kind == "time month" else (other, fact)
        if fact.range or other.range:
            return False
        number, several = Decimal(months.values[0]), Decimal(days.values[0])
        return several in (number * 30, number * 31, number * 365 / 12)
    if fact.range and other.range and len(fact.values) == len(other.values):
        return all(_equal(a, b, loose=loose) for a, b in zip(fact.values, other.values, strict=True))
    if fact.range:
        return False
    return _equal(fact.values[0], other.values[-1], loose=loose)


def _equal(one: str, other: str, *, loose: bool) -> bool:
    if one == other:
        return True
    if not loose or not ("." in one + other or _imperial(one) or _imperial(other)):
        return False  # whole millimetres and grams were not converted from inches or pounds
    return abs(Decimal(one) - Decimal(other)) <= _ROUNDING * abs(Decimal(other))


def _imperial(value: str) -> bool:
    return any(Decimal(value) % unit == 0 for unit in _IMPERIAL)


def same_unit(one: str, other: str) -> bool:
    """Whether two kinds of amounts may be compared: of one unit, or of a sign that several currencies share."""
    if one == other:
        return True
    if {one, other} == {"time month", "time day"}:
        return True  # see holds
    if not (one.startswith("money") and other.startswith("money")):
        return False
    a, b = one[6:], other[6:]
    return a in _SHARED_SIGNS.get(b, ()) or b in _SHARED_SIGNS.get(a, ()) or {a, b} == {"CNY", "RMB"}
