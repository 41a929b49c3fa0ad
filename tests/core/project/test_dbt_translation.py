"""What dbt made of a project becomes steps and tests of products, or faults that say what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest

from assay.base.errors import Fault
from assay.base.reading import read_yaml
from assay.contract.model import Operator
from assay.project.dbt import DbtTest, compiled_path, dbt_entries, is_dbt_file, read_dbt
from assay.project.dbt_tests import rules_by_dataset
from assay.project.dbt_translation import dbt_fault, seed_sql, translate
from assay.project.faults import Faults
from assay.project.files import DbtEntry

FOLDER = "transform"
PRODUCT = b"title: Shop\nowner: ada@example.org\nversion: 1.0.0\ndbt:\n  project: transform\n  select: ['+orders']\n"


def node(name: str, /, sql: str = "select 1 as id", **more: Any) -> dict[str, Any]:
    return {
        "kind": "model", "name": name, "file": f"shop:models/{name}.sql", "language": "sql", "materialized": "view",
        "strategy": None, "header": False, "hooks": [], "relation": ["db", "main", name], "reads": [],
        "description": "", "sql": sql, "rows": None, "test": {}, **more,
    }  # fmt: skip


def raw(nodes: Mapping[str, dict[str, Any]], **selected: list[str]) -> dict[str, Any]:
    sources = {"source.shop.raw.payments": {"name": "raw.payments", "relation": ["db", "raw", "payments"]}}
    return {"errors": [], "package": "shop", "nodes": nodes, "sources": sources, "selected": selected}


def entry(**more: Any) -> DbtEntry:
    return DbtEntry.model_validate({"project": FOLDER, "select": ["+orders"], **more})


def said(answer: dict[str, Any], product: str = "shop", **entries: DbtEntry) -> dict[str, Any]:
    found = translate(answer, entries or {"shop": entry()}, {}, "dbt-core 1")
    result: dict[str, Any] = json.loads(found[product])
    return result


def faults_of(answer: dict[str, Any], product: str = "shop", **entries: DbtEntry) -> list[Fault]:
    files = {compiled_path(product): translate(answer, entries or {"shop": entry()}, {}, "dbt-core 1")[product]}
    return read_dbt(product, files, read_yaml(PRODUCT, f"products/{product}/product.yaml"), {})[1]


def test_models_become_steps_that_name_tables_as_steps_do() -> None:
    nodes = {
        "model.shop.stg": node("stg", 'select * from "db"."raw"."payments"'),
        "model.shop.orders": node("orders", 'select * from "db"."main"."stg"'),
    }
    answer = raw(nodes, shop=list(nodes))

    files = {compiled_path("shop"): translate(answer, {"shop": entry()}, {}, "dbt-core 1")["shop"]}
    part, faults = read_dbt("shop", files, read_yaml(PRODUCT, "products/shop/product.yaml"), {})

    assert faults == []
    assert {step.name: [str(table) for table in step.reads] for step in part.steps} == {
        "stg": ["sources.payments"], "orders": ["stg"],
    }  # fmt: skip
    assert [step.file for step in part.steps] == ["transform/models/orders.sql", "transform/models/stg.sql"]


def test_a_source_may_be_a_table_of_another_name() -> None:
    answer = raw({"model.shop.a": node("a", 'select * from "db"."raw"."payments"')}, shop=["model.shop.a"])

    found = said(answer, shop=entry(sources={"raw.payments": "finance.paid"}))

    assert found["steps"][0]["sql"] == 'select * from "finance"."paid" AS "payments"\n'


def test_a_model_of_another_product_is_read_by_its_name() -> None:
    nodes = {"model.shop.a": node("a"), "model.shop.b": node("b", 'select * from "db"."main"."a"')}
    entries = {"one": entry(), "two": entry()}

    found = said(raw(nodes, one=["model.shop.a"], two=["model.shop.b"]), "two", **entries)

    assert found["steps"][0]["sql"] == 'select * from "one"."a"\n'


def test_a_model_of_two_products_is_a_fault_of_the_second_where_it_selects() -> None:
    answer = raw({"model.shop.a": node("a")}, one=["model.shop.a"], two=["model.shop.a"])

    (fault,) = faults_of(answer, "two", one=entry(), two=entry())

    assert str(fault.where) == "products/two/product.yaml:6:3"
    assert fault.found == "a (transform/models/a.sql), which one takes too"
    assert faults_of(answer, "one", one=entry(), two=entry()) == []


def test_selectors_that_choose_nothing_are_a_fault() -> None:
    (fault,) = faults_of(raw({}, shop=[]))

    assert fault.found == "none by +orders"


def test_a_model_that_nobody_takes_cannot_be_read() -> None:
    nodes = {"model.shop.a": node("a"), "model.shop.b": node("b", 'select * from "db"."main"."a"')}

    (fault,) = faults_of(raw(nodes, shop=["model.shop.b"]))

    assert fault.where.file == "transform/models/b.sql"
    assert fault.found == "a (transform/models/a.sql), which no product takes"
    assert "+b in dbt.select" in fault.hint


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"kind": "snapshot", "materialized": "snapshot"}, "the dbt snapshot a"),
        ({"language": "python"}, "a model in python"),
        ({"materialized": "external"}, "external"),
        ({"strategy": "microbatch"}, "the incremental strategy microbatch"),
        ({"hooks": ["grant select on {{ this }} to everybody"]}, "the hook grant select on {{ this }} to everybody"),
        ({"header": True}, "one"),
        ({"name": "Orders"}, "'Orders'"),
    ],
)
def test_what_a_step_cannot_be_is_refused_by_name(more: dict[str, Any], found: str) -> None:
    (fault,) = faults_of(raw({"model.shop.a": node("a", **more)}, shop=["model.shop.a"]))

    assert fault.where.file == "transform/models/a.sql"
    assert fault.found == found
    assert fault.hint


def test_a_hook_of_the_project_is_refused() -> None:
    nodes = {"operation.shop.x": node("x", kind="operation"), "model.shop.a": node("a")}

    (fault,) = faults_of(raw(nodes, shop=["model.shop.a"]))

    assert (fault.expected, fault.found) == ("a dbt project without on-run-start and on-run-end", "operation.shop.x")


def test_compiled_sql_that_asks_the_clock_is_refused_as_in_every_step() -> None:
    answer = raw({"model.shop.a": node("a", "select\n\ncurrent_timestamp as at")}, shop=["model.shop.a"])

    (fault,) = faults_of(answer)

    assert str(fault.where) == "transform/models/a.sql (as dbt compiled it):3"


def test_a_seed_is_a_query_that_gives_its_rows() -> None:
    sql = seed_sql(
        [["id", "BIGINT"], ['na"me', "VARCHAR"], ["at", "DATE"]], [["1", "it's", "2020-01-02"], ["2", None, None]]
    )

    rows = duckdb.sql(sql)

    assert [str(kind) for kind in rows.types] == ["BIGINT", "VARCHAR", "DATE"]
    assert rows.columns == ["id", 'na"me', "at"]
    assert [row[:2] for row in rows.fetchall()] == [(1, "it's"), (2, None)]
    assert duckdb.sql(seed_sql([["id", "BIGINT"]], [])).fetchall() == []


TEXT = """Compilation Error in model orders (models/staging/orders.sql)
  unexpected '}'
    line 12
      select {{ }}
