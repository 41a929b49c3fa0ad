"""Rules of ``type: custom, engine: assay`` as tests. Their fields are held to the tables in `assay.contract.custom`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from assay.base.errors import AssayError
from assay.base.names import TableRef, parse_table_ref
from assay.contract.model import Dataset, Operator, Property, QualityRule
from assay.validation.comparisons import Gapless, SameRows, Sequence, Series, Side, Step, Totals, Usual
from assay.validation.conditions import (
    Aggregate,
    BadRows,
    ControlTotal,
    FailedRows,
    Query,
    Satisfies,
    SatisfiesAny,
    Test,
    Where,
)
from assay.validation.promises import Promise, zone_of
from assay.validation.terms import Refused, threshold_of
from assay.validation.thresholds import NONE_AT_ALL, Threshold

Settings = Mapping[str, Any]
Built = tuple[Test, str]
"""A test and the promise in words."""

RUNS, FACTOR, FLOOR = 7, 5, 0.01
"""How many earlier runs say what is usual, how many median absolute deviations are, and which share always is."""


def own_rule(promise: Promise, rule: QualityRule, dataset: Dataset, part: Property | None) -> Promise:
    """Turn a rule of our own into a promise.

    Args:
        promise: what is known of every rule.
        rule: of the engine ``assay``.
        dataset: the one it belongs to.
        part: the property it stands at; None when it stands at the dataset.

    Raises:
        Refused: something in it is not as it should be.
    """
    settings: Settings = rule.implementation
    name = str(settings["check"])
    limit = _threshold(settings, rule)
    test, words = BUILDERS[name](settings, dataset, part, limit)
    if isinstance(test, ControlTotal):
        limit = replace(limit, tolerance=settings.get("tolerance", limit.tolerance))
    return replace(promise, what=name, test=test, threshold=limit, sentence=rule.description or rule.name or words)


def _threshold(settings: Settings, rule: QualityRule) -> Threshold:
    """Read the limit, of the implementation or of the rule itself; without one there must be no violation at all."""
    custom = {"tolerance": settings["tolerance"]} if "tolerance" in settings else rule.custom
    if any(operator in settings for operator in Operator):
        return threshold_of(settings, settings.get("unit"), custom)
    if rule.operator is not None:
        return threshold_of({str(rule.operator): rule.value}, rule.unit, custom)
    return NONE_AT_ALL


def _but(limit: Threshold, words: str, counted: str) -> str:
    return words if limit.allows_none else f"{counted}: {limit}"


def _row(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    condition = settings["condition"]
    return BadRows(Satisfies(condition)), _but(limit, f"in every row {condition}", f"rows without {condition}")


def _conditional(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    when, then = settings["when"], settings["then"]
    words = _but(limit, f"in every row with {when}, {then}", f"rows with {when} and without {then}")
    return BadRows(Where(when, Satisfies(then))), words


def _any_of(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    conditions = tuple(settings["conditions"])
    words = " or ".join(conditions)
    return BadRows(SatisfiesAny(conditions)), _but(limit, f"in every row {words}", f"rows without {words}")


def _failed_rows(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    query = _query(settings["query"], dataset, part, is_shown=True)
    return FailedRows(query), _but(limit, "the query finds no row that is wrong", "rows that the query finds wrong")


def _control_total(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    own = settings["expression"]
    if "source" in settings:
        source, theirs = _table(settings["source"]), settings["sourceExpression"]
        return ControlTotal(own, source, theirs), f"{own} equals {theirs} of {source}"
    if "query" in settings:
        query = _query(settings["query"], dataset, part)
        return ControlTotal(own, None, "", query), f"{own} equals what the query answers"
    return Aggregate(own), f"{own} is {limit}"


def _reconciliation(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    table = _table(settings["with"])
    if "environment" in settings:
        table = TableRef(settings["environment"], table.name)
    key = _sides(settings.get("key", []), dataset, None)
    columns = _sides(settings.get("columns", []), dataset, settings.get("tolerance"))
    other_where = settings.get("otherFilter")
    level = settings.get("level", "rows" if key else "totals")
    if level == "totals":
        words = f"{dataset.name} has the totals of {table}"
        return Totals(table, columns, other_where=other_where), _but(limit, words, "totals that differ")
    words = f"{dataset.name} has the rows of {table}"
    is_itself = "environment" in settings and table.name == dataset.name
    return SameRows(table, key, columns, other_where=other_where, is_itself=is_itself), _but(
        limit, words, "keys that differ"
    )


def _series(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    column = dataset.find(settings["column"])
    calendar, _, calendar_column = settings.get("calendar", "").rpartition(".")
    per = settings.get("per", [])
    test = Series(
        column=_stored(dataset, settings["column"]),
        step=Step(settings["step"]),
        zone=zone_of(column) if column else "UTC",
        first=settings.get("from"),
        last=settings.get("to"),
        per=tuple(_stored(dataset, name) for name in per),
        is_common=settings.get("span", "common") == "common",
        business_days=settings.get("businessDays", False),
        holidays=tuple(settings.get("holidays", ())),
        calendar=_table(calendar) if calendar else None,
        calendar_column=calendar_column,
    )
    days = "business day" if test.business_days else str(test.step)
    each = f" of every {' and '.join(per)}" if per else ""
    return test, _but(limit, f"no {days} is missing in {settings['column']}{each}", f"{days}s that are missing")


def _sequence(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    per = settings.get("per", [])
    test = Sequence(
        column=_stored(dataset, settings["column"]),
        order=tuple(_stored(dataset, name) for name in settings["orderBy"]),
        per=tuple(_stored(dataset, name) for name in per),
        is_strict=settings.get("strict", True),
        is_falling=settings.get("direction") == "falling",
    )
    way = "falls" if test.is_falling else "rises"
    strictly = " with every row" if test.is_strict else " or stays"
    each = f", for each {' and '.join(per)}" if per else ""
    words = f"{settings['column']} {way}{strictly} by {' and '.join(settings['orderBy'])}{each}"
    return test, _but(limit, words, f"rows that break that {words}")


def _gapless(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    per = tuple(_stored(dataset, name) for name in settings.get("per", ()))
    each = f" of any {' and '.join(settings['per'])}" if per else ""
    words = f"no number is missing in {settings['column']}{each}"
    test = Gapless(_stored(dataset, settings["column"]), settings.get("from"), per)
    return test, _but(limit, words, "numbers that are missing")


def _volume(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    return _against_history(settings, "count(*)"), f"{dataset.name} has as many rows as usual"


def _usual(settings: Settings, dataset: Dataset, part: Property | None, limit: Threshold) -> Built:
    return _against_history(settings, settings["expression"]), f"{settings['expression']} is near what it usually is"


def _against_history(settings: Settings, expression: str) -> Usual:
    return Usual(
        expression,
        runs=settings.get("runs", RUNS),
        factor=settings.get("factor", FACTOR),
        floor=settings.get("floor", FLOOR),
        same_weekday=settings.get("sameWeekday", False),
    )


def _query(text: str, dataset: Dataset, part: Property | None, *, is_shown: bool = False) -> Query:
    names = tuple({dataset.name, dataset.physical_name or dataset.name})
    return Query(text, part.column if part else None, names, text if is_shown else None)


def _sides(named: Any, dataset: Dataset, tolerance: float | None) -> tuple[Side, ...]:
    pairs = named.items() if isinstance(named, dict) else zip(named, named, strict=True)
    return tuple(Side(_stored(dataset, own), other, tolerance) for own, other in pairs)


def _stored(dataset: Dataset, name: str) -> str:
    part = dataset.find(name)
    return part.column if part else name


def _table(text: str) -> TableRef:
    try:
        return parse_table_ref(text)
    except AssayError as error:
        raise Refused(f"the table {text!r}: {error.faults[0].expected} expected") from error


BUILDERS: dict[str, Callable[[Settings, Dataset, Property | None, Threshold], Built]] = {
    "row": _row,
    "conditional": _conditional,
    "anyOf": _any_of,
    "failedRows": _failed_rows,
    "controlTotal": _control_total,
    "reconciliation": _reconciliation,
    "series": _series,
    "sequence": _sequence,
    "gapless": _gapless,
    "volume": _volume,
    "usual": _usual,
}
"""Name of a check to what makes it a test."""
