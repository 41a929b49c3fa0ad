"""The dialects of SQL in which tables are written and read: what each of them takes, and how it spells each type.

Sources: the reference manuals of the six systems on CREATE TABLE and on their data types.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """A dialect, by the name that sqlglot has for it."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    REDSHIFT = "redshift"
    ATHENA = "athena"
    HIVE = "hive"
    SPARK = "spark"


class Comments(StrEnum):
    """Where the words on a table and its columns stand."""

    STATEMENTS = "statements of their own"
    INLINE = "in the table's statement"


class Partitions(StrEnum):
    """How a table is divided."""

    NONE = "not in the table's statement"
    APART = "columns of their own"
    BY_NAME = "columns by their names"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a dialect's CREATE TABLE takes.

    Attributes:
        title: as its makers call it.
        has_not_null: whether a column may be declared never empty.
        has_keys: whether primary keys, unique and foreign keys are taken.
        has_checks: whether conditions are taken, and held.
        holds_length: whether a text's length is held where its type says one.
        comments: where words stand.
        partitions: how a table is divided.
        quoting: the dialect of sqlglot whose quotation marks are taken.
        has_own_keys: whether a table can refer to itself without refusing rows that come together.
    """

    title: str
    has_not_null: bool
    has_keys: bool
    has_checks: bool
    holds_length: bool
    comments: Comments
    partitions: Partitions
    quoting: str
    has_own_keys: bool


ABILITIES: dict[Dialect, Abilities] = {
    Dialect.DUCKDB: Abilities("DuckDB", True, True, True, False, Comments.STATEMENTS, Partitions.NONE, "duckdb", False),
    Dialect.POSTGRES: Abilities(
        "PostgreSQL", True, True, True, True, Comments.STATEMENTS, Partitions.NONE, "postgres", True
    ),
    Dialect.REDSHIFT: Abilities(
        "Redshift", True, True, False, True, Comments.STATEMENTS, Partitions.NONE, "redshift", True
    ),
    Dialect.ATHENA: Abilities("Athena", False, False, False, True, Comments.INLINE, Partitions.APART, "hive", False),
    Dialect.HIVE: Abilities("Hive", False, False, False, True, Comments.INLINE, Partitions.APART, "hive", False),
    Dialect.SPARK: Abilities("Spark", True, False, False, True, Comments.INLINE, Partitions.BY_NAME, "spark", False),
}
"""Dialect to what it takes. Redshift takes keys and does not hold them."""

_ORDER = (Dialect.DUCKDB, Dialect.POSTGRES, Dialect.REDSHIFT, Dialect.ATHENA, Dialect.HIVE, Dialect.SPARK)


def _row(*spellings: str) -> dict[Dialect, str]:
    return dict(zip(_ORDER, spellings * (len(_ORDER) // len(spellings)), strict=True))


TYPES: dict[str, dict[Dialect, str]] = {
    "VARCHAR": _row("VARCHAR", "TEXT", "VARCHAR(65535)", "STRING", "STRING", "STRING"),
    "VARCHAR(n)": _row("VARCHAR"),
    "CHAR(n)": _row("CHAR"),
    "BOOLEAN": _row("BOOLEAN"),
    "TINYINT": _row("TINYINT", "SMALLINT", "SMALLINT", "TINYINT", "TINYINT", "TINYINT"),
    "SMALLINT": _row("SMALLINT"),
    "INTEGER": _row("INTEGER", "INTEGER", "INTEGER", "INT", "INT", "INT"),
    "BIGINT": _row("BIGINT"),
    "HUGEINT": _row("HUGEINT", "NUMERIC(39, 0)", *["DECIMAL(38, 0)"] * 4),
    "UTINYINT": _row("UTINYINT", *["SMALLINT"] * 5),
    "USMALLINT": _row("USMALLINT", "INTEGER", "INTEGER", "INT", "INT", "INT"),
    "UINTEGER": _row("UINTEGER", *["BIGINT"] * 5),
    "UBIGINT": _row("UBIGINT", "NUMERIC(20, 0)", *["DECIMAL(20, 0)"] * 4),
    "UHUGEINT": _row("UHUGEINT", "NUMERIC(39, 0)", *["DECIMAL(38, 0)"] * 4),
    "DECIMAL": _row("DECIMAL(18, 3)", "NUMERIC", "DECIMAL(38, 9)", *["DECIMAL(38, 9)"] * 3),
    "DECIMAL(n)": _row("DECIMAL", "NUMERIC", "DECIMAL", "DECIMAL", "DECIMAL", "DECIMAL"),
    "FLOAT": _row("FLOAT", "REAL", "REAL", "FLOAT", "FLOAT", "FLOAT"),
    "DOUBLE": _row("DOUBLE", "DOUBLE PRECISION", "DOUBLE PRECISION", "DOUBLE", "DOUBLE", "DOUBLE"),
    "DATE": _row("DATE"),
    "TIME": _row("TIME", "TIME", "TIME", "STRING", "STRING", "STRING"),
    "TIMETZ": _row("TIMETZ", "TIMETZ", "TIMETZ", "STRING", "STRING", "STRING"),
    "TIMESTAMP": _row("TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP_NTZ"),
    "TIMESTAMPTZ": _row("TIMESTAMPTZ", "TIMESTAMPTZ", "TIMESTAMPTZ", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP"),
    "UUID": _row("UUID", "UUID", "CHAR(36)", "STRING", "STRING", "STRING"),
    "BLOB": _row("BLOB", "BYTEA", "VARBYTE", "BINARY", "BINARY", "BINARY"),
    "JSON": _row("JSON", "JSONB", "SUPER", "STRING", "STRING", "STRING"),
}
"""Type, in DuckDB's names, to how each dialect spells it; an ending ``(n)`` is the type with a length or digits."""

NESTED: dict[str, dict[Dialect, str]] = {
    "STRUCT": _row("STRUCT({})", "JSONB", "SUPER", "STRUCT<{}>", "STRUCT<{}>", "STRUCT<{}>"),
    "LIST": _row("{}[]", "{}[]", "SUPER", "ARRAY<{}>", "ARRAY<{}>", "ARRAY<{}>"),
    "MAP": _row("MAP({})", "JSONB", "SUPER", "MAP<{}>", "MAP<{}>", "MAP<{}>"),
}
"""Type with types inside to how each dialect spells it; without ``{}`` nothing of the inside is said."""

FIELD_MARKS: dict[Dialect, str] = _row(" ", " ", " ", ":", ":", ": ")
"""What stands between the name and the type of a field of a STRUCT."""
