"""Secrets that open something: made by chance, kept as their hash."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32


def new_secret() -> str:
    """Return 32 bytes of chance, as 43 characters that may stand in a cookie and in an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of_secret(secret: str) -> str:
    """Return under what a secret is kept: its SHA-256, in hexadecimal.

    It is 32 bytes of chance, which nobody finds by trying: it needs no slow hash.
    """
    return hashlib.sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()
