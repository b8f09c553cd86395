"""Personal data: found, masked before a model sees it, put back afterwards, and kept out of replies.

Where two values overlap, the more certain one stays, and of equally certain ones the longer:

0. e-mail addresses, IBANs and keys: their form alone is proof;
1. what a label announces directly ("password: ...", "my SSN is ..."), and IP addresses;
2. tracking and order numbers in a carrier's or platform's own form, names that are introduced;
3. ids with the right check digits, addresses with all their parts, signatures;
4. cards with the right check digit, phone numbers with a country code, what a label announces from afar;
5. the rest, in the order in which it can be trusted, phone numbers as a country dials them last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Literal, get_args

from cs_assist.errors import MessageError
from cs_assist.guard.addresses import addresses
from cs_assist.guard.contact_data import contact_data
from cs_assist.guard.context import Context
from cs_assist.guard.echoes import card_ends, persons_facts
from cs_assist.guard.identities import identities
from cs_assist.guard.names import names
from cs_assist.guard.parcels import parcels
from cs_assist.guard.payment_data import payment_data
from cs_assist.guard.private_words import Found, Reading, read
from cs_assist.guard.secrets import secrets
from cs_assist.types import Finding, Severity

Kind = Literal[
    "name", "email", "phone", "address", "card", "iban", "national_id", "order_number", "tracking_number", "password", "ip",
    "date_of_birth",
]  # fmt: skip
_KINDS = frozenset(get_args(Kind))
#: A placeholder, also as a model may give it back: with other brackets, spaces or small letters.
_PLACEHOLDER = re.compile(
    r"[\[［【] ?((?:" + "|".join(sorted(kind.upper() for kind in _KINDS)) + r")_[1-9]\d{0,5}) ?[\]］】]", re.I
)
_ADDRESS = b"\x02"
#: What is never repeated to anybody, and what is repeated only where it came from the shop's own sources or this customer.
_NUMBERS = re.compile(r"\d{1,18}")
_NEVER = {"card", "national_id", "password", "date_of_birth", "iban"}
_OWN_ONLY = {"email", "phone", "address"}
#: Last digits that two ways of writing a telephone number share.
_SUBSCRIBER = 9
#: How far a name is from an address that is said with it, and what ends a sentence between them.
_BESIDE = 60
_ENDS = re.compile(r"[\n!?。！？]|[.:]\s")


@dataclass(frozen=True)
class Span:
    """One value: its type, and where it stands in the text. Its text is left out of its ``repr``: that may end in a log."""

    type: str
    value: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A text with placeholders for what is private in it, and the spans, in order, none overlapping another."""

    text: str
    spans: tuple[Span, ...]


class Vault:
    """Keeps what placeholders stand for, so that one value has one placeholder throughout a conversation.

    Values that differ only in case, spaces or marks ("+49 170 123", "+49-170-123") are the same; what is put
    back is the form that was met first. The vault holds the private data in clear: keep it as safely as those.

    Args:
        known: Placeholders and values of earlier turns, as :attr:`known` gave them.

    Raises:
        MessageError: A key of ``known`` is no placeholder.

    Example:
        >>> vault = Vault()
        >>> vault.mask("Mail kate@example.com, order 114-5520917-1234567").text
        'Mail [EMAIL_1], order [ORDER_NUMBER_1]'
        >>> vault.mask("It is KATE@example.com").text
        'It is [EMAIL_1]'
        >>> vault.restore("We wrote to [EMAIL_1].")
        'We wrote to kate@example.com.'
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        for placeholder, value in (known or {}).items():
            match = _PLACEHOLDER.fullmatch(placeholder)
            if match is None:
                raise MessageError(f"'{placeholder[:40]}' is no placeholder; one such as '[EMAIL_1]' was expected.")
            kind, _, number = match[1].upper().rpartition("_")
            self._values[placeholder] = value
            self._names.setdefault((kind, _same(value)), placeholder)
            self._counts[kind] = max(self._counts.get(kind, 0), int(number))

    def __repr__(self) -> str:
        return f"Vault({len(self._values)} values)"

    @property
    def known(self) -> dict[str, str]:
        """Placeholders with the values that they stand for."""
        return dict(self._values)

    def mask(self, text: str, *, market: str | None = None, language: str | None = None) -> Masked:
        """Return ``text`` with a placeholder for each private value; see :func:`mask`."""
        spans = find_private(text, market=market, language=language)
        taken = [(span.start, span.end) for span in spans]
        # What already looks like a placeholder must not be filled with somebody's data: it becomes a value itself.
        written = [m for m in _PLACEHOLDER.finditer(text) if not any(m.start() < end and start < m.end() for start, end in taken)]
        for match in written:
            if match.group() == f"[{match[1]}]" and match.group() not in self._values and match[1].isupper():
                self._keep(match[1].rpartition("_")[0], match.group(), match.group())
        pieces, at = [], 0
        todo = [(s.start, s.end, s.type.upper(), s.value) for s in spans]
        todo += [(m.start(), m.end(), m[1].upper().rpartition("_")[0], m.group()) for m in written]
        for start, end, kind, value in sorted(todo):
            pieces += [text[at:start], self._placeholder(kind, value)]
            at = end
        return Masked("".join([*pieces, text[at:]]), spans)

    def hide(self, kind: Kind, value: str) -> str:
        """Return the placeholder of a value that is known to be private, whatever a text says around it."""
        return self._placeholder(kind.upper(), value)

    def restore(self, text: str, *, but: Collection[Kind] = ()) -> str:
        """Return ``text`` with the value for each placeholder of this vault; unknown ones, and the kinds in ``but``, stay."""
        kept = {kind.upper() for kind in but}

        def value(match: re.Match[str]) -> str:
            name = match[1].upper()
            return match.group() if name.rpartition("_")[0] in kept else self._values.get(f"[{name}]", match.group())

        return _PLACEHOLDER.sub(value, text)

    def _keep(self, kind: str, placeholder: str, value: str) -> None:
        self._values[placeholder] = value
        self._names[kind, _same(value)] = placeholder

    def _placeholder(self, kind: str, value: str) -> str:
        known = self._names.get((kind, _same(value)))
        if known is not None:
            return known
        number = self._counts.get(kind, 0) + 1
        while f"[{kind}_{number}]" in self._values:
            number += 1
        self._counts[kind] = number
        self._keep(kind, f"[{kind}_{number}]", value)
        return f"[{kind}_{number}]"


def _same(value: str) -> str:
    """Return what two ways of writing one value have in common."""
    return "".join(char for char in value.casefold() if char.isalnum()) or value


def _core(span: Span) -> str:
    """Return what :func:`_same` has of a value; of a telephone number, what it has with and without its country's code."""
    return _same(span.value)[-_SUBSCRIBER:] if span.type == "phone" else _same(span.value)


