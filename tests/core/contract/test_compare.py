"""Comparing versions of a contract: the effect of each change and the sentences that tell it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.base.reading import read_yaml
from assay.contract.compare import compare_contracts, least_version, worst_effect
from assay.contract.digest import contract_digest
from assay.contract.effects import Effect
from assay.contract.model import Contract
from assay.contract.parse import parse_contract
from assay.contract.semver import Version

C, A, S, B = Effect.COSMETIC, Effect.ADDITIVE, Effect.STANDARD, Effect.BREAKING

RULE = "metric: nullValues"

# Source of the effects: section 7 of the project's notes on contracts; each row is one line of its table.
COLUMN_CHANGES = [
    ("logicalType: integer", "logicalType: number", B),
    ("physicalType: int", "physicalType: bigint", B),
    ("x: 1", "physicalType: int", S),
    ("x: 1", "physicalName: b", B),
    ("x: 1", "physicalName: a", C),
    ("required: true", "required: false", B),
    ("required: false", "required: true", S),
    ("x: 1", "x: 1, required: false", C),
    ("unique: true", "unique: false", B),
    ("unique: false", "unique: true", S),
    ("x: 1", "primaryKey: true", S),
    ("primaryKey: true", "x: 1", B),
    ("enum: [{value: p}]", "enum: [{value: p}, {value: q}]", B),
    ("enum: [{value: p}, {value: q}]", "enum: [{value: p}]", S),
    ("x: 1", "enum: [{value: p}]", S),
    ("enum: [{value: p}]", "x: 1", B),
    ("enum: [{value: p, label: P}]", "enum: [{value: p, label: Pea}]", C),
    ("logicalTypeOptions: {minimum: 1}", "logicalTypeOptions: {minimum: 0}", B),
    ("logicalTypeOptions: {minimum: 1}", "logicalTypeOptions: {minimum: 2}", S),
    ("logicalTypeOptions: {maximum: 1}", "logicalTypeOptions: {maximum: 2}", B),
    ("logicalTypeOptions: {maximum: 2}", "logicalTypeOptions: {maximum: 1}", S),
    ("logicalTypeOptions: {maxLength: 2}", "logicalTypeOptions: {}", B),
    ("logicalTypeOptions: {}", "logicalTypeOptions: {maxLength: 2}", S),
    ("logicalTypeOptions: {pattern: a}", "logicalTypeOptions: {pattern: b}", B),
    ("logicalTypeOptions: {format: i32}", "logicalTypeOptions: {format: i64}", B),
    ("classification: public", "classification: restricted", B),
    ("classification: restricted", "classification: internal", S),
    ("classification: '1'", "classification: '2'", S),
    ("deprecated: false", "deprecated: true", S),
    ("partitioned: false", "partitioned: true", S),
    ("description: A.", "description: B.", C),
    ("tags: [x]", "tags: [y]", C),
    ("examples: [1]", "examples: [2]", C),
    ("businessName: A", "businessName: B", C),
    ("customProperties: [{property: p, value: 1}]", "customProperties: [{property: p, value: 2}]", S),
    (f"quality: [{{{RULE}, mustBeLessThan: 5}}]", f"quality: [{{{RULE}, mustBeLessThan: 6}}]", B),
    (f"quality: [{{{RULE}, mustBeLessThan: 5}}]", f"quality: [{{{RULE}, mustBeLessThan: 4}}]", S),
    (f"quality: [{{{RULE}, mustBeLessThan: 5}}]", f"quality: [{{{RULE}, mustBeLessOrEqualTo: 5}}]", B),
    (f"quality: [{{{RULE}, mustBeLessOrEqualTo: 5}}]", f"quality: [{{{RULE}, mustBeLessThan: 5}}]", S),
    (f"quality: [{{{RULE}, mustBeBetween: [1, 5]}}]", f"quality: [{{{RULE}, mustBe: 3}}]", S),
    (f"quality: [{{{RULE}, mustNotBe: 5}}]", f"quality: [{{{RULE}, mustNotBe: 6}}]", B),
    (f"quality: [{{{RULE}, mustBe: 5, unit: rows}}]", f"quality: [{{{RULE}, mustBe: 5, unit: percent}}]", B),
    (f"quality: [{{{RULE}, mustBe: 0}}]", f"quality: [{{{RULE}, mustBe: 0, severity: warn}}]", B),
    (f"quality: [{{{RULE}, mustBe: 0, severity: warn}}]", f"quality: [{{{RULE}, mustBe: 0}}]", S),
    (f"quality: [{{{RULE}, mustBe: 0, severity: warn}}]", f"quality: [{{{RULE}, mustBe: 1, severity: low}}]", S),
    (f"quality: [{{{RULE}, mustBe: 0, severity: warn}}]", "quality: []", S),
    (f"quality: [{{{RULE}, mustBe: 0}}]", "quality: []", B),
    ("quality: []", f"quality: [{{{RULE}, mustBe: 0}}]", S),
    (f"quality: [{{{RULE}, mustBe: 0, name: x}}]", f"quality: [{{{RULE}, mustBe: 0, name: x, description: y}}]", C),
    ("quality: [{type: sql, query: a, mustBe: 0}]", "quality: [{type: sql, query: b, mustBe: 0}]", B),
    ("relationships: [{to: u.b}]", "relationships: []", B),
    ("relationships: []", "relationships: [{to: u.b}]", S),
    ("relationships: [{to: u.b}]", "relationships: [{to: u.c}]", B),
]


@pytest.mark.parametrize(("old", "new", "effect"), COLUMN_CHANGES)
def test_a_change_of_a_column_is(
    parse: Callable[..., Contract], column: Callable[[str], str], old: str, new: str, effect: Effect
) -> None:
    changes = compare_contracts(parse(column(old)), parse(column(new)))

    assert worst_effect([change for change in changes if not change.path.endswith(".x")]) is effect
    assert changes


def sla(promise: str) -> str:
    return f"slaProperties: [{{property: {promise}}}]"


CONTRACT_CHANGES = [
    ("schema: [{name: t}, {name: u}]", "schema: [{name: t}]", B),
    ("schema: [{name: t}]", "schema: [{name: t}, {name: u}]", A),
    ("schema: [{name: t, properties: [{name: a}]}]", "schema: [{name: t, properties: [{name: a}, {name: b}]}]", A),
    (
        "schema: [{name: t, properties: [{name: a}]}]",
        "schema: [{name: t, properties: [{name: a}, {name: b, quality: [{metric: nullValues, mustBe: 0}]}]}]",
        A,
    ),
    (
        "schema: [{name: t, properties: [{name: a}]}]",
        "schema: [{name: t, properties: [{name: a}, {name: b, primaryKey: true}]}]",
        S,
    ),
    (
        "schema: [{name: t, properties: [{name: a, properties: [{name: x}]}]}]",
        "schema: [{name: t, properties: [{name: a, properties: [{name: x}, {name: y}]}]}]",
        S,
    ),
    ("roles: [{role: r}]", "roles: [{role: r}, {role: s}]", A),
    (
        "schema: [{name: t, properties: [{name: a}]}]",
        "schema: [{name: t, properties: [{name: a, quality: [{metric: nullValues, mustBe: 0}]}]}]",
        S,
    ),
    ("schema: [{name: t, id: i}]", "schema: [{name: u, id: i}]", B),
    ("schema: [{name: t}, {name: u}]", "schema: [{name: u}, {name: t}]", C),
    ("schema: [{name: t, description: A.}]", "schema: [{name: t, description: B.}]", C),
    ("schema: [{name: t, dataGranularityDescription: A.}]", "schema: [{name: t, dataGranularityDescription: B.}]", S),
    ("status: active", "status: deprecated", S),
    ("status: active", "status: retired", B),
    ("domain: a", "domain: b", S),
    ("name: a", "name: b", C),
    ("team: {name: a}", "team: {name: b}", C),
    ("support: [{channel: a}]", "support: [{channel: b}]", C),
    ("price: {priceAmount: 1}", "price: {priceAmount: 2}", S),
    ("roles: [{role: a}]", "roles: []", B),
    ("roles: []", "roles: [{role: a}]", S),
    (sla("freshness, value: 1, unit: d, element: t.a"), sla("freshness, value: 25, unit: h, element: t.a"), B),
    (sla("freshness, value: 1, unit: d, element: t.a"), sla("freshness, value: 24, unit: h, element: t.a"), S),
    (sla("freshness, value: 2, unit: d, element: t.a"), sla("freshness, value: 1, unit: d, element: t.a"), S),
    (sla("retention, value: 3, unit: y, element: t.a"), sla("retention, value: 2, unit: y, element: t.a"), B),
    (sla("availability, value: 99.9"), sla("availability, value: 99.0"), B),
    (sla("availability, value: 99.0"), sla("availability, value: 99.9"), S),
    (sla("endOfLife, value: '2030-01-01'"), sla("endOfLife, value: '2029-01-01'"), B),
    (sla("availability, value: 99.9"), "slaProperties: []", B),
    ("slaProperties: []", sla("availability, value: 99.9"), S),
]


@pytest.mark.parametrize(("old", "new", "effect"), CONTRACT_CHANGES)
def test_a_change_of_a_contract_is(parse: Callable[..., Contract], old: str, new: str, effect: Effect) -> None:
    changes = compare_contracts(parse(old), parse(new))

    assert worst_effect(changes) is effect
    assert changes


def test_where_the_data_lies_is_no_change(parse: Callable[..., Contract]) -> None:
    moved = "servers: [{server: s, type: local, path: q, format: parquet}]"

    assert compare_contracts(parse(moved.replace("q", "p")), parse(moved)) == ()


def test_a_key_that_gets_a_part_promises_something_else(parse: Callable[..., Contract]) -> None:
    body = "schema: [{name: t, properties: [{name: a, primaryKey: true}, {name: b, primaryKey: false}]}]"
    changes = compare_contracts(parse(body), parse(body.replace("false", "true")))

    assert ("t.key", B) in [(change.path, change.effect) for change in changes]


def test_the_sentences_tell_a_stakeholder_what_changes(
    parse: Callable[..., Contract], snapshot: SnapshotAssertion
) -> None:
    old = """\
        schema:
        - name: ontime_daily
          properties:
          - {name: origin, logicalType: string, required: true, primaryKey: true, enum: [{value: JFK}, {value: LGA}]}
          - {name: flights, id: flights, logicalType: integer, logicalTypeOptions: {minimum: 0}}
          - {name: delay, logicalType: number, description: Mean delay.}
          quality:
          - {metric: rowCount, mustBeGreaterThan: 10}
        slaProperties:
        - {property: freshness, value: 2, unit: d, element: ontime_daily.day}
        """
    new = """\
        schema:
        - name: ontime_daily
          properties:
          - {name: origin, logicalType: string, primaryKey: true, enum: [{value: JFK}, {value: EWR}]}
          - {name: departures, id: flights, logicalType: integer, logicalTypeOptions: {minimum: 1}}
          - {name: delay, logicalType: number, description: Mean delay in minutes.}
          - {name: carrier, logicalType: string, relationships: [{to: sources.airlines.carrier}]}
          quality:
          - {metric: rowCount, mustBeGreaterThan: 5}
          - {id: sum, type: sql, query: select 1, mustBe: 1}
        """
    changes = compare_contracts(parse(old), parse(new))

    assert "\n".join(f"{change.effect:8} {change.path}: {change.sentence}" for change in changes) == snapshot


@pytest.mark.parametrize(
    ("version", "effect", "least"),
    [
        (Version(1, 2, 3), C, Version(1, 2, 4)),
        (Version(1, 2, 3), S, Version(1, 3, 0)),
        (Version(1, 2, 3), B, Version(2, 0, 0)),
        (Version(0, 2, 3), B, Version(0, 3, 0)),
    ],
)
def test_a_change_asks_for_a_version(version: Version, effect: Effect, least: Version) -> None:
    assert least_version(version, effect) == least


NAMES = st.sampled_from(["a", "b", "c"])
RULES = st.fixed_dictionaries(
    {"metric": st.sampled_from(["rowCount"]), "mustBe": st.integers(0, 2)},
    optional={"severity": st.sampled_from(["warn", "error"]), "description": NAMES, "name": NAMES},
)
PROPERTIES = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "description": NAMES,
        "required": st.booleans(),
        "primaryKey": st.booleans(),
        "logicalType": st.sampled_from(["string", "integer"]),
        "enum": st.lists(
            st.sampled_from(["p", "q"]).map(lambda value: {"value": value}), max_size=2, min_size=1, unique_by=str
        ),
    },
).filter(lambda part: not ("enum" in part and part.get("logicalType") == "integer"))
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": NAMES,
    "properties": st.lists(PROPERTIES, max_size=3, unique_by=lambda part: str(part["name"])),
}
DATASETS = st.fixed_dictionaries(FIELDS, optional={"quality": st.lists(RULES, max_size=3), "description": NAMES})
CONTRACTS = st.lists(DATASETS, max_size=2, unique_by=lambda one: str(one["name"])).map(
    lambda datasets: {
        "version": "1.0.0",
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "x",
        "schema": datasets,
    }
)


def contract_of(document: dict[str, Any]) -> Contract:
    return parse_contract(read_yaml(json.dumps(document), "c.json"))


@given(CONTRACTS, CONTRACTS)
def test_there_is_no_change_exactly_when_the_digests_are_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    old, new = contract_of(one), contract_of(other)

    assert (compare_contracts(old, new) == ()) is (contract_digest(old) == contract_digest(new))


@given(CONTRACTS)
def test_taking_a_column_away_breaks_and_giving_it_back_does_not(document: dict[str, Any]) -> None:
    whole = contract_of(document)
    less = contract_of(
        {**document, "schema": [{**dataset, "properties": dataset["properties"][1:]} for dataset in document["schema"]]}
    )
    lost = any(dataset["properties"] for dataset in document["schema"])
    is_key = any(part.get("primaryKey") for dataset in document["schema"] for part in dataset["properties"])

    assert (worst_effect(compare_contracts(whole, less)) is B) is lost
    if not is_key:
        assert worst_effect(compare_contracts(less, whole)) in ({A, S} if lost else {C})
