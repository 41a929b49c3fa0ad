"""Lineage events in memory, for tests of what stands on the `LineageEvents` port."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assay.base.errors import refusal


class MemoryLineage:
    """The `LineageEvents` port on a list; it can be told to take nothing any more."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.is_down = False
        self.asked = 0

    def emit(self, event: Mapping[str, Any]) -> None:
        self.asked += 1
        if self.is_down:
            raise refusal("lineage", expected="a service that answers", found="none")
        self.taken.append(json.loads(json.dumps(event)))
