"""The working tree: the project's own text files on disk, and the data files that a pattern matches."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from assay.base.errors import refusal

MARKER = "assay.yaml"


def find_project(start: Path) -> Path:
    """Find the project a directory lies in: the nearest folder, upwards, with an ``assay.yaml``.

    Raises:
        AssayError: there is none up to the root.
    """
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file():
            return folder
    raise refusal(
        str(start),
        expected=f"a project: a folder with the file {MARKER}, here or above",
        found="none",
        hint="Go to your project, or name it with --project DIR.",
    )


def read_files(project: Path, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Read the project's files that are wanted: relative path to content, ordered by path.

    A folder from which no file is wanted is not looked into: data, `.assay` and `.git` may hold very many.

    Args:
        project: its folder.
        is_wanted: tells of a path, relative to the project; what is wanted of a folder does not depend on its files'
            names.

    Raises:
        AssayError: a file that cannot be read.
    """
    found = dict(_wanted(project, is_wanted))
    return {path: _content(Path(found[path])) for path in sorted(found)}


def file_marks(project: Path, is_wanted: Callable[[str], bool]) -> dict[str, tuple[int, ...]]:
    """Look at the files that `read_files` would read, a tenth of the work: a file that was changed has another mark.

    Returns:
        Relative path to when its content and its entry changed last, its size and its number on the disk.
    """
    marks: dict[str, tuple[int, ...]] = {}
    for path, entry in _wanted(project, is_wanted):
        with contextlib.suppress(FileNotFoundError):  # removed just now, as if a moment earlier
            found = entry.stat()
            marks[path] = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    return marks


def _wanted(project: Path, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Give the project's files that are wanted, by relative path. A link to a folder is not followed."""
    waiting = [(str(project), "")]
    while waiting:
        folder, place = waiting.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue  # as `os.walk` does: a folder that was removed just now, or that is not for us
        for entry in entries:
            path = place + entry.name
            if entry.is_dir():
                if not entry.is_symlink() and is_wanted(f"{path}/any"):
                    waiting.append((entry.path, f"{path}/"))
            elif is_wanted(path) and entry.is_file():
                yield path, entry


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal(
            str(path), expected="a file that can be read", found=(error.strerror or str(error)).lower()
        ) from error


def data_files(project: Path) -> Callable[[str], tuple[str, ...]]:
    """Return what finds the files that a path pattern matches; relative patterns start at the project."""

    def find(pattern: str) -> tuple[str, ...]:
        whole = pattern if Path(pattern).is_absolute() else str(project / pattern)
        return tuple(sorted(path for path in glob.glob(whole, recursive=True) if Path(path).is_file()))  # noqa: PTH207

    return find
