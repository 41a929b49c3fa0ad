"""The standard's schema: what it refuses the lint refuses, once and in our words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.reading import Document, read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.findings import Finding
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "odcs"
SCHEMA = load_contract_schema()
JUDGE = jsonschema_rs.validator_for(SCHEMA)

PIN = "4afbf5c36726d9dec7b44bf876ed7ab380228a26118b30472597a79b51b506bb"

JARGON = re.compile(r"anyOf|oneOf|allOf|schema asks|is not of type|unevaluated|under any of", re.IGNORECASE)
"""Words of a schema's author."""


def official(kind: str) -> list[Path]:
    return sorted((OFFICIAL / kind).glob("*.yaml"))


def of_v3_2() -> list[dict[str, Any]]:
    values = [read_yaml(path.read_bytes(), path.name).value for path in official("valid")]
    return [value for value in values if value["apiVersion"] == "v3.2.0"]


EXAMPLES = of_v3_2()


def faults(value: Any) -> list[Finding]:
    text = json.dumps(value)
    found = inspect_contract(read_yaml(text, "c.json"), SCHEMA)
    return [one for one in found if one.grade is Grade.FAULT]


def test_the_schema_is_the_one_whose_origin_is_told() -> None:
    assert hashlib.sha256(SCHEMA.encode()).hexdigest() == PIN


@pytest.mark.parametrize("path", official("valid"), ids=lambda path: path.name)
def test_an_official_example_has_no_fault(path: Path) -> None:
    found = inspect_contract(read_yaml(path.read_bytes(), path.name), SCHEMA)

    assert [str(one) for one in found if one.grade is Grade.FAULT] == []


REASONS: dict[str, list[tuple[int, str, str, str]]] = {
    "additional-unknown-property": [(9, "field-unknown", "a field that a contract has", "'unknownRootField'")],
    "enum-empty": [(15, "enum-empty", "at least one value in 'enum'", "an empty list")],
    "invalid-api-version": [(5, "api-version-unknown", "one of v3.0.0, v3.0.1", "'v4.0.0'")],
    "invalid-quality-dimension": [(20, "dimension-unknown", "one of accuracy, completeness", "'validity'")],
    "invalid-quality-type": [(17, "value-not-allowed", "one of library, sql, custom, text", "'unknown'")],
    "map-missing-key": [(15, "field-missing", "the field 'key' of a map", "nothing")],
    "missing-required-fields": [(1, "field-missing", "the field 'id' of a contract", "nothing")],
    "quality-element-field": [
        (17, "metric-missing", "a metric, one of", "nothing"),
        (18, "field-unknown", "a field that a rule has", "'element'"),
    ],
    "quality-multiple-operators": [(20, "operator-extra", "one operator a rule", "'mustNotBe' as well")],
    "quality-sql-missing-query": [(17, "rule-field-missing", "the field 'query' of a sql rule", "nothing")],
    "relationship-schema-level-missing-from-to": [
        (13, "field-missing", "the field 'from' of a dataset relationship", "nothing"),
        (13, "field-missing", "the field 'to' of a dataset relationship", "nothing"),
    ],
    "schema-property-missing-name": [(13, "field-missing", "the field 'name' of a property", "nothing")],
    "server-missing-conditional-fields": [
        (10, "server-field-missing", "the field 'schema' of a server of type athena", "nothing")
    ],
    "sla-missing-required-value": [(10, "field-missing", "the field 'value' of a service level", "nothing")],
}


