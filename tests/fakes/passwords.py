"""Passwords that cost nothing to hash, for tests that sign in a hundred times."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata

from assay.base.errors import refusal


class QuickPasswords:
    """The `Passwords` port on one round of SHA-256; it counts how often it did the work of a comparison."""

    def __init__(self, form: str = "quick") -> None:
        self.form = form
        self.comparisons = 0
        self._salts = itertools.count()

    def hash(self, password: str) -> str:
        salt = str(next(self._salts))
        try:
            return f"{self.form}:{salt}:{_digest(salt, password)}"
        except UnicodeEncodeError as error:
            raise refusal("password", expected="characters", found="half of a surrogate pair") from error

    def verify(self, hashed: str | None, password: str) -> bool:
        self.comparisons += 1
        parts = [] if hashed is None else hashed.split(":")
        try:
            return len(parts) == 3 and _digest(parts[1], password) == parts[2]
        except UnicodeEncodeError:
            return False

    def is_weak(self, hashed: str) -> bool:
        return not hashed.startswith(f"{self.form}:")


def _digest(salt: str, password: str) -> str:
    typed = unicodedata.normalize("NFKC", password).encode()
    return hashlib.sha256(salt.encode() + b":" + typed).hexdigest()
