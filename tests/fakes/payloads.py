"""Payloads in memory, for tests of what stands on the `Payloads` port."""

from __future__ import annotations

from assay.base.canonical import Digest


class MemoryPayloads:
    """The `Payloads` port on a dict; gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[Digest, bytes] = {}

    def put(self, digest: Digest, archive: bytes) -> None:
        self._kept.setdefault(digest, archive)

    def get(self, digest: Digest) -> bytes | None:
        return self._kept.get(digest)
