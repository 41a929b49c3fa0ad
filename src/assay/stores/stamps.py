"""Stamps: by what a file is known not to have been touched since it was looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from assay.base.errors import AssayError, refusal

# A file that was written to within the last tick of its file system's clock can be written to again without a trace in
# its times. Two seconds is the coarsest tick in use (FAT); a younger file is read again the next time.
_SETTLED_NANOSECONDS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known not to have been touched; ``is_settled`` says that the times can be relied on."""

    text: str
    is_settled: bool
    size_bytes: int


def stamp_of(path: Path) -> Stamp:
    """Look at a received file.

    Raises:
        AssayError: it is not there, or cannot be looked at.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    newest = max(facts.st_mtime_ns, facts.st_ctime_ns)
    text = f"{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}:{facts.st_ino}"
    return Stamp(text, time.time_ns() - newest > _SETTLED_NANOSECONDS, facts.st_size)


def unreadable(path: Path, error: OSError) -> AssayError:
    """Make the refusal of a file that cannot be read."""
    hint = "Deliver the file, or correct the path in the servers of its source."
    found = error.strerror or "none"
    return refusal(str(path), expected="a file that can be read", found=found, hint=hint, is_passing=True)
