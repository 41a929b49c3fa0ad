"""Makes the pairs: flights with a number as their key, and four later versions, of which it is known what changed.

    python data.py FOLDER SCALE...

What changes is chosen by hashes of the key, so that it is the same whenever it is made, and what a comparison has to
find is counted without looking at the data: every change changes, and ``known.json`` says how many there are. What
exists is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contest.flights import ROWS, flights_file, write, write_flights
from pairs import BEFORE, COLUMNS, KEY, PAIRS

CHANGES = {
    "time_hour": "time_hour + INTERVAL 1 HOUR",
    "carrier": "carrier || 'x'",
    "flight": "flight + 1",
    "tailnum": "coalesce(tailnum, 'N') || '9'",
    "origin": "lower(origin)",
    "dest": "lower(dest)",
    "dep_delay": "coalesce(dep_delay, 0) + 1",
    "arr_delay": "coalesce(arr_delay, 0) + 1",
    "air_time": "CASE WHEN air_time IS NULL THEN 0 END",  # what was there is gone, what was not there is
    "distance": "distance * 1.01",
}
"""What a changed cell holds: another value whatever it was, and so also where it was null."""

GONE = f"hash({KEY}, 'gone') % 1000 = 0"
NEW = f"hash({KEY}, 'new') % 1000 = 0"
ONE_COLUMN = "dep_delay"
SMALL_GROUPS = ", ROW_GROUP_SIZE 50000"


def main(folder: Path, *scales: str) -> None:
    """Make the pairs that are missing."""
    with duckdb.connect() as database:
        write_flights(database, folder)
        for scale in scales:
            _write_pairs(database, folder, scale)


def _write_pairs(database: duckdb.DuckDBPyConnection, folder: Path, scale: str) -> None:
    """Write the versions of one scale, and what is known of them."""
    place, rows = folder / scale, ROWS[scale]
    source = f"read_parquet('{flights_file(folder, scale)}', file_row_number = true)"
    before = place / f"{BEFORE}.parquet"
    numbers = f"file_row_number + 1 AS {KEY}"
    values = ", ".join(f"{name}::DOUBLE AS {name}" if name == "distance" else name for name in COLUMNS)
    write(database, before, f"SELECT {numbers}, {values} FROM {source}")
    changed = place / "changed.parquet"
    cells = ", ".join(
        f"CASE WHEN {_is_changed(name)} THEN {CHANGES[name]} ELSE {name} END AS {name}" for name in COLUMNS
    )
    kept = f"SELECT {KEY}, {cells} FROM '{before}' WHERE NOT {GONE}"
    added = f"SELECT {KEY} + {rows} AS {KEY}, {', '.join(COLUMNS)} FROM '{before}' WHERE {NEW}"
    write(database, changed, f"{kept} UNION ALL {added}")
    write(database, place / "equal.parquet", f"FROM '{before}'", SMALL_GROUPS)
    one = f"CASE WHEN {KEY} = {rows // 2} THEN {CHANGES[ONE_COLUMN]} ELSE {ONE_COLUMN} END AS {ONE_COLUMN}"
    write(database, place / "one.parquet", f"SELECT * REPLACE ({one}) FROM '{before}'")
    write(database, place / "shuffled.parquet", f"FROM '{changed}' ORDER BY hash({KEY}, 'order')")
    (place / "known.json").write_text(json.dumps(_known(database, rows), indent=2))


def _is_changed(column: str) -> str:
    return f"hash({KEY}, '{column}') % 100 = 0"


def _known(database: duckdb.DuckDBPyConnection, rows: int) -> dict[str, dict[str, Any]]:
    """Return what there is to find in each pair, by the numbers of the rows alone."""
    counts = [f"count(*) FILTER (NOT {GONE} AND {_is_changed(column)})" for column in COLUMNS]
    any_cell = " OR ".join(_is_changed(column) for column in COLUMNS)
    counts += [f"count(*) FILTER ({GONE})", f"count(*) FILTER ({NEW})"]
    counts += [f"count(*) FILTER (NOT {GONE} AND ({any_cell}))"]
    found = database.execute(f"SELECT {', '.join(counts)} FROM range(1, {rows + 1}) AS numbers({KEY})").fetchall()[0]
    *cells, gone, new, changed = found
    nothing = dict.fromkeys(COLUMNS, 0)
    many = _fact(gone, new, changed, dict(zip(COLUMNS, cells, strict=True)))
    facts = {
        "changed": many,
        "equal": _fact(0, 0, 0, nothing),
        "one": _fact(0, 0, 1, nothing | {ONE_COLUMN: 1}),
        "shuffled": many,
    }
    return {pair: facts[pair] for pair in PAIRS}


def _fact(gone: int, new: int, changed: int, cells: dict[str, int]) -> dict[str, Any]:
    is_equal = not (gone or new or changed)
    return {"equal": is_equal, "only_before": gone, "only_after": new, "changed_rows": changed, "cells": cells}


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
