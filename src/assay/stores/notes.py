"""Notes: small files by digest that spare work and may be lost; what cannot be written or understood is not there.

``<first two digits>/<digest>.json``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from assay.base.canonical import Digest, hex_of


class Notes:
    """Keeps notes in a directory, which is made when there is something to keep."""

    def __init__(self, directory: Path) -> None:
        """Keep them in a directory."""
        self._directory = directory

    def read(self, digest: Digest) -> Mapping[str, Any]:
        """Return a note; empty where there is none that can be understood."""
        try:
            note = json.loads(self._path(digest).read_bytes())
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}

    def write(self, digest: Digest, note: Mapping[str, Any]) -> None:
        """Replace a note as a whole; where there is no room for it, it is not kept."""
        path = self._path(digest)
        aside = path.with_name(f"{path.stem}.{uuid4().hex[:8]}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside.write_bytes(json.dumps(note, separators=(",", ":")).encode())
            aside.replace(path)
        except OSError:
            with suppress(OSError):
                aside.unlink()

    def _path(self, digest: Digest) -> Path:
        name = hex_of(digest)
        return self._directory / name[:2] / f"{name}.json"
