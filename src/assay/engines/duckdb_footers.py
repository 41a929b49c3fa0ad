"""Parquet footers by DuckDB: what they say, and what is really in the row groups when nobody believes them."""

# ruff: noqa: S608  (names and paths are quoted by `assay.sql.quoting`, the numbers are our own)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from assay.base.errors import Fault, Place, raise_faults
from assay.base.footers import Chunk, Footer
from assay.sql.quoting import identifier, text_literal

if TYPE_CHECKING:
    import duckdb

MEASURING = "SET disabled_optimizers = 'statistics_propagation'"
"""What keeps DuckDB from answering by the statistics of a footer; rows are still found by their number."""

DISBELIEVING = "SET disabled_optimizers = 'statistics_propagation,filter_pushdown'"
"""What keeps DuckDB from using the statistics of a footer for anything, skipping row groups included."""


def read_footers(session: duckdb.DuckDBPyConnection, paths: Sequence[str], columns: Iterable[str]) -> list[Footer]:
    """Read what the footers of files say of some columns, in the order of the files.

    Raises:
        AssayError: a footer says of a column what cannot be.
    """
    listed = f"[{', '.join(text_literal(path) for path in paths)}]"
    writers = session.execute(f"SELECT file_name, created_by FROM parquet_file_metadata({listed})").fetchall()
    wanted = ", ".join(text_literal(column) for column in columns) or "NULL"
    # The row groups come with each column of theirs, so a file's first column tells how many rows they have.
    rows = session.execute(
        "SELECT file_name, row_group_id, row_group_num_rows, path_in_schema, stats_null_count, stats_min_value, "
        "stats_max_value, coalesce(min_is_exact AND max_is_exact, false), contains(encodings, 'DICTIONARY'), "
        f"total_compressed_size, column_id, num_values FROM parquet_metadata({listed}) "
        f"WHERE column_id = 0 OR path_in_schema IN ({wanted})"
    ).fetchall()
    rows.sort(key=lambda line: line[:2])  # here, for DuckDB takes 40 ms to sort 1,600 of them
    asked = frozenset(columns)
    raise_faults(fault for line in rows if line[3] in asked for fault in _contradictions(line))
    found = {path: list(lines) for path, lines in groupby(rows, key=lambda line: line[0])}
    return [_footer(path, writer or "", found.get(path, []), asked) for path, writer in writers]


def reread(
    session: duckdb.DuckDBPyConnection,
    path: str,
    groups: Sequence[tuple[int, int, int]],
    columns: Sequence[str],
    ended: frozenset[str],
) -> list[Chunk]:
    """Measure what row groups really hold; the session must be one that believes no footer.

    Args:
        session: see `MEASURING`.
        path: of the file.
        groups: number of the row group, its first row and the first row after it.
        columns: plain ones.
        ended: those of which the smallest and greatest value are measured as well.
    """
    chunks = []
    measured = ", ".join(_measured(identifier(column), has_ends=column in ended) for column in columns)
    for group, first, end in groups:
        row = session.execute(
            f"SELECT {measured} FROM read_parquet({text_literal(path)}, file_row_number = true, "
            f"hive_partitioning = false) WHERE file_row_number >= {first} AND file_row_number < {end}"
        ).fetchall()[0]
        values = [row[start : start + 3] for start in range(0, len(row), 3)]
        chunks += [
            Chunk(column, group, end - first - count, least, greatest, True, False, 0)
            for column, (count, least, greatest) in zip(columns, values, strict=True)
        ]
    return chunks


def _contradictions(line: Sequence[Any]) -> Iterator[Fault]:
    """Find a column, with nothing inside, of more or fewer values than rows: DuckDB would take all of them for null."""
    path, group, rows, column, values = str(line[0]), line[1], line[2], line[3], line[11]
    if values != rows:
        words = f"{column} in row group {group}: {values} values in {rows} rows"
        found = f"the footer of {path.rpartition('/')[2]} contradicts itself ({words}): have the file written again"
        yield Fault(Place(path), "a footer that can be true", found)


def _measured(name: str, *, has_ends: bool) -> str:
    ends = (f"CAST({pick}({name}) AS VARCHAR)" if has_ends else "NULL" for pick in ("min", "max"))
    return ", ".join([f"count({name})", *ends])


def _footer(path: str, writer: str, lines: Sequence[tuple[Any, ...]], asked: frozenset[str]) -> Footer:
    groups = {line[1]: int(line[2]) for line in lines}
    chunks = tuple(
        Chunk(
            column=line[3],
            group=line[1],
            nulls=line[4],
            least=line[5],
            greatest=line[6],
            is_exact=line[7],
            is_dictionary=line[8],
            size_bytes=line[9],
        )
        for line in lines
        if line[3] in asked
    )
    return Footer(path, writer, tuple(groups[number] for number in sorted(groups)), chunks)
