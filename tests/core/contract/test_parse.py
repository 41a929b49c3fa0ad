"""Reading contracts: what is kept, and what is refused at which line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.errors import AssayError, Fault
from assay.base.reading import read_yaml
from assay.contract.model import Contract, LogicalType, Metric, Operator, RuleType
from assay.contract.parse import parse_contract

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "odcs"
"""The standard's own examples."""


def official(kind: str) -> list[Path]:
    return sorted((OFFICIAL / kind).glob("*.yaml"))


@pytest.mark.parametrize("path", official("valid"), ids=lambda path: path.name)
def test_an_official_example_is_read(path: Path) -> None:
    assert parse_contract(read_yaml(path.read_bytes(), path.name)).id


REASONS = {
    "additional-unknown-property": (9, "'unknownRootField'"),
    "enum-empty": (15, "an empty list"),
    "invalid-api-version": (5, "'v4.0.0'"),
    "invalid-quality-dimension": (20, "'validity'"),
    "invalid-quality-type": (17, "'unknown'"),
    "map-missing-key": (15, "nothing"),
    "missing-required-fields": (1, "nothing"),
    "quality-element-field": (18, "'element'"),
    "quality-multiple-operators": (20, "'mustNotBe' as well"),
    "quality-sql-missing-query": (17, "nothing"),
    "relationship-schema-level-missing-from-to": (13, "nothing"),
    "schema-property-missing-name": (13, "nothing"),
    "server-missing-conditional-fields": (10, "nothing"),
    "sla-missing-required-value": (10, "nothing"),
}


@pytest.mark.parametrize("path", official("invalid"), ids=lambda path: path.name)
def test_an_official_counterexample_is_refused_for_its_reason_at_its_line(path: Path) -> None:
    with pytest.raises(AssayError) as refused:
        parse_contract(read_yaml(path.read_bytes(), path.name))

    assert REASONS[path.name.removesuffix(".odcs.yaml")] in [
        (fault.where.line, fault.found) for fault in refused.value.faults
    ]


def test_what_a_contract_says_becomes_values(parse: Callable[..., Contract]) -> None:
    contract = parse("""\
        name: Orders
        status: active
        domain: sales
        servers:
        - {server: files, type: local, environment: dev, path: data/*.parquet, format: parquet}
        schema:
        - name: orders
          physicalName: orders_v1
          dataGranularityDescription: one row an order
          properties:
          - {name: line, primaryKey: true, primaryKeyPosition: 2, logicalType: integer}
          - {name: order, primaryKey: true, primaryKeyPosition: 1, physicalName: order_id, classification: public}
          quality:
          - {id: many, metric: rowCount, mustBeBetween: [1, 9], severity: warning}
        slaProperties:
        - {property: freshness, value: 2, unit: d, customProperties: [{property: asOf, value: a.b}]}
        """)
    orders = contract.find("orders")

    assert (contract.name, contract.status, contract.domain, contract.version) == ("Orders", "active", "sales", "1.0.0")
    assert contract.servers[0].environment == "dev"
    assert contract.servers[0].settings["path"] == "data/*.parquet"
    assert orders is not None
    assert [part.column for part in orders.primary_key] == ["order_id", "line"]
    assert orders.properties[0].logical_type is LogicalType.INTEGER
    rule = orders.quality[0]
    assert (rule.type, rule.metric, rule.operator) == (RuleType.LIBRARY, Metric.ROW_COUNT, Operator.BETWEEN)
    assert (rule.value, rule.place.line) == ([1, 9], 18)
    assert contract.sla[0].custom == {"asOf": "a.b"}


def test_fields_that_are_not_known_are_kept_where_they_change_nothing(parse: Callable[..., Contract]) -> None:
    contract = parse("schema:\n- name: t\n  retentionClass: gold\n")

    assert contract.document["schema"][0]["retentionClass"] == "gold"


def test_all_faults_of_a_file_come_together_in_its_order(faults: Callable[..., list[Fault]]) -> None:
    found = faults("""\
        color: red
        schema:
        - name: t
          properties:
          - {name: a, required: maybe}
          - {name: a}
          - {logicalType: text, name: b}
          quality:
          - {metric: rowCount}
        """)

    assert [(fault.where.line, fault.found) for fault in found] == [
        (5, "'color'"),
        (9, "'maybe'"),
        (10, "'a' again (first on line 9)"),
        (11, "'text'"),
        (13, "nothing"),
    ]


def test_a_number_for_a_version_is_refused_with_the_way_to_write_it(faults: Callable[..., list[Fault]]) -> None:
    (fault,) = faults("", head="version: 1.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n")

    assert (fault.where.line, fault.expected, fault.found) == (1, "a text for 'version'", "1.0")
    assert "quotation marks" in fault.hint


