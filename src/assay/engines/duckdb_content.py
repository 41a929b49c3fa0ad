"""The SQL of DuckDB's content digest: every value as a text that is the same in every version and file form."""

# ruff: noqa: S608  (the names of columns are quoted, the table is written by the engine)

from __future__ import annotations

from collections.abc import Sequence

from assay.base.snapshots import Column
from assay.sql.quoting import identifier
from assay.sql.writing import select

_PLAIN = "CAST({0} AS VARCHAR)"
# Floats: the nearest decimal of 18 digits tells any two apart, zero has no sign, all NaN are one.
_FLOAT = "CASE WHEN isnan({0}) THEN 'nan' ELSE format('{{:.17e}}', CAST({0} AS DOUBLE) + 0.0) END"
_MICROSECONDS = "coalesce(CAST(epoch_us({0}) AS VARCHAR), CAST({0} AS VARCHAR))"  # an infinity has no number
_NANOSECONDS = "coalesce(CAST(epoch_ns({0}) AS VARCHAR), CAST({0} AS VARCHAR))"
_NESTED = "CAST(to_json({0}) AS VARCHAR)"

_TEXTS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), _PLAIN),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), _PLAIN),
    **dict.fromkeys(("BOOLEAN", "VARCHAR", "UUID", "DECIMAL", "DATE", "TIME", "INTERVAL", "JSON"), _PLAIN),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _FLOAT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"), _MICROSECONDS),
    "TIMESTAMP_NS": _NANOSECONDS,
    "BLOB": "hex({0})",
}


def content_sql(columns: Sequence[Column], table: str, label: str = "") -> str:
    """Write the query for the row count and the two sums by which rows are compared whatever their order.

    Each value is written with its length before it and each NULL as ``~``, so that no two different rows read alike.
    The lower and the upper half of the rows' MD5 are summed up.

    Args:
        columns: of the table.
        table: as SQL.
        label: an expression by which the rows are put into groups, each with its sums; empty for all rows together.
    """
    texts = (_text(column).format(identifier(column.name)) for column in columns)
    row = " || ".join(f"coalesce(strlen({text}) || ':' || {text}, '~')" for text in texts)
    sums = ["count(*)", "coalesce(sum(md5_number_lower(r)), 0)", "coalesce(sum(md5_number_upper(r)), 0)"]
    if not label:
        return select(sums, f"(SELECT {row} AS r FROM {table})")
    return select(["label", *sums], f"(SELECT {label} AS label, {row} AS r FROM {table})", group="label")


def _text(column: Column) -> str:
    if column.type.endswith("]"):
        return _NESTED
    return _TEXTS.get(column.type.partition("(")[0], _NESTED)
