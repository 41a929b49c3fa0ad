"""What the quality rules of a contract promise: library metrics, SQL, our own rules (`row`, `controlTotal`), text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assay.base.errors import AssayError
from assay.base.names import parse_table_ref
from assay.contract.model import Dataset, Metric, Operator, Property, QualityRule, RuleType, SemanticType
from assay.contract.rules import severity_of
from assay.validation.conditions import (
    BadRows,
    ControlTotal,
    Duplicates,
    NotMissing,
    NotNull,
    Outcome,
    Query,
    RowCount,
    Satisfies,
    Test,
    Unverified,
    Valid,
)
from assay.validation.promises import Dimension, Promise, listed
from assay.validation.thresholds import NONE_AT_ALL, UNITS, Limit, Threshold, Unit

ENGINE = "assay"
"""The engine of custom rules that this system runs itself."""

NOT_MEANING = frozenset(
    {
        "id",
        "name",
        "description",
        "tags",
        "authoritativeDefinitions",
        "businessImpact",
        "schedule",
        "scheduler",
        "method",
        "dimension",
    }
)
"""Fields of a rule that do not make it another rule."""

DIMENSIONS: dict[Metric | RuleType, Dimension] = {
    Metric.NULL_VALUES: Dimension.COMPLETENESS,
    Metric.MISSING_VALUES: Dimension.COMPLETENESS,
    Metric.INVALID_VALUES: Dimension.CONFORMITY,
    Metric.DUPLICATE_VALUES: Dimension.UNIQUENESS,
    Metric.ROW_COUNT: Dimension.COVERAGE,
    RuleType.SQL: Dimension.ACCURACY,
    RuleType.CUSTOM: Dimension.CONSISTENCY,
    RuleType.TEXT: Dimension.ACCURACY,
}
"""The dimension of a rule that names none."""

_SYNONYMS = {"ac": "accuracy", "cp": "completeness", "cf": "conformity", "cs": "consistency"} | {
    "cv": "coverage",
    "tm": "timeliness",
    "uq": "uniqueness",
}

_PHRASES: dict[Metric, tuple[str, str]] = {
    Metric.NULL_VALUES: ("{subject} is never empty", "rows in which {subject} is empty: {limit}"),
    Metric.MISSING_VALUES: ("{subject} is never missing", "rows in which {subject} is missing: {limit}"),
    Metric.INVALID_VALUES: ("{subject} {valid}", "rows in which it is not so that {subject} {valid}: {limit}"),
    Metric.DUPLICATE_VALUES: ("no {subject} occurs twice", "values of {subject} that occur more than once: {limit}"),
    Metric.ROW_COUNT: ("{subject} is empty", "{subject} has {limit} rows"),
}
"""What is said when there must be none, and otherwise."""


class _Refused(Exception):
    """A rule that cannot become a test; the message says why."""


def rule_promise(rule: QualityRule, dataset: Dataset, part: Property | None, path: str) -> Promise:
    """Turn a quality rule into a promise; a rule that cannot be tested is one too, with the reason as its test.

    Args:
        rule: the rule.
        dataset: the one it belongs to.
        part: the property it stands at; None when it stands at the dataset.
        path: the property's name, dotted; empty at the dataset.
    """
    promise = Promise(
        where=path,
        what=str(rule.metric or rule.type),
        meaning={name: value for name, value in rule.raw.items() if name not in NOT_MEANING},
        test=Unverified(Outcome.ERROR, ""),
        sentence=rule.description or rule.name or f"rule {rule.id or rule.type} on {path or dataset.name}",
        dimension=_dimension(rule),
        place=rule.place,
        severity=severity_of(rule.severity),
        rule_id=rule.id,
    )
    if part is not None and part.semantic_type is not SemanticType.COLUMN:
        return replace(promise, test=Unverified(Outcome.SKIP, f"{path} is a {part.semantic_type} and not stored"))
    try:
        return _tested(promise, rule, dataset, part)
    except _Refused as error:
        return replace(promise, test=Unverified(Outcome.ERROR, str(error)))


def _dimension(rule: QualityRule) -> Dimension:
    if rule.dimension:
        return Dimension(_SYNONYMS.get(rule.dimension, rule.dimension))
    return DIMENSIONS[rule.metric or rule.type]


def _tested(promise: Promise, rule: QualityRule, dataset: Dataset, part: Property | None) -> Promise:
    match rule.type:
        case RuleType.LIBRARY:
            return _library(promise, rule, dataset, part)
        case RuleType.SQL:
            names = tuple({dataset.name, dataset.physical_name or dataset.name})
            limit = threshold_of({str(rule.operator): rule.value}, None, rule.custom)
            query = Query(rule.query or "", part.column if part else None, names)
            return replace(promise, test=query, threshold=limit)
        case RuleType.CUSTOM:
            return _custom(promise, rule)
        case RuleType.TEXT:
            return replace(promise, test=Unverified(Outcome.SKIP, "a rule in words, for people to judge"))


def _library(promise: Promise, rule: QualityRule, dataset: Dataset, part: Property | None) -> Promise:
    assert rule.metric is not None
    limit = threshold_of({str(rule.operator): rule.value}, rule.unit, rule.custom)
    if rule.metric is Metric.ROW_COUNT and limit.unit is Unit.PERCENT:
        raise _Refused("a number of rows is not a percentage")
    test, subject = _metric(rule, dataset, part)
    none, some = _PHRASES[rule.metric]
    sentence = (none if limit.allows_none else some).format(subject=subject, limit=limit, valid=_valid_words(test))
    return replace(promise, test=test, threshold=limit, sentence=sentence)


def _valid_words(test: Test) -> str:
    if not isinstance(test, BadRows) or not isinstance(test.condition, Valid):
        return ""
    values, pattern = test.condition.values, test.condition.pattern
    parts = [f"is {listed(values)}"] if values else []
    parts += [f"matches {pattern}"] if pattern else []
    return " and ".join(parts)


def _metric(rule: QualityRule, dataset: Dataset, part: Property | None) -> tuple[Test, str]:
    if rule.metric is Metric.ROW_COUNT:
        return RowCount(), dataset.name
    if rule.metric is Metric.DUPLICATE_VALUES and part is None:
        names = tuple(str(name) for name in rule.arguments.get("properties", ()))
        return Duplicates(tuple(_column(dataset, name) for name in names)), " + ".join(names)
    assert part is not None, "the parser refuses metrics of properties at a dataset"
    of_non_null = part.column if rule.custom.get("denominator") == "nonNull" else None
    match rule.metric:
        case Metric.NULL_VALUES:
            return BadRows(NotNull(part.column)), part.name
        case Metric.MISSING_VALUES:
            return BadRows(NotMissing(part.column, _values(rule, "missingValues"))), part.name
        case Metric.INVALID_VALUES:
            return BadRows(_validity(rule, part), of_non_null), part.name
        case _:
            return Duplicates((part.column,)), part.name


def _validity(rule: QualityRule, part: Property) -> Valid:
    """Say what a valid value is: by the rule's arguments, else by the property's own enum and pattern."""
    values = _values(rule, "validValues") if "validValues" in rule.arguments else None
    pattern = rule.arguments.get("pattern")
    if values is None and pattern is None:
        values = tuple(choice.value for choice in part.enum if choice.value is not None) or None
        pattern = part.options.get("pattern")
    if values is None and pattern is None:
        raise _Refused("the rule says neither which values are valid nor by which pattern")
    return Valid(part.column, values, pattern)


def _values(rule: QualityRule, name: str) -> tuple[Any, ...]:
    return tuple(value for value in rule.arguments.get(name, ()) if value is not None)


def _column(dataset: Dataset, name: str) -> str:
    part = dataset.find(name)
    return part.column if part else name


def threshold_of(rule: Mapping[str, Any], unit: str | None, custom: Mapping[str, Any]) -> Threshold:
    """Read operator, limit, unit and tolerance.

    Args:
        rule: holds one operator by its name.
        unit: as written; None means rows.
        custom: customProperties; ``tolerance`` is one of them.

    Raises:
        _Refused: no operator, or a unit that means nothing.
    """
    known = UNITS.get((unit or Unit.ROWS).lower())
    operator = next((operator for operator in Operator if operator in rule), None)
    if known is None or operator is None:
        raise _Refused(f"the unit {unit!r} means nothing here" if known is None else "no operator")
    value = rule[operator]
    limit: Limit = (value[0], value[1]) if isinstance(value, list) else value
    tolerance = custom.get("tolerance", 0)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or tolerance < 0:
        raise _Refused(f"the tolerance {tolerance!r} is no number from 0")
    return Threshold(operator, limit, known, tolerance)


def _custom(promise: Promise, rule: QualityRule) -> Promise:
    if rule.engine != ENGINE:
        return replace(
            promise, test=Unverified(Outcome.SKIP, f"a rule for the engine {rule.engine}, which is not run here")
        )
    settings = rule.implementation
    if not isinstance(settings, dict):
        raise _Refused("the implementation is no mapping with 'check'")
    builders = {"row": _row, "controlTotal": _control_total}
    builder = builders.get(str(settings.get("check")))
    if builder is None:
        raise _Refused(f"the check {settings.get('check')!r} is not known; there are {' and '.join(builders)}")
    return builder(promise, rule, settings)


def _row(promise: Promise, rule: QualityRule, settings: Mapping[str, Any]) -> Promise:
    """Read ``{check: row, condition: SQL}``; an operator and a unit beside them allow exceptions."""
    _only(settings, {"check", "condition", "unit", *Operator})
    condition = _text(settings, "condition")
    limit = NONE_AT_ALL
    if set(settings) & set(Operator):
        limit = threshold_of(settings, settings.get("unit"), rule.custom)
    words = f"in every row {condition}" if limit.allows_none else f"rows without {condition}: {limit}"
    sentence = rule.description or rule.name or words
    return replace(promise, what="row", test=BadRows(Satisfies(condition)), threshold=limit, sentence=sentence)


def _control_total(promise: Promise, rule: QualityRule, settings: Mapping[str, Any]) -> Promise:
    """Read ``{check: controlTotal, expression, source, sourceExpression, tolerance}``."""
    _only(settings, {"check", "expression", "source", "sourceExpression", "tolerance"})
    try:
        source = parse_table_ref(_text(settings, "source"))
    except AssayError as error:
        raise _Refused(f"the source: {error.faults[0].expected} expected") from error
    own, theirs = _text(settings, "expression"), _text(settings, "sourceExpression")
    limit = threshold_of({Operator.EQUAL: 0}, None, {"tolerance": settings.get("tolerance", 0)})
    sentence = rule.description or rule.name or f"{own} equals {theirs} of {source}"
    return replace(
        promise, what="controlTotal", test=ControlTotal(own, source, theirs), threshold=limit, sentence=sentence
    )


def _only(settings: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(settings) - known)
    if unknown:
        raise _Refused(f"the implementation has the unknown field {unknown[0]!r}")


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Refused(f"the implementation lacks the text {name!r}")
    return value
