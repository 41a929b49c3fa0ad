"""Which 64-bit numbers a query gives more than once, in bounded memory.

DuckDB finds them in a hash table, which beyond the processor's caches takes five to eight times as long as to take
the numbers out and sort them (10 million: 4.8 s of processor time against 0.6 s, of which 0.5 s make the numbers).
numpy sorts with the processor's vector instructions; it takes 0.1 s to load, so small tables are left to DuckDB.
"""

# ruff: noqa: S608  (the query is the engine's own, the numbers are ours)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

FEW_ROWS = 2_000_000
"""Up to so many rows DuckDB's own count is as quick."""

MOST_AT_ONCE = 128_000_000
"""Numbers that are sorted at once: one GiB. Of more, a part is taken at a time, by their remainder."""

MOST_REPEATS = 10_000
"""More repeated numbers than that are not told one by one."""

_MOST_TWICE = 32_000_000
"""Up to so many numbers may be in memory twice for a moment: half a GiB."""

_BATCH_ROWS = 1_000_000


def find_repeats(session: duckdb.DuckDBPyConnection, sql: str, most_rows: int) -> tuple[int, tuple[int, ...] | None]:
    """Count the numbers that a query gives, and find those that it gives more than once.

    Args:
        session: where it runs.
        sql: a query with one column, ``h``, of 64-bit numbers without a sign and without nulls.
        most_rows: no fewer than it gives.

    Returns:
        How many there are, and the repeated ones; None in their place where they are more than `MOST_REPEATS`.
    """
    if most_rows <= FEW_ROWS:
        return _few(session, sql)
    parts = -(-most_rows // MOST_AT_ONCE)
    count = 0
    repeats: list[int] = []
    for part in range(parts):
        # A part of evenly spread numbers is hardly larger than its share.
        room = most_rows if parts == 1 else most_rows // parts + most_rows // 100
        numbers = _numbers(session, sql if parts == 1 else f"SELECT h FROM ({sql}) WHERE h % {parts} = {part}", room)
        count += len(numbers)
        repeats += _again(numbers)
    return count, tuple(repeats) if len(repeats) <= MOST_REPEATS else None


def _few(session: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, tuple[int, ...] | None]:
    rows = session.execute(f"SELECT count(h), count(DISTINCT h) FROM ({sql})").fetchall()
    count, distinct = int(rows[0][0]), int(rows[0][1])
    if count == distinct:
        return count, ()
    repeated = f"SELECT h FROM ({sql}) GROUP BY h HAVING count(*) > 1 LIMIT {MOST_REPEATS + 1}"
    found = tuple(int(row[0]) for row in session.execute(repeated).fetchall())
    return count, found if len(found) <= MOST_REPEATS else None


def _numbers(session: duckdb.DuckDBPyConnection, sql: str, room: int) -> Any:
    """Return the numbers of a query as an array; of very many a batch at a time, so that they are held once."""
    import numpy as np

    result = session.execute(sql)
    if room <= _MOST_TWICE:
        # This needs no pyarrow, which takes as long to load as ten million hashes to make.
        return np.ma.getdata(result.fetchnumpy()["h"])
    numbers = np.empty(room, dtype=np.uint64)
    count = 0
    for batch in result.to_arrow_reader(_BATCH_ROWS):
        column = batch.column(0)
        values = np.frombuffer(column.buffers()[1], dtype=np.uint64)[column.offset : column.offset + len(column)]
        if count + len(values) > len(numbers):
            numbers = np.concatenate([numbers[:count], np.empty(len(values) + room // 10, dtype=np.uint64)])
        numbers[count : count + len(values)] = values
        count += len(values)
    return numbers[:count]


def _again(numbers: Any) -> list[int]:
    """Sort numbers in place, and return those that occur more than once, up to one more than are told."""
    import numpy as np

    numbers.sort()
    again = numbers[1:][numbers[1:] == numbers[:-1]]
    return [int(number) for number in np.unique(again)[: MOST_REPEATS + 1]] if len(again) else []
