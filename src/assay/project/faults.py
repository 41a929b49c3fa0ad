"""Collects the faults of many files, so that one reading reports all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from assay.base.errors import AssayError, Fault, raise_faults

P = ParamSpec("P")
T = TypeVar("T")


class Faults:
    """The faults seen so far. What could not be read is None, and whoever needs it goes without."""

    def __init__(self) -> None:
        self._seen: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Note faults."""
        self._seen.extend(faults)

    def extend(self, faults: Iterable[Fault]) -> None:
        """Note all faults that a check gives."""
        self._seen.extend(faults)

    def attempt(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what a reading gives; None when it refuses, and its faults are noted."""
        try:
            return read(*args, **kwargs)
        except AssayError as error:
            self._seen.extend(error.faults)
            return None

    @property
    def seen(self) -> tuple[Fault, ...]:
        """What was noted, each fault once."""
        return tuple(dict.fromkeys(self._seen))

    def raise_all(self) -> None:
        """Raise everything noted as one error, each fault once; return when there is none."""
        raise_faults(self.seen)
