"""The vault: the keys that the portal holds for people, each sealed under the portal's master key.

Two things must come together before anybody could sign in another's name: the database and the file of the master key.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from assay.base.accounts import SealedKey, account_name
from assay.base.canonical import canonical_json
from assay.base.errors import AssayError, refusal
from assay.base.identity_ports import SealedKeys
from assay.base.roles import PublicKey
from assay.connectors.keys import KeySigner

_KEY_BYTES = 32
_NONCE_BYTES = 12
_OTHERS = 0o077
_PURPOSE = "assay portal key 1"
_SECRET_PURPOSE = "assay portal secret 1"
_DERIVED_PURPOSE = "assay portal derived key 1"
"""Of the associated data: what was sealed for something else, or in another form, does not open."""


class SealingVault:
    """The `Vault` port: Ed25519 keys under AES-256-GCM, wherever the sealed ones are kept; and the `Seal` port."""

    def __init__(self, master: bytes, keys: SealedKeys) -> None:
        self._master = master
        self._cipher = AESGCM(master)
        self._keys = keys

    def make(self, email: str) -> str:
        """Make somebody's key and return its public half in hexadecimal."""
        key = Ed25519PrivateKey.generate()
        name, public = account_name(email), key.public_key().public_bytes_raw()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, key.private_bytes_raw(), _bound_to(name, public))
        if not name or not self._keys.add(SealedKey(name, public, nonce, sealed)):
            found = "one with a key" if name else "no e-mail"
            raise refusal(email, expected="somebody whose key the portal does not hold yet", found=found)
        return public.hex()

    def public(self, email: str) -> str | None:
        """Return the public half of somebody's key in hexadecimal; None when they have none."""
        key = self._keys.get(account_name(email))
        return None if key is None else key.public.hex()

    def signer(self, email: str) -> KeySigner:
        """Return what signs with somebody's key."""
        found = self.find_signer(email)
        if found is None:
            hint = "An admin makes one, and puts its public half into people.yaml."
            raise refusal(email, expected="a key that the portal holds", found="none", hint=hint)
        return found

    def find_signer(self, email: str) -> KeySigner | None:
        """Return what signs with somebody's key; None when the portal holds none for them."""
        name = account_name(email)
        key = self._keys.get(name)
        if key is None:
            return None
        try:
            raw = self._cipher.decrypt(key.nonce, key.sealed, _bound_to(name, key.public))
        except (InvalidTag, ValueError) as error:
            raise refusal(
                email,
                expected="a key sealed under the portal's master key",
                found="one that does not open",
                hint="The master key was replaced or the database changed: restore both from one backup.",
            ) from error
        return KeySigner(PublicKey(key.public), Ed25519PrivateKey.from_private_bytes(raw))

    def seal(self, purpose: str, secret: str) -> bytes:
        """Return a secret as it may be stored: the nonce, and the secret under AES-256-GCM."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), canonical_json([_SECRET_PURPOSE, purpose]))

    def unseal(self, purpose: str, sealed: bytes) -> str | None:
        """Return a secret; None for one that does not open."""
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, content, canonical_json([_SECRET_PURPOSE, purpose])).decode()
        except (InvalidTag, ValueError):
            return None

    def key_for(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose, made of the master key (HKDF, RFC 5869): it tells nothing of it."""
        info = canonical_json([_DERIVED_PURPOSE, purpose])
        return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=info).derive(self._master)


def make_master_key(path: Path) -> None:
    """Write a new master key to a new file: 32 bytes of chance, mode 0600.

    Raises:
        AssayError: the file is there already; a master key is never overwritten, for all keys rest on it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        hint = "Every key of the portal rests on it: it is never overwritten."
        raise refusal(str(path), expected="no file there yet", found="a file", hint=hint) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def open_vault(path: Path, keys: SealedKeys) -> SealingVault:
    """Open the vault with the master key in a file.

    Raises:
        AssayError: no file, one that others on this machine can touch, or one that is not 32 bytes long.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            master = file.read(_KEY_BYTES + 1)
    except OSError as error:
        found = "no file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error)).lower()
        raise _no_master(path, found, "Restore it from a backup: every key of the portal rests on it.") from error
    if os.name == "posix" and mode & _OTHERS:
        raise _no_master(path, f"mode {mode & 0o777:o}, which others can touch", f"Run: chmod 600 {path}")
    if len(master) != _KEY_BYTES:
        found = f"{len(master)} bytes" if len(master) < _KEY_BYTES else "more bytes"
        raise _no_master(path, found, "Restore it from a backup.")
    return SealingVault(master, keys)


def _no_master(path: Path, found: str, hint: str) -> AssayError:
    expected = "the portal's master key, 32 bytes that only its owner can read"
    return refusal(str(path), expected=expected, found=found, hint=hint)


def _bound_to(name: str, public: bytes) -> bytes:
    return canonical_json([_PURPOSE, name, public.hex()])
