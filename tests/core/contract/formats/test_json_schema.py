"""JSON Schema: good rows pass and bad ones do not; references are followed within the file alone."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml

from assay.base.errors import AssayError
from assay.contract.formats.json_schema_export import export_json_schema
from assay.contract.formats.json_schema_import import import_json_schema
from core.contract.formats.documents import contract_of
from core.contract.formats.test_official import faults_of

FLIGHTS: dict[str, Any] = yaml.safe_load(r"""
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: flights
schema:
- name: flights
  customProperties:
  - {property: strict, value: true}
  properties:
  - name: id
    logicalType: integer
    primaryKey: true
    logicalTypeOptions: {minimum: 1}
  - name: carrier
    logicalType: string
    required: true
    enum:
    - {value: AA, label: A}
    - {value: UA}
  - name: code
    logicalType: string
    logicalTypeOptions: {pattern: '^[A-Z]+$', maxLength: 3}
  - {name: day, logicalType: date}
  - name: at
    logicalType: timestamp
    logicalTypeOptions: {timezone: false}
  - name: share
    logicalType: number
    logicalTypeOptions: {exclusiveMaximum: 1}
  - name: legs
    logicalType: array
    logicalTypeOptions: {minItems: 1}
    items:
      logicalType: object
      properties:
      - {name: to, logicalType: string, required: true}
  - name: tags
    logicalType: map
    map:
      key: {logicalType: string}
      value: {logicalType: integer}
""")
GOOD: dict[str, Any] = {
    "id": 1, "carrier": "AA", "code": None, "day": "2024-02-29", "at": "2024-02-29T10:00:00", "share": 0.5,
    "legs": [{"to": "LHR"}], "tags": {"a": 1},
}  # fmt: skip


def validator() -> Any:
    return jsonschema_rs.validator_for(export_json_schema(contract_of(FLIGHTS)).text, validate_formats=True)


@pytest.mark.parametrize("row", [GOOD, {"id": 2, "carrier": "UA"}, GOOD | {"day": None, "legs": None, "tags": {}}])
def test_a_good_row_passes(row: dict[str, Any]) -> None:
    assert validator().is_valid(row)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 0), ("id", None), ("id", "1"), ("carrier", "LH"), ("carrier", None), ("code", "abc"), ("code", "ABCD"),
        ("day", "2024-02-30"), ("at", "2024-02-29T10:00:00Z"), ("share", 1), ("legs", []), ("legs", [{}]),
        ("legs", [{"to": None}]), ("tags", {"a": "x"}), ("unknown", 1),
    ],
)  # fmt: skip
def test_a_bad_row_does_not(field: str, value: Any) -> None:
    assert not validator().is_valid(GOOD | {field: value})


def test_what_has_to_be_there_is() -> None:
    assert not validator().is_valid({"carrier": "AA"})


def made(schema: Any) -> Any:
    found = import_json_schema(json.dumps(schema).encode(), "s.json", "orders")
    assert faults_of(found.document) == []
    return found


def test_references_inside_the_file_are_followed() -> None:
    money = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
    found = made(
        {
            "$defs": {"money": money, "short": {"$anchor": "short", "type": "string", "maxLength": 3}},
            "type": "object",
            "properties": {
                "net": {"$ref": "#/$defs/money"},
                "tax": {"$ref": "#/$defs/money"},
                "code": {"$ref": "#short"},
            },
        }
    )
    columns = found.document["schema"][0]["properties"]

    amount = {"name": "amount", "required": True, "logicalType": "number"}
    assert columns[0] == {"name": "net", "logicalType": "object", "properties": [amount]}
    assert columns[2]["logicalTypeOptions"] == {"maxLength": 3}
    assert found.not_carried == ()


NESTED = {"type": "object", "properties": {"b": {"$ref": "#/properties/a"}}}


@pytest.mark.parametrize(
    ("schema", "place", "expected"),
    [
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "s.json#/properties/a", "references that end"),
        ({"properties": {"a": NESTED}}, "s.json#", "references that end"),
        ({"properties": {"a": {"$ref": "https://example.org/x.json"}}}, "s.json#/properties/a", "inside this file"),
        ({"properties": {"a": {"$ref": "other.json#/x"}}}, "s.json#/properties/a", "inside this file"),
        ({"properties": {"a": {"$ref": "#/absent"}}}, "s.json#/properties/a", "something in this file"),
        ({"properties": {"a": {"$ref": 7}}}, "s.json#/properties/a", "inside this file"),
        ({"type": "string"}, "s.json:1", "a schema of objects"),
        ([], "s.json:1", "a JSON schema"),
        ("{", "s.json:1:2", "JSON"),
    ],
)  # fmt: skip
def test_what_is_no_schema_of_rows_is_refused_with_its_place(schema: Any, place: str, expected: str) -> None:
    content = schema if isinstance(schema, str) else json.dumps(schema)
    with pytest.raises(AssayError) as refused:
        import_json_schema(content.encode(), "s.json", "x")

    assert str(refused.value.faults[0].where).startswith(place)
    assert expected in refused.value.faults[0].expected


def test_what_a_contract_has_no_place_for_is_listed_with_its_path() -> None:
    found = made(
        {
            "title": "orders",
            "properties": {
                "a": {"type": ["string", "integer"], "default": 1},
                "b": {"anyOf": [{"type": "string"}, {"type": "null"}], "x-own": 1},
                "c": {"type": "string", "contentEncoding": "base64"},
            },
            "required": ["b"],
            "patternProperties": {"^x": {}},
        }
    )

    assert [one.path for one in found.not_carried] == [
        "/properties/a/type", "/properties/a/default", "/properties/b/anyOf", "/properties/b/x-own",
        "/properties/c/contentEncoding", "/required", "/patternProperties",
    ]  # fmt: skip


def test_several_objects_are_several_datasets() -> None:
    both = {"$defs": {"a": {"properties": {"x": {"type": "string"}}}, "b": {"properties": {"y": {"type": "number"}}}}}

    assert [one["name"] for one in made(both).document["schema"]] == ["a", "b"]
