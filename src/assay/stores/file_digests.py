"""Digests of files that lie anywhere, remembered as long as nobody touched the file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from assay.base.canonical import Digest, digest_text, parse_digest
from assay.base.errors import AssayError
from assay.stores.notes import Notes
from assay.stores.stamps import Stamp, stamp_of, unreadable


class FileDigests:
    """Tells the digests of files; a file is read once for it. A note says path, stamp and digest."""

    def __init__(self, directory: Path) -> None:
        """Remember in a directory."""
        self._notes = Notes(directory)

    def digests(self, paths: Sequence[str]) -> tuple[Digest, ...]:
        """Return the digest of each file.

        Raises:
            AssayError: a file cannot be read.
        """
        return tuple(self._digest(Path(path).resolve()) for path in paths)

    def _digest(self, path: Path) -> Digest:
        stamp = stamp_of(path)
        return self._known(path, stamp) or self._read(path, stamp)

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
                digest = Digest(f"sha256:{hashlib.file_digest(reading, 'sha256').hexdigest()}")
        except OSError as error:
            raise unreadable(path, error) from error
        if stamp.is_settled and stamp_of(path).text == stamp.text:
            self._notes.write(digest_text(str(path)), {"path": str(path), "stamp": stamp.text, "digest": digest})
        return digest
