"""Sources that lie on a disk as Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, Fault
from assay.base.source_places import FilesPlace, SourcePlace
from assay.stores.landing import delivered_file


class ReceivedFiles:
    """The `SourceReader` port on files. What says that one has not changed is its size, its times and its number."""

    def __init__(self, find: Callable[[str], Sequence[str]]) -> None:
        """Take what finds the files that a path pattern matches."""
        self._find = find

    def deliveries(self, place: SourcePlace) -> Sequence[Delivery]:
        """Return the files that the pattern matches now."""
        assert isinstance(place, FilesPlace)
        paths = self._find(place.pattern)
        if not paths:
            hint = "Deliver the files, or correct the path in its servers."
            raise AssayError(Fault(place.where, f"files at {place.written}", "none", hint, is_passing=True))
        return [delivered_file(Path(path), place.shown(path), is_referenced=place.is_referenced) for path in paths]

    def close(self) -> None:
        """Nothing is open."""
