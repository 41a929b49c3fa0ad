"""Types between contracts and SQL: which stored type a property asks for, and what a stored type says of a property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from assay.contract.formats.dialects import ABILITIES, FIELD_MARKS, NESTED, TYPES, Dialect
from assay.contract.model import LogicalType, Property

_Type = exp.DType

NEUTRAL: dict[_Type, str] = {
    **dict.fromkeys((_Type.VARCHAR, _Type.NVARCHAR, _Type.TEXT, _Type.LONGTEXT, _Type.MEDIUMTEXT), "VARCHAR"),
    **dict.fromkeys((_Type.CHAR, _Type.NCHAR, _Type.BPCHAR), "CHAR"),
    _Type.ENUM: "VARCHAR",
    _Type.BOOLEAN: "BOOLEAN",
    _Type.TINYINT: "TINYINT",
    **dict.fromkeys((_Type.SMALLINT, _Type.SMALLSERIAL), "SMALLINT"),
    **dict.fromkeys((_Type.INT, _Type.MEDIUMINT, _Type.SERIAL), "INTEGER"),
    **dict.fromkeys((_Type.BIGINT, _Type.BIGSERIAL), "BIGINT"),
    **dict.fromkeys((_Type.INT128, _Type.INT256), "HUGEINT"),
    _Type.UTINYINT: "UTINYINT",
    _Type.USMALLINT: "USMALLINT",
    _Type.UINT: "UINTEGER",
    _Type.UBIGINT: "UBIGINT",
    _Type.UINT128: "UHUGEINT",
    **dict.fromkeys((_Type.DECIMAL, _Type.BIGDECIMAL, _Type.MONEY), "DECIMAL"),
    _Type.FLOAT: "FLOAT",
    _Type.DOUBLE: "DOUBLE",
    **dict.fromkeys((_Type.DATE, _Type.DATE32), "DATE"),
    **dict.fromkeys((_Type.TIME, _Type.TIME_NS), "TIME"),
    _Type.TIMETZ: "TIMETZ",
    **dict.fromkeys(
        (
            _Type.TIMESTAMP,
            _Type.TIMESTAMPNTZ,
            _Type.DATETIME,
            _Type.TIMESTAMP_S,
            _Type.TIMESTAMP_MS,
            _Type.TIMESTAMP_NS,
        ),
        "TIMESTAMP",
    ),
    **dict.fromkeys((_Type.TIMESTAMPTZ, _Type.TIMESTAMPLTZ), "TIMESTAMPTZ"),
    _Type.UUID: "UUID",
    **dict.fromkeys((_Type.VARBINARY, _Type.BINARY, _Type.BLOB), "BLOB"),
    **dict.fromkeys((_Type.JSON, _Type.JSONB, _Type.SUPER, _Type.VARIANT), "JSON"),
    **dict.fromkeys((_Type.STRUCT, _Type.OBJECT), "STRUCT"),
    **dict.fromkeys((_Type.ARRAY, _Type.LIST), "LIST"),
    _Type.MAP: "MAP",
}
"""What sqlglot calls a type to DuckDB's name of it; others are not known here."""

LOGICAL: dict[str, LogicalType] = {
    **dict.fromkeys(("VARCHAR", "CHAR", "UUID"), LogicalType.STRING),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), LogicalType.INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), LogicalType.INTEGER),
    **dict.fromkeys(("DECIMAL", "FLOAT", "DOUBLE"), LogicalType.NUMBER),
    "BOOLEAN": LogicalType.BOOLEAN,
    "DATE": LogicalType.DATE,
    **dict.fromkeys(("TIME", "TIMETZ"), LogicalType.TIME),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPTZ"), LogicalType.TIMESTAMP),
    **dict.fromkeys(("JSON", "STRUCT"), LogicalType.OBJECT),
    "LIST": LogicalType.ARRAY,
    "MAP": LogicalType.MAP,
}
"""Stored type to what it is in a contract; bytes are nothing that a contract has a name for."""

