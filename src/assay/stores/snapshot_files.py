"""Single files of a store of snapshots: their digests and sizes, and that they are on the disk itself."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from assay.base.canonical import Digest
from assay.base.snapshots import Column

Describe = Callable[[str], tuple[tuple[Column, ...], int]]
"""Tells the columns and the number of rows of a Parquet file, from its footer."""


def digest_of(path: Path) -> Digest | None:
    """Return the digest of a file's bytes; None if it is not there, or cannot be read."""
    try:
        with path.open("rb") as file:
            return Digest("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())
    except FileNotFoundError:
        return None


def size_of(path: Path) -> int | None:
    """Return how many bytes a file has; None if it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def flush(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
