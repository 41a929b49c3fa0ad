"""The checks in pandera on polars.

python with_pandera.py FLIGHTS AIRLINES ANSWER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandera.polars as pa
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import CHECKS, COLUMNS, Check, Kind, of_kind

TYPES = {"INTEGER": pl.Int32, "VARCHAR": pl.String, "TIMESTAMP": pl.Datetime("us")}
CONDITIONS = {
    "condition_origin_dest": pl.col("origin") != pl.col("dest"),
    "condition_hour_minute_sched_dep_time": pl.col("hour") * 100 + pl.col("minute") == pl.col("sched_dep_time"),
}


def main(flights: str, airlines: str, answer: str) -> None:
    """Check, and write what holds."""
    carriers = pl.read_parquet(airlines)["carrier"].to_list()
    columns = {name: _column(name, kind, carriers) for name, kind in COLUMNS.items()}
    key = of_kind(Kind.KEY)[0]
    schema = pa.DataFrameSchema(columns, checks=list(_of_table()), unique=list(key.columns))
    failed: set[str] = set()
    try:
        schema.validate(pl.read_parquet(flights), lazy=True)
    except pa.errors.SchemaErrors as found:
        failed = {_named(error, key) for error in found.schema_errors}
    Path(answer).write_text(json.dumps({check.id: check.id not in failed for check in CHECKS}))


def _column(name: str, kind: str, carriers: list[str]) -> pa.Column:
    own = [check for check in CHECKS if check.columns == (name,)]
    tests = [_test(check, carriers) for check in own if check.kind in _TESTS]
    return pa.Column(TYPES[kind], tests, nullable=not any(check.kind is Kind.NOT_NULL for check in own))


_TESTS: dict[Kind, Callable[[Check, list[str]], pa.Check]] = {
    Kind.RANGE: lambda check, _: pa.Check.in_range(check.low, check.high, name=check.id),
    Kind.ACCEPTED: lambda check, _: pa.Check.isin(check.values, name=check.id),
    Kind.REFERENCE: lambda check, carriers: pa.Check.isin(carriers, name=check.id),
    Kind.PATTERN: lambda check, _: pa.Check.str_matches(check.pattern, name=check.id),
}


def _test(check: Check, carriers: list[str]) -> pa.Check:
    return _TESTS[check.kind](check, carriers)


def _of_table() -> list[pa.Check]:
    oldest = datetime.now(UTC).replace(tzinfo=None)
    found = []
    for check in CHECKS:
        match check.kind:
            case Kind.CONDITION:
                found.append((check, CONDITIONS[check.id].fill_null(True)))
            case Kind.NULL_RATE:
                found.append((check, pl.col(check.column).null_count() * 100 < pl.len() * check.limit))
            case Kind.ROWS:
                found.append((check, pl.len().is_between(check.low, check.high)))
            case Kind.FRESHNESS:
                found.append((check, pl.col(check.column).max() > oldest - timedelta(days=check.limit)))
            case _:
                pass
    return [
        pa.Check(lambda data, wanted=wanted: data.lazyframe.select(wanted), name=check.id) for check, wanted in found
    ]


def _named(error: pa.errors.SchemaError, key: Check) -> str:
    """Return which check an error of pandera is about."""
    if error.check is not None and getattr(error.check, "name", None) in {check.id for check in CHECKS}:
        return str(error.check.name)
    reason, column = error.reason_code.name, getattr(error.schema, "name", "")
    named = {"SERIES_CONTAINS_NULLS": f"not_null_{column}", "DUPLICATES": key.id, "WRONG_DATATYPE": "schema"}
    if reason not in named:
        raise SystemExit(f"An error that says nothing of a check: {reason} {error}")
    return named[reason]


if __name__ == "__main__":
    main(*sys.argv[1:])
