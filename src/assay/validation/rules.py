"""What the quality rules of a contract promise: library metrics, SQL, rules of ours and of others, rules in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assay.contract.custom import ENGINE
from assay.contract.model import Dataset, Metric, Property, QualityRule, RuleType, SemanticType
from assay.contract.rules import severity_of
from assay.validation.conditions import (
    BadRows,
    Derived,
    Duplicates,
    NotMissing,
    NotNull,
    Outcome,
    Query,
    RowCount,
    Spot,
    Test,
    Unverified,
    Valid,
)
from assay.validation.own_rules import own_rule
from assay.validation.placing import placed, spot_named
from assay.validation.promises import Dimension, Promise, listed
from assay.validation.terms import Refused, terms_of_rule, threshold_of
from assay.validation.thresholds import Unit

FAILED_ROWS = "failedRowsQuery"
"""The customProperty of a rule of type sql by which its author says which rows break it, for samples."""

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

_OF_GIVEN_VALUES = frozenset({Metric.INVALID_VALUES, Metric.DUPLICATE_VALUES})
"""Metrics of which a percentage can be of the rows that hold a value; of duplicates it always is."""

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
        name=rule.name or "",
        tags=tuple(str(tag) for tag in rule.raw.get("tags") or ()),
    )
    if part is not None and part.semantic_type is not SemanticType.COLUMN:
        return replace(promise, test=Unverified(Outcome.SKIP, f"{path} is a {part.semantic_type} and not stored"))
    try:
        tested = _tested(promise, rule, dataset, part)
        terms = terms_of_rule(rule, tested.threshold)
        if terms.of_non_null and rule.metric not in _OF_GIVEN_VALUES:
            raise Refused("'denominator' means nothing here: the rows with a value are not those that are tested")
        return replace(tested, warning=terms.warning, terms=terms)
    except Refused as error:
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
            shown = rule.custom.get(FAILED_ROWS)
            query = Query(rule.query or "", part.column if part else None, names, str(shown) if shown else None)
            return replace(promise, test=query, threshold=limit)
        case RuleType.CUSTOM if rule.engine == ENGINE:
            return own_rule(promise, rule, dataset, part)
        case RuleType.CUSTOM:
            reason = f"a rule for the engine {rule.engine}, which is not run here"
            return replace(promise, test=Unverified(Outcome.SKIP, reason))
        case RuleType.TEXT:
            return replace(promise, test=Unverified(Outcome.SKIP, "a rule in words, for people to judge"))


def _library(promise: Promise, rule: QualityRule, dataset: Dataset, part: Property | None) -> Promise:
    assert rule.metric is not None
    limit = threshold_of({str(rule.operator): rule.value}, rule.unit, rule.custom)
    if rule.metric is Metric.ROW_COUNT and limit.unit is Unit.PERCENT:
        raise Refused("a number of rows is not a percentage")
    test = _metric(rule, dataset, part)
    subject = _subject(rule, dataset, promise.where)
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


def _subject(rule: QualityRule, dataset: Dataset, path: str) -> str:
    if rule.metric is Metric.ROW_COUNT:
        return dataset.name
    return path or " + ".join(str(name) for name in rule.arguments.get("properties", ()))


def _metric(rule: QualityRule, dataset: Dataset, part: Property | None) -> Test:
    if rule.metric is Metric.ROW_COUNT:
        return RowCount()
    if rule.metric is Metric.DUPLICATE_VALUES and part is None:
        names = tuple(str(name) for name in rule.arguments.get("properties", ()))
        return key_of(dataset, names)
    assert part is not None, "the parser refuses metrics of properties at a dataset"
    of_non_null = part.column if rule.custom.get("denominator") == "nonNull" else None
    match rule.metric:
        case Metric.INVALID_VALUES:
            return BadRows(_validity(rule, part), of_non_null)
        case Metric.NULL_VALUES:
            return BadRows(NotNull(part.column))
        case Metric.MISSING_VALUES:
            return BadRows(NotMissing(part.column, _values(rule, "missingValues")))
        case _:
            return Duplicates((part.column,))


def _validity(rule: QualityRule, part: Property) -> Valid:
    """Say what a valid value is: by the rule's arguments, else by the property's own enum and pattern."""
    values = _values(rule, "validValues") if "validValues" in rule.arguments else None
    pattern = rule.arguments.get("pattern")
    if values is None and pattern is None:
        values = tuple(choice.value for choice in part.enum if choice.value is not None) or None
        pattern = part.options.get("pattern")
    if values is None and pattern is None:
        raise Refused("the rule says neither which values are valid nor by which pattern")
    return Valid(part.column, values, pattern)


def _values(rule: QualityRule, name: str) -> tuple[Any, ...]:
    return tuple(value for value in rule.arguments.get(name, ()) if value is not None)


def key_of(dataset: Dataset, names: Sequence[str]) -> Test:
    """Return the test of a key's uniqueness; parts of it may lie inside columns.

    Raises:
        Refused: a part lies in a list, beside others.
    """
    spots = {name: spot_named(dataset, name) for name in names if dataset.find(name) is None}
    inside = [spot for spot in spots.values() if spot is not None]
    if any(spot.is_repeated for spot in inside):
        if len(names) > 1:
            raise Refused("a key of several parts takes no part from inside a list")
        unique = placed(Duplicates(("",)), inside[0])
        assert unique is not None
        return unique
    columns = tuple(_column(dataset, name, spots.get(name)) for name in names)
    return Derived(Duplicates(columns), tuple(inside)) if inside else Duplicates(columns)


def _column(dataset: Dataset, name: str, spot: Spot | None) -> str:
    part = dataset.find(name)
    return part.column if part else str(spot or name)