def test_a_misspelt_field_is_refused_with_the_one_that_is_meant(
    faults: Callable[..., list[Fault]], column: Callable[[str], str]
) -> None:
    (fault,) = faults(column("requird: true"))

    assert (fault.where.line, fault.found, fault.hint) == (8, "'requird'", "Did you mean 'required'?")


def test_a_misspelt_operator_is_refused_and_not_passed_over(
    faults: Callable[..., list[Fault]], column: Callable[[str], str]
) -> None:
    found = faults(column("quality: [{metric: nullValues, mustBeLesThan: 5}]"))

    assert {fault.found for fault in found} == {"'mustBeLesThan'", "nothing"}
    assert "Did you mean 'mustBeLessThan'?" in {fault.hint for fault in found}


@pytest.mark.parametrize(
    ("fields", "expected", "found"),
    [
        ("quality: [{metric: nulls, mustBe: 0}]", "one of nullValues, missingValues", "'nulls'"),
        ("quality: [{metric: nullValues}]", "an operator, one of mustBe", "nothing"),
        ("quality: [{metric: nullValues, mustBe: '0'}]", "a number", "'0'"),
        ("quality: [{metric: nullValues, mustBe: true}]", "a number, for metrics count", "True"),
        ("quality: [{metric: nullValues, mustBeBetween: 5}]", "two numbers, as [1, 5]", "5"),
        ("quality: [{metric: nullValues, mustBeBetween: [5, 1]}]", "the lower number first", "[5, 1]"),
        ("quality: [{metric: nullValues, mustBe: 0, mustBeLessThan: 5}]", "one operator a rule", "'mustBeLessThan' as"),
        ("quality: [{type: sql, mustBe: 0}]", "the field 'query' of a sql rule", "nothing"),
        ("quality: [{type: custom, engine: assay}]", "the field 'implementation' of a custom rule", "nothing"),
        ("quality: [{type: text}]", "the field 'description' of a text rule", "nothing"),
        ("quality: [{description: fine}]", "a metric, one of", "nothing"),
        (
            "logicalType: integer, quality: [{metric: invalidValues, arguments: {validValues: ['1']}, mustBe: 0}]",
            "a value of the type integer",
            "'1'",
        ),
        (
            "quality: [{metric: invalidValues, arguments: {validValues: [null]}, mustBe: 0}]",
            "at least one value that is not null",
            "a list of 1 entries",
        ),
        (
            "quality: [{metric: invalidValues, arguments: {pattern: '[a-'}, mustBe: 0}]",
            "a regular expression",
            "unterminated character set at character 0",
        ),
        (
            "logicalType: integer, quality: [{metric: missingValues, arguments: {missingValues: ['']}, mustBe: 0}]",
            "a value of the type integer",
            "''",
        ),
        (
            "quality: [{id: r, metric: rowCount, mustBe: 1}, {id: r, metric: rowCount, mustBe: 2}]",
            "each rule id",
            "'r'",
        ),
        ("logicalType: string, logicalTypeOptions: {pattern: '('}", "a regular expression", "missing )"),
        ("logicalType: string, logicalTypeOptions: {minimum: 1}", "an option of the type string", "'minimum'"),
        ("logicalType: string, logicalTypeOptions: {minLength: -1}", "a whole number from 0", "-1"),
        ("logicalType: integer, logicalTypeOptions: {minimum: 5, maximum: 1}", "'maximum' not below", "1 below 5"),
        ("logicalType: integer, enum: [{value: a}]", "a value of the type integer", "'a'"),
        ("enum: [{value: a}, {value: a}]", "each value once", "'a' again"),
        ("enum: []", "at least one value", "an empty list"),
        ("logicalType: map", "the field 'map'", "nothing"),
        ("relationships: [{to: t.b}]", "a property that exists", "'t.b': no property 'b' in t"),
        ("relationships: [{to: schema/u/properties/b}]", "a property that exists", "no dataset with the id 'u'"),
        ("relationships: [{to: b}]", "a property that exists", "'b': no reference"),
        ("relationships: [{to: u.b, from: t.a}]", "a field that a property relationship has", "'from'"),
        ("relationships: [{to: [u.b, u.c]}]", "one reference for one column", "a list of 2 entries"),
    ],
)
def test_a_column_is_refused_for(
    faults: Callable[..., list[Fault]], column: Callable[[str], str], fields: str, expected: str, found: str
) -> None:
    (fault,) = faults(column(fields))

    assert expected in fault.expected
    assert found in fault.found
    assert fault.where.line == 8


