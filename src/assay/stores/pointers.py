"""Pointers in a database: one row per environment, product and slot, moved by whoever saw its newest revision."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Column, Integer, Row, String, Table, Text, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import Digest, canonical_json
from assay.base.errors import refusal
from assay.base.snapshots import Pointer, Slot
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import metadata, writing

pointers_table = Table(
    "pointers",
    metadata,
    Column("environment", String(64), primary_key=True),
    Column("product", String(64), primary_key=True),
    Column("slot", String(16), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("snapshots", Text, nullable=False),
    Column("cut", Text, nullable=False),
    Column("payload", String(71)),
    Column("as_of", String(10), nullable=False),
    Column("moved_at", String(20), nullable=False),
)


class DatabasePointers:
    """The `Pointers` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def get(self, environment: str, product: str, slot: Slot) -> Pointer | None:
        """Return the pointer; None before the first build."""
        query = select(pointers_table).filter_by(environment=environment, product=product, slot=str(slot))
        with self._database.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _pointer(row)

    def move(self, pointer: Pointer) -> Pointer:
        """Replace the row of the pointer's revision by the pointer with the next one."""
        moved = replace(pointer, revision=pointer.revision + 1)
        if not self._write(moved):
            present = self.get(pointer.environment, pointer.product, pointer.slot)
            raise refusal(
                f"{pointer.product} in {pointer.environment}",
                expected=f"revision {pointer.revision} of the pointer",
                found=f"revision {present.revision if present else 0}",
                hint="Somebody else moved it meanwhile: run the command again.",
            )
        return moved

    def _write(self, moved: Pointer) -> bool:
        """Write a row in place of the one whose revision is the one before; say whether there was such a one."""
        place = {"environment": moved.environment, "product": moved.product, "slot": str(moved.slot)}
        change = update(pointers_table).filter_by(**place, revision=moved.revision - 1).values(**_values(moved))
        try:
            with writing(self._database).begin() as connection:
                if moved.revision == 1:
                    connection.execute(insert(pointers_table).values(**_values(moved)))
                    return True
                return connection.execute(change).rowcount == 1
        except IntegrityError:
            return False

    def all(self) -> Iterable[Pointer]:
        """Return every pointer, ordered by environment, product and slot."""
        with self._database.connect() as connection:
            found = [_pointer(row) for row in connection.execute(select(pointers_table))]
        return sorted(found, key=lambda pointer: (pointer.environment, pointer.product, pointer.slot))


def _pointer(row: Row[Any]) -> Pointer:
    return Pointer(
        environment=row.environment,
        product=row.product,
        slot=Slot(row.slot),
        snapshots=json.loads(row.snapshots),
        cut=json.loads(row.cut),
        payload=Digest(row.payload) if row.payload else None,
        as_of=row.as_of,
        moved_at=parse_time(row.moved_at),
        revision=row.revision,
    )


def _values(pointer: Pointer) -> dict[str, Any]:
    return {
        "environment": pointer.environment,
        "product": pointer.product,
        "slot": str(pointer.slot),
        "revision": pointer.revision,
        "snapshots": canonical_json(dict(pointer.snapshots)).decode(),
        "cut": canonical_json(dict(pointer.cut)).decode(),
        "payload": pointer.payload,
        "as_of": pointer.as_of,
        "moved_at": time_text(pointer.moved_at),
    }
