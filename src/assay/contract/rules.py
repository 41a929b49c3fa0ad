"""What the fields of a quality rule mean together: type, metric, operator and limit; and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay.base.reading import Document, Path
from assay.contract.custom import custom_faults
from assay.contract.findings import Finding, finding
from assay.contract.model import LogicalType, Metric, Operator, RuleType, Severity
from assay.contract.patterns import pattern_problem
from assay.contract.shape import are_texts, is_before_3_1, is_number, is_scalar, is_text, shown

LEGACY_METRICS = {
    "duplicateCount": Metric.DUPLICATE_VALUES,
    "validValues": Metric.INVALID_VALUES,
    "rowCount": Metric.ROW_COUNT,
}
"""The field ``rule`` of v3.0 to the metric of v3.1 that took its place."""

WARNINGS = frozenset({"warn", "warning", "info", "low", "minor", "trivial"})
"""Spellings of severity that only warn. All others fail, the unknown ones and none at all included."""

_COLUMN = re.compile(r"[.\[{]")
"""Where the name of a column ends in the path of what lies inside of it."""

_PAIRS = frozenset({Operator.BETWEEN, Operator.NOT_BETWEEN})
_OF_PROPERTIES = frozenset({Metric.NULL_VALUES, Metric.MISSING_VALUES, Metric.INVALID_VALUES})
_EQUALITIES = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})

_VALUES: dict[LogicalType, tuple[type, ...]] = {
    LogicalType.STRING: (str,),
    LogicalType.DATE: (str,),
    LogicalType.TIMESTAMP: (str,),
    LogicalType.TIME: (str,),
    LogicalType.INTEGER: (int,),
    LogicalType.NUMBER: (int, float),
    LogicalType.BOOLEAN: (bool,),
}
"""Logical type to the plain types its values are written in; other types have no listed values."""


def type_of(rule: Mapping[str, Any]) -> RuleType:
    """Say how a rule is written down; the type may be left out for library rules.

    A library rule of v3.0 could be a name alone (``nullCheck``), whose meaning the standard left open: it is for
    people.
    """
    text = rule.get("type")
    kind = RuleType(text) if text in tuple(RuleType) else RuleType.LIBRARY
    return RuleType.TEXT if kind is RuleType.LIBRARY and is_name_alone(rule) else kind


def is_name_alone(rule: Mapping[str, Any]) -> bool:
    """Say whether a rule has a name of v3.0 in the place of a metric, and says not what is measured or how much."""
    return (
        "metric" not in rule and "rule" in rule and (str(rule["rule"]) not in LEGACY_METRICS or not operators_of(rule))
    )


def metric_of(rule: Mapping[str, Any]) -> Metric | None:
    """Return what a library rule measures; None for other rules and for metrics that do not exist."""
    if type_of(rule) is not RuleType.LIBRARY:
        return None
    text = rule.get("metric")
    return Metric(text) if text in tuple(Metric) else LEGACY_METRICS.get(str(rule.get("rule")))


def arguments_of(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a rule's arguments; v3.0 kept ``validValues`` in the rule itself."""
    legacy = {name: rule[name] for name in ("validValues",) if "metric" not in rule and name in rule}
    return {**legacy, **(rule.get("arguments") or {})}


def operators_of(rule: Mapping[str, Any]) -> list[Operator]:
    """Return the operators that a rule carries; a good one carries one. ``validValues`` of v3.0 has it unsaid."""
    found = [operator for operator in Operator if operator in rule]
    return found or ([Operator.EQUAL] if _is_legacy_list(rule) else [])


def limit_of(rule: Mapping[str, Any], operator: Operator) -> Any:
    """Return what the operator compares with."""
    return rule.get(operator, 0)


def severity_of(text: str | None) -> Severity:
    """Read a severity as it is written; None means that nothing is written."""
    return Severity.WARN if text is not None and text.lower() in WARNINGS else Severity.FAIL


