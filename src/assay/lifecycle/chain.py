"""The chain: each event holds the hash of the one before, so that none can be changed, dropped or put between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from assay.base.canonical import canonical_json, digest_bytes, hex_of, parse_json
from assay.base.errors import Fault, Place, refusal
from assay.base.ports import Event, Head
from assay.lifecycle.statements import time_text

BEGINNING = "0" * 64
STATEMENT_RECORDED = "statement-recorded"
"""The event that points to a signed statement: ``{"statement": digest, "kind": ...}``."""


def link(head: Head, at: datetime, kind: str, data: Mapping[str, Any]) -> Event:
    """Make the event that follows a head."""
    return _hashed(head.seq + 1, time_text(at), kind, data, head.hash, version=1)


def links(head: Head, at: datetime, facts: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Event, ...]:
    """Make the events that follow a head, one for each (kind, data)."""
    made: list[Event] = []
    for kind, data in facts:
        made.append(link(head, at, kind, data))
        head = head_of(made[-1])
    return tuple(made)


def head_of(event: Event) -> Head:
    """Return the head of a ledger whose newest event this is."""
    return Head(event.seq, event.hash)


EMPTY = Head(0, BEGINNING)


def verify_chain(events: Sequence[Event], start: Head = EMPTY) -> tuple[Fault, ...]:
    """Find every event whose number, link or hash is not what it must be; empty when all are good."""
    faults: list[Fault] = []
    before = start
    for event in events:
        place = Place("ledger", event.seq)
        if event.seq != before.seq + 1:
            faults.append(Fault(place, f"event {before.seq + 1}", f"event {event.seq}", "Events are missing."))
        if event.previous != before.hash:
            faults.append(Fault(place, f"a link to {before.hash[:12]}", f"a link to {event.previous[:12]}"))
        right = _hashed(event.seq, event.at, event.kind, event.data, event.previous, event.version)
        if event.hash != right.hash:
            faults.append(Fault(place, f"the hash {right.hash[:12]} of its content", event.hash[:12]))
        before = head_of(event)
    return tuple(faults)


def event_line(event: Event) -> bytes:
    """Write an event as one line of canonical JSON, as an exported ledger holds it."""
    return canonical_json({**_content(event), "hash": event.hash})


def parse_event_line(line: bytes, place: str) -> Event:
    """Read a line of an exported ledger; its hash is not verified here.

    Raises:
        AssayError: not a line as `event_line` wrote it.
    """
    value = parse_json(line, place)
    try:
        event = Event(
            int(value["seq"]), str(value["at"]), str(value["kind"]), dict(value["data"]),
            str(value["previous"]), str(value["hash"]), int(value["version"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise refusal(place, expected="an event of a ledger", found=f"{type(error).__name__}: {error}") from error
    if event_line(event) != line:
        raise refusal(place, expected="an event in its canonical form", found="other bytes")
    return event


def _content(event: Event) -> dict[str, Any]:
    return {
        "version": event.version,
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "data": dict(event.data),
        "previous": event.previous,
    }


def _hashed(seq: int, at: str, kind: str, data: Mapping[str, Any], previous: str, version: int) -> Event:
    bare = Event(seq, at, kind, data, previous, "", version)
    return Event(seq, at, kind, data, previous, hex_of(digest_bytes(canonical_json(_content(bare)))), version)
