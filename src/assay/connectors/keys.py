"""Keys: Ed25519 private keys in files of their own, readable by their owner alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assay.base.errors import refusal
from assay.base.roles import PublicKey

_OTHERS = 0o077
_MAKE_ONE = "Make one with: assay key new"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """The `Signer` port on a private key in memory, from a file or a vault. It shows in no representation of it."""

    public: PublicKey
    _key: Ed25519PrivateKey = field(repr=False)

    @property
    def key_id(self) -> str:
        """SHA-256 of the public key, in hexadecimal."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self._key.sign(message)


def new_key(path: Path) -> KeySigner:
    """Make a key pair and write the private key to a new file (PEM, PKCS #8, mode 0600).

    Raises:
        AssayError: the file is there already; a key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise refusal(
            str(path),
            expected="no file there yet",
            found="a file",
            hint="A key is never overwritten. Name another file, or move this one away.",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return _signer(key)


def read_key(path: Path) -> KeySigner:
    """Read a private key.

    Raises:
        AssayError: no file, not an Ed25519 key, or a file that others on this machine can read.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise refusal(str(path), expected="your private key", found="no file", hint=_MAKE_ONE) from error
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise refusal(str(path), expected="the file of a private key", found=found, hint=_MAKE_ONE) from error
    if os.name == "posix" and mode & _OTHERS:
        raise refusal(
            str(path),
            expected="a private key that only its owner can read",
            found=f"mode {mode & 0o777:o}",
            hint=f"Run: chmod 600 {path}",
        )
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise refusal(
            str(path), expected="an Ed25519 private key (PEM)", found="something else", hint=_MAKE_ONE
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise refusal(str(path), expected="an Ed25519 private key", found=type(key).__name__, hint=_MAKE_ONE)
    return _signer(key)


def public_keys_beside(path: Path) -> tuple[PublicKey, ...]:
    """Return the public halves of all keys in the folder of a key, its own included; unreadable ones are left out.

    It tells whether one machine holds the keys of several people, who then are not independent.
    """
    found = []
    for file in sorted(path.parent.glob("*.pem")):
        try:
            found.append(_signer_of(file).public)
        except (ValueError, TypeError, OSError, UnsupportedAlgorithm):
            continue
    return tuple(found)


def _signer_of(path: Path) -> KeySigner:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(path.name)
    return _signer(key)


def _signer(key: Ed25519PrivateKey) -> KeySigner:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return KeySigner(PublicKey(raw), key)
