"""The `Proven` port in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from assay.base.canonical import Digest


@dataclass(slots=True)
class MemoryProven:
    """What was kept last."""

    kept: frozenset[Digest] = frozenset()

    def load(self) -> frozenset[Digest]:
        return self.kept

    def save(self, digests: Collection[Digest]) -> None:
        self.kept = frozenset(digests)
