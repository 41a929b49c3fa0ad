"""The comparison in SQLMesh: table_diff on DuckDB, with the files as views.

python with_sqlmesh.py BEFORE AFTER ANSWER
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from sqlmesh import Context
from sqlmesh.core.config import Config, DuckDBConnectionConfig, GatewayConfig, ModelDefaultsConfig

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pairs import COLUMNS, KEY


def main(before: str, after: str, answer: str) -> None:
    """Compare, and write what was found."""
    gateway = GatewayConfig(connection=DuckDBConnectionConfig())
    config = Config(
        gateways={"duckdb": gateway},
        default_gateway="duckdb",
        model_defaults=ModelDefaultsConfig(dialect="duckdb"),
        disable_anonymized_analytics=True,
    )
    with tempfile.TemporaryDirectory() as project:
        context = Context(paths=[project], config=config)
        for name, file in (("before", before), ("after", after)):
            context.engine_adapter.execute(f"CREATE VIEW {name} AS FROM '{file}'")
        (difference,) = context.table_diff("before", "after", on=[KEY], limit=3, show=False)
        found = difference.row_diff()
    both = int(found.join_count)
    same = found.column_stats["pct_match"]  # of the rows on both sides, to nine decimals
    cells = {column: round(both - both * float(same[column]) / 100) for column in COLUMNS}
    sides = {"only_before": int(found.s_only_count), "only_after": int(found.t_only_count)}
    changed = both - int(found.full_match_count)
    is_equal = not (changed or any(sides.values()))
    Path(answer).write_text(json.dumps({"equal": is_equal, **sides, "changed_rows": changed, "cells": cells}))


if __name__ == "__main__":
    main(*sys.argv[1:])
