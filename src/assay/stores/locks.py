"""Locks on files: the operating system lets go of them when their holder dies, however it dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from assay.base.errors import Busy, refusal


class FileLocks:
    """The `Locks` port on a local directory; beside each lock a note says who holds it since when."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a lock while the block runs."""
        self._directory.mkdir(parents=True, exist_ok=True)
        note = self._directory / f"{name}.holder"
        lock = FileLock(self._directory / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            wrong = refusal(
                name,
                expected="nobody else at work on it",
                found=_holder(note),
                hint="Wait for it to end, then run the command again.",
            )
            raise Busy(*wrong.faults) from error
        try:
            note.write_text(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
            yield
        finally:
            note.unlink(missing_ok=True)
            lock.release()


def _holder(note: Path) -> str:
    try:
        return note.read_text() or "another process"
    except FileNotFoundError:
        return "another process"
