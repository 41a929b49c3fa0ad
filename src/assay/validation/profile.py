"""What a table holds, in one read: rows and, for each column, nulls, extremes and sum. For evidence and comparison.

Sums of floating-point numbers depend on the order in which rows are read; they are kept to twelve digits and compared
with a tolerance. All else is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.sql.quoting import identifier, table_sql
from assay.validation.types import MOMENTS, NUMBERS, Family, family

_ORDERED = frozenset({*NUMBERS, *MOMENTS, Family.TEXT, Family.TIME, Family.BOOLEAN})
_RELATIVE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column holds.

    Attributes:
        nulls: rows without a value.
        minimum: as text; None where all is null, hidden or without an order. So also ``maximum``.
        total: the sum as text; None for what is no number, is hidden or has no value.
    """

    name: str
    type: str
    nulls: int
    minimum: str | None
    maximum: str | None
    total: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a table holds."""

    rows: int
    columns: tuple[ColumnProfile, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the profile as it is written into evidence."""
        return {
            "rows": self.rows,
            "columns": [[one.name, one.type, one.nulls, one.minimum, one.maximum, one.total] for one in self.columns],
        }


def profile_from_json(value: Mapping[str, Any]) -> Profile:
    """Read a profile as `Profile.as_json` wrote it."""
    return Profile(value["rows"], tuple(ColumnProfile(*column) for column in value["columns"]))


def profile_sql(table: TableRef, columns: Sequence[Column], hidden: frozenset[str] = frozenset()) -> str:
    """Return the one query of a profile.

    Args:
        table: as it is attached.
        columns: as they are in the data.
        hidden: columns of whose values nothing is told, see `assay.validation.sensitivity.hidden_columns`.
    """
    selected = ["count(*)", *(part for column in columns for part in _measures(column, column.name in hidden))]
    joined = ",\n  ".join(selected)
    return "\n".join(("SELECT", f"  {joined}", f"FROM {table_sql(table)}"))


def read_profile(columns: Sequence[Column], row: Sequence[Any]) -> Profile:
    """Read the one row that `profile_sql` gives for these columns."""
    rows, *values = row
    quadruples = [values[start : start + 4] for start in range(0, len(values), 4)]
    return Profile(
        int(rows),
        tuple(
            ColumnProfile(column.name, column.type, int(nulls), low, high, _total(column, total))
            for column, (nulls, low, high, total) in zip(columns, quadruples, strict=True)
        ),
    )


def differences(one: Profile, other: Profile) -> tuple[str, ...]:
    """Say in sentences where two profiles differ; empty when they agree."""
    return tuple(_differences(one, other))


def _measures(column: Column, is_hidden: bool) -> Iterator[str]:
    name, kind = identifier(column.name), family(column.type)
    yield f"count(*) - count({name})"
    for aggregate in ("min", "max"):
        has_order = kind in _ORDERED and not is_hidden
        yield f"CAST({aggregate}({name}) AS VARCHAR)" if has_order else "NULL"
    add = "fsum" if kind is Family.FLOAT else "sum"
    yield f"CAST({add}({name}) AS VARCHAR)" if kind in NUMBERS and not is_hidden else "NULL"


def _total(column: Column, total: str | None) -> str | None:
    return f"{float(total):.12g}" if total is not None and family(column.type) is Family.FLOAT else total


def _differences(one: Profile, other: Profile) -> Iterator[str]:
    if one.rows != other.rows:
        yield f"{one.rows} rows here, {other.rows} there"
    theirs = {column.name: column for column in other.columns}
    for column in one.columns:
        twin = theirs.pop(column.name, None)
        if twin is None:
            yield f"{column.name} is only here"
        else:
            yield from _column_differences(column, twin)
    yield from (f"{name} is only there" for name in theirs)


def _column_differences(one: ColumnProfile, other: ColumnProfile) -> Iterator[str]:
    pairs = {
        "type": (one.type, other.type),
        "nulls": (one.nulls, other.nulls),
        "minimum": (one.minimum, other.minimum),
        "maximum": (one.maximum, other.maximum),
    }
    for what, (here, there) in pairs.items():
        if here != there:
            yield f"{one.name}: {what} {here} here, {there} there"
    if one.total != other.total and not _are_close(one, other):
        yield f"{one.name}: sum {one.total} here, {other.total} there"


def _are_close(one: ColumnProfile, other: ColumnProfile) -> bool:
    if family(one.type) is not Family.FLOAT or one.total is None or other.total is None:
        return False
    return isclose(float(one.total), float(other.total), rel_tol=_RELATIVE_TOLERANCE)
