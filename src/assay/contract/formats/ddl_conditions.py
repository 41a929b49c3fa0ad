"""Conditions of tables in SQL as fields of a contract: lists, bounds, lengths, patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from assay.contract.formats.ddl_checks import BOUNDS, LENGTHS
from assay.contract.model import LogicalType
from assay.contract.moments import MOMENT_WORDS, moment_of
from assay.contract.patterns import pattern_problem
from assay.contract.rules import is_value_of

_OPTIONS: dict[type, str] = {kind: name for name, kind in BOUNDS.items()}
_LENGTHS: dict[type, str] = {kind: name for name, kind in LENGTHS.items()}
_NUMBERS = frozenset({LogicalType.INTEGER, LogicalType.NUMBER})


def conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Give the conditions that hold together, in their order."""
    waiting = [condition]
    while waiting:
        one = waiting.pop().unnest()
        if isinstance(one, exp.And):
            waiting += [one.expression, one.this]
        elif isinstance(one, exp.Between):
            yield exp.GTE(this=one.this, expression=one.args["low"])
            yield exp.LTE(this=one.this, expression=one.args["high"])
        else:
            yield one


def column_of(condition: exp.Expr) -> str | None:
    """Return the one column that a condition is about; None where there is none, or more."""
    names = {column.name for column in condition.find_all(exp.Column)}
    return names.pop() if len(names) == 1 else None


def put_condition(condition: exp.Expr, entry: dict[str, Any]) -> bool:
    """Write a condition into the entry of its column, and say whether that was possible."""
    kind = LogicalType(entry["logicalType"]) if "logicalType" in entry else None
    if isinstance(condition, exp.In):
        return _put_list(condition, entry, kind)
    found = _option(condition, kind)
    if found is None:
        return False
    options = entry.setdefault("logicalTypeOptions", {})
    if found[0] in options:
        return False
    options[found[0]] = found[1]
    return True


def _put_list(condition: exp.In, entry: dict[str, Any], kind: LogicalType | None) -> bool:
    values = [literal(one) for one in condition.expressions]
    is_list = isinstance(condition.this, exp.Column) and bool(values) and "enum" not in entry
    is_sound = all(value is not None and is_value_of(value, kind) for value in values)
    if not is_list or not is_sound or len(set(map(repr, values))) < len(values):
        return False
    entry["enum"] = [{"value": value} for value in values]
    return True


def _option(condition: exp.Expr, kind: LogicalType | None) -> tuple[str, Any] | None:
    side, value = condition.this, literal(condition.args.get("expression"))
    if isinstance(condition, exp.RegexpLike) and isinstance(side, exp.Column) and kind is LogicalType.STRING:
        return ("pattern", value) if isinstance(value, str) and pattern_problem(value) is None else None
    if isinstance(condition, exp.EQ) and isinstance(side, exp.Mod) and value == 0:
        step = literal(side.expression)
        is_step = isinstance(side.this, exp.Column) and isinstance(step, int | float) and step > 0
        return ("multipleOf", step) if is_step and kind in _NUMBERS else None
    if type(condition) in _LENGTHS and isinstance(side, exp.Length) and isinstance(side.this, exp.Column):
        is_count = isinstance(value, int) and value >= 0 and kind is LogicalType.STRING
        return (_LENGTHS[type(condition)], value) if is_count else None
    if type(condition) not in _OPTIONS or not isinstance(side, exp.Column) or isinstance(value, bool):
        return None
    if kind in _NUMBERS:
        return (_OPTIONS[type(condition)], value) if isinstance(value, int | float) else None
    is_moment = kind in MOMENT_WORDS and isinstance(value, str) and moment_of(value, kind) is not None
    return (_OPTIONS[type(condition)], value) if is_moment else None


def literal(node: Any) -> Any:
    """Return a value that is written out; None of anything else."""
    if isinstance(node, exp.Cast):
        return literal(node.this)
    if isinstance(node, exp.Neg):
        value = literal(node.this)
        return -value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    try:
        return int(node.this)
    except ValueError:
        return float(node.this)
