"""Advice on single quality rules: what they mean here that their author may not expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from assay.contract.contradictions import counts_rows
from assay.contract.custom import ENGINE
from assay.contract.findings import Finding
from assay.contract.model import Metric, Operator, RuleType
from assay.contract.patterns import beyond_linear, pattern_problem
from assay.contract.rules import WARNINGS, Site, arguments_of, is_name_alone, limit_of, metric_of, operators_of, type_of
from assay.contract.shape import is_before_3_1, is_whole, shown
from assay.contract.walking import custom_of

FAILURES = frozenset({"fail", "error", "critical", "high", "blocker", "major", "medium"})
"""Spellings of severity that fail, as an author would expect."""

UNITS = frozenset({"rows", "row", "percent", "%"})
"""Spellings of units that mean something."""


def rule_hints(site: Site) -> Iterator[Finding]:
    """Give the advice on one rule."""
    for look in _LOOKS:
        yield from look(site)


def _identity(site: Site) -> Iterator[Finding]:
    if site.rule.get("id") in (None, ""):
        hint = "Give it an id, so that its history outlives changes."
        yield site.finding("rule-without-id", expected="the field 'id' of a rule", found="nothing", hint=hint)


def _severity(site: Site) -> Iterator[Finding]:
    severity = site.rule.get("severity")
    if isinstance(severity, str) and severity.lower() not in WARNINGS | FAILURES:
        wanted, hint = "a severity that is known", "It fails when violated; write 'warning' or 'error'."
        yield site.finding("severity-unknown", "severity", expected=wanted, found=shown(severity), hint=hint)


def _unit(site: Site) -> Iterator[Finding]:
    unit = site.rule.get("unit")
    if type_of(site.rule) is RuleType.LIBRARY and isinstance(unit, str) and unit.lower() not in UNITS:
        yield site.finding("unit-unknown", "unit", expected="rows or percent", found=shown(unit))


def _limit(site: Site) -> Iterator[Finding]:
    for operator in operators_of(site.rule)[:1]:
        limit = limit_of(site.rule, operator)
        if operator is Operator.BETWEEN and isinstance(limit, list) and limit and all(map(is_whole, limit)):
            wanted, hint = "ends that are meant to be inside", "Both ends pass; move them by one if they should not."
            yield site.finding(
                "between-includes-ends", operator, expected=wanted, found=f"mustBeBetween {limit}", hint=hint
            )
        is_fraction = isinstance(limit, float) and not limit.is_integer() and not counts_rows(site)
        if operator in {Operator.EQUAL, Operator.NOT_EQUAL} and is_fraction and "tolerance" not in custom_of(site.rule):
            wanted, hint = "a tolerance for a fraction", "Add the customProperty 'tolerance', or use a bound."
            yield site.finding(
                "float-compared-exactly", operator, expected=wanted, found=f"{operator} {limit}", hint=hint
            )


def _arguments(site: Site) -> Iterator[Finding]:
    if metric_of(site.rule) is not Metric.INVALID_VALUES:
        return
    arguments = arguments_of(site.rule) if isinstance(site.rule.get("arguments", {}), dict) else {}
    values: Any = arguments.get("validValues")
    if isinstance(values, list) and None in values:
        at, hint = ("arguments", "validValues", values.index(None)), "Null is never invalid; leave it out."
        yield site.finding("null-listed", *at, expected="values other than null", found="null", hint=hint)
    pattern = arguments.get("pattern")
    if isinstance(pattern, str) and not pattern_problem(pattern) and (beyond := beyond_linear(pattern)):
        yield site.finding("pattern-not-portable", "arguments", "pattern", expected="a pattern of RE2", found=beyond)


def _kind(site: Site) -> Iterator[Finding]:
    kind, engine = type_of(site.rule), site.rule.get("engine")
    if kind is RuleType.TEXT and (is_before_3_1(site.document) or not is_name_alone(site.rule)):
        at = "rule" if is_name_alone(site.rule) else "type"
        yield site.finding("rule-in-words", at, expected="a rule that can be run", found="a text")
    if kind is RuleType.CUSTOM and isinstance(engine, str) and engine != ENGINE:
        wanted = f"the engine '{ENGINE}'"
        yield site.finding("rule-engine-foreign", "engine", expected=wanted, found=shown(engine))
    if "rule" in site.rule and not is_before_3_1(site.document):
        yield site.finding("field-deprecated", "rule", expected="the field 'metric'", found="'rule'")


_LOOKS: tuple[Callable[[Site], Iterator[Finding]], ...] = (_identity, _kind, _severity, _unit, _limit, _arguments)
