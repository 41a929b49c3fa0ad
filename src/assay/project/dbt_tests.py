"""The tests of dbt as rules of the datasets they stand at: run with the checks of a contract, part of the evidence.

A test that is a query for wrong rows stays the author's query; what varies is how many of them fail or warn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assay.base.canonical import JsonValue
from assay.base.errors import AssayError, Fault, Place
from assay.contract.custom import ENGINE
from assay.contract.model import Contract, Operator, QualityRule, RuleType
from assay.project.dbt import DbtTest
from assay.project.faults import Faults
from assay.sql.writing import select

PREFIX = "dbt."
"""How the id of a rule begins that is a test of dbt."""

_COUNT = "count(*)"
_BETWEEN = re.compile(r"between\s+(-?\d+)\s+and\s+(-?\d+)", re.IGNORECASE)
_COMPARED = re.compile(r"(!=|<>|==|=|>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
_HOLDS: Mapping[str, Operator] = {
    "!=": Operator.EQUAL,
    "<>": Operator.EQUAL,
    "=": Operator.NOT_EQUAL,
    "==": Operator.NOT_EQUAL,
    ">": Operator.LESS_OR_EQUAL,
    ">=": Operator.LESS,
    "<": Operator.GREATER_OR_EQUAL,
    "<=": Operator.GREATER,
}
"""When dbt fails a test, to what must hold so that it does not."""


def rules_by_dataset(
    tests: Sequence[DbtTest], contracts: Mapping[str, Contract], faults: Faults
) -> dict[str, tuple[QualityRule, ...]]:
    """Return the rules that tests add, by dataset.

    A test belongs to the first of the steps it is about that has a contract; without one it is nobody's evidence.
    """
    found: dict[str, list[QualityRule]] = {}
    for test in tests:
        dataset = next((name for name in test.on if name in contracts), None)
        if dataset is not None:
            rule = faults.attempt(_rule, test)
            found.setdefault(dataset, []).extend([rule] if rule else [])
    return {name: tuple(rules) for name, rules in found.items()}


def meaning_of(rules: Sequence[QualityRule]) -> JsonValue:
    """Return what of tests counts for what they mean: a dataset with other tests was accepted on other evidence."""
    return [{name: value for name, value in rule.raw.items() if name != "description"} for rule in rules]


def _rule(test: DbtTest) -> QualityRule:
    error, warn = _limit(test.error_if, test), _limit(test.warn_if, test)
    only_warns = test.severity == "warn"
    operator, value = warn if only_warns else error
    custom: dict[str, Any] = {} if only_warns or warn == error else {"warn": {str(warn[0]): warn[1]}}
    is_count = test.measure.strip().lower() == _COUNT
    query = (
        test.sql if is_count else select([f"coalesce(({test.measure}), 0)"], f"(\n{test.sql}\n) AS dbt_internal_test")
    )
    limit = {str(operator): value}
    raw: dict[str, Any] = {
        "id": f"{PREFIX}{test.name}",
        "description": test.description or f"no row is wrong by the dbt test {test.name}",
        "type": "custom" if is_count else "sql",
        "severity": "warning" if only_warns else "error",
        **({"engine": ENGINE, "implementation": {"check": "failedRows", "query": query, **limit}} if is_count
           else {"query": query, **limit}),
        "customProperties": [{"property": name, "value": entry} for name, entry in custom.items()],
    }  # fmt: skip
    return QualityRule(
        id=raw["id"],
        name=test.name,
        type=RuleType.CUSTOM if is_count else RuleType.SQL,
        metric=None,
        operator=None if is_count else operator,
        value=None if is_count else value,
        unit=None,
        dimension=None,
        severity=raw["severity"],
        description=raw["description"],
        query=None if is_count else query,
        engine=ENGINE if is_count else None,
        implementation=raw.get("implementation"),
        arguments={},
        custom=custom,
        raw=raw,
        place=Place(test.file),
    )


def _limit(condition: str, test: DbtTest) -> tuple[Operator, Any]:
    """Turn when a test fails into what must hold.

    Raises:
        AssayError: it is no comparison with a number.
    """
    between = _BETWEEN.fullmatch(condition.strip())
    if between:
        return Operator.NOT_BETWEEN, [int(between[1]), int(between[2])]
    compared = _COMPARED.fullmatch(condition.strip())
    if compared is None:
        expected = f"error_if and warn_if of {test.name} as a comparison with a number"
        raise AssayError(Fault(Place(test.file), expected, condition, "As in: error_if: '> 10'."))
    number = float(compared[2]) if "." in compared[2] else int(compared[2])
    return _HOLDS[compared[1]], number
