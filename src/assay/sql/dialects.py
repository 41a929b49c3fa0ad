"""The dialects in which a query may be written that DuckDB runs: what each means by what all of them write alike.

A literal table. What is not in it, nor in that of the functions (`assay.sql.carried`), is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """In which SQL a query is written."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    REDSHIFT = "redshift"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    TSQL = "tsql"
    TRINO = "trino"
    PRESTO = "presto"
    ATHENA = "athena"
    DATABRICKS = "databricks"
    SPARK = "spark"
    HIVE = "hive"


class ToWhole(StrEnum):
    """What becomes of a fraction that is cast to a whole number."""

    AS_DUCKDB = "to the nearest; of a double's halves to the even one"
    AWAY = "to the nearest, halves away from zero"
    CUT = "toward zero"
    UNTOLD = "not told by its manual"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a dialect means by what others write alike and mean otherwise.

    Attributes:
        reader: by which name sqlglot knows it.
        title: how its makers call it.
        divides_whole: whether the quotient of two whole numbers is a whole number, cut toward zero.
        null_by_zero: whether a division by zero is NULL; an error otherwise.
        to_whole: what a cast to a whole number makes of a fraction.
        escapes_like: whether a backslash in a pattern of LIKE escapes without ESCAPE.
        digits: of DECIMAL where none are written; None where that is a number of any length, which DuckDB has not.
        trims_spaces: whether TRIM without characters takes away spaces alone, as DuckDB's does.
        sum_widens: whether the sum of BIGINT is no BIGINT any more, so that it is divided otherwise.
        monday: whether its week begins on Monday whatever the session says.
    """

    reader: str
    title: str
    divides_whole: bool = False
    null_by_zero: bool = False
    to_whole: ToWhole = ToWhole.UNTOLD
    escapes_like: bool = False
    digits: tuple[int, int] | None = None
    trims_spaces: bool = True
    sum_widens: bool = False
    monday: bool = True


_TRINO = {"divides_whole": True, "to_whole": ToWhole.AWAY, "digits": (38, 0), "trims_spaces": False}
_SPARK = {"to_whole": ToWhole.CUT, "escapes_like": True, "digits": (10, 0)}

MEANINGS: Mapping[Dialect, Meaning] = {
    Dialect.POSTGRES: Meaning(
        "postgres", "PostgreSQL", divides_whole=True, to_whole=ToWhole.AS_DUCKDB, escapes_like=True, sum_widens=True
    ),
    Dialect.REDSHIFT: Meaning(
        "redshift", "Redshift", divides_whole=True, escapes_like=True, digits=(18, 0), sum_widens=True
    ),
    Dialect.MYSQL: Meaning("mysql", "MySQL", null_by_zero=True, escapes_like=True, digits=(10, 0), monday=False),
    Dialect.SQLITE: Meaning(
        "sqlite", "SQLite", divides_whole=True, null_by_zero=True, to_whole=ToWhole.CUT
    ),
    Dialect.SNOWFLAKE: Meaning("snowflake", "Snowflake", to_whole=ToWhole.AWAY, digits=(38, 0), monday=False),
    Dialect.BIGQUERY: Meaning(
        "bigquery", "BigQuery", to_whole=ToWhole.AWAY, escapes_like=True, digits=(38, 9), trims_spaces=False,
        monday=False,
    ),
    Dialect.TSQL: Meaning(
        "tsql", "T-SQL", divides_whole=True, to_whole=ToWhole.CUT, digits=(18, 0), monday=False
    ),
    Dialect.TRINO: Meaning("trino", "Trino", **_TRINO),  # type: ignore[arg-type]
    Dialect.PRESTO: Meaning("presto", "Presto", **_TRINO),  # type: ignore[arg-type]
    Dialect.ATHENA: Meaning("athena", "Athena", **_TRINO),  # type: ignore[arg-type]
    Dialect.DATABRICKS: Meaning("databricks", "Databricks", **_SPARK),  # type: ignore[arg-type]
    Dialect.SPARK: Meaning("databricks", "Spark", **_SPARK),  # type: ignore[arg-type]  # by ANSI's rules, as Spark 4
    Dialect.HIVE: Meaning("hive", "Hive", null_by_zero=True, **_SPARK),  # type: ignore[arg-type]
}  # fmt: skip
"""Of each dialect but the engine's own. Oracle is not among them: there a text without letters is NULL."""
