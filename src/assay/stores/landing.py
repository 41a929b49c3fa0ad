"""Landing: copies of received files, and the memory of those that were read before and have not been touched since."""

from __future__ import annotations

import json
import shutil
import time
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
# A file that was written to within the last tick of its file system's clock can be written to again without a trace in
# its times. Two seconds is the coarsest tick in use (FAT); a younger file is read again the next time.
_SETTLED_NANOSECONDS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """What was found in a received file."""

    digest: Digest
    size_bytes: int
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known not to have been touched; ``is_settled`` says that the times can be relied on."""

    text: str
    is_settled: bool


def stamp_of(path: Path) -> Stamp:
    """Look at a received file.

    Raises:
        AssayError: it is not there, or cannot be looked at.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    newest = max(facts.st_mtime_ns, facts.st_ctime_ns)
    text = f"{facts.st_size}:{facts.st_mtime_ns}:{facts.st_ctime_ns}:{facts.st_ino}"
    return Stamp(text, time.time_ns() - newest > _SETTLED_NANOSECONDS)


def copy_received(source: Path, target: Path) -> None:
    """Copy a received file: never a link, for whoever delivers may write over it in place.

    Raises:
        AssayError: it cannot be read, or was written to meanwhile.
    """
    before = stamp_of(source)
    try:
        reading = source.open("rb")
    except OSError as error:
        raise _unreadable(source, error) from error
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


def _unreadable(path: Path, error: OSError) -> Exception:
    hint = "Deliver the file, or correct the path in the servers of its source."
    return refusal(str(path), expected="a file that can be read", found=error.strerror or "none", hint=hint)