"""


@pytest.mark.parametrize(
    ("text", "file", "place"),
    [
        (TEXT, None, "transform/models/staging/orders.sql:12"),
        ("Database Error\n  something", "shop:models/staging/orders.sql", "transform/models/staging/orders.sql"),
        ("Parsing Error\n  Error reading shop: models/schema.yml - Runtime Error\n  near line 3", None,
         "transform/models/schema.yml:3"),
        ("Runtime Error\n  no idea", None, "transform/dbt_project.yml"),
        ("Compilation Error in macro m (macros/m.sql)", None, "transform/dbt_packages/shared/macros/m.sql"),
    ],
)  # fmt: skip
def test_a_fault_stands_where_dbt_says(text: str, file: str | None, place: str) -> None:
    files = dict.fromkeys(
        ["models/staging/orders.sql", "models/schema.yml", "dbt_project.yml", "dbt_packages/shared/macros/m.sql"], b""
    )

    fault = dbt_fault(text, file, FOLDER, files)

    assert str(fault.where) == place
    assert fault.found == "; ".join(line.strip() for line in text.splitlines())


def dbt_test(**more: Any) -> DbtTest:
    fields = {
        "name": "unique_orders", "file": "transform/models/schema.yml", "on": ("orders",), "sql": "select 1",
        "measure": "count(*)", "severity": "error", "error_if": "!= 0", "warn_if": "!= 0", "description": "",
    }  # fmt: skip
    return DbtTest(**{**fields, **more})


@pytest.mark.parametrize(
    ("more", "limit", "severity", "warning"),
    [
        ({}, {"mustBe": 0}, "error", {}),
        ({"severity": "warn"}, {"mustBe": 0}, "warning", {}),
        ({"error_if": "> 10"}, {"mustBeLessOrEqualTo": 10}, "error", {"warn": {"mustBe": 0}}),
        ({"error_if": ">=5", "warn_if": ">=5"}, {"mustBeLessThan": 5}, "error", {}),
        ({"error_if": "between 3 and 5", "warn_if": "between 3 and 5"}, {"mustNotBeBetween": [3, 5]}, "error", {}),
    ],
)
def test_a_dbt_test_is_a_rule_with_its_thresholds(
    more: dict[str, Any], limit: dict[str, Any], severity: str, warning: dict[str, Any]
) -> None:
    rules = rules_by_dataset([dbt_test(**more)], {"orders": None}, Faults())["orders"]  # type: ignore[dict-item]

    assert rules[0].id == "dbt.unique_orders"
    assert rules[0].implementation == {"check": "failedRows", "query": "select 1"} | limit
    assert rules[0].severity == severity
    assert rules[0].custom == warning


def test_a_test_that_counts_otherwise_is_one_value() -> None:
    rules = rules_by_dataset([dbt_test(measure="sum(n)")], {"orders": None}, Faults())["orders"]  # type: ignore[dict-item]

    assert (rules[0].operator, rules[0].value) == (Operator.EQUAL, 0)
    assert rules[0].query == "SELECT coalesce((sum(n)), 0) FROM (\nselect 1\n) AS dbt_internal_test"


def test_a_test_of_a_model_without_a_contract_is_nobodys_evidence() -> None:
    assert rules_by_dataset([dbt_test()], {}, Faults()) == {}


def test_a_threshold_that_is_no_comparison_is_refused() -> None:
    faults = Faults()

    rules_by_dataset([dbt_test(error_if="> (select 1)")], {"orders": None}, faults)  # type: ignore[dict-item]

    with pytest.raises(Exception, match="expected error_if and warn_if of unique_orders as a comparison"):
        faults.raise_all()


def test_the_entries_of_products_are_found_and_broken_files_are_left_to_their_reader() -> None:
    files = {"products/shop/product.yaml": PRODUCT, "products/other/product.yaml": b"dbt: [", "assay.yaml": b"dbt: x"}

    assert list(dbt_entries(files)) == ["shop"]


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("models/a.sql", True), ("seeds/a.csv", True), ("dbt_packages/x/macros/a.sql", True), ("LICENSE", True),
        ("target/manifest.json", False), ("logs/dbt.log", False), (".git/config", False), ("shop.duckdb", False),
        ("etc/picture.png", False), ("models/.hidden.sql", False),
    ],
)  # fmt: skip
def test_what_dbt_wrote_is_not_read(path: str, is_read: bool) -> None:
    assert is_dbt_file(path) is is_read
