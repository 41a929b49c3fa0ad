"""Batches as Parquet: however they arrive, the same rows are the same bytes, and row groups are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.connectors.sources.parquet_files import write_batches

SCHEMA = pa.schema([pa.field("n", pa.int64())])
ROWS = 300_000


def batches(sizes: list[int]) -> Iterator[pa.RecordBatch]:
    start = 0
    for size in sizes:
        yield pa.RecordBatch.from_arrays([pa.array(range(start, start + size), pa.int64())], schema=SCHEMA)
        start += size


@pytest.mark.parametrize("sizes", [[ROWS], [1] * 5 + [ROWS - 5], [0, 122_880, 0, ROWS - 122_880], [60_000] * 5])
def test_the_same_rows_are_the_same_bytes_however_they_arrive(tmp_path: Path, sizes: list[int]) -> None:
    write_batches(batches([ROWS]), SCHEMA, str(tmp_path / "whole.parquet"))
    written = write_batches(batches(sizes), SCHEMA, str(tmp_path / "parts.parquet"))

    assert written == ROWS
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    metadata = pq.ParquetFile(tmp_path / "parts.parquet").metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [122_880, 122_880, 54_240]


def test_wide_rows_make_smaller_groups(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("s", pa.string())])
    wide = pa.RecordBatch.from_arrays([pa.array(["x" * 1_000_000] * 20)], schema=schema)
    write_batches(iter([wide] * 10), schema, str(tmp_path / "wide.parquet"))

    metadata = pq.ParquetFile(tmp_path / "wide.parquet").metadata
    assert max(metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)) <= 80
