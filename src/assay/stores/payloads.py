"""Frozen payloads on disk: one archive a file, named by digest."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from assay.base.canonical import Digest, hex_of
from assay.stores.database import space_on_disk


class DiskPayloads:
    """The `Payloads` port on a local directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, digest: Digest, archive: bytes) -> None:
        """Keep an archive; written aside, synced and renamed, so that nobody sees half of it."""
        path = self._path(digest)
        if path.exists():
            return
        aside = self._directory / f".{uuid4().hex}"
        try:
            with space_on_disk(self._directory):
                self._directory.mkdir(parents=True, exist_ok=True)
                with aside.open("xb") as file:
                    file.write(archive)
                    file.flush()
                    os.fsync(file.fileno())
                aside.rename(path)
        finally:
            aside.unlink(missing_ok=True)

    def get(self, digest: Digest) -> bytes | None:
        """Return the archive; None when it is not here."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, digest: Digest) -> Path:
        return self._directory / f"{hex_of(digest)}.payload.tar"
