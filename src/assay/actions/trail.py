"""The trail: a ledger's events, filed by person, product, gate and kind, so that an auditor finds some among many.

It follows a ledger as it grows and files each event once. It is a cache of what was read and verified, never a source.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from assay.actions.recording import Loaded, pointed_to
from assay.base.ports import Event
from assay.base.roles import Roster
from assay.documentation.deeds import deed
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, time_text
from assay.lifecycle.subjects import SubjectKind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an auditor looks for; what is None or empty is not asked.

    Attributes:
        person: e-mail of the signer, or of whom they signed for, in any case; or the name of a node.
        product: its name.
        gate: a gate's id.
        kind: of the statement.
        since: signed at this moment or later, in UTC; for what nobody signed, recorded then.
        until: signed before this moment.
        text: stands somewhere in sentence, names, reason or digest, in any case.
    """

    person: str | None = None
    product: str | None = None
    gate: str | None = None
    kind: Kind | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    def facets(self) -> list[tuple[str, str]]:
        """Return under which names what is wanted is filed."""
        person = self.person.lower() if self.person else None
        asked = (("person", person), ("product", self.product), ("gate", self.gate), ("kind", self.kind))
        return [(facet, value) for facet, value in asked if value]


@dataclass(frozen=True, slots=True)
class Filed:
    """An event as it was filed: with the statement that it points to, None where there is none that holds."""

    event: Event
    signed: Signed | None
    product: str | None


class Trail:
    """The filed events of one ledger; several threads may use it at once."""

    def __init__(self) -> None:
        self._filing = Lock()
        self._empty(None)

    def follow(self, loaded: Loaded) -> int:
        """File what is new since the last time, or all anew where it is another ledger or another roster.

        Returns:
            How many events are filed by now.
        """
        with self._filing:
            known = len(self._filed)
            is_same = loaded.record.roster is self._roster and len(loaded.events) >= known
            if not is_same or (known and loaded.events[known - 1].hash != self._filed[-1].event.hash):
                self._empty(loaded.record.roster)
            self._file(loaded)
            return len(self._filed)

    def newest(self, wanted: Wanted, before: int | None = None) -> Iterator[Filed]:
        """Give what is wanted, newest first.

        Args:
            wanted: what to look for.
            before: only events with a smaller number; None begins with the newest.
        """
        filed, texts, times = self._filed, self._texts, self._times
        end = len(filed) if before is None else max(min(before - 1, len(filed)), 0)
        places = self._places(wanted, end)
        if wanted.since is not None:
            first = time_text(wanted.since)
            places = (place for place in places if times[place] >= first)
        if wanted.until is not None:
            last = time_text(wanted.until)
            places = (place for place in places if times[place] < last)
        if wanted.text.strip():
            needle = wanted.text.strip().lower()
            places = (place for place in places if needle in texts[place])
        return (filed[place] for place in places)

    def _places(self, wanted: Wanted, end: int) -> Iterator[int]:
        facets = wanted.facets()
        if not facets:
            return iter(range(end - 1, -1, -1))
        lists = sorted((self._by.get(facet, []) for facet in facets), key=len)
        shortest, others = lists[0], [set(places) for places in lists[1:]]
        newest = range(bisect_left(shortest, end) - 1, -1, -1)
        return (shortest[i] for i in newest if all(shortest[i] in places for places in others))

    def _empty(self, roster: Roster | None) -> None:
        self._roster = roster
        self._filed: list[Filed] = []
        self._texts: list[str] = []
        self._times: list[str] = []
        self._by: dict[tuple[str, str], list[int]] = {}
        self._held = 0

    def _file(self, loaded: Loaded) -> None:
        """File the new events; statements that hold stand in the record in the order of their events."""
        statements = iter(loaded.record.statements[self._held :])
        waiting = next(statements, None)
        for event in loaded.events[len(self._filed) :]:
            signed = None
            if waiting is not None and pointed_to(event) == waiting.digest:
                signed, waiting = waiting, next(statements, None)
                self._held += 1
            product = _product(loaded.record, signed)
            place = len(self._texts)
            for facet in _facets(event, signed, product):
                self._by.setdefault(facet, []).append(place)
            self._texts.append(_text(event, signed, product))
            self._times.append(time_text(signed.statement.at) if signed else event.at)
            self._filed.append(Filed(event, signed, product))


def _facets(event: Event, signed: Signed | None, product: str | None) -> Iterator[tuple[str, str]]:
    if signed is None:
        yield from ((name, value) for name, value in _claimed(event) if value)
        return
    said = signed.statement
    yield from (("person", email.lower()) for email in said.speakers)
    yield "kind", str(said.kind)
    if said.gate:
        yield "gate", said.gate
    if product:
        yield "product", product


def _claimed(event: Event) -> Iterable[tuple[str, str]]:
    """Return what an event says of a statement that does not hold."""
    return (("person", str(event.data.get("signer", "")).lower()), ("kind", str(event.data.get("kind", ""))))


def _text(event: Event, signed: Signed | None, product: str | None) -> str:
    """Return all that is searched, in lower case."""
    if signed is None:
        return f"{event.kind} {event.data}".lower()
    said = signed.statement
    parts = (said.speaker, deed(said), said.gate or "", said.release or "", product or "", said.reason, signed.digest)
    return "\n".join((*parts, *(meant.id for meant in said.subjects))).lower()


def _product(record: Record, signed: Signed | None) -> str | None:
    """Say of which product a statement is: what its subjects are named, else that of the release or request."""
    if signed is None:
        return None
    for meant in signed.statement.subjects:
        kind, _, name = meant.id.partition(":")
        if kind in _NAMED_BY_PRODUCT and "/" in name:
            return name.partition("/")[0]
        found = record.releases.get(name) or record.requests.get(name)
        if found is not None:
            return found.product
    release = record.releases.get(signed.statement.release or "")
    return release.product if release else None


_NAMED_BY_PRODUCT = frozenset({SubjectKind.CONTRACT, SubjectKind.DATASET, SubjectKind.SOLUTION})
