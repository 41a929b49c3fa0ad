"""An inbox in memory, for tests of what stands on the `Inbox` port."""

from __future__ import annotations

from assay.base.errors import refusal
from assay.base.ports import Arrival


class MemoryInbox:
    """The `Inbox` port on a dict; `leave` is what others do."""

    def __init__(self) -> None:
        self.done: dict[str, bytes] = {}
        self.refused: dict[str, str] = {}
        self._lying: dict[str, bytes] = {}
        self._before: frozenset[Arrival] = frozenset()

    def leave(self, name: str, content: bytes) -> None:
        """Put a file in, or another one of that name in its place."""
        self._lying[name] = content

    def arrived(self) -> tuple[Arrival, ...]:
        now = [self._arrival(name) for name in self._lying if not name.endswith(".part")]
        before, self._before = self._before, frozenset(now)
        return tuple(arrival for arrival in now if arrival in before)

    def read(self, arrival: Arrival) -> bytes:
        content = self._lying.get(arrival.name)
        if content is None or self._arrival(arrival.name) != arrival:
            raise refusal(arrival.name, expected="the file that arrived", found="another one, or none")
        return content

    def put_away(self, arrival: Arrival, reason: str = "") -> None:
        if arrival.name not in self._lying or self._arrival(arrival.name) != arrival:
            return
        content = self._lying.pop(arrival.name)
        kept: dict[str, bytes] | dict[str, str] = self.refused if reason else self.done
        name = arrival.name
        while name in kept:
            name += "+"
        if reason:
            self.refused[name] = reason
        else:
            self.done[name] = content

    def _arrival(self, name: str) -> Arrival:
        content = self._lying[name]
        return Arrival(name, is_file=True, size_bytes=len(content), token=f"{name} {content!r}")
