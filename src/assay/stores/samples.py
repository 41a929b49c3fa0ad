"""Failing rows on disk: one file a run, named by digest, and a note of its own in the place of each that was erased."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assay.base.canonical import Digest
from assay.stores.by_digest import DigestFiles

_PRIVATE = 0o700


class DiskSamples:
    """The `KeptSamples` port on a local directory.

    The note is written before the rows are removed: whoever is stopped in between has said what they erased, the rows
    are not given out any more, and the next erasure removes them.
    """

    def __init__(self, directory: Path) -> None:
        self._rows = DigestFiles(directory, ".rows", _PRIVATE)
        self._notes = DigestFiles(directory, ".erased", _PRIVATE)

    def put(self, digest: Digest, content: bytes) -> None:
        """Keep the rows of one run."""
        if self._notes.get(digest) is None:
            self._rows.put(digest, content)

    def get(self, digest: Digest) -> bytes | None:
        """Return what is kept."""
        return self._rows.get(digest) if self._notes.get(digest) is None else None

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of all that is kept, ordered."""
        erased = set(self._notes.digests())
        return tuple(digest for digest in self._rows.digests() if digest not in erased)

    def erase(self, digest: Digest, note: bytes) -> None:
        """Note it, then remove it; and with it whatever else was noted and not removed."""
        self._notes.put(digest, note)
        for each in self._notes.digests():
            self._rows.erase(each)

    def notes(self) -> Mapping[Digest, bytes]:
        """Return the notes, ordered by digest."""
        found = {digest: self._notes.get(digest) for digest in self._notes.digests()}
        return {digest: note for digest, note in found.items() if note is not None}
