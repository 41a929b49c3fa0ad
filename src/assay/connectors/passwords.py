"""Passwords: hashed with argon2id, and compared with as much work whether there is an account or not."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from assay.base.errors import refusal

_AT_ONCE = 4
"""Hashes that one process computes at the same time: each takes 64 MiB, and a crowd at the door must not take all."""

_ASKED = RFC_9106_LOW_MEMORY
_NOBODYS = (
    f"$argon2id$v={_ASKED.version}$m={_ASKED.memory_cost},t={_ASKED.time_cost},p={_ASKED.parallelism}"
    f"${b64encode(bytes(_ASKED.salt_len)).decode().rstrip('=')}${b64encode(bytes(_ASKED.hash_len)).decode().rstrip('=')}"
)
"""Costs as much to compare with as anybody's; no password is known that would fit."""


class Argon2Passwords:
    """The `Passwords` port on argon2id, with the second recommendation of RFC 9106, section 4.

    That is 3 passes over 64 MiB in 4 lanes, a salt of 16 bytes and a hash of 32.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(_ASKED)
        self._turn = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return a hash to keep."""
        typed = _bytes_of(password)
        if typed is None:
            raise refusal("password", expected="characters", found="half of a surrogate pair")
        with self._turn:
            return self._hasher.hash(typed)

    def verify(self, hashed: str | None, password: str) -> bool:
        """Say whether a password is the one that was hashed; where nothing was, say no after the same work."""
        typed = _bytes_of(password)
        with self._turn:
            try:
                self._hasher.verify(_NOBODYS if hashed is None else hashed, typed or b"")
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None and typed is not None

    def is_weak(self, hashed: str) -> bool:
        """Say whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)


def _bytes_of(password: str) -> bytes | None:
    """Return what is hashed of a password; None for a text that has no bytes."""
    try:
        return unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
