"""Checks: every promise is one, with an identity of its own."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.reading import Document, read_yaml
from assay.base.snapshots import Column
from assay.contract.model import Severity
from assay.contract.parse import parse_contract
from assay.validation.checks import Check, checks_of
from assay.validation.reads import compile_reads
from assay.validation.verdicts import judge
from core.validation.duck import HEAD, NOW, ONTIME, checks_on, contract_of


def ids(body: str) -> list[str]:
    return [check.id for check in checks_on(contract_of(body))]


def only(body: str, what: str) -> Check:
    checks = checks_on(contract_of(body))
    (found,) = [one for one in checks if one.id == what] or [one for one in checks if what in one.id]
    return found


def test_a_contract_reads_as_sentences(snapshot: SnapshotAssertion) -> None:
    checks = checks_on(contract_of(ONTIME), "ontime_daily")

    assert "\n".join(f"{check.severity} {check.dimension:12} {check.sentence}" for check in checks) == snapshot


def test_every_field_rule_and_promise_is_one_check_and_two_are_implied() -> None:
    checks = checks_on(contract_of(ONTIME), "ontime_daily")
    fields = 4 + 4 + 2 + 2 + 1 + 1 + 1 + 1  # presence, type, required, unique and pattern, length, enum, range, key
    rules, promises, implied = 3 + 4, 1 + 2, 2

    assert len(checks) == fields + rules + promises + implied
    assert len({check.id for check in checks}) == len(checks)


def test_an_authors_id_is_the_identity() -> None:
    assert only(ONTIME.replace("ontime_daily", "t"), "volume").id == "volume"


def test_an_identity_does_not_depend_on_the_position_or_on_words_for_people(column: Callable[[str], str]) -> None:
    one = "{metric: nullValues, mustBe: 0, description: First.}"
    other = "{metric: duplicateValues, mustBe: 0}"
    reworded = one.replace("First.", "Second., name: n, businessImpact: none")

    assert sorted(ids(column(f"quality: [{one}, {other}]"))) == sorted(ids(column(f"quality: [{other}, {reworded}]")))


@pytest.mark.parametrize("change", ["mustBe: 1", "mustBe: 0, severity: warn", "mustBe: 0, unit: percent"])
def test_a_rule_that_means_something_else_is_another_check(column: Callable[[str], str], change: str) -> None:
    before = ids(column("quality: [{metric: nullValues, mustBe: 0}]"))

    assert len(set(before) ^ set(ids(column(f"quality: [{{metric: nullValues, {change}}}]")))) == 2


def test_the_same_rule_twice_is_two_checks(column: Callable[[str], str]) -> None:
    found = ids(column("quality: [{metric: nullValues, mustBe: 0}, {metric: nullValues, mustBe: 0}]"))

    assert len(set(found)) == len(found)
    assert sum("nullValues" in check_id for check_id in found) == 2


def test_a_check_knows_where_the_contract_says_it(column: Callable[[str], str]) -> None:
    check = only(column("quality: [{id: r, metric: nullValues, mustBe: 0, severity: low}]"), "r")

    assert (check.place.file, check.place.line, check.severity) == ("c.yaml", 8, Severity.WARN)


def test_a_promise_that_names_no_dataset_belongs_to_the_first_and_is_not_lost() -> None:
    contract = contract_of(
        "schema: [{name: t}, {name: u}]\nslaProperties: [{property: freshness, value: P1D, element: z.a}]"
    )

    assert sum("freshness" in check.id for check in checks_on(contract, "t")) == 1
    assert sum("freshness" in check.id for check in checks_on(contract, "u")) == 0


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every part inside a value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, entry in entries for found in [(*path, key), *paths(entry, (*path, key))]]


OWN_RULES = """\
schema:
- name: t
  customProperties: [{property: filter, value: flights > 0}, {property: limits, value: {rows: {severity: error}}}]
  properties:
  - name: flights
    logicalType: integer
    required: true
    logicalTypeOptions: {format: i8, multipleOf: 2}
    customProperties: [{property: limits, value: {required: {mustBeLessThan: 5, unit: percent, warn: {mustBe: 0}}}}]
  - {name: day, logicalType: date, logicalTypeOptions: {minimum: 01/02/2024, format: dd/MM/yyyy}}
  - name: nested
    logicalType: object
    logicalTypeOptions: {minProperties: 1, required: [b]}
    properties:
    - {name: b, logicalType: array, items: {logicalType: string, unique: true, relationships: [{to: t.flights}]}}
    - {name: m, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: vector,
       logicalTypeOptions: {dimensions: 3, elementType: f}}}}
  quality:
  - {id: q1, type: custom, engine: assay, implementation: {check: conditional, when: flights > 1, then: day > flights}}
  - {id: q2, type: custom, engine: assay, implementation: {check: anyOf, conditions: [a, b]}, severity: warn}
  - {id: q3, type: custom, engine: assay, implementation: {check: failedRows, query: select 1 as flights}}
  - {id: q4, type: custom, engine: assay, implementation: {check: controlTotal, expression: sum(a), query: select 1}}
  - id: q5
    type: custom
    engine: assay
    implementation: {check: reconciliation, with: u, environment: qa, key: [flights], columns: {day: d}, tolerance: 1}
  - {id: q6, type: custom, engine: assay, implementation: {check: series, column: day, step: day, per: [flights],
     from: '2024-01-01', holidays: ['2024-01-02'], businessDays: true, calendar: c.d}}
  - {id: q7, type: custom, engine: assay, implementation: {check: sequence, column: day, orderBy: [flights]}}
  - {id: q8, type: custom, engine: assay, implementation: {check: gapless, column: flights, from: 1, per: [day]}}
  - {id: q9, type: custom, engine: assay, implementation: {check: usual, expression: avg(a), runs: 3, factor: 2}}
  - {id: q10, metric: duplicateValues, arguments: {properties: [nested.b, day]}, mustBe: 0,
     customProperties: [{property: scope, value: window}, {property: warn, value: {mustBe: 1}}]}
