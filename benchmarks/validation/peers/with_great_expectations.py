"""The checks in Great Expectations, on SQL (DuckDB through SQLAlchemy) or on pandas.

python with_great_expectations.py sql|pandas FLIGHTS AIRLINES ANSWER
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import CHECKS, COLUMNS, Check, Kind

BROKEN = {
    "condition_origin_dest": "origin == dest",
    "condition_hour_minute_sched_dep_time": "hour * 100 + minute != sched_dep_time",
}
"""The rows that break a condition, in the words of pandas."""


class Dialect(StrEnum):
    """What Great Expectations does not know."""

    DUCKDB = "duckdb"


HOLED = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
"""Whole numbers with nulls, which pandas reads as floats."""

SQL_TYPES = {"INTEGER": "Integer", "VARCHAR": "String", "TIMESTAMP": "DateTime"}
PANDAS_TYPES = {"INTEGER": "int32", "VARCHAR": "str", "TIMESTAMP": "datetime64"}


def main(way: str, flights: str, airlines: str, answer: str) -> None:
    """Check, and write what holds; an expectation that raised says nothing."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    carriers = pd.read_parquet(airlines)["carrier"].tolist()
    with tempfile.TemporaryDirectory() as folder:
        batch = _sql(context, flights, Path(folder)) if way == "sql" else _pandas(context, flights)
        wanted = [(check, one) for check in CHECKS for one in _expectations(check, way, carriers)]
        suite = gx.ExpectationSuite(name="flights", expectations=[one for _, one in wanted])
        results = batch.validate(suite, result_format="SUMMARY").results
    names = {_key(one): check.id for check, one in wanted}
    verdicts: dict[str, bool] = {}
    lost: set[str] = set()
    for result in results:
        name = names[_key(result.expectation_config.to_domain_obj())]
        if result.exception_info and _raised(result.exception_info):
            lost.add(name)
            print(name, str(result.exception_info)[-700:], file=sys.stderr)
        verdicts[name] = verdicts.get(name, True) and bool(result.success)
    Path(answer).write_text(json.dumps({name: good for name, good in verdicts.items() if name not in lost}))


def _raised(info: dict[str, Any]) -> bool:
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(part.get("raised_exception") for part in info.values())


def _key(one: Any) -> str:
    return str(one.meta["check"]) + str(getattr(one, "column", ""))


def _sql(context: Any, flights: str, folder: Path) -> Any:
    import duckdb
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    # It closes the connection before it fetches, which DuckDB does not bear; for SQLite it keeps the connection.
    engine._PERSISTED_CONNECTION_DIALECTS = (*engine._PERSISTED_CONNECTION_DIALECTS, Dialect.DUCKDB)
    database = folder / "flights.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE VIEW flights AS FROM '{flights}'")
    source = context.data_sources.add_sql("duckdb", connection_string=f"duckdb:///{database}")
    return source.add_table_asset("flights", table_name="flights").add_batch_definition_whole_table("all").get_batch()


def _pandas(context: Any, flights: str) -> Any:
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("flights")
    definition = asset.add_batch_definition_whole_dataframe("all")
    return definition.get_batch({"dataframe": pd.read_parquet(flights)})


def _expectations(check: Check, way: str, carriers: list[str]) -> list[Any]:
    """Return the expectations of a check; none where there is none for it on this engine."""
    meta = {"check": check.id}
    if check.kind is Kind.SCHEMA:
        types = {name: _type(name, kind, way) for name, kind in COLUMNS.items()}
        return [gxe.ExpectColumnValuesToBeOfType(column=name, type_=kind, meta=meta) for name, kind in types.items()]
    if check.kind is Kind.CONDITION:
        if way == "sql":
            query = f"SELECT * FROM {{batch}} WHERE NOT ({check.condition})"
            return [gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, meta=meta)]
        broken = {"row_condition": BROKEN[check.id], "condition_parser": "pandas"}
        return [gxe.ExpectTableRowCountToEqual(value=0, **broken, meta=meta)]
    if check.kind is Kind.KEY:
        return [gxe.ExpectCompoundColumnsToBeUnique(column_list=list(check.columns), meta=meta)]
    if check.kind is Kind.ROWS:
        return [gxe.ExpectTableRowCountToBeBetween(min_value=check.low, max_value=check.high, meta=meta)]
    return [_of_column(check, carriers, {"column": check.column, "meta": meta})]


def _of_column(check: Check, carriers: list[str], common: dict[str, Any]) -> Any:
    match check.kind:
        case Kind.NOT_NULL:
            return gxe.ExpectColumnValuesToNotBeNull(**common)
        case Kind.ACCEPTED | Kind.REFERENCE:
            return gxe.ExpectColumnValuesToBeInSet(value_set=list(check.values or carriers), **common)
        case Kind.RANGE:
            return gxe.ExpectColumnValuesToBeBetween(min_value=check.low, max_value=check.high, **common)
        case Kind.PATTERN:
            return gxe.ExpectColumnValuesToMatchRegex(regex=check.pattern, **common)
        case Kind.FRESHNESS:
            oldest = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=check.limit)
            return gxe.ExpectColumnMaxToBeBetween(min_value=oldest, strict_min=True, **common)
        case Kind.NULL_RATE:
            least = 1 - check.limit / 100
            return gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(min_value=least, strict_min=True, **common)
        case _:
            raise ValueError(check.kind)


def _type(name: str, kind: str, way: str) -> str:
    if way == "sql":
        return SQL_TYPES[kind]
    return "float64" if name in HOLED else PANDAS_TYPES[kind]


if __name__ == "__main__":
    main(*sys.argv[1:])
