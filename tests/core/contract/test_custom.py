"""The form of our own rules and terms: what is wrong with them is said with file and line, all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.base.errors import Fault
from assay.contract.model import Contract

Faults = Callable[..., list[Fault]]

OTHER = "{property: moon, value: 1}"


def own(implementation: str) -> str:
    """Return a rule of ours."""
    return f"{{id: r, type: custom, engine: assay, implementation: {implementation}}}"


@pytest.mark.parametrize(
    ("implementation", "expected"),
    [
        ("{check: moon}", "one of row, conditional, anyOf"),
        ("{check: row}", "the field 'condition' (a text of SQL)"),
        ("{check: row, condition: a, limit: 1}", "one of check, unit, condition"),
        ("{check: row, condition: a, unit: percent}", "an operator, one of"),
        ("{check: row, condition: a, mustBe: x}", "a number"),
        ("{check: row, condition: a, mustBe: 1, mustNotBe: 1}", "one operator"),
        ("{check: row, condition: a, mustBeBetween: [2, 1]}", "two numbers, the lower first"),
        ("{check: anyOf, conditions: [a]}", "a list of two or more texts of SQL"),
        ("{check: controlTotal, expression: sum(a), source: u}", "'sourceExpression' beside it"),
        ("{check: controlTotal, expression: a, source: u, sourceExpression: b, query: c}", "'source' or 'query'"),
        ("{check: reconciliation, with: u, level: rows}", "'key' to compare rows by"),
        ("{check: reconciliation, with: u.v.w}", "the name of a table"),
        ("{check: series, column: a, step: minute}", "one of hour, day, week"),
        ("{check: series, column: a, step: day, from: 1.2.2024}", "a date or moment in ISO 8601"),
        ("{check: series, column: a, step: month, businessDays: true}", "the step 'day'"),
        ("{check: gapless, column: a, from: 1.5}", "a whole number"),
        ("{check: volume, runs: 0}", "a whole number from 1"),
        ("{check: volume, mustBe: 5}", "one of check, runs"),
        ("{check: controlTotal, expression: sum(a)}", "'source', 'query' or an operator"),
        ("row", "a mapping with 'check'"),
    ],
)
def test_a_rule_of_ours_of_another_form_refuses_the_contract_at_its_line(
    faults: Faults, implementation: str, expected: str
) -> None:
    (fault,) = faults(f"schema:\n- name: t\n  quality:\n  - {own(implementation)}\n")

    assert fault.expected.startswith(expected)
    assert fault.where.line == 8


def test_all_that_is_wrong_with_a_rule_of_ours_is_said_at_once(faults: Faults) -> None:
    settings = "{check: sequence, orderBy: a, per: 5, strict: maybe}"

    assert len(faults(f"schema: [{{name: t, quality: [{own(settings)}]}}]")) == 4


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("{property: warn, value: 5}", "a mapping with an operator for 'warn'"),
        ("{property: warn, value: {mustBe: x}}", "a number"),
        ("{property: scope, value: all}", "one of filtered, table, window for 'scope'"),
    ],
)
def test_terms_of_another_form_refuse_the_contract_at_their_place(faults: Faults, terms: str, expected: str) -> None:
    rule = "{id: r, metric: rowCount, mustBe: 1, customProperties: [{property: a, value: b}, %s]}"
    (fault,) = faults(f"schema:\n- name: t\n  quality:\n  - {rule % terms}\n")

    assert fault.expected.startswith(expected)
    assert fault.where.line == 8


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("5", "a mapping of what is promised to its terms"),
        ("{required: 5}", "a mapping of terms"),
        ("{required: {mustBee: 0}}", "one of unit, tolerance"),
        ("{required: {unit: percent}}", "an operator, one of"),
        ("{required: {warn: {}}}", "an operator, one of"),
    ],
)
def test_limits_of_another_form_refuse_the_contract_at_their_place(
    faults: Faults, column: Callable[[str], str], limits: str, expected: str
) -> None:
    (fault,) = faults(column(f"required: true, customProperties: [{{property: limits, value: {limits}}}]"))

    assert fault.expected.startswith(expected)
    assert fault.where.line == 8


def test_the_limit_of_a_relationship_and_of_a_service_level_are_held_to_the_same_form(faults: Faults) -> None:
    limit = "customProperties: [{property: limit, value: {mustBe: x}}]"
    inside = f"{{name: b, relationships: [{{to: t.a, {limit}}}]}}"
    body = f"""\
        schema:
        - {{name: t, properties: [{{name: a, logicalType: object, properties: [{inside}]}}]}}
        slaProperties: [{{property: retention, value: P1D, element: t.a, {limit}}}]
        """

    assert [fault.where.line for fault in faults(body)] == [6, 7]


def test_properties_and_rules_of_others_are_none_of_ours(parse: Callable[..., Contract]) -> None:
    other = f"{{id: r, type: custom, engine: soda, implementation: {{check: moon}}, customProperties: [{OTHER}]}}"
    contract = parse(f"schema: [{{name: t, quality: [{other}]}}]")

    assert contract.datasets[0].quality[0].engine == "soda"
