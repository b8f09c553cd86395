"""Values that a person would copy out of the message, with their spans.

Where two values overlap, the more certain one stays, and of equally certain ones the longer:

0. e-mail addresses and links: nothing inside them counts;
1. tracking numbers whose check digit or prefix is right, order numbers in a platform's own format, phone numbers with a
   "+", and order numbers by the seller's own patterns: of these a seller's goes last where none is the longer;
2. codes that directly follow a word for order or tracking number, or a carrier's name;
3. money, dates, durations, quantities, and postal addresses whose house number has a slash;
4. phone numbers with 00 and a country code, and codes further from their word;
5. coupon codes and SKUs after their word, and other postal addresses;
6. phone numbers as the market dials them, and the further codes of a list;
7. codes and bare numbers that look like an order number;
8. codes that look like a SKU.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from cs_assist.triage.amounts import amounts
from cs_assist.triage.codes import codes, sellers_codes
from cs_assist.triage.contacts import contacts
from cs_assist.triage.dates import dates
from cs_assist.triage.vocabulary import read
from cs_assist.types import Entity

#: Characters of a text that are read for values; more is no message of a customer's.
READ = 10_000


def find_entities(
    text: str, *, market: str | None = None, language: str | None = None, order_patterns: Sequence[re.Pattern[str]] = ()
) -> list[Entity]:
    """Return the values in the first 10,000 characters of ``text``, in order, none overlapping another.

    Types: ``order_number, tracking_number, email, phone, url, money, date, duration, quantity, sku, coupon,
    address``. Spans count characters of ``text``, and ``value`` is what stands there. Digits of any script count.

    Args:
        text: What the customer wrote.
        market: Its phone numbers are known without a country code.
        language: Settles words that mean something else in another language; words that do not count anyway.
        order_patterns: The seller's own, as :class:`~cs_assist.config.Settings` has checked them.

    Example:
        >>> found = find_entities("Order 114-5520917-1234567 cost 12,99 € and came 3 days late")
        >>> [(e.type, e.value) for e in found]
        [('order_number', '114-5520917-1234567'), ('money', '12,99 €'), ('duration', '3 days')]
    """
    reading = read(text[:READ], market=market, language=language)
    own = sellers_codes(reading, order_patterns)
    found = chain(contacts(reading), codes(reading), own, amounts(reading), dates(reading))
    kept: list[Entity] = []
    taken = bytearray(len(reading.text))
    for value in sorted(found, key=lambda f: (f.tier, f.start - f.end, f.start)):
        if any(taken[value.start : value.end]):
            continue
        taken[value.start : value.end] = b"\x01" * (value.end - value.start)
        kept.append(Entity(type=value.type, value=text[value.start : value.end], start=value.start, end=value.end))
    return sorted(kept, key=lambda entity: entity.start)
