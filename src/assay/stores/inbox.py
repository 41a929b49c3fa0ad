"""Files that others leave for us in a folder: seen when they are whole, put away when they were answered."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from assay.base.errors import refusal
from assay.base.ports import Arrival

DONE = "done"
REFUSED = "refused"
REASON = ".why.txt"
UNFINISHED = ".part"
"""How a file ends that is still being written; whoever sends it renames it at the end."""

_LONGEST_NAME_BYTES = 200
"""A file system takes 255, and a number and the ending of the reason come after it."""


class DiskInbox:
    """The `Inbox` port on a local directory, with the folders ``done`` and ``refused`` in it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._entries: dict[str, Path] = {}

    def arrived(self) -> tuple[Arrival, ...]:
        """Return what is as it was at the look before; hidden and unfinished files are passed over."""
        with _said_by_us(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)
            found = sorted((_looked_at(path) for path in self._directory.iterdir() if _counts(path)), key=_age)
        before, self._entries = self._entries, {_token(path, seen): path for path, seen in found if seen}
        return tuple(_arrival(path, seen) for path, seen in found if seen and _token(path, seen) in before)

    def read(self, arrival: Arrival) -> bytes:
        """Return the content of a file that is still the one that arrived; a link is not followed."""
        path = self._entries[arrival.token]
        with _said_by_us(path):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(handle, "rb") as file:
                content = file.read(arrival.size_bytes + 1)
                seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or _token(path, seen) != arrival.token:
            raise refusal(arrival.name, expected="the file that arrived", found="another one, or none")
        return content

    def put_away(self, arrival: Arrival, reason: str = "") -> None:
        """Write the reason first and move then: whoever finds the file finds the reason."""
        path = self._entries[arrival.token]
        folder = self._directory / (REFUSED if reason else DONE)
        with _said_by_us(path):
            if _token(*_looked_at(path)) != arrival.token:
                return
            folder.mkdir(exist_ok=True)
            if folder.is_symlink():  # whoever may write here may not choose where we write
                raise NotADirectoryError(f"{folder.name} is a link")
            target = _free(folder, path.name)
            if reason:
                _write(folder / (target.name + REASON), reason)
            path.rename(target)


def _counts(path: Path) -> bool:
    return path.name not in (DONE, REFUSED) and not path.name.startswith(".") and path.suffix != UNFINISHED


def _looked_at(path: Path) -> tuple[Path, os.stat_result | None]:
    """Look at an entry itself, not at what it may link to; None when it is gone meanwhile."""
    try:
        return path, path.lstat()
    except FileNotFoundError:
        return path, None


def _age(entry: tuple[Path, os.stat_result | None]) -> tuple[int, str]:
    path, seen = entry
    return (seen.st_mtime_ns if seen else 0, path.name)


def _token(path: Path, seen: os.stat_result | None) -> str:
    if seen is None:
        return ""
    return f"{os.fsencode(path.name)!r} {seen.st_ino} {seen.st_mode} {seen.st_size} {seen.st_mtime_ns}"


def _arrival(path: Path, seen: os.stat_result) -> Arrival:
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
    return Arrival(name, stat.S_ISREG(seen.st_mode), seen.st_size, _token(path, seen))


def _free(folder: Path, name: str) -> Path:
    """Return a place for a file, and for the reason beside it, where nothing lies yet."""
    short = os.fsdecode(os.fsencode(name)[:_LONGEST_NAME_BYTES])
    for number in count(1):
        target = folder / (short if number == 1 else f"{short}.{number}")
        if not os.path.lexists(target) and not os.path.lexists(folder / (target.name + REASON)):
            return target
    raise AssertionError("counting does not end")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x") as file:
            file.write(text)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise


@contextmanager
def _said_by_us(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise refusal(str(path), expected="room and leave to take files in", found=found) from error
