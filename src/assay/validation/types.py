"""Types of columns: families of DuckDB's types, what logical types admit of them, and spellings of physical types.

DuckDB's names are the neutral spelling of this system; see `assay.base.snapshots.Column`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from assay.contract.model import LogicalType
from assay.validation.nested_types import element_of, fields_of, sides_of


class Family(StrEnum):
    """Types whose values are tested alike."""

    TEXT = "text"
    INTEGER = "whole number"
    DECIMAL = "decimal"
    FLOAT = "floating-point number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp without time zone"
    TIMESTAMP_TZ = "timestamp with time zone"
    TIME = "time"
    LIST = "list"
    STRUCT = "struct"
    MAP = "map"
    JSON = "json"
    UUID = "uuid"
    OTHER = "other"


_FAMILIES: dict[str, Family] = {
    "VARCHAR": Family.TEXT,
    "ENUM": Family.TEXT,
    "UUID": Family.UUID,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), Family.INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), Family.INTEGER),
    "DECIMAL": Family.DECIMAL,
    "FLOAT": Family.FLOAT,
    "DOUBLE": Family.FLOAT,
    "BOOLEAN": Family.BOOLEAN,
    "DATE": Family.DATE,
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), Family.TIMESTAMP),
    "TIMESTAMP WITH TIME ZONE": Family.TIMESTAMP_TZ,
    "TIME": Family.TIME,
    "TIME_NS": Family.TIME,
    "TIME WITH TIME ZONE": Family.TIME,
    "STRUCT": Family.STRUCT,
    "MAP": Family.MAP,
    "JSON": Family.JSON,
    "BLOB": Family.OTHER,
}

NUMBERS = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})
MOMENTS = frozenset({Family.DATE, Family.TIMESTAMP, Family.TIMESTAMP_TZ})

ADMITTED: dict[LogicalType, frozenset[Family]] = {
    LogicalType.STRING: frozenset({Family.TEXT, Family.UUID}),
    LogicalType.INTEGER: frozenset({Family.INTEGER}),
    LogicalType.NUMBER: NUMBERS,
    LogicalType.BOOLEAN: frozenset({Family.BOOLEAN}),
    LogicalType.DATE: frozenset({Family.DATE}),
    LogicalType.TIMESTAMP: frozenset({Family.TIMESTAMP, Family.TIMESTAMP_TZ}),
    LogicalType.TIME: frozenset({Family.TIME}),
    LogicalType.ARRAY: frozenset({Family.LIST}),
    LogicalType.OBJECT: frozenset({Family.STRUCT, Family.JSON}),
    LogicalType.MAP: frozenset({Family.MAP}),
    LogicalType.VECTOR: frozenset({Family.LIST}),
}
"""Logical type to the families that keep its promise; a decimal of scale 0 is a whole number too, a DOUBLE never is."""

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "VARCHAR": (
        "varchar", "char", "bpchar", "text", "string", "nvarchar", "nchar", "varchar2",
        "character varying", "character", "longtext",
    ),
    "TINYINT": ("tinyint", "int1", "byteint"),
    "SMALLINT": ("smallint", "int2", "short", "smallserial"),
    "INTEGER": ("integer", "int", "int4", "int32", "signed", "serial", "mediumint"),
    "BIGINT": ("bigint", "int8", "int64", "long", "bigserial"),
    "HUGEINT": ("hugeint", "int128"),
    "UTINYINT": ("utinyint", "uint8"),
    "USMALLINT": ("usmallint", "uint16"),
    "UINTEGER": ("uinteger", "uint32"),
    "UBIGINT": ("ubigint", "uint64"),
    "UHUGEINT": ("uhugeint", "uint128"),
    "DECIMAL": ("decimal", "numeric", "number", "dec"),
    "FLOAT": ("float", "real", "float4", "float32"),
    "DOUBLE": ("double", "double precision", "float8", "float64"),
    "BOOLEAN": ("boolean", "bool", "logical", "bit(1)"),
    "DATE": ("date",),
    "TIME": ("time", "time without time zone"),
    "TIME WITH TIME ZONE": ("time with time zone", "timetz"),
    "TIMESTAMP": ("timestamp", "datetime", "timestamp without time zone", "timestamp_ntz", "timestamp_us"),
    "TIMESTAMP_S": ("timestamp_s",),
    "TIMESTAMP_MS": ("timestamp_ms",),
    "TIMESTAMP_NS": ("timestamp_ns",),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", "timestamptz", "timestamp_tz", "timestamp_ltz"),
    "UUID": ("uuid", "uniqueidentifier"),
    "BLOB": ("blob", "bytea", "binary", "varbinary", "bytes"),
    "JSON": ("json", "jsonb"),
}  # fmt: skip
_NEUTRAL = {spelling: neutral for neutral, spellings in _SPELLINGS.items() for spelling in spellings}

_BARE = {"array": Family.LIST, "list": Family.LIST, "struct": Family.STRUCT, "row": Family.STRUCT, "map": Family.MAP}
"""Physical types that promise a form and leave open what is inside."""

_BITS = {
    **{name: 8 << power for power, name in enumerate(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"))},
    **{name: 8 << power for power, name in enumerate(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"))},
}
"""Types of whole numbers to how many bits they have."""

_BASE = re.compile(r"([A-Za-z_0-9 ]+?)\s*(?:\(([^()]*)\))?")
_NESTED = re.compile(r"(?i)(struct|map|list|array|row|union)\b.*|.*\[\d*\]", re.DOTALL)


def family(duckdb_type: str) -> Family:
    """Return the family of a column's type as DuckDB names it."""
    if duckdb_type.endswith("]"):
        return Family.LIST
    name = duckdb_type.partition("(")[0].strip().upper()
    return _FAMILIES.get(name, Family.OTHER)


