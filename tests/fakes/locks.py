"""Locks in memory, for tests of what stands on the `Locks` port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assay.base.errors import Busy, refusal


class MemoryLocks:
    """The `Locks` port on a set: it keeps apart what runs in one process."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        if name in self._held:
            wrong = refusal(name, expected="nobody else at work on it", found="this process, since a moment ago")
            raise Busy(*wrong.faults)
        self._held.add(name)
        try:
            yield
        finally:
            self._held.remove(name)
