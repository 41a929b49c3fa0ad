"""Staging: places in which to write what nobody sees yet. What a dead process left in one is swept away.

Each process that writes has a folder, beside a lock file of the same name which it holds as long as it lives; its
places are folders in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from uuid import uuid4

from filelock import FileLock, Timeout

_LOCK = ".lock"


class Staging:
    """Places to write in, on the file system of what they will be moved to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: FileLock | None = None
        self._empty: list[Path] = []
        self._opening = Lock()
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def place(self) -> Iterator[Path]:
        """Open a place of one's own; leaving it removes what is still there."""
        try:
            place = self._empty.pop()
        except IndexError:
            place = self._new()
        try:
            yield place
        finally:
            if place.is_dir() and not any(place.iterdir()):  # removing a folder costs ext4 a millisecond, each step
                self._empty.append(place)
            else:
                shutil.rmtree(place, ignore_errors=True)

    def sweep(self) -> None:
        """Remove the folders of dead processes: those whose lock nobody holds."""
        for path in self._folder.glob(f"*{_LOCK}"):
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except (Timeout, OSError):
                continue
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
            lock.release()

    def _new(self) -> Path:
        with self._opening:  # of several threads one makes it
            if self._lock is None:
                self._lock = self._locked()
        place = Path(self._lock.lock_file).with_suffix("") / uuid4().hex
        place.mkdir(parents=True)
        return place

    def _locked(self) -> FileLock:
        """Hold a new lock; where a sweeper took the file away before it was locked, another is made."""
        while True:
            lock = FileLock(self._folder / f"{uuid4().hex}{_LOCK}", thread_local=False)
            lock.acquire()
            if Path(lock.lock_file).exists():
                return lock
            lock.release()
