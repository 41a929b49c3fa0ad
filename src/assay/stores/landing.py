"""Landing: copies of received files, and the memory of those that were read before and have not been touched since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Row, String, Table, Text, delete, insert, select
from sqlalchemy import Column as SqlColumn
from sqlalchemy.engine import Engine

from assay.base.canonical import Digest, canonical_json
from assay.base.errors import refusal
from assay.base.snapshots import Column
from assay.stores.database import metadata, writing
from assay.stores.stamps import Stamp, stamp_of, unreadable

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


@dataclass(frozen=True, slots=True)
class Received:
    """What was found in a received file."""

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
        raise refusal(str(source), expected="a file that is not being written", found="one that changed", hint=hint)


def recall(database: Engine, stamps: Mapping[Path, Stamp]) -> dict[Path, Received]:
    """Return what was found in files, without those that were not read before or were touched since."""
    query = select(landed_table).where(landed_table.c.path.in_([str(path) for path in stamps]))
    with database.connect() as connection:
        rows = {Path(row.path): row for row in connection.execute(query)}
    return {path: _received(rows[path]) for path in stamps if path in rows and rows[path].stamp == stamps[path].text}


def remember(database: Engine, found: Sequence[tuple[Path, Stamp, Received]]) -> None:
    """Keep what was found in files, of those whose stamps can be relied on."""
    rows = [
        {
            "path": str(path),
            "stamp": stamp.text,
            "digest": received.digest,
            "size_bytes": received.size_bytes,
            "rows": received.rows,
            "columns": canonical_json([[column.name, column.type] for column in received.columns]).decode(),
        }
        for path, stamp, received in found
        if stamp.is_settled
    ]
    if rows:
        with writing(database).begin() as connection:
            for row in rows:
                connection.execute(delete(landed_table).where(landed_table.c.path == row["path"]))
            connection.execute(insert(landed_table), rows)


def _received(row: Row[Any]) -> Received:
    columns = tuple(Column(name, kind) for name, kind in json.loads(row.columns))
    return Received(Digest(row.digest), row.size_bytes, row.rows, columns)
