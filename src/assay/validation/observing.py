"""What is asked of a table to propose a contract: few reads, each of many columns, as DuckDB's SQL.

One aggregate tells of every column what costs little. What costs more, all values of a column, is asked of few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.observed import Bound
from assay.contract.shape import LARGEST
from assay.sql.quoting import identifier, table_sql
from assay.sql.writing import select
from assay.validation.types import MOMENTS, NUMBERS, Family, family

COLUMNS_AT_ONCE = 100
"""Of so many columns is asked in one query: the time that DuckDB takes to plan grows faster than their number."""

MOST_CHOICES = 20
_LONGEST_CHOICE = 60
_ROWS_A_CHOICE = 20
"""Values that come less often on average are no list of choices."""

_SAMPLE_ROWS = 50_000
_KEYS_AT_ONCE = 40

_RATES = ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly")
_STEPS = ("to_hours(1)", "to_days(1)", "to_days(7)", "to_months(1)", "to_months(3)", "to_months(12)")
_FEWEST_STEPS = 10
_EXACT_DIGITS, _EXACT_SCALE = 15, 22
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one read tells of a column.

    Attributes:
        values: rows with a value.
        distinct: how many different ones, estimated.
        longest: characters of the longest text; None for all else.
        odd: values that are no number or no moment: NaN and infinity.
        ends: the least and the greatest value as DuckDB gives them; moments in microseconds, dates in days since 1970.
    """

    values: int
    distinct: int
    longest: int | None
    odd: int
    ends: tuple[Any, Any]


def counting_sql(table: TableRef, columns: Sequence[Column], *, with_values: bool) -> str:
    """Write the query that counts columns; it gives one row, six values a column."""
    wanted = (part for column in columns for part in _counts(column, with_values=with_values))
    return select(["count(*)", *wanted], table_sql(table))


def read_counts(row: Sequence[Any], columns: Sequence[Column]) -> tuple[int, tuple[Counted, ...]]:
    """Read the answer to `counting_sql`: the number of rows, and what was counted of each column."""
    parts = [row[start : start + 6] for start in range(1, len(row), 6)]
    counted = tuple(
        Counted(int(values), int(distinct or 0), longest, int(odd or 0), (low, high))
        for values, distinct, longest, odd, low, high in parts
    )
    assert len(counted) == len(columns), "six values a column"
    return int(row[0]), counted


def _counts(column: Column, *, with_values: bool) -> Iterator[str]:
    name, kind = identifier(column.name), family(column.type)
    can_be_odd = kind is Family.FLOAT or kind in MOMENTS
    yield f"count({name})"
    yield f"approx_count_distinct({name})" if kind in _COUNTABLE else "0"
    yield f"max(length({name}))" if kind is Family.TEXT else "NULL"
    yield f"count_if(NOT isfinite({name}))" if can_be_odd else "0"
    value = {Family.DATE: f"{name} - DATE '1970-01-01'"}.get(kind, f"epoch_us({name})" if kind in MOMENTS else name)
    if kind is Family.FLOAT:
        value = f"CAST({name} AS DOUBLE)"  # bounds are DOUBLEs, and a FLOAT may lie beside the nearest one
    for end in ("min", "max"):
        is_asked = with_values and kind in (NUMBERS | MOMENTS)
        yield (
            f"{end}({f'CASE WHEN isfinite({name}) THEN {value} END' if can_be_odd else value})" if is_asked else "NULL"
        )


_COUNTABLE = frozenset({*NUMBERS, *MOMENTS, Family.TEXT, Family.BOOLEAN, Family.UUID})


def bounds(counted: Counted, column: Column) -> tuple[Bound | None, Bound | None]:
    """Return the least and the greatest value as a contract writes them; None for what it cannot write exactly."""
    if counted.odd or not counted.values:
        return None, None
    low, high = counted.ends
    kind = family(column.type)
    return _bound(low, kind, ROUND_FLOOR), _bound(high, kind, ROUND_CEILING)


def _bound(value: Any, kind: Family, outward: str) -> Bound | None:
    if value is None:
        return None
    if kind is Family.FLOAT:
        return _float(value, outward) if abs(value) <= LARGEST else None
    if kind in MOMENTS:
        return _moment(int(value), kind)
    if isinstance(value, Decimal):
        near = float(value) if value != value.to_integral_value() else int(value)
        return near if abs(near) <= LARGEST and Decimal(str(near)) == value else None
    return value if abs(value) <= LARGEST else None


