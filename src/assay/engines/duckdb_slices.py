"""Rows written to Parquet by slices: DuckDB's partitions, taken out of their folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.base.errors import AssayError, Fault, Place
from assay.sql.quoting import identifier, text_literal
from assay.workflow.slices import MOST_SLICES

if TYPE_CHECKING:
    import duckdb

SLICE = identifier("assay slice")
"""What the label of a row is called while it is written; it is in no file."""

_FOLDER = "slices"


def copy_slices(rows: str, folder: str) -> str:
    """Write the statement that puts the rows of a query into a folder, by the column `SLICE`."""
    target = text_literal(f"{folder}/{_FOLDER}")
    return f"COPY ({rows}) TO {target} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({SLICE}))"


def collect_slices(session: duckdb.DuckDBPyConnection, folder: Path) -> tuple[tuple[str, int], ...]:
    """Move what was written to the folder itself, in the order of the slices; return slice and rows of each file.

    Raises:
        AssayError: more slices than anybody wants to have files.
    """
    found = sorted((_label(path), path) for path in (folder / _FOLDER).glob("*/*.parquet"))
    slices = len({label for label, _ in found})
    if slices > MOST_SLICES:
        hint = "Make the slices longer."
        raise AssayError(Fault(Place("query"), f"at most {MOST_SLICES:,} slices", f"{slices:,}", hint))
    files = []
    for number, (label, path) in enumerate(found):
        target = folder / _name(number)
        path.rename(target)
        asked = f"SELECT num_rows FROM parquet_file_metadata({text_literal(str(target))})"  # noqa: S608
        counted = session.execute(asked).fetchall()
        files.append((label, int(counted[0][0])))
    for left in (folder / _FOLDER).glob("*"):
        left.rmdir()
    if (folder / _FOLDER).exists():
        (folder / _FOLDER).rmdir()
    return tuple(files)


def first_file() -> str:
    """Return how the file of the first slice is called."""
    return _name(0)


def _name(number: int) -> str:
    return f"{number:06d}.parquet"


def _label(path: Path) -> str:
    return path.parent.name.partition("=")[2]
