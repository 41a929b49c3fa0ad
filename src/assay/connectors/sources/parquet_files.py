"""Record batches written as one Parquet file: the same rows are the same bytes, and memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_GROUP_ROWS = 122_880
"""Rows of a group, as DuckDB writes them."""

_GROUP_BYTES = 64 << 20
"""In Arrow's memory; wide rows make smaller groups."""


def write_batches(batches: Iterable[Any], schema: pa.Schema, path: str) -> int:
    """Write batches to one new Parquet file and return the number of rows; without batches it has none.

    Raises:
        OSError: the disk is full, or the file cannot be made.
    """
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for group in _groups(batches):
            writer.write_table(pa.Table.from_batches(group, schema), row_group_size=_GROUP_ROWS)
            rows += sum(batch.num_rows for batch in group)
    return rows


def _groups(batches: Iterable[Any]) -> Iterator[list[Any]]:
    """Gather batches until they are a row group."""
    group: list[Any] = []
    rows = size = 0
    for arrived in batches:
        batch = arrived
        while rows + batch.num_rows >= _GROUP_ROWS:
            fits = _GROUP_ROWS - rows
            yield [*group, batch.slice(0, fits)]
            batch, group, rows, size = batch.slice(fits), [], 0, 0
        if batch.num_rows:
            group.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
        if size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group
