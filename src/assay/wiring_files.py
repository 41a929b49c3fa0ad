"""Floor 8: what looks at files without a project is put together here.

It loads little, and the engine only when it is opened: files are already being read while the rest is loaded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.stores.file_digests import FileDigests
from assay.stores.found_files import find_files
from assay.stores.stamps import stamp_of

if TYPE_CHECKING:
    from assay.actions.file_desk import FileDesk
    from assay.base.ports import Engine, KeptSamples

__all__ = ["default_state", "find_files", "open_desk", "open_digests", "open_samples"]

_MEMORY_BYTES = 2 * 2**30
_WILD = re.compile(r"[*?\[]")
"""In a file's name: DuckDB looks at its folder then, to be sure which file is meant."""

_STATE = ".assay"
_PROJECT = "assay.yaml"


def open_digests(state: Path | None) -> FileDigests:
    """Open what tells the digests of files.

    Args:
        state: where they are remembered; None for the project's own folder of that kind, else a cache.
    """
    return FileDigests((state or default_state(Path.cwd())) / "digests")


def open_desk(state: Path | None, digests: FileDigests | None) -> FileDesk:
    """Open what looks at files.

    Args:
        state: where is remembered what was read; None for the project's own folder of that kind, else a cache.
        digests: of the files; None where nothing is remembered.
    """
    from assay.actions.file_desk import FileDesk, NoMemory
    from assay.engines.duckdb import DuckDBEngine
    from assay.stores.part_results import DiskPartResults

    own = state or default_state(Path.cwd())

    def engine(paths: Sequence[str]) -> Engine:
        files = [Path(path) for path in paths]
        wild = sorted({file.resolve().parent for file in files if _WILD.search(str(file))})
        return DuckDBEngine(own / "scratch", wild, memory_bytes=_MEMORY_BYTES, files=files)

    if digests is None:
        return FileDesk(engine, lambda _: None, NoMemory(), _stamp)
    return FileDesk(engine, digests.digests, DiskPartResults(own / "results"), _stamp)


def _stamp(path: str) -> str:
    return stamp_of(Path(path)).text


def open_samples(state: Path | None) -> KeptSamples:
    """Open the failing rows that validations kept.

    Args:
        state: where; None for the project's own folder of that kind, else a cache.
    """
    from assay.stores.samples import DiskSamples

    return DiskSamples((state or default_state(Path.cwd())) / "samples")


def default_state(folder: Path) -> Path:
    """Return where is remembered what was read: in the project above a folder, else in this person's cache."""
    for place in (folder, *folder.parents):
        if (place / _PROJECT).exists():
            return place / _STATE
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "assay"
