"""Filters: which rows of a dataset a viewer wants to see, from typed text to SQL in which nothing of it is SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from math import isfinite

from assay.base.errors import AssayError, Fault, Place
from assay.base.snapshots import Column
from assay.sql.quoting import identifier, text_literal
from assay.validation.types import Family, family


class Comparison(StrEnum):
    """How a column's value is held against what was typed."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "contains"
    EMPTY = "is empty"
    NOT_EMPTY = "is not empty"


@dataclass(frozen=True, slots=True)
class Filter:
    """One wish: a column, a comparison, and the value as it was typed; empty where the comparison asks for none."""

    column: str
    comparison: Comparison
    value: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column rows are ordered; empty values come last either way."""

    column: str
    is_descending: bool = False


LONGEST = 1_000
"""Characters of a typed value."""

_EMPTINESS = frozenset({Comparison.EMPTY, Comparison.NOT_EMPTY})
_EQUALITY = frozenset({*_EMPTINESS, Comparison.EQUAL, Comparison.NOT_EQUAL})
_ORDER = frozenset(Comparison) - {Comparison.CONTAINS}

COMPARISONS: dict[Family, frozenset[Comparison]] = {
    Family.TEXT: frozenset(Comparison),
    **dict.fromkeys((Family.INTEGER, Family.DECIMAL, Family.FLOAT), _ORDER),
    **dict.fromkeys((Family.DATE, Family.TIMESTAMP, Family.TIMESTAMP_TZ, Family.TIME), _ORDER),
    **dict.fromkeys((Family.BOOLEAN, Family.UUID), _EQUALITY),
    **dict.fromkeys((Family.LIST, Family.STRUCT, Family.MAP, Family.JSON, Family.OTHER), _EMPTINESS),
}
"""Family of types to the comparisons that mean something there."""

_SQL: dict[Comparison, str] = {
    Comparison.EQUAL: "{0} = {1}",
    Comparison.NOT_EQUAL: "{0} IS DISTINCT FROM {1}",  # an empty value is another one too
    Comparison.LESS: "{0} < {1}",
    Comparison.LESS_OR_EQUAL: "{0} <= {1}",
    Comparison.GREATER: "{0} > {1}",
    Comparison.GREATER_OR_EQUAL: "{0} >= {1}",
    Comparison.CONTAINS: "contains(lower({0}), lower({1}))",
}
_EMPTY_TEXT = "({0} IS NULL OR {0} = '')"  # whoever looks at a page cannot tell the two apart
_TRUTHS = {"true": "TRUE", "yes": "TRUE", "false": "FALSE", "no": "FALSE"}
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_WHOLE = re.compile(r"[-+]?[0-9]{1,38}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,28}(\.[0-9]{1,10})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def comparisons_for(column: Column) -> tuple[Comparison, ...]:
    """Return the comparisons that mean something for a column, in the order in which a form offers them."""
    return tuple(one for one in Comparison if one in COMPARISONS[family(column.type)])


def conditions(
    filters: Sequence[Filter], columns: Sequence[Column], masked: frozenset[str]
) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """Write filters as SQL conditions, all of which must hold.

    Args:
        filters: as they were asked for.
        columns: of the data.
        masked: names of columns that the viewer does not see: filtering by one would tell its values, and is refused.

    Returns:
        The conditions; and what is wrong, a fault for each filter that cannot be.
    """
    written: list[str] = []
    faults: list[Fault] = []
    for one in filters:
        try:
            written.append(_condition(one, clear_column(one.column, columns, masked)))
        except AssayError as error:
            faults += error.faults
    return tuple(written), tuple(faults)


def clear_column(name: str, columns: Sequence[Column], masked: frozenset[str]) -> Column:
    """Find a column by which somebody may filter or sort.

    Raises:
        AssayError: there is none of that name, or the viewer does not see it.
    """
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        known = ", ".join(column.name for column in columns)
        raise AssayError(Fault(_place(name), "a column of this dataset", "none", f"Columns: {known}."))
    if name in masked:
        hint = "Filtering or sorting by it would tell what it holds."
        raise AssayError(Fault(_place(name), "a column that you see in clear", "a masked one", hint))
    return found


def _condition(one: Filter, column: Column) -> str:
    kind, name = family(column.type), identifier(column.name)
    if one.comparison not in COMPARISONS[kind]:
        offered = ", ".join(comparisons_for(column))
        raise AssayError(Fault(_place(column.name), f"one of {offered}", f"{one.comparison} on a {kind}"))
    if one.comparison in _EMPTINESS:
        empty = (_EMPTY_TEXT if kind is Family.TEXT else "({0} IS NULL)").format(name)
        return empty if one.comparison is Comparison.EMPTY else f"NOT {empty}"
    return _SQL[one.comparison].format(name, _literal(one.value, column, kind))


def _literal(value: str, column: Column, kind: Family) -> str:
    """Write a typed value as a literal of the column's type."""
    words, read = _READERS[kind]
    literal = None
    if len(value) <= LONGEST and not _UNWRITABLE.search(value):
        try:
            literal = read(value if kind is Family.TEXT else value.strip())
        except (ValueError, OverflowError):  # a moment whose time zone leads out of the calendar
            literal = None
    if literal is None:
        shown = repr(value) if len(value) <= 40 else f"{value[:37]!r}..."
        raise AssayError(Fault(_place(column.name), words, shown))
    return literal


def _whole(value: str) -> str | None:
    return str(int(value)) if _WHOLE.fullmatch(value) else None


def _decimal(value: str) -> str | None:
    return value.removeprefix("+") if _DECIMAL.fullmatch(value) else None


def _float(value: str) -> str | None:
    return f"CAST('{float(value)!r}' AS DOUBLE)" if isfinite(float(value)) else None


def _date(value: str) -> str:
    return f"DATE '{date.fromisoformat(value).isoformat()}'"


def _moment(value: str) -> str | None:
    moment = datetime.fromisoformat(value)
    return f"TIMESTAMP '{moment.isoformat(' ')}'" if moment.tzinfo is None else None


def _zoned(value: str) -> str:
    moment = datetime.fromisoformat(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"TIMESTAMPTZ '{moment.isoformat(' ')}'"


def _time(value: str) -> str | None:
    moment = time.fromisoformat(value)
    return f"TIME '{moment.isoformat()}'" if moment.tzinfo is None else None


_READERS: Mapping[Family, tuple[str, Callable[[str], str | None]]] = {
    Family.TEXT: (f"a text of at most {LONGEST} characters, in one line", text_literal),
    Family.INTEGER: ("a whole number, as 42", _whole),
    Family.DECIMAL: ("a number, as 4.20", _decimal),
    Family.FLOAT: ("a number, as 4.2", _float),
    Family.BOOLEAN: ("true or false", lambda value: _TRUTHS.get(value.lower())),
    Family.DATE: ("a date, as 2026-03-12", _date),
    Family.TIMESTAMP: ("a moment without time zone, as 2026-03-12 08:00", _moment),
    Family.TIMESTAMP_TZ: ("a moment, as 2026-03-12 08:00; without time zone it is in UTC", _zoned),
    Family.TIME: ("a time of day, as 08:30", _time),
    Family.UUID: ("a UUID", lambda value: f"UUID '{value}'" if _UUID.fullmatch(value) else None),
}
"""Family of types to what is wanted, in words, and what reads it to a literal; None or a ValueError means a no."""


def _place(column: str) -> Place:
    return Place(f"column {column if len(column) <= 80 else column[:77] + '...'}")
