"""The ledger in a database: events and the envelopes they point to, appended in one transaction and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, func, insert, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import Digest, canonical_json
from assay.base.errors import AssayError, Busy, Fault, Place, refusal
from assay.base.ports import Event, Head
from assay.stores.database import metadata, writing

_EMPTY = Head(0, "0" * 64)

events_table = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("at", String(20), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("data", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
)
statements_table = Table(
    "statements",
    metadata,
    Column("digest", String(71), primary_key=True),
    Column("envelope", LargeBinary, nullable=False),
)


class DatabaseLedger:
    """The `Ledger` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def head(self) -> Head:
        """Return the newest link."""
        with self._database.connect() as connection:
            return _head(connection)

    def events(self, after: int = 0) -> Sequence[Event]:
        """Return the events with a number above ``after``, in order, as they are stored."""
        columns = events_table.c
        query = (
            select(columns.seq, columns.at, columns.kind, columns.data, columns.previous, columns.hash, columns.version)
            .where(columns.seq > after)
            .order_by(columns.seq)
        )
        with self._database.connect() as connection:
            return [_event(tuple(row)) for row in connection.execute(query)]

    def append(self, events: Sequence[Event], statements: Mapping[Digest, bytes]) -> None:
        """Append links and store the envelopes they point to, all or nothing."""
        try:
            with writing(self._database).begin() as connection:
                head = _head(connection)
                if events and (events[0].seq, events[0].previous) != (head.seq + 1, head.hash):
                    raise _conflict(events[0], head)
                for digest, envelope in statements.items():
                    if connection.scalar(select(statements_table.c.digest).filter_by(digest=digest)) is None:
                        connection.execute(insert(statements_table).values(digest=digest, envelope=envelope))
                if events:
                    connection.execute(insert(events_table), [_row(event) for event in events])
        except IntegrityError as error:
            raise _conflict(events[0], self.head()) from error

    def statement(self, digest: Digest) -> bytes | None:
        """Return an envelope's bytes as they are stored; None when it is not here."""
        with self._database.connect() as connection:
            return connection.scalar(select(statements_table.c.envelope).filter_by(digest=digest))

    def statements(self) -> Mapping[Digest, bytes]:
        """Return every envelope by the digest under which it is stored."""
        with self._database.connect() as connection:
            rows = connection.execute(select(statements_table.c.digest, statements_table.c.envelope))
            return {Digest(digest): envelope for digest, envelope in rows}


def _head(connection: Connection) -> Head:
    newest = select(func.max(events_table.c.seq)).scalar_subquery()
    row = connection.execute(
        select(events_table.c.seq, events_table.c.hash).where(events_table.c.seq == newest)
    ).first()
    return _EMPTY if row is None else Head(row.seq, row.hash)


def _row(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "version": event.version,
        "at": event.at,
        "kind": event.kind,
        "data": canonical_json(dict(event.data)).decode(),
        "previous": event.previous,
        "hash": event.hash,
    }


def _event(row: tuple[Any, ...]) -> Event:
    """Read a row; SQLite would hold anything in any column, if somebody else put it there."""
    try:
        data = json.loads(row[3])
    except (ValueError, TypeError, RecursionError) as error:
        raise _damaged(row) from error
    if not isinstance(data, dict) or [type(value) for value in row] != _TYPES:
        raise _damaged(row)
    return Event(row[0], row[1], row[2], data, row[4], row[5], row[6])


_TYPES = [int, str, str, str, str, str, int]


def _damaged(row: tuple[Any, ...]) -> AssayError:
    return refusal(
        f"ledger:{row[0]}",
        expected="the event as it was recorded",
        found="something that is no event",
        hint="The database was changed by hand or is damaged: restore it from a backup.",
    )


def _conflict(event: Event, head: Head) -> Busy:
    return Busy(
        Fault(
            Place("ledger"),
            f"event {head.seq + 1} as the next one",
            f"event {event.seq}, made for an older head",
            "Somebody recorded something at the same moment: run the command again.",
        )
    )
