"""The comparison written by hand in DuckDB, in ways that differ in what they find.

    python hand.py WAY BEFORE AFTER ANSWER

ANSWER gets one JSON object: what the way can tell.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from pairs import COLUMNS, KEY

Answer = dict[str, Any]


def join(database: duckdb.DuckDBPyConnection) -> Answer:
    """Join both versions by the key, and count what is on one side and the cells that differ: one query."""
    both = f"a.{KEY} IS NOT NULL AND b.{KEY} IS NOT NULL"
    counts = [f"count(*) FILTER ({both} AND a.{name} IS DISTINCT FROM b.{name})" for name in COLUMNS]
    sides = f"count(*) FILTER (b.{KEY} IS NULL), count(*) FILTER (a.{KEY} IS NULL)"
    joined = f"before AS a FULL OUTER JOIN after AS b ON a.{KEY} = b.{KEY}"
    gone, new, *cells = database.execute(f"SELECT {sides}, {', '.join(counts)} FROM {joined}").fetchall()[0]
    return {"only_before": gone, "only_after": new, "cells": dict(zip(COLUMNS, cells, strict=True))}


def hashes(database: duckdb.DuckDBPyConnection) -> Answer:
    """Join hashes of the rows by the key: which rows differ, but not in what."""
    hashed = f"SELECT {KEY}, hash({', '.join(COLUMNS)}) AS h FROM"
    counts = f"count(*) FILTER (b.{KEY} IS NULL), count(*) FILTER (a.{KEY} IS NULL), count(*)"
    joined = f"({hashed} before) AS a FULL OUTER JOIN ({hashed} after) AS b ON a.{KEY} = b.{KEY}"
    query = f"SELECT {counts} FROM {joined} WHERE a.h IS DISTINCT FROM b.h"
    gone, new, differing = database.execute(query).fetchall()[0]
    return {"only_before": gone, "only_after": new, "changed_rows": differing - gone - new}


def fingerprint(database: duckdb.DuckDBPyConnection) -> Answer:
    """Add the hashes of all rows up: whether both hold the same, and nothing else."""
    found = [
        database.execute(f"SELECT count(*), sum(hash({KEY}, {', '.join(COLUMNS)})) FROM {table}").fetchall()
        for table in ("before", "after")
    ]
    return {"equal": found[0] == found[1]}


WAYS: dict[str, Callable[[duckdb.DuckDBPyConnection], Answer]] = {
    "join": join,
    "hashes": hashes,
    "fingerprint": fingerprint,
}


def main(way: str, before: str, after: str, answer: str) -> None:
    """Compare in one of the ways."""
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW before AS FROM '{before}'")
        database.execute(f"CREATE VIEW after AS FROM '{after}'")
        Path(answer).write_text(json.dumps(WAYS[way](database)))


if __name__ == "__main__":
    main(*sys.argv[1:])
