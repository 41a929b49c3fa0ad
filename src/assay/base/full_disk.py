"""A full disk: how systems and engines say it, and how we do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from assay.base.errors import AssayError, Fault, Place

NO_ROOM = 200 + errno.ENOSPC
"""The exit code of a process of ours that has no room even for its answer; steps end with no such number."""

_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SIGNS = ("No space left on device", "Disk quota exceeded", "File too large", "database or disk is full")


def says_full_disk(message: str) -> bool:
    """Say whether a message, of whatever program, is about a disk that is full or what is left to a user of it."""
    return any(sign in message for sign in _SIGNS)


def is_full_disk(error: OSError) -> bool:
    """Say whether the system refused a write because the disk, or what is left to this user of it, is full."""
    return error.errno in _NUMBERS or says_full_disk(str(error))  # of several files at once no number is said


def full_disk(place: str) -> Fault:
    """Make the fault that names what is full.

    Args:
        place: the folder that was written to.
    """
    hint = "Free some space and run the command again: nothing was published, finished steps are kept."
    return Fault(Place(place), "space on the disk", "a full disk", hint, is_passing=True)


@contextmanager
def space_on_disk(folder: object) -> Iterator[None]:
    """Turn the system's word for a full disk into ours, naming the folder.

    Args:
        folder: its path.

    Raises:
        AssayError: the disk, or what is left to this user of it, is full.
    """
    try:
        yield
    except OSError as error:
        if not is_full_disk(error):
            raise
        raise AssayError(full_disk(str(folder))) from error
