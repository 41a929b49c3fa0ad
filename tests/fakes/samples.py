"""Failing rows in memory, for tests of what stands on the `KeptSamples` port."""

from __future__ import annotations

from collections.abc import Mapping

from assay.base.canonical import Digest


class MemorySamples:
    """The `KeptSamples` port on two dicts; gone with the process."""

    def __init__(self) -> None:
        self._rows: dict[Digest, bytes] = {}
        self._notes: dict[Digest, bytes] = {}

    def put(self, digest: Digest, content: bytes) -> None:
        if digest not in self._notes:
            self._rows.setdefault(digest, content)

    def get(self, digest: Digest) -> bytes | None:
        return self._rows.get(digest)

    def digests(self) -> tuple[Digest, ...]:
        return tuple(sorted(self._rows))

    def erase(self, digest: Digest, note: bytes) -> None:
        self._notes.setdefault(digest, note)
        self._rows.pop(digest, None)

    def notes(self) -> Mapping[Digest, bytes]:
        return {digest: self._notes[digest] for digest in sorted(self._notes)}
