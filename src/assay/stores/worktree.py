"""The working tree: the project's own text files on disk, and the data files that a pattern matches."""

from __future__ import annotations

import glob
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
    """Read the project's files that are wanted: relative path to content. Hidden folders are passed over."""
    files = {}
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project).as_posix()
        if is_wanted(name) and path.is_file():
            files[name] = path.read_bytes()
    return files


def data_files(project: Path) -> Callable[[str], tuple[str, ...]]:
    """Return what finds the files that a path pattern matches; relative patterns start at the project."""

    def find(pattern: str) -> tuple[str, ...]:
        whole = pattern if Path(pattern).is_absolute() else str(project / pattern)
        return tuple(sorted(path for path in glob.glob(whole, recursive=True) if Path(path).is_file()))  # noqa: PTH207

    return find
