"""Digests of files that lie anywhere, remembered as long as nobody touched the file.

They stay on this machine and are in no statement: what is signed names a file by the SHA-256 of its content. This is
the digest of its BLAKE2b, which takes a third of the time on processors without instructions for SHA-256.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread

from assay.base.canonical import Digest, digest_text, parse_digest
from assay.base.errors import AssayError
from assay.stores.notes import Notes
from assay.stores.stamps import Stamp, stamp_of, unreadable

_STRETCH_BYTES = 16 * 2**20
"""Read and digested at a time. Between two, this thread asks for Python's lock, for which it waits up to 5 ms."""

_MOST_READERS = 4


class FileDigests:
    """Tells the digests of files; a file is read once for it. A note says path, stamp and digest."""

    def __init__(self, directory: Path) -> None:
        """Remember in a directory."""
        self._notes = Notes(directory)
        self._ahead: dict[Path, _ReadAhead] = {}

    def begin(self, paths: Sequence[str]) -> None:
        """Read files beside what else goes on, for they will be asked for."""
        asked = list(dict.fromkeys(Path(path).resolve() for path in paths))
        readers = min(len(asked), os.cpu_count() or 1, _MOST_READERS)
        for number in range(readers):
            ahead = _ReadAhead(self.digest, asked[number::readers])
            self._ahead.update(dict.fromkeys(ahead.paths, ahead))
            ahead.start()

    def digests(self, paths: Sequence[str]) -> tuple[Digest, ...]:
        """Return the digest of each file.

        Raises:
            AssayError: a file cannot be read.
        """
        return tuple(self._asked(Path(path).resolve()) for path in paths)

    def _asked(self, path: Path) -> Digest:
        ahead = self._ahead.pop(path, None)
        if ahead is not None:
            stamp, digest = ahead.found(path)
            if stamp == stamp_of(path).text:  # else it was touched since
                return digest
        return self.digest(path)[1]

    def digest(self, path: Path) -> tuple[str, Digest]:
        """Return the digest of a file, from the note where nobody touched it since, after the stamp that it is of.

        Raises:
            AssayError: it cannot be read.
        """
        stamp = stamp_of(path)
        return stamp.text, self._known(path, stamp) or self._read(path, stamp)

    def _known(self, path: Path, stamp: Stamp) -> Digest | None:
        note = self._notes.read(digest_text(str(path)))
        if note.get("path") != str(path) or note.get("stamp") != stamp.text:
            return None
        try:
            return parse_digest(str(note.get("digest")))
        except AssayError:
            return None

    def _read(self, path: Path, stamp: Stamp) -> Digest:
        try:
            with path.open("rb") as reading:
                hashed, stretch = (
                    hashlib.blake2b(digest_size=32),
                    memoryview(bytearray(min(_STRETCH_BYTES, stamp.size_bytes + 1))),
                )
                while count := reading.readinto(stretch):
                    hashed.update(stretch[:count])
                digest = digest_text(f"blake2b:{hashed.hexdigest()}")
        except OSError as error:
            raise unreadable(path, error) from error
        if stamp.is_settled and stamp_of(path).text == stamp.text:
            self._notes.write(digest_text(str(path)), {"path": str(path), "stamp": stamp.text, "digest": digest})
        return digest


class _ReadAhead(Thread):
    """Reads files while nobody waits for them yet. Whoever breaks off need not wait for it either."""

    def __init__(self, digest: Callable[[Path], tuple[str, Digest]], paths: Sequence[Path]) -> None:
        super().__init__(daemon=True)
        self.paths = paths
        self._digest = digest
        self._found: dict[Path, tuple[str, Digest] | AssayError] = {}
        self._done = {path: Event() for path in paths}

    def run(self) -> None:
        try:
            for path in self.paths:
                try:
                    self._found[path] = self._digest(path)
                except AssayError as error:
                    self._found[path] = error
                self._done[path].set()
        finally:  # whatever it was: nobody waits for ever, and whoever asks meets it
            for event in self._done.values():
                event.set()

    def found(self, path: Path) -> tuple[str, Digest]:
        self._done[path].wait()
        found = self._found[path] if path in self._found else self._digest(path)
        if isinstance(found, AssayError):
            raise found
        return found
