"""Every rule of the lint: a contract that breaks it, and what is said where."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.findings import Finding, unreadable
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import LINT_RULES, Grade
from assay.contract.parse import parse_contract
from house import PACKAGE, ROOT

SCHEMA = load_contract_schema()
HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: orders\n"
"""Lines 1 to 4 of a contract; what a case adds begins on line 5."""


def look(text: str) -> list[Finding]:
    try:
        return list(inspect_contract(read_yaml(text, "c.yaml"), SCHEMA))
    except AssayError as error:
        return list(unreadable(error))


def column(fields: str) -> str:
    """Return a contract with one column ``a`` with these fields, all on line 8."""
    return f"{HEAD}schema:\n- name: t\n  properties:\n  - {{name: a, {fields}}}\n"


def rule(fields: str, kind: str = "") -> str:
    return column(f"{kind}quality: [{{{fields}}}]")


def table(fields: str) -> str:
    """Return a contract with a dataset of columns ``a`` and ``b`` with these fields, all on line 6."""
    return f"{HEAD}schema:\n- {{name: t, properties: [{{name: a}}, {{name: b}}], {fields}}}\n"


def body(text: str) -> str:
    return f"{HEAD}{text}\n"


def level(fields: str) -> str:
    return body(f"schema: [{{name: t, properties: [{{name: a}}]}}]\nslaProperties:\n- {{{fields}}}")


INVALID = "metric: invalidValues, mustBe: 0, arguments"

CASES: list[tuple[str, str, int, str]] = [
    ("file-unreadable", "a: 1\na: 2\n", 2, "'a' again (first on line 1)"),
    ("not-a-contract", "- a\n", 1, "a list of 1 entries"),
    ("field-missing", "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\n", 1, "nothing"),
    ("field-unknown", body("color: red"), 5, "'color'"),
    ("field-kind", column("required: maybe"), 8, "'maybe'"),
    ("value-not-allowed", column("semanticType: fact"), 8, "'fact'"),
    ("api-version-unknown", HEAD.replace("v3.2.0", "v2.2.2"), 2, "'v2.2.2'"),
    ("metric-unknown", rule("id: r, metric: nulls, mustBe: 0"), 8, "'nulls'"),
    ("dimension-unknown", rule("id: r, metric: nullValues, mustBe: 0, dimension: beauty"), 8, "'beauty'"),
    ("logical-type-unknown", column("logicalType: text"), 8, "'text'"),
    ("number-too-large", column("examples: [9223372036854775807]"), 8, "9223372036854775807"),
    ("standard-refuses", body("support:\n- {url: x}"), 6, "nothing"),
    ("field-not-in-standard", column("color: red"), 8, "'color'"),
    ("dataset-name-repeated", body("schema: [{name: t}, {name: t}]"), 5, "'t' again (first on line 5)"),
    (
        "property-name-repeated",
        table("properties: []").replace("b}", "a}").replace(", properties: []", ""),
        6,
        "'a' ag",
    ),
    (
        "server-name-repeated",
        body("servers:\n- {server: s, type: kinesis}\n- {server: s, type: kinesis}"),
        7,
        "'s' again (first on line 6)",
    ),
    ("id-repeated", body("schema: [{name: t, id: i}, {name: u, id: i}]"), 5, "'i' again (first on line 5)"),
    (
        "rule-id-repeated",
        rule("id: r, metric: nullValues, mustBe: 0}, {id: r, metric: nullValues, mustBeLessThan: 1"),
        8,
        "'r' again (first on line 8)",
    ),
    ("name-differs-in-case", body("schema: [{name: t}, {name: T}]"), 5, "'T' beside 't'"),
    ("version-without-three-numbers", HEAD.replace("1.0.0", "'1'"), 1, "'1'"),
    ("api-version-old", HEAD.replace("v3.2.0", "v3.0.2"), 2, "v3.0.2"),
    ("field-deprecated", body("dataProduct: x"), 5, "'dataProduct'"),
    ("metric-missing", rule("id: r, description: fine"), 8, "nothing"),
    ("metric-at-dataset", table("quality: [{id: r, metric: nullValues, mustBe: 0}]"), 6, "'nullValues'"),
    ("rule-field-missing", rule("id: r, type: sql, mustBe: 0"), 8, "nothing"),
    ("operator-missing", rule("id: r, metric: nullValues"), 8, "nothing"),
    ("operator-extra", rule("id: r, metric: nullValues, mustBe: 0, mustBeLessThan: 5"), 8, "'mustBeLessThan' as well"),
    ("limit-wrong-type", rule("id: r, metric: nullValues, mustBe: '0'"), 8, "'0'"),
    ("limits-out-of-order", rule("id: r, metric: nullValues, mustBeBetween: [5, 1]"), 8, "[5, 1]"),
    ("values-missing", rule(f"id: r, {INVALID}: {{validValues: 5}}"), 8, "5"),
    ("value-wrong-type", rule(f"id: r, {INVALID}: {{validValues: ['1']}}", "logicalType: integer, "), 8, "'1'"),
    ("value-wrong-type", rule(f"id: r, {INVALID}: {{validValues: [1]}}", "logicalType: date, "), 8, "1"),
    (
        "value-wrong-type",
        rule("id: r, metric: missingValues, mustBe: 0, arguments: {missingValues: ['']}", "logicalType: number, "),
        8,
        "''",
    ),
    ("key-missing", table("quality: [{id: r, metric: duplicateValues, mustBe: 0}]"), 6, "nothing"),
    (
        "key-property-unknown",
        table("quality: [{id: r, metric: duplicateValues, mustBe: 0, arguments: {properties: [a, z]}}]"),
        6,
        "'z'",
    ),
    ("pattern-invalid", rule(f"id: r, {INVALID}: {{pattern: '[a-'}}"), 8, "unterminated character set at character 0"),
    (
        "rules-contradict",
        table(
            "quality: [{id: r, metric: rowCount, mustBeLessThan: 5}, {id: s, metric: rowCount, mustBeGreaterThan: 9}]"
        ),
        6,
        "mustBeGreaterThan 9",
    ),
    (
        "rules-contradict",
        rule("id: r, metric: nullValues, mustBeLessThan: 3}, {id: s, metric: nullValues, mustBeGreaterThan: 2"),
        8,
        "mustBeGreaterThan 2",
    ),
    (
        "rules-contradict",
        rule("id: r, type: sql, query: q, mustBe: 1}, {id: s, type: sql, query: q, mustNotBe: 1"),
        8,
        "mustNotBe 1",
    ),
    (
        "own-rule-malformed",
        rule("id: r, type: custom, engine: assay, implementation: {check: nothing}"),
        8,
        "'nothing'",
    ),
    (
        "pattern-not-portable",
        rule(f"id: r, {INVALID}: {{pattern: '^(?!x)'}}"),
        8,
        "a negative lookahead at character 1",
    ),
    (
        "pattern-not-portable",
        column(r"logicalType: string, logicalTypeOptions: {pattern: '(a)\1'}"),
        8,
        "a back reference at character 3",
    ),
    ("rule-without-id", rule("metric: nullValues, mustBe: 0"), 8, "nothing"),
    (
        "between-includes-ends",
        table("quality: [{id: r, metric: rowCount, mustBeBetween: [1, 5]}]"),
        6,
        "mustBeBetween [",
    ),
    ("severity-unknown", rule("id: r, metric: nullValues, mustBe: 0, severity: purple"), 8, "'purple'"),
    ("null-listed", rule(f"id: r, {INVALID}: {{validValues: [x, null]}}"), 8, "null"),
    ("float-compared-exactly", rule("id: r, type: sql, query: q, mustBe: 0.1"), 8, "mustBe 0.1"),
    ("unit-unknown", rule("id: r, metric: nullValues, mustBe: 0, unit: permille"), 8, "'permille'"),
    ("limit-always-holds", rule("id: r, metric: nullValues, mustBeGreaterOrEqualTo: 0"), 8, "mustBeGreaterOrEqualTo 0"),
    (
        "limit-always-holds",
        rule("id: r, metric: nullValues, mustBeLessThan: 101, unit: percent"),
        8,
        "mustBeLessThan 101",
    ),
    ("limit-never-holds", rule("id: r, metric: nullValues, mustBeLessThan: 0"), 8, "mustBeLessThan 0"),
    ("limit-never-holds", rule("id: r, metric: nullValues, mustBe: 2.5"), 8, "mustBe 2.5"),
    ("rule-engine-foreign", rule("id: r, type: custom, engine: soda, implementation: x"), 8, "'soda'"),
    ("rule-in-words", rule("id: r, type: text, description: Fine."), 8, "a text"),
    ("option-unknown", column("logicalType: string, logicalTypeOptions: {minimum: 1}"), 8, "'minimum'"),
    ("option-wrong-type", column("logicalType: string, logicalTypeOptions: {minLength: -1}"), 8, "-1"),
    ("bounds-contradict", column("logicalType: integer, logicalTypeOptions: {minimum: 5, maximum: 1}"), 8, "1 below 5"),
    (
        "bounds-contradict",
        column("logicalType: string, logicalTypeOptions: {minLength: 5, maxLength: 1}"),
        8,
        "1 below 5",
    ),
    (
        "bounds-contradict",
        column("logicalType: number, logicalTypeOptions: {minimum: 5, exclusiveMaximum: 5}"),
        8,
        "5 and 5",
    ),
    (
        "bounds-contradict",
        column("logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 1, exclusiveMaximum: 2}"),
        8,
        "1 and 2",
    ),
    (
        "bounds-contradict",
        column("logicalType: date, logicalTypeOptions: {minimum: '2026-02-01', maximum: '2026-01-31'}"),
        8,
        "2026-01-31 below 2026-02-01",
    ),
    (
        "bounds-contradict",
        column("logicalType: time, logicalTypeOptions: {minimum: '09:00:00', maximum: '08:00:00'}"),
        8,
        "08:00:00 below 09:00:00",
    ),
    ("bound-not-iso", column("logicalType: date, logicalTypeOptions: {minimum: 31.1.2026}"), 8, "'31.1.2026'"),
    ("bound-not-iso", column("logicalType: timestamp, logicalTypeOptions: {maximum: noon}"), 8, "'noon'"),
    ("enum-empty", column("enum: []"), 8, "an empty list"),
    ("enum-value-type", column("logicalType: integer, enum: [{value: a}]"), 8, "'a'"),
    ("enum-value-repeated", column("enum: [{value: a}, {value: a, label: A}]"), 8, "'a' again"),
    (
        "enum-value-excluded",
        column("logicalType: string, enum: [{value: ab}], logicalTypeOptions: {maxLength: 1}"),
        8,
        "'ab'",
    ),
    (
        "enum-value-excluded",
        column("logicalType: string, enum: [{value: ab}], logicalTypeOptions: {pattern: '^[A-Z]+$'}"),
        8,
        "'ab'",
    ),
    (
        "enum-value-excluded",
        column("logicalType: integer, enum: [{value: 7}], logicalTypeOptions: {exclusiveMaximum: 7}"),
        8,
        "7",
    ),
    (
        "enum-value-excluded",
        column("logicalType: date, enum: [{value: '2026-01-01'}], logicalTypeOptions: {minimum: '2026-01-02'}"),
        8,
        "'2026-01-01'",
    ),
    ("map-missing", column("logicalType: map"), 8, "nothing"),
    (
        "key-may-be-absent",
        column("primaryKey: true, customProperties: [{property: allowAbsent, value: true}]"),
        8,
        "'allowAbsent'",
    ),
    (
        "absent-but-required",
        column("required: true, customProperties: [{property: allowAbsent, value: true}]"),
        8,
        "both",
    ),
    ("key-stated-optional", column("primaryKey: true, required: false"), 8, "required: false"),
    ("unique-among-few", column("unique: true, enum: [{value: a}]"), 8, "unique among 1 values"),
    ("example-wrong-type", column("logicalType: integer, examples: [1, one]"), 8, "'one'"),
    ("relationship-target-missing", column("relationships: [{to: t.z}]"), 8, "'t.z': no property 'z' in t"),
    ("relationship-many-at-property", column("relationships: [{to: [u.a, u.b]}]"), 8, "a list of 2 entries"),
    (
        "relationship-sides-differ",
        table("relationships: [{from: [t.a, t.b], to: [u.a]}]"),
        6,
        "2 columns and 1 columns",
    ),
    ("relationship-from-elsewhere", table("relationships: [{from: v.a, to: u.a}]"), 6, "a column of v"),
    ("relationship-to-several", table("relationships: [{from: [t.a, t.b], to: [u.a, v.a]}]"), 6, "columns of u, v"),
    (
        "relationship-not-followed",
        column("relationships: [{to: other.yaml#/schema/u/properties/a}]"),
        8,
        "'other.yaml#",
    ),
    (
        "relationship-types-differ",
        column("logicalType: string, relationships: [{to: t.b}]") + "  - {name: b, logicalType: integer}\n",
        8,
        "'t.b' of the type integer",
    ),
    ("span-unreadable", level("property: freshness, value: 2, unit: m, element: t.a"), 7, "2 m"),
    ("service-level-element-unknown", level("property: freshness, value: 2, unit: d, element: t.z"), 7, "'t.z'"),
    (
        "service-level-repeated",
        level("property: frequency, value: 1, element: t}\n- {property: frequency, value: 2, element: t"),
        8,
        "frequency of t again (first on line 7)",
    ),
    ("latency-means-freshness", level("property: latency, value: 2, unit: d, element: t.a"), 7, "latency"),
    ("server-type-unknown", body("servers:\n- {server: s, type: floppy}"), 6, "'floppy'"),
    ("server-field-missing", body("servers:\n- {server: s, type: local, path: p}"), 6, "nothing"),
]


@pytest.mark.parametrize(
    ("name", "text", "line", "found"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)]
)
def test_a_contract_that_breaks_one_rule_is_told_so_at_its_line_and_nothing_else(
    name: str, text: str, line: int, found: str
) -> None:
    (one,) = look(text)

    assert (one.rule, one.where.file, one.where.line) == (name, "c.yaml", line)
    assert one.found.startswith(found)
    assert one.expected
    assert one.grade is LINT_RULES[name].grade


def test_every_rule_has_a_contract_that_breaks_it() -> None:
    assert set(LINT_RULES) == {case[0] for case in CASES}


LINT_ONLY = {
    "standard-refuses",
    "field-not-in-standard",
    "rules-contradict",
    "enum-value-excluded",
}
"""Faults that reading lets pass: the contract has a meaning without them mended."""


@pytest.mark.parametrize(("name", "text"), [case[:2] for case in CASES])
def test_reading_refuses_a_fault_but_those_of_the_lint_alone_and_never_a_hint(name: str, text: str) -> None:
    if LINT_RULES[name].grade is Grade.FAULT and name not in LINT_ONLY:
        with pytest.raises(AssayError):
            parse_contract(read_yaml(text, "c.yaml"))
    else:
        assert parse_contract(read_yaml(text, "c.yaml")).id == "orders"


def test_no_rule_is_in_the_table_that_the_code_does_not_know() -> None:
    texts: set[str] = set()
    for path in (PACKAGE / "contract").glob("*.py"):
        if path.name != "lint_rules.py":
            tree = ast.walk(ast.parse(path.read_text()))
            texts |= {node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    assert {name for name in LINT_RULES if name not in texts and not name.endswith("-name-repeated")} == set()


@pytest.mark.parametrize(
    "text",
    [
        column("logicalType: date, logicalTypeOptions: {minimum: 31.1.2026, format: d.M.yyyy}"),
        column("logicalType: timestamp, logicalTypeOptions: {minimum: '2026-01-01', maximum: '2026-01-01T12:00:00Z'}"),
        column("logicalType: string, enum: [{value: ab}], logicalTypeOptions: {pattern: '(a+)+$'}"),
        table(
            "quality: [{id: r, metric: rowCount, mustBeGreaterThan: 5}, {id: s, metric: rowCount, mustBeLessThan: 9}]"
        ),
        rule("id: r, metric: nullValues, mustBeLessThan: 5}, {id: s, metric: nullValues, mustBe: 9, unit: percent"),
        rule(
            "id: r, metric: nullValues, mustBe: 0}, {id: s, metric: nullValues, mustBe: 9, "
            "customProperties: [{property: filter, value: x > 1}]"
        ),
        rule(f"id: r, {INVALID}: {{pattern: '[[:alpha:]]+-(?:x|y)'}}"),
        column("relationships: [{to: u.a}]"),
        level("property: freshness, value: 2, unit: d, element: a"),
        column("unique: true, required: true, examples: [1, x]"),
    ],
)
def test_what_makes_sense_is_left_in_peace(text: str) -> None:
    assert look(text) == []


def test_a_hint_is_not_given_where_a_fault_stands() -> None:
    found = look(rule("metric: nullValues"))

    assert [one.rule for one in found] == ["operator-missing"]


def explained() -> str:
    """Return the table of the documentation as the rules say it."""
    rows = [f"| `{name}` | {rule.grade} | {rule.meaning} |" for name, rule in LINT_RULES.items()]
    return "\n".join(["| rule | | what it means |", "|---|---|---|", *rows])


def test_the_documentation_explains_every_rule_as_the_table_does() -> None:
    assert explained() in (ROOT / "docs" / "contracts.md").read_text()


@pytest.mark.parametrize("name", LINT_RULES)
def test_a_meaning_is_a_sentence(name: str) -> None:
    assert LINT_RULES[name].meaning.endswith(".")
    assert "|" not in LINT_RULES[name].meaning
    assert Path(name).name == name.lower()
