"""Encryption at rest and look-up without plaintext.

AES-256-GCM (NIST SP 800-38D) under keys derived from `DATA_KEYS`; every sealed value begins with the key's
own id, so that keys can be rotated: the first seals, any of them opens.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import BorgersvarError

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class UnknownDataKeyError(BorgersvarError):
    """A stored value was sealed with a key that DATA_KEYS no longer holds, or it was changed since."""


class Vault:
    def __init__(self, data_keys: Sequence[str], lookup_key: str) -> None:
        derived = [hashlib.sha256(b"borgersvar data key" + key.encode()).digest() for key in data_keys]
        self._ciphers = {hashlib.sha256(key).digest()[:_KEY_ID_BYTES]: AESGCM(key) for key in derived}
        self._newest = next(iter(self._ciphers))
        self._lookup_key = hashlib.sha256(b"borgersvar lookup key" + lookup_key.encode()).digest()

    def seal(self, text: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        data = text.encode("utf-8", "surrogatepass")
        return self._newest + nonce + self._ciphers[self._newest].encrypt(nonce, data, self._newest)

    def open(self, sealed: bytes) -> str:
        """Raises UnknownDataKeyError."""
        key_id = sealed[:_KEY_ID_BYTES]
        nonce = sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
        try:
            data = self._ciphers[key_id].decrypt(nonce, sealed[_KEY_ID_BYTES + _NONCE_BYTES :], key_id)
        except (KeyError, ValueError, InvalidTag) as error:
            raise UnknownDataKeyError("a stored value can't be opened with the keys in DATA_KEYS") from error
        return data.decode("utf-8", "surrogatepass")

    def lookup(self, phone: str) -> str:
        """HMAC-SHA-256 of an E.164 number, in hex: equal numbers meet, nothing can be read back."""
        return hmac.new(self._lookup_key, phone.encode(), hashlib.sha256).hexdigest()
