"""Encryption of the texts in a store, where a key is set."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cs_assist.errors import MissingExtraError, StoreKeyError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

#: How every Fernet token begins (its version byte and the high bytes of its time); JSON never does.
_MARK = "gAAAA"
_HINT = "Set store_key (CS_ASSIST_STORE_KEY) to the key that the store was written with; when it is lost, so are the texts."


class Cipher:
    """Seals texts with the newest key and opens them with any.

    Fernet, as the cryptography project specifies it: AES-128 in CBC mode with HMAC-SHA256, so that an altered text
    is noticed.

    Args:
        keys: Fernet keys separated by commas, newest first; empty seals nothing.

    Raises:
        MissingExtraError: A key is given and the extra ``encryption`` is not installed.
        StoreKeyError: What is given is no key.
    """

    def __init__(self, keys: str = "") -> None:
        self._keys = tuple(key.strip() for key in keys.split(",") if key.strip())
        if self._keys:
            _ = self._fernet

    def __bool__(self) -> bool:
        return bool(self._keys)

    @cached_property
    def _fernet(self) -> MultiFernet:
        try:
            from cryptography.fernet import Fernet, MultiFernet
        except ImportError as exc:
            raise MissingExtraError("encryption", needed_for="the setting 'store_key'") from exc
        try:
            return MultiFernet([Fernet(key) for key in self._keys])
        except ValueError as exc:
            raise StoreKeyError(
                "setting 'store_key' holds something that is no Fernet key (32 bytes in URL-safe base64).",
                hint='Make one: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
            ) from exc

    def seal(self, text: str) -> str:
        """Return ``text`` encrypted with the newest key; as it is where there is no key."""
        return self._fernet.encrypt(text.encode("utf-8")).decode("ascii") if self._keys and text else text

    def open(self, sealed: str) -> str:
        """Return the text of ``sealed``; what was written before there was a key is returned as it is.

        Raises:
            StoreKeyError: No key opens it.
        """
        if not sealed.startswith(_MARK):
            return sealed
        if not self._keys:
            raise StoreKeyError("the store is encrypted and no key is set.", hint=_HINT)
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode("utf-8")
        except InvalidToken as exc:
            raise StoreKeyError("the store is encrypted with another key than those set.", hint=_HINT) from exc
