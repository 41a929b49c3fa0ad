"""Tables in SQL: what each dialect takes, what a table refuses, and what is read of a script."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
import yaml

from assay.base.errors import AssayError
from assay.contract.formats.ddl_export import export_ddl
from assay.contract.formats.ddl_import import import_ddl
from assay.contract.formats.dialects import ABILITIES, NESTED, TYPES, Dialect
from assay.contract.formats.sql_types import FORMATS, LOGICAL, PLAIN, read_type, written_type
from assay.contract.model import LogicalType
from core.contract.formats.documents import contract_of
from core.contract.formats.test_official import faults_of

SHOP: dict[str, Any] = yaml.safe_load(r"""
version: 1.0.0
apiVersion: v3.2.0
kind: DataContract
id: shop
schema:
- name: lines
  description: It's "all" lines
  properties:
  - {name: id, logicalType: integer, primaryKey: true, physicalType: bigint}
  - name: day
    logicalType: date
    partitioned: true
    logicalTypeOptions: {minimum: '2020-01-01'}
  - name: state
    logicalType: string
    required: true
    enum:
    - {value: new}
    - {value: it's}
  - name: code
    logicalType: string
    logicalTypeOptions: {pattern: '^[A-Z]+$', maxLength: 3}
  - name: order
    logicalType: string
    physicalType: varchar(9)
    relationships:
    - {to: orders.code}
  - name: upper
    logicalType: integer
    physicalType: bigint
    relationships:
    - {to: lines.id}
  - name: elsewhere
    logicalType: string
    relationships:
    - {to: sources.other.id}
- name: orders
  properties:
  - {name: code, logicalType: string, physicalType: varchar(9), primaryKey: true}
  - name: warned
    logicalType: string
    quality:
    - {id: w, metric: nullValues, mustBe: 0, severity: warn}
""")


def lost(dialect: Dialect) -> dict[str, str]:
    return {one.path: one.why for one in export_ddl(contract_of(SHOP), dialect).not_carried}


@pytest.mark.parametrize(
    "row",
    [
        "(2, '2019-12-31', 'new', 'A', 'o', null, 'x')",
        "(2, '2020-01-01', 'old', 'A', 'o', null, 'x')",
        "(2, '2020-01-01', null, 'A', 'o', null, 'x')",
        "(2, '2020-01-01', 'new', 'a', 'o', null, 'x')",
        "(2, '2020-01-01', 'new', 'ABCD', 'o', null, 'x')",
        "(2, '2020-01-01', 'new', 'A', 'absent', null, 'x')",
        "(null, '2020-01-01', 'new', 'A', 'o', null, 'x')",
    ],
)
def test_a_table_of_duckdb_refuses_what_the_contract_does(row: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(export_ddl(contract_of(SHOP), Dialect.DUCKDB).text)
        connection.execute("insert into orders values ('o', null)")
        connection.execute("insert into lines values (1, '2020-01-01', 'it''s', 'A', 'o', null, 'x')")
        with pytest.raises(duckdb.Error):
            connection.execute(f"insert into lines values {row}")


def test_a_table_comes_after_those_that_its_keys_lead_to() -> None:
    text = export_ddl(contract_of(SHOP), Dialect.DUCKDB).text

    assert text.index('CREATE TABLE "orders"') < text.index('CREATE TABLE "lines"')


def test_what_a_dialect_does_not_take_is_listed_with_the_reason() -> None:
    athena, duck = lost(Dialect.ATHENA), lost(Dialect.DUCKDB)

    assert athena["lines.state.required"] == "the dialect takes no NOT NULL"
    assert athena["lines.id.primaryKey"] == "the dialect takes no keys"
    assert athena["lines.order.relationships[0]"] == "Athena takes no foreign keys"
    assert "lines.state.enum[new]" in athena
    assert "lines.day.partitioned" in duck
    assert "row by row" in duck["lines.upper.relationships[0]"]
    assert "lines.upper.relationships[0]" not in lost(Dialect.POSTGRES)
    assert "lines.day.partitioned" not in athena
    assert duck["lines.elsewhere.relationships[0]"] == "it leads to a table that is not in this script"
    assert duck["orders.warned.quality[w]"] == "it only warns, and a constraint refuses"


def test_tables_that_refer_to_each_other_lose_the_key_that_closes_the_ring() -> None:
    both = [
        {"name": name, "properties": [
            {"name": "id", "logicalType": "integer", "primaryKey": True},
            {"name": "other", "logicalType": "integer", "relationships": [{"to": f"{other}.id"}]},
        ]}
        for name, other in (("a", "b"), ("b", "a"))
    ]  # fmt: skip
    exported = export_ddl(contract_of({**SHOP, "schema": both}), Dialect.DUCKDB)
    with duckdb.connect() as connection:
        connection.execute(exported.text)

    assert [one.path for one in exported.not_carried if "relationships" in one.path] == ["a.other.relationships[0]"]


@pytest.mark.parametrize("dialect", Dialect)
def test_every_type_has_a_spelling_that_its_dialect_reads(dialect: Dialect) -> None:
    assert set(ABILITIES) == set(Dialect)
    for name, row in {**TYPES, **NESTED}.items():
        text = f"{row[dialect]}(5)" if name.endswith("(n)") else row[dialect]
        assert "{}" in text or read_type(text, dialect) is not None, (name, text)


def test_every_logical_type_has_a_stored_one_of_its_kind() -> None:
    assert set(PLAIN) == set(LogicalType)
    for (logical, _), name in FORMATS.items():
        assert LOGICAL[name] is logical


@pytest.mark.parametrize(
    ("text", "dialect", "written"),
    [
        ("INT8", Dialect.SPARK, "BIGINT"),
        ("varchar(18)", Dialect.REDSHIFT, "VARCHAR(18)"),
        ("MAP<STRING, ARRAY<DOUBLE>>", Dialect.DUCKDB, "MAP(VARCHAR, DOUBLE[])"),
        ("STRUCT<a: INT, b STRING>", Dialect.HIVE, "STRUCT<`a`:INT, `b`:STRING>"),
        ("STRUCT<a: INT>", Dialect.POSTGRES, "JSONB"),
        ("decimal(40,2)", Dialect.SPARK, "DECIMAL(38, 2)"),
        ("bpchar", Dialect.POSTGRES, "TEXT"),
    ],
)
def test_a_type_that_people_write_is_spelled_in_a_dialect(text: str, dialect: Dialect, written: str) -> None:
    stored = read_type(text)

    assert stored is not None
    assert written_type(stored, dialect) == written


SCRIPT = """
CREATE TABLE IF NOT EXISTS shop."orders" (
  id BIGINT PRIMARY KEY,
  code VARCHAR(18) NOT NULL UNIQUE CHECK (code IN ('x', 'y') AND length(code) >= 1) DEFAULT 'x',
  net DECIMAL(10, 2) CHECK (net BETWEEN -5 AND 7.5),
  customer BIGINT REFERENCES customers (id),
  parts STRUCT(a INT, b VARCHAR[])[],
  seen TIMESTAMP WITH TIME ZONE,
  CHECK (net < id), UNIQUE (net, customer)
);
COMMENT ON TABLE shop.orders IS 'Orders';
COMMENT ON COLUMN shop.orders.code IS 'A code';
INSERT INTO orders VALUES (1);
"""


def test_a_script_becomes_a_sound_contract() -> None:
    made = import_ddl(SCRIPT, "s.sql", "shop", Dialect.DUCKDB)
    dataset = made.document["schema"][0]
    found = {entry["name"]: entry for entry in dataset["properties"]}

    assert faults_of(made.document) == []
    assert (dataset["physicalName"], dataset["description"]) == ("shop.orders", "Orders")
    assert found["id"] == {
        "name": "id", "logicalType": "integer", "physicalType": "BIGINT", "primaryKey": True, "primaryKeyPosition": 1,
    }  # fmt: skip
    assert found["code"]["physicalType"] == "VARCHAR(18)"
    assert found["code"]["enum"] == [{"value": "x"}, {"value": "y"}]
    assert found["code"]["description"] == "A code"
    assert found["net"]["logicalTypeOptions"] == {"minimum": -5, "maximum": 7.5}
    assert found["customer"]["relationships"] == [{"type": "foreignKey", "to": "customers.id"}]
    assert found["seen"]["logicalTypeOptions"] == {"timezone": True}
    assert found["parts"]["items"]["properties"][0] == {"name": "a", "logicalType": "integer"}
    assert [rule.get("metric") or rule["implementation"] for rule in dataset["quality"]] == [
        {"check": "row", "condition": "net < id"}, "duplicateValues",
    ]  # fmt: skip
    assert [(one.path, one.what) for one in made.not_carried] == [
        ("s.sql", "INSERT INTO orders VALUES (1)"), ("orders.code", "DEFAULT 'x'"),
    ]  # fmt: skip


def test_keys_that_are_added_later_are_read_as_a_dump_of_postgresql_writes_them() -> None:
    text = "CREATE TABLE t (a integer NOT NULL, b text); ALTER TABLE ONLY t ADD CONSTRAINT t_pkey PRIMARY KEY (a);"
    made = import_ddl(text, "s.sql", "x", Dialect.POSTGRES)

    assert made.document["schema"][0]["properties"][0]["primaryKey"] is True
    assert made.not_carried == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("CREATE TABLE t (a INT,\n  b VARCHAR(10) NOT NUL)", "s.sql:2:17"),
        ("CREATE TABLE t (a INT b)", "s.sql:1:23"),
        ("CREATE TABLE t (a 'INT)", "s.sql:1"),
        ("select 1", "s.sql:1"),
        ("", "s.sql:1"),
        ("CREATE TABLE t AS SELECT 1", "s.sql:1"),
        ("hello there", "s.sql:1"),
    ],
)
def test_what_makes_no_table_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(AssayError) as refused:
        import_ddl(text, "s.sql", "x", Dialect.DUCKDB)

    assert str(refused.value.faults[0].where) == place
