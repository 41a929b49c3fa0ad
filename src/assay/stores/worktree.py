"""The working tree: the project's own text files on disk, and the data files that a pattern matches."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
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
    files = {}
    for folder, folders, names in os.walk(project):
        place = Path(folder).relative_to(project)
        folders[:] = [name for name in folders if is_wanted((place / name / "any").as_posix())]
        wanted = [path for name in names if is_wanted((path := place / name).as_posix())]
        files.update({path.as_posix(): _content(project / path) for path in wanted if (project / path).is_file()})
    return dict(sorted(files.items()))


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