PLAIN: dict[LogicalType, str] = {
    LogicalType.STRING: "VARCHAR",
    LogicalType.DATE: "DATE",
    LogicalType.TIMESTAMP: "TIMESTAMP",
    LogicalType.TIME: "TIME",
    LogicalType.NUMBER: "DOUBLE",
    LogicalType.INTEGER: "BIGINT",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.OBJECT: "JSON",
    LogicalType.ARRAY: "LIST",
    LogicalType.MAP: "MAP",
    LogicalType.VECTOR: "LIST",
}
"""Logical type to the stored type that is taken where the contract says no more."""

FORMATS: dict[tuple[LogicalType, str], str] = {
    (LogicalType.INTEGER, "i8"): "TINYINT",
    (LogicalType.INTEGER, "i16"): "SMALLINT",
    (LogicalType.INTEGER, "i32"): "INTEGER",
    (LogicalType.INTEGER, "i64"): "BIGINT",
    (LogicalType.INTEGER, "i128"): "HUGEINT",
    (LogicalType.INTEGER, "u8"): "UTINYINT",
    (LogicalType.INTEGER, "u16"): "USMALLINT",
    (LogicalType.INTEGER, "u32"): "UINTEGER",
    (LogicalType.INTEGER, "u64"): "UBIGINT",
    (LogicalType.INTEGER, "u128"): "UHUGEINT",
    (LogicalType.NUMBER, "f32"): "FLOAT",
    (LogicalType.NUMBER, "f64"): "DOUBLE",
    (LogicalType.STRING, "uuid"): "UUID",
}
"""Logical type and its ``format`` to the stored type."""

_ZONED = {"TIMESTAMP": "TIMESTAMPTZ", "TIME": "TIMETZ"}
_WITH_DIGITS = frozenset({"VARCHAR", "CHAR", "DECIMAL"})
_READING = (Dialect.POSTGRES, Dialect.DUCKDB, Dialect.SPARK, Dialect.REDSHIFT)
"""The dialects in which a physical type is understood, in this order: between them they know what people write."""

_WIDEST_DECIMAL = 38


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored type.

    Attributes:
        name: as DuckDB has it.
        digits: the length of a text, or precision and scale; empty where nothing is said.
        inside: name to type of what lies inside; names are empty but for a STRUCT's.
    """

    name: str
    digits: tuple[int, ...] = ()
    inside: tuple[tuple[str, Stored], ...] = ()


TEXT = Stored("VARCHAR")


def read_type(text: str, first: Dialect | None = None) -> Stored | None:
    """Read a type as people and databases write it; None where it is not known here.

    Args:
        text: ``varchar(18)``, ``DECIMAL(10,2)``, ``MAP<STRING, INT>``.
        first: the dialect that it is probably written in.
    """
    for dialect in dict.fromkeys((first, *_READING) if first else _READING):
        try:
            return stored_of(exp.DataType.build(text, dialect=dialect.value))
        except (ParseError, TokenError, RecursionError, ValueError):
            continue
    return None


def stored_of(kind: exp.DataType) -> Stored | None:
    """Return a type of sqlglot's as ours; None where it is not known here."""
    name = NEUTRAL.get(kind.this) if isinstance(kind.this, _Type) else None
    if name is None or (kind.this is _Type.MONEY):
        return None
    if name not in NESTED:
        return Stored(name, _digits(kind) if name in _WITH_DIGITS and kind.this is not _Type.ENUM else ())
    inside = [(name, stored_of(part)) for name, part in _parts(kind)]
    known = tuple((field, stored) for field, stored in inside if stored is not None)
    return Stored(name, (), known) if len(known) == len(inside) else None


def stored_type(said: Property) -> Stored:
    """Choose the stored type of a property: what lies inside it, its physical type, else its logical one.

    A physical type that is not known here, or is of another kind than the logical type, is passed over.
    """
    inside = _inside(said)
    if inside is not None:
        return inside
    physical = read_type(said.physical_type) if said.physical_type else None
    if physical is not None and (said.logical_type is None or agrees(said.logical_type, physical)):
        return physical
    return _of_logical(said)


