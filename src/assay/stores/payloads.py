"""Frozen payloads on disk: one archive a file, named by digest."""

from __future__ import annotations

from pathlib import Path

from assay.base.canonical import Digest
from assay.stores.by_digest import DigestFiles


class DiskPayloads:
    """The `Payloads` port on a local directory; what was put there is never removed."""

    def __init__(self, directory: Path) -> None:
        self._files = DigestFiles(directory, ".payload.tar")

    def put(self, digest: Digest, archive: bytes) -> None:
        """Keep an archive."""
        self._files.put(digest, archive)

    def get(self, digest: Digest) -> bytes | None:
        """Return the archive; None when it is not here."""
        return self._files.get(digest)
