"""What of the quality rules a schema of others can hold: which of them say that no row may be bad, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.contract.custom import OF_RULES
from assay.contract.formats.carrying import Part
from assay.contract.model import Metric, Operator, Property, QualityRule, RuleType, Severity
from assay.contract.rules import severity_of

ROWS = frozenset({"rows", "row", None})
"""Units that mean a number of rows."""

ARGUMENTS = ("validValues", "pattern", "properties")
"""Arguments of library metrics that are part of a constraint."""

FIELDS = ("type", "metric", "rule", "unit", "severity", *Operator)
"""Fields of a rule that a constraint says, beside its arguments."""

UNFIT: dict[RuleType, str] = {
    RuleType.SQL: "a query of its own",
    RuleType.CUSTOM: "a rule for the engine that it names",
    RuleType.TEXT: "a rule in words",
}
"""Types of rules that are no constraint, and why."""


class Form(StrEnum):
    """What a constraint says of each row."""

    NOT_NULL = "not null"
    UNIQUE = "unique"
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule as a constraint.

    Attributes:
        columns: names of properties; of one alone for all forms but unique.
        values: the only ones allowed; None where there is no such list.
        pattern: that each value has; None where there is none.
        is_absolute: whether no row at all may be bad.
        only_warns: whether a row that is bad is reported, and let pass.
    """

    form: Form
    columns: tuple[str, ...]
    values: tuple[Any, ...] | None = None
    pattern: str | None = None
    is_absolute: bool = True
    only_warns: bool = False


def constraint_of(rule: QualityRule, part: Property | None) -> Constraint | str:
    """Read a rule as a constraint, or say why it is none.

    Args:
        rule: of the property, or of a dataset.
        part: the property; None for a rule of a dataset.
    """
    if rule.type in UNFIT:
        return UNFIT[rule.type]
    terms = sorted(OF_RULES & rule.custom.keys())
    if terms:
        return f"a rule on terms of its own ({', '.join(terms)})"
    own = (part.name,) if part else ()
    marks: dict[str, Any] = {
        "is_absolute": _is_absolute(rule),
        "only_warns": severity_of(rule.severity) is Severity.WARN,
    }
    match rule.metric:
        case Metric.NULL_VALUES:
            return Constraint(Form.NOT_NULL, own, **marks)
        case Metric.DUPLICATE_VALUES:
            return Constraint(Form.UNIQUE, own or tuple(rule.arguments.get("properties", ())), **marks)
        case Metric.INVALID_VALUES if part is not None:
            return _valid(rule, part, marks)
        case Metric.MISSING_VALUES:
            return "values that stand for nothing"
        case _:
            return "a count of rows"


def take_rule(part: Part) -> None:
    """Mark what a constraint says of a rule as carried; words and marks beside it are accounted for by themselves."""
    part.take(*FIELDS)
    part.at("arguments").take(*ARGUMENTS)
    if "metric" not in part.value:
        part.take("validValues")


def _valid(rule: QualityRule, part: Property, marks: dict[str, Any]) -> Constraint | str:
    values, pattern = rule.arguments.get("validValues"), rule.arguments.get("pattern")
    if values is None and pattern is None:
        values = [one.value for one in part.enum] or None
        pattern = part.options.get("pattern")
    if values is None and pattern is None:
        return "a rule that names neither values nor a pattern"
    listed = None if values is None else tuple(value for value in values if value is not None)
    return Constraint(Form.VALID, (part.name,), listed, pattern, **marks)


def _is_absolute(rule: QualityRule) -> bool:
    if rule.operator in {Operator.EQUAL, Operator.LESS_OR_EQUAL}:
        return rule.value == 0 and not isinstance(rule.value, bool)
    return rule.operator is Operator.LESS and rule.value == 1 and rule.unit in ROWS
