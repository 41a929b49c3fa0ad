"""Conditions and columns as SQL expressions of DuckDB. Every name is quoted, every value is a literal of its type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.model import LogicalType
from assay.sql.quoting import identifier, text_literal
from assay.validation.conditions import (
    HasDistinctItems,
    HasLength,
    InRange,
    MultipleOf,
    NotMissing,
    NotNull,
    RowCondition,
    Satisfies,
    Valid,
    Value,
)
from assay.validation.fragments import Unreadable, columns_of
from assay.validation.types import MOMENTS, NUMBERS, Family, family

DAY_MICROSECONDS = 86_400_000_000

_NOT_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]")
"""Look-around and back references: RE2, the engine of DuckDB, has neither."""

_ZONE = re.compile(r"[A-Za-z0-9_+\-/]+")


class Uncompilable(Exception):
    """A test that cannot be put to this table; the message says why."""


class Absent(Uncompilable):
    """A test on a column that is not there."""

    def __init__(self, column: str) -> None:
        super().__init__(f"there is no column {column}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Scope:
    """The table under test, as its columns are."""

    table: TableRef
    columns: tuple[Column, ...]

    def find(self, name: str) -> Column | None:
        """Find a column: by its exact name, else by the only one that differs in case alone; None when there is none.

        Raises:
            Uncompilable: several differ in case alone.
        """
        exact = [column for column in self.columns if column.name == name]
        similar = exact or [column for column in self.columns if column.name.lower() == name.lower()]
        if len(similar) > 1:
            names = ", ".join(column.name for column in similar)
            raise Uncompilable(f"{name} may be any of {names}")
        return similar[0] if similar else None

    def column(self, name: str) -> Column:
        """Return a column that must be there.

        Raises:
            Absent: it is not.
            Uncompilable: several may be meant, or it is a field inside a column.
        """
        column = self.find(name)
        if column is None:
            raise Absent(name)
        return column


def literal(value: Value, kind: Family) -> str:
    """Write a value as a literal of a column's family.

    Raises:
        Uncompilable: the value is none of this family; nothing is cast silently.
    """
    if isinstance(value, bool):
        if kind is Family.BOOLEAN:
            return "TRUE" if value else "FALSE"
    elif isinstance(value, int | float):
        if kind in NUMBERS:
            return _number(value)
    elif kind is Family.TEXT or kind is Family.UUID:
        return text_literal(value)
    elif kind in MOMENTS or kind is Family.TIME:
        return moment_literal(value, kind, "UTC")
    raise Uncompilable(f"the value {value!r} cannot be compared with a column of the type {kind}")


def moment_literal(text: str, kind: Family, zone: str) -> str:
    """Write a date, time or timestamp (ISO 8601) as a literal of a column's family.

    Args:
        text: the moment as the contract writes it, with or without an offset from UTC.
        kind: the column's family.
        zone: where moments without an offset, and columns without a time zone, are meant.

    Raises:
        Uncompilable: no such moment, or none of this family.
    """
    try:
        if kind is Family.DATE:
            return f"DATE {text_literal(date.fromisoformat(text).isoformat())}"
        if kind is Family.TIME:
            return f"TIME {text_literal(time.fromisoformat(text).isoformat())}"
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Uncompilable(f"{text!r} is no {kind} in ISO 8601") from error
    at = f" AT TIME ZONE {zone_literal(zone)}"
    if moment.tzinfo is None:
        plain = f"TIMESTAMP {text_literal(moment.isoformat(' '))}"
        return plain if kind is Family.TIMESTAMP else f"({plain}{at})"
    zoned = f"TIMESTAMPTZ {text_literal(moment.isoformat(' '))}"
    return f"({zoned}{at})" if kind is Family.TIMESTAMP else zoned


def zone_literal(zone: str) -> str:
    """Write the name of a time zone.

    Raises:
        Uncompilable: not a name as the IANA database has them.
    """
    if not _ZONE.fullmatch(zone):
        raise Uncompilable(f"{zone!r} is no time zone")
    return text_literal(zone)


def select(
    expressions: Iterable[str],
    relation: str,
    *,
    where: str = "",
    group: str = "",
    having: str = "",
    order: str = "",
    limit: int | None = None,
) -> str:
    """Write a SELECT in one line; parts that are empty are left out."""
    parts = {
        "SELECT": ", ".join(expressions),
        "FROM": relation,
        "WHERE": where,
        "GROUP BY": group,
        "HAVING": having,
        "ORDER BY": order,
        "LIMIT": "" if limit is None else str(limit),
    }
    return " ".join(f"{word} {part}" for word, part in parts.items() if part)


def all_of(conditions: Iterable[str]) -> str:
    """Join conditions that must all hold."""
    return " AND ".join(conditions)


def any_of(conditions: Iterable[str]) -> str:
    """Join conditions of which one is enough."""
    return " OR ".join(conditions)


def bad_row(condition: RowCondition, scope: Scope) -> str:
    """Return the SQL that is true of a bad row, and false or null of a good one.

    Raises:
        Uncompilable: the condition cannot be put to these columns.
    """
    if isinstance(condition, Satisfies):
        return _not_satisfied(condition)
    column = scope.column(condition.column)
    name, kind = identifier(column.name), family(column.type)
    match condition:
        case NotNull():
            return f"{name} IS NULL"
        case NotMissing(values=values):
            return any_of([f"{name} IS NULL", *_among(name, kind, values)])
        case Valid():
            return any_of(_invalid(condition, name, kind))
        case InRange():
            return any_of(_outside(condition, name, kind))
        case HasLength():
            return any_of(_of_other_length(condition, name, kind))
        case HasDistinctItems():
            _demand(kind, {Family.LIST}, "different entries")
            return f"len(list_distinct({name})) < len(list_filter({name}, lambda entry: entry IS NOT NULL))"
        case MultipleOf(step=step):
            _demand(kind, {Family.INTEGER, Family.DECIMAL}, "a multiple")
            return f"{name} % {_number(step)} <> 0"


def _demand(kind: Family, allowed: Iterable[Family], what: str) -> None:
    if kind not in set(allowed):
        raise Uncompilable(f"the column is of the type {kind}, of which {what} cannot be tested")


def _number(value: int | float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text if len(text) <= 38 else repr(value)  # DuckDB reads up to 38 digits exactly


def _among(name: str, kind: Family, values: Sequence[Value]) -> list[str]:
    listed = ", ".join(literal(value, kind) for value in values)
    return [f"{name} IN ({listed})"] if listed else []


def _invalid(condition: Valid, name: str, kind: Family) -> list[str]:
    parts = []
    if condition.values is not None:
        parts.append(f"{name} NOT IN ({', '.join(literal(value, kind) for value in condition.values)})")
    if condition.pattern is not None:
        _demand(kind, {Family.TEXT}, "a pattern")
        if _NOT_RE2.search(condition.pattern):
            raise Uncompilable(f"the pattern {condition.pattern!r} looks ahead or back, which this engine cannot")
        parts.append(f"NOT regexp_matches({name}, {text_literal(condition.pattern)})")
    return parts


def _outside(condition: InRange, name: str, kind: Family) -> list[str]:
    ends = (
        ("<", condition.minimum),
        ("<=", condition.above),
        (">", condition.maximum),
        (">=", condition.below),
    )
    parts = [f"{name} {sign} {_end(condition, end, kind)}" for sign, end in ends if end is not None]
    return [*parts, f"NOT isfinite({name})"] if kind is Family.FLOAT else parts


def _end(condition: InRange, end: Value, kind: Family) -> str:
    if isinstance(end, str) and condition.logical is not LogicalType.STRING and kind in {*MOMENTS, Family.TIME}:
        return moment_literal(end, kind, condition.zone)
    return literal(end, kind)


def _of_other_length(condition: HasLength, name: str, kind: Family) -> list[str]:
    _demand(kind, {Family.TEXT, Family.LIST}, "a length")
    length = f"len({name})" if kind is Family.LIST else f"length({name})"
    ends = (("<", condition.minimum), (">", condition.maximum))
    return [f"{length} {sign} {end}" for sign, end in ends if end is not None]


def _not_satisfied(condition: Satisfies) -> str:
    try:
        columns_of(condition.expression)
    except Unreadable as error:
        raise Uncompilable(f"the condition cannot be read: {error}") from error
    return f"NOT coalesce((\n{condition.expression}\n), TRUE)"