def logical_of(stored: Stored) -> LogicalType | None:
    """Return what a stored type is in a contract: a decimal without digits after the point is a whole number."""
    is_whole = stored.name == "DECIMAL" and bool(stored.digits) and stored.digits[1:] in {(), (0,)}
    return LogicalType.INTEGER if is_whole else LOGICAL.get(stored.name)


def agrees(logical: LogicalType, stored: Stored) -> bool:
    """Say whether a stored type can hold what a logical type means: whole numbers are numbers, vectors are lists."""
    if logical is LogicalType.NUMBER:
        return LOGICAL.get(stored.name) in {LogicalType.NUMBER, LogicalType.INTEGER}
    if logical is LogicalType.VECTOR:
        return stored.name == "LIST"
    return logical_of(stored) is logical


def written_type(stored: Stored, dialect: Dialect) -> str:
    """Spell a stored type in a dialect."""
    if stored.name in NESTED:
        return _nested(stored, dialect)
    if stored.name == "CHAR" and not stored.digits:
        return written_type(TEXT, dialect)
    if not stored.digits:
        return TYPES[stored.name][dialect]
    digits = stored.digits
    if stored.name == "DECIMAL" and dialect is not Dialect.POSTGRES:
        digits = (min(digits[0], _WIDEST_DECIMAL), *digits[1:])
    return f"{TYPES[f'{stored.name}(n)'][dialect]}({', '.join(map(str, digits))})"


def _nested(stored: Stored, dialect: Dialect) -> str:
    form = NESTED[stored.name][dialect]
    is_complete = bool(stored.inside) if stored.name != "MAP" else len(stored.inside) == 2
    is_plain = dialect is not Dialect.POSTGRES or all(part.name not in NESTED for _, part in stored.inside)
    if "{}" not in form or not is_complete or not is_plain:
        return TYPES["JSON"][dialect]
    parts = [written_type(part, dialect) for _, part in stored.inside]
    if stored.name == "STRUCT":
        names = [exp.to_identifier(name, quoted=True).sql(ABILITIES[dialect].quoting) for name, _ in stored.inside]
        parts = [f"{name}{FIELD_MARKS[dialect]}{part}" for name, part in zip(names, parts, strict=True)]
    return form.format(", ".join(parts))


def _inside(said: Property) -> Stored | None:
    """Return the type of what names its inside in the contract; None for all others."""
    if said.logical_type is LogicalType.OBJECT and said.properties:
        return Stored("STRUCT", (), tuple((part.column, stored_type(part)) for part in said.properties))
    if said.logical_type is LogicalType.ARRAY and said.items is not None:
        return Stored("LIST", (), (("", stored_type(said.items)),))
    if said.map_key is not None and said.map_value is not None:
        return Stored("MAP", (), (("", stored_type(said.map_key)), ("", stored_type(said.map_value))))
    return Stored("LIST", (), (("", Stored("FLOAT")),)) if said.logical_type is LogicalType.VECTOR else None


def _of_logical(said: Property) -> Stored:
    if said.logical_type is None:
        return TEXT
    options: Mapping[str, Any] = said.options
    name = FORMATS.get((said.logical_type, str(options.get("format"))), PLAIN[said.logical_type])
    if options.get("timezone") is True:
        name = _ZONED.get(name, name)
    longest = options.get("maxLength")
    return Stored(name, (longest,) if name == "VARCHAR" and isinstance(longest, int) and longest > 0 else ())


def _digits(kind: exp.DataType) -> tuple[int, ...]:
    texts = [part.name for part in kind.expressions]
    return tuple(int(text) for text in texts) if all(text.isdigit() for text in texts) else ()


def _parts(kind: exp.DataType) -> Iterator[tuple[str, exp.DataType]]:
    """Give the types inside, with the names of a STRUCT's fields."""
    for part in kind.expressions:
        named = part.args.get("kind") if isinstance(part, exp.ColumnDef) else part
        if isinstance(named, exp.DataType):
            yield part.name if isinstance(part, exp.ColumnDef) else "", named
