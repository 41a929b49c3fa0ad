"""A `PartResults` in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.base.canonical import Digest


class FakePartResults:
    """Remembers as long as it lives."""

    def __init__(self) -> None:
        self.parts: dict[Digest, dict[str, Any]] = {}

    def get(self, part: Digest) -> Mapping[str, Any]:
        return dict(self.parts.get(part, {}))

    def put(self, part: Digest, values: Mapping[str, Any]) -> None:
        self.parts.setdefault(part, {}).update(values)
