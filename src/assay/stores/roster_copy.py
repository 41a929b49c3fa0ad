"""The copy of a node's roster that people read; the roster itself is in the node's ledger."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from assay.base.errors import refusal


class DiskRosterCopy:
    """The `RosterCopy` port on a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name

    def read(self) -> bytes | None:
        """Return what stands there; None where there is no file that can be read."""
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    def write(self, content: bytes) -> None:
        """Write it anew: aside, and then in place of what is there."""
        aside = self._path.with_name(f".{self._path.name}.part")
        try:
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
        except OSError as error:
            with suppress(OSError):  # it is in the way of nothing
                aside.unlink(missing_ok=True)
            found = (error.strerror or str(error)).lower()
            raise refusal(str(self._path), expected="room and leave to write a file", found=found) from error
