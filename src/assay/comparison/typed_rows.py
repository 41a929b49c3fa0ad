"""Rows that somebody wrote as text, YAML or JSON, as SQL with the types of a table; and what cannot be of its type."""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from assay.base.errors import Fault
from assay.sql.quoting import identifier, text_literal
from assay.validation.types import Family, family, scale_of
from assay.workflow.step_cases import CaseRows

UNKNOWN = "VARCHAR"
"""The type of a column of which nothing but NULL is known."""

_NUMBER_TEXT = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_LARGEST_BIGINT = 2**63 - 1
_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = _DAY + r"[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_TEXT_TYPES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(_DAY), "DATE"),
    (re.compile(_MOMENT), "TIMESTAMP"),
    (re.compile(_MOMENT + r"(Z|[-+]\d{2}(:?\d{2})?)"), "TIMESTAMP WITH TIME ZONE"),
)
_CSV_TYPES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"true|false"), "BOOLEAN"),
    (re.compile(r"-?(0|[1-9]\d{0,17})"), "BIGINT"),
    (_NUMBER_TEXT, "DOUBLE"),
    *_TEXT_TYPES,
)
_WHOLE_NUMBERS = frozenset({Family.INTEGER, Family.DECIMAL})
_IN_QUOTES = frozenset({Family.TEXT, Family.DATE, Family.TIMESTAMP, Family.TIMESTAMP_TZ, Family.TIME, Family.UUID})


def inferred_type(values: Sequence[Any], *, is_text: bool) -> str:
    """Tell the type of a column from its values, as DuckDB names it.

    Whole numbers are BIGINT, others DOUBLE; a column of texts that are all dates, or all moments, is one of these.

    Args:
        values: of one column, None for NULL.
        is_text: whether they are of CSV, where numbers are texts too; codes such as ``007`` stay text.
    """
    there = [value for value in values if value is not None]
    if not there:
        return UNKNOWN
    kinds = {type(value) for value in there}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds == {int}:
        return "BIGINT" if max(map(abs, there)) <= _LARGEST_BIGINT else "DECIMAL(38,0)"
    if kinds <= {int, float}:
        return "DOUBLE"
    if kinds == {list}:
        return f"{inferred_type([each for value in there for each in value], is_text=is_text)}[]"
    if kinds == {dict}:
        names = dict.fromkeys(name for value in there for name in value)
        fields = (f"{identifier(n)} {inferred_type([v.get(n) for v in there], is_text=is_text)}" for n in names)
        return f"STRUCT({', '.join(fields)})"
    if kinds == {str}:
        known = _CSV_TYPES if is_text else _TEXT_TYPES
        return next((kind for form, kind in known if all(map(form.fullmatch, there))), UNKNOWN)
    return UNKNOWN


def rows_sql(rows: CaseRows, types: Mapping[str, str]) -> str:
    """Write a query that gives rows, in their order, with columns of types.

    Args:
        rows: what was written.
        types: every column of the table to its type, in the table's order; those that no row names are NULL.
    """
    select = ", ".join(
        f"{_cast(f'c{n}', kind, rows, name)} AS {identifier(name)}" for n, (name, kind) in enumerate(types.items())
    )
    cells = [f"c{n}" for n in range(len(types))]
    if not rows.values:
        nothing = ", ".join(f"NULL AS {cell}" for cell in cells)
        return f"SELECT {select} FROM (SELECT {nothing}) WHERE false"
    values = ", ".join(f"({number}, {', '.join(cells_of(rows, row, types))})" for number, row in enumerate(rows.values))
    return f"SELECT {select} FROM (VALUES {values}) AS written(n, {', '.join(cells)}) ORDER BY n"


def cells_of(rows: CaseRows, row: Sequence[Any], types: Mapping[str, str]) -> Iterator[str]:
    """Write the cells of a row as text literals, one for each column of the table."""
    positions = {name.lower(): position for position, name in enumerate(rows.columns)}
    for name in types:
        position = positions.get(name.lower())
        yield _literal(None if position is None else row[position])


def misfits(rows: CaseRows, types: Mapping[str, str]) -> Iterator[Fault]:
    """Find values that would become others by their column's type, as far as that can be told without an engine.

    They are numbers where texts are, texts where numbers are, and digits that would be rounded away.
    """
    kinds = {name.lower(): kind for name, kind in types.items()}
    for place, row in zip(rows.places, rows.values, strict=True):
        for name, value in zip(rows.columns, row, strict=True):
            kind = kinds.get(name.lower())
            expected = _misfit(value, kind) if kind is not None and value is not None else None
            if expected is not None:
                yield Fault(place, f"{expected} for {name} {kind}", repr(value)[:80])


def uncast_sql(rows: CaseRows, types: Mapping[str, str]) -> str:
    """Write a query for the cells that an engine cannot cast: number of the row, position of the column."""
    parts = []
    for n, (name, kind) in enumerate(types.items()):
        cast = _cast(f"c{n}", kind, rows, name, how="TRY_CAST")
        parts.append(f"SELECT n, {n} AS c FROM written WHERE c{n} IS NOT NULL AND {cast} IS NULL")
    values = ", ".join(f"({number}, {', '.join(cells_of(rows, row, types))})" for number, row in enumerate(rows.values))
    names = ", ".join(f"c{n}" for n in range(len(types)))
    return f"WITH written(n, {names}) AS (VALUES {values}) {' UNION ALL '.join(parts)} ORDER BY 1, 2"


def _cast(cell: str, kind: str, rows: CaseRows, name: str, how: str = "CAST") -> str:
    """Cast a text; what was written as a list or mapping is JSON before."""
    position = next((n for n, each in enumerate(rows.columns) if each.lower() == name.lower()), None)
    is_nested = position is not None and any(isinstance(row[position], (list, dict)) for row in rows.values)
    return f"{how}({how}({cell} AS {'JSON' if is_nested else 'VARCHAR'}) AS {kind})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return text_literal("true" if value else "false")
    if isinstance(value, (list, dict)):
        return text_literal(json.dumps(value, ensure_ascii=False))
    return text_literal(repr(value) if isinstance(value, float) else str(value))


def _misfit(value: Any, kind: str) -> str | None:
    """Say what was expected in the place of a value; None when it may be right."""
    what = family(kind)
    if isinstance(value, (list, dict)):
        return None
    if what in _IN_QUOTES and not isinstance(value, str):
        return "a text in quotes" if what is Family.TEXT else "a text"
    if what is Family.BOOLEAN:
        return None if isinstance(value, bool) or str(value).lower() in {"true", "false"} else "true or false"
    if what not in {*_WHOLE_NUMBERS, Family.FLOAT}:
        return None
    if isinstance(value, bool):
        return "a number"
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        return "a number"
    scale = scale_of(kind)
    if what in _WHOLE_NUMBERS and scale is not None and number.is_finite() and _digits(number) > scale:
        return "a whole number" if scale == 0 else f"a number of at most {scale} digits after the point"
    return None


def _digits(number: Decimal) -> int:
    """Return how many digits after the point a number needs."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
