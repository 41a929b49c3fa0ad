"""Texts in memory, for tests of what stands on the `Texts` port."""

from __future__ import annotations

from assay.base.canonical import Digest


class MemoryTexts:
    """The `Texts` port on a dict; gone with the process."""

    def __init__(self) -> None:
        self._texts: dict[Digest, bytes] = {}

    def put(self, digest: Digest, content: bytes) -> None:
        self._texts.setdefault(digest, content)

    def get(self, digest: Digest) -> bytes | None:
        return self._texts.get(digest)

    def erase(self, digest: Digest) -> None:
        self._texts.pop(digest, None)