@pytest.mark.parametrize(
    ("body", "line", "expected", "found"),
    [
        ("schema: [{name: t}, {name: t}]", 5, "each dataset name once", "'t' again (first on line 5)"),
        ("servers:\n- {server: s, type: local, path: p}", 6, "the field 'format' of a server of type local", "nothing"),
        ("servers:\n- {server: s, type: floppy}", 6, "one of api, athena", "'floppy'"),
        (
            "slaProperties:\n- {property: freshness, value: 2, unit: m, element: t.a}",
            6,
            "a span of time",
            "2 m",
        ),
        (
            "schema:\n- name: t\n  quality:\n  - {metric: nullValues, mustBe: 0}",
            8,
            "a metric of a whole dataset",
            "'nullValues'",
        ),
        (
            "schema:\n- name: t\n  quality:\n  - {metric: duplicateValues, mustBe: 0}",
            8,
            "the key's property names",
            "nothing",
        ),
        (
            "schema:\n- name: t\n  quality:\n  - {metric: duplicateValues, mustBe: 0, arguments: {properties: [z]}}",
            8,
            "a property of this dataset",
            "'z'",
        ),
        (
            "schema:\n- name: t\n  properties: [{name: a}, {name: b}]\n"
            "  relationships:\n  - {from: [t.a, t.b], to: u.c}",
            9,
            "as many columns in 'to' as in 'from'",
            "2 columns and a single one",
        ),
        (
            "schema:\n- name: t\n  relationships:\n  - {from: v.a, to: u.c}",
            8,
            "columns of t in 'from'",
            "a column of v",
        ),
        (
            "schema:\n- name: t\n  properties: [{name: a}, {name: b}]\n"
            "  relationships:\n  - {from: [t.a, t.b], to: [u.c, v.d]}",
            9,
            "columns of one table",
            "columns of u, v",
        ),
    ],
)
def test_a_contract_is_refused_for(
    faults: Callable[..., list[Fault]], body: str, line: int, expected: str, found: str
) -> None:
    (fault,) = faults(body)

    assert fault.where.line == line
    assert expected in fault.expected
    assert found in fault.found


def test_a_number_that_no_digest_can_hold_is_refused_at_its_line(
    faults: Callable[..., list[Fault]], column: Callable[[str], str]
) -> None:
    (fault,) = faults(column("logicalType: integer, logicalTypeOptions: {maximum: 9223372036854775807}"))

    assert (fault.where.line, fault.found) == (8, "9223372036854775807")
    assert "i64" in fault.hint


def test_what_is_no_mapping_is_no_contract(faults: Callable[..., list[Fault]]) -> None:
    (fault,) = faults("- a\n- b\n", head="")

    assert fault.expected == "a data contract (a mapping)"


def test_patterns_that_only_other_dialects_know_are_let_pass(
    parse: Callable[..., Contract], column: Callable[[str], str]
) -> None:
    for pattern in (r"^\p{Lu}+$", r"(?<year>\d{4})", r"\z"):
        contract = parse(column(f"logicalType: string, logicalTypeOptions: {{pattern: '{pattern}'}}"))

        assert contract.datasets[0].properties[0].options["pattern"] == pattern


def test_rules_of_v3_0_are_read_as_those_of_v3_1(parse: Callable[..., Contract]) -> None:
    contract = parse(
        """\
        schema:
        - name: t
          properties:
          - name: a
            quality:
            - {rule: duplicateCount, mustBeLessThan: 10}
            - {rule: validValues, validValues: [x]}
        """,
        head="version: 1.0.0\napiVersion: v3.0.2\nkind: DataContract\nid: old\n",
    )
    duplicates, values = contract.datasets[0].properties[0].quality

    assert (duplicates.metric, duplicates.operator) == (Metric.DUPLICATE_VALUES, Operator.LESS)
    assert (values.metric, values.operator, values.value) == (Metric.INVALID_VALUES, Operator.EQUAL, 0)
    assert values.arguments == {"validValues": ["x"]}


def test_exclusive_bounds_of_v3_0_become_values(parse: Callable[..., Contract], column: Callable[[str], str]) -> None:
    options = "logicalType: integer, logicalTypeOptions: {minimum: 1, exclusiveMinimum: true, maximum: 9}"
    part = parse(column(options)).datasets[0].properties[0]

    assert part.options == {"exclusiveMinimum": 1, "maximum": 9}


def test_a_relationship_inside_the_contract_is_followed_by_name_and_by_id(parse: Callable[..., Contract]) -> None:
    contract = parse("""\
        schema:
        - name: t
          properties:
          - name: a
            relationships: [{to: u.b}, {to: schema/u_id/properties/b_id}, {to: sources.airlines.carrier}, {to: x.y}]
          - name: c
            relationships: [{to: 'other.yaml#/schema/u_id/properties/b_id'}]
        - name: u
          id: u_id
          properties: [{name: b, id: b_id}]
        """)
    first, second = contract.datasets[0].properties

    assert [(one.columns, one.target, one.target_columns) for one in first.relationships] == [
        (("a",), "u", ("b",)),
        (("a",), "u", ("b",)),
        (("a",), "sources.airlines", ("carrier",)),
        (("a",), "x", ("y",)),
    ]
    assert second.relationships[0].target is None
