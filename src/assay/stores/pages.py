"""Published pages on disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from assay.base.errors import refusal


class DiskPages:
    """The `Pages` port on a local directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def publish(self, name: str, content: bytes) -> str:
        """Write aside, sync and rename, so that a reader sees the old page or the new one."""
        path = self._directory / name
        aside = path.with_name(f".{uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError as error:
            with suppress(OSError):  # it is in the way of nothing
                aside.unlink()
            found = (error.strerror or str(error)).lower()
            raise refusal(str(path), expected="room and leave to write a page", found=found) from error
        return str(path)

    def read(self, name: str) -> bytes | None:
        """Return a page as it is now; None when there is none."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None
