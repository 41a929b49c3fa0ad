"""Landing: copies of received files, and the memory of what was brought before and has not changed since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Row, String, Table, Text, delete, insert, select
from sqlalchemy import Column as SqlColumn
from sqlalchemy.engine import Engine

from assay.base.canonical import Digest, canonical_json
from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, Place, refusal
from assay.base.snapshots import Column
from assay.stores.database import metadata, writing
from assay.stores.stamps import stamp_of, unreadable

landed_table = Table(
    "landed_files",
    metadata,
    SqlColumn("path", Text, primary_key=True),
    SqlColumn("stamp", Text, nullable=False),
    SqlColumn("digest", String(71), nullable=False),
    SqlColumn("size_bytes", BigInteger, nullable=False),
    SqlColumn("rows", BigInteger, nullable=False),
    SqlColumn("columns", Text, nullable=False),
)

_CHUNK_BYTES = 1 << 20
_NAMES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Received:
    """What was found in a delivery."""

    digest: Digest
    size_bytes: int
    rows: int
    columns: tuple[Column, ...]


def copy_received(source: Path, target: Path) -> None:
    """Copy a received file: never a link, for whoever delivers may write over it in place.

    Raises:
        AssayError: it cannot be read, or was written to meanwhile.
    """
    before = stamp_of(source)
    try:
        reading = source.open("rb")
    except OSError as error:
        raise unreadable(source, error) from error
    with reading, target.open("xb") as written:
        shutil.copyfileobj(reading, written, _CHUNK_BYTES)
    if stamp_of(source).text != before.text:
        hint = "Wait until the delivery is complete, then run the command again."
        wanted, found = "a file that is not being written", "one that changed"
        raise refusal(str(source), expected=wanted, found=found, hint=hint, is_passing=True)


def delivered_file(path: Path, shown: str = "", *, is_referenced: bool = False) -> Delivery:
    """Return a received file as it lies there now; its stamp is its mark once its times can be relied on.

    Args:
        path: of the file.
        shown: what to call it where a value in its path may be a secret; empty for the path.
        is_referenced: whether it is read where it lies.

    Raises:
        AssayError: it is not there, or cannot be looked at.
    """
    name = shown or str(path)
    with _called(path, name):
        stamp = stamp_of(path)
    mark = stamp.text if stamp.is_settled else None
    return Delivery(str(path), name, mark, partial(_copy, path, name), str(path.absolute()) if is_referenced else None)


def _copy(path: Path, name: str, target: str) -> None:
    with _called(path, name):
        copy_received(path, Path(target))


@contextmanager
def _called(path: Path, name: str) -> Iterator[None]:
    """Let errors name a file as it may be shown."""
    try:
        yield
    except AssayError as error:
        faults = (replace(f, where=Place(name)) if f.where.file == str(path) else f for f in error.faults)
        raise AssayError(*faults) from error


def recall(database: Engine, deliveries: Sequence[Delivery]) -> dict[str, Received]:
    """Return what was found in deliveries, by name, without those that were not brought before or may have changed."""
    marks = {delivery.name: delivery.mark for delivery in deliveries if delivery.mark is not None}
    rows: dict[str, Row[Any]] = {}
    with database.connect() as connection:
        for names in _in_parts(list(marks)):
            query = select(landed_table).where(landed_table.c.path.in_(names))
            rows |= {row.path: row for row in connection.execute(query)}
    return {name: _received(row) for name, row in rows.items() if row.stamp == marks[name]}


def remember(database: Engine, found: Sequence[tuple[Delivery, Received]]) -> None:
    """Keep what was found in deliveries, of those with a mark."""
    rows = [
        {
            "path": delivery.name,
            "stamp": delivery.mark,
            "digest": received.digest,
            "size_bytes": received.size_bytes,
            "rows": received.rows,
            "columns": canonical_json([[column.name, column.type] for column in received.columns]).decode(),
        }
        for delivery, received in found
        if delivery.mark is not None
    ]
    if rows:
        with writing(database).begin() as connection:
            for names in _in_parts([str(row["path"]) for row in rows]):
                connection.execute(delete(landed_table).where(landed_table.c.path.in_(names)))
            connection.execute(insert(landed_table), rows)


def _in_parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give names so many at a time that every database takes them in one query."""
    return (names[start : start + _NAMES_AT_ONCE] for start in range(0, len(names), _NAMES_AT_ONCE))


def _received(row: Row[Any]) -> Received:
    columns = tuple(Column(name, kind) for name, kind in json.loads(row.columns))
    return Received(Digest(row.digest), row.size_bytes, row.rows, columns)
