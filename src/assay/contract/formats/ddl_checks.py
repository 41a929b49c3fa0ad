"""Conditions on columns in SQL: lists, bounds, lengths and patterns as expressions of sqlglot's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from assay.contract.formats.carrying import Part
from assay.contract.formats.constraints import Constraint
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.sql_types import LOGICAL, Stored
from assay.contract.model import LogicalType, Property
from assay.contract.moments import MOMENT_WORDS, moment_of
from assay.contract.options import bounds_as_values
from assay.contract.patterns import beyond_linear

BOUNDS: dict[str, type[exp.Binary]] = {
    "minimum": exp.GTE,
    "exclusiveMinimum": exp.GT,
    "maximum": exp.LTE,
    "exclusiveMaximum": exp.LT,
}
"""Option to the comparison that says it."""

LENGTHS: dict[str, type[exp.Binary]] = {"minLength": exp.GTE, "maxLength": exp.LTE}

NO_PATTERN = "the pattern is not one that every engine can run"
NO_MOMENT = "the moment is not one that a column of this type can be compared with"
NO_MULTIPLE = "of binary fractions nobody can tell exactly"

_OFFSET = re.compile(r":\d\d[^+Zz-]*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$")
_EXACT = frozenset({LogicalType.INTEGER})


def option_checks(part: Part, said: Property, stored: Stored) -> list[exp.Expr]:
    """Return the conditions that a column's options and enum say, and mark them as carried.

    What cannot be said is left with its reason.
    """
    column = exp.column(exp.to_identifier(said.column, quoted=True))
    options, found = part.at("logicalTypeOptions"), list[exp.Expr]()
    kind = _compared_as(stored)
    values = bounds_as_values(options.value or {})
    for name, value in values.items():
        check = _check(name, value, column, kind, stored)
        if isinstance(check, str):
            options.leave(check, name)
        elif check is not None:
            options.take(name, *_marks(name, options))
            found.append(check)
    allowed = [one.value for one in said.enum if one.value is not None]
    if allowed and kind in _LISTABLE:
        for choice in part.each("enum"):
            choice.take("value")
        found.append(_listed(column, allowed))
    return found


def rule_checks(found: Constraint, said: Property, stored: Stored) -> list[exp.Expr] | str:
    """Return the conditions that a rule on values says, or why there are none."""
    column = exp.column(exp.to_identifier(said.column, quoted=True))
    if _compared_as(stored) not in _LISTABLE:
        return "values of this type are not listed"
    if found.pattern is not None and beyond_linear(found.pattern):
        return NO_PATTERN
    checks = [] if found.values is None else [_listed(column, found.values)]
    return checks if found.pattern is None else [*checks, _matches(column, found.pattern)]


def condition(checks: Iterable[exp.Expr], dialect: Dialect) -> str:
    """Write conditions as one, in a dialect."""
    return exp.and_(*checks).sql(dialect.value)


_LISTABLE = frozenset({LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.BOOLEAN, *MOMENT_WORDS})


def _compared_as(stored: Stored) -> LogicalType | None:
    """Return as what values of a type are compared; None of a UUID, which is no text in a database."""
    return None if stored.name == "UUID" else LOGICAL.get(stored.name)


def _check(
    name: str, value: Any, column: exp.Column, kind: LogicalType | None, stored: Stored
) -> exp.Expr | str | None:
    if name in BOUNDS and isinstance(value, int | float | str):
        if isinstance(value, str) and not _is_comparable(value, kind, stored):
            return NO_MOMENT
        return BOUNDS[name](this=column.copy(), expression=exp.convert(value))
    if name in LENGTHS and kind is LogicalType.STRING:
        return LENGTHS[name](this=exp.Length(this=column.copy()), expression=exp.convert(value))
    if name == "pattern" and kind is LogicalType.STRING:
        return NO_PATTERN if beyond_linear(value) else _matches(column, value)
    if name == "multipleOf":
        if kind not in _EXACT or not isinstance(value, int):
            return NO_MULTIPLE
        return exp.EQ(this=exp.Mod(this=column.copy(), expression=exp.convert(value)), expression=exp.convert(0))
    return None


def _marks(name: str, options: Part) -> list[str]:
    """Return the name under which a bound stands in v3.0: exclusive by a mark beside the inclusive one."""
    inclusive = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(name)
    return [inclusive] if inclusive and isinstance(options.at(name).value, bool) else []


def _is_comparable(value: str, kind: LogicalType | None, stored: Stored) -> bool:
    if kind not in MOMENT_WORDS or moment_of(value, kind) is None:
        return False
    return kind is LogicalType.DATE or bool(_OFFSET.search(value)) is stored.name.endswith("TZ")


def _listed(column: exp.Column, values: Iterable[Any]) -> exp.Expr:
    return exp.In(this=column.copy(), expressions=[exp.convert(value) for value in values])


def _matches(column: exp.Column, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=column.copy(), expression=exp.convert(pattern))
