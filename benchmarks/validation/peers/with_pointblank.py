"""The checks in pointblank on polars.

python with_pointblank.py FLIGHTS AIRLINES ANSWER
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import pointblank as pb
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import CHECKS, COLUMNS, Check, Kind

TYPES = {"INTEGER": "Int32", "VARCHAR": "String", "TIMESTAMP": "Datetime(time_unit='us', time_zone=None)"}
CONDITIONS = {
    "condition_origin_dest": (pl.col("origin") != pl.col("dest")).fill_null(True),
    "condition_hour_minute_sched_dep_time": (
        pl.col("hour") * 100 + pl.col("minute") == pl.col("sched_dep_time")
    ).fill_null(True),
}


def main(flights: str, airlines: str, answer: str) -> None:
    """Check, and write what holds; a step that could not be evaluated says nothing."""
    carriers = pl.read_parquet(airlines)["carrier"].to_list()
    validation = pb.Validate(pl.read_parquet(flights))
    for check in CHECKS:
        validation = _step(validation, check, carriers)
    steps = validation.interrogate().validation_info
    verdicts = {
        check.id: bool(step.all_passed) for check, step in zip(CHECKS, steps, strict=True) if not step.eval_error
    }
    Path(answer).write_text(json.dumps(verdicts))


def _step(validation: pb.Validate, check: Check, carriers: list[str]) -> pb.Validate:
    match check.kind:
        case Kind.KEY:
            return validation.rows_distinct(list(check.columns))
        case Kind.ROWS:
            middle = (check.low + check.high) // 2
            return validation.row_count_match(middle, tol=(middle - check.low, check.high - middle))
        case Kind.SCHEMA:
            schema = pb.Schema(columns=[(name, TYPES[kind]) for name, kind in COLUMNS.items()])
            return validation.col_schema_match(schema, complete=False, in_order=False)
        case Kind.CONDITION:
            return validation.col_vals_expr(CONDITIONS[check.id])
        case _:
            return _of_column(validation, check, check.column, carriers)


def _of_column(validation: pb.Validate, check: Check, column: str, carriers: list[str]) -> pb.Validate:
    match check.kind:
        case Kind.NOT_NULL:
            return validation.col_vals_not_null(column)
        case Kind.ACCEPTED | Kind.REFERENCE:
            return validation.col_vals_in_set(column, [*(check.values or carriers), None])  # null is no other value
        case Kind.RANGE:
            return validation.col_vals_between(column, check.low, check.high, na_pass=True)
        case Kind.PATTERN:
            return validation.col_vals_regex(column, check.pattern, na_pass=True)
        case Kind.FRESHNESS:
            return validation.data_freshness(column, timedelta(days=check.limit), allow_tz_mismatch=True)
        case Kind.NULL_RATE:
            return validation.specially(lambda rows: 100 * rows[column].null_count() < check.limit * len(rows))
        case _:
            raise ValueError(check.kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
