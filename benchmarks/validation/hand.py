"""The checks written by hand in DuckDB, in ways that differ in what they read.

    python hand.py WAY FLIGHTS AIRLINES ANSWER [--times]

ANSWER gets one JSON object, check to whether it holds. ``--times`` prints every query with its milliseconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from best import believing_footers, best_known
from checks import CHECKS, COLUMNS, NEEDED, Check, Kind, of_kind
from sql import failing, is_fresh, key_rows

Verdicts = dict[str, bool]


class Session:
    """A database in memory with the two tables as views, which notes what it was asked."""

    def __init__(self, flights: str, airlines: str) -> None:
        """Open it."""
        self.flights = flights
        self.asked: list[tuple[str, float]] = []
        self._database = duckdb.connect()
        self._database.execute(f"CREATE VIEW flights AS FROM '{flights}'")
        self._database.execute(f"CREATE VIEW airlines AS FROM '{airlines}'")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the answer to a query."""
        start = time.perf_counter()
        answer = self._database.execute(query).fetchall()
        self.asked.append((query, time.perf_counter() - start))
        return answer

    def value(self, query: str) -> Any:
        """Return the one value of an answer."""
        return self.rows(query)[0][0]

    def has_schema(self) -> bool:
        """Say whether each column is there with its type."""
        found = {name: kind for name, kind, *_ in self.rows("DESCRIBE flights")}
        return all(found.get(name) == kind for name, kind in COLUMNS.items())


def needed_columns(session: Session) -> Verdicts:
    """Read every column that some check is about, and check nothing: less than this is not reading the data."""
    session.rows(f"SELECT {', '.join(f'count({column})' for column in NEEDED)} FROM flights")
    return {}


def one_aggregate(session: Session) -> Verdicts:
    """Ask everything about rows in one scan, then group by the key and look the carriers up."""
    counted = [check for check in CHECKS if check.kind not in (Kind.KEY, Kind.SCHEMA, Kind.ROWS, Kind.FRESHNESS)]
    counts = [f"count(*) FILTER ({failing(check)})" for check in counted if check.kind is not Kind.REFERENCE]
    fresh = of_kind(Kind.FRESHNESS)[0]
    scan = f"SELECT count(*), max({fresh.column}), {', '.join(counts)} FROM flights"
    rows, newest, *found = session.rows(scan)[0]
    verdicts = {fresh.id: is_fresh(fresh, newest), of_kind(Kind.SCHEMA)[0].id: session.has_schema()}
    for check, bad in zip([check for check in counted if check.kind is not Kind.REFERENCE], found, strict=True):
        verdicts[check.id] = holds(check, bad, rows)
    for check in of_kind(Kind.KEY, Kind.REFERENCE):
        verdicts[check.id] = session.value(_counting(check)) == 0
    return verdicts | {check.id: check.low <= rows <= check.high for check in of_kind(Kind.ROWS)}


def one_query_a_check(session: Session) -> Verdicts:
    """Count the rows that fail each check, in a query of its own."""
    rows, verdicts = 0, {}
    for check in sorted(CHECKS, key=lambda check: check.kind is not Kind.ROWS):
        match check.kind:
            case Kind.ROWS:
                rows = session.value("SELECT count(*) FROM flights")
                verdicts[check.id] = check.low <= rows <= check.high
            case Kind.SCHEMA:
                verdicts[check.id] = session.has_schema()
            case Kind.FRESHNESS:
                verdicts[check.id] = is_fresh(check, session.value(f"SELECT max({check.column}) FROM flights"))
            case _:
                verdicts[check.id] = holds(check, session.value(_counting(check)), rows)
    return verdicts


def holds(check: Check, bad: int, rows: int) -> bool:
    """Say whether a check holds, given how many rows fail it."""
    return 100 * bad < check.limit * rows if check.kind is Kind.NULL_RATE else bad == 0


def _counting(check: Check) -> str:
    if check.kind is Kind.KEY:
        return f"SELECT count(*) FROM ({key_rows(check)})"
    return f"SELECT count(*) FROM flights {failing(check)}"


WAYS: dict[str, Callable[[Session], Verdicts]] = {
    "needed": needed_columns,
    "aggregate": one_aggregate,
    "queries": one_query_a_check,
    "best": best_known,
    "footers": believing_footers,
}


def main(way: str, flights: str, airlines: str, answer: str, *options: str) -> None:
    """Check in one of the ways."""
    session = Session(flights, airlines)
    Path(answer).write_text(json.dumps(WAYS[way](session)))
    if "--times" in options:
        for query, seconds in session.asked:
            print(f"{1000 * seconds:8.1f} ms  {query}")


if __name__ == "__main__":
    main(*sys.argv[1:])
