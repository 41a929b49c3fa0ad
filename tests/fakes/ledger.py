"""A ledger in memory, for tests of what stands on the `Ledger` port."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock

from assay.base.canonical import Digest, canonical_json
from assay.base.errors import Busy, Fault, Place
from assay.base.ports import Event, Head
from assay.lifecycle.chain import EMPTY, head_of


class MemoryLedger:
    """The `Ledger` port on two Python containers; gone with the process."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._statements: dict[Digest, bytes] = {}
        self._appending = Lock()

    def head(self) -> Head:
        return head_of(self._events[-1]) if self._events else EMPTY

    def events(self, after: int = 0) -> Sequence[Event]:
        return [_copied(event) for event in self._events if event.seq > after]

    def append(self, events: Sequence[Event], statements: Mapping[Digest, bytes]) -> None:
        with self._appending:
            head = self.head()
            if events and (events[0].seq, events[0].previous) != (head.seq + 1, head.hash):
                raise Busy(Fault(Place("ledger"), f"event {head.seq + 1} as the next one", f"event {events[0].seq}"))
            copies = [_copied(event) for event in events]
            self._statements = {**statements, **self._statements}
            self._events += copies

    def statement(self, digest: Digest) -> bytes | None:
        return self._statements.get(digest)

    def statements(self) -> Mapping[Digest, bytes]:
        return dict(self._statements)


def _copied(event: Event) -> Event:
    """Let nobody change what was stored, and store nothing that is not JSON."""
    return replace(event, data=json.loads(canonical_json(dict(event.data))))
