"""Who writes: one customer behind an e-mail address, a phone number, a marketplace id and order numbers.

Only keyed hashes (HMAC-SHA256, RFC 2104) of these are stored, so that nobody who reads the store learns an
address from it or can try all phone numbers. Two people who share a phone stay two: where the keys of one message
belong to different customers, nothing is merged and the person who takes over is told. An order number, which
others may have seen, makes nobody its customer.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from unicodedata import normalize

from cs_assist.config import Settings
from cs_assist.conversation.repetition import plain
from cs_assist.errors import SettingsError
from cs_assist.types import Customer

#: Kinds of keys, the one that says most about who somebody is first.
KINDS = ("marketplace_id", "email", "phone", "order")
_PERSONAL = KINDS[:3]
_SHORTEST_ORDER, _SHORTEST_PHONE = 6, 7
_FILE = "identity.key"


class CustomerStore(Protocol):
    """What recognising customers needs of the store."""

    def customer_of(self, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Return the customers known under any of ``keys``."""
        ...

    def keys_of(self, customer_id: str) -> tuple[tuple[str, str], ...]:
        """Return what a customer is known under, as pairs of kind and hashed value."""
        ...


@dataclass(frozen=True)
class Person:
    """Who a message is from.

    Args:
        customer_id: None where it cannot be told, because its best key belongs to several customers or is an order number.
        keys: Kind to hashed value.
        clash: Other customers that some of the keys belong to.
    """

    customer_id: str | None
    keys: Mapping[str, str]
    clash: tuple[str, ...] = ()


class Identity:
    """Turns what a channel knows of a customer into keys, and keys into a customer.

    Args:
        secret: The key of the hashes; with another key nobody is recognised.

    Example:
        >>> identity = Identity(b"secret")
        >>> one, two = Customer(phone="+49 170 1234567"), Customer(phone="0170/1234567")
        >>> identity.keys(one) == identity.keys(two, market="DE")
        True
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def keys(
        self, customer: Customer, *, market: str | None = None, platform: str | None = None, orders: Sequence[str] = ()
    ) -> dict[str, str]:
        """Return the hashed keys of a customer by kind; what is empty or cannot be one is left out.

        Args:
            customer: What the channel knows.
            market: Its phone numbers are known without a country code.
            platform: A marketplace id is one of this marketplace.
            orders: Order numbers that the customer or the caller named; the first that is long enough counts.
        """
        order = next((o for o in map(plain, orders) if len(o) >= _SHORTEST_ORDER and any(map(str.isdigit, o))), "")
        marketplace = (customer.marketplace_id or "").strip()
        values = {
            "marketplace_id": f"{platform or ''}:{marketplace}" if marketplace else "",
            "email": _email(customer.email or ""),
            "phone": _phone(customer.phone or "", market),
            "order": order,
        }
        return {kind: self._hash(kind, value) for kind, value in values.items() if value}

    def recognise(self, keys: Mapping[str, str], store: CustomerStore) -> Person:
        """Return who the keys belong to; somebody new where nobody is known under them.

        An order number names nobody, because others may have seen it: who is known under the same one is a clash, of which the
        person who takes over is told. A key that several customers share names none of them.
        """
        owners = {kind: store.customer_of({kind: keys[kind]}) for kind in KINDS if kind in keys}
        whose = _whose({kind: found for kind, found in owners.items() if kind in _PERSONAL}, keys, store)
        everybody = dict.fromkeys(owner for found in owners.values() for owner in found)
        return Person(whose, keys, clash=tuple(other for other in everybody if other != whose))

    def _hash(self, kind: str, value: str) -> str:
        return hmac.new(self._secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def _whose(owners: Mapping[str, Sequence[str]], keys: Mapping[str, str], store: CustomerStore) -> str | None:
    """Return the customer of a message by the ``owners`` of its personal keys, the best first; None where nobody can tell."""
    best = next(iter(owners), None)
    if best is None or len(owners[best]) > 1:
        return None
    for kind, found in owners.items():
        if len(found) == 1 and not _contradicts(kind, keys, found[0], store):
            return found[0]
    return f"customer-{keys[best][:24]}"


def _contradicts(kind: str, keys: Mapping[str, str], customer: str, store: CustomerStore) -> bool:
    """Tell whether a customer who shares a key of this kind has another of a better kind than the message's."""
    known = store.keys_of(customer) if kind == "phone" and "email" in keys else ()
    return ("email", keys.get("email")) not in known and any(other == "email" for other, _ in known)


def open_identity(settings: Settings) -> Identity:
    """Return the identity with the seller's key, else with one that is made in ``state_dir`` at its first use.

    Several machines that share a database need the setting ``identity_key``: each would make a key of its own.

    Raises:
        SettingsError: The key cannot be kept.
    """
    given = settings.identity_key.get_secret_value()
    return Identity(given.encode() if given else _own_key(settings.state_dir / _FILE))


def _own_key(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        if not path.exists():
            handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                os.link(made, path)  # whoever links first has made the key: nobody ever reads half a key
            made.unlink()
        return path.read_bytes()
    except OSError as exc:
        raise SettingsError(
            f"the key of customers' identities cannot be kept in '{path}': {exc}.",
            hint="Set CS_ASSIST_IDENTITY_KEY, or CS_ASSIST_STATE_DIR to a folder that can be written.",
        ) from exc


def _email(address: str) -> str:
    address = normalize("NFKC", address).strip().casefold()
    return address if "@" in address.strip("@") else ""


def _phone(number: str, market: str | None) -> str:
    """Return a number as E.164 has it, else its digits."""
    import phonenumbers

    if not number.strip():
        return ""
    try:
        parsed = phonenumbers.parse(number, market)
    except phonenumbers.NumberParseException:
        digits = "".join(char for char in normalize("NFKC", number) if char.isdigit())
        return digits if len(digits) >= _SHORTEST_PHONE else ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