def _float(value: float, outward: str) -> float:
    """Return a floating-point number in digits that stay what they are where a DECIMAL of them is made a DOUBLE.

    DuckDB does that for numbers in SQL, with an error in the last place beyond 15 digits, or 22 after the point.
    """
    exact = Decimal(repr(value))
    least = max(exact.adjusted() - _EXACT_DIGITS + 1, -_EXACT_SCALE) if value else 0
    exponent = exact.as_tuple().exponent
    assert isinstance(exponent, int), "what is no number was counted as odd"
    return value if exponent >= least else float(exact.quantize(Decimal(1).scaleb(least), rounding=outward))


def _moment(value: int, kind: Family) -> str | None:
    try:
        moment = _EPOCH + (timedelta(days=value) if kind is Family.DATE else timedelta(microseconds=value))
    except OverflowError:  # a year that ISO 8601 writes with a sign
        return None
    if kind is Family.DATE:
        return moment.date().isoformat()
    text = moment.replace(tzinfo=None).isoformat()
    return f"{text}Z" if kind is Family.TIMESTAMP_TZ else text


def may_be_choices(counted: Counted, column: Column) -> bool:
    """Say whether a column may hold a few texts that come again and again."""
    return (
        family(column.type) is Family.TEXT
        and 0 < counted.distinct <= 2 * MOST_CHOICES
        and (counted.longest or 0) <= _LONGEST_CHOICE
        and counted.values >= _ROWS_A_CHOICE * max(counted.distinct // 2, 5)
    )


def choices_sql(table: TableRef, names: Sequence[str]) -> str:
    """Write the query for all values of columns: one row, a list a column."""
    lists = (f"list(DISTINCT {name}) FILTER ({name} IS NOT NULL)" for name in map(identifier, names))
    return select([f"list_sort({each})" for each in lists], table_sql(table))


def choices(values: Sequence[str] | None, counted: Counted) -> tuple[str, ...]:
    """Return the values of a column where they are a list of choices, else nothing."""
    found = tuple(values or ())
    is_list = len(found) <= MOST_CHOICES and counted.values >= _ROWS_A_CHOICE * len(found)
    return found if is_list and all(value.isprintable() and value == value.strip() for value in found) else ()


def sample_sql(table: TableRef, keys: Sequence[Sequence[str]]) -> str:
    """Write the query that counts keys in the first rows: how many rows, then how many different ones of each key.

    Rows that are no key there are none in the whole table.
    """
    names = list(dict.fromkeys(name for key in keys for name in key))
    first = select([identifier(name) for name in names], table_sql(table), limit=_SAMPLE_ROWS)
    return select(["count(*)", *(f"count(DISTINCT {_hash(key)})" for key in keys)], f"({first}) AS sample")


def sampled(keys: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    """Give keys by as many as are counted in one read."""
    return (keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE))


def key_sql(table: TableRef, key: Sequence[str]) -> str:
    """Write the query for a number of each key that is whole, in a column ``h``; equal keys have equal ones."""
    whole = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in key)
    return select([f"{_hash(key)} AS h"], table_sql(table), where=whole)


def _hash(key: Sequence[str]) -> str:
    return f"hash({', '.join(identifier(name) for name in key)})"


def rhythm_sql(table: TableRef, column: Column) -> str:
    """Write the query for how a column of moments goes on: gaps, then gaps longer than each step."""
    name = identifier(column.name)
    moment = f"make_timestamp(epoch_us({name}))"
    different = select([f"DISTINCT {moment} AS v"], table_sql(table), where=f"{name} IS NOT NULL")
    pairs = select(["v", "lag(v) OVER (ORDER BY v) AS before"], f"({different}) AS different")
    counts = (f"count_if(v > before + {step})" for step in _STEPS)
    return select(["count(before)", *counts], f"({pairs}) AS pairs")


def rate_of(row: Sequence[Any]) -> str | None:
    """Return the shortest rate that no gap exceeds; None where there are few values, or there is no such rate."""
    if int(row[0]) < _FEWEST_STEPS:
        return None
    return next((rate for rate, longer in zip(_RATES, row[1:], strict=True) if not longer), None)
