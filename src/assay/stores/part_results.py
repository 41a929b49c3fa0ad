"""What was read of files that never change: one note for each part.

Two processes that learn of one part at once may each lose what the other learned, and read it once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.base.canonical import Digest
from assay.stores.notes import Notes


class DiskPartResults:
    """The `PartResults` port on a local directory."""

    def __init__(self, directory: Path) -> None:
        """Remember in a directory."""
        self._notes = Notes(directory)

    def get(self, part: Digest) -> Mapping[str, Any]:
        """Return what is known of a part, by name; empty where nothing is, or nothing that can be understood."""
        return self._notes.read(part)

    def put(self, part: Digest, values: Mapping[str, Any]) -> None:
        """Remember more of a part; where there is no room for it, it is forgotten."""
        self._notes.write(part, {**self._notes.read(part), **values})
