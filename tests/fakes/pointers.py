"""Pointers in memory, for tests of what stands on the `Pointers` port."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assay.base.errors import refusal
from assay.base.snapshots import Pointer, Slot


class MemoryPointers:
    """The `Pointers` port on a dict; gone with the process."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, Slot], Pointer] = {}

    def get(self, environment: str, product: str, slot: Slot) -> Pointer | None:
        return self._rows.get((environment, product, slot))

    def move(self, pointer: Pointer) -> Pointer:
        key = (pointer.environment, pointer.product, pointer.slot)
        present = self._rows[key].revision if key in self._rows else 0
        if present != pointer.revision:
            raise refusal(pointer.product, expected=f"revision {pointer.revision}", found=f"revision {present}")
        self._rows[key] = replace(pointer, revision=present + 1)
        return self._rows[key]

    def all(self) -> Iterable[Pointer]:
        return [self._rows[key] for key in sorted(self._rows)]
