"""Columns of PostgreSQL: what to select of each so that no digit is lost, and how its values become Arrow's.

A column is as exact as it is stored, or it is refused by name. Types that Parquet has no word for come as text, where
nothing else is promised of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from assay.base.errors import Fault, Place
from assay.sql.quoting import identifier

_TEXT = "VARCHAR"
_PLAIN: Mapping[str, pa.DataType] = {
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "varchar": pa.string(),
    "bpchar": pa.string(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "uuid": pa.uuid(),
    "json": pa.json_(),
    "jsonb": pa.json_(),
}
"""PostgreSQL's types that arrive as they are."""

_ENDLESS: Mapping[str, tuple[pa.DataType, int]] = {
    "date": (pa.int32(), -2_440_600),
    "timestamp": (pa.int64(), -211_000_000_000_000_000),
    "timestamptz": (pa.int64(), -211_000_000_000_000_000),
}
"""Types with infinity, which arrives as a number below all dates that PostgreSQL has (4713 BC)."""

_SPELLED = frozenset({"name", "citext", '"char"', "char"})
_LISTED = frozenset({"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar"})
"""What may be inside of an array of one dimension."""

_WIDEST = 38
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column as the database describes it.

    Attributes:
        name: of the column.
        kind: the type's name without length, that of its base where it is a domain: ``numeric``, ``_int4`` for arrays.
        modifier: length or precision and scale as PostgreSQL codes them; -1 without.
        is_enum: whether the values are a list of names.
        element: of an array: the type's name inside; empty for all else.
    """

    name: str
    kind: str
    modifier: int
    is_enum: bool
    element: str

    @property
    def spelled(self) -> str:
        """The type as people write it."""
        if self.element:
            return f"{self.element}[]"
        digits = self.digits
        return f"numeric({digits[0]},{digits[1]})" if digits else self.kind

    @property
    def digits(self) -> tuple[int, int] | None:
        """Precision and scale of a numeric; None for all else, and for a numeric without."""
        if self.kind != "numeric" or self.modifier < 4:
            return None
        coded = self.modifier - 4
        return (coded >> 16) & 0xFFFF, ((coded & 0x7FF) ^ 1024) - 1024


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """How a column is read.

    Attributes:
        name: of the column.
        sql: what is selected.
        type: in Arrow, as it is written.
        turn: makes values of that type of those that arrive; raises ``ValueError`` where one has no place in it.
        is_array: whether it has to be made sure first that its arrays have one dimension.
    """

    name: str
    sql: str
    type: pa.DataType
    turn: Callable[[Any], Any]
    is_array: bool = False


def read_column(column: StoredColumn, promised: str | None, where: Place) -> ReadColumn | Fault:
    """Say how a column is read, or why it is not.

    Args:
        column: as it is stored.
        promised: the type that is promised, as DuckDB calls it; None where that is left open.
        where: to whom to say what is wrong.
    """
    sql = identifier(column.name)
    plain = _PLAIN.get(column.kind)
    if plain is not None:
        return ReadColumn(column.name, sql, plain, _finite(column.kind, plain))
    if column.kind == "numeric":
        return _number(column, promised, where)
    if column.is_enum or column.kind in _SPELLED:
        return _as_text(column)
    if column.kind == "oid":
        return ReadColumn(column.name, f"{sql}::int8", pa.int64(), _same)
    if column.element in _LISTED and promised != _TEXT:
        inside = pa.list_(_PLAIN[column.element])
        return ReadColumn(column.name, sql, inside, lambda values: values.cast(inside), is_array=True)
    if promised in (None, _TEXT) and column.kind != "money":
        return _as_text(column)
    hint = "Promise a string to get it as PostgreSQL writes it, or read a view that casts it."
    if column.kind == "money":
        hint = "How it is written depends on the server: read a view that casts it to numeric."
    return Fault(where, f"a type that Parquet can hold in {column.name}", column.spelled, hint)


def _number(column: StoredColumn, promised: str | None, where: Place) -> ReadColumn | Fault:
    """Read a numeric by its own digits; one without them, or with more than 38, by those that are promised."""
    sql = identifier(column.name)
    if column.digits is not None:
        precision, scale = column.digits
        whole, fraction = max(precision - scale, 0), max(scale, 0)
        if whole + fraction <= _WIDEST:
            return ReadColumn(column.name, sql, *_decimal(whole + fraction, fraction))
    if promised == _TEXT:
        return _as_text(column)
    if promised == "DOUBLE":
        return ReadColumn(column.name, f"{sql}::float8", pa.float64(), _same)
    if promised in _WHOLE:
        return ReadColumn(column.name, sql, pa.int64(), _whole)
    digits = _DECIMAL.fullmatch(promised or "")
    if digits is not None and int(digits[1]) <= _WIDEST:
        return ReadColumn(column.name, sql, *_decimal(int(digits[1]), int(digits[2])))
    hint = "It may hold any number of digits: say how many are meant, physicalType: DECIMAL(18,4); or promise a string."
    return Fault(where, f"digits for {column.name}, which is {column.spelled}", promised or "none", hint)


def _as_text(column: StoredColumn) -> ReadColumn:
    return ReadColumn(column.name, f"{identifier(column.name)}::text", pa.string(), _same)


def _decimal(precision: int, scale: int) -> tuple[pa.DataType, Callable[[Any], Any]]:
    kind = pa.decimal128(max(precision, 1), scale)
    return kind, lambda values: _plain_text(values).cast(kind)


def _whole(values: Any) -> Any:
    return _plain_text(values).cast(pa.decimal128(_WIDEST, 0)).cast(pa.int64())


def _plain_text(values: Any) -> Any:
    """Return the digits of numerics, which arrive as texts of a type of their own."""
    return values.storage if isinstance(values, pa.ExtensionArray) else values


def _same(values: Any) -> Any:
    return values


def _finite(kind: str, plain: pa.DataType) -> Callable[[Any], Any]:
    """Return what lets pass all values but infinity, for which no type of Parquet has a place."""
    if kind not in _ENDLESS:
        return _same
    number, least = _ENDLESS[kind]

    def turn(values: Any) -> Any:
        lowest = pc.min(values.cast(number)).as_py()
        if lowest is not None and lowest < least:
            raise ValueError("infinity")
        return values

    return turn
