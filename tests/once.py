"""What is made once for a whole run, although the files of a suite run in several processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of this run, filled by whoever asked for it first; the others wait until it is there.

    It is for copying only: somebody else may copy it at the same moment.

    Args:
        factory: of this process.
        name: of the folder; the same name is the same folder.
        make: makes the folder, which is not there yet, and fills it.
    """
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "once" / name
    folder.parent.mkdir(exist_ok=True)
    made = folder.with_name(f"{name}.made")
    with FileLock(f"{folder}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # somebody began and failed
            make(folder)
            for database in folder.rglob("*.db"):
                if database.read_bytes()[:6] == b"SQLite":
                    with closing(sqlite3.connect(database)) as connection:
                        connection.execute("pragma wal_checkpoint(truncate)")  # all of it lies in its file
            made.touch()
    return folder
