"""Named cuts in memory, for tests of what stands on the `Cuts` port."""

from __future__ import annotations

from collections.abc import Sequence

from assay.base.errors import refusal
from assay.base.snapshots import PinnedCut


class MemoryCuts:
    """The `Cuts` port on a dict; gone with the process."""

    def __init__(self) -> None:
        self._cuts: dict[str, PinnedCut] = {}

    def get(self, name: str) -> PinnedCut | None:
        return self._cuts.get(name)

    def pin(self, cut: PinnedCut) -> None:
        if cut.name in self._cuts:
            raise refusal(f"cut {cut.name}", expected="a name that is free", found="a cut")
        self._cuts[cut.name] = cut

    def all(self) -> Sequence[PinnedCut]:
        return sorted(self._cuts.values(), key=lambda cut: (cut.pinned_at, cut.name), reverse=True)