def admits(logical: LogicalType, duckdb_type: str, *, is_compatible: bool = False) -> bool:
    """Say whether a column of this type keeps the promise of a logical type; compatible types take any number whole."""
    kind = family(duckdb_type)
    if logical is LogicalType.INTEGER and kind is Family.DECIMAL and not is_compatible:
        return duckdb_type.rstrip(")").endswith(",0")
    return kind in (NUMBERS if is_compatible and logical is LogicalType.INTEGER else ADMITTED[logical])


def without_zone(text: str) -> str:
    """Return the type of a timestamp without its time zone; other types as they are."""
    name, _ = _split(text)
    return "TIMESTAMP" if name == "TIMESTAMP WITH TIME ZONE" else text


def bounds_of(duckdb_type: str) -> tuple[int, int] | None:
    """Return between which whole numbers all values of a type lie; None for types that have no such ends."""
    name, arguments = _split(duckdb_type)
    if name in _BITS:
        bits = _BITS[name]
        return (0, 2**bits - 1) if name.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if name == "DECIMAL" and arguments:
        precision, scale = (int(part) for part in _scaled(arguments))
        return -(10 ** (precision - scale)), 10 ** (precision - scale)
    return None


def scale_of(duckdb_type: str) -> int | None:
    """Return how many digits after the point an exact number has; None for types that are not exact numbers."""
    name, arguments = _split(duckdb_type)
    if name in _BITS:
        return 0
    return int(_scaled(arguments)[1]) if name == "DECIMAL" and arguments else None


def is_physical(promised: str, duckdb_type: str) -> bool | None:
    """Say whether a column's type is the physical type that was promised.

    A decimal's precision and scale count where the contract names them; the length of a text is kept by no Parquet file
    and does not count. Spellings of several systems are one.

    Returns:
        None when the promised type is not known here, so that nothing can be said.
    """
    promised = promised.strip()
    bare = _BARE.get(promised.lower())
    if bare is not None:
        return family(duckdb_type) is bare
    if _NESTED.fullmatch(promised):
        return _is_nested(promised, duckdb_type)
    name, arguments = _split(promised)
    if name is None:
        return None
    found, found_arguments = _split(duckdb_type)
    if name != found:
        return False
    return name != "DECIMAL" or not arguments or _scaled(arguments) == _scaled(found_arguments)


def neutral_type(promised: str) -> str | None:
    """Return a physical type as DuckDB spells it; None for one that is not known here, or has types inside."""
    name, arguments = _split(promised)
    return f"DECIMAL({','.join(_scaled(arguments))})" if name == "DECIMAL" and arguments else name


def _split(text: str) -> tuple[str | None, str]:
    """Return the neutral name and what stands in parentheses; None for a name that is not known."""
    match = _BASE.fullmatch(" ".join(text.split()))
    if match is None:
        return None, ""
    return _NEUTRAL.get(match[1].lower()), match[2] or ""


def _scaled(arguments: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in arguments.split(","))
    return parts if len(parts) == 2 else (*parts, "0")


def _is_nested(promised: str, found: str) -> bool | None:
    """Compare types with types inside, each of which has to be as promised; names of fields are compared in lower case.

    Returns:
        None when nothing is wrong but a type inside is not known here.
    """
    element, fields, sides = element_of(promised), fields_of(promised), sides_of(promised)
    pairs: list[tuple[str, str | None]]
    if element is not None:
        pairs = [(element, element_of(found))]
    elif sides is not None:
        pairs = list(zip(sides, sides_of(found) or (None, None), strict=True))
    elif fields is not None:
        theirs = {name.lower(): kind for name, kind in (fields_of(found) or {}).items()}
        if set(theirs) != {name.lower() for name in fields}:
            return False
        pairs = [(kind, theirs[name.lower()]) for name, kind in fields.items()]
    else:
        return None
    same = [other is not None and is_physical(kind, other) for kind, other in pairs]
    return False if False in same else None if None in same else True
