"""Files that a pattern names."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from assay.base.errors import Fault, Place, raise_faults, refusal

_SUFFIX = ".parquet"
"""How many systems call a folder of files that are one table."""


def find_files(pattern: str) -> tuple[str, ...]:
    """Return the files that a path or a pattern (``*``, ``**``) names, by their names; a folder is no file.

    Raises:
        AssayError: it names what would be left out without a word: something that is neither file nor folder, such as a
            link that leads nowhere, or a folder that is called as a table and of which it names no file.
    """
    try:
        if Path(pattern).is_file():  # a name may hold what would be a pattern
            return (pattern,)
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    except (OSError, ValueError) as error:  # a name that is too long, or none at all
        raise refusal(pattern, expected="a file, or a pattern of files", found=_words(error)) from error
    files = [path for path in found if Path(path).is_file()]
    known = set(files)
    raise_faults(fault for path in found if path not in known for fault in _left_out(path, files))
    return tuple(files)


def _left_out(path: str, files: Sequence[str]) -> Iterator[Fault]:
    if not Path(path).is_dir():
        found = "a link that leads to no file" if Path(path).is_symlink() else "no ordinary file"
        yield Fault(Place(path), "a file with rows", found, "Take it away, or name the files by another pattern.")
    elif path.endswith(_SUFFIX) and not any(file.startswith(f"{path}/") for file in files):
        yield Fault(Place(path), "a file with rows", "a folder", f"Name its files: {path}/*{_SUFFIX}")


def _words(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
