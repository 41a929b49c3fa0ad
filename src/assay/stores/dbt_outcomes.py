"""What dbt made of projects, kept on disk so that nothing is compiled twice. All of it can be made again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from assay.base.canonical import Digest, hex_of
from assay.base.full_disk import space_on_disk

_KEPT = 16
_ENDING = ".dbt.json"


class DiskDbtOutcomes:
    """The `DbtOutcomes` port on a local directory; of more than sixteen the oldest go."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: Digest) -> dict[str, bytes] | None:
        """Return the compiled files that are kept under a key."""
        try:
            found = json.loads(self._path(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return {product: content.encode() for product, content in found.items()}

    def put(self, key: Digest, compiled: Mapping[str, bytes]) -> None:
        """Keep compiled files; written aside and renamed, so that nobody sees half of them."""
        aside = self._directory / f".{uuid4().hex}"
        try:
            with space_on_disk(self._directory):
                self._directory.mkdir(parents=True, exist_ok=True)
                aside.write_text(json.dumps({product: content.decode() for product, content in compiled.items()}))
                aside.replace(self._path(key))
        finally:
            aside.unlink(missing_ok=True)
        self._forget()

    def _forget(self) -> None:
        def age(path: Path) -> int:
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_mtime_ns
            return 0

        for path in sorted(self._directory.glob(f"*{_ENDING}"), key=age)[:-_KEPT]:
            path.unlink(missing_ok=True)

    def _path(self, key: Digest) -> Path:
        return self._directory / f"{hex_of(key)}{_ENDING}"