@pytest.mark.parametrize("path", official("invalid"), ids=lambda path: path.name)
def test_an_official_counterexample_is_refused_for_its_reason_at_its_line_and_for_nothing_else(path: Path) -> None:
    found = inspect_contract(read_yaml(path.read_bytes(), path.name), SCHEMA)
    told = [(one.where.line, one.rule, one.expected, one.found) for one in found if one.grade is Grade.FAULT]
    wanted = REASONS[path.name.removesuffix(".odcs.yaml")]

    assert [(line, rule, said) for line, rule, _, said in told] == [
        (line, rule, said) for line, rule, _, said in wanted
    ]
    assert all(expected.startswith(start) for (_, _, expected, _), (_, _, start, _) in zip(told, wanted, strict=True))


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the paths of all parts of a value, the whole left out."""
    for step, entry in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, step)
        if isinstance(entry, dict | list):
            yield from places(entry, (*path, step))


OTHER_VALUES: list[Any] = ["x", "", 7, -1, 0.5, True, None, [], {}, ["x"], [1], {"x": 1}, [{}]]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """Give an official example of v3.2 with one to three fields gone, renamed, added or of another kind."""
    value: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    for _ in range(draw(st.integers(1, 3))):
        spoil(value, draw)
    return value


def spoil(value: dict[str, Any], draw: st.DrawFn) -> None:
    path = draw(st.sampled_from([path for path in places(value) if path != ("apiVersion",)]))
    parent: Any = value
    for step in path[:-1]:
        parent = parent[step]
    last = path[-1]
    deed = draw(st.sampled_from(["gone", "renamed", "added", "other"]))
    if deed == "other" or not isinstance(parent, dict):
        parent[last] = deepcopy(draw(st.sampled_from(OTHER_VALUES)))
    elif deed == "added":
        parent["ownField"] = deepcopy(draw(st.sampled_from(OTHER_VALUES)))
    else:
        entry = parent.pop(last)
        if deed == "renamed":
            parent[f"{last}Own"] = entry


@given(spoilt())
def test_what_the_schema_refuses_is_refused(value: dict[str, Any]) -> None:
    if not JUDGE.is_valid(value):
        assert faults(value)


@given(spoilt())
def test_every_fault_is_in_our_words_and_at_a_line(value: dict[str, Any]) -> None:
    for one in faults(value):
        assert JARGON.search(f"{one.expected} {one.found} {one.hint}") is None
        assert one.where.line == 1


def refused(text: str) -> list[tuple[int | None, str, str, str]]:
    document: Document = read_yaml("version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n" + text, "c.yaml")
    found = inspect_contract(document, SCHEMA)
    return [(one.where.line, one.rule, one.expected, one.found) for one in found if one.grade is Grade.FAULT]


@pytest.mark.parametrize(
    ("text", "line", "rule", "expected", "found"),
    [
        ("support:\n- {url: x}", 6, "standard-refuses", "the field 'channel'", "nothing"),
        ("support:\n- {channel: x, color: red}", 6, "field-not-in-standard", "a field that the standard", "'color'"),
        ("team: {members: [{name: x}]}", 5, "standard-refuses", "the field 'username'", "nothing"),
        ("price: {priceAmount: much}", 5, "standard-refuses", "a number", "'much'"),
        ("schema: [{name: t, id: a b}]", 5, "standard-refuses", "letters, digits, '_' and '-' only", "'a b'"),
        (
            "schema: [{name: t, retention: gold}]",
            5,
            "field-not-in-standard",
            "a field that the standard",
            "'retention'",
        ),
        ("schema: [{name: t, synonyms: [{locale: en}]}]", 5, "standard-refuses", "the field 'synonym'", "nothing"),
        ("context: {constraints: [{}]}", 5, "standard-refuses", "the field 'constraint'", "nothing"),
        ("context: 7", 5, "field-kind", "a text or a mapping for 'context'", "7"),
        (
            "schema: [{name: t, properties: [{name: a, logicalType: integer, logicalTypeOptions: "
            "{minimum: 1, exclusiveMinimum: true}}]}]",
            5,
            "standard-refuses",
            "a number",
            "True",
        ),
        (
            "servers: [{server: s, type: local, path: p, format: csv, account: x}]",
            5,
            "field-not-in-standard",
            "a field that the standard",
            "'account'",
        ),
    ],
)
def test_what_only_the_schema_sees_is_refused(text: str, line: int, rule: str, expected: str, found: str) -> None:
    ((at, name, wanted, said),) = refused(text)

    assert (at, name) == (line, rule)
    assert wanted.startswith(expected)
    assert said.startswith(found)


@pytest.mark.parametrize(
    "text",
    [
        "schema: [{name: t, deprecated: true}]",
        "schema: [{name: t, properties: [{name: a, logicalType: vector, logicalTypeOptions: {dimensions: 3}}]}]",
        "slaProperties: [{property: freshness, value: 1, customProperties: [{property: a, value: b}]}]",
        "customProperties: [{property: a, value: b, vendor: c}]",
        "schema: [{name: t, properties: [{name: a, quality: [{type: text, name: n, dimension: ac}]}]}]",
    ],
)
def test_what_the_text_of_the_standard_allows_is_allowed_though_the_schema_does_not_know_it(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize("version", ["v3.0.2", "v3.1.0"])
def test_contracts_of_older_versions_are_judged_by_our_tables_alone(version: str) -> None:
    text = f"version: 1.0.0\napiVersion: {version}\nkind: DataContract\nid: x\nsupport:\n- {{url: x}}\n"
    found = inspect_contract(read_yaml(text, "c.yaml"), SCHEMA)

    assert [one.rule for one in found] == ["api-version-old"]
