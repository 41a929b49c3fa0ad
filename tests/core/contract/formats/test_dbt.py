"""dbt: what its properties file holds, nothing in it is Jinja, and what is read of its manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from assay.base.errors import AssayError
from assay.contract.formats.dbt_export import export_dbt
from assay.contract.formats.dbt_import import import_dbt
from assay.contract.formats.dbt_words import As, limit_read, limit_written, safe
from assay.contract.formats.dialects import Dialect
from assay.contract.model import Operator
from core.contract.formats.documents import contract_of
from core.contract.formats.manifests import VERSION, manifest_of, plain
from core.contract.formats.test_official import faults_of

ORDERS: dict[str, Any] = {
    "version": "1.0.0", "apiVersion": "v3.2.0", "kind": "DataContract", "id": "orders",
    "schema": [
        {
            "name": "orders", "description": "Orders {{ env_var('SECRET') }} {# no #}",
            "customProperties": [{"property": "strict", "value": True}],
            "properties": [
                {"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1},
                {"name": "line", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 2},
                {"name": "state", "logicalType": "string", "enum": [{"value": "new"}, {"value": "sent"}]},
                {"name": "level", "logicalType": "integer", "enum": [{"value": 1}, {"value": 2}]},
                {
                    "name": "net", "logicalType": "number", "physicalType": "decimal(8,2)", "classification": "public",
                    "quality": [
                        {"id": "few", "metric": "nullValues", "mustBeLessThan": 5, "severity": "warn"},
                        {"id": "share", "metric": "nullValues", "mustBeLessThan": 5, "unit": "percent"},
                        {"id": "own", "type": "sql", "query": "select 1", "mustBe": 1},
                    ],
                },
                {
                    "name": "customer", "physicalName": "Cust Id", "logicalType": "string",
                    "relationships": [{"to": "sources.customers.code"}],
                },
            ],
            "quality": [{"id": "volume", "metric": "rowCount", "mustBeGreaterThan": 0}],
        }
    ],
}  # fmt: skip


def written(form: As = As.MODELS, dialect: Dialect | None = None) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(export_dbt(contract_of(ORDERS), form, dialect).text)
    return found


def columns(entry: dict[str, Any]) -> dict[str, Any]:
    return {column["name"]: column for column in entry["columns"]}


def test_tests_are_those_of_dbt_with_their_arguments_under_arguments() -> None:
    found = columns(written()["models"][0])

    assert found["id"]["data_tests"] == ["not_null"]
    assert found["state"]["data_tests"] == [{"accepted_values": {"arguments": {"values": ["new", "sent"]}}}]
    assert found["level"]["data_tests"] == [{"accepted_values": {"arguments": {"values": [1, 2], "quote": False}}}]
    assert found["net"]["data_tests"] == [{"not_null": {"config": {"severity": "warn", "warn_if": ">= 5"}}}]
    assert found["Cust Id"]["quote"] is True
    arguments = {"to": "source('sources', 'customers')", "field": "code"}
    assert found["Cust Id"]["data_tests"] == [{"relationships": {"arguments": arguments}}]


def test_types_are_as_the_contract_has_them_or_in_a_dialect() -> None:
    assert columns(written()["models"][0])["net"]["data_type"] == "decimal(8,2)"
    assert columns(written(dialect=Dialect.POSTGRES)["models"][0])["net"]["data_type"] == "NUMERIC(8, 2)"


def test_a_model_declares_the_key_of_several_columns_and_of_a_source_it_is_listed() -> None:
    model = written()["models"][0]
    assert model["constraints"] == [{"type": "primary_key", "columns": ["id", "line"]}]
    assert model["config"]["contract"] == {"enforced": True}

    lost = {one.path for one in export_dbt(contract_of(ORDERS), As.SOURCES, None).not_carried}
    assert {"orders.id.primaryKey", "orders.line.primaryKey"} <= lost


def test_rules_that_dbt_core_has_no_test_for_are_listed() -> None:
    lost = {one.path for one in export_dbt(contract_of(ORDERS), As.MODELS, None).not_carried}

    assert {"orders.quality[volume]", "orders.net.quality[share]", "orders.net.quality[own]"} <= lost


def test_nothing_of_a_contract_is_jinja() -> None:
    text = written()["models"][0]["description"]

    assert plain(text) == "Orders {{ env_var('SECRET') }} {# no #}"
    assert plain(safe("{{{%{#")) == "{{{%{#"


@pytest.mark.parametrize("operator", [one for one in Operator if "Between" not in one])
def test_a_limit_is_read_as_it_was_written(operator: Operator) -> None:
    said = limit_written(operator, 7)

    assert said is not None
    assert limit_read(said) == (operator, 7)


def manifest(change: Callable[[dict[str, Any]], None] = lambda _: None, **options: Any) -> bytes:
    found = json.loads(manifest_of(export_dbt(contract_of(ORDERS), As.MODELS, None).text, **options))
    change(found)
    return json.dumps(found).encode()


def test_a_manifest_becomes_a_sound_contract_with_keys_tests_and_words() -> None:
    made = import_dbt(manifest(), "manifest.json", "x")
    dataset = made.document["schema"][0]
    found = {entry["name"]: entry for entry in dataset["properties"]}

    assert faults_of(made.document) == []
    assert made.document["id"] == "orders"
    assert {"property": "strict", "value": True} in dataset["customProperties"]
    assert (found["id"]["primaryKeyPosition"], found["line"]["primaryKeyPosition"]) == (1, 2)
    assert found["level"]["enum"] == [{"value": 1}, {"value": 2}]
    assert found["net"]["classification"] == "public"
    rule = found["net"]["quality"][0]
    assert (rule["metric"], rule["mustBeLessThan"], rule["severity"]) == ("nullValues", 5, "warn")
    assert found["customer"]["physicalName"] == "Cust Id"
    assert found["customer"]["relationships"] == [{"type": "foreignKey", "to": "sources.customers.code"}]


def test_what_a_contract_has_no_place_for_is_listed_with_its_path() -> None:
    def change(found: dict[str, Any]) -> None:
        tests = [key for key in found["nodes"] if key.startswith("test.")]
        found["nodes"][tests[0]]["config"]["where"] = "id > 3"
        found["nodes"][tests[1]]["test_metadata"]["namespace"] = "dbt_utils"
        model = found["nodes"]["model.shop.orders"]
        model["constraints"].append({"type": "check", "expression": "id > 0", "columns": ["id"]})
        model["new_in_some_later_dbt"] = "x"

    lost = import_dbt(manifest(change), "manifest.json", "x").not_carried

    assert [one.path.rpartition("/")[2] for one in lost if "test." in one.path] != []
    assert {one.path for one in lost} >= {
        "/model.shop.orders/constraints/1",
        "/model.shop.orders/new_in_some_later_dbt",
    }
    assert len([one for one in lost if one.path.startswith("/test.")]) == 2


def test_one_model_is_taken_by_its_name_and_all_of_the_project_without_one() -> None:
    def change(found: dict[str, Any]) -> None:
        other = {**found["nodes"]["model.shop.orders"], "name": "other", "unique_id": "model.shop.other"}
        found["nodes"]["model.shop.other"] = other
        found["nodes"]["model.package.third"] = {**other, "name": "third", "package_name": "package"}

    def names(*select: str) -> list[str]:
        document = import_dbt(manifest(change), "manifest.json", "x", select).document
        return [dataset["name"] for dataset in document["schema"]]

    assert names() == ["orders", "other"]
    assert names("other") == ["other"]
    assert names("model.package.third") == ["third"]
    with pytest.raises(AssayError, match="one model or source named absent"):
        names("absent")


@pytest.mark.parametrize(
    ("content", "place", "expected"),
    [
        (b"{", "m.json:1:2", "JSON"),
        (b'{"a":\n  1,}', "m.json:2:", "JSON"),
        (b"[]", "m.json:1", "a manifest of dbt"),
        (b"{}", "m.json:1", "a manifest of dbt"),
        (
            json.dumps({"metadata": {"dbt_schema_version": VERSION.replace("12", "99")}}).encode(),
            "m.json:1",
            "version 10",
        ),
        (json.dumps({"metadata": {"dbt_schema_version": VERSION}, "nodes": []}).encode(), "m.json#/nodes", "an object"),
        (json.dumps({"metadata": {"dbt_schema_version": VERSION}, "nodes": {}}).encode(), "m.json", "a model"),
        (b"[" * 100_000, "m.json", "JSON"),
        (b'{"a": NaN}', "m.json", "JSON"),
        (b'{"a": 1, "a": 2}', "m.json", "JSON"),
        (b"\xff\xfe", "m.json", "UTF-8"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_with_its_place(content: bytes, place: str, expected: str) -> None:
    with pytest.raises(AssayError) as refused:
        import_dbt(content, "m.json", "x")

    assert str(refused.value.faults[0].where).startswith(place)
    assert expected in refused.value.faults[0].expected