def mask(text: str, market: str | None = None, language: str | None = None) -> Masked:
    """Return ``text`` with placeholders such as ``[EMAIL_1]`` for personal data, and what they stand for.

    Types: ``name, email, phone, address, card, iban, national_id, order_number, tracking_number, password, ip,
    date_of_birth``. The same value has the same placeholder. For a conversation, use one :class:`Vault`.

    Args:
        text: What somebody wrote, in any language.
        market: ISO 3166-1 alpha-2; numbers as this country writes them are known without a label.
        language: BCP 47; settles words that mean something else in another language.

    Example:
        >>> masked = mask("Ich bin Anna Schmidt, IBAN DE89 3704 0044 0532 0130 00", market="DE", language="de")
        >>> masked.text
        'Ich bin [NAME_1], IBAN [IBAN_1]'
    """
    return Vault().mask(text, market=market, language=language)


def find_private(text: str, *, market: str | None = None, language: str | None = None) -> tuple[Span, ...]:
    """Return the personal data in ``text``, in order, none overlapping another; see :func:`mask`."""
    if not text:
        return ()
    reading = read(text, market=market.strip().upper() if market else None, language=language)
    kept: list[Span] = []
    for found in _resolve(reading):
        start, end = reading.normal.span(found.start, found.end)
        kept.append(Span(found.type, text[start:end], start, end))
    return tuple(sorted(kept, key=lambda span: span.start))


def _resolve(reading: Reading) -> Iterator[Found]:
    """Yield the values that stay where several overlap."""
    found = chain(
        contact_data(reading), payment_data(reading), identities(reading), parcels(reading), secrets(reading), names(reading),
        addresses(reading),
    )  # fmt: skip
    taken = bytearray(len(reading.text))
    for value in sorted(set(found), key=lambda f: (f.tier, f.start - f.end, f.start, f.type)):
        if value.type == "address":
            value = _left_over(reading, value, taken)
        if value.end > value.start and not any(taken[value.start : value.end]):
            mark = _ADDRESS if value.type == "address" else b"\x01"
            taken[value.start : value.end] = mark * (value.end - value.start)
            yield value


def _left_over(reading: Reading, value: Found, taken: bytearray) -> Found:
    """Return an address without what surer values have of its ends ("tel 310 555 7788 Calle 85")."""
    start, end = value.start, value.end
    if _ADDRESS in taken[start:end]:
        return value  # of two readings of one address the surer is whole
    while start < end and taken[start]:
        start += 1
    while start < end and taken[end - 1]:
        end -= 1
    inner = reading.text[start:end]
    if (start, end) == (value.start, value.end):
        return value
    start, end = start + len(inner) - len(inner.lstrip(" ,.;:-\n\t")), end - len(inner) + len(inner.rstrip(" ,;:-\n\t("))
    if end - start < 8 or not any(char.isdigit() for char in reading.text[start:end]):
        end = start
    return value._replace(start=start, end=end)


