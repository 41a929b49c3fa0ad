"""Files named by the digest of their content: what frozen payloads and people's texts are kept in."""

from __future__ import annotations

import os
import re
from pathlib import Path
from uuid import uuid4

from assay.base.canonical import Digest, hex_of
from assay.base.full_disk import space_on_disk

_HEX = re.compile("[0-9a-f]{64}")


class DigestFiles:
    """A directory of such files, one a content."""

    def __init__(self, directory: Path, ending: str, mode: int = 0o777) -> None:
        self._directory = directory
        self._ending = ending
        self._mode = mode  # of the directory, when it is made; the user's mask still counts

    def put(self, digest: Digest, content: bytes) -> None:
        """Keep a content; written aside, synced and renamed, so that nobody sees half of it."""
        path = self._path(digest)
        if path.exists():
            return
        aside = self._directory / f".{uuid4().hex}"
        try:
            with space_on_disk(self._directory):
                self._directory.mkdir(parents=True, exist_ok=True, mode=self._mode)
                with aside.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                aside.rename(path)
        finally:
            aside.unlink(missing_ok=True)

    def get(self, digest: Digest) -> bytes | None:
        """Return a content as it is stored; None when it is not here."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def erase(self, digest: Digest) -> None:
        """Remove the file of a content, if it is here."""
        self._path(digest).unlink(missing_ok=True)

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of all contents that are here, ordered."""
        names = sorted(path.name.removesuffix(self._ending) for path in self._directory.glob(f"*{self._ending}"))
        return tuple(Digest(f"sha256:{name}") for name in names if _HEX.fullmatch(name))

    def _path(self, digest: Digest) -> Path:
        return self._directory / f"{hex_of(digest)}{self._ending}"
