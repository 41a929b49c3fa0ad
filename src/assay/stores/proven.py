"""Which envelopes were found good, in a file of its own under a key that lies elsewhere."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

from assay.base.canonical import Digest, hex_of

_FORM = b"assay proven 1\n"
_BYTES = 32


class ProvenFile:
    """The `Proven` port: digests one after the other, and at the end a code over them that only the key makes."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key

    def load(self) -> frozenset[Digest]:
        """Return the digests that were kept; none where the file is missing, cut short or another's."""
        try:
            content = self._path.read_bytes()
        except OSError:
            return frozenset()
        body, code = content[:-_BYTES], content[-_BYTES:]
        if not body.startswith(_FORM) or not hmac.compare_digest(code, self._code(body)):
            return frozenset()
        digests = body[len(_FORM) :].hex()
        step = 2 * _BYTES
        return frozenset(Digest(f"sha256:{digests[at : at + step]}") for at in range(0, len(digests), step))

    def save(self, digests: Collection[Digest]) -> None:
        """Keep these digests in place of the earlier ones; on a full disk nothing is kept, which costs time alone."""
        body = _FORM + bytes.fromhex("".join(map(hex_of, digests)))
        aside = self._path.with_name(f".{self._path.name}.{uuid4().hex}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(body + self._code(body))
                aside.replace(self._path)
            finally:
                aside.unlink(missing_ok=True)

    def _code(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()
