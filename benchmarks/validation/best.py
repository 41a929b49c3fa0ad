"""The best hand-written DuckDB that is known: each check asked in the way that reads least.

- What row-group statistics answer is asked so: minima and maxima of all ranges in one query, nulls and accepted values
  as ``WHERE failing``. The rows that fail are counted only where there are some.
- Regular expressions see the distinct values of their column.
- The key is counted by distinct 64-bit hashes; the exact query runs only where two are equal.
- Four threads on two processors: DuckDB splits what it groups into more and smaller parts, which halves the processor
  time and the memory of the key. Footers are read once (``parquet_metadata_cache``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from checks import CHECKS, Check, Kind, of_kind
from sql import failing, is_fresh, key_rows

THREADS = 4


class Session(Protocol):
    """What answers queries."""

    flights: str

    def rows(self, query: str) -> list[tuple[Any, ...]]: ...  # noqa: D102
    def value(self, query: str) -> Any: ...  # noqa: D102
    def has_schema(self) -> bool: ...  # noqa: D102


def best_known(session: Session) -> dict[str, bool]:
    """Check everything; right whatever the data is."""
    _prepare(session)
    verdicts, rows = _by_statistics(session)
    rates = {check.column: check for check in of_kind(Kind.NULL_RATE)}
    nulls: dict[str, int] = {}
    for check in of_kind(Kind.PATTERN):  # the nulls of such a column are counted in passing
        nulls[check.column] = _pattern(session, check, verdicts, counted=check.column in rates)
    others = [column for column in rates if column not in nulls]
    counts = session.rows(f"SELECT {', '.join(f'count({column})' for column in others)} FROM flights")[0]
    nulls |= {column: rows - count for column, count in zip(others, counts, strict=True)}
    return verdicts | _rates(rates, nulls, rows) | _keys(session, rows)


def believing_footers(session: Session) -> dict[str, bool]:
    """Check everything, with the null counts that the footers of the files have; right where those are."""
    _prepare(session)
    verdicts, rows = _by_statistics(session)
    for check in of_kind(Kind.PATTERN):
        _pattern(session, check, verdicts, counted=False)
    rates = {check.column: check for check in of_kind(Kind.NULL_RATE)}
    names = ", ".join(f"'{column}'" for column in rates)
    counts = "SELECT path_in_schema, sum(stats_null_count)"
    footers = f"FROM parquet_metadata('{session.flights}') WHERE path_in_schema IN ({names}) GROUP BY ALL"
    return verdicts | _rates(rates, dict(session.rows(f"{counts} {footers}")), rows) | _keys(session, rows)


def _prepare(session: Session) -> None:
    session.rows("SET parquet_metadata_cache = true")
    session.rows(f"SET threads = {THREADS}")


def _by_statistics(session: Session) -> tuple[dict[str, bool], int]:
    """Check what statistics of row groups answer wholly or mostly, and count the rows."""
    verdicts = {check.id: session.has_schema() for check in of_kind(Kind.SCHEMA)}
    ranges, fresh = of_kind(Kind.RANGE), of_kind(Kind.FRESHNESS)[0]
    ends = [f"min({check.column}), max({check.column})" for check in ranges]
    rows, newest, *found = session.rows(f"SELECT count(*), max({fresh.column}), {', '.join(ends)} FROM flights")[0]
    assert isinstance(newest, datetime | None)
    verdicts[fresh.id] = is_fresh(fresh, newest)
    verdicts |= {check.id: check.low <= rows <= check.high for check in of_kind(Kind.ROWS)}
    for check, low, high in zip(ranges, found[::2], found[1::2], strict=True):
        is_inside = low is None or (check.low <= low and high <= check.high)
        verdicts[check.id] = is_inside or _bad_rows(session, check) == 0
    required = of_kind(Kind.NOT_NULL)
    any_null = " OR ".join(f"{check.column} IS NULL" for check in required)
    has_nulls = session.value(f"SELECT count(*) FROM flights WHERE {any_null}") > 0
    verdicts |= {check.id: not has_nulls or _bad_rows(session, check) == 0 for check in required}
    for check in of_kind(Kind.ACCEPTED, Kind.CONDITION):
        verdicts[check.id] = _bad_rows(session, check) == 0
    for check in of_kind(Kind.REFERENCE):
        known = ", ".join(f"'{value}'" for (value,) in session.rows(f"SELECT {check.column} FROM airlines"))
        strangers = session.value(f"SELECT count(*) FROM flights WHERE {check.column} NOT IN ({known})")
        verdicts[check.id] = strangers == 0
    return verdicts, rows


def _bad_rows(session: Session, check: Check) -> int:
    count: int = session.value(f"SELECT count(*) FROM flights {failing(check)}")
    return count


def _pattern(session: Session, check: Check, verdicts: dict[str, bool], *, counted: bool) -> int:
    """Check the distinct values of a column, and return how many rows are null if they are to be counted."""
    wanted, column = re.compile(check.pattern), check.column
    if not counted:
        found = session.rows(f"SELECT DISTINCT {column} FROM flights")
    else:
        found = session.rows(f"SELECT {column}, count(*) FROM flights GROUP BY {column}")
    verdicts[check.id] = all(value is None or wanted.search(value) for value, *_ in found)
    return sum(count for value, *counts in found for count in counts if value is None)


def _rates(rates: Mapping[str, Check], nulls: Mapping[str, int], rows: int) -> dict[str, bool]:
    return {check.id: 100 * nulls[column] < check.limit * rows for column, check in rates.items()}


def _keys(session: Session, rows: int) -> dict[str, bool]:
    verdicts = {}
    for check in of_kind(Kind.KEY):
        distinct = session.value(f"SELECT count(DISTINCT hash({', '.join(check.columns)})) FROM flights")
        verdicts[check.id] = distinct == rows or session.value(f"SELECT count(*) FROM ({key_rows(check)})") == 0
    return verdicts


assert {check.kind for check in CHECKS} == set(Kind)
