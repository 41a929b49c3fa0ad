"""What steps cost, in memory, for tests of what stands on the `Costs` port."""

from __future__ import annotations

from collections.abc import Mapping


class MemoryCosts:
    """The `Costs` port on a dict; gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, float]] = {}

    def remember(self, product: str, seconds: Mapping[str, float]) -> None:
        self._kept.setdefault(product, {}).update(seconds)

    def recall(self, product: str) -> Mapping[str, float]:
        return dict(self._kept.get(product, {}))