slaProperties:
- {id: s1, property: frequency, value: daily, element: t.day}
- {id: s2, property: freshness, value: 1, unit: d, element: t.day, customProperties: [{property: limit, value: {}}]}
"""
DOCUMENT = read_yaml(HEAD + ONTIME, "c.yaml")
OWN = read_yaml(HEAD + OWN_RULES, "c.yaml")
STORED = [
    Column("flights", "INTEGER"),
    Column("day", "DATE"),
    Column("nested", "STRUCT(b VARCHAR[], m MAP(VARCHAR, DOUBLE[3]))"),
]
REPLACEMENTS: list[Any] = [
    None, True, 0, -1, 1.5, "", "x", "a.b", "sources.a.b", "P1D", "^(", [], ["x"], [None], [1, 2], [{}], {},
]  # fmt: skip


@given(data=st.data(), document=st.sampled_from([DOCUMENT, OWN]), other=st.sampled_from([*REPLACEMENTS, "remove"]))
def test_a_contract_with_any_part_broken_is_refused_or_every_check_of_it_has_a_verdict(
    data: st.DataObject, document: Document, other: Any
) -> None:
    path = data.draw(st.sampled_from(paths(document.value)))
    value = deepcopy(document.value)
    parent = reduce(lambda inside, step: inside[step], path[:-1], value)
    if other == "remove":
        del parent[path[-1]]
    else:
        parent[path[-1]] = deepcopy(other)
    try:
        contract = parse_contract(Document("c.yaml", value, document.places))
    except AssayError:
        return  # refused, with its faults; any other exception fails this test

    for dataset in contract.datasets:
        checks = checks_of(contract, dataset)
        plan = compile_reads(checks, TableRef(None, dataset.name), STORED)
        assert [one.check_id for one in judge(plan, {}, NOW)] == [check.id for check in checks]


def test_a_stored_name_is_what_is_tested(column: Callable[[str], str]) -> None:
    body = "schema: [{name: t, properties: [{name: a, physicalName: A_1, required: true}]}]"

    assert only(body, "required").shown[0].column == "A_1"
    assert only(body, "required").sentence == "a is never empty"


def test_a_check_has_its_rules_title_and_the_tags_of_rule_and_column() -> None:
    checks = checks_on(
        contract_of("""\
            schema:
            - name: t
              tags: [large]
              properties:
              - name: a
                tags: [core]
                required: true
                quality: [{id: r, name: Known, metric: nullValues, mustBe: 0, tags: [nightly]}]
            """)
    )
    said = {check.id.rpartition(":")[0] or check.id: (check.name, check.tags) for check in checks}

    assert said["r"] == ("Known", ("nightly", "core"))
    assert said["a:required"] == ("", ("core",))
