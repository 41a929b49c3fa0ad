"""On which terms a promise is applied: its limit, when it warns, how grave a violation is, and which rows it is about.

A rule says them by its own fields and its customProperties; everything else that promises something (a property, a
relationship, the key) by the custom properties ``limits`` and ``limit``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assay.contract.custom import OF_RULES
from assay.contract.model import Operator, QualityRule, Severity
from assay.contract.rules import severity_of
from assay.validation.comparisons import Gapless, SameRows, Sequence, Series, Totals, Usual
from assay.validation.conditions import (
    Aggregate,
    BadRows,
    ControlTotal,
    Derived,
    Duplicates,
    Extent,
    FailedRows,
    FieldType,
    Frequent,
    Fresh,
    HasColumn,
    HasField,
    HasRows,
    HasType,
    NoOtherColumns,
    Query,
    Refers,
    Retained,
    RowCount,
    Test,
    Unverified,
    Where,
)
from assay.validation.thresholds import UNITS, Limit, Threshold, Unit

FILTER = "filter"
"""The customProperty of a rule, or of a dataset for all its rules, that chooses rows by an SQL expression."""

LIMITS = "limits"
"""The customProperty of a property or dataset: what it promises (``required``, ``primaryKey``) to the terms of it."""

LIMIT = "limit"
"""The customProperty of a relationship or service level with its terms."""


_NOT_OF_ROWS = (HasColumn, HasType, HasField, FieldType, NoOtherColumns, HasRows, Query, FailedRows, Unverified)
"""What is about the form of a table, or says itself which rows it reads."""


class Refused(Exception):
    """A rule that cannot become a test; the message says why."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a promise is applied. What is None leaves the promise as it is.

    Attributes:
        threshold: what the measure must be.
        warning: what it should be; a measure that keeps the threshold and not this one warns.
        where: an SQL expression that is true of the rows that count.
        extent: None takes what is usual for the kind of test.
        of_non_null: whether percentages are of the rows with a value.
    """

    threshold: Threshold | None = None
    warning: Threshold | None = None
    severity: Severity | None = None
    where: str | None = None
    extent: Extent | None = None
    of_non_null: bool = False


def terms_of_rule(rule: QualityRule, threshold: Threshold | None) -> Terms:
    """Read the terms of a quality rule.

    Args:
        rule: the rule.
        threshold: as its operator and unit say; None for rules without.

    Raises:
        Refused: a unit means nothing.
    """
    own = {name: value for name, value in rule.custom.items() if name in OF_RULES}
    return replace(_terms(own, threshold.unit if threshold else Unit.ROWS), threshold=threshold)


def terms_of(settings: Mapping[str, Any] | None) -> Terms:
    """Read the terms of a promise that is no rule.

    Args:
        settings: a mapping, as it stands under ``limit`` or in ``limits``; its form was tested with the
            contract's. None means that there is nothing.

    Raises:
        Refused: a unit means nothing.
    """
    if settings is None:
        return Terms()
    threshold = None
    if any(operator in settings for operator in Operator):
        threshold = threshold_of(settings, settings.get("unit"), settings)
    severity = severity_of(settings["severity"]) if "severity" in settings else None
    return replace(_terms(settings, threshold.unit if threshold else Unit.ROWS), threshold=threshold, severity=severity)


def is_of_rows(test: Test) -> bool:
    """Say whether a test looks at rows, so that a filter means something to it."""
    return not isinstance(test, _NOT_OF_ROWS)


def within(test: Test, where: str | None, extent: Extent | None) -> Test:
    """Restrict a test to chosen rows.

    Uniqueness is looked for in the whole table, of the keys of the chosen rows, unless the rule says otherwise: a
    filter by day would hide that yesterday's key comes again today.

    Args:
        test: of all rows.
        where: the SQL expression; None leaves the test as it is, and so it is for tests that are not of rows.
        extent: as the rule says; None takes what is usual.
    """
    if where is None or extent is Extent.TABLE:
        return test
    match test:
        case BadRows(condition=condition):
            return replace(test, condition=Where(where, condition))
        case Duplicates() | Derived(test=Duplicates()):
            derived = test if isinstance(test, Derived) else Derived(test)
            return replace(derived, where=where, extent=extent or Extent.WINDOW)
        case Refers():
            return Derived(test, where=where)
        case Derived() | RowCount() | Fresh() | Retained() | Frequent() | Series() | Sequence() | Gapless():
            return replace(test, where=where)
        case Aggregate() | ControlTotal() | Totals() | SameRows() | Usual():
            return replace(test, where=where)
        case _:
            return test


def threshold_of(rule: Mapping[str, Any], unit: str | None, custom: Mapping[str, Any]) -> Threshold:
    """Read operator, limit, unit and tolerance.

    Args:
        rule: holds one operator by its name.
        unit: as written; None means rows.
        custom: customProperties; ``tolerance`` is one of them.

    Raises:
        Refused: no operator, or a unit that means nothing.
    """
    known = UNITS.get((unit or Unit.ROWS).lower())
    operator = next((operator for operator in Operator if operator in rule), None)
    if known is None or operator is None:
        raise Refused(f"the unit {unit!r} means nothing here" if known is None else "no operator")
    value = rule[operator]
    limit: Limit = (value[0], value[1]) if isinstance(value, list) else value
    tolerance = custom.get("tolerance", 0)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or tolerance < 0:
        raise Refused(f"the tolerance {tolerance!r} is no number from 0")
    return Threshold(operator, limit, known, tolerance)


def _terms(settings: Mapping[str, Any], unit: Unit) -> Terms:
    warn, scope = settings.get("warn"), settings.get("scope")
    return Terms(
        warning=threshold_of(warn, warn.get("unit", unit), settings) if warn else None,
        where=settings.get(FILTER),
        extent=Extent(scope) if scope else None,
        of_non_null=settings.get("denominator") == "nonNull",
    )
