"""What is exported and imported again is the same: types, keys, what is required, which values are allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
from hypothesis import Phase, given, settings

from assay.contract.formats.dbt_export import export_dbt
from assay.contract.formats.dbt_import import import_dbt
from assay.contract.formats.dbt_words import As
from assay.contract.formats.ddl_export import export_ddl
from assay.contract.formats.ddl_import import import_ddl
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.json_schema_export import export_json_schema
from assay.contract.formats.json_schema_import import import_json_schema
from assay.contract.model import Contract, Dataset, LogicalType, Property
from core.contract.formats.documents import Plain, contract_of, documents
from core.contract.formats.manifests import manifest_of
from core.contract.formats.test_official import faults_of
from soak import count

TRIPS = settings(max_examples=count(30, 3_000), phases=[Phase.explicit, Phase.generate])


def of_columns(contract: Contract, what: Any) -> dict[tuple[str, str], Any]:
    """Say something of every column, by the names under which it is stored."""
    return {
        (dataset.physical_name or dataset.name, part.column): what(dataset, part)
        for dataset in contract.datasets
        for part in dataset.properties
    }


def needed(_: Dataset, part: Property) -> bool:
    return part.required or part.primary_key or _never_null(part)


def _never_null(part: Property) -> bool:
    return any(rule.metric == "nullValues" and rule.value == 0 for rule in part.quality)


def key(_: Dataset, part: Property) -> tuple[bool, int | None]:
    return part.primary_key, part.primary_key_position


def unique(_: Dataset, part: Property) -> bool:
    return part.unique


def allowed(_: Dataset, part: Property) -> list[Any]:
    return [one.value for one in part.enum]


def held(_: Dataset, part: Property) -> list[Any]:
    """Say which values a column may hold: by its list, or by a rule without exception, which a table cannot tell."""
    rules = [rule for rule in part.quality if rule.metric == "invalidValues" and rule.severity == "error"]
    return [one.value for one in part.enum] or [
        value for rule in rules for value in rule.arguments.get("validValues", ())
    ]


def kind(_: Dataset, part: Property) -> Any:
    return shape(part)


def shape(part: Property) -> Any:
    """Say a type with all that is inside."""
    if part.logical_type is LogicalType.VECTOR:
        return ("array", [("[]", "number")])
    inside = [(inner.column or step, shape(inner)) for step, inner in part.inside()]
    return (str(part.logical_type), inside) if inside else str(part.logical_type)


def refers(dataset: Dataset, part: Property) -> list[Any]:
    return sorted((one.target, one.target_columns) for one in part.relationships)


def typed(document: Plain) -> Plain:
    """Return a contract in which every column has a type, also inside of others, and no format stands in its way."""
    for column in columns_in(document):
        if "logicalType" not in column and "name" in column:
            column["logicalType"] = "boolean"
        if column.get("logicalType") in {"date", "timestamp", "time"}:
            column.get("logicalTypeOptions", {}).pop("format", None)
    return document


def columns_in(value: Any) -> Iterator[Plain]:
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from columns_in(part)
    if isinstance(value, dict):
        listed = value.get("properties")
        yield from (one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict))
        yield from (value[name] for name in ("items", "key", "value") if isinstance(value.get(name), dict))


@given(documents())
@TRIPS
def test_by_the_tables_of_duckdb(document: Plain) -> None:
    before = contract_of(typed(document))
    text = export_ddl(before, Dialect.DUCKDB).text
    with duckdb.connect() as connection:
        connection.execute(text)
    made = import_ddl(text, "x.sql", "x", Dialect.DUCKDB)
    after = contract_of(dict(made.document))

    assert faults_of(made.document) == []
    assert made.not_carried == ()
    for what in (kind, key, held, unique):
        assert of_columns(after, what) == of_columns(before, what)
    assert {name: needed(*pair) for name, pair in pairs(after).items()} == of_columns(before, needed)


def pairs(contract: Contract) -> dict[tuple[str, str], tuple[Dataset, Property]]:
    return of_columns(contract, lambda dataset, part: (dataset, part))


@given(documents())
@TRIPS
def test_by_json_schema(document: Plain) -> None:
    before = contract_of(typed(document))
    made = import_json_schema(export_json_schema(before).text.encode(), "x.json", "x")
    after = contract_of(dict(made.document))

    assert faults_of(made.document) == []
    by_name = {dataset.name: dataset for dataset in after.datasets}
    for dataset in before.datasets:
        found = {part.name: part for part in by_name[dataset.name].properties}
        for part in dataset.properties:
            assert shape(found[part.column]) == shape(part)
            assert found[part.column].required == needed(dataset, part)
            assert allowed(dataset, found[part.column])[: len(part.enum)] == allowed(dataset, part)


@given(documents())
@TRIPS
def test_by_a_manifest_of_dbt(document: Plain) -> None:
    before = contract_of(typed(document))
    text = export_dbt(before, As.MODELS, Dialect.DUCKDB).text
    made = import_dbt(manifest_of(text), "manifest.json", "x")
    after = contract_of(dict(made.document))

    assert faults_of(made.document) == []
    assert (after.id, after.version) == (before.id, before.version)
    for what in (kind, key, needed, refers):
        assert of_columns(after, what) == of_columns(before, what)
    enums = of_columns(after, allowed)
    assert {name: enums[name] for name, values in of_columns(before, allowed).items() if values} == {
        name: values for name, values in of_columns(before, allowed).items() if values
    }
    is_only_key = of_columns(before, lambda dataset, part: part.primary_key and len(dataset.primary_key) == 1)
    assert {name: said or is_only_key[name] for name, said in of_columns(after, unique).items()} == {
        name: said or is_only_key[name] for name, said in of_columns(before, unique).items()
    }
