"""What a language model may see of one customer's texts: everything but what is private."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from cs_assist.guard.privacy import Kind, Vault
from cs_assist.types import Message

__all__ = ["Veil"]

#: Never put back into a text, whoever wrote them: a placeholder that stays is refused by the check.
_NEVER_BACK: tuple[Kind, ...] = ("card", "iban", "national_id", "password", "date_of_birth", "ip")
_PLACEHOLDER = re.compile(r"(\[(?:" + "|".join(kind.upper() for kind in get_args(Kind)) + r")_\d+\])")
#: What a code is written with; text without spaces around it is no part of it.
_SIGN = r"[A-Za-z\u00c0-\u024f\d]"
_CODE = re.compile(rf"(?<!{_SIGN}){_SIGN}+(?:-{_SIGN}+)*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: So many digits in one token name something, be it only a number of the shop's own that no rule knows; a date does not.
_DIGITS = 5
#: Shorter parts of a name are too often words.
_SHORTEST_LATIN, _SHORTEST = 3, 2
_LATIN = re.compile(r"[\w .'’+@/-]+", re.ASCII)


class Veil:
    """Hides the private data of one conversation behind placeholders, the same for the same value, and puts them back.

    Besides what is found in a text, all that the channel says of the customer and the order is hidden wherever it stands,
    and every token of five digits or more.

    Args:
        message: Its name, customer and order are what the channel says; its market tells how numbers are written.
        language: BCP 47, of the conversation.

    Example:
        >>> veil = Veil(Message(id="1", name="Ana Lima", market="US"), language="en")
        >>> veil.hide("Ana here, write to kate@example.com")
        '[NAME_3] here, write to [EMAIL_1]'
        >>> veil.restore("Hello [NAME_3]!")
        'Hello Ana!'
    """

    def __init__(self, message: Message, *, language: str) -> None:
        self._vault = Vault()
        self._market, self._language = message.market, language
        named = sorted(_known(message), key=lambda pair: -len(pair[1]))
        hidden = {value: self._vault.hide(kind, value) for kind, value in named}
        self._known = [(_pattern(value, whole=kind != "name"), hidden[value]) for kind, value in named]

    def hide(self, text: str) -> str:
        """Return ``text`` with placeholders for what is private."""
        masked = self._vault.mask(text, market=self._market, language=self._language).text if text else ""
        for pattern, placeholder in self._known:
            parts = _PLACEHOLDER.split(masked)
            parts[::2] = [pattern.sub(lambda _, put=placeholder: put, part) for part in parts[::2]]
            masked = "".join(parts)
        parts = _PLACEHOLDER.split(masked)
        parts[::2] = [_CODE.sub(self._code, part) for part in parts[::2]]
        return "".join(parts)

    def _code(self, found: re.Match[str]) -> str:
        token = found[0]
        named = sum(char.isdigit() for char in token) >= _DIGITS and not _DAY.fullmatch(token)
        return self._vault.hide("order_number", token) if named else token

    def restore(self, text: str) -> str:
        """Return ``text`` with the values, but for those that are never repeated to anybody."""
        return self._vault.restore(text, but=_NEVER_BACK)


def _known(message: Message) -> Iterator[tuple[Kind, str]]:
    """Yield what the channel says that is private."""
    customer, order = message.customer, message.order
    name = " ".join((message.name or "").split())
    told: list[tuple[Kind, str | None]] = [("name", name)]
    told += [("name", part) for part in name.split() if part != name]
    if customer:
        told += [("email", customer.email), ("phone", customer.phone), ("name", customer.marketplace_id)]
    if order:
        told += [("order_number", order.number), ("tracking_number", order.tracking), ("address", order.destination)]
    for kind, value in told:
        if value and len(value) >= (_SHORTEST_LATIN if _LATIN.fullmatch(value) else _SHORTEST):
            yield kind, value


def _pattern(value: str, *, whole: bool) -> re.Pattern[str]:
    """Return what finds a value; names only as they are written, for "will" is no Will."""
    edged = rf"(?<!{_SIGN}){re.escape(value)}(?!{_SIGN})" if _LATIN.fullmatch(value) else re.escape(value)
    return re.compile(edged, re.I if whole else 0)
