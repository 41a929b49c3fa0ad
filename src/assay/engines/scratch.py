"""Scratch: folders in which an engine puts what it needs while it works. What a killed process left is swept away.

Each folder is one session's own: two sessions of DuckDB that spill into one folder destroy each other's files.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from assay.base.errors import refusal

_LOCK = ".lock"


class OwnFolder:
    """The name of a folder that is nobody else's until it is closed; whoever needs it makes it there."""

    def __init__(self, scratch: Path, name: str) -> None:
        """Choose it, after sweeping away what belonged to dead processes.

        Args:
            scratch: the directory below which it is; made if it is missing.
            name: how its name begins.

        Raises:
            AssayError: nothing can be written there.
        """
        try:
            scratch.mkdir(parents=True, exist_ok=True)
            _sweep(scratch)
            self._lock = _locked(scratch.resolve(), name)
        except OSError as error:
            found = (error.strerror or str(error)).lower()
            expected = "a folder to work in, with room and leave to write"
            raise refusal(str(scratch), expected=expected, found=found) from error
        self.path = Path(self._lock.lock_file).with_suffix("")

    def close(self) -> None:
        """Remove it and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()


def _locked(scratch: Path, name: str) -> FileLock:
    """Hold a new lock beside a folder to be; where a sweeper took its file away meanwhile, another is made."""
    while True:
        lock = FileLock(scratch / f"{name}-{uuid4().hex}{_LOCK}", thread_local=False)
        lock.acquire()
        if Path(lock.lock_file).exists():
            return lock
        lock.release()


def _sweep(scratch: Path) -> None:
    """Remove the folders of dead processes: those whose lock nobody holds."""
    for path in scratch.glob(f"*{_LOCK}"):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink(missing_ok=True)
        lock.release()
