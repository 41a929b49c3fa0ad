"""Makes the data: the flights of the example once and thirty times, one file each; a delivery more; two broken copies.

    python data.py FOLDER

It is a process of its own, so that the one that measures stays small. What exists is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from checks import COLUMNS
from contract import contract_text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contest.flights import EXAMPLE, REPLICAS, flights_file, write, write_flights

MORE_ROWS = 101_033
"""One percent of thirty replicas."""

DAMAGE = (
    "UPDATE flights SET dest = NULL WHERE n IN (10, 20, 30)",
    "UPDATE flights SET carrier = 'ZZ' WHERE n BETWEEN 100001 AND 100005",
    "UPDATE flights SET distance = -1 WHERE n BETWEEN 150001 AND 150004",
    "UPDATE flights SET tailnum = 'n' || tailnum WHERE n BETWEEN 200001 AND 200006",
    "UPDATE flights SET minute = (minute + 1) % 60 WHERE n IN (250001, 250002)",
    "UPDATE flights SET air_time = NULL WHERE n % 10 = 0",
    "INSERT INTO flights FROM flights WHERE n BETWEEN 300001 AND 300007",
)
"""Breaks the checks of ``DAMAGED``: 3, 5 (and 5 references), 4, 6, 2 rows, 12.5 % of the times in the air, 7 keys."""


def main(folder: Path) -> None:
    """Make all sets of data that are missing."""
    with duckdb.connect() as database:
        write_flights(database, folder)
        x1 = flights_file(folder, "x1")
        more = f"SELECT {REPLICAS + 1}::INTEGER AS replica, * EXCLUDE (replica) FROM '{x1}' LIMIT {MORE_ROWS}"
        write(database, folder / "more" / "flights.parquet", more)
        _damage(database, x1, folder)
    for name in ("x1", "x30", "more", "damaged", "cut"):
        place = folder / name
        (place / "airlines.parquet").write_bytes((EXAMPLE / "airlines.parquet").read_bytes())
        (place / "flights.odcs.yaml").write_text(contract_text(place, own_rules=True))
        (place / "flights-sql.odcs.yaml").write_text(contract_text(place, own_rules=False))


def _damage(database: duckdb.DuckDBPyConnection, x1: Path, folder: Path) -> None:
    columns = ", ".join(COLUMNS)
    database.execute(f"CREATE TABLE flights AS SELECT *, row_number() OVER () AS n FROM '{x1}'")
    for statement in DAMAGE:
        database.execute(statement)
    write(database, folder / "damaged" / "flights.parquet", f"SELECT {columns} FROM flights ORDER BY n")
    cut = "SELECT * REPLACE (time_hour - INTERVAL 200 YEAR AS time_hour, distance::DOUBLE AS distance)"
    write(database, folder / "cut" / "flights.parquet", f"{cut} FROM '{x1}' LIMIT 1000")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
