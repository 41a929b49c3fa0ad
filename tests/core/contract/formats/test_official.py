"""The official examples of the standard go through every export; what is written is read by those it is meant for."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import duckdb
import jsonschema_rs
import pytest
import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from assay.base.reading import read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.formats.ddl_import import import_ddl
from assay.contract.formats.dialects import Dialect
from assay.contract.formats.exported import Exported
from assay.contract.formats.json_schema_import import import_json_schema
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade
from assay.contract.model import Contract
from assay.contract.parse import parse_contract
from assay.contract.write import contract_yaml
from core.contract.formats.writers import WRITERS

OFFICIAL = sorted((Path(__file__).parents[3] / "fixtures" / "odcs" / "valid").glob("*.yaml"))
EXAMPLES = pytest.mark.parametrize("path", OFFICIAL, ids=lambda path: path.name.partition(".")[0])
_LARGE_BYTES = 100_000
SMALLER = pytest.mark.parametrize(
    "path",
    [path for path in OFFICIAL if path.stat().st_size < _LARGE_BYTES],
    ids=lambda path: path.name.partition(".")[0],
)
"""All but one, of 68 tables: to lint what is made of it three times takes a tenth of the whole suite."""

SCHEMA = load_contract_schema()


@cache
def read(path: Path) -> Contract:
    return parse_contract(read_yaml(path.read_bytes(), path.name))


@cache
def written(path: Path, name: str) -> Exported:
    return WRITERS[name](read(path))


def faults_of(document: object) -> list[str]:
    assert isinstance(document, dict)
    findings = inspect_contract(read_yaml(contract_yaml(document), "made.yaml"), SCHEMA)
    return [str(one) for one in findings if one.grade is Grade.FAULT]


def test_there_are_twenty_eight_of_them() -> None:
    assert len(OFFICIAL) == 28


@EXAMPLES
@pytest.mark.parametrize("name", WRITERS)
def test_an_example_goes_through_every_export(path: Path, name: str) -> None:
    exported = written(path, name)

    assert all(one.path and one.what and one.why for one in exported.not_carried)
    if name.startswith("dbt"):
        assert yaml.load(exported.text, Loader=yaml.CSafeLoader)["version"] == 2


@EXAMPLES
@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_reads_its_tables(path: Path, dialect: Dialect) -> None:
    exported = written(path, f"ddl {dialect}")
    statements = sqlglot.parse(exported.text, dialect=dialect.value, error_level=ErrorLevel.RAISE)

    assert all(isinstance(one, exp.Create | exp.Comment) for one in statements if one is not None)


@EXAMPLES
def test_duckdb_makes_the_tables(path: Path) -> None:
    contract = read(path)
    with duckdb.connect() as connection:
        connection.execute(written(path, "ddl duckdb").text or "select 1")
        made = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}

    assert made == {one.physical_name or one.name for one in contract.datasets if one.properties}


@EXAMPLES
def test_the_json_schema_is_one(path: Path) -> None:
    jsonschema_rs.meta.validate(json.loads(written(path, "json-schema").text))


@SMALLER
def test_what_is_exported_is_imported_without_a_fault(path: Path) -> None:
    contract = read(path)
    if not any(dataset.properties for dataset in contract.datasets):
        return
    schema = written(path, "json-schema").text
    assert faults_of(import_json_schema(schema.encode(), "x.json", "x").document) == []
    for dialect in (Dialect.POSTGRES, Dialect.HIVE):
        assert faults_of(import_ddl(written(path, f"ddl {dialect}").text, "x.sql", "x", dialect).document) == []