def private_data(text: str, context: Context) -> Iterable[Finding]:
    """Check that a reply gives no personal data away.

    Cards, bank accounts, ids, passwords and dates of birth are never repeated, whoever wrote them. E-mail
    addresses, phone numbers and postal addresses may be the shop's own: what the evidence has passes (of a postal
    address, one with the same numbers: it is inflected and transliterated), what only this customer's messages have
    is noted, and what nobody gave blocks, for it may be somebody else's. What an order says of a person (these, a name
    beside an address, the last digits of a card) blocks too, unless the customer wrote it or is verified.
    """
    if not text:
        return
    own, theirs = _same(" ".join(context.evidence)), _same(f"{context.customer_text} {context.said}")
    spans = find_private(text, market=context.market, language=context.language)
    persons = _Persons(context, theirs, spans, text)
    for span in spans:
        rule = f"private_{span.type}"
        if rule in context.allowed:
            continue
        value = _core(span)
        severity: Severity | None = None
        said = "must not be given away"
        if span.type in _NEVER and not (span.type == "iban" and value in own):
            severity = "block"
        elif persons.echoes(span):
            severity, said = "block", "of an order is told to a customer who is not verified"
        elif span.type in _OWN_ONLY and value not in own and not (span.type == "address" and _is_given(span.value, context)):
            severity = "note" if value in theirs else "block"
            said = said if severity == "block" else "is the customer's own; repeat it only where it is needed"
        if severity:
            yield Finding(
                rule=rule, severity=severity, start=span.start, end=span.end,
                message=f"personal data ({span.type.replace('_', ' ')}) {said}", suggestion="leave it out",
            )  # fmt: skip
    if "private_card" not in context.allowed:
        yield from persons.card_ends(text)


class _Persons:
    """What an order says of a person, against a reply to somebody who may be another.

    Args:
        context: Where the reply goes.
        theirs: What this customer wrote, as :func:`_same` gives it.
        spans: The private data of the reply, in order.
        text: The reply.
    """

    def __init__(self, context: Context, theirs: str, spans: tuple[Span, ...], text: str) -> None:
        self._context = context
        self._theirs = theirs
        self._records = () if context.verified else tuple(piece for piece in context.evidence if persons_facts((piece,)))
        self._facts = tuple(map(_same, persons_facts(self._records)))
        self._shops = _same(" ".join(piece for piece in context.evidence if piece not in self._records))
        pairs = [pair for pair in pairwise(spans) if {span.type for span in pair} == {"name", "address"} and _beside(*pair, text)]
        self._housed = {span for pair in pairs for span in pair}

    def echoes(self, span: Span) -> bool:
        """Tell whether a value is a person's by an order, and this customer has not written it."""
        if not self._facts or not (span.type in _OWN_ONLY or (span.type == "name" and span in self._housed)):
            return False
        value = _core(span)
        if value in self._theirs or value in self._shops:
            return False
        return any(value in fact for fact in self._facts) or (
            span.type == "address" and _is_among(span.value, self._records, self._context.market)
        )

    def card_ends(self, text: str) -> Iterator[Finding]:
        """Yield the last digits of a card, where an order has them and this customer has not written them."""
        context = self._context
        if context.verified or not any(map(str.isdigit, text)):
            return
        reading = read(text, market=context.market, language=context.language)
        ends = card_ends(reading)
        records = self._records if ends else ()
        known = {end for piece in records for end in card_ends(read(piece, market=context.market, language=None))}
        for end, place in ends.items():
            if end in known and end not in re.findall(r"\d+", f"{context.customer_text} {context.said}"):
                start, stop = reading.normal.span(*place)
                yield Finding(
                    rule="private_card", severity="block", start=start, end=stop,
                    message="the last digits of a card are told to a customer who is not verified", suggestion="leave it out",
                )  # fmt: skip


def _beside(first: Span, last: Span, text: str) -> bool:
    """Whether a name and an address stand in one sentence."""
    between = text[first.end : last.start]
    return len(between) <= _BESIDE and not _ENDS.search(between)


def _is_given(address: str, context: Context) -> bool:
    """Whether the evidence has an address with the same numbers: "улице Гагарина, 14" for "ул. Гагарина, д. 14"."""
    return _is_among(address, context.evidence, context.market)


def _is_among(address: str, pieces: Iterable[str], market: str | None) -> bool:
    numbers = set(map(int, _NUMBERS.findall(address)))
    return bool(numbers) and any(
        span.type == "address" and set(map(int, _NUMBERS.findall(span.value))) == numbers
        for piece in pieces
        for span in find_private(piece, market=market)
    )
