"""The bar: one DuckDB session that runs all queries one after the other, each as CREATE TABLE AS."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import models

with duckdb.connect() as session:
    for name, sql in models.queries(int(sys.argv[1])).items():
        session.execute(f"create table {name} as {sql}")