def is_value_of(value: Any, kind: LogicalType | None) -> bool:
    """Say whether a listed value is written as its property's type wants it; null always is."""
    if value is None or kind is None:
        return is_scalar(value)
    if isinstance(value, bool):
        return kind is LogicalType.BOOLEAN
    return isinstance(value, _VALUES.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Site:
    """A rule and where it stands.

    Attributes:
        path: of the rule in the document.
        kind: the logical type of the property it stands at; None at a dataset or without a type.
        columns: the names of the dataset's properties, for a rule at a dataset; None at a property.
    """

    document: Document
    path: Path
    rule: Mapping[str, Any]
    kind: LogicalType | None
    columns: frozenset[str] | None

    def finding(self, name: str, *inside: str | int, expected: str, found: str, hint: str = "") -> Finding:
        """Make a finding, under the name of a lint rule, at a part of this rule."""
        return finding(self.document, name, (*self.path, *inside), expected=expected, found=found, hint=hint)


def rule_faults(site: Site) -> Iterator[Finding]:
    """Give what is wrong with one rule beyond the form of its fields."""
    if "type" in site.rule and site.rule["type"] not in tuple(RuleType):
        return  # named already as no choice; the rest means nothing
    is_library = site.rule.get("type", RuleType.LIBRARY) == RuleType.LIBRARY
    if is_library and is_name_alone(site.rule):
        yield from () if is_before_3_1(site.document) else _no_metric(site)
        return
    match type_of(site.rule):
        case RuleType.LIBRARY:
            yield from _library(site)
        case RuleType.SQL:
            yield from _missing(site, "query")
            yield from _operators(site)
        case RuleType.CUSTOM:
            yield from _missing(site, "engine", "implementation")
        case RuleType.TEXT:
            yield from _missing(site, *(() if site.rule.get("name") else ("description",)))
    for one in custom_faults(site.rule):
        yield site.finding("own-rule-malformed", *one.path, expected=one.expected, found=one.found, hint=one.hint)


def _library(site: Site) -> Iterator[Finding]:
    metric = metric_of(site.rule)
    if metric is None:
        yield from _no_metric(site)
        return
    yield from _operators(site)
    for operator in operators_of(site.rule):
        if isinstance(site.rule.get(operator), bool):
            yield site.finding(
                "limit-wrong-type", operator, expected="a number, for metrics count", found=shown(site.rule[operator])
            )
    if site.columns is not None and metric in _OF_PROPERTIES:
        hint = "Put the rule under the property that it means."
        yield site.finding(
            "metric-at-dataset", "metric", expected="a metric of a whole dataset", found=f"'{metric}'", hint=hint
        )
    if isinstance(site.rule.get("arguments", {}), dict):
        yield from _arguments(site, metric, arguments_of(site.rule))


def _no_metric(site: Site) -> Iterator[Finding]:
    if "metric" in site.rule:
        return  # named already as no choice
    hint = "A rule in words has 'type: text'."
    yield site.finding("metric-missing", expected=f"a metric, one of {', '.join(Metric)}", found="nothing", hint=hint)


def _missing(site: Site, *names: str) -> Iterator[Finding]:
    for name in names:
        if site.rule.get(name) in (None, ""):
            wanted = f"the field '{name}' of a {type_of(site.rule)} rule"
            yield site.finding("rule-field-missing", name, expected=wanted, found="nothing")


def _operators(site: Site) -> Iterator[Finding]:
    found = operators_of(site.rule)
    if not found:
        yield site.finding("operator-missing", expected=f"an operator, one of {', '.join(Operator)}", found="nothing")
    for extra in found[1:]:
        hint = f"Keep '{found[0]}' alone, use 'mustBeBetween' for both ends, or write a second rule."
        yield site.finding(
            "operator-extra", extra, expected="one operator a rule", found=f"'{extra}' as well", hint=hint
        )
    for operator in found:
        yield from _limit(site, operator, limit_of(site.rule, operator))


def _limit(site: Site, operator: Operator, value: Any) -> Iterator[Finding]:
    if operator in _PAIRS:
        if not (isinstance(value, list) and len(value) == 2 and all(is_number(end) for end in value)):
            yield site.finding("limit-wrong-type", operator, expected="two numbers, as [1, 5]", found=shown(value))
        elif value[0] >= value[1]:
            yield site.finding(
                "limits-out-of-order", operator, expected="the lower number first", found=f"[{value[0]}, {value[1]}]"
            )
    elif not (is_number(value) or (operator in _EQUALITIES and isinstance(value, bool))):
        hint = "Take the quotation marks away." if is_text(value) else ""
        yield site.finding("limit-wrong-type", operator, expected="a number", found=shown(value), hint=hint)


def _is_legacy_list(rule: Mapping[str, Any]) -> bool:
    return "metric" not in rule and rule.get("rule") == "validValues"


def _arguments(site: Site, metric: Metric, arguments: Mapping[str, Any]) -> Iterator[Finding]:
    match metric:
        case Metric.MISSING_VALUES:
            yield from _listed(site, arguments, "missingValues")
        case Metric.INVALID_VALUES:
            if "validValues" in arguments:
                yield from _listed(site, arguments, "validValues")
            problem = pattern_problem(arguments["pattern"]) if "pattern" in arguments else None
            if problem:
                yield site.finding(
                    "pattern-invalid", "arguments", "pattern", expected="a regular expression", found=problem
                )
        case Metric.DUPLICATE_VALUES if site.columns is not None:
            yield from _key(site, arguments, site.columns)
        case _:
            return


def _listed(site: Site, arguments: Mapping[str, Any], name: str) -> Iterator[Finding]:
    values = arguments.get(name)
    if not isinstance(values, list):
        yield site.finding(
            "values-missing", "arguments", name, expected=f"a list of values in '{name}'", found=shown(values)
        )
        return
    if not any(value is not None for value in values) and name == "validValues":
        yield site.finding(
            "values-missing", "arguments", name, expected="at least one value that is not null", found=shown(values)
        )
    for index, value in enumerate(values):
        if not is_value_of(value, site.kind):
            wanted = f"a value of the type {site.kind}" if site.kind else "a single value"
            yield site.finding("value-wrong-type", "arguments", name, index, expected=wanted, found=shown(value))


def _key(site: Site, arguments: Mapping[str, Any], columns: frozenset[str]) -> Iterator[Finding]:
    names = arguments.get("properties")
    if not are_texts(names) or not names:
        wanted = "the key's property names in 'properties' of the arguments"
        yield site.finding("key-missing", "arguments", "properties", expected=wanted, found=shown(names))
        return
    for index, name in enumerate(names or []):
        if name not in columns and _COLUMN.split(name)[0] not in columns:
            wanted = f"a property of this dataset ({', '.join(sorted(columns))})"
            yield site.finding(
                "key-property-unknown", "arguments", "properties", index, expected=wanted, found=repr(name)
            )
