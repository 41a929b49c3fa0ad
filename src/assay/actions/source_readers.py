"""One reader for sources of all kinds: each is opened when the first source of its kind is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from assay.base.deliveries import Delivery
from assay.base.ports import SourceReader
from assay.base.source_places import SourcePlace


class SourceReaders:
    """The `SourceReader` port over a reader for each kind of place."""

    def __init__(self, kinds: Mapping[type[SourcePlace], Callable[[], SourceReader]]) -> None:
        """Take what opens the readers; none is opened yet."""
        self._kinds = kinds
        self._open: dict[type[SourcePlace], SourceReader] = {}

    def deliveries(self, place: SourcePlace) -> Sequence[Delivery]:
        """Look at what a source holds now."""
        kind = type(place)
        if kind not in self._open:
            self._open[kind] = self._kinds[kind]()
        return self._open[kind].deliveries(place)

    def close(self) -> None:
        """Close every reader that was opened."""
        with ExitStack() as stack:
            for reader in self._open.values():
                stack.callback(reader.close)
        self._open.clear()
